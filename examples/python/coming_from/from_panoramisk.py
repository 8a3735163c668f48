"""What programs on panoramisk do, on libami: from_panoramisk.py HOST PORT USER SECRET TASK"""

import asyncio
from collections.abc import Awaitable, Callable

import libami
import libami.aio
from libami.testing import ScriptedServer
from tasks import EXTENSION, PHONE, chosen


async def connect(host: str, port: int, username: str, secret: str) -> None:
    # [connect]
    async with libami.aio.connect(host, port, username=username, secret=secret) as client:
        settings = await client.action("CoreSettings")
        print("Asterisk", settings["AsteriskVersion"])
    # [/connect]


async def action(client: libami.aio.Client) -> None:
    # [action]
    answer = await client.action("ExtensionState", Exten="1001", Context="default")
    print(answer["StatusText"])
    # [/action]


async def listing(client: libami.aio.Client) -> None:
    # [list]
    answer = await client.action("QueueStatus", Queue="support")
    for entry in answer.events:
        if entry.name == "QueueMember":
            print(entry["Name"], entry["CallsTaken"])
    # [/list]


async def command(client: libami.aio.Client) -> None:
    # [command]
    print(await client.command("core show uptime"))
    # [/command]


async def events(client: libami.aio.Client) -> None:
    done = asyncio.Event()

    async def show(*words: str) -> None:
        print(*words)
        done.set()

    # [events]
    @client.on("Hangup")
    async def hung_up(event: libami.Event) -> None:
        await show(event["Channel"], event["Cause-txt"])

    # [/events]
    await client.originate(PHONE, context="default", exten=EXTENSION)
    await asyncio.wait_for(done.wait(), 10)


async def originate(client: libami.aio.Client) -> None:
    # [originate]
    async with client.events("Newchannel", "Newstate", "Hangup", timeout=30) as events:
        call = await client.originate(PHONE, context="default", exten=EXTENSION, timeout=20)
        if call.answered:
            async for event in events:
                if event["Uniqueid"] == call.uniqueid:
                    print(event.name)
                    if event.name == "Hangup":
                        break
    # [/originate]


async def reconnect(host: str, port: int, username: str, secret: str) -> None:
    back = asyncio.Event()

    def show(*words: object) -> None:
        if not back.is_set():
            print(*words)
        if words[0] == "missed":
            back.set()

    # [reconnect]
    again = libami.Reconnect(min=0.2, first=True)
    client = libami.aio.Client(host, port, username=username, secret=secret, reconnect=again)

    @client.on("#state,#gap")
    def changed(mark: libami.Event) -> None:
        if mark.kind == "gap":
            show("missed", "events of", round(mark.outage), "seconds")
        else:
            show("now", mark["State"])

    await client.open()
    # [/reconnect]
    try:
        await client.action("UserEvent", UserEvent="Drop")
    except libami.OutcomeUnknown:
        await asyncio.wait_for(back.wait(), 10)
    await client.close()


async def testing() -> None:
    # [testing]
    with ScriptedServer() as server:
        server.on("CoreStatus").respond(CoreCurrentCalls=3)
        async with libami.aio.connect(**server.credentials) as client:
            status = await client.actions.core_status()
            print(status["CoreCurrentCalls"])
    # [/testing]


ON_A_CLIENT: dict[str, Callable[[libami.aio.Client], Awaitable[None]]] = {
    "action": action,
    "list": listing,
    "command": command,
    "events": events,
    "originate": originate,
}


async def main() -> None:
    server, task = chosen(__doc__, ["connect", *ON_A_CLIENT, "reconnect", "testing"])
    match task:
        case "connect":
            await connect(*server)
        case "reconnect":
            await reconnect(*server)
        case "testing":
            await testing()
        case _:
            host, port, username, secret = server
            async with libami.aio.connect(host, port, username=username, secret=secret) as client:
                await ON_A_CLIENT[task](client)


if __name__ == "__main__":
    asyncio.run(main())
