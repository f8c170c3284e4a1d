import ast
import os
import socket
import subprocess
import sys

import pytest

from demo.management.commands.seed_demo import PASSWORD
from demo.members import MEMBERS
from tests.dev.conftest import ROOT

COMMANDS = ["run", "test", "build", "lint", "fix", "manage", "s3", "stack-test", "lock", "help"]


@pytest.mark.parametrize("ask", [[], ["help"], ["--help"]])
def test_help_lists_every_command(run_dev, ask):
    answer = run_dev(*ask)
    assert answer.returncode == 0
    listed = [line.split()[0] for line in answer.stdout.splitlines() if line.startswith("  ")]
    assert sorted(listed) == sorted(COMMANDS)


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("manage", "help")])
def test_every_command_explains_itself(run_dev, command):
    answer = run_dev(command, "--help")
    assert answer.returncode == 0
    assert f"./dev {command}" in answer.stdout


def test_an_unknown_command_is_answered_with_a_suggestion(run_dev):
    answer = run_dev("tset")
    assert answer.returncode == 2
    assert "There is no ./dev tset. Did you mean ./dev test?" in answer.stderr


def test_an_unknown_option_is_named(run_dev):
    answer = run_dev("build", "--now")
    assert answer.returncode == 2
    assert "unrecognized arguments: --now" in answer.stderr


def test_a_taken_port_is_named_with_the_remedy(run_dev):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        answer = run_dev("run", "--port", str(port))
    assert answer.returncode == 1
    assert f"Port {port} is taken by another program." in answer.stderr
    assert "./dev run --port" in answer.stderr


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eighty", "80.5", ""])
def test_what_is_no_port_is_refused(run_dev, port):
    answer = run_dev("run", f"--vite-port={port}")
    assert answer.returncode == 2
    assert "is no port; choose a number from 1 to 65535" in answer.stderr


def test_fast_takes_no_path(run_dev):
    answer = run_dev("test", "--fast", "tests/dev")
    assert answer.returncode == 2
    assert "--fast and --django take no PATH" in answer.stderr


def test_a_django_that_is_not_locked_is_refused(run_dev):
    answer = run_dev("test", "--django", "4.2")
    assert answer.returncode == 1
    assert "not 4.2" in answer.stderr
    assert "./dev lock" in answer.stderr


def test_python_3_6_can_read_the_script_far_enough_to_be_told_what_it_lacks():
    source = (ROOT / "dev").read_text()
    ast.parse(source, feature_version=(3, 6))
    old = "import sys; sys.version_info = (3, 9, 2); exec(open(sys.argv[1]).read())"
    answer = subprocess.run(
        [sys.executable, "-c", old, ROOT / "dev"], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("Vitrine needs Python 3.11 or newer; this is Python 3.9 (")


def test_where_no_python_is_new_enough_the_next_django_is_not_passed_over(dev, monkeypatch, capsys):
    (dev.ROOT / "requirements-next.txt").write_text("django==6.1.3\n")
    monkeypatch.setattr(dev, "find_python", lambda needed: None)
    assert dev.main(["test", "--django", "6.1"]) == dev.NO_PYTHON != 0
    assert "uv python install" in capsys.readouterr().err


def test_find_python_passes_over_what_is_too_old_or_broken(dev, monkeypatch, tmp_path):
    for name, code in {"python3.13": 1, "python3.12": 0}.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\nexit {code}\n")
        program.chmod(0o755)
    monkeypatch.setattr(dev.sys, "executable", str(tmp_path / "none"))
    monkeypatch.setattr(dev, "find_uv", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert dev.find_python((3, 12)) == "python3.12"


def test_the_sign_ins_that_run_prints_are_those_of_the_demo(dev):
    made = {
        ("staff" if who.is_staff else "member"): (who.username, PASSWORD) for who in MEMBERS[:2]
    }
    assert made == dev.SIGN_INS
    assert "alice / vitrine-demo" in dev.greeting(8000)


@pytest.fixture
def asked_of_pytest(dev, monkeypatch):
    """Return a function that gives `./dev test` arguments and returns those pytest then gets."""
    (dev.ROOT / "tests" / "uploads").mkdir(parents=True)
    (dev.ROOT / "demo").mkdir()
    monkeypatch.setattr(dev, "work", lambda steps, quick_ones: True)
    given = []
    monkeypatch.setattr(dev, "become", lambda *command, env: given.extend(command[3:]))

    def ask(*arguments):
        dev.main(["test", *arguments])
        return given

    return ask


def test_paths_are_those_of_the_folder_one_is_in(dev, asked_of_pytest, monkeypatch):
    monkeypatch.chdir(dev.ROOT / "tests")
    assert asked_of_pytest("uploads::test_pdf") == [f"{dev.ROOT}/tests/uploads::test_pdf"]


def test_what_follows_an_option_is_pytests(dev, asked_of_pytest, monkeypatch):
    monkeypatch.chdir(dev.ROOT)
    given = asked_of_pytest("tests/uploads", "-k", "demo", "--ff")
    assert given == [f"{dev.ROOT}/tests/uploads", "-k", "demo", "--ff"]


def test_a_vite_address_that_is_none_is_named(run_dev):
    answer = run_dev("run", VITE_DEV_SERVER="http://localhost:high")
    assert answer.returncode == 1
    assert "VITE_DEV_SERVER=http://localhost:high is no address" in answer.stderr
