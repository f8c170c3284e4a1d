"""nginx alone before a gunicorn of its own, for what would spoil the stack for the other tests."""

import contextlib
import secrets
from dataclasses import dataclass

from tests.environment import ROOT
from tests.servers.stack import docker, fetch, inspect, until

HARDENED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp")


@dataclass
class Pod:
    """Two containers that share a network, and therefore 127.0.0.1."""

    url: str
    site: str
    nginx: str

    def run(self, *command):
        """Run a command beside gunicorn; return what it printed."""
        return docker("exec", self.site, *command)


@contextlib.contextmanager
def running_pod():
    """Start `upstream.app` in the app image and nginx before it; remove both in the end."""
    site, nginx = (f"vitrine-test-{secrets.token_hex(4)}" for _ in range(2))
    try:
        docker(
            "run",
            "--detach",
            f"--name={site}",
            "--publish=127.0.0.1::8080",
            f"--volume={ROOT}/tests/stack/upstream.py:/app/upstream.py:ro",
            *HARDENED,
            "vitrine",
            "gunicorn",
            "--config=python:config.gunicorn",
            "upstream:app",
        )
        docker(
            "run",
            "--detach",
            f"--name={nginx}",
            f"--network=container:{site}",
            "--env=UPSTREAM=127.0.0.1:8000",
            *HARDENED,
            "vitrine-nginx",
        )
        port = inspect(site)["NetworkSettings"]["Ports"]["8080/tcp"][0]["HostPort"]
        url = f"http://127.0.0.1:{port}"
        until(lambda: fetch(url)[0] == 200)
        yield Pod(url, site, nginx)
    finally:
        for name in (nginx, site):
            docker("rm", "--force", "--volumes", name, ok=(0, 1))
