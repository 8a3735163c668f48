"""Habits of panoramisk that its page tells: habits_of_panoramisk.py HOST PORT USER SECRET TASK"""

import asyncio
import sys

from panoramisk import Manager, Message

HOST, PORT, USERNAME, SECRET, TASK = sys.argv[1:]


async def connected(secret: str = SECRET) -> Manager:
    manager = Manager(
        loop=asyncio.get_running_loop(),
        host=HOST,
        port=PORT,
        username=USERNAME,
        secret=secret,
        reconnect_timeout=1,
    )
    await manager.connect()
    return manager


async def answered(action: asyncio.Future) -> str:
    """Its Message, or "no answer" after a second."""
    try:
        return (await asyncio.wait_for(asyncio.shield(action), 1)).message
    except TimeoutError:
        return "no answer"


async def wrong_secret() -> None:
    manager = await connected("wrong")
    again = asyncio.Event()
    manager.on_connect = lambda manager: again.set()
    ping = manager.send_action({"Action": "Ping"})
    await asyncio.wait_for(again.wait(), 10)
    print("connects again,", await answered(ping))


async def silence() -> None:
    manager = await connected()
    print(await answered(manager.send_action({"Action": "UserEvent", "UserEvent": "Silence"})))


async def sent_again() -> None:
    manager = await connected()
    action = manager.send_action({"Action": "UserEvent", "UserEvent": "Once"})
    print((await asyncio.wait_for(action, 10)).message)


async def refused() -> None:
    manager = await connected()
    answer = await manager.send_action({"Action": "Hangup", "Channel": "none"})
    print(answer.success, answer.message, repr(answer.channel))


async def order() -> None:
    manager = await connected()
    seen: list[str] = []
    whole = asyncio.Event()

    @manager.register_event("Tick")
    async def tick(manager: Manager, event: Message) -> None:
        await asyncio.sleep(0.2 if event.number == "0" else 0)
        seen.append(event.number)
        if len(seen) == 3:
            whole.set()

    await manager.send_action({"Action": "UserEvent", "UserEvent": "Ticks"})
    await asyncio.wait_for(whole.wait(), 10)
    print(*seen)


async def handler_raises() -> None:
    manager = await connected()
    lost = asyncio.Event()
    manager.on_disconnect = lambda manager, error: lost.set()

    @manager.register_event("Tick")
    def tick(manager: Manager, event: Message) -> None:
        raise ValueError

    manager.send_action({"Action": "UserEvent", "UserEvent": "Ticks"})
    await asyncio.wait_for(lost.wait(), 10)
    print("lost")


async def line_end() -> None:
    manager = await connected()
    print(await answered(manager.send_action({"Action": "UserEvent", "UserEvent": "x\r\nMore: yes"})))


async def cut_character() -> None:
    manager = await connected()
    print(repr(await answered(manager.send_action({"Action": "UserEvent", "UserEvent": "Cut"}))))


async def added_to_queue() -> None:
    manager = await connected()
    print(await answered(manager.send_action({"Action": "QueueAdd", "Queue": "support"})))


asyncio.run(globals()[TASK]())
