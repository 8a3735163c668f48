"""libami by its Python interface: libami_bench.py PORT callback|iterator COUNT RATE, or PORT ping COUNT"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from pathlib import Path

import libami


class Handler:
    """Reads two headers of each event and tells when the last one came."""

    def __init__(self) -> None:
        self.handled = 0
        self.checked = 0
        self.finished = threading.Event()

    def __call__(self, event: libami.Event) -> None:
        self.handled += 1
        self.checked += len(event.get("Channel", "")) + len(event.get("Uniqueid", ""))
        if event.name == "ReplayEnd":
            self.finished.set()


def peak_kb() -> int:
    """The most memory this program had; what getrusage says would count the one that started it too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def main() -> None:
    port, mode, count, *rate = sys.argv[1:]
    handler = Handler()
    with libami.connect(
        "127.0.0.1",
        int(port),
        username="bench",
        secret="bench",
        action_timeout=60.0,
        queue_events=1 << 24,
        queue_bytes=1 << 34,
    ) as client:
        before = time.monotonic(), sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        if mode == "ping":
            for _ in range(int(count)):
                client.ping()
            handler.handled = int(count)
        else:
            if mode == "callback":
                client.on(None, handler)
            else:
                events = client.events()
            client.action("Replay", Count=count, Rate=rate[0] if rate else "0")
            if mode == "callback":
                handler.finished.wait()
            else:
                for event in events:
                    handler(event)
                    if handler.finished.is_set():
                        break
        usage = resource.getrusage(resource.RUSAGE_SELF)
        wall, cpu = time.monotonic() - before[0], usage.ru_utime + usage.ru_stime - before[1]
    report = {
        "seconds": wall,
        "cpu_seconds": cpu,
        "done": handler.handled,
        "check": handler.checked,
        "peak_kb": peak_kb(),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
