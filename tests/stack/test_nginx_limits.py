"""How much and how often: bodies, forms that are worth hammering, and the words of a refusal."""

import json

import pytest

from tests.servers.stack import fetch

MEGABYTE = 1024 * 1024


def send(stack, path, size, **headers):
    headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
    return fetch(stack.url + path, "POST", b"a" * size, **headers)


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/accounts/sign-in/", 200_000),
        ("/prints/", 200_000),
        ("/documents/", 22 * MEGABYTE),
        ("/accounts/profile/", 22 * MEGABYTE),
        ("/admin/catalog/print/add/", 22 * MEGABYTE),
    ],
)
def test_a_body_above_the_limit_of_its_address_is_refused_in_the_sites_look(stack, path, size):
    status, headers, page = send(stack, path, size)
    assert status == 413
    assert "Too large for the frame" in page.decode()
    assert "21.0\xa0MB" in page.decode()
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/documents/", "/accounts/profile/", "/admin/login/x/"])
def test_a_body_as_large_as_the_largest_upload_reaches_django(stack, path):
    status, _, page = send(stack, path, 20 * MEGABYTE)
    assert status == 403  # Django misses its token
    assert "This form has gone stale" in page.decode()


def test_a_script_reads_the_refusal_as_json(stack):
    status, headers, body = send(stack, "/documents/", 22 * MEGABYTE, Accept="application/json")
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
