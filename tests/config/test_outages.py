"""The database away: 503 and not 500, in the site's look, and over by itself."""

import contextlib
import errno
import http.client
import json
import socket
import sqlite3
import time
from urllib.parse import urlsplit

import psycopg
import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError, ProgrammingError, connection, connections
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from config import urls
from config.outages import caused_by_outage, is_outage
from tests.servers.child import free_port
from tests.servers.site import site
from uploads.storages import StorageUnavailable

POSTGRES = "postgres://vitrine:unused@127.0.0.1:{port}/vitrine"
NOBODY = {"cookie": "sessionid=" + "a" * 32}  # makes the session and the user be looked up


def raised(error, cause=None):
    """Return the error as Django's wrapper of the database's errors leaves it."""
    error.__cause__ = cause
    return error


def sqlite_error(action):
    with pytest.raises(sqlite3.Error) as caught:
        action()
    return raised(OperationalError(), caught.value)


# --- which is which


def test_a_refused_connection_is_an_outage():
    with pytest.raises(psycopg.OperationalError) as caught:
        psycopg.connect(POSTGRES.format(port=free_port()))
    assert is_outage(raised(OperationalError(), caught.value))


@pytest.mark.parametrize(
    "cause",
    [
        psycopg.OperationalError("the connection is lost"),  # it came from no server: no state
        psycopg.errors.AdminShutdown(),
        psycopg.errors.CrashShutdown(),
        psycopg.errors.CannotConnectNow(),
        psycopg.errors.ConnectionFailure(),
        psycopg.errors.TooManyConnections(),
        psycopg.errors.DiskFull(),
        psycopg.errors.QueryCanceled(),  # DATABASE_TIMEOUT
        psycopg.errors.LockNotAvailable(),
    ],
)
def test_a_server_that_is_away_is_an_outage(cause):
    assert is_outage(raised(OperationalError(), cause))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_an_outage_and_a_missing_file_is_none(number):
    assert is_outage(OSError(number, "full"))
    assert not is_outage(FileNotFoundError(errno.ENOENT, "gone"))


@pytest.mark.parametrize(
    "error",
    [
        raised(OperationalError(), psycopg.errors.DeadlockDetected()),
        raised(OperationalError("by hand")),
        raised(ProgrammingError(), psycopg.errors.UndefinedTable()),
        RuntimeError(),
        None,
    ],
)
def test_a_bug_is_none(error):
    assert not is_outage(error)


def test_sqlite_without_its_file_or_its_turn_is_an_outage_and_without_a_table_a_bug(tmp_path):
    def asking(database, statement):
        def ask():
            with contextlib.closing(sqlite3.connect(database, timeout=0)) as line:
                line.execute(statement)

        return sqlite_error(ask)

    locked = tmp_path / "db.sqlite3"
    with contextlib.closing(sqlite3.connect(locked)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        assert is_outage(asking(tmp_path / "none" / "db.sqlite3", "SELECT 1"))
        assert is_outage(asking(locked, "BEGIN EXCLUSIVE"))
    assert not is_outage(asking(":memory:", "SELECT 1 FROM prints"))


@pytest.mark.django_db
def test_an_interface_error_is_an_outage_only_where_the_connection_broke(monkeypatch):
    error = raised(InterfaceError(), psycopg.InterfaceError("the connection is closed"))
    assert not is_outage(error)
    broken = type("Connection", (), {"closed": True})()
    with monkeypatch.context() as patch:
        patch.setattr(connections["default"], "connection", broken)
        assert is_outage(error)


def test_an_error_made_of_another_is_traced_back():
    def save():
        try:
            raise raised(OperationalError(), psycopg.errors.AdminShutdown())
        except OperationalError:
            raise UpdateError from None

    with pytest.raises(UpdateError) as caught:
        save()
    assert caused_by_outage(caught.value)
    assert not caused_by_outage(UpdateError())
    assert not caused_by_outage(None)


# --- what a visitor gets


def database_lost(request):
    raise OperationalError("hunter2") from psycopg.errors.AdminShutdown("hunter2")


def bucket_away(request):
    raise StorageUnavailable("hunter2")


def no_such_table(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM no_such_table")


def remembers(request):
    request.session["been"] = "here"
    return HttpResponse()


urlpatterns = [
    *urls.urlpatterns,
    path("database-lost/", database_lost),
    path("bucket-away/", bucket_away),
    path("no-such-table/", no_such_table),
    path("remembers/", remembers),
]
handler400, handler500 = urls.handler400, urls.handler500

with_these_urls = pytest.mark.urls(__name__)


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


@with_these_urls
@pytest.mark.parametrize("address", ["/database-lost/", "/bucket-away/"])
def test_an_outage_is_a_503_in_the_sites_look_that_says_when_to_come_back(visitor, address):
    response = visitor.get(address)
    html = response.content.decode()
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert html.count("<h1") == 1
    assert "Vitrine" in html
    assert "hunter2" not in html
    assert "was stored" not in html


@with_these_urls
def test_the_503_page_asks_neither_database_nor_session(visitor, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        response = visitor.get("/database-lost/", headers=NOBODY)
    assert response.status_code == 503
    assert not {"user", "messages", "request"} & set(response.context.keys())


@with_these_urls
def test_a_script_gets_an_outage_as_json(visitor):
    response = visitor.get("/database-lost/", headers={"accept": "application/json"})
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    [error] = response.json()["errors"]
    assert error["code"] == "unavailable"
    assert "stored" not in error["message"]


@with_these_urls
def test_an_upload_while_the_bucket_is_away_is_told_that_nothing_was_stored(visitor):
    page = visitor.post("/bucket-away/").content.decode()
    assert "Nothing of what you sent was stored." in page
    script = visitor.post("/bucket-away/", headers={"accept": "application/json"})
    assert "nothing was stored" in script.json()["errors"][0]["message"]


@with_these_urls
@pytest.mark.django_db
def test_a_table_that_is_missing_stays_a_500(visitor):
    assert visitor.get("/no-such-table/").status_code == 500


@with_these_urls
def test_a_session_that_cannot_be_saved_is_an_outage_and_one_that_was_deleted_is_not(
    visitor, alice, monkeypatch
):
    """Django answers 400 to both: "The session was deleted before the request completed"."""
    visitor.force_login(alice)
    with monkeypatch.context() as patch:
        patch.setattr(Session, "save", lambda *args, **kwargs: database_lost(None))
        assert visitor.get("/remembers/").status_code == 503
    with monkeypatch.context() as patch:
        patch.setattr(Session, "save", lambda *args, **kwargs: no_such_table(None))
        assert visitor.get("/remembers/").status_code == 400
    assert visitor.get("/remembers/").status_code == 200


@with_these_urls
def test_an_outage_is_logged_once_with_its_cause(visitor, caplog):
    visitor.get("/database-lost/")
    [record] = [r for r in caplog.records if r.levelname == "ERROR"]
    assert record.getMessage() == "Service Unavailable: /database-lost/"
    assert isinstance(record.exc_info[1].__cause__, psycopg.errors.AdminShutdown)


# --- the whole site, with psycopg and nothing behind it


def get(url, address, **headers):
    start = time.monotonic()
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    line.request("GET", address, headers=headers)
    response = line.getresponse()
    body = response.read().decode()
    line.close()
    return response, body, time.monotonic() - start


@pytest.fixture(scope="module")
def without_database():
    with site({"DATABASE_URL": POSTGRES.format(port=free_port())}, migrate=False) as running:
        yield running.url


@pytest.mark.parametrize("headers", [{}, NOBODY])
@pytest.mark.parametrize("address", ["/", "/prints/", "/documents/", "/accounts/profile/"])
def test_every_page_is_a_503_while_no_database_listens_and_nobody_is_signed_out(
    without_database, address, headers
):
    response, body, _ = get(without_database, address, **headers)
    if response.status == 302:  # signed out, which needs no database to know
        assert not headers
        return
    assert (response.status, response.headers["Retry-After"]) == (503, "5")
    assert "Closed for a moment" in body
    assert "Set-Cookie" not in response.headers


def test_static_files_and_healthz_need_no_database(without_database):
    assert get(without_database, "/healthz")[0].status == 200
    assert get(without_database, "/static/site/logo.svg")[0].status == 200


def test_readyz_names_the_database_and_is_quick(without_database):
    response, body, seconds = get(without_database, "/readyz")
    assert response.status == 503
    checks = json.loads(body)["checks"]
    assert checks["database"] == "does not answer"
    assert checks["migrations"] == "unknown without the database"
    assert seconds < 3


def test_a_database_that_accepts_and_never_answers_holds_a_page_for_connect_timeout():
    """As one that is paused, or whose machine is gone; libpq itself would wait for ever."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = POSTGRES.format(port=silent.getsockname()[1]) + "?connect_timeout=2"
        with site({"DATABASE_URL": url}, migrate=False) as running:
            for address in ("/", "/readyz"):
                response, _, seconds = get(running.url, address)
                assert response.status == 503
                assert seconds < 5
