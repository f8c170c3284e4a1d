"""How far a long command is: a bar on a terminal, a line now and then elsewhere."""

import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from django.core.management.base import OutputWrapper

T = TypeVar("T")

BAR = 30  # characters
LINE_SECONDS = 10  # between two lines where no bar can be drawn
BAR_SECONDS = 0.2


class Stopped(Exception):  # noqa: N818 - a state, not an error
    """Somebody asked to stop. What was done so far is whole; run it again to go on."""


class Progress:
    """Hands on the items of each step and shows on stderr how far they are.

    `stop` is the number of the signal that asked to stop, and 0 until then.
    """

    def __init__(self, stream: OutputWrapper) -> None:
        self.stream = stream
        self.drawn = stream.isatty()
        self.stop = 0

    def __call__(self, items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
        """Yield the items; raise Stopped before the next one once somebody asked to stop."""
        pause = BAR_SECONDS if self.drawn else LINE_SECONDS
        next_time = time.monotonic() + pause
        done = 0
        try:
            for item in items:
                if self.stop:
                    raise Stopped
                yield item
                done += 1
                if done % 64 == 0 or self.drawn:
                    now = time.monotonic()
                    if now >= next_time:
                        next_time = now + pause
                        self._show(what, done, total)
            if self.stop:
                raise Stopped
        finally:
            if self.drawn:
                self._write("\r\033[K")

    def _show(self, what: str, done: int, total: int | None) -> None:
        text = f"{what}: {done:,}"
        if total:
            part = min(done / total, 1)
            bar = "#" * round(BAR * part)
            text = f"{what} [{bar:-<{BAR}}] {part:4.0%} {done:,} of {total:,}"
        self._write(f"\r\033[K{text}" if self.drawn else f"{text}\n")

    def _write(self, text: str) -> None:
        self.stream.write(text, lambda plain: plain, ending="")
        self.stream.flush()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take Ctrl-C and SIGTERM as the wish to stop between two files; a second one stops now."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def ask(number: int, _frame: FrameType | None) -> None:
            if self.stop:
                raise KeyboardInterrupt
            self.stop = number

        before = {n: signal.signal(n, ask) for n in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
