"""What programs on asterisk-ami do, on libami: from_asterisk_ami.py HOST PORT USER SECRET TASK"""

import re
import threading
from collections.abc import Callable
from concurrent.futures import Future

import libami
from tasks import EXTENSION, PHONE, chosen


def connect(host: str, port: int, username: str, secret: str) -> None:
    # [connect]
    client = libami.connect(host, port, username=username, secret=secret)
    print("connected:", client.is_open)
    client.close()
    # [/connect]


def action(client: libami.Client) -> None:
    # [action]
    answer = client.action("ExtensionState", Exten="1001", Context="default")
    print(answer["StatusText"])
    # [/action]


def adapter(client: libami.Client) -> None:
    # [adapter]
    answer = client.actions.extension_state(exten="1001", context="default")
    print(answer["StatusText"])
    # [/adapter]


def listing(client: libami.Client) -> None:
    # [list]
    for entry in client.actions.queue_status(queue="support").events:
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


def originate(client: libami.Client) -> None:
    # [originate]
    call = client.originate(
        PHONE, context="default", exten=EXTENSION, caller_id="python", variable={"COLOUR": "blue"}
    )
    print(call.reason)
    # [/originate]


def events(client: libami.Client) -> None:
    done = threading.Event()

    def show(*words: str) -> None:
        print(*words)
        done.set()

    # [events]
    @client.on("Hangup,SoftHangupRequest")
    def hung_up(event: libami.Event) -> None:
        show(event.name, event["Channel"])

    # [/events]
    client.originate(PHONE, context="default", exten=EXTENSION)
    assert done.wait(10)


def filters(client: libami.Client) -> None:
    done = threading.Event()

    def show(*words: str) -> None:
        print(*words)
        done.set()

    # [filter]
    @client.on("Newstate")
    def up(event: libami.Event) -> None:
        if event["ChannelStateDesc"] == "Up" and re.match("Local/", event["Channel"]):
            show(event["Channel"], "is up")

    # [/filter]
    client.originate(PHONE, context="default", exten=EXTENSION)
    assert done.wait(10)


def reconnect(host: str, port: int, username: str, secret: str) -> None:
    back = threading.Event()

    def show(*words: object) -> None:
        print(*words)
        back.set()

    # [reconnect]
    again = libami.Reconnect(min=0.2)
    client = libami.connect(host, port, username=username, secret=secret, reconnect=again)

    @client.on("#gap")
    def missed(gap: libami.Event) -> None:
        show("again after", round(gap.outage), "seconds")

    # [/reconnect]
    try:
        client.action("UserEvent", UserEvent="Drop")
    except libami.OutcomeUnknown:
        assert back.wait(10)
    client.close()


ON_A_CLIENT: dict[str, Callable[[libami.Client], None]] = {
    "action": action,
    "adapter": adapter,
    "list": listing,
    "command": command,
    "callback": callback,
    "originate": originate,
    "events": events,
    "filter": filters,
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
