"""apache/vitrine.conf on Debian's own Apache, before the same Django and the same files."""

import contextlib
import json
import re
import socket
import time
from urllib.parse import quote

import pytest

from tests.e2e import files
from tests.environment import ROOT
from tests.servers.stack import docker, fetch, inspect, until
from tests.stack.member import Member
from tests.stack.test_nginx_files import NOT_WITH_304, PRIVATE, PUBLIC, download, once
from tests.stack.test_nginx_headers import ENCODINGS, OF_SECURITY, plain

MEGABYTE = 1024 * 1024


class Apache:
    """Where it answers, and the container it runs in."""

    def __init__(self, container):
        self.container = container
        port = inspect(container)["NetworkSettings"]["Ports"]["8080/tcp"][0]["HostPort"]
        self.url = f"http://localhost:{port}"

    @property
    def said(self):
        return docker("logs", self.container)


@pytest.fixture(scope="module")
def apache(filesystem_stack):
    """Apache in nginx's place, with a Django of its own that speaks X-Sendfile."""
    project = filesystem_stack.project
    docker("build", "--quiet", "--tag=vitrine-apache", str(ROOT / "apache"))
    with contextlib.ExitStack() as running:

        def remove(name):
            docker("rm", "--force", "--volumes", name)

        django = f"{project}-web-behind-apache"
        running.callback(remove, django)
        filesystem_stack.compose(
            "run",
            "--detach",
            "--no-deps",
            f"--name={django}",
            "--env=MEDIA_SENDFILE=apache",
            "web",
        )
        until(lambda: inspect(django)["State"]["Health"]["Status"] == "healthy")
        name = f"{project}-apache"
        running.callback(remove, name)
        docker(
            "run",
            "--detach",
            f"--name={name}",
            f"--network={project}_front",
            "--publish=127.0.0.1::8080",
            f"--volume={project}_media:/srv/media:ro",
            f"--env=UPSTREAM={django}:8000",
            "vitrine-apache",
        )
        server = Apache(name)
        until(lambda: fetch(f"{server.url}/prints/")[0] == 200)
        yield server


@pytest.fixture(scope="module")
def collected(apache):
    found = docker("exec", apache.container, "find", "/srv/static", "-type", "f")
    paths = {path.removeprefix("/srv") for path in found.splitlines()}
    return sorted(p for p in paths if p.removesuffix(".br").removesuffix(".gz") == p)


def test_apache_sends_every_static_file_with_the_headers_of_nginx(
    apache, filesystem_stack, collected
):
    for path in collected:
        for accepted in ENCODINGS:
            status, headers, body = fetch(apache.url + quote(path), Accept_Encoding=accepted)
            _, theirs, same = fetch(filesystem_stack.url + quote(path), Accept_Encoding=accepted)
            assert (status, body) == (200, same), path
            if headers["Content-Type"] is None:  # Apache gives what it does not know no type
                del theirs["Content-Type"]
            assert plain(headers) == plain(theirs), path


@pytest.mark.parametrize(
    "path", ["/static/frontend/main.ffffffffffff.js", "/static/site/logo.svg.br", "/static/admin"]
)
def test_what_is_no_static_file_is_a_404_that_no_cache_keeps(apache, path):
    status, headers, body = fetch(apache.url + path)
    assert (status, body) == (404, b"No such static file in this release.\n")
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_static_file_can_be_asked_for_in_parts_and_again_and_only_be_read(apache):
    url = f"{apache.url}/static/site/favicon.ico"
    _, headers, whole = fetch(url)
    assert fetch(url, If_None_Match=headers["ETag"])[0] == 304
    status, _, part = fetch(url, Range="bytes=10-19")
    assert (status, part) == (206, whole[10:20])
    status, headers, _ = fetch(url, "POST", b"x")
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


def test_a_public_picture_is_inert_and_kept_for_a_year(apache):
    _, _, page = fetch(f"{apache.url}/prints/")
    url = apache.url + re.search(r'"(/media/[^"]+\.webp)"', page.decode())[1]
    status, headers, body = fetch(url)
    assert (status, body[8:12]) == (200, b"WEBP")
    assert PUBLIC.items() <= once(headers).items()
    status, headers, body = fetch(url, Range="bytes=8-11")
    assert (status, body) == (206, b"WEBP")
    assert PUBLIC.items() <= once(headers).items()


def test_nothing_but_pictures_and_documents_exists_under_media(apache, filesystem_stack):
    filesystem_stack.run(
        "sh",
        "-ec",
        "mkdir -p /srv/media/public/strange && cd /srv/media/public/strange"
        " && for name in page.html run.php x.webp.html .hidden.webp; do"
        " echo '<script>alert(1)</script>' > $name; done && chmod 644 *"
        " && ln -sf /etc/passwd passwd.webp",
    )
    for name in ("page.html", "run.php", "x.webp.html", ".hidden.webp", "passwd.webp", ""):
        status, _, page = fetch(f"{apache.url}/media/strange/{name}")
        assert status in (403, 404), name
        assert b"Nothing hangs here" in page


def test_a_private_file_is_sent_by_apache_with_djangos_headers(apache):
    alice = Member(apache.url)
    body = files.pdf()
    path = alice.store("loan.pdf", body)
    status, headers, sent = download(alice, path)
    assert (status, sent) == (200, body)
    assert PRIVATE.items() <= once(headers).items()
    assert headers["X-Sendfile"] is None
    status, headers, sent = download(alice, path, Range="bytes=0-99")
    assert (status, sent) == (206, body[:100])
    assert PRIVATE.items() <= once(headers).items()
    status, headers, _ = download(alice, path, If_None_Match=headers["ETag"])
    assert status == 304
    kept = {name: value for name, value in PRIVATE.items() if name not in NOT_WITH_304}
    assert kept.items() <= once(headers).items()
    assert fetch(apache.url + path)[0] == 302  # a stranger: to the sign-in


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/.git/config", 404),
        ("/static/.env", 404),
        ("/prints/%2e%2e/admin/", 404),
        ("/.errors/404.html", 404),
    ],
)
def test_paths_that_climb_or_hide_are_refused_in_the_sites_look(apache, path, status):
    answer, headers, page = fetch(apache.url + path)
    assert answer == status
    assert b"Nothing hangs here" in page or path.startswith("/static/")
    assert b"Become a member" not in page
    assert OF_SECURITY.items() <= dict(headers).items()


def test_a_body_above_the_limit_of_its_address_is_refused_in_the_sites_look(apache):
    for path, size in (("/accounts/sign-in/", 200_000), ("/documents/", 22 * MEGABYTE)):
        status, headers, page = fetch(apache.url + path, "POST", b"a" * size)
        assert status == 413
        assert "Too large for the frame" in page.decode()
        assert headers["Cache-Control"] == "no-store"
    status, _, body = fetch(
        f"{apache.url}/documents/", "POST", b"a" * size, Accept="application/json"
    )
    assert json.loads(body)["errors"][0]["code"] == "request_too_large"
    assert Member(apache.url).upload("a.pdf", b"a" * 10 * MEGABYTE)[0] == 422  # Django read it


def test_twelve_slow_bodies_hold_up_nobody(apache):
    """gunicorn has eight threads; mod_proxy alone would give each a body to wait for."""
    host, port = apache.url.removeprefix("http://").split(":")
    with contextlib.ExitStack() as opened:
        for _ in range(12):
            connection = opened.enter_context(socket.create_connection((host, int(port))))
            connection.sendall(
                b"POST /accounts/sign-in/ HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n\r\na="
            )
        time.sleep(1)
        began = time.perf_counter()
        assert fetch(f"{apache.url}/prints/")[0] == 200
        assert time.perf_counter() - began < 1


def test_a_client_cannot_say_who_it_is_and_a_secret_is_in_no_log(apache):
    fetch(f"{apache.url}/prints/?q=secret-wish", X_Forwarded_For="198.51.100.7")
    fetch(f"{apache.url}/accounts/password/reset/MQ/c0ffee-token/")
    until(lambda: " - 200 " in apache.said or " - 302 " in apache.said)
    for word in ("secret-wish", "198.51.100.7", "c0ffee"):
        assert word not in apache.said
    said = docker("logs", apache.container.removesuffix("apache") + "web-behind-apache")
    assert "198.51.100.7" not in said


def test_without_django_the_503_page_is_shown(apache):
    docker("stop", apache.container.removesuffix("apache") + "web-behind-apache")
    status, headers, page = fetch(f"{apache.url}/prints/")
    assert status == 503
    assert "Closed for a moment" in page.decode()
    assert headers["Retry-After"] == "10"
    assert fetch(f"{apache.url}/static/site/logo.svg")[0] == 200
