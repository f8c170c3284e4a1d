"""Both aliases on both stores: what an outsider can fetch, and what the store keeps of a file."""

import time
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError
from django.core.exceptions import ImproperlyConfigured, SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.fields.files import FieldFile

from uploads.storages import (
    CONTENT_TYPES,
    PrivateBucket,
    PrivateFiles,
    PublicBucket,
    PublicFiles,
    content_type_of,
    private_storage,
    public_storage,
)
from uploads.views import private_download

KEY = "documents/2026/11/one.pdf"
PRIVATE = "uploads.storages.PrivateFiles"


def options(s3, **more):
    return {
        "endpoint_url": s3.endpoint,
        "region_name": s3.region,
        "access_key": s3.access_key_id,
        "secret_key": s3.secret_access_key,
        "addressing_style": "path",
        **more,
    }


@pytest.fixture
def private_bucket(s3):
    storage = PrivateBucket(**options(s3, bucket_name=s3.private_bucket, querystring_expire=60))
    yield storage
    for key in s3.keys(s3.private_bucket):
        storage.delete(key)


@pytest.fixture
def public_bucket(s3):
    storage = PublicBucket(**options(s3, bucket_name=s3.public_bucket, public_url=s3.public_url))
    yield storage
    for key in s3.keys(s3.public_bucket):
        storage.delete(key)


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_the_stored_type_is_the_servers_not_the_clients(private_bucket, s3):
    """django-storages would store `text/html` here, as the client asked."""
    private_bucket.save(KEY, SimpleUploadedFile("a.html", b"%PDF-", "text/html"))
    head = s3.client.head_object(Bucket=s3.private_bucket, Key=KEY)
    assert head["ContentType"] == "application/pdf"
    assert head["ContentDisposition"] == "attachment"
    assert head["CacheControl"] == "private, no-store"


def test_a_private_file_is_forbidden_without_a_signature(private_bucket):
    private_bucket.save(KEY, ContentFile(b"%PDF-"))
    url = private_bucket.url(KEY)
    assert fetch(url)[0] == 200
    assert fetch(url.partition("?")[0])[0] == 403


def test_a_signed_url_dies(private_bucket):
    private_bucket.save(KEY, ContentFile(b"%PDF-"))
    url = private_bucket.url(KEY, expire=1)
    time.sleep(2.1)
    assert fetch(url)[0] == 403


def test_a_signed_url_is_for_the_host_the_browser_sees(s3):
    storage = PrivateBucket(
        **options(
            s3,
            bucket_name=s3.private_bucket,
            signing_endpoint_url="https://files.example:9443",
            querystring_expire=60,
        )
    )
    url = urlsplit(storage.url(KEY))
    assert url.netloc == "files.example:9443"
    assert parse_qs(url.query)["X-Amz-Expires"] == ["60"]
    assert parse_qs(url.query)["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]


def test_a_signed_download_has_the_servers_name_and_type(private_bucket):
    private_bucket.save(KEY, ContentFile(b"%PDF-"))
    field = type("Field", (), {"storage": private_bucket})()
    response = private_download(FieldFile(None, field, KEY), "Vertrag ä.pdf")
    assert response.status_code == 302
    assert "no-store" in response["Cache-Control"]
    status, headers, body = fetch(response.url)
    assert (status, body) == (200, b"%PDF-")
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''Vertrag%20%C3%A4.pdf" in headers["Content-Disposition"]
    assert headers["Cache-Control"] == "private, no-store"


def test_a_public_file_has_a_plain_url_and_may_be_kept_for_ever(public_bucket, s3):
    public_bucket.save("avatars/2026/11/a b.webp", ContentFile(b"webp"))
    url = public_bucket.url("avatars/2026/11/a b.webp")
    assert url == f"{s3.public_url}/avatars/2026/11/a%20b.webp"
    status, headers, body = fetch(url)
    assert (status, body) == (200, b"webp")
    assert headers["Content-Type"] == "image/webp"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_key_is_never_overwritten(private_bucket, public_bucket):
    for storage, key in ((private_bucket, KEY), (public_bucket, "avatars/a.webp")):
        assert storage.save(key, ContentFile(b"first")) == key
        assert storage.save(key, ContentFile(b"second")) != key
        with storage.open(key) as file:
            assert file.read() == b"first"


def test_a_ping_tells_a_bucket_from_none(private_bucket, s3):
    private_bucket.ping()
    elsewhere = PrivateBucket(**options(s3, bucket_name="not-there", querystring_expire=60))
    with pytest.raises(ClientError):
        elsewhere.ping()


@pytest.mark.parametrize("key", ["x.html", "x.svg", "x", "x.PDF", "x.pdf.exe"])
def test_no_store_takes_a_key_of_an_unknown_type(private_bucket, tmp_path, key):
    for storage in (private_bucket, PrivateFiles(location=tmp_path)):
        with pytest.raises(SuspiciousFileOperation, match="no extension of a known type"):
            storage.save(key, ContentFile(b"x"))
    assert list(tmp_path.iterdir()) == []


def test_every_known_type_is_one_that_no_browser_runs():
    assert not any("html" in t or "svg" in t or "javascript" in t for t in CONTENT_TYPES.values())
    assert content_type_of("a/b.docx").startswith("application/vnd.openxmlformats")


def test_a_private_file_on_a_filesystem_has_no_url(tmp_path):
    """FileSystemStorage without a base_url would answer with MEDIA_URL, which looks right."""
    with pytest.raises(ValueError, match="no URL"):
        PrivateFiles(location=tmp_path).url(KEY)


def test_half_a_file_is_removed_when_the_disk_is_full(tmp_path):
    class Endless(ContentFile):
        def chunks(self, chunk_size=None):
            yield b"x"
            raise OSError("No space left on device")

    storage = PublicFiles(location=tmp_path, base_url="/media/")
    with pytest.raises(OSError, match="No space left"):
        storage.save("avatars/a.webp", Endless(b"x"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("ask", [private_storage, public_storage])
def test_a_storage_that_cannot_be_made_says_so_at_each_use_and_not_while_models_load(settings, ask):
    alias = "default" if ask is private_storage else "public"
    for config in (None, {"BACKEND": "nowhere.Storage"}, {"BACKEND": PRIVATE, "OPTIONS": {"x": 1}}):
        settings.STORAGES = {a: c for a, c in settings.STORAGES.items() if a != alias}
        if config:
            settings.STORAGES = {**settings.STORAGES, alias: config}
        storage = ask()
        for act in (storage.open, storage.url, storage.delete, storage.exists, storage.size):
            with pytest.raises(ImproperlyConfigured, match=f"STORAGES.'{alias}'. cannot be used"):
                act("documents/a.pdf")
        with pytest.raises(ImproperlyConfigured, match="doctor"):
            storage.save("documents/a.pdf", ContentFile(b"a"))
