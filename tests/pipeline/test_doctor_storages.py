"""`doctor --live` on storages: a server that checks signatures, and servers with one mistake."""

from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage

from pipeline.doctor import live_storages
from pipeline.doctor.live_storages import examine_storages
from tests.pipeline.origins import OpenBucket, running_origin
from tests.servers.child import free_port
from tests.servers.s3 import PRIVATE_BUCKET, PUBLIC_BUCKET, s3_server_and_root
from tests.uploads.test_storages import options
from uploads.storages import PrivateBucket, PrivateFiles, PublicBucket, PublicFiles

SITE = "https://gallery.example/"
NOWHERE = f"http://127.0.0.1:{free_port()}/"


@pytest.fixture(scope="module")
def s3():
    """A server with the site's key, and the CORS rules of `ensure_buckets` for SITE."""
    with s3_server_and_root() as (server, root):
        allow(root, PRIVATE_BUCKET, SITE.rstrip("/"))
        yield server


def allow(client, bucket, origin):
    rule = {"AllowedOrigins": [origin], "AllowedMethods": ["POST"]}
    client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})


def private(s3, cls=PrivateBucket, **more):
    return cls(**options(s3, bucket_name=s3.private_bucket, querystring_expire=60, **more))


def public(s3, cls=PublicBucket, **more):
    return cls(**{**options(s3, bucket_name=s3.public_bucket, public_url=s3.public_url), **more})


@pytest.fixture
def origin():
    with running_origin() as running:
        yield running


@pytest.fixture
def examine(monkeypatch):
    """Return a function that examines storages, given by their alias."""
    monkeypatch.setattr(live_storages, "PATIENCE", 2)

    def run(site=SITE, **storages):
        monkeypatch.setattr(live_storages, "aliases", lambda: list(storages.items()))
        return list(examine_storages(site))

    return run


def only(findings, id):
    assert [finding.id for finding in findings] == [id]
    text = f"{findings[0].what} {findings[0].mend} {findings[0].where}".lower()
    assert "signature=" not in text  # nothing that opens a file is printed
    return findings[0].what


def test_two_buckets_as_they_should_be_have_no_finding_and_keep_nothing(s3, examine):
    assert examine(default=private(s3), public=public(s3)) == []
    assert s3.everything() == {PRIVATE_BUCKET: [], PUBLIC_BUCKET: []}


def test_a_bucket_that_is_not_there_is_found_with_its_remedy(s3, examine):
    storage = private(s3)
    storage.bucket_name = "vitrine-privat"
    [found] = examine(default=storage)
    assert found.id == "pipeline.E201"
    assert "vitrine-privat/" in found.what
    assert s3.secret_access_key not in f"{found}"


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        ("AccessControlListNotSupported", "default_acl=None"),
        ("NoSuchBucket", "ensure_buckets"),
        ("AccessDenied", "s3:PutObject"),
        ("Unknown", "credentials"),
    ],
)
def test_what_the_server_says_decides_the_remedy(origin, examine, code, mend):
    class Refusing(OpenBucket):
        def _save(self, name, content):
            error = OSError("An error occurred")
            error.response = {"Error": {"Code": code}}
            raise error

    [found] = examine(public=Refusing(origin))
    assert found.id == "pipeline.E201"
    assert mend in found.mend


def test_a_bucket_that_does_not_answer_is_a_finding(s3, examine):
    storage = private(s3, signing_endpoint_url=NOWHERE.rstrip("/"))
    what = only(examine(default=storage), "pipeline.E200")
    assert NOWHERE.rstrip("/") in what
    assert "refused" in what


def test_a_cdn_that_does_not_answer_is_a_finding(s3, examine):
    what = only(examine(public=public(s3, public_url=NOWHERE.rstrip("/"))), "pipeline.E200")
    assert NOWHERE.rstrip("/") in what


def test_a_url_signed_for_one_host_and_rewritten_to_another_is_found(s3, examine):
    class Rewriting(PrivateBucket):
        def url(self, name, *args, **kwargs):
            return super().url(name, *args, **kwargs).replace("127.0.0.1", "localhost")

    what = only(examine(default=private(s3, Rewriting)), "pipeline.E202")
    assert "http://localhost" in what
    assert "403 (SignatureDoesNotMatch)" in what


def test_a_bucket_open_to_everybody_is_found_and_that_its_urls_never_end(origin, examine):
    origin.put("/", "text/plain", b"", Access_Control_Allow_Origin="*")
    origin.pages["/"][1]["Access-Control-Allow-Methods"] = "GET, POST"
    findings = examine(default=OpenBucket(origin))
    assert [f.id for f in findings] == ["pipeline.E203", "pipeline.E205"]
    assert f"{origin.url}/vitrine-probe-" in findings[0].what
    assert "signed for 1 second, opens after 2" in findings[1].what


def test_a_backend_whose_urls_take_no_time_is_not_asked_for_one(origin, examine):
    class WithoutExpire(OpenBucket):
        def url(self, name):
            return super().url(name)

    ids = [finding.id for finding in examine(default=WithoutExpire(origin))]
    assert "pipeline.E203" in ids
    assert "pipeline.E205" not in ids


def test_a_public_bucket_that_nobody_may_read_is_found(s3, examine):
    closed = f"{s3.endpoint}/{s3.public_bucket}"
    what = only(examine(public=public(s3, public_url=closed)), "pipeline.E204")
    assert closed in what
    assert "answered 403 (AccessDenied)" in what


def test_a_file_that_stays_is_found(s3, examine):
    class Keeping(PublicBucket):
        def delete(self, name):
            """Do nothing, as a key without s3:DeleteObject can."""

    what = only(examine(public=public(s3, Keeping)), "pipeline.E206")
    assert "does not delete vitrine-probe-" in what
    for key in s3.keys(PUBLIC_BUCKET):
        s3.client.delete_object(Bucket=PUBLIC_BUCKET, Key=key)


def test_a_file_that_may_not_be_deleted_is_found(origin, examine):
    class Refusing(OpenBucket):
        def delete(self, name):
            raise PermissionError("AccessDenied")

    what = only(examine(public=Refusing(origin, signed="")), "pipeline.E206")
    assert "PermissionError: AccessDenied" in what


def test_public_urls_that_are_signed_are_found(origin, examine):
    assert examine(public=OpenBucket(origin, signed="")) == []
    what = only(examine(public=OpenBucket(origin)), "pipeline.W207")
    assert f"{origin.url}/vitrine-probe-" in what


def test_a_preflight_from_the_sites_origin_that_is_refused_is_found(s3, examine, settings):
    settings.SITE_ORIGINS = ["https://gallery.example", "https://another.example"]
    what = only(examine(default=private(s3)), "pipeline.W208")
    assert "from https://another.example with 403, allowing no origin" in what


# On a disk


@pytest.fixture
def on_disk(settings):
    return PrivateFiles(location=settings.MEDIA_DIR / "private"), PublicFiles(
        location=settings.MEDIA_ROOT, base_url="/media/"
    )


def serving(origin, path, folder):
    """Let the origin serve a folder under a path, as a web server does."""

    class Folder(dict):
        def get(self, asked, default):
            file = Path(folder) / asked.removeprefix(path)
            if asked.startswith(path) and file.is_file():
                return 200, {"Content-Type": "application/pdf"}, file.read_bytes()
            return default

    origin.pages = Folder()


def test_a_site_that_serves_public_files_alone_has_no_finding(origin, examine, on_disk, settings):
    serving(origin, "/media/", settings.MEDIA_ROOT)
    assert examine(f"{origin.url}/", default=on_disk[0], public=on_disk[1]) == []
    assert not any(p.is_file() for p in settings.MEDIA_DIR.rglob("*"))
    assert any(path.startswith("/protected/") for _, path in origin.asked)
    assert any(path.startswith("/media/../private/") for _, path in origin.asked)


@pytest.mark.parametrize(
    ("path", "folder"), [("/media/", ""), ("/protected/", "private"), ("/media/", "public")]
)
def test_a_site_that_serves_the_private_folder_is_found(
    origin, examine, on_disk, settings, path, folder
):
    settings.MEDIA_ROOT.mkdir(parents=True)
    serving(origin, path, settings.MEDIA_DIR / folder)
    findings = examine(f"{origin.url}/", default=on_disk[0])
    assert {finding.id for finding in findings} == {"pipeline.E221"}
    assert all(origin.url + path in finding.what for finding in findings)


def test_a_site_that_looks_into_another_folder_is_found(origin, examine, on_disk):
    what = only(examine(f"{origin.url}/", public=on_disk[1]), "pipeline.E222")
    assert f"{origin.url}/media/vitrine-probe-" in what
    assert "answered 404" in what


def test_on_a_disk_a_site_that_is_away_is_no_finding_of_the_storage(examine, on_disk):
    assert examine(NOWHERE, default=on_disk[0], public=on_disk[1]) == []


# What is published


def test_published_files_are_read_through_the_cdn_if_there_is_one(
    origin, examine, settings, tmp_path
):
    published = FileSystemStorage(location=tmp_path, base_url="/nowhere/")
    assert examine(NOWHERE, published=published) == []
    settings.CDN_URL, settings.STATIC_URL = origin.url, f"{origin.url}/static/"
    what = only(examine(NOWHERE, published=published), "pipeline.E204")
    assert f"{origin.url}/static/vitrine-probe-" in what
    serving(origin, "/static/", tmp_path)
    assert examine(NOWHERE, published=published) == []


def test_a_cdn_in_front_of_the_site_need_not_have_what_is_in_the_bucket(
    origin, examine, settings, tmp_path
):
    published = FileSystemStorage(location=tmp_path, base_url="/nowhere/")
    settings.CDN_URL, settings.STATIC_URL = origin.url, f"{origin.url}/static/"
    serving(origin, "/static/", settings.STATIC_ROOT)
    assert examine(NOWHERE, published=published) == []
