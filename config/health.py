"""Two questions a load balancer asks: is the process up, and may it have visitors?"""

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import storages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


ANSWER_SECONDS = 2


class NotReady(Exception):  # noqa: N818 - a state, not an error
    """Says in a few words what is missing; shown to whoever may call /readyz."""


@contextlib.contextmanager
def hanging_up_after(seconds: float) -> Iterator[None]:
    """Cut the line to a PostgreSQL server that has not answered by then.

    libpq waits for an answer for ever. A server that is paused keeps its connections open, and
    each probe would cost a thread. Opening a connection has a limit of its own, connect_timeout.
    """
    connection.ensure_connection()
    if connection.vendor != "postgresql":
        yield
        return
    descriptor = connection.connection.fileno()
    with socket.socket(fileno=os.dup(descriptor)) as line:
        timer = threading.Timer(seconds, _hang_up, [line])
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the server was quicker
        line.shutdown(socket.SHUT_RDWR)


def database() -> None:
    with hanging_up_after(ANSWER_SECONDS), connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def migrations() -> None:
    executor = MigrationExecutor(connection)
    if pending := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReady(f"{len(pending)} not applied; run manage.py migrate")


def _storage(alias: str) -> None:
    storages[alias].ping()  # type: ignore[attr-defined]


def private_storage() -> None:
    _storage("default")


def public_storage() -> None:
    _storage("public")


def manifest() -> None:
    if settings.DEBUG:
        return  # development serves files from their sources
    if not staticfiles_storage.manifest_hash:  # type: ignore[attr-defined]
        raise NotReady("no staticfiles.json; run manage.py collectstatic")
    if not Path(settings.DJANGO_VITE["default"]["manifest_path"]).is_file():
        raise NotReady("no Vite manifest; run ./dev build")


class HealthMiddleware:
    """Answer /healthz and /readyz before anything looks at the host name or wants HTTPS.

    Orchestrators probe by address, over plain HTTP: `Host: 10.0.0.7:8000`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            return healthz(request)
        if request.path == "/readyz":
            return readyz(request)
        return self.get_response(request)


CHECKS: dict[str, Callable[[], None]] = {
    "database": database,
    "migrations": migrations,
    "private storage": private_storage,
    "public storage": public_storage,
    "manifest": manifest,
}
away: set[str] = set()  # the parts that did not answer this process when it last asked


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process can answer at all. Restart it when it does not."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200, or 503 naming each part that is not ready. Send visitors elsewhere meanwhile.

    The reason goes to the log, once for each outage, since probes come every second for as long as
    it lasts; the page says only which part, since anyone may read it.
    """
    report: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            if name == "migrations" and report["database"] != "ok":
                raise NotReady("unknown without the database")  # which would take as long again
            check()
            report[name] = "ok"
            if name in away:
                away.discard(name)
                logger.info("/readyz: %s answers again", name)
        except NotReady as reason:
            report[name] = str(reason)
        except Exception:
            if name not in away:
                away.add(name)
                logger.exception("/readyz: %s does not answer", name)
            report[name] = "does not answer"
    ready = set(report.values()) == {"ok"}
    return JsonResponse({"ready": ready, "checks": report}, status=200 if ready else 503)
