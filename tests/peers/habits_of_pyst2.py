"""Habits of pyst2 that its page tells: habits_of_pyst2.py HOST PORT USER SECRET TASK"""

import os
import sys
import threading
from collections.abc import Callable

from asterisk.manager import Event, Manager

HOST, PORT, USERNAME, SECRET, TASK = sys.argv[1:]


def within_a_second(call: Callable[[], object]) -> object:
    """What it returns, or "no answer" after a second."""
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(call()), daemon=True)
    thread.start()
    thread.join(1)
    return found[0] if found else "no answer"


def user_event(manager: Manager, name: str) -> object:
    return within_a_second(
        lambda: manager.send_action({"Action": "UserEvent", "UserEvent": name}).get_header("Message")
    )


def silence(manager: Manager) -> None:
    print(user_event(manager, "Silence"))


def matched_by_order(manager: Manager) -> None:
    for variable in ("first", "second"):
        answer = manager.send_action({"Action": "Getvar", "Variable": variable})
        print(answer.get_header("Value"))


def refused(manager: Manager) -> None:
    answer = manager.hangup("none")
    print(answer.get_header("Response"), answer.get_header("Message"))


def callback_raises(manager: Manager) -> None:
    threading.excepthook = lambda _: None

    def tick(event: Event, manager: Manager) -> None:
        raise ValueError

    manager.register_event("Tick", tick)
    print(user_event(manager, "Ticks"))
    manager.event_dispatch_thread.join(10)
    print("callbacks:", manager.event_dispatch_thread.is_alive())


def channel_variables(manager: Manager) -> None:
    threading.excepthook = lambda _: None
    user_event(manager, "ChanVariables")
    print(within_a_second(manager.ping))


def headers_of_the_last_call(manager: Manager) -> None:
    manager.send_action(Action="UserEvent", UserEvent="a", More="yes")
    print(manager.send_action(Action="UserEvent").get_header("Message"))


def command_text(manager: Manager) -> None:
    answer = manager.command("core show uptime")
    print(repr(answer.data), answer.get_header("Output"))


def line_end(manager: Manager) -> None:
    print(user_event(manager, "x\r\nMore: yes"))


def main() -> None:
    manager = Manager()
    manager.connect(HOST, PORT)
    manager.login(USERNAME, SECRET)
    globals()[TASK](manager)
    sys.stdout.flush()
    # Its threads may wait for ever.
    os._exit(0)


main()
