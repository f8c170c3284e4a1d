"""Antivirus: only a clear OK lets a file pass, whatever else the other side says or does."""

import io
import logging
import threading
import time

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Profile
from catalog.models import Print
from documents.models import Document
from tests.servers.child import free_port
from tests.servers.clamd import (
    HARMFUL,
    MISSING,
    PROGRAM,
    SIGNATURE,
    STREAM_MAX,
    clamd,
    scanner,
    streamed,
)
from uploads import antivirus
from uploads.antivirus import scan

CLEAN = b"%PDF-1.7 and nothing harmful"


def says(reply):
    return lambda line: line.sendall(reply)


def in_pieces(line):
    for byte in b"stream: OK\0":
        line.sendall(bytes([byte]))
        time.sleep(0.005)


@pytest.fixture(params=["tcp", "unix"])
def kind(request):
    return request.param


@pytest.fixture
def ask(settings, kind):
    """Return a function that has a file scanned by a scanner that answers so."""

    def scanned(answer, content=CLEAN, reads=None):
        with scanner(kind, answer, reads) as one:
            settings.CLAMD_URL = one.url
            try:
                scan(io.BytesIO(content))
            finally:
                scanned.received = one.received
        return True

    return scanned


@pytest.fixture
def refusal(ask):
    """Return a function that does the same and returns the code and the words of the refusal."""

    def refused(*arguments, **options):
        with pytest.raises(ValidationError) as caught:
            ask(*arguments, **options)
        return caught.value.code, caught.value.messages[0]

    return refused


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, logger="uploads.antivirus")
    return caplog


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 1_000_000])
def test_every_byte_is_sent_in_chunks_with_their_length(ask, size):
    content = bytes(range(256)) * (size // 256 + 1)
    content = content[:size]
    assert ask(says(b"stream: OK\0"), content)
    [received] = ask.received
    assert received.startswith(b"zINSTREAM\0" + min(size, 65_536).to_bytes(4, "big") + content[:1])
    assert received.endswith(content[-1:] + bytes(4))
    assert streamed(received) == content


def test_a_slow_answer_counts_when_it_is_whole(ask):
    assert ask(in_pieces)


def test_what_clamd_found_is_refused_and_named_in_the_log_only(refusal, log):
    code, message = refusal(says(b"stream: Win.Test.EICAR_HDB-1(44d886:68) FOUND\0"))
    assert code == "malware_found"
    assert "EICAR" not in message
    assert "was not stored" in message
    [record] = log.records
    assert record.levelname == "WARNING"
    assert "Win.Test.EICAR_HDB-1(44d886:68)" in record.getMessage()


def test_a_program_is_told_the_signature(ask):
    with pytest.raises(ValidationError) as caught:
        ask(says(b"stream: Some.Thing FOUND\0"))
    assert caught.value.params == {"signature": "Some.Thing"}


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\0",
        b"stream: OK",
        b"stream: O",
        b"stream: OK\n",
        b"OK\0",
        b"stream: OK \0",
        b" stream: OK\0",
        b"Stream: ok\0",
        b"1: stream: OK\0",
        b"stream: OK\nstream: OK\0",
        b"stream: OK\0stream: Some.Thing FOUND\0",
        b"stream: not OK\0",
        b"stream:  FOUND\0",
        b"stream: Some.Thing FOUND",
        b"stream: Some\nThing FOUND\0",
        b"stream: \xff FOUND\0",
        b"stream: Some.Thing ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
        b"INSTREAM: Can't write to temporary file. ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"PONG\0",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"stream: OK" + b" " * 10_000 + b"\0",
        b"x" * 1_000_000,
        b"\xff\xfe\x00\x01" * 100,
    ],
)
def test_whatever_is_not_a_clear_answer_is_a_refusal(refusal, log, reply):
    code, message = refusal(says(reply))
    assert code == "antivirus_unavailable"
    assert "Send it again later." in message
    [record] = log.records
    assert record.levelname == "ERROR"
    assert "Look into clamd's own log" in record.getMessage()
    assert len(record.getMessage()) < 600
    assert "\n" not in record.getMessage()


def test_a_limit_that_is_too_small_is_named_to_the_operator(refusal, log):
    limit = says(b"INSTREAM size limit exceeded. ERROR\0")
    assert refusal(limit, b"x" * 3_000_000, reads=100_000)[0] == "antivirus_unavailable"
    assert "Set StreamMaxLength to 25M or more in clamd.conf" in log.text


def test_an_ok_before_the_end_of_the_file_is_none(refusal):
    """The connection is closed on us, so the last bytes were never seen."""
    assert refusal(says(b"stream: OK\0"), b"x" * 3_000_000, 100_000)[0] == "antivirus_unavailable"


def test_an_ok_before_the_end_is_none_either_if_the_rest_is_read_afterwards(refusal):
    def speaks_too_early(line):
        line.sendall(b"stream: OK\0")
        while line.recv(65536):
            pass

    assert refusal(speaks_too_early, b"x" * 3_000_000, 100_000)[0] == "antivirus_unavailable"


def test_what_is_found_before_the_end_of_the_file_counts(refusal):
    assert refusal(says(b"stream: X FOUND\0"), b"x" * 3_000_000, 100_000)[0] == "malware_found"


@pytest.mark.parametrize("reads", [0, 5, 100_000], ids=["at once", "in the command", "in the file"])
def test_a_scanner_that_hangs_up_is_a_refusal(refusal, log, reads):
    assert refusal(lambda line: None, b"x" * 3_000_000, reads)[0] == "antivirus_unavailable"
    assert "clamd at " in log.text


@pytest.mark.parametrize(
    ("size", "reads"),
    [(100_000, None), (20_000_000, 100_000)],  # the second is more than lines hold
    ids=["after the file", "within it"],
)
def test_a_scanner_that_hangs_is_given_up(refusal, log, monkeypatch, size, reads):
    monkeypatch.setattr(antivirus, "SECONDS", 0.3)
    over = threading.Event()
    began = time.monotonic()
    timer = threading.Timer(1, over.set)
    timer.start()
    code, _message = refusal(lambda line: over.wait(), b"x" * size, reads)
    timer.join()
    assert code == "antivirus_unavailable"
    assert "did not answer within 0.3 s" in log.text
    assert time.monotonic() - began < 5


def test_a_scanner_that_speaks_for_ever_is_given_up(refusal, log, monkeypatch):
    """Each byte comes in time; the deadline is for all of them."""
    monkeypatch.setattr(antivirus, "SECONDS", 0.3)

    def drip(line):
        for _ in range(40):
            line.sendall(b"s")
            time.sleep(0.05)

    assert refusal(drip)[0] == "antivirus_unavailable"
    assert "did not answer within 0.3 s" in log.text


def test_no_more_is_read_than_an_answer_is_long(refusal, log):
    def flood(line):
        while True:  # until the other side hangs up
            line.sendall(b"x" * 65_536)

    assert refusal(flood)[0] == "antivirus_unavailable"
    assert "which is no whole reply" in log.text


@pytest.mark.parametrize(
    "url",
    [
        "tcp://127.0.0.1:1",
        "tcp://a..b:3310",
        "tcp://127.0.0.1:99999",
        "unix:///nowhere/clamd.ctl",
        "unix:///dev/null",
        "unix:///" + "x" * 200,
        "nonsense",
    ],
)
def test_a_scanner_that_is_not_there_is_a_refusal(settings, log, url):
    settings.CLAMD_URL = url
    with pytest.raises(ValidationError) as caught:
        scan(io.BytesIO(CLEAN))
    assert caught.value.code == "antivirus_unavailable"
    assert f"clamd at {url} cannot be reached: " in log.text
    assert "mend CLAMD_URL" in log.text


def test_without_an_address_nobody_is_asked_and_the_file_is_not_touched(settings):
    settings.CLAMD_URL = ""
    scan(None)


def test_an_empty_file_is_not_sent(settings):
    settings.CLAMD_URL = f"tcp://127.0.0.1:{free_port()}"
    scan(io.BytesIO())


@pytest.mark.parametrize("reply", [b"stream: OK\0", b"stream: X FOUND\0", b"?"])
def test_the_file_is_read_whole_and_left_where_it_stood(settings, reply):
    file = ContentFile(CLEAN)  # without a name, so it is false
    file.seek(7)
    with scanner("tcp", says(reply)) as one:
        settings.CLAMD_URL = one.url
        try:
            scan(file)
        except ValidationError:
            assert reply != b"stream: OK\0"
    assert streamed(one.received[0]) == CLEAN
    assert file.tell() == 7
    assert not file.closed


class Broken(io.BytesIO):
    """A file on a disk that fails after the first chunk."""

    def read(self, size=-1):
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_a_disk_that_fails_is_no_fault_of_the_scanner(settings, log):
    with scanner("tcp", says(b"stream: OK\0")) as one:
        settings.CLAMD_URL = one.url
        with pytest.raises(OSError, match="Input/output"):
            scan(Broken(b"x" * 200_000))
    assert not log.records


def test_files_are_scanned_side_by_side(settings):
    together = threading.Barrier(4, timeout=5)

    def wait(line):
        together.wait()
        line.sendall(b"stream: OK\0")

    contents = [bytes([65 + number]) * 100_000 for number in range(4)]
    with scanner("unix", wait) as one:
        settings.CLAMD_URL = one.url
        threads = [threading.Thread(target=scan, args=(io.BytesIO(c),)) for c in contents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not together.broken
    assert sorted(map(streamed, one.received)) == contents


# --- the real one


@pytest.fixture(scope="module")
def real_clamd(tmp_path_factory):
    if not PROGRAM:
        pytest.skip(MISSING)
    with clamd(tmp_path_factory.mktemp("clamd")) as running:
        yield running


@pytest.fixture
def real(settings, real_clamd, kind):
    settings.CLAMD_URL = getattr(real_clamd, kind)


def code_of_real(content):
    try:
        scan(io.BytesIO(content))
    except ValidationError as refused:
        return refused.code


@pytest.mark.parametrize("size", [len(CLEAN), 65_536, STREAM_MAX])
def test_clamd_lets_a_clean_file_pass(real, size):
    assert code_of_real((CLEAN * STREAM_MAX)[:size]) is None


def test_clamd_finds_its_signature_at_either_end_and_across_chunks(real, log):
    assert code_of_real(HARMFUL + CLEAN) == "malware_found"
    assert code_of_real(CLEAN + HARMFUL) == "malware_found"
    assert code_of_real(b"x" * (65_536 - 5) + HARMFUL + b"x" * 65_536) == "malware_found"
    assert log.text.count(f"{SIGNATURE}.UNOFFICIAL") == 3


@pytest.mark.parametrize("size", [STREAM_MAX + 1, 20_000_000])
def test_clamd_says_when_a_file_is_too_large_for_it(real, log, size):
    assert code_of_real(b"x" * size) == "antivirus_unavailable"
    assert "Set StreamMaxLength to 25M" in log.text


# --- what a visitor gets


@pytest.fixture
def unscanned(settings):
    """An address at which no clamd listens."""
    settings.CLAMD_URL = f"tcp://127.0.0.1:{free_port()}"


@pytest.fixture
def harmful(settings):
    """A scanner that finds every file harmful."""
    with scanner("tcp", says(b"stream: X FOUND\0")) as one:
        settings.CLAMD_URL = one.url
        yield one


CODES = {"unscanned": "antivirus_unavailable", "harmful": "malware_found"}
EITHER = pytest.mark.parametrize("state", CODES)


@pytest.fixture
def code(request, state):
    request.getfixturevalue(state)
    return CODES[state]


def codes_of(response, name):
    form = response.context.get("adminform") or response.context["form"]
    return [error.code for error in form.errors.as_data()[name]]


@EITHER
def test_a_document_is_refused_in_the_form_and_not_stored(client, alice, pdf, stored, code):
    client.force_login(alice)
    response = client.post(reverse("documents:list"), {"file": pdf})
    assert response.status_code == 422
    assert codes_of(response, "file") == [code]
    assert not Document.objects.exists()
    assert stored() == []


@EITHER
def test_an_avatar_is_refused_in_the_form_and_not_stored(client, alice, upload, stored, code):
    client.force_login(alice)
    sent = {"display_name": "Changed", "avatar": upload("honest/phone.jpg")}
    response = client.post(reverse("profile_edit"), sent)
    assert codes_of(response, "avatar") == [code]
    profile = Profile.objects.get(user=alice)
    assert (profile.display_name, profile.avatar.name) == ("", "")
    assert stored() == []


@EITHER
def test_a_picture_is_refused_in_the_form_and_not_stored(
    client, stella, category, upload, stored, code
):
    client.force_login(stella)
    sent = {
        "title": "Etude",
        "artist": "Ines Duarte",
        "year": "1987",
        "category": category.pk,
        "picture": upload("honest/phone.jpg"),
    }
    response = client.post(reverse("admin:catalog_print_add"), sent)
    assert codes_of(response, "picture") == [code]
    assert not Print.objects.exists()
    assert stored() == []


def test_what_our_own_rules_refuse_is_not_shown_to_the_scanner(client, alice, harmful):
    client.force_login(alice)
    page = SimpleUploadedFile("contract.pdf", b"<html><script>alert(1)</script>")
    response = client.post(reverse("documents:list"), {"file": page})
    assert codes_of(response, "file") == ["file_kind_refused"]
    assert harmful.received == []


def test_the_scanner_is_shown_the_very_bytes_that_were_sent(client, alice, upload, harmful):
    client.force_login(alice)
    sent = upload("honest/phone.jpg")
    client.post(reverse("profile_edit"), {"avatar": sent})
    sent.seek(0)
    assert [streamed(received) for received in harmful.received] == [sent.read()]


def test_pages_go_on_without_the_scanner(client, alice, unscanned):
    client.force_login(alice)
    for address in ("/", "/documents/", "/accounts/profile/"):
        assert client.get(address).status_code == 200
