"""What programs on panoramisk do: with_panoramisk.py HOST PORT USER SECRET TASK"""

import asyncio
import sys

from panoramisk import Manager, Message
from panoramisk.call_manager import CallManager

HOST, PORT, USERNAME, SECRET, TASK = sys.argv[1:]
PHONE, EXTENSION = "Local/hold@default", "short"


async def connect() -> None:
    # [connect]
    manager = Manager(loop=asyncio.get_running_loop(), host=HOST, port=PORT, username=USERNAME, secret=SECRET)
    await manager.connect()
    settings = await manager.send_action({"Action": "CoreSettings"})
    print("Asterisk", settings.asteriskversion)
    manager.close()
    # [/connect]


async def action(manager: Manager) -> None:
    # [action]
    answer = await manager.send_action({"Action": "ExtensionState", "Exten": "1001", "Context": "default"})
    if answer.success:
        print(answer.statustext)
    # [/action]


async def listing(manager: Manager) -> None:
    # [list]
    answers = await manager.send_action({"Action": "QueueStatus", "Queue": "support"})
    for answer in answers:
        if answer.event == "QueueMember":
            print(answer.name, answer.callstaken)
    # [/list]


async def command(manager: Manager) -> None:
    # [command]
    answer = await manager.send_command("core show uptime")
    print("\n".join(answer.output))
    # [/command]


async def events(manager: Manager) -> None:
    done = asyncio.Event()

    async def show(*words: str) -> None:
        print(*words)
        done.set()

    # [events]
    @manager.register_event("Hangup")
    async def hung_up(manager: Manager, event: Message) -> None:
        await show(event.channel, event["Cause-txt"])

    # [/events]
    await manager.send_action(
        {
            "Action": "Originate",
            "Channel": PHONE,
            "Context": "default",
            "Exten": EXTENSION,
            "Priority": 1,
            "Async": "true",
        }
    )
    await asyncio.wait_for(done.wait(), 10)


async def originate(manager: CallManager) -> None:
    # [originate]
    call = await manager.send_originate(
        {
            "Action": "Originate",
            "Channel": PHONE,
            "Context": "default",
            "Exten": EXTENSION,
            "Priority": 1,
            "Timeout": 20000,
        }
    )
    while True:
        event = await call.queue.get()
        print(event.event)
        if event.event == "Hangup":
            break
    manager.clean_originate(call)
    # [/originate]


async def reconnect() -> None:
    back = asyncio.Event()
    logins: list[str] = []

    def show(*words: str) -> None:
        print(*words)
        logins.extend(word for word in words if word == "logged in")
        if len(logins) == 2:
            back.set()

    # [reconnect]
    manager = Manager(
        loop=asyncio.get_running_loop(),
        host=HOST,
        port=PORT,
        username=USERNAME,
        secret=SECRET,
        reconnect_timeout=1,
    )
    manager.on_login = lambda manager: show("logged in")
    manager.on_disconnect = lambda manager, error: show("lost")
    await manager.connect()
    # [/reconnect]
    await manager.send_action({"Action": "Ping"})
    manager.send_action({"Action": "UserEvent", "UserEvent": "Drop"})
    await asyncio.wait_for(back.wait(), 10)


ON_A_MANAGER = {
    "action": action,
    "list": listing,
    "command": command,
    "events": events,
    "originate": originate,
}


async def main() -> None:
    if TASK == "connect":
        await connect()
    elif TASK == "reconnect":
        await reconnect()
    else:
        manager = CallManager(
            loop=asyncio.get_running_loop(), host=HOST, port=PORT, username=USERNAME, secret=SECRET
        )
        await manager.connect()
        await ON_A_MANAGER[TASK](manager)
        manager.close()


asyncio.run(main())
