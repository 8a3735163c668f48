"""Every action that the real servers know, called once by its method; and the views of what comes of it."""

from __future__ import annotations

from typing import Any

import libami
from conftest import WAIT, Asterisk
from libami import _table, events

# Not called, as other tests use the same server, or the session would end.
LEFT_OUT = {
    "Challenge": "belongs to the login",
    "Login": "is the login",
    "Logoff": "ends the session; closing the client sends it",
    "LoggerRotate": "moves the log that failed tests are explained by",
    "Reload": "reloads all modules under the other tests",
    "QueueReload": "reloads the queues under the other tests",
}
# Arguments for what nonsense would not do, or would do too well.
GIVEN: dict[str, dict[str, Any]] = {
    "Command": {"command": "core show uptime"},
    "Events": {"event_mask": "on"},
    "GetConfig": {"filename": "manager.conf"},
    "GetConfigJSON": {"filename": "manager.conf"},
    "ListCategories": {"filename": "manager.conf"},
    "Redirect": {"priority": 1},
    "UserEvent": {"user_event": "Covered", "headers": {"Own": "1"}},
    "WaitEvent": {"timeout": 1},
}
# Headers that any event may have.
GENERAL = {
    "event",
    "privilege",
    "actionid",
    "eventlist",
    "listitems",
    "timestamp",
    "systemname",
    "chanvariable",
}
NAMES = {(_table.row("action", name) or [""])[0]: name for name in _table.names("action")}
PROPERTIES = {
    row[0].lower(): row[1:]
    for name in _table.names("event")
    if (row := _table.row("event", name)) is not None
}


def known_headers(event: libami.Event) -> set[str]:
    """The headers that the view of the event reads."""
    known = set(GENERAL)
    for field in PROPERTIES[event.name.lower()]:
        _, kind, header = field.split(" ", 2)
        if kind.startswith("+"):
            known |= {
                (header + inner.split(" ", 2)[2]).lower()
                for inner in (_table.row("block", kind[1:]) or ())[1:]
            }
        else:
            known.add(header.lower())
    return known


def unknown_headers(event: libami.Event) -> set[str]:
    if event.name.lower() not in PROPERTIES:
        return {event.name}
    # Programs and the points where the server tests itself add headers of their own.
    if event.name in ("UserEvent", "TestEvent"):
        return set()
    return {f"{event.name}: {name}" for name in event if name.lower() not in known_headers(event)}


def arguments(client: libami.Client, action: str) -> dict[str, Any]:
    """Something for each required header that nothing on the server has the name of."""
    fields = (_table.row("action", NAMES[action]) or ["", ""])[2:]
    words = [field.split(" ", 2) for field in fields]
    needed = {name: "no" if "/" in kind else "libami-none" for name, kind, _ in words if kind.startswith("*")}
    return {**needed, **GIVEN.get(action, {})}


def test_coverage_of_all_actions_that_the_servers_know(asterisk: Asterisk) -> None:
    with asterisk.connect() as client:
        listed = [name for name, value in client.action("ListCommands").multi_items() if "(Priv: " in value]
        assert len(listed) > 100
        assert [name for name in listed if name not in NAMES] == []
        # Something for the lists to show: a conference, which is a bridge, and a parked call.
        joined = client.events("ConfbridgeJoin", "ParkedCall", timeout=WAIT)
        for application, data in (("ConfBridge", "coverage"), ("Park", "")):
            client.originate("Local/hold@default", application=application, data=data, wait=False)
        assert {next(joined).name, next(joined).name} == {"ConfbridgeJoin", "ParkedCall"}
        seen = client.events(idle_timeout=1)
        refused: dict[str, str] = {}
        wrong: dict[str, str] = {}
        unknown: set[str] = set()
        for action in listed:
            if action in LEFT_OUT:
                continue
            assert client.can(action)
            try:
                answer = getattr(client.actions, NAMES[action])(**arguments(client, action), deadline=20)
            except libami.ActionError as error:
                (refused if error.code == 300 else wrong)[action] = f"{error.code} {error.peer_message}"
            except libami.Error as error:
                wrong[action] = f"{type(error).__name__}: {error}"
            else:
                for event in answer.events:
                    unknown |= unknown_headers(event)
        call = client.originate("Local/hold@default", application="Wait", data="0.1")
        assert call.answered
        try:
            for event in seen:
                if event.kind == "server":
                    unknown |= unknown_headers(event)
        except libami.TimeoutError:
            pass
        client.action("Hangup", Channel="/Local/hold@default-.*/")
        assert wrong == {}
        # Nothing has the name that they were called with.
        assert 40 < len(refused) < len(listed) - 20
        assert {"Hangup", "Redirect", "PJSIPShowEndpoint", "Getvar"} & set(refused)
        assert unknown == set()


def test_coverage_leaves_out_no_action_without_need(asterisk: Asterisk) -> None:
    assert set(LEFT_OUT) | set(GIVEN) <= set(NAMES)
    assert all(issubclass(getattr(events, name), events.View) for name in _table.names("event"))
