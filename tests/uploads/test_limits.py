"""Quota, rate and request size: exact when fifty come at once, and decided as early as can be."""

import functools
import io
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.http.multipartparser import MultiPartParser
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import User
from documents.forms import UploadForm
from documents.models import Document
from tests.conftest import FILES
from uploads import limits
from uploads.limits import charge
from uploads.models import Allowance, Reservation
from uploads.validators import (
    AVATAR_MAX_BYTES,
    DOCUMENT_MAX_BYTES,
    PICTURE_MAX_BYTES,
    validate_document,
)

pytestmark = pytest.mark.django_db
PDF = FILES / "honest/two-pages.pdf"
SIZE = PDF.stat().st_size
JSON = {"accept": "application/json"}
TAKE_FILES = {
    "/documents/": DOCUMENT_MAX_BYTES,
    "/accounts/profile/": AVATAR_MAX_BYTES,
    "/admin/catalog/print/add/": PICTURE_MAX_BYTES,
    "/admin/catalog/print/1/change/": PICTURE_MAX_BYTES,
}


def keep(owner, files, size=1):
    """Give a member documents that no storage holds."""
    Document.objects.bulk_create(
        Document(owner=owner, name=f"{n}.pdf", kind="pdf", size=size, file=f"documents/{n}.pdf")
        for n in range(files)
    )


@functools.cache
def facts():
    return validate_document(SimpleUploadedFile("Deed.pdf", PDF.read_bytes()))


def judged():
    """Return a form that has found its document in order; they are all the same one."""
    upload = SimpleUploadedFile("Deed.pdf", PDF.read_bytes())
    upload.verified = facts()
    form = UploadForm()
    form.cleaned_data = {"file": upload}
    return form


def send(owner):
    """Store one document; return "stored", or the code of the refusal."""
    return outcome(judged(), owner)


def outcome(form, owner):
    try:
        form.save(owner_id=owner.pk)
    except ValidationError as refusal:
        return refusal.code
    return "stored"


def at_once(acts):
    """Run all in threads of their own, let go together; return what they return, counted."""
    together = threading.Barrier(len(acts))

    def run(act):
        try:
            together.wait()
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(run, acts))


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until the test moves it: `clock(seconds)`."""
    now = timezone.now()

    def move(seconds):
        nonlocal now
        now += timedelta(seconds=seconds)

    monkeypatch.setattr(limits.timezone, "now", lambda: now)
    return move


# Quota


@pytest.mark.django_db(transaction=True)
def test_fifty_uploads_at_once_never_exceed_the_number_of_files(alice, stored, settings):
    keep(alice, settings.QUOTA_FILES - 1)
    forms = [judged() for _ in range(50)]
    outcomes = at_once([lambda form=form: outcome(form, alice) for form in forms])
    assert outcomes == {"stored": 1, "quota_files": 49}
    assert Document.objects.filter(owner=alice).count() == settings.QUOTA_FILES
    assert len(stored()) == 1
    assert not Reservation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_fifty_uploads_at_once_never_exceed_the_bytes(alice, stored, settings):
    settings.QUOTA_BYTES = 7 * SIZE + SIZE // 2
    keep(alice, 1, size=4 * SIZE)
    forms = [judged() for _ in range(50)]
    outcomes = at_once([lambda form=form: outcome(form, alice) for form in forms])
    assert outcomes == {"stored": 3, "quota_bytes": 47}
    assert Document.objects.filter(owner=alice).usage().size == 7 * SIZE
    assert len(stored()) == 3
    assert not Reservation.objects.exists()


def test_the_last_file_and_the_last_byte_may_be_used(alice, settings):
    settings.QUOTA_BYTES = 2 * SIZE
    keep(alice, settings.QUOTA_FILES - 2, size=0)
    assert [send(alice), send(alice)] == ["stored", "stored"]
    [refusal] = [Document.objects.all().usage().refusal()]
    assert refusal.code == "quota_files"


@pytest.mark.parametrize("code", ["quota_files", "quota_bytes"])
def test_a_refusal_tells_what_is_used_the_limit_and_what_to_do(alice, stored, settings, code):
    settings.QUOTA_FILES, settings.QUOTA_BYTES = (3, 10**9) if code == "quota_files" else (9, 3000)
    keep(alice, 3, size=1000)
    with pytest.raises(ValidationError) as caught:
        judged().save(owner_id=alice.pk)
    assert caught.value.code == code
    [message] = caught.value.messages
    assert "Delete" in message
    used, limit = ("3", "3") if code == "quota_files" else ("2.9 KB", "2.9 KB")
    assert f"{used} of {limit}" in message.replace("\xa0", " ")
    assert stored() == []


def test_what_others_keep_does_not_count(alice, bob, settings):
    keep(alice, settings.QUOTA_FILES)
    assert send(bob) == "stored"


def test_deleting_frees_the_place_at_once(alice, settings):
    keep(alice, settings.QUOTA_FILES)
    assert send(alice) == "quota_files"
    Document.objects.filter(owner=alice).first().delete()
    assert send(alice) == "stored"


def test_the_bytes_counted_are_those_stored(alice):
    send(alice)
    document = Document.objects.get()
    assert Document.objects.all().usage().size == document.file.storage.size(document.file.name)


@pytest.mark.django_db(transaction=True)
def test_while_a_file_is_stored_nothing_is_locked(alice, monkeypatch):
    storage = storages["default"]
    save = storage._save
    meanwhile = []

    def slow(name, content):
        meanwhile.append(at_once([lambda: charge(alice.pk), reservations]))
        return save(name, content)

    def reservations():
        with transaction.atomic():
            return len(Reservation.objects.select_for_update(nowait=True))

    monkeypatch.setattr(storage, "_save", slow)
    assert send(alice) == "stored"
    assert meanwhile == [{0: 1, 1: 1}]  # nobody waits; one reservation is there to be seen


@pytest.mark.django_db(transaction=True)
def test_storing_a_document_inside_a_transaction_is_refused(alice, stored):
    form = judged()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        form.save(owner_id=alice.pk)
    assert stored() == []


def test_a_storage_that_fails_keeps_no_place(alice, monkeypatch, stored):
    def fail(name, content):
        raise OSError("the disk is away")

    with monkeypatch.context() as broken:
        broken.setattr(storages["default"], "_save", fail)
        with pytest.raises(OSError, match="disk"):
            send(alice)
    assert not Reservation.objects.exists()
    assert stored() == []


def test_a_row_that_fails_leaves_neither_file_nor_reservation(alice, monkeypatch, stored):
    def fail(*args, **kwargs):
        raise DatabaseError("no row")

    monkeypatch.setattr(Document, "save", fail)
    with pytest.raises(DatabaseError):
        send(alice)
    assert not Reservation.objects.exists()
    assert stored() == []


@pytest.mark.django_db(transaction=True)
def test_a_commit_whose_answer_is_lost_takes_no_file_from_its_row(alice, monkeypatch, stored):
    """The database may have the row by then; a file without a row is swept up later."""
    save = Document.save

    def save_and_lose_the_line(document, **kwargs):
        save(document, **kwargs)
        commit = connection._commit

        def committed():
            commit()
            monkeypatch.undo()
            raise OperationalError("server closed the connection")

        monkeypatch.setattr(connection, "_commit", committed)

    monkeypatch.setattr(Document, "save", save_and_lose_the_line)
    with pytest.raises(OperationalError):
        send(alice)
    assert stored() == [f"private/{Document.objects.get().file.name}"]


@pytest.fixture
def killed(monkeypatch, caplog):
    """Leave what a process leaves that is killed between the two transactions."""

    def fail(rows):
        raise DatabaseError("the line is cut")

    def reserve_and_die(owner):
        def die():
            with limits.reserved(owner.pk, SIZE, Document.objects.filter(owner=owner).usage):
                cut.setattr(QuerySet, "delete", fail)
                raise KeyboardInterrupt

        with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
            die()
        assert "stays until it expires" in caplog.text

    return reserve_and_die


def test_what_a_killed_process_had_reserved_counts_until_it_expires(alice, settings, killed, clock):
    keep(alice, settings.QUOTA_FILES - 1)
    killed(alice)
    assert send(alice) == "quota_files"
    clock(limits.RESERVED_FOR.total_seconds())
    assert send(alice) == "stored"
    assert not Reservation.objects.exists()


def test_who_stores_too_slowly_does_not_get_a_place_that_was_given_away(
    alice, settings, clock, monkeypatch, stored
):
    keep(alice, settings.QUOTA_FILES - 1)
    storage = storages["default"]
    save = storage._save

    def slow(name, content):
        monkeypatch.undo()
        clock(limits.RESERVED_FOR.total_seconds() + 1)
        monkeypatch.setattr(limits.timezone, "now", later)
        assert send(alice) == "stored"
        return save(name, content)

    later = timezone.now() + limits.RESERVED_FOR + timedelta(seconds=1)
    later = (lambda moment: lambda: moment)(later)
    monkeypatch.setattr(storage, "_save", slow)
    assert send(alice) == "quota_files"
    assert Document.objects.filter(owner=alice).count() == settings.QUOTA_FILES
    assert len(stored()) == 1


def test_who_stores_slowly_gets_the_place_if_it_is_still_free(alice, monkeypatch):
    storage = storages["default"]
    save = storage._save

    def slow(name, content):
        Reservation.objects.all().delete()  # as another request does with what has expired
        return save(name, content)

    monkeypatch.setattr(storage, "_save", slow)
    assert send(alice) == "stored"


def test_a_member_who_goes_takes_the_counting_along(alice, killed):
    killed(alice)
    assert str(alice.pk) in str(Allowance.objects.get())
    assert f"{SIZE} bytes" in str(Reservation.objects.get())
    alice.delete()
    assert not Allowance.objects.exists()
    assert not Reservation.objects.exists()


# Rate


def test_many_at_once_and_then_one_every_two_seconds(alice, clock, settings):
    assert [charge(alice.pk) for _ in range(120)] == [0] * 120
    assert [charge(alice.pk), charge(alice.pk)] == [2, 2]  # what is refused here is not counted
    clock(1)
    assert charge(alice.pk) == 1
    clock(1)
    assert [charge(alice.pk), charge(alice.pk)] == [0, 2]
    clock(1000)
    assert [charge(alice.pk) for _ in range(120)] == [0] * 120
    assert charge(alice.pk) == 2


def test_a_drop_of_all_the_quota_holds_does_not_meet_the_rate(settings):
    assert settings.QUOTA_FILES <= settings.UPLOAD_BURST


def test_a_clock_that_was_wrong_locks_nobody_out(alice, clock, settings):
    settings.UPLOAD_BURST = 1
    assert charge(alice.pk) == 0
    clock(-86_400)
    assert charge(alice.pk) <= settings.UPLOAD_SECONDS
    clock(settings.UPLOAD_SECONDS)
    assert charge(alice.pk) == 0


def test_work_that_takes_long_is_rested_from(alice, clock):
    limits.charge_work(alice.pk, 0.9)
    assert charge(alice.pk) == 0
    limits.charge_work(alice.pk, 4)
    limits.charge_work(alice.pk, 2)
    assert charge(alice.pk) == 6 * limits.REST
    clock(6 * limits.REST)
    assert charge(alice.pk) == 0


def test_nobody_rests_for_longer_than_ten_minutes_whatever_the_clock_was(alice, clock):
    limits.charge_work(alice.pk, 10_000)
    longest = limits.LONGEST_REST.total_seconds()
    assert charge(alice.pk) == longest
    clock(-86_400)
    assert charge(alice.pk) == longest
    clock(86_400 + longest)
    assert charge(alice.pk) == 0


@pytest.mark.parametrize(("name", "counted"), [("alice", True), ("stella", False)])
def test_what_a_file_took_is_counted_for_members_and_not_for_staff(
    client, request, name, counted, monkeypatch
):
    user = request.getfixturevalue(name)
    client.force_login(user)
    charged = []
    monkeypatch.setattr("config.limits.charge_work", lambda pk, spent: charged.append((pk, spent)))
    path = "/documents/" if counted else "/admin/catalog/print/add/"
    field = "file" if counted else "picture"
    client.post(path, {field: SimpleUploadedFile("Deed.pdf", PDF.read_bytes())})
    if counted:
        [(pk, spent)] = charged
        assert pk == user.pk
        assert 0 < spent < 60
    else:
        assert charged == []


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_get_no_more_than_there_is(alice, clock, settings):
    settings.UPLOAD_BURST = 20
    assert at_once([lambda: charge(alice.pk)] * 50) == {0: 20, 2: 30}


@pytest.mark.parametrize("path", TAKE_FILES)
def test_each_member_has_an_allowance_for_all_forms_with_files(client, stella, bob, settings, path):
    settings.UPLOAD_BURST = 2
    client.force_login(stella)
    for other in ("/documents/", "/accounts/profile/"):
        client.get(other)  # reading is free
        client.post(other)  # and a refused upload is not
    response = client.post(path)
    assert response.status_code == 429
    assert response["Retry-After"] == "2"
    assert "no-store" in response["Cache-Control"]
    page = response.content.decode()
    assert "Wait 2 seconds" in page
    assert f'href="{path}"' in page
    client.force_login(bob)
    assert client.post("/documents/").status_code == 422


def test_a_script_is_told_to_wait_in_words_and_in_seconds(client, alice, settings):
    settings.UPLOAD_BURST = 1
    client.force_login(alice)
    client.post("/documents/", headers=JSON)
    response = client.post("/documents/", headers=JSON)
    assert response.status_code == 429
    assert response["Retry-After"] == "2"
    [error] = response.json()["errors"]
    assert error["code"] == "upload_rate_limited"
    assert "2 seconds" in error["message"]


@pytest.mark.django_db(transaction=True)
def test_signing_in_does_not_wait_for_ones_uploads(alice):
    if connection.vendor != "postgresql":
        return  # SQLite has one lock for everything, and each of these transactions is short

    def sign_in():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 1000")  # ms
        request = RequestFactory().get("/")
        from django.contrib.sessions.backends.db import SessionStore

        request.session = SessionStore()
        login(request, alice)
        return "in"

    with transaction.atomic():
        limits._locked(alice.pk)
        assert at_once([sign_in]) == {"in": 1}


# Before the body is read


class Parsed(BaseException):
    """The body of a request was parsed."""


@pytest.fixture
def unread(client, monkeypatch):
    """Fail the test when a body is parsed; the check of the CSRF token is the first to do so."""

    def parse(self):
        raise Parsed

    monkeypatch.setattr(MultiPartParser, "parse", parse)
    client.handler.enforce_csrf_checks = True


def announce(client, path, size, **headers):
    """Send a request that says it is `size` bytes long, of which a few are there."""
    body = io.BytesIO(b"x" * 1000)
    kind = "multipart/form-data; boundary=b"
    said = {"wsgi.input": body, "CONTENT_LENGTH": str(size), "CONTENT_TYPE": kind}
    return client.generic("POST", path, headers=headers, **said), body


@pytest.mark.parametrize(("path", "most"), TAKE_FILES.items())
def test_a_request_may_weigh_its_file_and_one_mebibyte(client, stella, unread, path, most):
    client.force_login(stella)
    response, body = announce(client, path, most + 1024 * 1024 + 1)
    assert response.status_code == 413
    assert f"{most // 2**20}.0\xa0MB is the most" in response.content.decode()
    assert body.read() == b""  # what was on its way has been taken, or the line would be reset
    response, _ = announce(client, path, most + 1024 * 1024 + 1, **JSON)
    assert response.json()["errors"][0]["code"] == "request_too_large"
    with pytest.raises(Parsed):
        announce(client, path, most + 1024 * 1024)


@pytest.mark.parametrize("path", ["/", "/accounts/sign-in/", "/admin/catalog/print/", "/nowhere/"])
def test_where_no_file_is_taken_a_request_may_weigh_one_mebibyte(client, stella, unread, path):
    client.force_login(stella)
    response, body = announce(client, path, 1024 * 1024 + 1)
    assert response.status_code == 413
    assert body.read() == b""


@pytest.mark.parametrize("path", TAKE_FILES)
def test_a_stranger_is_asked_to_sign_in_before_the_body_is_read(client, unread, path):
    response, body = announce(client, path, 1000)
    door = "/admin/login/" if path.startswith("/admin/") else "/accounts/sign-in/"
    assert response.url == f"{door}?next={path}"
    assert body.read() == b""
    response, _ = announce(client, path, 1000, **JSON)
    assert response.status_code == 403
    assert response.json()["errors"][0]["code"] == "signed_out"


def test_a_member_who_is_not_staff_sends_no_picture_to_the_admin(client, alice, unread):
    client.force_login(alice)
    response, _ = announce(client, "/admin/catalog/print/add/", 1000)
    assert response.url == "/admin/login/?next=/admin/catalog/print/add/"
    assert not Allowance.objects.exists()


def test_who_sends_too_often_is_told_before_the_body_is_read(client, alice, unread, settings):
    settings.UPLOAD_BURST = 0
    client.force_login(alice)
    response, body = announce(client, "/documents/", 1000)
    assert response.status_code == 429
    assert body.read() == b""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("gone", ["before it is counted", "before it is stored"])
def test_an_account_deleted_while_its_file_is_on_its_way_is_signed_out(
    client, alice, stored, monkeypatch, gone
):
    def first(act):
        def deleted(*arguments, **named):
            with transaction.atomic():
                User.objects.filter(pk=alice.pk).delete()
            return act(*arguments, **named)

        return deleted

    if gone == "before it is counted":
        monkeypatch.setattr("config.limits.charge", first(charge))
    else:
        monkeypatch.setattr(UploadForm, "save", first(UploadForm.save))
    client.force_login(alice)
    sent = {"file": SimpleUploadedFile("Deed.pdf", PDF.read_bytes())}
    response = client.post("/documents/", sent, headers=JSON)
    assert response.status_code == 403
    assert response.json()["errors"][0]["code"] == "signed_out"
    assert stored() == []
    assert not Document.objects.exists()


def test_who_waits_for_our_word_is_not_waited_for(client, unread):
    """With `Expect: 100-continue` nothing comes until the body is asked for, by reading it."""
    asked = []
    body = type("Body", (), {"read": asked.append, "readline": asked.append})()
    response = client.generic(
        "POST",
        "/prints/",
        headers={"expect": "100-continue"},
        CONTENT_LENGTH=2**30,
        **{"wsgi.input": body},
    )
    assert (response.status_code, asked) == (413, [])


@pytest.mark.parametrize("charset", ["hex", "idna", "undefined", "rot13", "zlib", "latin-1"])
def test_a_request_in_no_text_is_read_as_our_forms_are_written(client, alice, charset):
    client.force_login(alice)
    part = b'Content-Disposition: form-data; name="display_name"'
    body = b"--e\r\n%s\r\n\r\nAl\xc3\xadce\r\n--e--\r\n" % part
    kind = f"multipart/form-data; boundary=e; charset={charset}"
    response = client.generic("POST", "/accounts/profile/", body, kind)
    assert response.status_code == 302
    alice.profile.refresh_from_db()
    assert alice.profile.display_name == "Al\xedce"


def test_who_has_no_room_is_told_before_the_body_is_read(client, alice, unread, settings):
    keep(alice, settings.QUOTA_FILES)
    client.force_login(alice)
    response, body = announce(client, "/documents/", 1000)
    assert response.status_code == 422
    assert "You keep 100 of 100 files" in response.content.decode()
    assert body.read() == b""
    response, _ = announce(client, "/documents/", 1000, **JSON)
    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == "quota_files"


def test_the_sweeper_deletes_reservations_that_have_expired_and_no_others(alice):
    """A member who never comes back would keep what a killed process reserved."""
    allowance = Allowance.objects.create(user=alice, full_at=timezone.now())
    for minutes in (-1, 1):
        expires_at = timezone.now() + timedelta(minutes=minutes)
        Reservation.objects.create(allowance=allowance, size=minutes + 2, expires_at=expires_at)
    assert Reservation.delete_expired() == 1
    assert Reservation.objects.get().size == 3
