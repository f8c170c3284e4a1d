"""The bucket away: nothing is half done, and the visitor is told so."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client

from accounts.models import Profile
from catalog.models import Print
from documents.models import Document
from tests.servers.child import free_port
from tests.uploads.test_storages import options
from uploads.storages import PrivateBucket, PublicBucket, StorageUnavailable

KEY = "documents/2026/11/one.pdf"
OPERATIONS = {
    "save": lambda bucket: bucket.save(KEY, ContentFile(b"%PDF-")),
    "open": lambda bucket: bucket.open(KEY),
    "delete": lambda bucket: bucket.delete(KEY),
    "exists": lambda bucket: bucket.exists(KEY),
    "size": lambda bucket: bucket.size(KEY),
}


def bucket_at(endpoint, kind=PrivateBucket):
    """Return a bucket that is asked once and not three times, as retries are not the subject."""
    urls = {"public_url": endpoint} if kind is PublicBucket else {"querystring_expire": 60}
    bucket = kind(
        endpoint_url=endpoint,
        region_name="eu-central-1",
        access_key="unused",
        secret_key="unused",
        addressing_style="path",
        bucket_name="away",
        **urls,
    )
    once = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
    bucket.client_config = bucket.client_config.merge(once)
    return bucket


@pytest.fixture
def nowhere():
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def server():
    """Return a function that serves one status and one S3 error code to every request."""
    running = []

    def serve(status, code="", before=lambda: None):
        body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()

        class Answer(BaseHTTPRequestHandler):
            def handle_one_request(self):
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    return
                before()
                self.send_response(status)
                self.send_header("Content-Length", len(body))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        http = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        http.handle_error = lambda *arguments: None  # a client that did not wait
        threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
        running.append(http)
        return f"http://127.0.0.1:{http.server_port}"

    yield serve
    for http in running:
        http.shutdown()
        http.server_close()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_server_that_is_not_there_is_unavailable(nowhere, operation):
    with pytest.raises(StorageUnavailable, match="away cannot be reached") as caught:
        OPERATIONS[operation](bucket_at(nowhere))
    assert nowhere in str(caught.value.__cause__)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_fails_is_unavailable(server, operation, status):
    with pytest.raises(StorageUnavailable, match="away does not serve"):
        OPERATIONS[operation](bucket_at(server(status, "InternalError")))


def test_a_server_that_never_answers_is_unavailable(server):
    over = threading.Event()
    with pytest.raises(StorageUnavailable, match=r"[Tt]imeout"):
        bucket_at(server(200, before=over.wait)).exists(KEY)
    over.set()


def test_a_client_too_slow_for_the_server_may_try_again(server):
    with pytest.raises(StorageUnavailable):
        bucket_at(server(400, "RequestTimeout")).delete(KEY)


@pytest.mark.parametrize("status", [403, 501])
def test_a_refusal_is_not_an_outage(server, status):
    """A wrong key, a missing operation: somebody has to mend that, so it stays a 500."""
    with pytest.raises(ClientError):
        bucket_at(server(status, "AccessDenied")).delete(KEY)


def test_a_file_that_is_lost_is_not_an_outage(server):
    bucket = bucket_at(server(404))
    assert not bucket.exists(KEY)
    with pytest.raises(FileNotFoundError):
        bucket.open(KEY)


def test_what_was_opened_is_read_even_if_the_bucket_goes_away_then(s3):
    bucket = PrivateBucket(**options(s3, bucket_name=s3.private_bucket, querystring_expire=60))
    bucket.save(KEY, ContentFile(b"%PDF-"))
    file = bucket.open(KEY)
    bucket.delete(KEY)
    assert file.read() == b"%PDF-"
    file.close()


# --- what a visitor gets


@pytest.fixture
def visitor(alice):
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    return client


@pytest.fixture
def away(monkeypatch, nowhere):
    """Put both kinds of file into buckets that do not answer."""
    private, public = bucket_at(nowhere), bucket_at(nowhere, PublicBucket)
    for model, field, bucket in (
        (Document, "file", private),
        (Profile, "avatar", public),
        (Print, "picture", public),
    ):
        monkeypatch.setattr(model._meta.get_field(field), "storage", bucket)


def test_an_upload_leaves_no_row_and_says_that_nothing_was_stored(visitor, away, pdf):
    response = visitor.post("/documents/", {"file": pdf})
    assert response.status_code == 503
    assert "Nothing of what you sent was stored." in response.content.decode()
    assert not Document.objects.exists()


def test_a_scripts_upload_is_told_the_same(visitor, away, pdf):
    response = visitor.post("/documents/", {"file": pdf}, headers={"accept": "application/json"})
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "nothing was stored" in response.json()["errors"][0]["message"]


def test_with_the_avatar_the_rest_of_the_profile_stays_as_it_was(visitor, away, upload, alice):
    sent = {"display_name": "Changed", "avatar": upload("honest/phone.jpg")}
    assert visitor.post("/accounts/profile/", sent).status_code == 503
    profile = Profile.objects.get(user=alice)
    assert (profile.display_name, profile.avatar.name) == ("", "")


def test_pages_and_downloads_go_on_since_they_never_ask_the_bucket(
    visitor, alices_document, away, hang
):
    hang("Etude")
    for address in ("/", "/prints/", "/documents/", "/accounts/profile/"):
        assert visitor.get(address).status_code == 200
    assert visitor.get(alices_document.get_absolute_url()).status_code == 302


def test_a_deletion_succeeds_and_the_orphan_is_logged_for_the_sweeper(
    visitor, alices_document, away, caplog, django_capture_on_commit_callbacks
):
    address = f"/documents/{alices_document.pk}/delete/"
    with django_capture_on_commit_callbacks(execute=True):
        assert visitor.post(address).status_code == 302
    assert not Document.objects.exists()
    assert f"Could not delete {alices_document.file.name}" in caplog.text


def test_of_a_picture_that_was_stored_halfway_what_cannot_be_deleted_is_logged(
    hang, upload, monkeypatch, caplog
):
    from uploads.fields import PictureFile
    from uploads.validators import validate_picture

    public = storages["public"]
    save, kept = public.save, []

    def leave_after_two(name, content, max_length=None):
        if len(kept) == 2:
            raise StorageUnavailable("gone now")
        kept.append(save(name, content))
        return kept[-1]

    def refuse(name):
        raise StorageUnavailable("still gone")

    monkeypatch.setattr(public, "save", leave_after_two)
    monkeypatch.setattr(public, "delete", refuse)
    with pytest.raises(StorageUnavailable, match="gone now"):
        hang("Etude", PictureFile(validate_picture(upload("honest/phone.jpg"))))
    assert not Print.objects.exists()
    assert all(key in caplog.text for key in kept)
