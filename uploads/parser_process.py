"""The process in which files are opened that strangers sent: `python -m uploads.parser_process`.

`uploads/fence.py` starts it, one for each process of the site, and gives it one file at a time.
It loads the parsers once and never touches a file itself: for each it has a child forked that has
the parsers, this file, and nothing else, and that ends with it. So a file that breaks a parser
breaks a child, and nothing of one file is there when the next one is opened.

What a child has not:

- secrets: this interpreter was started without the site's environment and knows no settings;
- anything to open: no file, no socket, no program (RLIMIT_NOFILE is 0 by then, so everything that
  a parser needs is imported before the fork, see `warm_up`);
- time and memory: ten seconds and 1 GiB, held by the kernel, whatever the child is busy with;
- a way to hand back an object: its answer is a line of JSON and plain bytes.

It keeps the site's user, so it is no wall against code of an attacker's own: it could still send
signals. Such walls are the container's.
"""

from __future__ import annotations

import encodings
import gc
import importlib
import io
import json
import math
import os
import pkgutil
import resource
import select
import signal
import socket
import sys
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pikepdf
from django.conf import settings
from django.core.exceptions import ValidationError
from PIL import Image

from uploads import docx, images, pdf

TASKS: dict[str, Callable[..., Any]] = {
    "avatar": lambda file, kind, crop: images.redraw_avatar(
        file, kind, images.Crop(*crop) if crop else None
    ),
    "picture": images.redraw_picture,
    "pdf": pdf.inspect,
    "docx": docx.inspect,
}
ANSWER_MAX_BYTES = 64 * 1024 * 1024  # six renditions of 1280 x 16,383 pixels are some ten
_sample = b""  # a small JPEG
NO_ENCODINGS = {"mbcs", "oem"}  # Windows only


def main() -> None:
    """Serve jobs from the socket that is standard input, until its other end is closed.

    A job is a line of JSON with two open files beside it: what was sent, and where the answer
    goes. The reply is a line of JSON, {"status": as of waitpid, "seconds": float, "peak": bytes}.
    """
    control = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    warnings.simplefilter("ignore")  # Pillow's doubts about a file; what counts is what it raises
    settings.configure(USE_I18N=False)  # a message stays as it is in the source, to be translated
    warm_up()
    gc.collect()
    gc.freeze()  # what is loaded stays shared with the children: collecting would copy its pages
    child = Child(control)
    control.sendall(b"\n")  # ready
    while True:
        message, files, _flags, _address = socket.recv_fds(control, 4096, 2)
        if not message:
            return
        reply = child.examine(message, files)
        for number in files:
            os.close(number)
        control.sendall(json.dumps(reply).encode() + b"\n")
        child = Child(control)  # for the next file, while nobody waits


def warm_up() -> None:
    """Import all that a parser may come to import while it works: a child cannot.

    By doing the work once, on files of our own; and every encoding, since XML and zip names may
    be in any.
    """
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in NO_ENCODINGS:
            importlib.import_module(f"encodings.{module.name}")
    global _sample
    sheet = Image.new("RGB", (64, 64))
    sheet.save(content := io.BytesIO(), "JPEG")
    _sample = content.getvalue()
    for kind, encoder in images.FORMATS.items():
        sheet.save(content := io.BytesIO(), encoder)
        _rehearse("avatar", content, kind, None)
        _rehearse("picture", content, kind)
    with pikepdf.new() as document:
        document.add_blank_page()
        # Locked without a password: for these, qpdf opens the system's source of random numbers.
        document.save(content := io.BytesIO(), encryption=pikepdf.Encryption(owner="a", user=""))
    _rehearse("pdf", content)
    with zipfile.ZipFile(content := io.BytesIO(), "w") as package:
        package.writestr("[Content_Types].xml", "<?xml version='1.0'?><a/>")
    _rehearse("docx", content)


def _rehearse(task: str, content: io.BytesIO, *arguments: Any) -> None:
    list(_answer({"task": task, "arguments": arguments}, content))


class Child:
    """A process for one file, forked before the file is there."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.channel, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            control.close()
            self.channel.close()
            _be_the_child(theirs)
        theirs.close()

    def examine(self, message: bytes, files: list[int]) -> dict[str, Any]:
        """Hand over the job, see to it that the process ends, and return what it took."""
        started = time.monotonic()
        try:
            socket.send_fds(self.channel, [message], files)
        except BrokenPipeError:  # somebody ended it while it waited, which is not the file's fault
            self.channel.close()
            os.wait4(self.pid, 0)
            self.__init__(self.control)  # type: ignore[misc]
            return self.examine(message, files)
        # It never writes to the channel. When it ends, so does its end.
        ended, _, _ = select.select([self.channel], [], [], json.loads(message)["seconds"])
        self.channel.close()
        with suppress(ProcessLookupError):
            if not ended:
                os.kill(self.pid, signal.SIGKILL)
            os.killpg(self.pid, signal.SIGKILL)  # and whatever it may have started
        _, status, usage = os.wait4(self.pid, 0)
        return {
            "status": status,
            "seconds": round(time.monotonic() - started, 4),
            "peak": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        }


def _be_the_child(channel: socket.socket) -> NoReturn:
    """Wait for the job, do it, write the answer and end."""
    try:
        os.setpgid(0, 0)
        # What every job writes to is copied from the parent now, and not while somebody waits.
        _rehearse("avatar", io.BytesIO(_sample), "jpeg", None)
        message, files, _flags, _address = socket.recv_fds(channel, 4096, 2)
        if not message:  # the parent has gone
            os._exit(0)
        job = json.loads(message)
        source, answer = files
        with os.fdopen(source, "rb") as sent:
            file = io.BytesIO(sent.read())
        _limit(job["seconds"], job["memory"])
        with os.fdopen(answer, "wb") as out:
            out.writelines(_answer(job, file))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _limit(seconds: float, memory: int) -> None:
    """Have the kernel end this process when it takes more, and let it open nothing."""
    with suppress(OSError):  # Linux: if memory is short, this process goes, and not the site
        Path("/proc/self/oom_score_adj").write_text("1000")
    signal.alarm(math.ceil(seconds) + 1)  # should the process that watches be gone
    limits = {
        resource.RLIMIT_CPU: math.ceil(seconds),
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: ANSWER_MAX_BYTES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 0,
    }
    if sys.platform == "darwin":
        del limits[resource.RLIMIT_AS]  # which it knows and cannot set
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def _answer(job: dict[str, Any], file: io.BytesIO) -> Iterator[bytes]:
    """Yield a line of JSON with one key, then the content of the pictures it lists.

    {"drawn": [[width, height, extension, bytes], ...]}     empty for a document that is sound
    {"refused": [message, code, {name: value}]}             in English, not yet filled in
    {"exhausted": true}
    {"failed": traceback}                                   a fault of ours
    """
    drawn: list[images.Rendition] = []
    try:
        result = TASKS[job["task"]](file, *job["arguments"])
        if isinstance(result, images.Picture):
            drawn = [*result.renditions]
        elif isinstance(result, images.Rendition):
            drawn = [result]
        head: dict[str, Any] = {
            "drawn": [[r.width, r.height, r.extension, len(r.content)] for r in drawn]
        }
    except ValidationError as refusal:
        values = {
            name: value if isinstance(value, int | float) else str(value)
            for name, value in (refusal.params or {}).items()
        }
        head = {"refused": [str(refusal.message), refusal.code, values]}
    except (MemoryError, RecursionError):
        head = {"exhausted": True}
    except Exception:
        head = {"failed": traceback.format_exc(limit=-5)}
    yield json.dumps(head).encode() + b"\n"
    for rendition in drawn:
        yield rendition.content


if __name__ == "__main__":
    main()
