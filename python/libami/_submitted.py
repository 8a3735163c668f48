"""Actions that a thread does not wait for at once: the responses of many, and the future of one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, TypeVar

from libami._arguments import Value
from libami._errors import InvalidValue, QueueFull
from libami._native import Response

if TYPE_CHECKING:
    from concurrent.futures import Future

    from libami._future import ResponseFuture as ResponseFuture
else:

    def __getattr__(name: str) -> Any:
        """`ResponseFuture` is imported when it is first asked for, and is an attribute like others then."""
        if name != "ResponseFuture":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from libami._future import ResponseFuture

        globals()[name] = ResponseFuture
        return ResponseFuture


Headers: TypeAlias = Mapping[str, Value] | Sequence[tuple[str, Value]]
ActionLike: TypeAlias = str | tuple[str, Headers]
"""An action: its name, or its name and its headers."""

_Item = TypeVar("_Item", covariant=True)


class Responses(Generic[_Item]):
    """The responses of many actions, in their order: an iterator, and a context manager that closes it.

    Where an action has failed, its exception is raised; the next response comes after it if the iteration
    goes on, by `next`.
    """

    def __init__(
        self,
        actions: Iterable[ActionLike],
        submit: Callable[[ActionLike], Future[Response]],
        in_flight: int,
        return_exceptions: bool,
    ) -> None:
        if in_flight < 1:
            raise InvalidValue(f"in_flight must be 1 or more, and {in_flight} is not")
        self._actions: Iterator[ActionLike] | None = iter(actions)
        self._submit = submit
        self._in_flight = in_flight
        self._return_exceptions = return_exceptions
        self._sent: deque[Future[Response] | Exception] = deque()
        self._kept: ActionLike | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> _Item:
        self._send()
        if not self._sent:
            raise StopIteration
        first = self._sent[0]
        try:
            if isinstance(first, Exception):
                raise first
            response = first.result()
        except Exception as error:
            self._sent.popleft()
            if self._return_exceptions:
                return error  # type: ignore[return-value]
            raise
        self._sent.popleft()
        return response  # type: ignore[return-value]

    def _send(self) -> None:
        """Submit as many as there is room for. What fails at once takes its place among the responses."""
        while self._actions is not None and len(self._sent) < self._in_flight:
            try:
                action = self._kept
                if action is None:
                    action = next(self._actions)
                self._kept = None
                self._sent.append(self._submit(action))
            except StopIteration:
                self._actions = None
            except QueueFull as error:
                if self._sent:
                    # There is room again when an answer has come.
                    self._kept = action
                    return
                self._sent.append(error)
            except Exception as error:
                self._sent.append(error)

    def close(self) -> None:
        """Submit no more, and cancel what is in flight."""
        self._actions = self._kept = None
        while self._sent:
            sent = self._sent.pop()
            if not isinstance(sent, Exception):
                sent.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if "_sent" in self.__dict__:
            self.close()


# Users find it there, and tracebacks and documentation show it.
Responses.__module__ = "libami"
