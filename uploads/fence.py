"""The fence: files from strangers are opened in another process, under limits.

`examine()` is all the site knows of it. Behind it stands one process for each of the site's own
(`uploads/parser_process.py`), started when the first file comes, which forks a child for every
file. Starting Python and the parsers takes half a second; forking a process that has them takes
milliseconds.

Why: a parser is a large program in C, and the file is its input. Some files crash it, some keep
it busy for minutes (a JPEG of thousands of scans), some fill the memory (a kilobyte of WebP is
100 MB of pixels). In a child that costs its sender a refusal, and nobody else anything.

Source: OWASP ASVS 5.0, 5.2.2 (specialised libraries), 5.2.6 (pixel flood) and 15.2.2
(availability under resource-demanding work); libjpeg-turbo's advice on progressive JPEG.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from uploads.images import ENCODERS, Rendition
from uploads.sniffing import HEAD_BYTES, sniff

logger = logging.getLogger(__name__)

SECONDS = 10  # of the clock, and of CPU time
MEMORY = 1024 * 1024 * 1024  # bytes of address space; a lossless WebP of 50 MP takes 750 MB of it
# One file at a time in each process of the site, so that its memory is known: its own, and
# MEMORY. The next one waits this many seconds; a large picture takes two or three.
PATIENCE = 20
# Whoever waits holds one of the site's threads. So that files which take long do not take them
# all, nobody joins a queue whose files, at the usual pace of late, need more seconds than this.
LONGEST_QUEUE = 5

LONGEST_HEAD = 1024 * 1024  # bytes of an answer's first line; one of a fault has a traceback
DOCUMENTS = {"pdf", "docx"}  # of these nothing is drawn: they are stored as they came
CONTENT_TYPES = {extension: content_type for content_type, extension, _ in ENCODERS.values()}


class ParserUnavailable(Exception):  # noqa: N818 - a state, not an error
    """The process that opens files cannot be started, or does not answer; later it may."""


@dataclass
class Cost:
    """What one file took: seconds of the clock and the peak of resident memory in bytes."""

    seconds: float
    peak: int


_costs: ContextVar[list[Cost] | None] = ContextVar("costs", default=None)


@contextmanager
def measured() -> Iterator[list[Cost]]:
    """Collect the cost of every file examined within."""
    costs: list[Cost] = []
    token = _costs.set(costs)
    try:
        yield costs
    finally:
        _costs.reset(token)


def examine(task: str, content: bytes, *arguments: Any) -> list[Rendition]:
    """Have the content examined; return what was drawn of it, nothing for a document.

    `task` is one of `parser_process.TASKS`, `arguments` go to it as JSON. Raises ValidationError:
    the parser's own, or `parser_busy`, `file_too_demanding`, `parser_killed`, `parser_failed`.
    Raises ParserUnavailable when there is no process to do it.
    """
    with _fence.queue():
        if not _fence.turn.acquire(timeout=PATIENCE):
            raise _busy()
        try:
            reply, answer = _fence.ask({"task": task, "arguments": arguments}, content)
        except OSError as error:  # no file can be opened any more: too many are
            raise ParserUnavailable(f"No file can be handed over: {error}") from error
        finally:
            _fence.turn.release()
        _fence.usual = (_fence.usual + reply["seconds"]) / 2
    if (costs := _costs.get()) is not None:
        costs.append(Cost(reply["seconds"], reply["peak"]))
    with answer:
        if reply["status"] != 0:
            raise _killed(task, reply)
        return _understood(task, answer)


def _busy() -> ValidationError:
    return ValidationError(
        _("Many files are being looked at right now. Send this one again in a minute."),
        code="parser_busy",
    )


def start() -> None:
    """Start the process now, so that the first file does not wait for it."""
    with _fence.turn:
        _fence.start()


def _killed(task: str, reply: dict[str, Any]) -> ValidationError:
    cause = reply["status"]
    with suppress(ValueError):
        cause = signal.Signals(os.WTERMSIG(reply["status"])).name
    logger.warning("The process for a file (%s) ended with %s: %s", task, cause, reply)
    return ValidationError(
        _(
            "This file cannot be opened within our limits: it takes too long or too much memory, "
            "or breaks the program that reads it. Save it in a simpler form and send it again."
        ),
        code="parser_killed",
    )


def _understood(task: str, answer: IO[bytes]) -> list[Rendition]:
    """Return what the answer says was drawn, or raise what it says was refused.

    The child may have been taken over by the file it opened, so nothing of its answer is
    believed that would matter: it may be no answer at all, types are ours, and pictures are looked
    at once more.
    """
    try:
        return _read(task, answer)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise _failed(task, f"an answer that cannot be read, {error!r}") from error


def _read(task: str, answer: IO[bytes]) -> list[Rendition]:
    head = json.loads(answer.readline(LONGEST_HEAD))
    if "refused" in head:
        message, code, values = head["refused"]
        params = {name: _translated(value) for name, value in values.items()}
        refusal = ValidationError(_translated(message), code=str(code), params=params)
        str(refusal.messages)  # filled in here, where what does not fit is a fault of ours
        raise refusal
    if "exhausted" in head:
        raise ValidationError(
            _(
                "This file needs more memory to open than we give it. "
                "Save it in a simpler form and send it again."
            ),
            code="file_too_demanding",
        )
    if "failed" in head:
        raise _failed(task, head["failed"])
    drawn = [
        Rendition(width, height, CONTENT_TYPES[extension], extension, answer.read(length))
        for width, height, extension, length in head["drawn"]
        if extension in CONTENT_TYPES
    ]
    if (
        (task in DOCUMENTS and drawn)
        or (task == "avatar" and len(drawn) != 1)
        or not (drawn or task in DOCUMENTS)
    ):
        raise _failed(task, f"{len(drawn)} pictures were drawn")
    if any(type(side) is not int or side < 1 for r in drawn for side in (r.width, r.height)):
        raise _failed(task, "a picture of no size")
    for rendition in drawn:
        if f".{sniff(rendition.content[:HEAD_BYTES])}" != rendition.extension:
            raise _failed(task, f"what came back as {rendition.extension} is something else")
    return drawn


def _failed(task: str, reason: str) -> ValidationError:
    """A fault of ours. The file is refused all the same: nobody has said that it is sound."""
    logger.error("A file could not be examined (%s): %s", task, reason)
    return ValidationError(
        _("We could not look into this file. Save it in another form and send it again."),
        code="parser_failed",
    )


def _translated(value: Any) -> Any:
    return gettext(value) if value and isinstance(value, str) else value


def _anonymous_file() -> IO[bytes]:
    """Return an open file without a name: in memory where the system can (Linux)."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("upload"), "w+b")
    return tempfile.TemporaryFile()


class _Fence:
    """The process that forks the children, and the turn to use it."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.counting = threading.Lock()
        self.queued = 0  # files: the one that is being opened, and those behind it
        self.usual = 0.0  # seconds that a file takes of late
        self.process: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None

    @contextmanager
    def queue(self) -> Iterator[None]:
        """Count one file while it waits and is opened; refuse it where too much is before it."""
        with self.counting:
            if self.queued * self.usual > LONGEST_QUEUE:
                raise _busy()
            self.queued += 1
        try:
            yield
        finally:
            with self.counting:
                self.queued -= 1

    def start(self) -> socket.socket:
        """Return the socket of the running process; start it and wait for it if there is none."""
        if self.control is not None:
            return self.control
        self.control, theirs = socket.socketpair()
        self.control.settimeout(PATIENCE + SECONDS)
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "uploads.parser_process"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                # Nothing of our environment: it holds the site's secrets. The same modules.
                env={
                    "LANG": "C.UTF-8",
                    "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
                    "PYTHONDONTWRITEBYTECODE": "1",
                    # glibc: no 64 MB set aside for each thread of an encoder; and pages of 2 MB
                    # for large pictures, which are room made in a few steps, not in thousands.
                    "MALLOC_ARENA_MAX": "1",
                    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
                },
                start_new_session=True,  # Ctrl-C in a terminal is for the site
            )
            theirs.close()  # so that its end is noticed here
            self._line(self.control)
        except (OSError, EOFError) as error:
            self.stop()
            raise ParserUnavailable(f"No process to open files in: {error}") from error
        finally:
            theirs.close()
        return self.control

    def ask(self, job: dict[str, Any], content: bytes) -> tuple[dict[str, Any], IO[bytes]]:
        """Return the reply of the process and the answer of the child."""
        message = json.dumps({**job, "seconds": SECONDS, "memory": MEMORY}).encode()
        with _anonymous_file() as source:
            source.write(content)
            source.flush()
            answer = _anonymous_file()
            try:
                reply = None
                if self.control is not None:  # it may have ended since it was last used
                    with suppress(ParserUnavailable):
                        reply = self._reply(message, source, answer)
                if reply is None:
                    self.start()
                    reply = self._reply(message, source, answer)
                answer.seek(0)
            except BaseException:
                answer.close()
                raise
        return reply, answer

    def _reply(self, message: bytes, source: IO[bytes], answer: IO[bytes]) -> dict[str, Any]:
        control = self.start()
        source.seek(0)
        answer.seek(0)
        answer.truncate()
        try:
            socket.send_fds(control, [message], [source.fileno(), answer.fileno()])
            reply: dict[str, Any] = json.loads(self._line(control))
        except (OSError, EOFError) as error:
            self.stop()
            raise ParserUnavailable(f"The process that opens files: {error}") from error
        except BaseException:
            self.stop()  # its reply is still to come, and would be taken for the next file's
            raise
        return reply

    @staticmethod
    def _line(control: socket.socket) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            if not (part := control.recv(4096)):
                raise EOFError("it has ended")
            line += part
        return line

    def stop(self) -> None:
        """End the process; the next file starts another."""
        if self.control is not None:
            self.control.close()
            self.control = None
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def forget(self) -> None:
        """In a child of the site's process: the fence is the parent's."""
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            self.process.returncode = 0  # not ours to wait for
        self.__init__()  # type: ignore[misc]


_fence = _Fence()
atexit.register(_fence.stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fence.forget)
