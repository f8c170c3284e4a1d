"""What the other tests take for granted about the S3 server they run on.

If one of these fails, the stand-in has become laxer than S3, and a green test
of a signed download would no longer mean anything.
"""

import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from botocore.exceptions import ClientError

from tests.servers.child import PROJECT
from tests.servers.s3 import s3_server, service

BODY = b"%PDF-1.7 a private document"


@pytest.fixture(scope="module")
def s3():
    with s3_server() as server:
        server.client.put_object(
            Bucket=server.private_bucket,
            Key="documents/one.pdf",
            Body=BODY,
            ContentType="application/octet-stream",
        )
        yield server


def fetch(url, method="GET", headers=None, data=None):
    """Return status, headers and body, whatever the status is."""
    request = urllib.request.Request(url, method=method, headers=headers or {}, data=data)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def signed_url(s3, seconds=60, client=None, key="documents/one.pdf", **response):
    return (client or s3.client).generate_presigned_url(
        "get_object",
        Params={"Bucket": s3.private_bucket, "Key": key, **response},
        ExpiresIn=seconds,
    )


def with_query(url, **changes):
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query)) | changes
    return parts._replace(query=urllib.parse.urlencode(query)).geturl()


def post_form(s3, **changes):
    """Send a browser's form with a POST policy for 10 to 100 bytes; return the status."""
    post = s3.client.generate_presigned_post(
        s3.private_bucket,
        "quarantine/one",
        Fields={"Content-Type": "application/pdf"},
        Conditions=[{"Content-Type": "application/pdf"}, ["content-length-range", 10, 100]],
        ExpiresIn=60,
    )
    body = changes.pop("body", b"x" * 50)
    fields = post["fields"] | changes
    boundary = "vitrine-boundary"
    form = io.BytesIO()
    for name, value in fields.items():
        form.write(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'.encode())
        form.write(f"\r\n\r\n{value}\r\n".encode())
    form.write(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '.encode())
    form.write(b'filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n' + body)
    form.write(f"\r\n--{boundary}--\r\n".encode())
    content_type = f"multipart/form-data; boundary={boundary}"
    return fetch(post["url"], "POST", {"Content-Type": content_type}, form.getvalue())[0]


def test_a_signed_url_returns_the_bytes_with_the_headers_it_was_signed_for(s3):
    url = signed_url(
        s3,
        ResponseContentType="application/pdf",
        ResponseContentDisposition='attachment; filename="a.pdf"',
    )
    status, headers, body = fetch(url)
    assert (status, body) == (200, BODY)
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"] == 'attachment; filename="a.pdf"'


def test_an_unsigned_request_for_an_object_is_forbidden(s3):
    assert fetch(signed_url(s3).partition("?")[0])[0] == 403


def test_a_forged_signature_is_forbidden(s3):
    assert fetch(with_query(signed_url(s3), **{"X-Amz-Signature": "0" * 64}))[0] == 403


def test_a_signature_made_with_another_secret_is_forbidden(s3):
    thief = service("s3", s3.endpoint, s3.access_key_id, "a-guessed-secret")
    assert fetch(signed_url(s3, client=thief))[0] == 403


def test_a_signature_is_for_one_object_only(s3):
    assert fetch(signed_url(s3).replace("one.pdf", "two.pdf"))[0] == 403


def test_a_signed_url_cannot_be_given_more_time(s3):
    assert fetch(with_query(signed_url(s3), **{"X-Amz-Expires": "6000"}))[0] == 403


def test_a_signed_url_cannot_be_given_another_content_type(s3):
    url = signed_url(s3, ResponseContentType="application/pdf")
    assert fetch(with_query(url, **{"response-content-type": "text/html"}))[0] == 403


def test_a_signed_url_is_forbidden_once_its_second_is_over(s3):
    url = signed_url(s3, seconds=1)
    assert fetch(url)[0] == 200
    deadline = time.monotonic() + 10
    while (status := fetch(url)[0]) == 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert status == 403


def test_a_request_signed_in_its_header_with_a_wrong_secret_is_forbidden(s3):
    thief = service("s3", s3.endpoint, s3.access_key_id, "a-guessed-secret")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        thief.put_object(Bucket=s3.private_bucket, Key="planted", Body=b"x")


def test_the_key_of_the_site_reaches_no_further_than_its_two_buckets(s3):
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.client.create_bucket(
            Bucket="another", CreateBucketConfiguration={"LocationConstraint": s3.region}
        )


@pytest.mark.parametrize(
    "change",
    [
        {"key": "quarantine/another"},
        {"Content-Type": "text/html"},
        {"x-amz-signature": "0" * 64},
        {"x-amz-meta-extra": "1"},
    ],
    ids=["key", "type", "signature", "unlisted field"],
)
def test_a_form_that_differs_from_its_policy_is_forbidden(s3, change):
    assert post_form(s3, **change) == 403


@pytest.mark.parametrize("size", [9, 101])
def test_a_form_with_too_small_or_too_large_a_file_is_refused(s3, size):
    assert post_form(s3, body=b"x" * size) == 400


def test_a_form_as_its_policy_says_is_stored(s3):
    assert post_form(s3) == 204
    assert "quarantine/one" in s3.keys(s3.private_bucket)


@pytest.fixture(scope="module")
def avatar(s3):
    """A public object: its address at the CDN and its unsigned address at the bucket."""
    key = "avatars/2026/11/é one.webp"
    s3.client.put_object(
        Bucket=s3.public_bucket,
        Key=key,
        Body=b"RIFF",
        ContentType="image/webp",
        CacheControl="public, max-age=31536000, immutable",
    )
    path = urllib.parse.quote(key)
    return f"{s3.public_url}/{path}", f"{s3.endpoint}/{s3.public_bucket}/{path}"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_cdn_serves_a_public_object_to_everyone(avatar, method):
    status, headers, body = fetch(avatar[0], method)
    assert (status, body) == (200, b"RIFF" if method == "GET" else b"")
    assert headers["Content-Type"] == "image/webp"
    assert headers["Content-Length"] == "4"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_the_public_bucket_itself_is_closed_to_everyone_but_the_cdn(avatar):
    assert fetch(avatar[1])[0] == 403


def test_the_cdn_answers_conditional_and_range_requests(avatar):
    etag = fetch(avatar[0])[1]["ETag"]
    assert fetch(avatar[0], headers={"If-None-Match": etag})[0] == 304
    status, headers, body = fetch(avatar[0], headers={"Range": "bytes=1-2"})
    assert (status, body, headers["Content-Range"]) == (206, b"IF", "bytes 1-2/4")


@pytest.mark.parametrize("path", ["/", "/avatars/", "/nothing.webp", "/?list-type=2"])
def test_the_cdn_has_no_listing_and_says_404_for_what_is_missing(s3, avatar, path):
    assert fetch(s3.public_url + path)[0] == 404


def test_the_cdn_writes_nothing(s3, avatar):
    assert fetch(avatar[0], "PUT", data=b"x")[0] == 501
    assert fetch(avatar[0], "DELETE")[0] == 501


def test_objects_in_a_directory_outlive_the_server(tmp_path):
    with s3_server(tmp_path) as first:
        first.client.put_object(
            Bucket=first.private_bucket, Key="kept.pdf", Body=BODY, ContentType="application/pdf"
        )
    with s3_server(tmp_path) as second:
        kept = second.client.get_object(Bucket=second.private_bucket, Key="kept.pdf")
        assert (kept["Body"].read(), kept["ContentType"]) == (BODY, "application/pdf")
        assert second.access_key_id != first.access_key_id


@pytest.fixture
def command():
    """`python -m tests.servers.s3`, and the settings it printed."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.servers.s3"], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def is_gone(url):
    """Return whether nobody listens at `url` any more, after a moment if need be."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            fetch(url)
        except OSError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_prints_the_settings_and_ends_its_child_when_asked_to(command, number):
    process, settings = command
    assert settings["MEDIA_STORE"] == "s3"
    assert fetch(settings["S3_ENDPOINT_URL"] + "/_ministack/ready")[0] == 200
    process.send_signal(number)
    assert process.wait(15) == 0
    assert is_gone(settings["S3_ENDPOINT_URL"])


def test_the_server_ends_even_when_the_command_is_killed(command):
    process, settings = command
    os.kill(process.pid, signal.SIGKILL)
    assert is_gone(settings["S3_ENDPOINT_URL"])


def test_the_command_ends_when_the_script_that_started_it_dies():
    script = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-m', 'tests.servers.s3']).wait()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as parent:
        settings = json.loads(parent.stdout.readline())
        parent.kill()
    assert is_gone(settings["S3_ENDPOINT_URL"])
