"""What the benchmark says: its tables, and how the goals were met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Report = dict[str, Any]
"""As it stands in build/bench.json."""

HANGS_UP_MS = 100
"""How long Asterisk waits by default for a client to take an event."""
QUEUE_MB = 32
"""What a queue holds by default."""

FLOOR, HANDED = "C floor: read, split, call", "C floor, copied to a thread"
HANDED_THERE = {"rate": 2.8e6, "cpu_us": 0.46, "paced_us": 4.6}
"""What that floor made of the same events where the goals were set. On a slower machine, or a busier one, it
makes less of them, and so may libami: each goal is also looked at in proportion."""


def figure(report: Report, name: str, kind: str, key: str) -> float | None:
    value = report["programs"].get(name, {}).get(kind, {}).get(key)
    return None if value is None else float(value)


def each(report: Report, name: str, kind: str, key: str) -> float | None:
    """Divided by how many there were."""
    value, done = figure(report, name, kind, key), figure(report, name, kind, "done")
    return None if value is None or not done else value / done


def rate(report: Report, name: str, kind: str) -> float | None:
    seconds = each(report, name, kind, "seconds")
    return 1 / seconds if seconds else None


def cpu_us(report: Report, name: str, kind: str) -> float | None:
    return times(each(report, name, kind, "cpu_seconds"), 1e6)


def times(value: float | None, factor: float | None) -> float | None:
    return None if value is None or factor is None else value * factor


# Goals


@dataclass(frozen=True)
class Goal:
    measured: Callable[[Report], float | None]
    limit: Callable[[Report], float | None]
    is_most: bool = True
    """Whether the limit is the most that it may be, or the least."""
    scale: Callable[[Report], float | None] = lambda _: 1
    """What the limit comes to here, by what the floor does."""


def events_goals(name: str, least: float, most_us: float, paced_us: float | None = None) -> dict[str, Goal]:
    """Without a figure for a pace, it is the floor's in the same run that counts."""

    def rates(report: Report) -> float | None:
        return times(rate(report, HANDED, "events"), 1 / HANDED_THERE["rate"])

    def in_bulk(report: Report) -> float | None:
        return times(cpu_us(report, HANDED, "events"), 1 / HANDED_THERE["cpu_us"])

    def at_a_pace(report: Report) -> float | None:
        return times(cpu_us(report, HANDED, "paced"), 1 / HANDED_THERE["paced_us"])

    def own_paced(report: Report) -> float | None:
        return cpu_us(report, name, "paced")

    def row_two(report: Report) -> float | None:
        return times(cpu_us(report, HANDED, "paced"), 1.1)

    paced = (
        Goal(own_paced, row_two) if paced_us is None else Goal(own_paced, lambda _: paced_us, scale=at_a_pace)
    )
    return {
        f"{name}: events/s": Goal(
            lambda report: rate(report, name, "events"), lambda _: least, False, scale=rates
        ),
        f"{name}: CPU µs an event": Goal(
            lambda report: cpu_us(report, name, "events"), lambda _: most_us, scale=in_bulk
        ),
        f"{name}: paced CPU µs an event": paced,
    }


def ping_goal(name: str, factor: float) -> dict[str, Goal]:
    return {
        f"{name}: Ping µs, {factor} times the floor": Goal(
            lambda report: figure(report, name, "ping", "median_us"),
            lambda report: times(figure(report, FLOOR, "ping", "median_us"), factor),
        )
    }


def memory_goal(name: str, interpreter: bool) -> dict[str, Goal]:
    def memory(report: Report) -> float | None:
        peak = figure(report, name, "paced", "peak_kb")
        return None if peak is None else (peak - interpreter * report["interpreter_kb"]) / 1024

    over = " over its interpreter" if interpreter else ""
    return {f"{name}: MB{over}": Goal(memory, lambda _: 8)}


def session_goals(name: str) -> dict[str, Goal]:
    def goal(key: str, most: float) -> Goal:
        return Goal(lambda report: figure(report, name, "sessions", key), lambda _: most)

    return {
        f"{name}: KB an idle session": goal("kb_each", 6),
        f"{name}: threads of all sessions": goal("threads_more", 0),
        f"{name}: descriptors a session": goal("fds_each", 1),
    }


def slow_goals(name: str) -> dict[str, Goal]:
    return {
        f"{name}, slow: the server waits, ms": Goal(
            lambda report: figure(report, name, "slow", "server_stall_ms"), lambda _: HANGS_UP_MS
        ),
        f"{name}, slow: MB": Goal(
            lambda report: times(figure(report, name, "slow", "peak_kb"), 1 / 1024),
            # Python has its interpreter besides, and each what it is reading.
            lambda report: QUEUE_MB + 16 + ("C" not in name and report["interpreter_kb"] / 1024),
        ),
        f"{name}, slow: lost and not told": Goal(lambda report: silent(report, name), lambda _: 0),
        f"{name}, slow: worst Ping, ms": Goal(
            lambda report: times(figure(report, name, "slow", "worst_us"), 1e-3), lambda _: 1_000
        ),
    }


def flood_goal(name: str) -> dict[str, Goal]:
    def by_idle(report: Report) -> float | None:
        idle = figure(report, name, "flood", "idle_ms")
        return times(figure(report, name, "flood", "flood_ms"), 1 / idle) if idle else None

    return {f"{name}: 0.5 s deadline in a flood, by idle": Goal(by_idle, lambda _: 1.1)}


def by_floor(name: str, kind: str, floor: str, factor: float) -> Goal:
    """So many times the rate of a floor, or for `ping` of its time at most."""
    if kind == "ping":
        return Goal(
            lambda report: figure(report, name, kind, "median_us"),
            lambda report: times(figure(report, floor, kind, "median_us"), factor),
        )
    return Goal(
        lambda report: rate(report, name, kind),
        lambda report: times(rate(report, floor, kind), factor),
        False,
    )


def by_raw(report: Report, name: str, what: str) -> float | None:
    """What a view takes, by what a raw event does: `seconds` or `cpu_seconds`."""
    raw = each(report, name, "views", f"raw_{what}")
    return times(each(report, name, "views", what), 1 / raw) if raw else None


def views_goals(name: str) -> dict[str, Goal]:
    def goal(what: str) -> Goal:
        return Goal(lambda report: by_raw(report, name, what), lambda _: 1.2)

    return {
        f"{name}: view by raw event, time": goal("seconds"),
        f"{name}: view by raw event, CPU": goal("cpu_seconds"),
    }


def best_peer(report: Report, kind: str) -> float | None:
    peers = [name for name, family in report["families"].items() if family == "peer"]
    return max(filter(None, (rate(report, name, kind) for name in peers)), default=None)


def paced_goal(name: str, factor: float) -> dict[str, Goal]:
    return {
        f"{name}: paced CPU, {factor} times one thread": Goal(
            lambda report: cpu_us(report, name, "paced"),
            lambda report: times(cpu_us(report, FLOOR, "paced"), factor),
        )
    }


def call_goals() -> dict[str, Goal]:
    goals = {
        "libami C callback: 64 Pings, 0.6 of two threads": by_floor(
            "libami C callback", "window", HANDED, 0.6
        ),
        "libami C callback: 64 Pings, 3 times a peer's": Goal(
            lambda report: rate(report, "libami C callback", "window"),
            lambda report: times(best_peer(report, "window"), 3),
            False,
        ),
        "libami Python callback: 64 Pings by submit": Goal(
            lambda report: rate(report, "libami Python callback", "window"), lambda _: 150e3, False
        ),
    }
    for name, loop, factor in (
        ("libami asyncio iterator", "asyncio", 0.7),
        ("libami asyncio on uvloop", "uvloop", 0.9),
    ):
        floor = f"Python floor, {loop}"
        goals[f"{name}: Ping, {factor} of a bare one"] = by_floor(name, "ping", floor, factor)
        goals[f"{name}: 64 Pings, 2.5 times a bare one"] = by_floor(name, "window", floor, 2.5)
    return goals


GOALS: dict[str, Goal] = {
    **events_goals("libami C callback", 2.5e6, 0.55),
    **events_goals("libami Rust callback", 2.5e6, 0.55),
    **events_goals("libami Python callback", 1.2e6, 1.2, 6),
    **events_goals("libami Python iterator", 1.2e6, 1.2, 6),
    **events_goals("libami asyncio callback", 1.2e6, 1.2, 12),
    **events_goals("libami asyncio iterator", 1.2e6, 1.2, 12),
    **ping_goal("libami C callback", 1.1),
    **ping_goal("libami Python callback", 1.2),
    **ping_goal("libami asyncio iterator", 1.4),
    "libami C callback: pipelined Pings/s": Goal(
        lambda report: rate(report, "libami C callback", "pipelined"), lambda _: 0.9e6, False
    ),
    **call_goals(),
    **paced_goal("libami C callback", 1.5),
    **paced_goal("libami Python callback", 2),
    **paced_goal("libami asyncio iterator", 2),
    **memory_goal("libami C callback", False),
    **memory_goal("libami Rust callback", False),
    **memory_goal("libami Python callback", True),
    **memory_goal("libami asyncio iterator", True),
    **session_goals("libami C callback"),
    **session_goals("libami asyncio iterator"),
    **slow_goals("libami C callback"),
    **slow_goals("libami Python callback"),
    **slow_goals("libami asyncio iterator"),
    **views_goals("libami Python callback"),
    **flood_goal("libami C callback"),
    **flood_goal("libami asyncio iterator"),
}


def goals(report: Report) -> list[dict[str, Any]]:
    """Those that could be measured."""
    found = []
    for name, goal in GOALS.items():
        measured, limit = goal.measured(report), goal.limit(report)
        if measured is None or limit is None:
            continue

        def meets(limit: float, measured: float = measured, is_most: bool = goal.is_most) -> bool:
            return measured <= limit if is_most else measured >= limit

        here = times(limit, goal.scale(report)) or limit
        found.append(
            {"goal": name, "measured": measured, "is_most": goal.is_most}
            | {"limit": limit, "met": meets(limit), "limit_here": here, "met_here": meets(here)}
        )
    return found


# What a client does wrong


def silent(report: Report, name: str) -> float | None:
    """How many events never came to a slow handler, without it being told."""
    sent, handled = figure(report, name, "slow", "server_sent"), figure(report, name, "slow", "done")
    if sent is None or handled is None:
        return None
    # The last event is not one of those that the server counts.
    return max(0, sent + 1 - handled - (figure(report, name, "slow", "lost") or 0))


def remarks(report: Report, name: str) -> Iterator[str]:
    runs = report["programs"].get(name, {})
    for kind, run in runs.items():
        if is_common(kind) and "failed" in run:
            yield f"{kind}: {run['failed']}"
    for kind, words in (("events", "in bulk"), ("paced", "paced")):
        run = runs.get(kind, {})
        lost = run["sent"] + 1 - run["done"] if "done" in run else 0
        if lost > 0:
            how = "and says so" if (run.get("lost") or 0) >= lost else "without a word"
            yield f"loses {lost / run['sent']:.1%} {words}, {how}"
        elif "expected" in run and run["check"] != run["expected"]:
            yield f"gives {run['check'] / run['expected']:.0%} of the two headers"


def slow_remarks(report: Report, name: str) -> Iterator[str]:
    run = report["programs"][name]["slow"]
    if "failed" in run:
        yield run["failed"]
    if run.get("server_stall_ms", 0) > HANGS_UP_MS:
        yield "does not read: a real server hangs up"
    if run.get("peak_kb", 0) > 4 * QUEUE_MB * 1024:
        yield "memory without a bound"
    if run.get("lost"):
        yield "says what it lost"
    if unsaid := silent(report, name):
        yield f"loses {unsaid:,.0f} without a word"


# Tables

LOADS = ("paced", "bulk", "slow")
"""What Pings are timed beside: 10,000 events a second, events at full speed, and those with a handler that
takes 1 ms."""


def cell(value: float | None, form: str = ",.0f") -> str:
    return "-" if value is None else format(value, form)


def rule(title: str, *columns: str) -> None:
    print()
    row(title, *columns)
    print("-" * (30 + 11 * len(columns)))


def row(name: str, *cells: str, remark: str = "") -> None:
    print(f"{name:30}" + "".join(f"{text:>11}" for text in cells) + (f"  {remark}" if remark else ""))


def show(report: Report) -> None:
    print(", ".join(f"{name} {value}" for name, value in report["machine"].items()))
    extent = report["extent"]
    print(
        f"medians of {extent['rounds']} interleaved rounds; paced: {extent['paced_rate']:,} events a second"
    )
    if "parsing" in report:
        show_parsing(report["parsing"])
    if any(any(map(is_common, runs)) for runs in report["programs"].values()):
        show_clients(report)
    if any(f"beside {load}" in runs for runs in report["programs"].values() for load in LOADS):
        show_beside(report)
    if any("slow" in runs for runs in report["programs"].values()):
        show_slow(report)
    if any("tls events" in runs for runs in report["programs"].values()):
        show_tls(report)
    if any("views" in runs for runs in report["programs"].values()):
        show_views(report)
    show_goals(report["goals"])


def show_parsing(parsing: dict[str, dict[str, float]]) -> None:
    rule("parsing in memory", "messages/s", "µs each", "instr.", "by C loop")
    floor = parsing["C loop"]["seconds"] / parsing["C loop"]["done"]
    for name, run in parsing.items():
        us = run["seconds"] / run["done"]
        row(name, cell(1 / us), cell(us * 1e6, ".3f"), cell(run.get("instructions")), cell(us / floor, ".2f"))


def is_common(kind: str) -> bool:
    """Whether a kind of run stands in the table of all clients."""
    return kind not in ("slow", "flood", "views") and not kind.startswith(("beside", "tls"))


def show_clients(report: Report) -> None:
    columns = ("events/s", "CPU µs", "paced µs", "instr.", "MB", "Ping µs", "p99 µs", "Pings/s", "64 of them")
    rule("", *columns, "KB/session")
    for name, runs in report["programs"].items():
        missing = report["missing"].get(name)
        if not missing and not any(map(is_common, runs)):
            continue
        row(
            name,
            cell(rate(report, name, "events")),
            cell(cpu_us(report, name, "events"), ".2f"),
            cell(cpu_us(report, name, "paced"), ".2f"),
            cell(figure(report, name, "events", "instructions")),
            cell(times(figure(report, name, "paced", "peak_kb"), 1 / 1024), ".1f"),
            cell(figure(report, name, "ping", "median_us"), ".1f"),
            cell(figure(report, name, "ping", "p99_us"), ".1f"),
            cell(rate(report, name, "pipelined")),
            cell(rate(report, name, "window")),
            cell(figure(report, name, "sessions", "kb_each"), ".1f"),
            remark=f"not installed: {missing}" if missing else "; ".join(remarks(report, name)),
        )
    print(
        "CPU an event: the client's alone, in bulk and paced. MB: the most it had, paced, with its defaults."
    )
    print("Ping round trips with client and server on a processor each. Pings/s: many in flight, and 64.")


def show_beside(report: Report) -> None:
    quantiles = {"median": "median_us", "p99": "p99_us", "p99.9": "p999_us"}
    rule(
        "Pings beside events, µs",
        *(name if name != "median" else load for load in LOADS for name in quantiles),
    )
    for name, runs in report["programs"].items():
        if any(f"beside {load}" in runs for load in LOADS):
            row(
                name,
                *(
                    cell(figure(report, name, f"beside {load}", key))
                    for load in LOADS
                    for key in quantiles.values()
                ),
            )
    print(
        f"The medians beside {report['extent']['paced_rate']:,} events a second, beside events at full "
        "speed, and beside those with a handler that takes 1 ms."
    )


def show_tls(report: Report) -> None:
    columns = ("events/s", "CPU µs", "paced µs", "Ping µs", "p99 µs", "64 of them", "KB/session", "connect s")
    rule("through TLS", *columns)
    for name, runs in report["programs"].items():
        missing = report["missing"].get(name, "") if "OpenSSL" in name else ""
        if missing or "tls events" in runs:
            row(
                name,
                cell(rate(report, name, "tls events")),
                cell(cpu_us(report, name, "tls events"), ".2f"),
                cell(cpu_us(report, name, "tls paced"), ".2f"),
                cell(figure(report, name, "tls ping", "median_us"), ".1f"),
                cell(figure(report, name, "tls ping", "p99_us"), ".1f"),
                cell(rate(report, name, "tls window")),
                cell(figure(report, name, "tls sessions", "kb_each"), ".1f"),
                cell(figure(report, name, "tls sessions", "connect_s"), ".2f"),
                remark=missing,
            )
    print(f"connect: {report['extent']['tls_sessions']:,} sessions, one after the other.")


def show_views(report: Report) -> None:
    rule("views and raw events", "raw/s", "views/s", "by raw", "raw CPU µs", "views µs", "by raw")
    for name, runs in report["programs"].items():
        if "views" in runs:
            raw_seconds = each(report, name, "views", "raw_seconds")
            row(
                name,
                cell(1 / raw_seconds if raw_seconds else None),
                cell(rate(report, name, "views")),
                cell(by_raw(report, name, "seconds"), ".2f"),
                cell(times(each(report, name, "views", "raw_cpu_seconds"), 1e6), ".2f"),
                cell(times(each(report, name, "views", "cpu_seconds"), 1e6), ".2f"),
                cell(by_raw(report, name, "cpu_seconds"), ".2f"),
                remark=runs["views"].get("failed") or runs["views"].get("raw_failed", ""),
            )
    print("Events of one name that nothing is done with, as they are and as views of libami.events.")


def show_slow(report: Report) -> None:
    columns = ("sent", "handled", "told lost", "not told", "MB", "stall ms", "Ping ms", "worst ms")
    rule("a handler that takes 1 ms", *columns)
    for name, runs in report["programs"].items():
        if "slow" in runs:
            row(
                name,
                cell(figure(report, name, "slow", "server_sent")),
                cell(figure(report, name, "slow", "done")),
                cell(figure(report, name, "slow", "lost")),
                cell(silent(report, name)),
                cell(times(figure(report, name, "slow", "peak_kb"), 1 / 1024), ".1f"),
                cell(figure(report, name, "slow", "server_stall_ms"), ".1f"),
                cell(times(figure(report, name, "slow", "median_us"), 1e-3), ".1f"),
                cell(times(figure(report, name, "slow", "worst_us"), 1e-3), ".1f"),
                remark="; ".join(slow_remarks(report, name)),
            )
    seconds = report["extent"]["slow_seconds"]
    print(
        f"For {seconds} s events come as fast as they can; then the handler hurries, and what misses is lost."
    )
    print("stall: how long the server had at most to wait before it could send on. Pings are sent meanwhile.")


def show_goals(found: list[dict[str, Any]]) -> None:
    print()
    print(f"{'goals':50}{'measured':>12}{'goal':>14}{'':9}{'in proportion to the floor here':>14}")
    print("-" * 117)
    for goal in found:
        form = ",.0f" if goal["limit"] >= 1_000 else ".2f"
        sign = "≤" if goal["is_most"] else "≥"

        def told(
            limit: str, met: str, goal: dict[str, Any] = goal, form: str = form, sign: str = sign
        ) -> str:
            return f"{sign + ' ' + format(goal[limit], form):>14}  {'met' if goal[met] else 'NOT MET':7}"

        here = told("limit_here", "met_here") if goal["limit_here"] != goal["limit"] else ""
        print(f"{goal['goal']:50}{format(goal['measured'], form):>12}{told('limit', 'met')}{here}".rstrip())
    met, here = (sum(goal[key] for goal in found) for key in ("met", "met_here"))
    print(
        f"{met} of {len(found)} goals are met, {here} in proportion to the floor; "
        f"{len(GOALS) - len(found)} not measured"
    )
