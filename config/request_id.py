"""One id for each request: in nginx's log, in every log line of ours, and in the answer.

Somebody who reports an error page can name it, and it finds the lines of all servers.
"""

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "X-Request-ID"
AN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")  # nothing that could forge a line of a log or a header
NONE = "-"

current_id: ContextVar[str] = ContextVar("request_id", default=NONE)


class RequestIdMiddleware:
    """Give each request an `id` and its response the header.

    The proxy's id is taken over if there is a proxy: it has overwritten what a client sent.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get(HEADER, "") if settings.BEHIND_PROXY else ""
        request_id = sent if AN_ID.fullmatch(sent) else uuid4().hex
        request.id = request_id  # type: ignore[attr-defined]
        # Never reset: what follows the response, like deleting files, is the request's too. The
        # next request of this thread brings its own.
        current_id.set(request_id)
        response = self.get_response(request)
        response[HEADER] = request_id
        return response


class RequestIdFilter(logging.Filter):
    """Put the request's id on each record; `-` where no request is being answered."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_id.get()
        return True
