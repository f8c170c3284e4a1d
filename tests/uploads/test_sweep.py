"""`manage.py sweep_uploads`: what goes, what stays, and what it tells."""

import io
import json
import os
import signal
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from accounts.models import Profile
from catalog.models import Print
from config import progress
from documents.models import Document
from tests.servers.child import free_port
from tests.uploads.test_killed import FIELDS, picture
from tests.uploads.test_outages import bucket_at
from tests.uploads.test_storages import options
from uploads import sweeping
from uploads.fields import PictureFile
from uploads.storages import (
    PrivateBucket,
    PrivateFiles,
    PublicBucket,
    PublicFiles,
    StorageUnavailable,
    private_storage,
    public_storage,
)
from uploads.sweeping import Sweep

pytestmark = pytest.mark.django_db
DAY = 24 * 3600
NOW = ("--older-than=0", "--site-is-stopped")  # nothing in a bucket can be made to look old


def sweep(*arguments, err=None):
    out = io.StringIO()
    call_command("sweep_uploads", *arguments, stdout=out, stderr=err or io.StringIO())
    return out.getvalue()


def facts(*arguments):
    """Return the report as JSON, with each storage's numbers under its name."""
    report = json.loads(sweep("--json", *arguments))
    return report | {place["storage"]: place for place in report["storages"]}


def age(path, seconds=DAY + 60):
    then = time.time() - seconds
    os.utime(path, (then, then), follow_symlinks=False)
    return path


@pytest.fixture
def media(settings):
    for folder in ("private", "public"):
        (settings.MEDIA_DIR / folder).mkdir(parents=True, exist_ok=True)
    return settings.MEDIA_DIR


@pytest.fixture
def put(media):
    """Return a function that puts a file of some age under the media folder."""

    def make(name, seconds=DAY + 60, content=b"12345"):
        path = media / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return age(path, seconds)

    return make


def orphan(kind="private"):
    names = {"private": f"documents/2026/11/{uuid4()}.pdf", "public": f"avatars/{uuid4()}.webp"}
    return f"{kind}/{names[kind]}"


@pytest.fixture
def owned(alice, bob, alices_document, hang, stored, media):
    """A document, an avatar and a picture of six renditions, all of them old."""
    alice.profile.avatar = ContentFile(b"webp", name="a.webp")
    alice.profile.save()
    hang("Etude", PictureFile(picture("six")))
    for name in stored():
        age(media / name)
    return stored()


# --- what goes and what stays


def test_a_dry_run_shows_what_would_go_and_deletes_nothing(owned, put, stored):
    name = orphan()
    put(name)
    before = stored()
    said = sweep()
    assert name.removeprefix("private/") in said
    assert "Nothing was changed" in said
    assert stored() == before


def test_only_what_is_unreferenced_and_older_than_a_day_is_deleted(owned, put, stored):
    young = orphan()
    put(young, seconds=DAY - 60)
    for kind in ("private", "public"):
        put(orphan(kind))
    report = facts("--delete")
    assert stored() == sorted([*owned, young])
    assert (report["default"]["deleted"], report["default"]["deleted_bytes"]) == (1, 5)
    assert report["default"]["unreferenced_young"] == 1
    assert report["public"]["deleted"] == 1
    assert facts("--delete")["default"]["unreferenced_old"] == 0


def test_each_storage_is_listed_once_though_two_models_share_one(owned):
    report = facts()
    assert [place["storage"] for place in report["storages"]] == ["public", "default"]
    assert (report["public"]["files"], report["public"]["referenced"]) == (7, 7)
    assert (report["default"]["files"], report["default"]["referenced"]) == (1, 1)


def test_a_picture_keeps_its_renditions_even_if_its_row_forgot_their_widths(owned, stored):
    Print.objects.update(picture_width=None)
    out = io.StringIO()
    with pytest.raises(CommandError, match="rows name are gone"):
        call_command("sweep_uploads", "--delete", *NOW, "--json", stdout=out)
    assert stored() == owned
    assert {p["unreferenced_old"] for p in json.loads(out.getvalue())["storages"]} == {0}


def test_a_row_may_spell_a_key_in_another_way(owned, stored):
    document = Document.objects.get()
    Document.objects.update(file=f"./{document.file.name}")
    sweep("--delete")
    assert stored() == owned


def test_what_the_site_did_not_make_is_left_alone(owned, put, stored):
    others = ["private/.DS_Store", "private/documents/README.txt", "public/backup.tar.gz"]
    for name in others:
        put(name)
    report = facts("--delete")
    assert stored() == sorted([*owned, *others])
    assert (report["default"]["not_ours"], report["public"]["not_ours"]) == (2, 1)


def test_what_nobody_judged_within_a_day_goes_whatever_it_is(owned, put, stored):
    put("private/quarantine/one")
    put("private/quarantine/two", seconds=60)
    sweep("--delete")
    assert stored() == sorted([*owned, "private/quarantine/two"])


def test_links_are_not_followed(owned, put, stored, media, tmp_path):
    (tmp_path / "elsewhere.pdf").write_bytes(b"not ours")
    age(tmp_path / "elsewhere.pdf")
    (media / "private" / "link").symlink_to(tmp_path)
    assert facts("--delete")["default"]["not_ours"] == 1
    assert (tmp_path / "elsewhere.pdf").exists()


def test_a_file_whose_name_is_no_text_is_neither_an_error_nor_printed_raw(owned, put, stored):
    put(os.fsdecode(b"private/\xff\x1b[31m.pdf"))
    before = stored()
    said = sweep("--list")
    assert "\x1b" not in said
    assert "\\udcff\\x1b[31m.pdf" in said
    assert facts("--list", "--delete")["not_ours"][0]["key"] == "\udcff\x1b[31m.pdf"
    assert stored() == before


def test_a_pictures_folder_goes_with_its_last_rendition(
    owned, media, django_capture_on_commit_callbacks
):
    folder = (media / "public" / Print.objects.get().picture.name).parent
    with django_capture_on_commit_callbacks(execute=True):
        Print.objects.get().delete()
    assert not folder.exists()
    assert folder.parent.exists()  # of a month; somebody may be about to put a file there


def test_a_folder_that_a_killed_process_left_goes_once_it_is_old(owned, media):
    months = media / "public" / "prints" / "2020"
    old, young = months / "01" / str(uuid4()), months / "02" / str(uuid4())
    for folder in (old, young):
        folder.mkdir(parents=True)
    age(old)
    sweep("--delete")
    assert not old.exists()
    assert young.exists()
    age(old.parent)
    sweep("--delete")
    assert old.parent.exists()


def test_a_media_folder_that_is_called_like_a_picture_is_not_taken_for_one(tmp_path):
    location = tmp_path / str(uuid4())
    location.mkdir()
    storage = PublicFiles(location=location, base_url="/media/")
    assert list(storage.listing()) == []
    storage.delete(storage.save("one.webp", ContentFile(b"x")))
    assert location.is_dir()


# --- rows without their file


def test_rows_that_have_lost_their_file_are_named_and_the_status_says_so(owned, media):
    document, shown = Document.objects.get(), Print.objects.get()
    (media / "private" / document.file.name).unlink()
    lost = shown.picture.name.replace("1280.webp", "640.avif")
    (media / "public" / lost).unlink()
    out = io.StringIO()
    with pytest.raises(CommandError, match="2 files that rows name are gone") as caught:
        call_command("sweep_uploads", "--json", stdout=out)
    assert caught.value.returncode == 1
    report = json.loads(out.getvalue())
    assert report["lost"] == 2
    assert report["rows_without_file"] == [
        {
            "model": "catalog.Print",
            "pk": str(shown.pk),
            "field": "picture",
            "storage": "public",
            "key": lost,
        },
        {
            "model": "documents.Document",
            "pk": str(document.pk),
            "field": "file",
            "storage": "default",
            "key": document.file.name,
        },
    ]
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("sweep_uploads", "--delete", stdout=out)
    assert f"documents.Document {document.pk}, file: {document.file.name}" in out.getvalue()
    assert Document.objects.exists()


def test_a_file_that_the_listing_missed_is_not_called_lost(owned, monkeypatch):
    """Some file systems skip an entry while others are deleted; S3 once took seconds to list."""
    monkeypatch.setattr(PrivateFiles, "listing", lambda self: iter(()))
    assert facts()["lost"] == 0


def test_a_row_deleted_meanwhile_is_not_called_lost(owned, monkeypatch, media):
    """Read, then gone with its file before the storage is listed."""
    listing = PrivateFiles.listing

    def meanwhile(self):
        Document.objects.all()._raw_delete("default")
        for name in owned:
            if name.startswith("private/"):
                (media / name).unlink()
        return listing(self)

    monkeypatch.setattr(PrivateFiles, "listing", meanwhile)
    assert facts()["lost"] == 0


def test_a_row_that_lets_go_while_the_storage_is_asked_is_not_called_lost(
    owned, monkeypatch, media
):
    (media / "private" / Document.objects.get().file.name).unlink()

    def meanwhile(self, name):
        Document.objects.update(file="")
        return False

    monkeypatch.setattr(PrivateFiles, "exists", meanwhile)
    assert facts()["lost"] == 0


# --- races


def watched(items, what, total=None):
    return iter(items)


def test_a_key_that_has_a_row_after_all_is_not_deleted(owned, put, stored):
    document, picture_ = orphan(), f"public/prints/2026/11/{uuid4()}/320.avif"
    put(document)
    put(picture_)
    found = Sweep(watched, hours=24)
    found.look()
    assert sum(place.old for place in found.places) == 2
    Document.objects.update(file=document.removeprefix("private/"))
    Print.objects.update(picture=picture_.removeprefix("public/").replace("320.avif", "640.webp"))
    found.act()
    found.close()
    assert {document, picture_} <= set(stored())


@pytest.mark.parametrize("skew", [-3, 3])
def test_of_two_clocks_the_one_counts_that_says_less_time_has_passed(
    owned, put, stored, monkeypatch, skew
):
    name = orphan()
    hours = {-3: 25, 3: 23}[skew]  # by the storage's clock: 22 and 26
    put(name, seconds=hours * 3600)
    wrong = datetime.now(UTC) + timedelta(hours=skew)
    monkeypatch.setattr(PrivateFiles, "now", lambda self: wrong)
    sweep("--delete")
    assert name in stored()


def test_an_upload_under_way_is_safe_unless_the_site_is_stopped(owned, put, stored):
    name = orphan()
    put(name, seconds=60)
    with pytest.raises(CommandError, match="--site-is-stopped"):
        sweep("--delete", "--older-than=0.5")
    assert name in stored()
    sweep("--older-than=0.5")
    sweep("--delete", "--older-than=0.01", "--site-is-stopped")
    assert stored() == owned


@pytest.mark.parametrize("hours", ["-1", "nan", "inf"])
def test_an_age_that_is_none_is_refused(hours):
    with pytest.raises(CommandError, match="number of hours"):
        sweep(f"--older-than={hours}")


# --- the wrong database, the wrong storage


def test_a_database_without_any_member_deletes_nothing(put, stored):
    put(orphan())
    before = stored()
    with pytest.raises(CommandError, match="no member and names no file"):
        sweep("--delete")
    assert stored() == before
    sweep("--delete", "--even-most")
    assert stored() == []


def test_most_of_a_storage_is_not_deleted_unasked(owned, put, stored, monkeypatch):
    monkeypatch.setattr(sweeping, "FEW", 2)
    for _ in range(3):
        put(orphan())
    before = stored()
    with pytest.raises(CommandError, match="default: rows name 1 of 4 files; 3 would be deleted"):
        sweep("--delete")
    assert stored() == before
    sweep("--delete", "--even-most")
    assert stored() == owned


def test_nothing_is_deleted_when_most_rows_have_lost_their_files(
    owned, put, stored, monkeypatch, media
):
    monkeypatch.setattr(sweeping, "FEW", 2)
    for name in owned[2:]:
        (media / name).unlink()
    put(orphan())
    before = stored()
    with pytest.raises(CommandError, match="6 of the 8 files that rows name are not there"):
        sweep("--delete")
    assert stored() == before


def test_a_table_that_is_missing_is_an_error_with_its_remedy(owned, put, stored, monkeypatch):
    put(orphan())
    before = stored()

    def missing(execute, *arguments):
        if "documents_document" in arguments[0]:
            raise OperationalError("no such table: documents_document")
        return execute(*arguments)

    with connection.execute_wrapper(missing), pytest.raises(CommandError, match="migrate"):
        sweep("--delete")
    assert stored() == before


def test_a_volume_that_is_not_mounted_is_an_error_with_its_remedy(owned, media):
    (media / "private").rename(media / "elsewhere")
    with pytest.raises(CommandError, match="Mount its volume, mend MEDIA_DIR"):
        sweep("--delete")


def test_a_folder_that_cannot_be_read_is_an_error_and_not_an_empty_one(owned, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("uploads.storages.os.scandir", refuse)
    with pytest.raises(CommandError, match="Permission denied"):
        sweep("--delete")


def test_two_storages_one_inside_the_other_are_refused(owned, media, monkeypatch, stored):
    inside = PrivateFiles(location=media / "public" / "private")
    monkeypatch.setattr(Document._meta.get_field("file"), "storage", inside)
    with pytest.raises(CommandError, match="side by side"):
        sweep("--delete", *NOW)
    assert stored() == owned


def test_a_storage_that_cannot_list_is_refused_by_name(owned, monkeypatch):
    monkeypatch.setattr(Document._meta.get_field("file"), "storage", object())
    with pytest.raises(CommandError, match="object cannot list"):
        sweep()


def test_no_room_for_the_comparison_is_an_error_with_its_remedy(owned, monkeypatch):
    def full(*arguments):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sweeping.Ledger, "name", full)
    with pytest.raises(CommandError, match="TMPDIR"):
        sweep()


# --- what does not go well


def test_what_cannot_be_deleted_is_told_and_the_rest_goes_on(owned, put, stored, monkeypatch):
    names = sorted(orphan() for _ in range(3))
    for name in names:
        put(name)
    delete = PrivateFiles.delete

    def refuse_one(self, key):
        if names[1].endswith(key):
            raise PermissionError(13, "Permission denied", key)
        delete(self, key)

    monkeypatch.setattr(PrivateFiles, "delete", refuse_one)
    out = io.StringIO()
    with pytest.raises(CommandError, match="could not delete") as caught:
        call_command("sweep_uploads", "--delete", stdout=out)
    assert caught.value.returncode == 1
    assert "2 deleted" in out.getvalue()
    assert stored() == sorted([*owned, names[1]])


def test_a_storage_that_goes_away_is_left_alone_after_that(owned, put, monkeypatch):
    for _ in range(3):
        put(orphan())
    asked = []

    def away(self, key):
        asked.append(key)
        raise StorageUnavailable("the bucket is away")

    monkeypatch.setattr(PrivateFiles, "delete", away)
    with pytest.raises(CommandError, match="left alone after that"):
        sweep("--delete")
    assert len(asked) == 1


def test_a_storage_that_refuses_every_time_is_left_alone_after_a_while(owned, put, monkeypatch):
    monkeypatch.setattr(sweeping, "FAILURES", 2)
    for _ in range(5):
        put(orphan())
    asked = []

    def refuse(self, key):
        asked.append(key)
        raise PermissionError(13, "Permission denied", key)

    monkeypatch.setattr(PrivateFiles, "delete", refuse)
    with pytest.raises(CommandError, match="left alone after that"):
        sweep("--delete")
    assert len(asked) == 2


def test_what_others_let_expire_goes_too(owned, monkeypatch):
    asked = []
    monkeypatch.setattr(Print, "delete_expired", lambda: asked.append(1) or 3, raising=False)
    assert "catalog.Print" not in facts()["expired"]
    assert asked == []
    assert facts("--delete")["expired"]["catalog.Print"] == 3


# --- progress, and an end before the end


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_stops_between_two_files_says_how_far_it_came_and_goes_on_next_time(
    owned, put, stored, monkeypatch, number, status
):
    for _ in range(3):
        put(orphan())
    delete = PrivateFiles.delete

    def interrupted(self, key):
        os.kill(os.getpid(), number)
        delete(self, key)

    before = signal.getsignal(number)
    with monkeypatch.context() as patched:
        patched.setattr(PrivateFiles, "delete", interrupted)
        out, err = io.StringIO(), io.StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command("sweep_uploads", "--delete", "--json", stdout=out, stderr=err)
    assert ended.value.code == status
    assert "Run it again to go on" in err.getvalue()
    report = json.loads(out.getvalue())
    assert report["stopped"]
    assert sum(place["deleted"] for place in report["storages"]) == 1
    assert len(stored()) == len(owned) + 2
    assert signal.getsignal(number) is before
    sweep("--delete")
    assert stored() == owned


def test_stopped_while_it_looks_it_deletes_nothing(owned, put, stored, monkeypatch):
    put(orphan())
    before = stored()
    listing = PublicFiles.listing

    def interrupted(self):
        os.kill(os.getpid(), signal.SIGINT)
        return listing(self)

    monkeypatch.setattr(PublicFiles, "listing", interrupted)
    with pytest.raises(SystemExit):
        sweep("--delete")
    assert stored() == before


def test_a_second_ctrl_c_does_not_wait(owned, monkeypatch):
    def twice(self):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(PublicFiles, "ping", twice)
    with pytest.raises(KeyboardInterrupt):
        sweep()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_a_bar_and_then_nothing_of_it(owned, put, monkeypatch):
    monkeypatch.setattr(progress, "BAR_SECONDS", 0)
    put(orphan())
    screen = Terminal()
    sweep("--delete", err=screen)
    assert "Rows of documents.Document [##############################] 100% 1 of 1" in (
        screen.getvalue()
    )
    assert "Files in default: 1" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_a_log_gets_a_line_now_and_then_and_none_at_once(owned, put, monkeypatch):
    log = io.StringIO()
    sweep(err=log)
    assert log.getvalue() == ""
    monkeypatch.setattr(progress, "LINE_SECONDS", 0)
    for _ in range(70):
        put(orphan())
    sweep(err=log)
    assert "Files in default: 64\n" in log.getvalue()
    assert "\r" not in log.getvalue()


def test_ten_keys_are_shown_and_all_of_them_if_asked(owned, put):
    for _ in range(12):
        put(orphan())
    assert sweep().count("documents/2026/11/") == 10
    assert "… and 2 more; --list shows all" in sweep()
    assert sweep("--list").count("documents/2026/11/") == 12
    assert len(facts("--list")["unreferenced"]) == 12
    assert "unreferenced" not in facts()


def test_rows_are_read_in_pages(owned, alice, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(sweeping, "PAGE", 3)
    Document.objects.bulk_create(
        Document(owner=alice, name="x", kind="pdf", size=1, file=f"documents/{n}.pdf")
        for n in range(10)
    )
    for n in range(10):
        private_storage().save(f"documents/{n}.pdf", ContentFile(b"x"))
    report = facts("--delete", *NOW)
    assert report["default"]["referenced"] == 11
    assert report["lost"] == 0


# --- buckets


class Buckets:
    def __init__(self, s3, monkeypatch, **more):
        self.s3, self.client, self.more = s3, s3.client, more
        self.private = PrivateBucket(
            **options(s3, bucket_name=s3.private_bucket, querystring_expire=60, **more)
        )
        self.public = PublicBucket(
            **options(s3, bucket_name=s3.public_bucket, public_url=s3.public_url, **more)
        )
        for model, name in FIELDS:
            storage = self.private if model is Document else self.public
            monkeypatch.setattr(model._meta.get_field(name), "storage", storage)

    def put(self, key):
        self.client.put_object(Bucket=self.s3.private_bucket, Key=key, Body=b"12345")

    def keys(self):
        return self.s3.keys(self.s3.private_bucket)


@pytest.fixture
def in_buckets(s3, monkeypatch):
    yield lambda **more: Buckets(s3, monkeypatch, **more)
    for bucket, keys in s3.everything().items():
        for key in keys:
            s3.client.delete_object(Bucket=bucket, Key=key)


def document_of(owner):
    document = Document(owner=owner, name="x", kind="pdf", size=1)
    document.file.save("x.pdf", ContentFile(b"%PDF-"), save=False)
    document.save()
    return document.file.name


def test_in_a_bucket_too_what_no_row_names_goes_and_every_page_is_read(in_buckets, alice):
    site = in_buckets()
    events = site.private.connection.meta.client.meta.events

    def two_at_a_time(params, **_):
        params["MaxKeys"] = 2

    events.register("provide-client-params.s3.ListObjectsV2", two_at_a_time)
    kept = document_of(alice)
    orphans = [orphan().removeprefix("private/") for _ in range(4)]
    for key in (*orphans, "quarantine/one", "vitrine-probe-1", "notes.txt"):
        site.put(key)
    assert facts("--delete")["storages"][1]["unreferenced_young"] == 6
    report = facts("--delete", *NOW)["storages"][1]
    assert (report["files"], report["referenced"], report["deleted"]) == (8, 1, 6)
    assert site.keys() == sorted([kept, "notes.txt"])


def test_two_sites_share_a_bucket_and_see_only_their_own(in_buckets, alice):
    site = in_buckets(location="one")
    kept = document_of(alice)
    site.put(f"one/{orphan().removeprefix('private/')}")
    others = ["documents/x.pdf", "one-two/documents/x.pdf", "two/documents/x.pdf"]
    for key in others:
        site.put(key)
    sweep("--delete", *NOW)
    assert site.keys() == sorted([f"one/{kept}", *others])


def test_a_key_that_is_rewritten_on_its_way_takes_no_other_with_it(in_buckets, alice):
    """`documents//x.pdf` and `documents/x.pdf` are two objects, and one to django-storages."""
    site = in_buckets()
    kept = document_of(alice)
    twins = [kept.replace("/", "//", 1), "documents/./x.pdf", "../x.pdf", "documents/"]
    for key in twins:
        site.put(key)
    report = facts("--delete", *NOW)["storages"][1]
    assert (report["not_ours"], report["deleted"]) == (3, 0)
    assert site.keys() == sorted([kept, *twins])


def unfinished(site):
    listed = site.client.list_multipart_uploads(Bucket=site.s3.private_bucket)
    return [upload["Key"] for upload in listed.get("Uploads", [])]


def test_uploads_in_parts_that_nobody_ended_are_ended_once_they_are_old(in_buckets, alice):
    site = in_buckets()
    for key in ("documents/half.pdf", "theirs.tar"):
        begun = site.client.create_multipart_upload(Bucket=site.s3.private_bucket, Key=key)
        part = {"Bucket": site.s3.private_bucket, "Key": key, "UploadId": begun["UploadId"]}
        site.client.upload_part(**part, PartNumber=1, Body=b"x")
    assert facts("--delete")["storages"][1]["unfinished_uploads"] == 0
    report = facts("--delete", *NOW)["storages"][1]
    assert (report["unfinished_uploads"], report["unfinished_uploads_ended"]) == (1, 1)
    assert unfinished(site) == ["theirs.tar"]
    site.client.abort_multipart_upload(**part)


@pytest.mark.parametrize("code", ["NotImplemented", "AccessDenied"])
def test_a_server_that_does_not_list_unfinished_uploads_is_no_failure(
    in_buckets, alice, monkeypatch, code
):
    in_buckets()

    def refuse(self):
        raise ClientError({"Error": {"Code": code}}, "ListMultipartUploads")

    monkeypatch.setattr(PrivateBucket, "unfinished_uploads", refuse)
    assert "Unfinished uploads are not known here" in sweep()
    assert facts("--delete")["storages"][1]["unfinished_uploads"] is None


def test_a_bucket_that_is_away_is_an_error_with_its_remedy(owned, monkeypatch):
    away = bucket_at(f"http://127.0.0.1:{free_port()}")
    monkeypatch.setattr(Document._meta.get_field("file"), "storage", away)
    monkeypatch.setattr(away, "ping", lambda: None)
    with pytest.raises(CommandError, match="Run it again when the bucket answers"):
        sweep()


def test_a_key_that_may_not_list_is_told_which_permission_it_lacks(in_buckets, monkeypatch):
    site = in_buckets()

    def refuse(self):
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "ListObjectsV2")

    monkeypatch.setattr(PublicBucket, "listing", refuse)
    with pytest.raises(CommandError, match="needs s3:ListBucket"):
        sweep()
    assert site.keys() == []


def test_a_bucket_that_does_not_exist_is_named(in_buckets, monkeypatch):
    site = in_buckets()
    monkeypatch.setattr(site.public, "bucket_name", "not-there")
    with pytest.raises(CommandError, match="bucket"):
        sweep()


def test_a_storage_says_its_own_time(in_buckets):
    site = in_buckets()
    assert abs(site.private.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert abs(public_storage().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_every_file_field_of_the_site_is_known(owned):
    known = {(model, field.name) for model, fields in sweeping.owners() for field in fields}
    assert known == {(Document, "file"), (Profile, "avatar"), (Print, "picture")}
