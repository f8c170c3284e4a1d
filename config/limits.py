"""What is decided about a request before its body is read: its size, and who may send a file."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from config.errors import request_too_large, signed_out, too_many_uploads
from uploads.fence import measured
from uploads.limits import TakesFile, charge, charge_work

DRAIN_BYTES = 64 * 1024 * 1024
CHUNK = 64 * 1024


class RequestLimitsMiddleware:
    """Refuse what a view would refuse anyway while nothing of the body is parsed or stored.

    `DATA_UPLOAD_MAX_MEMORY_SIZE` does not count files: 5 MB pass a limit of 1 KB. So this reads
    the announced Content-Length; a body without one is empty to Django, and a WSGI server never
    lets a body run past what it announced. Without a file a request may have REQUEST_MAX_BYTES,
    for views marked with `uploads.limits.takes_file` as much more as their file.

    It stands above CsrfViewMiddleware, whose `process_view` reads the token from `request.POST`,
    and with it the whole body into memory or a temporary file. That a stranger's page could spend
    a member's uploads is no danger: `SameSite=Lax` keeps the session's cookie from it.
    Source: OWASP ASVS 5.0, 5.2.1.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Here for addresses that lead nowhere, too: the 404 page looks for a CSRF token as well.
        if _announced(request) > settings.REQUEST_MAX_BYTES and not _at(request.path_info):
            return _unread(request, request_too_large(request))
        _take_text_for_utf8(request)
        with measured() as costs:
            response = self.get_response(request)
        upload = request.resolver_match and _mark(request.resolver_match.func)
        if costs and upload and not upload.staff and request.user.is_authenticated:
            charge_work(request.user.pk, sum(cost.seconds for cost in costs))
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        upload = _mark(view)
        if not upload:
            return None
        if _announced(request) > upload.request_bytes:
            return _unread(request, request_too_large(request, upload.most))
        if request.method != "POST":
            return None
        try:
            refusal = _refusal(request, upload)
        except IntegrityError as error:
            refusal = self.process_exception(request, error)
            if not refusal:
                raise
        return _unread(request, refusal) if refusal else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Take a row that the database refuses for the sign of an account that is gone, if it is:
        it was deleted while its file was on its way."""
        upload = request.resolver_match and _mark(request.resolver_match.func)
        if not upload or not isinstance(exception, IntegrityError):
            return None
        if get_user_model().objects.filter(pk=request.user.pk or 0).exists():
            return None
        return signed_out(request, _login_of(upload))


def _refusal(request: HttpRequest, upload: TakesFile) -> HttpResponse | None:
    """Ask the cheap questions in the order of their price; the last one is the view's own."""
    if not (request.user.is_staff if upload.staff else request.user.is_authenticated):
        return signed_out(request, _login_of(upload))
    if seconds := charge(request.user.pk):
        return too_many_uploads(request, seconds)
    return upload.refuse(request) if upload.refuse else None


def _login_of(upload: TakesFile) -> str:
    return "admin:login" if upload.staff else str(settings.LOGIN_URL)


def _announced(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _take_text_for_utf8(request: HttpRequest) -> None:
    """Read the request's text as that of our forms is written, whatever its Content-Type says.

    Django believes it, and decodes with any codec that Python has; some are not for text (hex,
    zlib), others not for any text (idna), and raise what nobody catches.
    """
    if request.encoding is not None:
        request.encoding = settings.DEFAULT_CHARSET


def _at(path: str) -> TakesFile | None:
    try:
        return _mark(resolve(path).func)
    except Resolver404:
        return None


def _mark(view: Callable[..., Any]) -> TakesFile | None:
    return getattr(view, "takes_file", None)


def _unread(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the response, once what was already on its way is read and forgotten, up to 64 MiB.

    A server that answers and closes while the browser still sends resets the connection, and the
    visitor sees the browser's error instead of ours. nginx does the same (`lingering_close`).
    """
    if request.META.get("HTTP_EXPECT"):  # 100-continue: it waits for our word before it sends
        return response
    stream = request.META.get("wsgi.input")
    left = min(_announced(request), DRAIN_BYTES)
    while stream and left > 0 and (chunk := stream.read(min(CHUNK, left))):
        left -= len(chunk)
    return response
