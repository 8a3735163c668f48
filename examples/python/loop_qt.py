"""Events in a window of Qt (PySide6), on the window's own thread: loop_qt.py HOST PORT USER SECRET"""

import sys
from concurrent.futures import Future, ThreadPoolExecutor

import libami
from PySide6.QtCore import QObject, QSocketNotifier, Signal
from PySide6.QtWidgets import QApplication, QListWidget


class Window(QListWidget):
    """A list of events."""

    def __init__(self, client: libami.Client) -> None:
        super().__init__()
        self.events = client.events("Newchannel", "Hangup")
        self.notifier = QSocketNotifier(self.events.fileno(), QSocketNotifier.Type.Read, self)
        self.notifier.activated.connect(self.show_events)

    def show_events(self) -> None:
        """Show what has come."""
        try:
            for event in self.events.drain():
                self.addItem(f"{event.name} {event.get('Channel', '')}")
        except libami.Error as error:
            # Before the stream goes: a descriptor that is polled must stay.
            self.notifier.setEnabled(False)
            self.addItem(f"the stream has ended: {error}")

    def show_version(self, answer: Future[libami.Response]) -> None:
        """Show what the server answered."""
        self.setWindowTitle(f"Asterisk {answer.result()['AsteriskVersion']}")


class Call(QObject):
    """An action that runs in a thread; its answer goes to the window, on the window's own thread."""

    done = Signal(object)

    def __init__(self, pool: ThreadPoolExecutor, client: libami.Client, name: str, window: Window) -> None:
        super().__init__(window)
        self.done.connect(window.show_version)
        pool.submit(client.action, name).add_done_callback(self.done.emit)


def main(host: str, port: str, username: str, secret: str) -> None:
    """Show a window until it is closed."""
    application = QApplication(sys.argv)
    with (
        libami.connect(host, int(port), username=username, secret=secret) as client,
        ThreadPoolExecutor() as pool,
    ):
        window = Window(client)
        window.show()
        Call(pool, client, "CoreSettings", window)
        application.exec()


if __name__ == "__main__":
    main(*sys.argv[1:5])
