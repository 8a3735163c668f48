"""What programs on asterisk-ami do: with_asterisk_ami.py HOST PORT USER SECRET TASK"""

import re
import sys
import threading

from asterisk.ami import (
    AMIClient,
    AMIClientAdapter,
    AutoReconnect,
    Event,
    Response,
    SimpleAction,
)

HOST, PORT, USERNAME, SECRET, TASK = sys.argv[1:]
PHONE, EXTENSION = "Local/hold@default", "short"


def connect() -> None:
    # [connect]
    client = AMIClient(address=HOST, port=int(PORT))
    future = client.login(username=USERNAME, secret=SECRET)
    print("connected:", future.response is not None and not future.response.is_error())
    client.logoff()
    # [/connect]


def action(client: AMIClient) -> None:
    # [action]
    future = client.send_action(SimpleAction("ExtensionState", Exten="1001", Context="default"))
    answer = future.response
    if answer is not None and not answer.is_error():
        print(answer.keys["StatusText"])
    # [/action]


def adapter(client: AMIClient) -> None:
    # [adapter]
    adapter = AMIClientAdapter(client)
    answer = adapter.ExtensionState(Exten="1001", Context="default").response
    print(answer.keys["StatusText"])
    # [/adapter]


def listing(client: AMIClient) -> None:
    complete = threading.Event()
    # [list]

    def entry(event: Event, **_: object) -> None:
        if event.name == "QueueMember":
            print(event["Name"], event["CallsTaken"])
        else:
            complete.set()

    client.add_event_listener(entry, white_list=["QueueMember", "QueueStatusComplete"])
    client.send_action(SimpleAction("QueueStatus", Queue="support"))
    complete.wait(10)
    # [/list]


def command(client: AMIClient) -> None:
    # [command]
    answer = client.send_action(SimpleAction("Command", Command="core show uptime")).response
    print(answer.keys["Output"])
    # [/command]


def callback(client: AMIClient) -> None:
    done = threading.Event()

    def show(*words: str) -> None:
        print(*words)
        done.set()

    # [callback]
    def answered(response: Response) -> None:
        show(response.keys["StatusText"])

    action = SimpleAction("ExtensionState", Exten="1001", Context="default")
    client.send_action(action, callback=answered)
    # [/callback]
    assert done.wait(10)


def originate(client: AMIClient) -> None:
    done = threading.Event()

    def show(*words: str) -> None:
        print(*words)
        done.set()

    # [originate]
    def told(event: Event, **_: object) -> None:
        show("answered" if event["Response"] == "Success" else event["Reason"])

    client.add_event_listener(on_OriginateResponse=told)
    AMIClientAdapter(client).Originate(
        Channel=PHONE,
        Context="default",
        Exten=EXTENSION,
        Priority=1,
        CallerID="python",
        Async="true",
        variables={"COLOUR": "blue"},
    )
    # [/originate]
    assert done.wait(10)


def events(client: AMIClient) -> None:
    done = threading.Event()

    def show(*words: str) -> None:
        print(*words)
        done.set()

    # [events]
    def hung_up(event: Event, **_: object) -> None:
        show(event.name, event["Channel"])

    client.add_event_listener(hung_up, white_list=["Hangup", "SoftHangupRequest"])
    # [/events]
    call(client)
    assert done.wait(10)


def filters(client: AMIClient) -> None:
    done = threading.Event()

    def show(*words: str) -> None:
        print(*words)
        done.set()

    # [filter]
    def up(event: Event, **_: object) -> None:
        show(event["Channel"], "is up")

    client.add_event_listener(up, white_list="Newstate", ChannelStateDesc="Up", Channel=re.compile("^Local/"))
    # [/filter]
    call(client)
    assert done.wait(10)


def call(client: AMIClient) -> None:
    client.send_action(
        SimpleAction("Originate", Channel=PHONE, Context="default", Exten=EXTENSION, Priority=1, Async="true")
    )


def reconnect() -> None:
    back = threading.Event()

    def show(*words: str) -> None:
        print(*words)
        back.set()

    # [reconnect]
    client = AMIClient(address=HOST, port=int(PORT))
    AutoReconnect(client, delay=0.2, on_reconnect=lambda client, response: show("again"))
    client.login(username=USERNAME, secret=SECRET)
    # [/reconnect]
    client.send_action(SimpleAction("UserEvent", UserEvent="Drop"))
    assert back.wait(20)
    client.logoff()


ON_A_CLIENT = {
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
    if TASK == "connect":
        connect()
    elif TASK == "reconnect":
        reconnect()
    else:
        client = AMIClient(address=HOST, port=int(PORT))
        assert not client.login(username=USERNAME, secret=SECRET).response.is_error()
        ON_A_CLIENT[TASK](client)
        client.logoff()


main()
