"""One request over HTTP, as a browser would make it, and within a bounded time.

Redirects are answers, paths are sent as they are written (a client that resolves `..` would hide
what the server does with it), and bodies come in the encoding the server chose.
"""

import base64
import http.client
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from email.message import Message
from functools import cached_property
from urllib.parse import unquote, urljoin, urlsplit

from pipeline.doctor.encodings import unpacked

SECONDS = 10  # for each step of a request: connect, or the next bytes
WHOLE_SECONDS = 30  # for all of it
MOST_BYTES = 32 * 1024 * 1024
REDIRECTS = 5


class Unreachable(Exception):  # noqa: N818 - a state, not an error
    """No answer came; the text says why, in words that go into a finding."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    url: str
    status: int
    headers: Message = field(default_factory=Message)
    sent: bytes = b""  # as it was sent, compressed perhaps

    def header(self, name: str) -> str:
        return str(self.headers.get(name) or "")

    @property
    def content_type(self) -> str:
        return self.header("Content-Type").partition(";")[0].strip().lower()

    @property
    def encoding(self) -> str:
        return self.header("Content-Encoding").strip().lower()

    @cached_property
    def body(self) -> bytes:
        """The bytes without their encoding. Raises ValueError if they are not in it."""
        return unpacked(self.sent, self.encoding)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")


def ask(url: str, method: str = "GET", **headers: str) -> Answer:
    """Return the answer to one request; `accept_encoding=…` becomes Accept-Encoding.

    Who stands in the address signs in, as a browser would (a site in rehearsal behind a password).
    Raises Unreachable when there is none: no such host, refused, too slow, a wrong certificate.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise Unreachable("it is not an http address")
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    userinfo, _, _ = urlsplit(url).netloc.rpartition("@")
    asked = url.replace(f"{userinfo}@", "", 1) if userinfo else url
    request = urllib.request.Request(asked, method=method, headers=named)  # noqa: S310
    if userinfo:
        token = base64.b64encode(unquote(userinfo).encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
    request.add_header("User-Agent", "vitrine-doctor")
    try:
        with _opener.open(request, timeout=SECONDS) as response:
            return Answer(url, response.status, response.headers, _read(response))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(url, error.code, error.headers, _read(error))
    except urllib.error.URLError as error:
        raise Unreachable(str(error.reason)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"{type(error).__name__} {error}".strip()) from error


def follow(url: str, **headers: str) -> Answer:
    """Return the answer at the end of at most five redirects."""
    answer = ask(url, **headers)
    for _ in range(REDIRECTS):
        if answer.status not in (301, 302, 303, 307, 308):
            break
        target = urljoin(answer.url, answer.header("Location"))
        try:
            answer = ask(target, **headers)
        except Unreachable as error:
            raise Unreachable(f"it redirects to {without_query(target)}: {error}") from error
    return answer


def without_query(url: str) -> str:
    """Return a URL that may be printed: a signature in it is the file, for whoever reads it."""
    return url.partition("?")[0]


def _read(response: object) -> bytes:
    read = getattr(response, "read1", None) or response.read  # type: ignore[attr-defined]
    deadline, parts, size = time.monotonic() + WHOLE_SECONDS, [], 0
    while chunk := read(64 * 1024):
        parts.append(chunk)
        size += len(chunk)
        if size > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError(f"not complete after {WHOLE_SECONDS} seconds")
    return b"".join(parts)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: object, **named: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)
