"""Files and rows in step: nothing is lost when something fails, and nothing is left."""

import threading

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import DatabaseError, connection, transaction

from accounts.models import Profile
from documents.models import Document
from uploads.fields import PictureFile
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


def test_a_replacement_that_fails_keeps_the_old_file(alice, stored, monkeypatch):
    profile = alice.profile
    profile.avatar = avatar()
    profile.save()
    before = stored()
    profile.avatar = avatar()
    profile.display_name = "x" * 100
    monkeypatch.setattr(
        "django.db.models.base.Model._save_table",
        lambda *args, **kwargs: (_ for _ in ()).throw(DatabaseError("disk full")),
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        _with_files(profile).save()
    assert stored() == before


def _with_files(profile):
    # pre_save, which stores the file, runs inside _save_table: do it by hand before it fails.
    profile.avatar.save("avatar.webp", profile.avatar.file, save=False)
    profile.avatar._committed = True
    file = profile.avatar
    profile._unsaved_files = lambda: [file]
    return profile


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
