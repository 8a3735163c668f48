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


class Call(QObject):
    """An action that runs in a thread, and tells the window when it is done."""

    done = Signal(object)

    def __init__(self, pool: ThreadPoolExecutor, client: libami.Client, name: str) -> None:
        super().__init__()
        pool.submit(client.action, name).add_done_callback(self.tell)

    def tell(self, answer: Future[libami.Response]) -> None:
        """Pass it on; Qt carries it to the window's thread."""
        self.done.emit(answer)


def main(host: str, port: str, username: str, secret: str) -> None:
    """Show a window until it is closed."""
    application = QApplication(sys.argv)
    with (
        libami.connect(host, int(port), username=username, secret=secret) as client,
        ThreadPoolExecutor() as pool,
    ):
        window = Window(client)
        window.show()
        call = Call(pool, client, "CoreSettings")
        call.done.connect(lambda answer: window.setWindowTitle(answer.result()["AsteriskVersion"]))
        application.exec()


if __name__ == "__main__":
    main(*sys.argv[1:5])
