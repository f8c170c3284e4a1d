"""The stack at work: scaled, restarted, starved and cut off."""

import contextlib
import http.client
import io
import json
import re
import secrets
import socket
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.e2e import files
from tests.servers.stack import docker, fetch, inspect, until
from tests.stack.member import Member


def healthy(container):
    return inspect(container)["State"]["Health"]["Status"] == "healthy"


class Load:
    """Visitors who come as fast as they are served, until the block ends.

    Half keep their connection, half come anew each time; two send bodies, which no proxy may
    send twice, and which Django refuses, for they lack its token. Each visit names its answer.
    """

    VISITS = (("GET", "/prints/", 200), ("GET", "/", 200), ("POST", "/prints/", 403))

    def __init__(self, url):
        self.host = urlsplit(url).netloc
        self.answered = 0
        self.failures = []
        self.over = threading.Event()
        self.threads = [
            threading.Thread(target=self.visit, args=(*visit, kept), daemon=True)
            for visit in self.VISITS
            for kept in (True, False)
        ]

    def visit(self, method, path, wanted, kept):
        connection, used = None, False
        while not self.over.is_set():
            connection = connection or http.client.HTTPConnection(self.host, timeout=30)
            try:
                connection.request(method, path, body=b"a=b" if method == "POST" else None)
                response = connection.getresponse()
                response.read()
                self.answered += 1
                if response.status != wanted:
                    self.fail(method, path, response.status)
                used = kept and not response.will_close
            except (http.client.RemoteDisconnected, ConnectionError) as error:
                # A server may close a kept connection at any moment, and nginx does when it reads
                # its configuration anew. Browsers then send once more, on a new connection.
                if not used:
                    self.fail(method, path, repr(error))
                used = False
            except (OSError, http.client.HTTPException) as error:
                self.fail(method, path, repr(error))
                used = False
            if not used or self.over.is_set():
                connection.close()
                connection = None

    def fail(self, method, path, answer):
        self.failures.append(f"{time.strftime('%X')} {method} {path}: {answer}")

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def three(stack):
    stack.up("--scale", "web=3")
    yield stack.containers("web")
    stack.up("--scale", "web=1")


def requests_answered(container):
    return docker("logs", container).count('"logger": "access"')


def test_nginx_spreads_visitors_over_three_and_a_rolling_restart_loses_none(stack, three):
    assert len(three) == 3
    # nginx hears of the new ones without being told.
    until(lambda: fetch(f"{stack.url}/prints/") and all(map(requests_answered, three)), 30)
    with Load(stack.url) as load:
        for container in three:
            docker("restart", "--time", "40", container)
            until(lambda c=container: healthy(c))
            time.sleep(2)
    assert load.failures == []
    assert load.answered > 100


def test_a_replaced_container_at_another_address_loses_no_visitor_either(stack, three):
    """A rolling deploy: new containers come, then the old ones go."""
    with Load(stack.url) as load:
        stack.up("--no-recreate", "--scale", "web=4")
        time.sleep(4)
        for container in three[:2]:
            docker("stop", "--time", "40", container)
            docker("rm", container)
        time.sleep(4)
    assert load.failures == []
    assert load.answered > 50


SLOW_REQUEST = """
import socket, time
connection = socket.create_connection(("127.0.0.1", 8000))
connection.sendall(
    b"POST /prints/ HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 4\\r\\n"
    b"Content-Type: text/plain\\r\\n\\r\\nab"
)
time.sleep(3)
connection.sendall(b"cd")
print(connection.recv(100))
"""


def test_a_request_under_way_is_finished_when_its_server_is_told_to_stop(stack):
    """Past nginx, since nginx would wait for the body: it comes only after SIGTERM did."""
    [container] = stack.containers("web")
    said = []
    command = ("exec", container, "python", "-c", SLOW_REQUEST)
    asker = threading.Thread(target=lambda: said.append(docker(*command, ok=(0, 137))))
    asker.start()
    time.sleep(1.5)
    docker("restart", "--time", "40", container)
    asker.join()
    until(lambda: healthy(container) and fetch(f"{stack.url}/prints/")[0] == 200)
    assert "HTTP/1.1 403" in said[0]


def slow_client(url):
    """Open a connection whose request will take ten minutes; return it and its body."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port))
    connection.sendall(
        f"POST /prints/ HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1200\r\n\r\n".encode()
    )
    return connection


def test_twenty_clients_at_two_bytes_a_second_hold_up_nobody(stack):
    """gunicorn has eight threads here: were bodies not buffered, the ninth client would wait."""
    over = threading.Event()
    with contextlib.ExitStack() as opened:
        crowd = [opened.enter_context(slow_client(stack.url)) for _ in range(20)]

        def trickle():
            while not over.wait(1):
                for connection in crowd:
                    connection.sendall(b"a=")

        thread = threading.Thread(target=trickle)
        thread.start()
        took = []
        try:
            for _ in range(100):
                began = time.perf_counter()
                assert fetch(f"{stack.url}/prints/")[0] == 200
                took.append(time.perf_counter() - began)
                time.sleep(0.05)
        finally:
            over.set()
            thread.join()
    p95 = statistics.quantiles(took, n=20)[-1]
    assert p95 < 0.2


def test_pictures_that_unfold_all_at_once_do_not_fill_the_memory(stack):
    """A thousand bytes each, and a third of the memory there is while one is redrawn."""
    unfolding = io.BytesIO()
    Image.new("RGBA", (5000, 5000), (255, 0, 0, 255)).save(unfolding, "WEBP", lossless=True)
    assert len(unfolding.getvalue()) < 2000
    members = [Member(stack.url, "alice"), Member(stack.url, "stella")]
    files_sent = [("avatar", "small.webp", unfolding.getvalue())]

    def send(number):
        values = {"display_name": "Alice", "bio": ""}
        return members[number % 2].send_form("/accounts/profile/", values, files_sent)

    [container] = stack.containers("web")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    # Stored, or asked to come again.
    assert {status for status, _ in answers} <= {200, 422}
    assert [status for status, page in answers if status == 422 and "in a minute" not in page] == []
    assert 200 in {status for status, _ in answers}
    assert "SIGKILL" not in docker("logs", container)
    assert not inspect(container)["State"]["OOMKilled"]


def ready(stack):
    status, _, body = fetch(f"{stack.url}/readyz")
    return status, json.loads(body) if body.startswith(b"{") else {}


@contextlib.contextmanager
def without(stack, service):
    """Kill a service of the stack; bring it back in the end, whatever happens."""
    stack.compose("kill", service)
    try:
        yield
    finally:
        stack.up("--no-recreate", service)


def test_without_its_database_the_site_says_so_and_recovers_by_itself(stack):
    alice = Member(stack.url)
    name, body = f"before-{secrets.token_hex(3)}.pdf", files.pdf()
    assert alice.upload(name, body)[0] == 200
    started = inspect(stack.containers("web")[0])["State"]["StartedAt"]

    with without(stack, "db"):
        status, headers, page = until(
            lambda: (answer := fetch(f"{stack.url}/prints/"))[0] == 503 and answer
        )
        assert int(headers["Retry-After"]) > 0
        assert headers["Cache-Control"].find("no-store") >= 0
        assert b"<h1" in page
        assert b"Traceback" not in page
        status, report = ready(stack)
        assert status == 503
        assert report["checks"]["database"] == "does not answer"
        assert fetch(f"{stack.url}/static/site/logo.svg")[0] == 200
        assert fetch(f"{stack.url}/healthz")[0] == 200  # restarting would not bring it back

    until(lambda: ready(stack)[0] == 200)
    assert alice.get("/documents/")[0] == 200  # still signed in
    assert alice.get(alice.documents()[name])[2] == body
    assert inspect(stack.containers("web")[0])["State"]["StartedAt"] == started


def test_without_its_bucket_the_site_refuses_uploads_and_keeps_what_it_has(stack):
    alice = Member(stack.url)
    name, body = f"kept-{secrets.token_hex(3)}.pdf", files.pdf()
    assert alice.upload(name, body)[0] == 200
    lost = f"lost-{secrets.token_hex(3)}.pdf"

    with without(stack, "s3"):
        until(lambda: ready(stack)[0] == 503)
        _, report = ready(stack)
        assert report["checks"]["private storage"] == "does not answer"
        assert report["checks"]["database"] == "ok"
        status, page = alice.upload(lost, body)
        assert status == 503
        assert re.search(r"<h1", page)
        assert fetch(f"{stack.url}/prints/")[0] == 200  # pages need no bucket

    until(lambda: ready(stack)[0] == 200)
    documents = alice.documents()
    assert lost not in documents  # no row without its file
    assert alice.get(documents[name])[2] == body
    assert alice.upload(lost, body)[0] == 200


def test_a_second_up_changes_nothing_and_loses_nothing(stack):
    alice = Member(stack.url)
    name, body = f"second-{secrets.token_hex(3)}.pdf", files.pdf()
    assert alice.upload(name, body)[0] == 200
    before = {service: stack.containers(service) for service in ("db", "s3", "web", "nginx")}
    stack.up()
    assert {service: stack.containers(service) for service in before} == before
    stack.down()
    stack.up()
    assert alice.get(alice.documents()[name])[2] == body  # the same session, the same file


def stylesheet(stack):
    _, _, page = fetch(f"{stack.url}/")
    return re.search(r'href="(/static/frontend/style\.[0-9a-f]{12}\.css)"', page.decode())[1]


def test_an_up_after_a_change_of_css_serves_the_new_css_and_the_old_from_the_bucket_alone(
    stack, checkout
):
    """A volume over the static files would be kept over the rebuild, and serve what it holds."""
    before = stylesheet(stack)
    css = checkout / "frontend" / "src" / "main.css"
    css.write_text(css.read_text() + "\n.brand-new { color: rebeccapurple; }\n")
    try:
        replace(stack, folder=checkout).up("--build")
        after = stylesheet(stack)
        assert after != before
        status, headers, body = fetch(stack.url + after)
        assert (status, b".brand-new" in body) == (200, True)
        assert "immutable" in headers["Cache-Control"]
        # Pages of the release before are still open: what they ask for was published.
        status, headers, body = fetch(stack.url + before)
        assert (status, b".brand-new" in body) == (200, False)
        assert headers["Server-Timing"] == 'served;desc="bucket"'
    finally:
        stack.up("--build")
    assert stylesheet(stack) == before


def test_only_nginx_and_the_browsers_port_of_s3_are_published_and_on_loopback(stack):
    published = {}
    for service in ("db", "s3", "web", "nginx"):
        for container in stack.containers(service):
            for bound in inspect(container)["NetworkSettings"]["Ports"].values():
                for port in bound or ():
                    published.setdefault(service, []).append(
                        (port["HostIp"], int(port["HostPort"]))
                    )
    assert published == {
        "nginx": [("127.0.0.1", stack.http_port)],
        "s3": [("127.0.0.1", stack.s3_port)],
    }


ONE_SHOT = {"keys", "setup"}


@pytest.mark.parametrize("service", ["keys", "setup", "db", "s3", "web", "nginx"])
def test_every_container_is_hardened_limited_and_comes_back(stack, service):
    [container] = stack.compose("ps", "--all", "--quiet", service).split()
    host = inspect(container)["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert any(option.startswith("no-new-privileges") for option in host["SecurityOpt"])
    assert host["RestartPolicy"]["Name"] == ("no" if service in ONE_SHOT else "unless-stopped")
    assert host["LogConfig"]["Type"] == "local"  # which rotates
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert inspect(container)["Config"]["User"] not in ("", "0", "root")
    # Nothing is mounted over the static files: a volume there would serve the last release.
    mounted = {mount["Destination"] for mount in inspect(container)["Mounts"]}
    assert not {"/app", "/app/staticfiles", "/srv/static"} & mounted


def test_the_credentials_are_made_up_for_this_stack_and_refused_without_demo(stack):
    secret = stack.run("cat", "/srv/keys/secret_key")
    assert "demo-only-" in secret
    said = stack.compose(
        "run",
        "--rm",
        "--no-deps",
        "--env",
        "DEMO=false",
        "web",
        "python",
        "manage.py",
        "check",
        ok=(1,),
    )
    assert "DEMO" in said
    assert secret.strip() not in said
