"""Many at once, and connections that break at the worst moment: one row, its file, no other."""

import threading
from contextlib import nullcontext, suppress

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_finished
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import Client

from accounts.models import Profile, User
from catalog.models import Print
from tests.uploads.test_killed import picture, picture_form, sweep
from uploads.fields import PictureFile
from uploads.images import Rendition

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 6
ROUNDS = 3


def at_once(*acts):
    """Run the acts in threads of their own; raise what one of them raised."""
    errors = []

    def run(act):
        try:
            act()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.fixture
def together(monkeypatch):
    """Return a function that sets how many requests wait for each other before they store."""

    def make(number):
        barrier = threading.Barrier(number, timeout=30)

        def redraw(upload, *_):
            barrier.wait()
            return Rendition(64, 64, "image/webp", ".webp", upload.read())

        monkeypatch.setattr("accounts.forms.validate_avatar", redraw)

    return make


def send_avatar(client, mark):
    sent = {"display_name": mark, "avatar": SimpleUploadedFile("a.png", mark.encode())}
    return client.post("/accounts/profile/", sent)


def signed_in(member):
    client = Client(raise_request_exception=False)
    client.force_login(member)
    return client


def content(key, media):
    return (media / "public" / key).read_bytes()


def test_of_many_avatars_sent_at_once_one_is_named_and_one_is_stored(
    alice, together, stored, settings
):
    clients = [signed_in(alice) for _ in range(MANY)]
    for turn in range(ROUNDS):
        together(MANY)
        marks = [f"{turn}-{number}" for number in range(MANY)]
        answers = {}

        def send(client, mark, answers=answers):
            answers[mark] = send_avatar(client, mark).status_code

        at_once(*(lambda c=c, m=m: send(c, m) for c, m in zip(clients, marks, strict=True)))
        assert set(answers.values()) == {302}
        profile = Profile.objects.get(user=alice)
        assert stored() == [f"public/{profile.avatar.name}"]
        # The row of one request, whole: its name and its avatar.
        assert content(profile.avatar.name, settings.MEDIA_DIR) == profile.display_name.encode()
        assert profile.display_name in marks


def test_of_avatars_sent_and_removed_at_once_what_is_named_is_what_is_stored(
    alice, together, stored
):
    clients = [signed_in(alice) for _ in range(MANY)]
    for turn in range(ROUNDS):
        together(MANY // 2)
        sending = [lambda c=c, t=turn: send_avatar(c, f"{t}") for c in clients[: MANY // 2]]
        removing = [
            lambda c=c: c.post("/accounts/profile/", {"remove_avatar": "on"})
            for c in clients[MANY // 2 :]
        ]
        at_once(*sending, *removing)
        key = Profile.objects.get(user=alice).avatar.name
        assert stored() == ([f"public/{key}"] if key else [])


def test_of_many_pictures_sent_at_once_all_renditions_of_one_are_stored(
    hang, stored, settings, monkeypatch
):
    shown = hang("Etude", PictureFile(picture("first")))
    for turn in range(ROUNDS):
        marks = iter([f"{turn}-{number}" for number in range(MANY)])
        monkeypatch.setattr(
            "uploads.forms.validate_picture", lambda *_, marks=marks: picture(next(marks))
        )
        forms = [picture_form(Print.objects.get(pk=shown.pk)) for _ in range(MANY)]
        assert all(form.is_valid() for form in forms)
        at_once(*(form.save for form in forms))
        row = Print.objects.get(pk=shown.pk)
        assert stored() == sorted(f"public/{key}" for key in row.picture.stored_keys())
        marks = {content(k, settings.MEDIA_DIR).split()[0] for k in row.picture.stored_keys()}
        assert len(marks) == 1


def test_an_account_deleted_while_its_avatar_arrives_leaves_nothing_after_a_sweep(
    alice, bob, together, stored, settings
):
    def leave(member):
        # In a transaction, as the admin does it. Where others may write meanwhile (PostgreSQL), a
        # first row of the upload may come after the deletion has looked for rows: the database
        # refuses to delete then, and the account is still there.
        refused = IntegrityError if connection.vendor == "postgresql" else ()
        with suppress(refused), transaction.atomic():
            member.delete()

    for folder in ("private", "public"):
        (settings.MEDIA_DIR / folder).mkdir(parents=True, exist_ok=True)
    for _ in range(ROUNDS):
        member = User.objects.create_user("dora", "dora@example.com", "x")
        client = signed_in(member)
        together(1)
        at_once(lambda c=client: send_avatar(c, "late"), lambda m=member: leave(m))
        User.objects.filter(username="dora").delete()
        sweep()
        assert stored() == []


# --- the transaction is committed, and something goes wrong before anybody here knows


@pytest.fixture
def old(alice):
    alice.profile.avatar = ContentFile(b"old", name="a.webp")
    alice.profile.save()
    return alice.profile.avatar.name


def replace(alice):
    profile = Profile.objects.get(user=alice)
    profile.avatar = ContentFile(b"new", name="a.webp")
    profile.save()


def named_and_stored(alice):
    """End the request; return the key in the row, and whether its file is there."""
    request_finished.send(sender=None)
    key = Profile.objects.get(user=alice).avatar.name
    return key, storages["public"].exists(key)


def lose_answers(monkeypatch, arriving):
    """Let the connection break at each COMMIT: before the answer, or before it has arrived."""
    commit = connection._commit

    def lost():
        if arriving:
            commit()
        connection.connection.close()
        raise OperationalError("server closed the connection unexpectedly")

    connection.ensure_connection()
    monkeypatch.setattr(connection._connections[connection._alias], "_commit", lost)


@pytest.fixture
def answer_lost(monkeypatch):
    lose_answers(monkeypatch, arriving=True)
    yield
    connection.close()


def test_a_file_stays_when_the_answer_to_its_commit_is_lost(alice, old, answer_lost, monkeypatch):
    with pytest.raises(OperationalError):
        replace(alice)
    monkeypatch.undo()
    key, is_stored = named_and_stored(alice)
    assert key != old
    assert is_stored


def test_a_file_stays_when_the_answer_to_a_larger_commit_is_lost(
    alice, old, answer_lost, monkeypatch
):
    """As in the admin, whose views are one transaction each."""
    with pytest.raises(OperationalError), transaction.atomic():
        replace(alice)
    monkeypatch.undo()
    key, is_stored = named_and_stored(alice)
    assert key != old
    assert is_stored


@pytest.mark.parametrize("larger", [False, True])
def test_a_file_stays_for_the_sweeper_when_the_commit_may_be_still_on_its_way(
    alice, old, monkeypatch, stored, settings, larger
):
    """A server may carry out a COMMIT after its client has gone: the row, asked too early, does
    not say so yet."""
    (settings.MEDIA_DIR / "private").mkdir(exist_ok=True)
    with monkeypatch.context() as patched:
        lose_answers(patched, arriving=False)
        with pytest.raises(OperationalError), transaction.atomic() if larger else nullcontext():
            replace(alice)
    assert named_and_stored(alice) == (old, True)
    assert len(stored()) == 2
    sweep()
    assert stored() == [f"public/{old}"]


def test_a_file_stays_when_somebody_elses_work_after_the_commit_fails(alice, old):
    """An exception in one on_commit() keeps Django from running the later ones, ours too."""

    def fail():
        raise RuntimeError("no mail server")

    def save_and_announce():
        with transaction.atomic():
            transaction.on_commit(fail)
            replace(alice)

    with pytest.raises(RuntimeError):
        save_and_announce()
    key, is_stored = named_and_stored(alice)
    assert key != old
    assert is_stored


def test_a_file_stays_when_the_deletion_of_the_old_one_is_interrupted(alice, old, monkeypatch):
    delete = storages["public"].delete

    def interrupted_once(name):
        monkeypatch.setattr(storages["public"], "delete", delete)
        raise KeyboardInterrupt

    monkeypatch.setattr(storages["public"], "delete", interrupted_once)
    with pytest.raises(KeyboardInterrupt):
        replace(alice)
    key, is_stored = named_and_stored(alice)
    assert key != old
    assert is_stored
