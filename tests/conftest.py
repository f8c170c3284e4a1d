"""Personas and a clean storage for every test.

alice and bob are members; charlie is signed in too and must never get at what is alice's; stella
is staff.
"""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from accounts.models import User
from catalog.models import Category, Print
from documents.forms import UploadForm
from tests.servers.s3 import s3_server
from tests.servers.stack import Stack, running_stack
from uploads.models import uncommitted

FILES = Path(__file__).parent / "files"
PORTS = (("http_port", 8080), ("s3_port", 9000))


def pytest_addoption(parser):
    parser.addoption(
        "--stack",
        action="store_true",
        help="run tests/stack and the browser's journeys on the compose stack (./dev stack-test)",
    )


@pytest.fixture(scope="session")
def stack():
    """The stack of compose.yaml, brought up from nothing under a name of its own."""
    ports = {name: int(os.environ.get(name.upper()) or port) for name, port in PORTS}
    with running_stack(Stack("vitrine-test", **ports)) as running:
        yield running


@pytest.fixture(scope="session")
def s3():
    """A real S3 server with empty buckets."""
    with s3_server() as server:
        yield server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Keep the SQLite test database in a file: in memory, threads lock each other out at once
    instead of waiting, which no real site does."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = f"{settings.MEDIA_DIR}.sqlite3"


@pytest.fixture(autouse=True)
def empty_storage():
    """Give every test an empty media folder."""
    yield
    uncommitted.files.clear()  # what a test stored in the transaction that is rolled back with it
    shutil.rmtree(settings.MEDIA_DIR, ignore_errors=True)


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hash passwords once instead of a million times: no test is about the hash."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class Browser(Client):
    """Django's client, reading every answer to its end as a browser does: the file behind a
    streamed response is closed by that."""

    def request(self, **environ):
        response = super().request(**environ)
        if response.streaming:
            response.streaming_content = [b"".join(response.streaming_content)]
        return response


@pytest.fixture
def client():
    return Browser()


@pytest.fixture
def password():
    return "correct horse battery staple"


def make_user(username, password, **kwargs):
    return User.objects.create_user(username, f"{username}@example.com", password, **kwargs)


@pytest.fixture
def alice(db, password):
    return make_user("alice", password)


@pytest.fixture
def bob(db, password):
    return make_user("bob", password)


@pytest.fixture
def charlie(db, password):
    return make_user("charlie", password)


@pytest.fixture
def stella(db, password):
    return make_user("stella", password, is_staff=True, is_superuser=True)


@pytest.fixture
def stored():
    """Return a function that lists every file in the media folder."""

    def listing():
        root = settings.MEDIA_DIR
        return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())

    return listing


@pytest.fixture
def upload():
    """Return a function that reads tests/files/<name> as a browser would send it."""

    def read(name, sent_as=None, content_type="application/octet-stream"):
        return SimpleUploadedFile(
            sent_as or Path(name).name, (FILES / name).read_bytes(), content_type
        )

    return read


@pytest.fixture
def pdf(upload):
    return upload("honest/two-pages.pdf", "Loan agreement.pdf", "application/pdf")


@pytest.fixture
def alices_document(alice, pdf, django_capture_on_commit_callbacks):
    form = UploadForm({}, {"file": pdf})
    assert form.is_valid(), form.errors
    return form.save(owner_id=alice.pk)


@pytest.fixture
def category(db):
    return Category.objects.create(name="Geometry", slug="geometry")


@pytest.fixture
def hang(category):
    """Return a function that makes a print; without `picture` it has none."""

    def make(title="Untitled", picture=None, **kwargs):
        fields = {"artist": "Ines Duarte", "year": 1987, "category": category, **kwargs}
        shown = Print(title=title, **fields)
        if picture:
            shown.picture = picture
        shown.save()
        return shown

    return make
