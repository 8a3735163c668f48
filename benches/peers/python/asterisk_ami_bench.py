"""asterisk-ami: a thread that reads and calls."""

from __future__ import annotations

import warnings
from collections import deque

# It uses names of threading's that are to go.
warnings.simplefilter("ignore", DeprecationWarning)

import driver  # noqa: E402
from asterisk.ami import AMIClient, Event, FutureResponse, SimpleAction  # noqa: E402


class Driver(driver.Driver):
    def handle(self, event: Event, **_: object) -> None:
        self.take(event.name, event.keys.get("Channel"), event.keys.get("Uniqueid"))
        self.work()


def connect(run: Driver) -> AMIClient:
    # By default each read and each answer has three seconds, and then the session has ended.
    client = AMIClient(address="127.0.0.1", port=int(run.port), timeout=60)
    assert client.login("bench", "bench").response
    return client


def main() -> None:
    run = Driver()
    client = connect(run)

    def ping() -> object:
        return client.send_action(SimpleAction("Ping")).response

    run.begin()
    if run.mode == "ping":
        run.time_pings(ping)
    elif run.mode == "pipelined":
        futures = [client.send_action(SimpleAction("Ping")) for _ in range(run.count)]
        run.report(run.count, sum(future.response is not None for future in futures), {})
    elif run.mode == "window":
        sent, good = deque[FutureResponse](), 0
        for _ in range(run.count):
            if len(sent) == driver.WINDOW:
                good += sent.popleft().response is not None
            sent.append(client.send_action(SimpleAction("Ping")))
        good += sum(future.response is not None for future in sent)
        run.report(run.count, good, {})
    elif run.mode == "sessions":
        run.hold_sessions(lambda: connect(run))
    else:
        client.add_event_listener(run.handle)
        assert client.send_action(SimpleAction("Replay", **run.replay)).response
        run.wait(ping if run.is_pinged else None)


main()
