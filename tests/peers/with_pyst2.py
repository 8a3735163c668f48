"""What programs on pyst2 do: with_pyst2.py HOST PORT USER SECRET TASK"""

import contextlib
import sys
import threading

import asterisk.manager

HOST, PORT, USERNAME, SECRET, TASK = sys.argv[1:]
PHONE, EXTENSION = "Local/hold@default", "short"


def connect() -> None:
    # [connect]
    manager = asterisk.manager.Manager()
    try:
        manager.connect(HOST, PORT)
        manager.login(USERNAME, SECRET)
        answer = manager.send_action({"Action": "CoreSettings"})
        print("Asterisk", answer.get_header("AsteriskVersion"))
    except asterisk.manager.ManagerSocketException as error:
        print("no connection:", error)
    except asterisk.manager.ManagerAuthException as error:
        print("no login:", error)
    except asterisk.manager.ManagerException as error:
        print("not done:", error)
    finally:
        manager.close()
    # [/connect]


def action(manager: asterisk.manager.Manager) -> None:
    # [action]
    answer = manager.extension_state("1001", "default")
    if answer.get_header("Response") == "Success":
        print(answer.get_header("StatusText"))
    # [/action]


def listing(manager: asterisk.manager.Manager) -> None:
    # [list]
    answer = manager.status()
    for text in answer.data.split("\r\n\r\n"):
        headers = dict(line.split(": ", 1) for line in text.split("\r\n") if ": " in line)
        if headers.get("Event") == "Status":
            print(headers["Channel"], headers["ChannelStateDesc"])
    # [/list]


def command(manager: asterisk.manager.Manager) -> None:
    # [command]
    answer = manager.command("core show uptime")
    print(answer.data.partition("\n--END COMMAND--")[0])
    # [/command]


def events(manager: asterisk.manager.Manager) -> None:
    done = threading.Event()

    def show(*words: str) -> None:
        print(*words)
        done.set()

    # [events]
    def hung_up(event: asterisk.manager.Event, manager: asterisk.manager.Manager) -> None:
        show(event["Channel"], event["Cause-txt"])

    manager.register_event("Hangup", hung_up)
    # [/events]
    manager.originate(PHONE, EXTENSION, context="default", priority="1", run_async=True)
    assert done.wait(10)


def originate(manager: asterisk.manager.Manager) -> None:
    done = threading.Event()
    # [originate]

    def told(event: asterisk.manager.Event, manager: asterisk.manager.Manager) -> None:
        print("answered" if event["Response"] == "Success" else event["Reason"])
        done.set()

    manager.register_event("OriginateResponse", told)
    manager.originate(
        PHONE,
        EXTENSION,
        context="default",
        priority="1",
        timeout="20000",
        run_async=True,
        variables={"COLOUR": "blue"},
    )
    # [/originate]
    assert done.wait(10)


def database(manager: asterisk.manager.Manager) -> None:
    done = threading.Event()
    # [database]

    def told(event: asterisk.manager.Event, manager: asterisk.manager.Manager) -> None:
        print(event["Val"])
        done.set()

    manager.register_event("DBGetResponse", told)
    manager.dbput("cidname", "1001", "Ann")
    manager.dbget("cidname", "1001")
    # [/database]
    assert done.wait(10)


ON_A_MANAGER = {
    "action": action,
    "list": listing,
    "command": command,
    "events": events,
    "originate": originate,
    "database": database,
}


def on_a_manager() -> None:
    manager = asterisk.manager.Manager()
    manager.connect(HOST, PORT)
    manager.login(USERNAME, SECRET)
    ON_A_MANAGER[TASK](manager)
    manager.close()


# In some runs `close` raises one of these, as the server's goodbye comes before it expects that.
with contextlib.suppress(ValueError, asterisk.manager.ManagerException):
    if TASK == "connect":
        connect()
    else:
        on_a_manager()
