"""The whole stack of compose.yaml, under a project name of its own, for the tests that need it."""

import contextlib
import functools
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_string, policy
from pathlib import Path

from tests.servers.child import PROJECT, ServerError
from tests.servers.s3 import S3

UP_SECONDS = 300  # a first `up` draws the demo's pictures: 40 s of one processor


@dataclass
class Stack:
    """One `docker compose` project: its address, and commands in its containers."""

    project: str
    http_port: int = 8080
    s3_port: int = 9000
    files: tuple = ("compose.yaml",)
    variables: dict = field(default_factory=dict)
    folder: Path = PROJECT

    @property
    def url(self):
        return f"http://localhost:{self.http_port}"

    def compose(self, *arguments, ok=(0,), timeout=UP_SECONDS, stdin=None, **variables):
        """Run `docker compose arguments…`; return what it printed, both streams.

        Raises `ServerError` with all of it when the command ends with a status not in `ok`.
        """
        files = [word for name in self.files for word in ("--file", str(self.folder / name))]
        command = ["docker", "compose", "--project-name", self.project, *files, *arguments]
        return run(command, ok, timeout, stdin, self.environment | variables)

    @property
    def environment(self):
        """What compose is told: these ports, mail kept where a test can read it, no `.env`."""
        return {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            **{k: v for k, v in os.environ.items() if k.startswith(("DOCKER_", "BUILDKIT_"))},
            "COMPOSE_DISABLE_ENV_FILE": "1",
            "REVISION": revision(),  # as ./dev builds them, so that `up` finds nothing to change
            "HTTP_PORT": str(self.http_port),
            "S3_PORT": str(self.s3_port),
            "EMAIL_URL": "filemail:///tmp/mail",
            **self.variables,
        }

    def up(self, *arguments, **variables):
        wait = ("--wait", "--wait-timeout", str(UP_SECONDS))
        return self.compose("up", *wait, *arguments, **variables)

    def down(self, *arguments):
        self.compose("down", "--timeout", "5", "--remove-orphans", *arguments)

    def run(self, *command):
        """Run a command in a running web container; return what it printed."""
        return self.compose("exec", "-T", "web", *command)

    def manage(self, *arguments):
        return self.run("python", "manage.py", *arguments)

    def containers(self, service):
        """Return the ids of the service's running containers."""
        return self.compose("ps", "--quiet", service).split()

    @functools.cached_property
    def s3(self):
        """The S3 server as a browser reaches it, with the site's own key."""
        endpoint = f"http://localhost:{self.s3_port}"
        return S3(
            endpoint=endpoint,
            public_url=f"{endpoint}/vitrine-public",
            access_key_id=self.run("cat", "/srv/keys/s3_access_key_id").strip(),
            secret_access_key=self.run("cat", "/srv/keys/s3_secret_access_key").strip(),
            region="us-east-1",
        )

    # What the browser's journeys ask of a site, as tests/servers/site.py answers it.

    def now(self):
        return datetime.now(UTC).isoformat()

    def said_since(self, moment):
        """Return what the site said since then, without the lines of the access log."""
        lines = self.compose("logs", "--no-log-prefix", "--since", moment, "web").splitlines()
        return "\n".join(line for line in lines if '"logger": "access"' not in line)

    def mail_to(self, address):
        """Return the text of the one mail that the site has sent to an address."""
        said = self.run("sh", "-c", "cat /tmp/mail/*.log")
        parsed = (
            message_from_string(m, policy=policy.default) for m in said.split("-" * 79 + "\n")
        )
        [text] = [mail.get_content() for mail in parsed if mail["To"] == address]
        return text


def run(command, ok=(0,), timeout=UP_SECONDS, stdin=None, env=None):
    """Run a command and return what it printed, both streams in one."""
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env=env,
        input=stdin,
        stdin=None if stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode not in ok:
        raise ServerError(f"$ {' '.join(command)}\n{done.stdout}\n(status {done.returncode})")
    return done.stdout


@functools.cache
def revision():
    return run(["git", "rev-parse", "HEAD"]).strip()


def docker(*arguments, ok=(0,)):
    """Run `docker arguments…`; return what it printed."""
    return run(["docker", *arguments], ok)


def inspect(name):
    """Return what Docker knows of an image or a container."""
    return json.loads(docker("inspect", name))[0]


@contextlib.contextmanager
def running_stack(stack, *options):
    """Bring a stack up from nothing, and take it and its volumes away in the end."""
    stack.down("--volumes")
    try:
        stack.up(*options)
    except ServerError as error:
        logs = stack.compose("logs", "--tail", "40")
        stack.down("--volumes")
        raise ServerError(f"{error}\n\n{logs}") from error
    try:
        yield stack
    finally:
        stack.down("--volumes")


def fetch(url, method="GET", body=None, **headers):
    """Fetch a URL; return status, headers and body. Redirects are answers, too."""
    request = urllib.request.Request(
        url, body, {name.replace("_", "-"): value for name, value in headers.items()}, method=method
    )
    try:
        with opener.open(request, timeout=30) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


opener = urllib.request.build_opener(NoRedirects)


def until(condition, seconds=60, every=0.25):
    """Return the first truthy answer of `condition`; AssertionError when none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            if answer := condition():
                return answer
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(every)
