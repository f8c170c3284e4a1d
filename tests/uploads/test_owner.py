"""Files and rows in step: nothing is lost when something fails, and nothing is left."""

import threading

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.signals import request_finished
from django.db import DatabaseError, connection, transaction

from accounts.models import Profile
from documents.models import Document
from uploads.fields import PictureFile
from uploads.storages import StorageUnavailable
from uploads.validators import validate_picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def picture(upload):
    return PictureFile(validate_picture(upload("honest/phone.jpg")))


def avatar():
    return ContentFile(b"webp", name="avatar.webp")


def test_a_save_that_fails_leaves_no_file(alice, stored):
    document = Document(owner=alice, name="x" * 10, kind="pdf", size=None)
    document.file = ContentFile(b"%PDF-", name="x.pdf")
    with pytest.raises(DatabaseError), transaction.atomic():
        document.save()
    assert stored() == []


def test_a_save_that_fails_leaves_none_of_a_pictures_renditions(hang, picture, stored):
    with pytest.raises(DatabaseError), transaction.atomic():
        hang("Etude", picture, year=None)
    assert stored() == []


def test_a_replacement_that_fails_keeps_the_old_file(alice, stored):
    profile = alice.profile
    profile.avatar = avatar()
    profile.save()
    before = stored()
    profile.avatar = avatar()
    profile.bio = None  # NOT NULL: the row is refused after the file has been stored
    with pytest.raises(DatabaseError), transaction.atomic():
        profile.save()
    assert stored() == before


@pytest.mark.parametrize("only", [None, ["display_name"]])
def test_an_instance_loaded_before_a_replacement_does_not_undo_it(
    alice, stored, django_capture_on_commit_callbacks, only
):
    with django_capture_on_commit_callbacks(execute=True):
        alice.profile.avatar = avatar()
        alice.profile.save()
        stale = Profile.objects.get()
        fresh = Profile.objects.get()
        fresh.avatar = avatar()
        fresh.save()
    with django_capture_on_commit_callbacks(execute=True):
        stale.display_name = "Alice"
        stale.save(update_fields=only)
    row = Profile.objects.get()
    assert (row.display_name, row.avatar.name) == ("Alice", fresh.avatar.name)
    assert stored() == [f"public/{fresh.avatar.name}"]


def test_a_deferred_file_is_neither_fetched_nor_lost(
    alice, stored, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        alice.profile.avatar = avatar()
        alice.profile.save()
        light = Profile.objects.only("bio").get()
        light.bio = "Draws."
        light.save()
    assert stored() == [f"public/{Profile.objects.get().avatar.name}"]


@pytest.mark.django_db(transaction=True)
def test_what_a_rolled_back_transaction_stored_is_gone_when_the_request_is_over(alice, stored):
    profile = alice.profile
    profile.avatar = avatar()
    profile.save()
    old = stored()

    def fail_after_saving():
        with transaction.atomic():
            profile.avatar = avatar()
            profile.save()
            raise RuntimeError("later in the same request")

    with pytest.raises(RuntimeError):
        fail_after_saving()
    assert len(stored()) == 2
    request_finished.send(sender=None)
    assert stored() == old


@pytest.mark.django_db(transaction=True)
def test_what_was_committed_stays_when_the_request_is_over(alice, stored):
    with transaction.atomic():
        alice.profile.avatar = avatar()
        alice.profile.save()
    request_finished.send(sender=None)
    assert len(stored()) == 1


def test_a_rolled_back_replacement_keeps_the_old_file(
    alice, stored, django_capture_on_commit_callbacks
):
    profile = alice.profile
    profile.avatar = avatar()
    profile.save()
    [old] = stored()

    def fail_after_saving():
        with transaction.atomic():
            profile.avatar = avatar()
            profile.save()
            raise RuntimeError("later in the same request")

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError):
        fail_after_saving()
    assert old in stored()
    assert f"public/{Profile.objects.get().avatar.name}" == old


def test_replacing_a_picture_removes_every_old_rendition(
    hang, upload, stored, django_capture_on_commit_callbacks
):
    shown = hang("Etude", PictureFile(validate_picture(upload("honest/phone.jpg"))))
    old = set(stored())
    with django_capture_on_commit_callbacks(execute=True):
        shown.picture = PictureFile(validate_picture(upload("honest/phone.jpg")))
        shown.save()
    assert not old & set(stored())
    assert len(stored()) == len(old)


def test_deleting_a_row_removes_its_files_on_commit(
    hang, picture, stored, django_capture_on_commit_callbacks
):
    shown = hang("Etude", picture)
    with django_capture_on_commit_callbacks() as callbacks:
        shown.delete()
    assert stored() != []
    for callback in callbacks:
        callback()
    assert stored() == []


def test_a_save_without_a_new_file_deletes_nothing(
    alice, stored, django_capture_on_commit_callbacks
):
    profile = alice.profile
    profile.avatar = avatar()
    profile.save()
    with django_capture_on_commit_callbacks(execute=True):
        profile.bio = "Draws."
        profile.save()
        profile.save(update_fields=["bio"])
    assert len(stored()) == 1


def test_a_storage_that_does_not_delete_is_logged_and_fails_nobody(
    alice, caplog, monkeypatch, django_capture_on_commit_callbacks
):
    profile = alice.profile
    profile.avatar = avatar()
    profile.save()

    def refuse(name):
        raise OSError("the bucket is away")

    monkeypatch.setattr(storages["public"], "delete", refuse)
    name = profile.avatar.name
    with django_capture_on_commit_callbacks(execute=True):
        profile.avatar = ""
        profile.save()
    assert f"Could not delete {name}" in caplog.text


def test_a_bucket_that_is_away_is_asked_once_for_all_renditions_and_each_key_is_logged(
    hang, picture, caplog, monkeypatch, stored, django_capture_on_commit_callbacks
):
    shown = hang("Etude", picture)
    keys = stored()
    asked = []

    def refuse(name):
        asked.append(name)
        raise StorageUnavailable("the bucket is away")

    monkeypatch.setattr(storages["public"], "delete", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        shown.delete()
    assert len(asked) == 1
    assert len(keys) > 1
    assert all(key.removeprefix("public/") in caplog.text for key in keys)


@pytest.mark.django_db(transaction=True)
def test_of_two_replacements_at_once_one_file_remains(alice, stored):
    profile = alice.profile
    profile.avatar = avatar()
    profile.save()
    copies = [Profile.objects.get(pk=profile.pk) for _ in range(2)]

    def replace(mine):
        try:
            mine.avatar = avatar()
            mine.save()
        finally:
            connection.close()

    threads = [threading.Thread(target=replace, args=[mine]) for mine in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored() == [f"public/{Profile.objects.get(pk=profile.pk).avatar.name}"]
