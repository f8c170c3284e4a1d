"""gunicorn in the app image: where its workers' hearts beat, what it opens, whom it believes."""

import json
import secrets

import pytest

from tests.servers.stack import docker, fetch, inspect, until

HARDENED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp")


@pytest.fixture(scope="module")
def alone():
    """The app image with no proxy in front, its defaults, and a home where files can be made."""
    name = f"vitrine-test-{secrets.token_hex(4)}"
    docker(
        "run",
        "--detach",
        f"--name={name}",
        "--publish=127.0.0.1::8000",
        *HARDENED,
        "--env=HOME=/tmp",
        "--env=HTTPS=true",
        f"--env=SECRET_KEY={secrets.token_urlsafe(50)}",
        "--env=DATABASE_URL=sqlite:////tmp/db.sqlite3",
        "vitrine",
    )
    try:
        port = inspect(name)["NetworkSettings"]["Ports"]["8000/tcp"][0]["HostPort"]
        until(lambda: fetch(f"http://127.0.0.1:{port}/healthz")[0] == 200)
        yield name, f"http://127.0.0.1:{port}"
    finally:
        docker("rm", "--force", "--volumes", name)


def python(name, script, *arguments):
    """Run a script in the container; return what it printed as JSON."""
    return json.loads(docker("exec", name, "python", "-c", script, *arguments))


OPEN_FILES = """
import json, pathlib
opened = {}
for process in pathlib.Path("/proc").glob("[0-9]*"):
    parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
    if parent == "1":  # gunicorn's workers; this script's parent is outside the container
        opened[process.name] = [str(fd.readlink()) for fd in (process / "fd").iterdir()]
print(json.dumps(opened))
"""


def test_a_worker_beats_in_memory_where_no_full_disk_stops_it(alone):
    name, _ = alone
    opened = python(name, OPEN_FILES)
    assert len(opened) == 2
    for files in opened.values():
        hearts = [path for path in files if "wgunicorn-" in path]
        assert hearts
        assert {path.rpartition("/")[0] for path in hearts} == {"/dev/shm"}


# Of each socket: flags, type, state, inode, path. A listening one has the flag __SO_ACCEPTCON.
LISTENING = """
import json, pathlib
lines = pathlib.Path("/proc/net/unix").read_text().splitlines()[1:]
print(json.dumps([line for line in lines if int(line.split()[3], 16) & 0x10000]))
"""


def test_nobody_can_command_it_through_a_socket(alone):
    """It has a home here, where it would open one; without it would only have failed to."""
    name, _ = alone
    assert python(name, LISTENING) == []
    assert docker("exec", name, "find", "/tmp", "-name", "*gunicorn*") == ""


ASK_AT_HOME = """
import http.client, json, sys
connection = http.client.HTTPConnection("127.0.0.1", 8000)
connection.request("GET", sys.argv[1], headers=json.loads(sys.argv[2]))
print(json.dumps(connection.getresponse().status))
"""


@pytest.mark.parametrize(
    ("header", "value"), [("X-Forwarded-Proto", "https"), ("X-Forwarded-Ssl", "on")]
)
def test_a_stranger_cannot_say_that_it_came_by_https(alone, header, value):
    """Believed, it would see without HTTPS what is for HTTPS only.

    This is gunicorn's part: without BEHIND_PROXY, Django has the scheme from it. That the same
    words are believed from 127.0.0.1 shows that they were understood.
    """
    name, url = alone
    path = "/static/site/logo.svg"
    status, headers, _ = fetch(url + path, **{header: value})
    assert status == 301
    assert headers["Location"].startswith("https://")
    assert python(name, ASK_AT_HOME, path, json.dumps({header: value})) == 200


def test_nobody_can_say_under_which_path_the_site_is(alone):
    """Not even who is believed about HTTPS: that is a proxy, which may pass a client's on."""
    name, _ = alone
    headers = {"X-Forwarded-Proto": "https", "SCRIPT_NAME": "/static"}
    assert python(name, ASK_AT_HOME, "/static/site/logo.svg", json.dumps(headers)) == 200
