"""What programs on asterisk-java do, on libami: from_asterisk_java.py HOST PORT USER SECRET TASK"""

import threading
from collections.abc import Callable
from concurrent.futures import Future

import libami
from libami.events import Hangup
from tasks import EXTENSION, PHONE, chosen


def connect(host: str, port: int, username: str, secret: str) -> None:
    # [connect]
    with libami.connect(host, port, username=username, secret=secret) as client:
        print("Asterisk", client.action("CoreSettings")["AsteriskVersion"])
    # [/connect]


def originate(client: libami.Client) -> None:
    # [originate]
    call = client.originate(PHONE, context="default", exten=EXTENSION, priority=1, timeout=30)
    match call.reason:
        case "answered":
            print("answered by", call.channel)
        case "busy" | "no-answer" | "congestion" | "failed":
            print("not reached:", call.reason)
    # [/originate]


def events(client: libami.Client) -> None:
    done = threading.Event()

    def show(*words: object) -> None:
        print(*words)
        done.set()

    # [events]
    @client.on(Hangup)
    def hung_up(hangup: Hangup) -> None:
        show(hangup.channel.name, hangup.cause, hangup.cause_txt)

    # [/events]
    client.originate(PHONE, context="default", exten=EXTENSION)
    assert done.wait(10)


def listing(client: libami.Client) -> None:
    # [list]
    answer = client.actions.queue_status(queue="support", deadline=30)
    for entry in answer.events:
        if entry.name == "QueueMember":
            print(entry["Name"], entry["CallsTaken"])
    # [/list]


def command(client: libami.Client) -> None:
    # [command]
    print(client.command("core show uptime"))
    # [/command]


def callback(client: libami.Client) -> None:
    done = threading.Event()

    def show(*words: str) -> None:
        print(*words)
        done.set()

    # [callback]
    def answered(future: Future[libami.Response]) -> None:
        show(future.result()["StatusText"])

    future = client.submit("ExtensionState", Exten="1001", Context="default")
    future.add_done_callback(answered)
    # [/callback]
    assert done.wait(10)


def live(client: libami.Client) -> None:
    # [live]
    def present() -> dict[str, libami.Event]:
        return {entry["Uniqueid"]: entry for entry in client.action("CoreShowChannels").events}

    with client.events("Newchannel", "Hangup", "#gap", timeout=10) as changes:
        channels = present()
        client.originate(PHONE, context="default", exten=EXTENSION)
        for event in changes:
            if event.kind == "gap":
                channels = present()
            elif event.name == "Newchannel":
                channels[event["Uniqueid"]] = event
            else:
                channels.pop(event["Uniqueid"], None)
            print(len(channels), "channels")
            if not channels:
                break
    # [/live]


def reconnect(host: str, port: int, username: str, secret: str) -> None:
    back = threading.Event()

    def show(*words: object) -> None:
        if not back.is_set():
            print(*words)
        if words[0] == "missed":
            back.set()

    # [reconnect]
    client = libami.Client(
        host,
        port,
        username=username,
        secret=secret,
        reconnect=libami.Reconnect(min=0.2),
        keepalive=20,
        keepalive_timeout=10,
    )

    @client.on("#state,#gap")
    def changed(mark: libami.Event) -> None:
        if mark.kind == "gap":
            show("missed", "events of", round(mark.outage), "seconds")
        else:
            show("now", mark["State"])

    client.open()
    # [/reconnect]
    try:
        client.action("UserEvent", UserEvent="Drop")
    except libami.OutcomeUnknown:
        assert back.wait(10)
    client.close()


ON_A_CLIENT: dict[str, Callable[[libami.Client], None]] = {
    "originate": originate,
    "events": events,
    "list": listing,
    "command": command,
    "callback": callback,
    "live": live,
}


def main() -> None:
    server, task = chosen(__doc__, ["connect", *ON_A_CLIENT, "reconnect"])
    match task:
        case "connect":
            connect(*server)
        case "reconnect":
            reconnect(*server)
        case _:
            host, port, username, secret = server
            with libami.connect(host, port, username=username, secret=secret) as client:
                ON_A_CLIENT[task](client)


if __name__ == "__main__":
    main()
