"""What programs on pyst2 do, on libami: from_pyst2.py HOST PORT USER SECRET TASK"""

import threading
from collections.abc import Callable

import libami
from tasks import EXTENSION, PHONE, chosen


def connect(host: str, port: int, username: str, secret: str) -> None:
    # [connect]
    try:
        with libami.connect(host, port, username=username, secret=secret) as client:
            print("Asterisk", client.action("CoreSettings")["AsteriskVersion"])
    except libami.ConnectError as error:
        print("no connection:", error)
    except libami.AuthError as error:
        print("no login:", error)
    except libami.Error as error:
        print("not done:", error)
    # [/connect]


def action(client: libami.Client) -> None:
    # [action]
    answer = client.action("ExtensionState", Exten="1001", Context="default")
    print(answer["StatusText"])
    # [/action]


def listing(client: libami.Client) -> None:
    # [list]
    for entry in client.action("Status").events:
        print(entry["Channel"], entry["ChannelStateDesc"])
    # [/list]


def command(client: libami.Client) -> None:
    # [command]
    print(client.command("core show uptime"))
    # [/command]


def events(client: libami.Client) -> None:
    done = threading.Event()

    def show(*words: str) -> None:
        print(*words)
        done.set()

    # [events]
    def hung_up(event: libami.Event) -> None:
        show(event["Channel"], event["Cause-txt"])

    client.on("Hangup", hung_up)
    # [/events]
    client.originate(PHONE, context="default", exten=EXTENSION)
    assert done.wait(10)


def originate(client: libami.Client) -> None:
    # [originate]
    call = client.originate(
        PHONE, context="default", exten=EXTENSION, timeout=20, variable={"COLOUR": "blue"}
    )
    print(call.reason)
    # [/originate]


def database(client: libami.Client) -> None:
    # [database]
    client.action("DBPut", Family="cidname", Key="1001", Val="Ann")
    answer = client.action("DBGet", Family="cidname", Key="1001")
    print(answer.events[0]["Val"])
    # [/database]


ON_A_CLIENT: dict[str, Callable[[libami.Client], None]] = {
    "action": action,
    "list": listing,
    "command": command,
    "events": events,
    "originate": originate,
    "database": database,
}


def main() -> None:
    server, task = chosen(__doc__, ["connect", *ON_A_CLIENT])
    if task == "connect":
        connect(*server)
        return
    host, port, username, secret = server
    with libami.connect(host, port, username=username, secret=secret) as client:
        ON_A_CLIENT[task](client)


if __name__ == "__main__":
    main()
