"""The fence: what a file can do to the process it is opened in, and to nothing else."""

import io
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path

import pikepdf
import pytest
from django.core.exceptions import ValidationError

from config.outages import is_outage
from tests.environment import ROOT
from tests.files import make
from tests.files.pictures import saved
from uploads import fence, parser_process
from uploads.validators import validate_avatar, validate_picture

FILES = Path(make.__file__).parent
PLAIN = (FILES / "honest" / "plain.png").read_bytes()
LARGE = (FILES / "honest" / "50-megapixels.png").read_bytes()

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, which Linux has")


def refused(task, content, *arguments):
    with pytest.raises(ValidationError) as caught:
        fence.examine(task, content, *arguments)
    return caught.value.code


def draw(content=PLAIN, kind="png"):
    return fence.examine("avatar", content, kind, None)


def status_of_a_child(act):
    """Return the wait status of a forked process that does `act`."""
    with warnings.catch_warnings():
        # From 3.12 on Python warns of a fork while other threads run; of ours none holds a lock.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


def the_child(server, at_work=False):
    """Return the process that the server has forked, once it has, or once a file is in it: then
    it has offered itself to the kernel for the day when memory is short."""
    children = Path(f"/proc/{server}/task/{server}/children")
    for _ in range(1000):
        for child in children.read_text().split():
            with suppress(OSError):
                if not at_work or Path(f"/proc/{child}/oom_score_adj").read_text() == "1000\n":
                    return int(child)
        time.sleep(0.005)
    raise AssertionError("no child appeared")


def while_it_works(act):
    """Do `act(server, child)` while a large picture is redrawn; return what came of it."""
    fence.start()
    outcome = []

    def work():
        try:
            outcome.append(fence.examine("picture", LARGE, "png"))
        except Exception as error:
            outcome.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    server = fence._fence.process.pid
    act(server, the_child(server, at_work=True))
    worker.join()
    return outcome[0]


def test_what_takes_too_long_is_ended_and_refused_and_the_next_file_is_not(monkeypatch):
    monkeypatch.setattr(fence, "SECONDS", 0.05)
    assert refused("picture", LARGE, "png") == "parser_killed"
    monkeypatch.undo()
    assert draw()


def test_what_takes_too_much_memory_is_refused_and_the_next_file_is_not(monkeypatch):
    # 25 megapixels of WebP are a hundred bytes in the file and 100 MB four times over when drawn.
    content = saved(make.pictures.quadrants(5000, 5000, "RGBA"), "WEBP", method=0)
    monkeypatch.setattr(fence, "MEMORY", 300 * 1024 * 1024)
    with fence.measured() as costs:
        assert refused("avatar", content, "webp", None) == "file_too_demanding"
    assert costs[0].peak < 300 * 1024 * 1024
    monkeypatch.undo()
    assert draw()


@on_linux
@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_crash_of_the_parser_is_a_refusal_and_nothing_else(number):
    outcome = while_it_works(lambda _server, child: os.kill(child, number))
    assert isinstance(outcome, ValidationError)
    assert outcome.code == "parser_killed"
    server = fence._fence.process.pid
    assert draw()
    assert fence._fence.process.pid == server


@on_linux
def test_when_the_process_that_forks_is_gone_the_file_is_examined_in_a_new_one():
    outcome = while_it_works(lambda server, _child: os.kill(server, signal.SIGKILL))
    assert len(outcome) == 2 * 3 or len(outcome) == 2 * 4
    fence._fence.process.kill()
    fence._fence.process.wait()
    assert draw()


@on_linux
def test_no_child_outlives_the_process_that_watches_it(monkeypatch):
    monkeypatch.setattr(fence, "SECONDS", 0.5)
    status = status_of_a_child(lambda: (parser_process._limit(0.5, 1 << 40), time.sleep(60)))
    assert os.WTERMSIG(status) == signal.SIGALRM


def test_processor_time_is_limited_by_the_kernel():
    def spin():
        resource.setrlimit(resource.RLIMIT_CPU, (1, 1))  # as _limit does, and no other clock
        while True:
            pass

    assert os.WTERMSIG(status_of_a_child(spin)) in {signal.SIGXCPU, signal.SIGKILL}


def test_limits_are_all_set_and_nothing_can_be_opened():
    def act():
        parser_process._limit(10, 1 << 40)
        assert resource.getrlimit(resource.RLIMIT_CPU) == (10, 10)
        if sys.platform == "linux":
            assert resource.getrlimit(resource.RLIMIT_AS) == (1 << 40, 1 << 40)
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
        for attempt in (lambda: os.open("/etc/passwd", os.O_RDONLY), os.pipe, socket.socket):
            with pytest.raises(OSError, match="Too many open files"):
                attempt()
        os.kill(os.getpid(), signal.SIGUSR1)  # says that all of this holds

    assert os.WTERMSIG(status_of_a_child(act)) == signal.SIGUSR1


@on_linux
def test_the_process_knows_none_of_the_sites_secrets(settings):
    fence.start()
    environment = Path(f"/proc/{fence._fence.process.pid}/environ").read_bytes().decode()
    names = {line.partition("=")[0] for line in environment.split("\0") if line}
    assert names == {
        "LANG",
        "PYTHONPATH",
        "PYTHONDONTWRITEBYTECODE",
        "MALLOC_ARENA_MAX",
        "GLIBC_TUNABLES",
    }


@on_linux
def test_nothing_is_left_in_the_process_between_two_files(upload):
    fence.start()
    server = Path(f"/proc/{fence._fence.process.pid}")

    def held():
        """Open files, and pages of memory; the fewest, since it may be forking just now."""
        samples = []
        for _ in range(20):
            memory = int((server / "statm").read_text().split()[1])
            samples.append((len(list((server / "fd").iterdir())), memory))
            time.sleep(0.005)
        return min(samples)

    draw()
    before = held()
    for _ in range(20):
        draw()
        refused("pdf", upload("hostile/javascript.pdf").read())
    files, memory = held()
    assert files < before[0] + 10  # of forty examined
    assert memory <= before[1] + 256  # pages: 1 MiB
    children = (server / "task" / server.name / "children").read_text().split()
    assert len(children) == 1  # the one that waits for the next file


@on_linux
def test_a_child_that_is_ended_while_it_waits_is_not_the_next_files_fault():
    fence.start()
    child = the_child(fence._fence.process.pid)
    os.kill(child, signal.SIGKILL)
    while ") Z " not in Path(f"/proc/{child}/stat").read_text():
        time.sleep(0.005)
    assert draw()


def test_all_that_a_parser_imports_is_there_before_the_fork():
    """A child can open nothing, so an import inside a parser would refuse honest files."""
    program = """if True:
        import io, sys, warnings
        from django.conf import settings
        from tests.files import make
        from uploads import parser_process
        warnings.simplefilter("ignore")
        settings.configure(USE_I18N=False)
        files = make.everything()
        parser_process.warm_up()
        before = set(sys.modules)
        for name, content in files.items():
            for task, arguments in [("avatar", (kind, None)) for kind in ("jpeg", "png", "webp",
                                    "gif")] + [("pdf", ()), ("docx", ())]:
                if "megapixels" not in name:
                    job = {"task": task, "arguments": arguments}
                    list(parser_process._answer(job, io.BytesIO(content)))
        print(sorted(set(sys.modules) - before))
    """
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("revision", [2, 3, 4, 6])
def test_a_document_locked_without_a_password_needs_no_device_to_be_opened(revision):
    """For AES of 256 bits qpdf asks the system for random numbers, which is a file."""
    lock = pikepdf.Encryption(
        owner="owner", user="", R=revision, aes=revision >= 4, metadata=revision >= 4
    )
    content = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(content, encryption=lock)
    assert fence.examine("pdf", content.getvalue()) == []


def test_one_file_at_a_time_and_who_waits_too_long_is_told_so(monkeypatch):
    monkeypatch.setattr(fence, "PATIENCE", 0.01)
    with fence._fence.turn:
        assert refused("avatar", PLAIN, "png", None) == "parser_busy"
    assert draw()


def test_a_queue_of_files_that_take_long_is_joined_by_nobody(monkeypatch):
    """Whoever waits holds a thread of the site, and pages need threads, too."""
    monkeypatch.setattr(fence._fence, "usual", 4.0)
    with fence._fence.queue(), fence._fence.queue():
        assert refused("avatar", PLAIN, "png", None) == "parser_busy"
    with fence._fence.queue():
        assert draw()  # 4 seconds may be waited
    assert fence._fence.usual < 4
    assert fence._fence.queued == 0


def test_a_queue_of_quick_files_is_as_long_as_it_likes(monkeypatch):
    monkeypatch.setattr(fence._fence, "usual", 0.1)
    monkeypatch.setattr(fence._fence, "queued", 49)
    assert draw()


def test_where_no_file_can_be_opened_any_more_it_is_an_outage(monkeypatch):
    def none_left(*_):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(fence, "_anonymous_file", none_left)
    with pytest.raises(fence.ParserUnavailable, match="Too many open files"):
        draw()


def test_a_fork_of_the_site_has_a_fence_of_its_own():
    draw()
    ours = fence._fence.process.pid

    def act():
        assert fence._fence.process is None
        assert draw()
        assert fence._fence.process.pid != ours
        fence._fence.stop()
        os.kill(os.getpid(), signal.SIGUSR1)

    assert os.WTERMSIG(status_of_a_child(act)) == signal.SIGUSR1
    assert draw()
    assert fence._fence.process.pid == ours


def test_without_a_process_it_is_an_outage_and_not_the_files_fault(monkeypatch):
    fence._fence.stop()
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(fence.ParserUnavailable) as caught:
        draw()
    assert is_outage(caught.value)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(fence.ParserUnavailable):
        draw()
    monkeypatch.undo()
    assert draw()


@pytest.mark.parametrize(
    "answer",
    [
        {"drawn": []},
        {"drawn": [[1, 1, ".html", 30]]},
        {"drawn": [[1, 1, ".webp", 30]]},
        {"drawn": [[1, 1, ".webp", 4], [1, 1, ".webp", 4]]},
        {"drawn": [[1, 1, ".webp"]]},
        {"drawn": [[-1, 1, ".webp", 30]]},
        {"drawn": 1},
        {"failed": "Traceback"},
        {"refused": ["%(x)s", "code", {"a": 1}]},
        {"refused": [1, 2]},
        {"refused": ["a", "b", "c"]},
        {},
        [],
        None,
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"{" + b'"a": 1, ' * 200_000,
    ],
)
def test_the_answer_of_a_child_is_not_believed(answer, caplog):
    """A file that has taken over the parser writes the answer."""
    head = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    content = head + b"\n<html><script>alert(1)</script>"
    with pytest.raises(ValidationError) as caught:
        fence._understood("avatar", io.BytesIO(content))
    assert caught.value.code == "parser_failed"
    assert "could not be examined" in caplog.text


def test_words_of_a_refusal_are_translated_on_this_side(monkeypatch, upload):
    monkeypatch.setattr(fence, "gettext", lambda words: f"<{words}>")
    with pytest.raises(ValidationError) as caught:
        fence.examine("docx", upload("hostile/sheet.xlsx.docx").read())
    assert caught.value.messages[0].startswith("<This is <an Excel workbook>, not a Word document.")


def test_a_fault_of_ours_in_the_child_is_logged_and_refused(caplog):
    assert refused("no such task", PLAIN) == "parser_failed"
    assert "KeyError" in caplog.text


def test_what_comes_back_is_what_was_drawn(upload):
    picture = validate_picture(upload("honest/phone.jpg"))
    assert [(r.width, r.extension) for r in picture.renditions][-1] == (picture.width, ".webp")
    assert picture.renditions[-1].content.startswith(b"RIFF")
    assert validate_avatar(upload("honest/phone.jpg")).content.startswith(b"RIFF")
