"""Error pages: in the site's look, saying what happened and what to do."""

import base64
import hashlib
import re
import sys

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.shortcuts import render, resolve_url
from django.template import loader
from django.template.defaultfilters import filesizeformat
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import requires_csrf_token

from config.brand import BRAND
from config.outages import caused_by_outage, is_outage
from uploads.storages import StorageUnavailable

RETRY_AFTER = 5  # seconds; a database that restarts is back in about as many


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("accept", "").startswith("application/json")


def _page(request: HttpRequest, template: str, status: int, **context: object) -> HttpResponse:
    response = render(request, template, context, status=status)
    add_never_cache_headers(response)
    return response


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, (RequestDataTooBig, TooManyFilesSent)):
        return request_too_large(request)
    if isinstance(exception, SessionInterrupted) and caused_by_outage(exception):
        return unavailable(request)  # Django takes any failure to save for a deleted session
    return _page(request, "400.html", 400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = _("Your session has ended or cookies are off. Reload the page and try again.")
    if _wants_json(request):
        return JsonResponse({"errors": [{"code": "csrf", "message": message}]}, status=403)
    return _page(request, "403_csrf.html", 403, reason=reason if settings.DEBUG else "")


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404; for a static file in one line that no cache may keep.

    During a rolling deploy an old page asks a new server for an old fingerprint. A CDN that
    remembers that 404 breaks the page for everyone, long after the old server would have had it.
    """
    if request.path.startswith(settings.STATIC_PREFIX):
        gone = HttpResponseNotFound("No such static file in this release.\n", "text/plain")
        gone["Cache-Control"] = "no-store"
        return gone
    return _page(request, "404.html", 404)


def request_too_large(request: HttpRequest, most: int = 0) -> HttpResponse:
    """Answer 413; `most` is what the file may have here, in bytes, and 0 where none is taken.

    `nginx_includes` writes the same answers for the server in front.
    """
    limit = filesizeformat(most) if most else ""
    if _wants_json(request):
        message = (
            _("This upload is larger than %(limit)s, the most that a file may have here.")
            if limit
            else _("This is larger than anything that is taken here.")
        )
        errors = [{"code": "request_too_large", "message": message % {"limit": limit}}]
        return JsonResponse({"errors": errors}, status=413)
    return _page(request, "413.html", 413, limit=limit)


def signed_out(request: HttpRequest, login: str) -> HttpResponse:
    """Send somebody whose session has ended to sign in; tell a script in words."""
    if _wants_json(request):
        message = _("You are signed out. Sign in again, then repeat the upload.")
        return JsonResponse({"errors": [{"code": "signed_out", "message": message}]}, status=403)
    return redirect_to_login(request.get_full_path(), resolve_url(login))


def too_many_uploads(request: HttpRequest, seconds: int) -> HttpResponse:
    """Answer 429 to a member who sends files faster than we look at them."""
    response: HttpResponse
    if _wants_json(request):
        message = ngettext(
            "You are sending faster than files can be looked at. Wait %(seconds)s second, then "
            "send this one again.",
            "You are sending faster than files can be looked at. Wait %(seconds)s seconds, then "
            "send this one again.",
            seconds,
        )
        errors = [{"code": "upload_rate_limited", "message": message % {"seconds": seconds}}]
        response = JsonResponse({"errors": errors}, status=429)
    else:
        response = _page(request, "429.html", 429, seconds=seconds)
    response["Retry-After"] = str(seconds)
    return response


def unavailable(request: HttpRequest, nothing_stored: bool = False) -> HttpResponse:
    """Answer 503 while the database or the bucket is away, and say when to come back.

    The page looks like every other but knows nothing of the visitor: without a request no context
    processor asks for the session or the user.
    """
    response: HttpResponse
    if _wants_json(request):
        message = (
            _("The store for files does not answer, so nothing was stored. Try again in a minute.")
            if nothing_stored
            else _("The site cannot answer right now. Try again in a minute.")
        )
        errors = [{"code": "unavailable", "message": message}]
        response = JsonResponse({"errors": errors}, status=503)
    else:
        context = {"brand": BRAND, "built_ahead": True, "nothing_stored": nothing_stored}
        response = HttpResponse(loader.get_template("503.html").render(context), status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    add_never_cache_headers(response)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 with a page that needs nothing that may be broken; 503 to an outage.

    No database, no session, no static manifest, no context processor. The page's one inline
    style is allowed by its hash, on this response alone.
    """
    error = sys.exception()
    if is_outage(error):
        # Rows that own files are saved with them or not at all: see uploads/models.py.
        sent = request.method == "POST" and isinstance(error, StorageUnavailable)
        return unavailable(request, nothing_stored=sent)
    html = loader.get_template("500.html").render()
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = hashlib.sha256((style[1] if style else "").encode()).digest()
    response = HttpResponse(html, status=500)
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{base64.b64encode(digest).decode()}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    add_never_cache_headers(response)
    return response
