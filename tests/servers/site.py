"""The site in production shape: gunicorn, DEBUG off, collected statics, a database of its own."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from tests.servers.child import PROJECT, ServerError, environment, running

STATIC_MANIFEST = PROJECT / "staticfiles" / "staticfiles.json"


@dataclass(frozen=True)
class Site:
    """A running site: its address, its log file, and the settings it runs with."""

    url: str
    log: Path
    settings: dict

    def now(self):
        """Return how far the log has come: what `said_since` asks for."""
        return self.log.stat().st_size

    def said_since(self, position=0):
        """Return the log from a position on, without the lines of the access log."""
        with self.log.open() as log:
            log.seek(position)
            return "".join(line for line in log if '"logger": "access"' not in line)

    def mail_to(self, address):
        """Return the text of the one mail that the site has sent to an address."""
        folder = self.log.parent / "mail"
        parsed = (
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in folder.glob("*.log")
        )
        [text] = [mail.get_content() for mail in parsed if mail["To"] == address]
        return text

    def manage(self, *arguments, **variables):
        """Run `manage.py arguments…` with the site's own settings; return what it printed."""
        return run_python("manage.py", *arguments, env={**self.settings, **variables})

    def run(self, module, *arguments):
        """Run a Python module with the site's own settings; return what it printed."""
        return run_python("-m", module, *arguments, env=self.settings)


def run_python(*arguments, env):
    """Run Python in the project; raise `ServerError` with the whole output if it fails."""
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=environment(**env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        raise ServerError(
            f"python {' '.join(arguments)} ended with status {result.returncode}.\n\n"
            f"{result.stdout}"
        )
    return result.stdout


@contextlib.contextmanager
def site(variables=None, *, migrate=True, static_manifest=STATIC_MANIFEST):
    """Run the site on a free loopback port; yield a `Site` that answers.

    `variables` are environment variables over those of the production shape, so
    a test may bring an S3 server, its own `DATABASE_URL`, or another settings
    module. Raises `ServerError` with the log when the site does not start.
    """
    if static_manifest and not static_manifest.is_file():
        raise ServerError(
            f"There are no collected static files ({static_manifest} is missing): run ./dev build"
        )
    with tempfile.TemporaryDirectory(prefix="vitrine-site-") as scratch:
        folder = Path(scratch)
        settings = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENV_FILE": "",  # a developer's .env stays out
            "DEBUG": "false",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "HTTPS": "false",  # loopback only
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "MEDIA_DIR": str(folder / "media"),
            "EMAIL_URL": f"filemail://{folder / 'mail'}",
            "LOG_LEVEL": "INFO",
            **(variables or {}),
        }
        if migrate:
            run_python("manage.py", "migrate", "--no-input", "--verbosity=0", env=settings)
        log = folder / "gunicorn.log"
        with gunicorn(settings, log) as url:
            yield Site(url, log, settings)


@contextlib.contextmanager
def gunicorn(settings, log):
    """Serve `config.wsgi` as the image does; yield the address."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        # Ours first, then gunicorn's: no other process can take the port in between.
        descriptor = listener.fileno()
        os.set_inheritable(descriptor, True)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = running(
            "gunicorn",
            "--config=python:config.gunicorn",
            f"--bind=fd://{descriptor}",
            "--graceful-timeout=2",
            "config.wsgi",
            env=environment(**settings),
            log=log,
            ready=f"{url}/healthz",
            keep_open=(descriptor,),
        )
        with server:
            yield url
