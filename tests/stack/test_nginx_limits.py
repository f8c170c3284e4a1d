"""How much, how often and how slowly: bodies, forms that are worth hammering, clients that take
their time, what gunicorn notices of all that, and the words of a refusal."""

import contextlib
import itertools
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tests.servers.stack import fetch, until
from tests.stack.pod import running_pod

MEGABYTE = 1024 * 1024


def send(stack, path, size, **headers):
    headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
    return fetch(stack.url + path, "POST", b"a" * size, **headers)


@pytest.mark.parametrize(
    ("path", "size", "limit"),
    [
        ("/accounts/sign-in/", 200_000, "The form it came from says"),
        ("/prints/", 200_000, "The form it came from says"),
        ("/documents/", 12 * MEGABYTE, "10.0\xa0MB"),
        ("/accounts/profile/", 7 * MEGABYTE, "5.0\xa0MB"),
        ("/admin/catalog/print/add/", 22 * MEGABYTE, "20.0\xa0MB"),
    ],
)
def test_a_body_above_the_limit_of_its_address_is_refused_in_the_sites_look(
    stack, path, size, limit
):
    status, headers, page = send(stack, path, size)
    assert status == 413
    assert "Too large for the frame" in page.decode()
    assert limit in page.decode()
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/documents/", 10 * MEGABYTE),
        ("/accounts/profile/", 5 * MEGABYTE),
        ("/admin/catalog/print/add/", 20 * MEGABYTE),
    ],
)
def test_a_body_as_large_as_the_largest_upload_reaches_django(stack, path, size):
    status, headers, _ = send(stack, path, size)
    assert status == 302  # Django asks a stranger to sign in
    assert headers["Location"].endswith(f"?next={path}")


def test_a_script_reads_the_refusal_as_json(stack):
    status, headers, body = send(stack, "/documents/", 12 * MEGABYTE, Accept="application/json")
    assert status == 413
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["errors"][0]["code"] == "request_too_large"


# From another address than the tests' own, which must stay free to sign in: the container's.
SEND = """
import json, sys, time, urllib.error, urllib.request
path, method, times, accept = sys.argv[1:]
answers = []
for number in range(int(times)):
    request = urllib.request.Request(
        "http://nginx:8080" + path,
        b"a=b" if method == "POST" else None,
        {"Host": "localhost", "Accept": accept, "X-Forwarded-For": f"198.51.100.{number}"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request) as response:
            answers.append((response.status, None, ""))
    except urllib.error.HTTPError as error:
        answers.append((error.code, error.headers["Retry-After"], error.read().decode()))
print(json.dumps(answers))
"""


def send_often(stack, path, method, times, accept="text/html"):
    """Send a form many times, each time from another address by X-Forwarded-For."""
    said = stack.run("python", "-c", SEND, path, method, str(times), accept)
    return json.loads(said.splitlines()[-1])


def test_a_password_cannot_be_guessed_quickly_even_with_a_forged_address(stack):
    answers = send_often(stack, "/accounts/sign-in/", "POST", 30)
    assert [status for status, _, _ in answers[:20]] == [403] * 20
    status, retry_after, page = answers[-1]
    assert status == 429
    assert int(retry_after) > 0
    assert "One at a time, please" in page
    # The other ways to guess share the count.
    assert send_often(stack, "/admin/login/", "POST", 1)[0][0] == 429
    assert send_often(stack, "/accounts/password/reset/", "POST", 1)[0][0] == 429


def test_reading_is_not_counted(stack):
    assert {s for s, _, _ in send_often(stack, "/accounts/sign-in/", "GET", 60)} == {200}


def test_a_script_that_sends_one_file_after_another_is_slowed_down_and_not_refused(stack):
    answers = send_often(stack, "/documents/", "POST", 25, accept="application/json")
    assert {status for status, _, _ in answers} == {403}


@pytest.fixture(scope="module")
def pod():
    """An nginx whose limits no other test uses up."""
    with running_pod() as running:
        yield running


@pytest.fixture(scope="module")
def header_without_end(pod):
    """Begin to send a header that never ends; return how long nginx listened, when it is over."""
    parts = urlsplit(pod.url)

    def send():
        began = time.monotonic()
        with socket.create_connection((parts.hostname, parts.port), timeout=0.5) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Endless: ")
            while time.monotonic() - began < 25:
                try:
                    connection.sendall(b"a")
                    if connection.recv(100) == b"":
                        break
                except TimeoutError:
                    continue
                except ConnectionError:
                    break
        return time.monotonic() - began

    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(send)


# With the header, so that its fifteen seconds pass during these ten.
@pytest.mark.usefixtures("header_without_end")
def test_of_many_uploads_at_once_some_wait_and_some_are_refused_in_the_sites_look(pod):
    """A burst of 40, of which the first 20 do not wait, and two a second: nginx/conf.d/rates.conf.

    The addresses that take files share the count. Whatever time the sending takes, two more a
    second are accepted; so the numbers below are not exact.
    """
    paths = itertools.cycle(["/documents/", "/accounts/profile/", "/admin/catalog/print/add/"])
    accepts = itertools.cycle(["text/html", "application/json"])
    together = threading.Barrier(70)

    def post(path, accept):
        together.wait()
        began = time.monotonic()
        answer = fetch(pod.url + path, "POST", b"a=b", Accept=accept)
        return time.monotonic() - began, accept, answer

    with ThreadPoolExecutor(together.parties) as pool:
        sent = [pool.submit(post, next(paths), next(accepts)) for _ in range(together.parties)]
    answers = [future.result() for future in sent]
    accepted = sorted(took for took, _, (status, _, _) in answers if status == 200)
    refused = [(accept, *answer) for _, accept, answer in answers if answer[0] == 429]
    assert len(accepted) + len(refused) == together.parties
    assert 41 <= len(accepted) <= 55
    assert accepted[19] < 2  # these did not wait
    assert accepted[30] > 2  # these did, by half a second more each
    assert 8 < accepted[-1] < 13

    pages = [answer for accept, *answer in refused if accept == "text/html"]
    scripts = [answer for accept, *answer in refused if accept == "application/json"]
    assert pages
    assert scripts
    for _, headers, page in pages:
        assert "One at a time, please" in page.decode()
        assert "/static/frontend/style." in page.decode()
        assert int(headers["Retry-After"]) > 0
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    for _, headers, body in scripts:
        assert headers["Content-Type"] == "application/json"
        assert int(headers["Retry-After"]) > 0
        assert json.loads(body)["errors"][0]["code"] == "too_many_requests"


def test_a_header_that_never_ends_is_given_up_though_bytes_keep_coming(header_without_end):
    assert 14 < header_without_end.result() < 20


def test_many_requests_reach_gunicorn_over_few_connections_that_are_kept(pod):
    reached = [json.loads(fetch(pod.url)[2]) for _ in range(50)]
    assert {said["SERVER_PROTOCOL"] for said in reached} == {"HTTP/1.1"}
    # Each of nginx's two workers keeps its own; gunicorn's two workers may each get one of both.
    assert len({(said["REMOTE_ADDR"], said["REMOTE_PORT"]) for said in reached}) <= 4


# Beside nginx, since Docker's own proxy between would read faster than the clients do.
READ_SLOWLY = """
import contextlib, http.client, json, socket, time
crowd = []
for _ in range(12):
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", 8080))
    reader.sendall(b"GET /large HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
    reader.setblocking(False)
    crowd.append(reader)
read = [b""] * len(crowd)
took = []
over = time.monotonic() + 15
while time.monotonic() < over and not (all(read) and max(took[-20:]) < 0.2 and len(took) >= 20):
    for number, reader in enumerate(crowd):
        with contextlib.suppress(BlockingIOError):
            read[number] += reader.recv(256)
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=2)
    try:
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
    except TimeoutError:
        pass
    finally:
        connection.close()
    took.append(time.monotonic() - began)
    time.sleep(0.05)
starts = [start[:15].decode() for start in read]
print(json.dumps({"starts": starts, "read": list(map(len, read)), "took": took[-20:]}))
"""


def test_clients_that_read_slowly_hold_up_nobody(pod):
    """gunicorn has eight threads here: each would be held until its client has read the last of
    16 MiB, were answers not buffered, and who comes next would wait."""
    seen = json.loads(pod.run("python", "-c", READ_SLOWLY))
    assert seen["starts"] == ["HTTP/1.1 200 OK"] * 12
    assert max(seen["read"]) < 1_000_000  # all are reading still
    assert len(seen["took"]) == 20
    assert max(seen["took"]) < 0.2


def test_one_client_cannot_take_all_connections(pod):
    """300 requests of one client may be open; the next is refused, and goes through afterwards."""
    parts = urlsplit(pod.url)
    head = (
        f"POST /open/ HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: text/plain\r\n"
        "Content-Length: 100\r\n\r\n"
    )
    with contextlib.ExitStack() as opened:
        for number in range(330):
            if number == 250:
                assert fetch(pod.url)[0] == 200
            connection = socket.create_connection((parts.hostname, parts.port))
            opened.enter_context(connection)
            connection.sendall(head.encode())
        until(lambda: fetch(pod.url)[0] == 429)
    until(lambda: fetch(pod.url)[0] == 200)
