"""pyst2: a thread for each of reading, sorting and calling, and one action at a time."""

from __future__ import annotations

import warnings

# It uses names of threading's that are to go.
warnings.simplefilter("ignore", DeprecationWarning)

import driver  # noqa: E402
from asterisk.manager import Event, Manager  # noqa: E402


class Driver(driver.Driver):
    def handle(self, event: Event, _: Manager) -> None:
        self.take(event.name, event.get_header("Channel"), event.get_header("Uniqueid"))
        self.work()


def connect(run: Driver) -> Manager:
    manager = Manager()
    manager.connect("127.0.0.1", run.port)
    manager.login("bench", "bench")
    return manager


def main() -> None:
    run = Driver()
    manager = connect(run)
    run.begin()
    if run.mode == "ping":
        run.time_pings(manager.ping)
    elif run.mode in ("pipelined", "window"):
        driver.unsupported("answers are matched by order, and a call waits for its own")
    elif run.mode == "sessions":
        run.hold_sessions(lambda: connect(run))
    else:
        manager.register_event("*", run.handle)
        manager.send_action({"Action": "Replay", **run.replay})
        run.wait(manager.ping if run.is_pinged else None)


main()
