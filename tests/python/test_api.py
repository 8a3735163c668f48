"""The client's calls, against a simulated gateway."""

from __future__ import annotations

import gc
import logging
import socket
import threading
import time

import libami
import pytest
from conftest import SECRET, WAIT, Collected, Face, all_left, connect, eventually, fake_server, texts
from libami.simulator import Simulator, TranscriptLine

EVENT = "Event: {}\r\nPrivilege: user,all\r\nNumber: {}\r\n\r\n"


def emit(gateway: Simulator, name: str = "Thing", number: int = 1) -> None:
    assert gateway.emit("user", EVENT.format(name, number)) > 0


def test_connect_logs_in_and_close_logs_off(gateway: Simulator) -> None:
    with connect(gateway) as client:
        assert client.is_open
        assert client.banner == "Asterisk Call Manager/1.1"
        assert repr(client) == f"<libami.Client admin@127.0.0.1:{gateway.port} (open)>"
        assert gateway.sessions == 1
    assert not client.is_open
    assert repr(client) == f"<libami.Client admin@127.0.0.1:{gateway.port}>"
    client.close()


def test_client_can_be_subscribed_to_before_it_is_open(gateway: Simulator) -> None:
    booted: Collected[libami.Event] = Collected()
    with libami.Client("127.0.0.1", gateway.port, username="admin", secret=SECRET) as client:
        assert not client.is_open
        assert client.banner is None
        client.on("FullyBooted", booted)
        events = client.events("FullyBooted", timeout=WAIT)
        client.open()
        assert booted.next()["Status"] == "Fully Booted"
        assert next(events).name == "FullyBooted"
        with pytest.raises(libami.Error, match="open already") as raised:
            client.open()
        assert raised.value.code == 2


def test_before_open_nothing_can_be_sent(gateway: Simulator) -> None:
    client = libami.Client("127.0.0.1", gateway.port, username="admin", secret=SECRET)
    with pytest.raises(libami.Error, match="open it first") as raised:
        client.ping()
    assert raised.value.code == 2
    client.close()
    with pytest.raises(libami.ClosedError):
        client.open()


def test_ping_is_a_round_trip(client: libami.Client) -> None:
    assert 0 < client.ping() < WAIT


def test_command_gives_the_text(client: libami.Client) -> None:
    assert client.command("gsm show spans").splitlines()[0].startswith("GSM span 1: ")
    assert client.command("core show version", timeout=WAIT).startswith("Asterisk 1.8.20.0")


def test_headers_of_every_kind_go_out_as_they_should() -> None:
    said: list[TranscriptLine] = []
    with Simulator(secret=SECRET, transcript=said.append) as gateway, connect(gateway) as client:
        start = len(said)
        response = client.action(
            "UserEvent",
            {"UserEvent": "Mine", "Latin": "caf\udce9".encode("utf-8", "surrogateescape"), "Text": "您好"},
            Yes=True,
            No=False,
            Whole=-7,
            Half=0.5,
            Variable=["A=1", 2, b"C"],
            Pair=("x", "y"),
            None_=[],
            async_="a",
            trailing_="b",
        )
        assert response["Message"] == "Event Sent"
        client.action("UserEvent", [("UserEvent", "Pairs"), ("A", 1), ("A", 2)], B="3")
    sent = [line.text for line in said[start:] if line.speaker == "client"]
    assert sent[0] == "Action: UserEvent"
    assert sent[1].startswith("ActionID: ")
    assert sent[2:16] == [
        "UserEvent: Mine",
        "Latin: caf\ufffd",
        "Text: 您好",
        "Yes: true",
        "No: false",
        "Whole: -7",
        "Half: 0.5",
        "Variable: A=1",
        "Variable: 2",
        "Variable: C",
        "Pair: x",
        "Pair: y",
        "async: a",
        "trailing_: b",
    ]
    second = sent.index("UserEvent: Pairs")
    assert sent[second : second + 4] == ["UserEvent: Pairs", "A: 1", "A: 2", "B: 3"]


@pytest.mark.parametrize("value", [None, {"a": 1}, object(), [None], [["nested"]]])
def test_value_of_another_type_is_a_type_error(client: libami.Client, value: object) -> None:
    with pytest.raises(TypeError, match=r"the value of Family is of type \w+; use str, bytes"):
        client.action("DBGet", Family=value)  # type: ignore[arg-type]


def test_values_are_encoded_and_decoded_as_the_client_says(gateway: Simulator) -> None:
    with libami.connect(
        "127.0.0.1", gateway.port, username="admin", secret=SECRET, encoding="latin-1"
    ) as client:
        with client.events("UserEvent", timeout=WAIT) as events:
            client.action("UserEvent", UserEvent="Café")
            event = next(events)
        assert event["UserEvent"] == "Café"
        assert event.get_bytes("UserEvent") == b"Caf\xe9"
        with pytest.raises(
            libami.InvalidValue, match="the value of Secret cannot be encoded as latin-1"
        ) as raised:
            client.action("UserEvent", UserEvent="x", Secret="您好")
        assert "您" not in repr(raised.value)
    with connect(gateway) as client, client.events("UserEvent", timeout=WAIT) as events:
        client.action("UserEvent", UserEvent=b"Caf\xe9")
        event = next(events)
        assert event["UserEvent"] == "Caf\udce9"
        # It goes back as it came.
        client.action("UserEvent", UserEvent=event["UserEvent"])
        assert next(events).get_bytes("UserEvent") == b"Caf\xe9"


def test_several_threads_share_a_client(client: libami.Client) -> None:
    took: Collected[float] = Collected()
    threads = [threading.Thread(target=lambda: took(max(client.ping() for _ in range(50)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert all(took.next() < WAIT for _ in threads)
    for thread in threads:
        thread.join(WAIT)


def test_stream_that_waits_lets_other_threads_run(client: libami.Client) -> None:
    ended = threading.Event()

    def wait_for_events() -> None:
        for _ in client.events("Never"):
            pass
        ended.set()

    thread = threading.Thread(target=wait_for_events)
    thread.start()
    assert client.ping() < WAIT
    client.close()
    assert ended.wait(WAIT)
    thread.join(WAIT)


def test_deadline_that_passes_leaves_the_outcome_unknown(gateway: Simulator, client: libami.Client) -> None:
    gateway.set_latency(1, 1)
    start = time.monotonic()
    with pytest.raises(libami.OutcomeUnknown, match="may have been carried out") as raised:
        client.action("Command", Command='gsm send ussd 1 "*100#" 600', deadline=0.2)
    assert 0.2 <= time.monotonic() - start < WAIT
    assert raised.value.code == 400
    assert raised.value.receipt is None


# Callbacks


def test_callbacks_get_the_events_that_they_ask_for(gateway: Simulator) -> None:
    client = connect(gateway, event_mask="user")
    named: Collected[libami.Event] = Collected()
    listed: Collected[libami.Event] = Collected()
    every: Collected[libami.Event] = Collected()
    client.on("one, TWO", named)
    client.on(["Two", "Three"], listed)
    client.on(None, every)
    for name in ("One", "Two", "Three", "Four"):
        emit(gateway, name)
    assert [every.next().name for _ in range(4)] == ["One", "Two", "Three", "Four"]
    assert [named.next().name for _ in range(2)] == ["One", "Two"]
    assert [listed.next().name for _ in range(2)] == ["Two", "Three"]
    assert named.empty()
    assert listed.empty()
    client.close()


def test_on_decorates(gateway: Simulator, client: libami.Client) -> None:
    seen: Collected[str] = Collected()

    @client.on("Thing")
    def handle(event: libami.Event) -> None:
        seen(event["Number"])

    emit(gateway)
    assert seen.next() == "1"
    assert callable(handle)


def test_calls_of_a_subscription_are_sequential_and_in_order(
    gateway: Simulator, client: libami.Client
) -> None:
    numbers: Collected[int] = Collected()
    inside = 0

    def handle(event: libami.Event) -> None:
        nonlocal inside
        inside += 1
        assert inside == 1
        assert threading.current_thread() is not threading.main_thread()
        numbers(int(event["Number"]))
        inside -= 1

    client.on("Thing", handle)
    for number in range(2000):
        emit(gateway, number=number)
    assert [numbers.next() for _ in range(2000)] == list(range(2000))


def test_subscription_outlives_its_handle_and_ends_with_close(
    gateway: Simulator, client: libami.Client
) -> None:
    kept: Collected[libami.Event] = Collected()
    closed: Collected[libami.Event] = Collected()
    client.on("Thing", kept)
    gc.collect()
    subscription = client.on("Thing", closed)
    emit(gateway)
    assert kept.next()["Number"] == closed.next()["Number"] == "1"
    subscription.close()
    subscription.close()
    emit(gateway, number=2)
    assert kept.next()["Number"] == "2"
    assert closed.empty()


def test_callback_is_let_go_of_when_its_subscription_ends(gateway: Simulator, client: libami.Client) -> None:
    class Handler:
        def __init__(self, gone: threading.Event) -> None:
            self.gone = gone

        def __call__(self, event: libami.Event) -> None:
            pass

        def __del__(self) -> None:
            self.gone.set()

    by_subscription, by_client = threading.Event(), threading.Event()
    client.on("Thing", Handler(by_subscription)).close()
    assert by_subscription.is_set()
    client.on("Thing", Handler(by_client))
    assert not by_client.is_set()
    client.close()
    assert by_client.is_set()


def test_callback_can_use_the_client(gateway: Simulator, client: libami.Client) -> None:
    answers: Collected[str] = Collected()
    client.on("Thing", lambda event: answers(client.action("CoreSettings")["AsteriskVersion"]))
    emit(gateway)
    assert answers.next() == "1.8.20.0"


def test_callback_that_raises_is_logged_and_harms_nothing(
    gateway: Simulator, client: libami.Client, caplog: pytest.LogCaptureFixture
) -> None:
    seen: Collected[str] = Collected()

    def handle(event: libami.Event) -> None:
        if event["Number"] == "1":
            raise RuntimeError("the handler is broken")
        seen(event["Number"])

    with caplog.at_level(logging.ERROR, logger="libami"):
        client.on("Thing", handle)
        emit(gateway, number=1)
        emit(gateway, number=2)
        assert seen.next() == "2"
    (record,) = caplog.records
    assert record.name == "libami"
    assert "handle" in record.getMessage()
    assert record.exc_text is not None
    assert "the handler is broken" in record.exc_text
    assert 'raise RuntimeError("the handler is broken")' in record.exc_text


def test_close_inside_a_callback_does_not_wait(gateway: Simulator) -> None:
    client = connect(gateway)
    closed = threading.Event()
    after: Collected[libami.Event] = Collected()

    def handle(event: libami.Event) -> None:
        if closed.is_set():
            after(event)
        client.close()
        closed.set()

    client.on("Thing", handle)
    # In one piece, as there may be nobody left to send a second one to.
    assert gateway.emit("user", EVENT.format("Thing", 1) + EVENT.format("Thing", 2)) == 1
    assert closed.wait(WAIT)
    client.close()
    assert after.empty()
    assert not client.is_open


def test_subscription_can_be_closed_inside_its_own_callback(
    gateway: Simulator, client: libami.Client
) -> None:
    seen: Collected[libami.Event] = Collected()
    ready = threading.Event()
    subscriptions: list[libami.Subscription] = []

    def handle(event: libami.Event) -> None:
        assert ready.wait(WAIT)
        subscriptions[0].close()
        seen(event)

    subscriptions.append(client.on("Thing", handle))
    ready.set()
    emit(gateway, number=1)
    assert seen.next()["Number"] == "1"
    subscriptions[0].close()
    with client.events("Thing", timeout=WAIT) as events:
        emit(gateway, number=2)
        next(events)
    assert seen.empty()


def test_close_says_so_when_a_callback_does_not_return(gateway: Simulator) -> None:
    client = connect(gateway, action_timeout=0.3)
    inside, leave = threading.Event(), threading.Event()

    def handle(event: libami.Event) -> None:
        inside.set()
        assert leave.wait(WAIT)

    client.on("Thing", handle)
    emit(gateway)
    assert inside.wait(WAIT)
    with pytest.raises(libami.Error, match="still running") as raised:
        client.close()
    assert raised.value.code == 3
    assert not client.is_open
    leave.set()
    client.close()


def test_callback_must_be_callable(client: libami.Client) -> None:
    with pytest.raises(TypeError, match="a callback must be callable, and a str is not"):
        client.on("Thing", "handle")  # type: ignore[call-overload]


@pytest.mark.parametrize("names", ["", "A,,B", [], ["A", ""], " "])
def test_empty_names_are_refused(client: libami.Client, names: str | list[str]) -> None:
    with pytest.raises(libami.InvalidValue, match="an event name is empty"):
        client.on(names, print)


def test_nothing_can_be_subscribed_to_after_close(client: libami.Client) -> None:
    client.close()
    for subscribe in (
        client.events,
        lambda: client.on(None, print),
    ):
        with pytest.raises(libami.ClosedError, match="the client is closed"):
            subscribe()


# Streams


def test_events_come_from_the_call_on(gateway: Simulator, client: libami.Client) -> None:
    events = client.events("Thing", timeout=WAIT)
    for number in range(3):
        emit(gateway, number=number)
    assert [next(events)["Number"] for _ in range(3)] == ["0", "1", "2"]
    assert iter(events) is events
    events.close()
    assert list(events) == []


def test_stream_that_is_idle_ends_and_goes_on(gateway: Simulator, client: libami.Client) -> None:
    events = client.events("Thing", timeout=0.2)
    start = time.monotonic()
    assert list(events) == []
    assert 0.2 <= time.monotonic() - start < WAIT
    with client.events("Thing", timeout=WAIT) as others:
        emit(gateway)
        next(others)
    assert [event["Number"] for event in events] == ["1"]
    events.close()


def test_stream_and_inbox_with_timeout_zero_give_what_waits(
    gateway: Simulator, client: libami.Client, sender: libami.gateway.Gateway
) -> None:
    with client.events("Thing", timeout=0) as events, sender.inbox(timeout=0) as inbox:
        assert list(events) == []
        with client.events("Last", timeout=WAIT) as last:
            for number in range(10):
                emit(gateway, number=number)
            gateway.deliver_sms(1, "10086", "hello")
            emit(gateway, "Last")
            next(last)
        assert len(list(events)) == 10
        # What is read out of events comes a moment after them.
        eventually(Face(None), lambda: inbox.counters.waiting)
        assert [sms.text for sms in texts(inbox)] == ["hello"]


def test_stream_raises_when_the_server_hangs_up(gateway: Simulator, client: libami.Client) -> None:
    events = client.events(timeout=WAIT)
    with client.events("Thing", timeout=WAIT) as others:
        emit(gateway)
        next(others)
    gateway.disconnect_all()
    # What waits comes first.
    assert next(event for event in events if event.name == "Thing")["Number"] == "1"
    for _ in range(2):
        with pytest.raises(libami.ConnectError, match="closed the connection") as raised:
            next(events)
        assert raised.value.code == 103
    with pytest.raises(libami.ConnectError, match="the connection is down"):
        client.ping()
    assert not client.is_open
    with pytest.raises(libami.ConnectError):
        next(client.events())


def test_stream_keeps_its_client_alive(gateway: Simulator) -> None:
    streams = [connect(gateway).events("Thing", timeout=WAIT)]
    gc.collect()
    emit(gateway)
    assert next(streams[0])["Number"] == "1"
    with pytest.warns(ResourceWarning, match="was not closed"):
        streams.clear()
    assert all_left(gateway)


@pytest.mark.parametrize(
    ("policy", "numbers"),
    [
        ("drop-oldest", ["#lagged", *map(str, range(90, 100))]),
        ("drop-newest", [*map(str, range(10)), "#lagged"]),
    ],
)
def test_queue_that_is_full_counts_and_marks_what_is_lost(
    gateway: Simulator, policy: libami.QueuePolicy, numbers: list[str]
) -> None:
    with libami.connect(
        "127.0.0.1", gateway.port, username="admin", secret=SECRET, queue_events=10, queue_policy=policy
    ) as client:
        events, unmarked = client.events("Thing,#lagged", timeout=0), client.events("Thing", timeout=0)
        with client.events("Last", timeout=WAIT) as last:
            for number in range(100):
                emit(gateway, number=number)
            emit(gateway, "Last")
            next(last)
        got = list(events)
        assert [event.get("Number", event.name) for event in got] == numbers
        (marker,) = (event for event in got if event.kind == "lagged")
        assert marker.lost == 90
        assert len(list(unmarked)) == 10


def test_queue_that_is_full_may_end_the_stream(gateway: Simulator) -> None:
    with libami.connect(
        "127.0.0.1", gateway.port, username="admin", secret=SECRET, queue_events=1, queue_policy="close"
    ) as client:
        events = client.events("Thing", timeout=WAIT)
        with client.events("Last", timeout=WAIT) as last:
            for number in range(2):
                emit(gateway, number=number)
            emit(gateway, "Last")
            next(last)
        assert next(events)["Number"] == "0"
        with pytest.raises(libami.QueueFull, match="its queue was full") as raised:
            next(events)
        assert raised.value.code == 8


# The end


def test_close_ends_a_call_that_waits(gateway: Simulator) -> None:
    client = connect(gateway)
    gateway.set_latency(1, WAIT)
    codes: Collected[int] = Collected()

    def ask() -> None:
        try:
            client.command('gsm send ussd 1 "*100#" 1000', timeout=1000)
        except libami.Error as error:
            codes(error.code)

    thread = threading.Thread(target=ask)
    thread.start()
    deadline = time.monotonic() + WAIT
    while "USSD SENDING" not in connect_and_ask(gateway) and time.monotonic() < deadline:
        time.sleep(0.01)
    client.close()
    assert codes.next() == 400
    thread.join(WAIT)


def connect_and_ask(gateway: Simulator) -> str:
    with connect(gateway) as other:
        return other.command("gsm show span 1")


def test_close_cancels_open() -> None:
    hold = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"Asterisk Call Manager/5.0.5\r\n")
        connection.recv(1024)
        arrived.set()
        hold.wait(WAIT)

    arrived = threading.Event()
    with fake_server(talk) as port:
        client = libami.Client("127.0.0.1", port, username="admin", secret=SECRET, connect_timeout=WAIT)

        def close() -> None:
            assert arrived.wait(WAIT)
            client.close()

        closer = threading.Thread(target=close)
        closer.start()
        with pytest.raises(libami.ClosedError):
            client.open()
        closer.join(WAIT)
        hold.set()


def test_client_that_is_forgotten_is_closed_with_a_warning(gateway: Simulator) -> None:
    clients = [connect(gateway)]
    with pytest.warns(ResourceWarning, match="was not closed"):
        clients.clear()
    assert all_left(gateway)


def test_error_inside_a_with_block_comes_out_of_it(gateway: Simulator) -> None:
    inside, leave = threading.Event(), threading.Event()

    def handle(event: libami.Event) -> None:
        inside.set()
        leave.wait(WAIT)

    def fail(client: libami.Client) -> None:
        with client:
            emit(gateway)
            assert inside.wait(WAIT)
            raise ZeroDivisionError

    client = connect(gateway, action_timeout=0.2)
    client.on("Thing", handle)
    # That the callback was still running then is not what matters.
    with pytest.raises(ZeroDivisionError):
        fail(client)
    leave.set()
    client.close()
