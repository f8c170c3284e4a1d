"""Say of any file what the site would say: the front door of the uploads for a script."""

import io
import json
import os
import resource
import signal
import stat
import sys
import time
from collections.abc import Callable
from typing import IO, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandParser

from uploads import fence
from uploads.sniffing import HEAD_BYTES, sniff
from uploads.validators import (
    VerifiedDocument,
    validate_avatar,
    validate_document,
    validate_picture,
)

VALIDATORS: dict[str, Callable[["File[bytes]"], Any]] = {
    "avatar": validate_avatar,
    "picture": validate_picture,
    "document": validate_document,
}
MIB = 1024 * 1024
SELF_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes


class Verdict(NamedTuple):
    """What is printed of one file; with --json the names are the keys.

    `seconds` of the clock; `peak_mib` is the most memory, in MiB, of the process that opened the
    file, or of this one where the file was refused before any parser saw it.
    """

    path: str
    accepted: bool
    code: str
    message: str
    type: str
    seconds: float
    peak_mib: float


class Command(BaseCommand):
    help = (
        "Judge files exactly as the site's forms do, and store nothing. Prints for each whether it "
        "is accepted, the code and words of the refusal, what it is by its bytes, and what it "
        "cost. Exit status: 0 all accepted, 1 some refused."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--kind", choices=VALIDATORS, required=True, help="what it is to be")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        refused = 0
        if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that has not every letter
            sys.stdout.reconfigure(errors="backslashreplace")
        fence.start()  # or the first file would have it on its account
        for path in options["files"]:
            verdict = judge(path, options["kind"])
            refused += not verdict.accepted
            try:
                self.stdout.write(
                    json.dumps(verdict._asdict()) if options["json"] else _line(verdict)
                )
                self.stdout.flush()
            except BrokenPipeError:  # `| head` has seen enough
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                sys.exit(128 + signal.SIGPIPE)
        if not options["json"] and len(options["files"]) > 1:
            self.stdout.write(f"{len(options['files']) - refused} accepted, {refused} refused")
        if refused:
            sys.exit(1)


def judge(path: str, kind: str) -> Verdict:
    """Return the verdict on one file. Raises nothing over a file, whatever it is."""
    started = time.monotonic()
    code = message = found = ""
    with fence.measured() as costs:
        try:
            with _opened(path) as file:
                found = sniff(file.read(HEAD_BYTES))
                result = VALIDATORS[kind](File(file, name=os.path.basename(path)))  # noqa: PTH119
            if isinstance(result, VerifiedDocument):
                found = result.kind
        except ValidationError as refusal:
            code, message = str(refusal.code), " ".join(refusal.messages)
        except OSError as error:
            code, message = "file_unreadable", f"It cannot be read: {error.strerror or error}."
        except Exception as error:  # a fault of ours must not hide what the other files are
            code, message = "check_failed", f"{type(error).__name__}: {error}"
    peak = max((cost.peak for cost in costs), default=_own_peak())
    seconds = round(time.monotonic() - started, 4)
    return Verdict(path, not code, code, message, found, seconds, round(peak / MIB, 1))


def _opened(path: str) -> IO[bytes]:
    """Open a regular file; a pipe or a device would hold us up for ever."""
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError("it is a folder, a pipe or a device")
    return os.fdopen(number, "rb")


def _own_peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * SELF_UNIT


def _line(verdict: Verdict) -> str:
    path = os.fsencode(verdict.path).decode(errors="backslashreplace")
    path = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in path)  # no orders to terminals
    cost = f"{verdict.type or 'not read'}; {verdict.seconds:.2f} s, {verdict.peak_mib:.0f} MiB"
    if verdict.accepted:
        return f"accepted  {path}  ({cost})"
    return f"refused   {path}  ({cost})\n          {verdict.code}: {verdict.message}"
