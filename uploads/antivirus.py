"""Antivirus: every upload is shown to clamd, where CLAMD_URL says that there is one.

Our own rules look for what a file can do, clamd for what is known already. It comes after them,
since they are cheaper, and before anything is stored. Whatever is not a clear "OK" is a refusal:
a scanner that does not answer has not found the file harmless. The site itself goes on without
it, so it is no part of /readyz.
Source: OWASP ASVS 5.0, 5.4.3; clamd(8) for the protocol.
"""

from __future__ import annotations

import logging
import re
import select
import socket
import time
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 3
SECONDS = 30  # for one scan, from the connection to the answer; half of what nginx waits for us
CHUNK = 64 * 1024
LONGEST_REPLY = 1024  # "stream: " and a signature's name; nothing clamd says is longer

TOO_LARGE = b"INSTREAM size limit exceeded. ERROR"


class _NoAnswer(Exception):  # noqa: N818 - of the file nothing is known, good or bad
    """Says to the operator what went wrong, and what to do."""


def scan(file: IO[bytes]) -> None:
    """Raise ValidationError unless clamd finds the file harmless; do nothing without CLAMD_URL.

    Codes: `malware_found`, and `antivirus_unavailable` for everything but a clear answer. The
    sender is not told the name of the signature, which would help to get around it; the log is.
    The file is read from its first byte and left where it stood. An error of the file itself is
    raised as it is. Takes up to SECONDS, which a thread waits.
    """
    if not settings.CLAMD_URL:
        return
    position = file.tell()
    try:
        signature = _signature_found(file)
    except _NoAnswer as reason:
        logger.error("An upload was refused, as clamd at %s %s", settings.CLAMD_URL, reason)
        raise ValidationError(
            _(
                "This file could not be checked for viruses right now, so it was not stored. "
                "Send it again later."
            ),
            code="antivirus_unavailable",
        ) from reason
    finally:
        file.seek(position)
    if signature:
        logger.warning("An upload was refused, as clamd found %s in it", signature)
        raise ValidationError(
            _(
                "The virus scanner found something harmful in this file, so it was not stored. "
                "Ask whoever gave it to you for a clean one."
            ),
            code="malware_found",
            params={"signature": signature},
        )


def _signature_found(file: IO[bytes]) -> str:
    """Return the name of what clamd found in the file, or "" if that is nothing."""
    file.seek(0)
    chunk = file.read(CHUNK)
    if not chunk:
        return ""
    with _Line(settings.CLAMD_URL) as line:
        taken = line.send(b"zINSTREAM\0")
        while chunk and taken:
            taken = line.send(len(chunk).to_bytes(4, "big") + chunk)
            chunk = file.read(CHUNK)
        early = taken and line.has_spoken()
        taken = taken and line.send(bytes(4))
        reply = line.reply()
    if found := re.fullmatch(rb"stream: ([ -~]+) FOUND", reply):
        return found[1].decode()
    if reply == b"stream: OK" and taken and not early:  # of a file whose end it has seen
        return ""
    if reply == TOO_LARGE:
        raise _NoAnswer(
            "takes no file as large as this one. Set StreamMaxLength to 25M or more in clamd.conf: "
            "the largest upload is 20 MiB."
        )
    raise _NoAnswer(
        f"answered {reply!r}, which is neither OK nor FOUND. Look into clamd's own log."
    )


class _Line:
    """A connection to clamd that ends after SECONDS, however slowly the other side speaks.

    Its methods raise _NoAnswer for whatever goes wrong on the line.
    """

    def __init__(self, url: str) -> None:
        self.end = time.monotonic() + SECONDS
        try:
            self.socket = _connected(url)
        except (OSError, ValueError) as error:  # a host name that cannot be one is a ValueError
            raise _NoAnswer(
                f"cannot be reached: {error}. Start it, or mend CLAMD_URL; without CLAMD_URL "
                "uploads are not scanned."
            ) from error

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *details: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> bool:
        """Send all of it; return False if the other side does not want it and has hung up."""
        try:
            self._hurry()
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False  # clamd does so when a file is too large, and has said why
        except OSError as error:
            raise self._stuck(error) from error
        return True

    def has_spoken(self) -> bool:
        """Return whether a reply has begun although the file has not ended."""
        return bool(select.select([self.socket], [], [], 0)[0])

    def reply(self) -> bytes:
        """Return what stands before the NUL that ends a reply."""
        reply = b""
        try:
            while b"\0" not in reply and len(reply) <= LONGEST_REPLY:
                self._hurry()
                more = self.socket.recv(LONGEST_REPLY)
                if not more:
                    break
                reply += more
        except OSError as error:
            raise self._stuck(error) from error
        whole, end, rest = reply.partition(b"\0")
        if not end or rest or len(reply) > LONGEST_REPLY:
            raise _NoAnswer(
                f"answered {reply[:80]!r}, which is no whole reply. Look into clamd's own log, and "
                "whether CLAMD_URL leads to a clamd."
            )
        return whole

    def _hurry(self) -> None:
        """Let the next step take no longer than what is left of the time for all of them."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.socket.settimeout(left)

    @staticmethod
    def _stuck(error: OSError) -> _NoAnswer:
        if isinstance(error, TimeoutError):
            return _NoAnswer(
                f"did not answer within {SECONDS} s. It may be loading its signatures, short of "
                "memory, or have too few MaxThreads for what is asked of it."
            )
        return _NoAnswer(f"broke off: {error}. Look into clamd's own log.")


def _connected(url: str) -> socket.socket:
    address = urlsplit(url)
    if address.scheme == "tcp":
        where = (address.hostname or "", address.port or 0)
        return socket.create_connection(where, timeout=CONNECT_SECONDS)
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(CONNECT_SECONDS)
        line.connect(url.removeprefix("unix://"))
    except BaseException:
        line.close()
        raise
    return line
