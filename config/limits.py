"""The limit on a request's size, applied before its body is read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from config.errors import request_too_large

DRAIN_BYTES = 64 * 1024 * 1024
CHUNK = 64 * 1024


class RequestSizeMiddleware:
    """Answer 413 to a request longer than `REQUEST_MAX_BYTES`.

    `DATA_UPLOAD_MAX_MEMORY_SIZE` does not count files: 5 MB pass a limit of 1 KB. This reads the
    announced Content-Length; a body without one is empty to Django, and a WSGI server never lets
    a body run past what it announced.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            announced = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            announced = 0
        if announced <= settings.REQUEST_MAX_BYTES:
            return self.get_response(request)
        _drain(request, announced)
        return request_too_large(request)


def _drain(request: HttpRequest, announced: int) -> None:
    """Read and forget what was already on its way, up to 64 MiB.

    A server that answers and closes while the browser still sends resets the connection, and the
    visitor sees the browser's error instead of ours. nginx does the same (`lingering_close`).
    """
    stream = request.META.get("wsgi.input")
    left = min(announced, DRAIN_BYTES)
    while stream and left > 0 and (chunk := stream.read(min(CHUNK, left))):
        left -= len(chunk)
