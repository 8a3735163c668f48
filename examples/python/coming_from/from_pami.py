"""What programs on PAMI do, on libami: from_pami.py HOST PORT USER SECRET TASK"""

import threading
from collections.abc import Callable

import libami
import libami.gateway
from tasks import EXTENSION, PHONE, chosen


def connect(host: str, port: int, username: str, secret: str) -> None:
    # [connect]
    client = libami.connect(
        host, port, username=username, secret=secret, connect_timeout=10, action_timeout=10
    )
    print("connected:", client.is_open)
    client.close()
    # [/connect]


def events(client: libami.Client) -> None:
    done = threading.Event()

    def show(*words: str) -> None:
        print(*words)
        done.set()

    # [events]
    @client.on("Newstate")
    def changed(event: libami.Event) -> None:
        if event["ChannelStateDesc"] == "Up":
            show(event["Channel"], "is up")

    # [/events]
    client.originate(PHONE, context="default", exten=EXTENSION)
    assert done.wait(10)


def loop(client: libami.Client) -> None:
    # [loop]
    with client.events("Hangup", timeout=10) as events:
        client.originate(PHONE, context="default", exten=EXTENSION, wait=False)
        for event in events:
            print(event["Channel"], event["Cause-txt"])
            break
    # [/loop]


def listing(client: libami.Client) -> None:
    # [list]
    answer = client.actions.queue_status(queue="support")
    for entry in answer.events:
        if entry.name == "QueueMember":
            print(entry["Name"], entry["CallsTaken"])
    # [/list]


def command(client: libami.Client) -> None:
    # [command]
    print(client.command("core show uptime"))
    # [/command]


def originate(client: libami.Client) -> None:
    # [originate]
    call = client.originate(
        PHONE, context="default", exten=EXTENSION, timeout=20, variable={"COLOUR": "blue"}
    )
    print(call.reason)
    # [/originate]


def sms(host: str, port: int, username: str, secret: str) -> None:
    # [sms]
    with libami.gateway.connect(host, port, username=username, secret=secret) as gateway:
        receipt = gateway.send("13632919026", "hello", port="dongle0", timeout=20)
        print(receipt.outcome)
    # [/sms]


ON_A_CLIENT: dict[str, Callable[[libami.Client], None]] = {
    "events": events,
    "loop": loop,
    "list": listing,
    "command": command,
    "originate": originate,
}


def main() -> None:
    server, task = chosen(__doc__, ["connect", *ON_A_CLIENT, "sms"])
    match task:
        case "connect":
            connect(*server)
        case "sms":
            sms(*server)
        case _:
            host, port, username, secret = server
            with libami.connect(host, port, username=username, secret=secret) as client:
                ON_A_CLIENT[task](client)


if __name__ == "__main__":
    main()
