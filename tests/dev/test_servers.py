"""Servers that ./dev starts: all of them end, with all they started themselves."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.dev.conftest import ROOT

# A server with a child of its own, as Django's and Vite's have; it says both process ids.
FAMILY = "sleep 600 & echo $$ $!; wait"
PROGRAM = """
import importlib.machinery, importlib.util, sys
loader = importlib.machinery.SourceFileLoader("dev_script", sys.argv[1])
dev = importlib.util.module_from_spec(importlib.util.spec_from_loader("dev_script", loader))
sys.modules["dev_script"] = dev
loader.exec_module(dev)

def serve(options):
    with dev.running_servers() as servers:
        for name, code in zip(("one", "two"), sys.argv[2:]):
            dev.Server(name, "red", ("sh", "-c", code), {}).start(servers)
        return dev.watch(servers, [], "")

dev.COMMANDS["run"] = serve
sys.exit(dev.main(["run"]))
"""


@pytest.fixture
def serve():
    """Return a function that serves two shell scripts in a process of its own."""
    started = []

    def start(one, two):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, ROOT / "dev", one, two],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def process_ids(lines):
    return [int(word) for line in lines for word in line.split("│")[1].split()]


def lives(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    # A child whose parent has gone may wait for init to take notice: that is not living.
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process_id)], capture_output=True)
    return not state.stdout.startswith(b"Z")


def gone(process_ids):
    deadline = time.monotonic() + 5
    while any(map(lives, process_ids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(lives, process_ids))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_being_stopped_ends_every_server_and_its_children(serve, number, code):
    process = serve(FAMILY, FAMILY)
    ids = process_ids([process.stdout.readline(), process.stdout.readline()])
    assert len(ids) == 4
    process.send_signal(number)
    assert process.wait(20) == code
    assert gone(ids)


def test_when_one_server_dies_the_other_is_ended_and_the_reason_told(serve):
    process = serve("echo 'no such table'; exit 7", FAMILY)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "no such table" in said
    assert "one ended, and with it the others." in said
    assert "(exit code 7)" in said
    assert gone(process_ids(line for line in said.splitlines() if line.startswith("two")))


def test_a_server_that_ignores_the_request_to_end_is_ended_by_force(serve):
    process = serve("trap '' TERM INT; echo $$ $$; sleep 600 & wait; sleep 600", FAMILY)
    ids = process_ids([process.stdout.readline(), process.stdout.readline()])
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert gone(ids)
