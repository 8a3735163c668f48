"""Habits of asterisk-ami that its page tells: habits_of_asterisk_ami.py HOST PORT USER SECRET TASK"""

import sys
import threading

from asterisk.ami import AMIClient, Event, SimpleAction

HOST, PORT, USERNAME, SECRET, TASK = sys.argv[1:]


def connected(timeout: float = 10) -> AMIClient:
    client = AMIClient(address=HOST, port=int(PORT), timeout=timeout)
    client.login(USERNAME, SECRET).response.is_error()
    return client


def user_event(client: AMIClient, name: str) -> object:
    response = client.send_action(SimpleAction("UserEvent", UserEvent=name)).response
    return response and response.keys["Message"]


def wrong_secret() -> None:
    client = AMIClient(address=HOST, port=int(PORT))
    print(client.login(USERNAME, "wrong").response.is_error())


def silence() -> None:
    print(user_event(connected(timeout=0.5), "Silence"))


def quiet_server() -> None:
    client = connected(timeout=0.5)
    client._thread.join(10)
    print("reading:", client._thread.is_alive())


def refused() -> None:
    response = connected().send_action(SimpleAction("Hangup", Channel="none")).response
    print(response.is_error(), response.keys["Message"])


def action_in_a_listener() -> None:
    client = connected(timeout=1)
    done = threading.Event()

    def tick(event: Event, **_: object) -> None:
        if not done.is_set():
            print(client.send_action(SimpleAction("Ping")).response)
            done.set()

    client.add_event_listener(tick, white_list="Tick")
    client.send_action(SimpleAction("UserEvent", UserEvent="Ticks"))
    done.wait(10)


def listener_raises() -> None:
    client = connected()

    def tick(event: Event, **_: object) -> None:
        raise ValueError

    client.add_event_listener(tick, white_list="Tick")
    client.send_action(SimpleAction("UserEvent", UserEvent="Ticks"))
    client._thread.join(10)
    print("reading:", client._thread.is_alive())


def filter_without_the_header() -> None:
    client = connected()
    done = threading.Event()

    def tick(event: Event, **_: object) -> None:
        print(event["Number"])
        done.set()

    client.add_event_listener(tick, white_list="Tick", Colour="blue")
    client.send_action(SimpleAction("UserEvent", UserEvent="Tick"))
    done.wait(10)


def repeated_header() -> None:
    client = connected()
    done = threading.Event()

    def seen(event: Event, **_: object) -> None:
        print(event.keys)
        done.set()

    client.add_event_listener(seen, white_list="Headers")
    client.send_action(SimpleAction("UserEvent", UserEvent="Headers"))
    done.wait(10)


def line_end() -> None:
    print(user_event(connected(), "x\r\nMore: yes"))


globals()[TASK]()
