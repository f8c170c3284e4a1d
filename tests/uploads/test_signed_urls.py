"""Downloads: links that die within a minute, and nothing of the client's in what is served."""

import contextlib
import re
from datetime import timedelta
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import botocore.auth
import pytest
from django.conf import settings
from django.core.files.base import ContentFile

from accounts.models import Profile
from documents.models import Document
from tests.conftest import FILES
from tests.uploads.test_storages import fetch, options
from uploads.storages import PrivateBucket, PublicBucket

pytestmark = pytest.mark.django_db
PDF = (FILES / "honest/two-pages.pdf").read_bytes()


@pytest.fixture
def buckets(s3, monkeypatch):
    """Keep uploads in the S3 server of the tests, with the site's own lifetime of links."""
    private = PrivateBucket(
        **options(
            s3,
            bucket_name=s3.private_bucket,
            querystring_expire=settings.SIGNED_URL_SECONDS,
        )
    )
    public = PublicBucket(**options(s3, bucket_name=s3.public_bucket, public_url=s3.public_url))
    monkeypatch.setattr(Document._meta.get_field("file"), "storage", private)
    monkeypatch.setattr(Profile._meta.get_field("avatar"), "storage", public)
    yield s3
    for bucket, keys in s3.everything().items():
        for key in keys:
            s3.client.delete_object(Bucket=bucket, Key=key)


@pytest.fixture
def alice_in(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def document(buckets, alice):
    made = Document(owner=alice, name="Loan agreement.pdf", kind="pdf", size=len(PDF))
    made.file.save("x.pdf", ContentFile(PDF), save=False)
    made.save()
    return made


@contextlib.contextmanager
def signed_ago(seconds):
    """Let botocore's clock, and no other, be late: what it signs now was signed so long ago."""
    now = botocore.auth.get_current_datetime
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            botocore.auth,
            "get_current_datetime",
            lambda *args, **kwargs: now(*args, **kwargs) - timedelta(seconds=seconds),
        )
        yield


def link(client, document, seconds_ago=0):
    """Return where the site sends somebody who asked for the document so long ago."""
    with signed_ago(seconds_ago):
        response = client.get(document.get_absolute_url())
    assert response.status_code == 302
    return response.url


def test_no_link_may_live_longer_than_a_minute(alice_in, document):
    assert settings.SIGNED_URL_SECONDS <= 60
    query = dict(parse_qsl(urlsplit(link(alice_in, document)).query))
    assert int(query["X-Amz-Expires"]) <= 60


@pytest.mark.parametrize(("age", "status"), [(0, 200), (30, 200), (61, 403), (3600, 403)])
def test_a_link_works_for_a_minute_and_no_longer(alice_in, document, age, status):
    found, _headers, body = fetch(link(alice_in, document, seconds_ago=age))
    assert found == status
    assert (body == PDF) == (status == 200)


def changed(url, **parameters):
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | parameters
    return parts._replace(query=urlencode(query)).geturl()


@pytest.mark.parametrize(
    "parameters",
    [
        {"X-Amz-Signature": "0" * 64},
        {"X-Amz-Expires": "600"},
        {"response-content-disposition": "inline"},
        {"response-content-type": "text/html"},
        {"response-cache-control": "public"},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_a_link_that_was_tampered_with_is_refused(alice_in, document, parameters):
    url = link(alice_in, document)
    assert fetch(changed(url))[0] == 200
    assert fetch(changed(url, **parameters))[0] == 403


def test_a_link_is_for_one_document_only(alice_in, document, alice):
    other = Document(owner=alice, name="Other.pdf", kind="pdf", size=1)
    other.file.save("x.pdf", ContentFile(b"other"), save=False)
    url = link(alice_in, document)
    assert fetch(url.replace(document.file.name, other.file.name))[0] == 403


def test_no_link_is_cached_or_sent_on(alice_in, document):
    response = alice_in.get(document.get_absolute_url())
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    assert response["Referrer-Policy"] == "same-origin"


# --- what a bucket keeps of an upload

HOSTILE = [
    ("page.html", "text/html"),
    ("../../x.svg", "image/svg+xml; charset=utf-7"),
    ("a.pdf.exe", "application/x-msdownload"),
    ("x\u202efdp.exe", "text/html\r\nContent-Encoding: gzip\r\nX-Amz-Meta-Injected: 1"),
    ("\u00e4\x00.php", "multipart/x-mixed-replace; boundary=x"),
]


def send(client, address, field, content, name, content_type):
    """Send a form with one file, byte for byte; Django's own test client would tidy it."""
    body = (
        f'--edge\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    ).encode()
    body += content + b"\r\n--edge--\r\n"
    return client.generic("POST", address, body, "multipart/form-data; boundary=edge")


@pytest.mark.parametrize(("name", "content_type"), HOSTILE)
def test_the_metadata_of_a_stored_document_is_never_the_clients(
    alice_in, buckets, name, content_type
):
    assert send(alice_in, "/documents/", "file", PDF, name, content_type).status_code == 302
    [key] = buckets.keys(buckets.private_bucket)
    head = buckets.client.head_object(Bucket=buckets.private_bucket, Key=key)
    assert head["ContentType"] == "application/pdf"
    assert head["ContentDisposition"] == "attachment"
    assert head["CacheControl"] == "private, no-store"
    assert head["Metadata"] == {}
    assert not {"ContentEncoding", "ContentLanguage", "WebsiteRedirectLocation"} & set(head)
    assert "injected" not in str(head).lower()
    assert re.fullmatch(r"documents/\d{4}/\d\d/[0-9a-f-]{36}\.pdf", key)


@pytest.mark.parametrize(("name", "content_type"), HOSTILE)
def test_the_metadata_of_a_stored_avatar_is_never_the_clients(
    alice_in, buckets, name, content_type
):
    content = (FILES / "honest/plain.png").read_bytes()
    answer = send(alice_in, "/accounts/profile/", "avatar", content, name, content_type)
    assert answer.status_code == 302
    [key] = buckets.keys(buckets.public_bucket)
    head = buckets.client.head_object(Bucket=buckets.public_bucket, Key=key)
    assert head["ContentType"] == "image/webp"
    assert head["CacheControl"] == "public, max-age=31536000, immutable"
    assert head["Metadata"] == {}
    assert not {"ContentEncoding", "ContentLanguage", "ContentDisposition"} & set(head)
    assert re.fullmatch(r"avatars/\d{4}/\d\d/[0-9a-f-]{36}\.webp", key)


# --- what a download says of itself

NAMES = [
    "Loan agreement.pdf",
    "Vertrag „ä“.pdf",
    '"; filename=x.html; a=".pdf',
    "100 % sure; yes.pdf",
    "a\\b'c.pdf",
    "契約書 🖼.pdf",
    "x" * 251 + ".pdf",
]


def exact_name(disposition):
    """Return what a browser makes of filename*, after RFC 8187; there is one, and an attachment."""
    kind, _, rest = disposition.partition("; ")
    assert kind == "attachment"
    assert rest.count("filename*=UTF-8''") == 1
    exact = rest.partition("filename*=UTF-8''")[2]
    assert not set(exact) & set(" \"';,\\\r\n")
    assert exact.isascii()
    return unquote(exact)


@pytest.mark.parametrize("name", NAMES)
def test_a_download_from_a_filesystem_is_an_inert_attachment(alice_in, alices_document, name):
    Document.objects.update(name=name)
    response = alice_in.get(alices_document.get_absolute_url())
    assert response.status_code == 200
    assert exact_name(response["Content-Disposition"]) == name
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))


@pytest.mark.parametrize("name", NAMES)
def test_a_download_from_a_bucket_is_an_attachment_of_the_same_name(alice_in, document, name):
    Document.objects.update(name=name)
    status, headers, body = fetch(link(alice_in, document))
    assert (status, body) == (200, PDF)
    assert exact_name(headers["Content-Disposition"]) == name
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("suffix", ["html", "svg", "js", "xhtml", "WEBP"])
def test_a_file_of_a_type_that_we_never_store_is_not_served_even_if_it_is_there(client, db, suffix):
    page = settings.MEDIA_DIR / "public" / f"avatars/x.{suffix}"
    page.parent.mkdir(parents=True)
    page.write_text("<script>alert(1)</script>")
    assert client.get(f"/media/avatars/x.{suffix}").status_code == 404
