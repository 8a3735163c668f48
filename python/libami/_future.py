"""The future of one action, in a module of its own: `concurrent.futures` imports `logging`, and that takes
longer than all of libami."""

from __future__ import annotations

from concurrent.futures import Future

from libami import _native
from libami._native import Response


class ResponseFuture(Future[Response]):
    """The response of an action that was submitted, or the exception."""

    action: _native.Submitted | None = None

    def cancel(self) -> bool:
        """Cancel the action unless it has ended; return whether it is cancelled."""
        if not super().cancel():
            return False
        # Of several threads that come here, one gets it.
        action = self.__dict__.pop("action", None)
        if action is not None:
            self.set_running_or_notify_cancel()
            action.cancel()
        return True

    def _check_process(self) -> None:
        if self.action is not None and not self.done():
            self.action.check()

    def result(self, timeout: float | None = None) -> Response:
        self._check_process()
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        self._check_process()
        return super().exception(timeout)
