"""Child processes that cannot be orphaned: real servers, held on a leash.

A test run that is killed (Ctrl-C twice, an out-of-memory kill, a closed
terminal) runs no `finally`. So the child is not asked to be well behaved: its
standard input is a pipe that only this process holds open, and a thread in the
child ends it when that pipe closes. The kernel closes it, however we die.
"""

import contextlib
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 30  # a cold start measured 1-3 s; a busy machine gets ten times that
STOP_SECONDS = 10


class ServerError(Exception):
    """A server did not start, with what it said in its log."""


def environment(**values):
    """Return the little a child needs from this process, plus `values`.

    Nothing else is inherited: a developer's own `AWS_PROFILE`, `DATABASE_URL`
    or `DJANGO_SETTINGS_MODULE` must not decide what a test means.
    """
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT", "LD_LIBRARY_PATH")
    inherited = {name: os.environ[name] for name in kept if name in os.environ}
    return {**inherited, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", **values}


def free_port():
    """Return a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def log_text(log):
    """Return the end of the log file: enough to see why, short enough to read."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return text[-8000:].strip() or "(the log is empty)"


@contextlib.contextmanager
def running(module, *arguments, env, log, ready, keep_open=()):
    """Run `python -m module arguments…` until the block ends.

    `ready` is a URL; the block is entered when it answers 200. `keep_open` are
    file descriptors for the child, such as a listening socket. Raises
    `ServerError` with the end of the log when the child ends first or does
    not answer within `START_SECONDS`.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.child", module, *arguments],
            cwd=PROJECT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=keep_open,
            start_new_session=True,  # Ctrl-C reaches us first; we end the child in order
        )
    try:
        wait_until_ready(process, ready, log, name=module)
        yield process
    finally:
        stop(process)


def wait_until_ready(process, url, log, name):
    """Return when `url` answers 200; raise `ServerError` when it never will."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerError(
                f"{name} ended with status {process.returncode} before it answered.\n\n"
                f"{log_text(log)}"
            )
        if answers(url):
            return
        time.sleep(0.05)
    raise ServerError(
        f"{name} did not answer at {url} within {START_SECONDS} s.\n\n{log_text(log)}"
    )


def answers(url):
    """Return whether `url` answers 200 right now."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False


def stop(process):
    """End the child and wait for it: first with the pipe and SIGTERM, then by force."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        process.stdin.close()


def main():
    """Run the module named first, with the rest as its arguments, on a leash."""
    leash = sys.stdin.fileno()

    def end_with_parent():
        while os.read(leash, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_with_parent, daemon=True).start()
    module = sys.argv[1]
    sys.argv = [module, *sys.argv[2:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
