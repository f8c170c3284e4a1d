"""A process killed at any step: a sweep later no file is without a row, and no row ever without
its file; and what the process was doing is done whole or not at all.

Each act runs again and again in a child, killed (SIGKILL) before its first step, its second and so
on, until it runs to its end. A step is a statement or a commit on its way to the database, a call
of a storage, what that does with the disk or the network, and each piece of a file; not what only
reads. Before a step is after the one before it, so no state that another process could see is left
out.
"""

import io
import os
import select
import shutil
import signal
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.forms import modelform_factory
from django.test import Client

from accounts.models import Profile, User
from catalog.models import Category, Print
from documents.models import Document
from tests.uploads.test_storages import options
from uploads.fields import PictureFile
from uploads.images import Picture, Rendition, rendition_widths
from uploads.storages import PrivateBucket, PublicBucket
from uploads.validators import VerifiedDocument

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60  # seconds for one child; it needs a tenth of one
STORAGE_CALLS = ("_save", "delete")
DISK = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.truncate"}
FIELDS = ((Document, "file"), (Profile, "avatar"), (Print, "picture"))


def picture(mark):
    """Return a picture of six renditions whose bytes say which they are; none is ever decoded."""
    return Picture(
        tuple(
            Rendition(width, width, f"image/{kind}", f".{kind}", f"{mark} {width} {kind}".encode())
            for width in rendition_widths(1280)
            for kind in ("avif", "webp")
        ),
        1280,
        1280,
    )


@pytest.fixture(autouse=True)
def looked_at_already(monkeypatch):
    """Files are opened behind the fence and change nothing there: not once more for every step."""
    avatar = Rendition(64, 64, "image/webp", ".webp", b"new avatar")
    facts = VerifiedDocument("pdf", "application/pdf", ".pdf", 8, "New.pdf")
    monkeypatch.setattr("accounts.forms.validate_avatar", lambda *_: avatar)
    monkeypatch.setattr("uploads.forms.validate_document", lambda *_: facts)
    monkeypatch.setattr("uploads.forms.validate_picture", lambda *_: picture("new"))


# --- where files are kept


class OnDisk:
    prints = True

    def __init__(self, media):
        self.media = media

    def empty(self):
        shutil.rmtree(self.media, ignore_errors=True)
        for folder in ("private", "public"):
            (self.media / folder).mkdir(parents=True)

    def watch(self, step):
        """Make what happens to the disk below the media folder a step."""

        def hear(event, arguments):
            if event in DISK and str(arguments[0]).startswith(str(self.media)):
                step(f"{event} {Path(str(arguments[0])).name}")

        sys.addaudithook(hear)  # for ever, which in a child is not long

    def left_over(self):
        return []


class InBuckets:
    """Both buckets of the test's server. Children have clients that were never used here: a
    connection shared by two processes would answer the wrong one."""

    prints = False  # their files take a hundred times as long to store as on disk

    def __init__(self, s3, monkeypatch):
        self.s3, self.client, self.monkeypatch = s3, s3.client, monkeypatch
        self.childrens = self.connected()
        self.keep_in(*self.connected())

    def connected(self):
        private = PrivateBucket(
            **options(self.s3, bucket_name=self.s3.private_bucket, querystring_expire=60)
        )
        public = PublicBucket(
            **options(self.s3, bucket_name=self.s3.public_bucket, public_url=self.s3.public_url)
        )
        for storage in (private, public):
            assert storage.bucket.meta.client  # made now, and connected when it is used
        return private, public

    def keep_in(self, private, public):
        for model, name in FIELDS:
            storage = private if model is Document else public
            self.monkeypatch.setattr(model._meta.get_field(name), "storage", storage)

    def buckets(self):
        return self.s3.private_bucket, self.s3.public_bucket

    def empty(self):
        for bucket in self.buckets():
            for item in self.client.list_objects_v2(Bucket=bucket).get("Contents", []):
                self.client.delete_object(Bucket=bucket, Key=item["Key"])

    def watch(self, step):
        """Make each request that changes something a step."""

        def sending(request, **_):
            if request.method not in ("GET", "HEAD"):
                step(f"send {request.method}")

        self.keep_in(*self.childrens)
        for storage in self.childrens:
            storage.connection.meta.client.meta.events.register("before-send.s3", sending)

    def left_over(self):
        """Return the uploads in parts that were begun and not ended; no listing shows them."""
        return [
            upload["Key"]
            for bucket in self.buckets()
            for upload in self.client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        ]


@pytest.fixture
def on_disk(settings):
    return OnDisk(settings.MEDIA_DIR)


@pytest.fixture
def in_buckets(s3, monkeypatch):
    place = InBuckets(s3, monkeypatch)
    yield place
    place.empty()


# --- what is there before, and what an outsider sees


def begin(place):
    """Start from nothing: alice with an avatar and a document, bob, and perhaps a print."""
    for model in (Print, Category, User):
        model.objects.all().delete()
    place.empty()
    alice, _bob = (User.objects.create(username=name) for name in ("alice", "bob"))
    alice.profile.avatar = ContentFile(b"old avatar", name="avatar.webp")
    alice.profile.save()
    document = Document(owner=alice, name="Old.pdf", kind="pdf", size=8)
    document.file.save("old.pdf", ContentFile(b"old file"), save=False)
    document.save()
    if place.prints:
        shown = Print(title="Etude", artist="A", year=1987)
        shown.category = Category.objects.create(name="Geometry", slug="geometry")
        shown.picture = PictureFile(picture("old"))
        shown.save()


def read(file):
    with file.storage.open(file.name) as stored:
        return stored.read()[:20]


def state():
    """Return all that people can see of the rows and their files, without random keys."""

    def renditions(shown):
        for key in shown.picture.stored_keys():
            with shown.picture.storage.open(key) as stored:
                yield key.rpartition("/")[2], stored.read()

    return {
        "users": sorted(User.objects.values_list("username", flat=True)),
        "documents": sorted((d.name, d.size, read(d.file)) for d in Document.objects.all()),
        "avatars": sorted(read(p.avatar) for p in Profile.objects.exclude(avatar="")),
        "prints": [(p.title, p.picture_width, *renditions(p)) for p in Print.objects.all()],
    }


def keys_of_rows():
    rows = [*Document.objects.all(), *Profile.objects.all(), *Print.objects.all()]
    return sorted((storage.place, key) for row in rows for storage, key in row.stored_files())


def keys_of_storages():
    found = {model._meta.get_field(name).storage for model, name in FIELDS}
    return sorted((storage.place, item.key) for storage in found for item in storage.listing())


# --- the acts


def signed_in():
    client = Client()
    client.force_login(User.objects.get(username="alice"))
    return client


def upload_document(size=8):
    file = SimpleUploadedFile("x.pdf", b"new file".ljust(size), "text/html")
    assert signed_in().post("/documents/", {"file": file}).status_code == 302


def upload_large_document():
    """More than 8 MB: boto3 sends it in parts."""
    upload_document(size=9_000_000)


def replace_avatar():
    sent = {"display_name": "", "avatar": SimpleUploadedFile("a.png", b"sent")}
    assert signed_in().post("/accounts/profile/", sent).status_code == 302


def remove_avatar():
    sent = {"display_name": "", "remove_avatar": "on"}
    assert signed_in().post("/accounts/profile/", sent).status_code == 302


def picture_form(shown):
    sent = SimpleUploadedFile("a.png", b"sent")
    return modelform_factory(Print, fields=["title", "picture"])(
        {"title": "New"}, {"picture": sent}, instance=shown
    )


def hang_print():
    category = Category.objects.get()
    form = picture_form(Print(artist="A", year=1987, category=category))
    assert form.is_valid(), form.errors
    form.save()


def replace_picture():
    form = picture_form(Print.objects.get())
    assert form.is_valid(), form.errors
    form.save()


def delete_document():
    document = Document.objects.get()
    assert signed_in().post(f"/documents/{document.pk}/delete/").status_code == 302


def delete_print():
    Print.objects.get().delete()


def delete_account():
    User.objects.get(username="alice").delete()


# --- killing


def steps_of(place, kill):
    """Count the steps of this process; `kill(what)` is told of each, and returns or does not."""

    def before(owner, name):
        run = getattr(owner, name)

        def watched(*args, **kwargs):
            kill(name.lstrip("_"))
            return run(*args, **kwargs)

        setattr(owner, name, watched)

    def before_statement(execute, sql, params, many, context):
        if not sql.startswith("SELECT"):
            kill(sql.split(None, 1)[0])
        return execute(sql, params, many, context)

    def chunks(self, chunk_size=None):
        for chunk in whole(self, chunk_size):
            kill("a piece")
            yield chunk

    connection.execute_wrappers.append(before_statement)
    for name in ("_commit", "_rollback"):
        before(connection, name)
    place.watch(kill)
    for storage in {model._meta.get_field(name).storage for model, name in FIELDS}:
        for name in STORAGE_CALLS:
            before(storage, name)
    whole = File.chunks
    for kind in (File, ContentFile, SimpleUploadedFile):
        kind.chunks = chunks


def in_child(run):
    """Run something in a forked child; return what it wrote and how it ended."""
    connection.close()
    ours, theirs = os.pipe()
    with warnings.catch_warnings():
        # Threads of the test run stay behind; the child uses nothing of theirs.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(ours)
            run(lambda text: os.write(theirs, f"{text}\n".encode()))
            status = 0
        except BaseException:
            os.write(theirs, traceback.format_exc().encode())
        finally:
            os._exit(status)
    os.close(theirs)
    said, until = b"", time.monotonic() + PATIENCE
    with os.fdopen(ours, "rb", buffering=0) as pipe:
        while select.select([pipe], [], [], max(until - time.monotonic(), 0))[0]:
            if not (part := pipe.read(65536)):
                break
            said += part
        else:
            os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    return said.decode().splitlines(), status


def wait_for_the_database():
    """PostgreSQL notices after a moment that its client has died, and rolls back."""
    until = time.monotonic() + PATIENCE
    while connection.vendor == "postgresql" and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND backend_type = 'client backend'"
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.01)


def killed_at(number, act, place):
    """Run the act in a child killed at this step, 0 for never; return its steps and its status."""

    def run(say):
        count = 0
        lock = threading.Lock()

        def kill(what):
            nonlocal count
            with lock:  # boto3 sends parts in threads
                count += 1
                say(what)
                if count == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        steps_of(place, kill)
        act()
        kill("the end")

    said, status = in_child(run)
    wait_for_the_database()
    return said, status


def sweep():
    call_command(
        "sweep_uploads", "--delete", "--older-than=0", "--site-is-stopped", stdout=io.StringIO()
    )


def survives(act, place):
    """Kill the act at each of its steps; return the steps it has."""
    begin(place)
    old = state()
    steps, status = killed_at(0, act, place)
    assert status == 0, "\n".join(steps)
    new = state()
    assert new != old
    assert keys_of_storages() == keys_of_rows()
    number, seen = 0, []
    while True:
        number += 1
        begin(place)
        said, status = killed_at(number, act, place)
        at = f"killed at step {number}, before {said[-1]}"
        if status == 0:
            assert number > len(steps)
            break
        assert os.WIFSIGNALED(status), "\n".join(said)
        assert os.WTERMSIG(status) == signal.SIGKILL, at
        lost = set(keys_of_rows()) - set(keys_of_storages())
        assert not lost, f"{at}: a row without its file"
        sweep()
        assert keys_of_storages() == keys_of_rows(), at
        assert place.left_over() == [], at
        outcome = state()
        assert outcome in (old, new), at
        seen.append(outcome)
    assert old in seen
    assert new in seen
    return steps


ACTS = [
    upload_document,
    replace_avatar,
    remove_avatar,
    hang_print,
    replace_picture,
    delete_document,
    delete_print,
    delete_account,
]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_an_act_killed_at_any_step_leaves_nothing_on_disk_and_loses_nothing(act, on_disk):
    steps = survives(act, on_disk)
    assert "commit" in steps
    assert any(step.startswith(("open ", "os.remove ")) for step in steps)


@pytest.mark.parametrize(
    "act", [upload_large_document, replace_avatar], ids=lambda act: act.__name__
)
def test_an_act_killed_at_any_step_leaves_nothing_in_a_bucket_and_loses_nothing(act, in_buckets):
    steps = survives(act, in_buckets)
    assert "commit" in steps
    assert "send PUT" in steps
