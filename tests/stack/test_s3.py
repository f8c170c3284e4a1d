"""The S3 server of the stack: what the site relies on, asked as browsers and strangers ask.

docs/s3-semantics.md has the whole table. If a test here fails, the server of compose.yaml has
become laxer than S3, and the stack no longer shows what a bucket at AWS would do.
"""

import json
import time
import urllib.parse
import uuid

import pytest
from botocore.exceptions import ClientError

from tests.servers.s3 import service
from tests.servers.stack import fetch

BODY = b"%PDF-1.7 a private document"
STRANGE = "https://charlie.example"


@pytest.fixture
def key(stack):
    """Store an object under one new key in both buckets; return the key."""
    key = f"quarantine/{uuid.uuid4()} é.pdf"
    buckets = (stack.s3.private_bucket, stack.s3.public_bucket)
    for bucket in buckets:
        stack.s3.client.put_object(
            Bucket=bucket,
            Key=key,
            Body=BODY,
            ContentType="application/pdf",
            CacheControl="private, no-store",
        )
    yield key
    for bucket in buckets:
        stack.s3.client.delete_object(Bucket=bucket, Key=key)


def place(stack, bucket, key="", **query):
    path = f"{bucket}/{urllib.parse.quote(key)}".rstrip("/")
    return f"{stack.s3.endpoint}/{path}?{urllib.parse.urlencode(query)}".rstrip("?")


def signed(stack, key, seconds=60, **response):
    return stack.s3.client.generate_presigned_url(
        "get_object",
        Params={"Bucket": stack.s3.private_bucket, "Key": key, **response},
        ExpiresIn=seconds,
    )


def status(*arguments, **headers):
    return fetch(*arguments, **headers)[0]


def send(stack, content, client=None, seconds=60, **changed):
    """Send a file as a browser's form does, straight to quarantine; return status and key.

    Allowed are one key, one type and 1 to 100 bytes; `changed` are fields that were forged.
    """
    key = f"quarantine/{uuid.uuid4()}.pdf"
    post = (client or stack.s3.client).generate_presigned_post(
        stack.s3.private_bucket,
        key,
        Fields={"Content-Type": "application/pdf"},
        Conditions=[{"Content-Type": "application/pdf"}, ["content-length-range", 1, 100]],
        ExpiresIn=seconds,
    )
    if seconds < 2:
        time.sleep(seconds + 1)
    lines = []
    for name, value in (post["fields"] | changed).items():
        lines += [b"--frontier", f'Content-Disposition: form-data; name="{name}"'.encode(), b""]
        lines += [value.encode()]
    lines += [b"--frontier", b'Content-Disposition: form-data; name="file"; filename="a.pdf"']
    lines += [b"", content, b"--frontier--", b""]
    sent_as = "multipart/form-data; boundary=frontier"
    return status(post["url"], "POST", b"\r\n".join(lines), Content_Type=sent_as), key


def is_stored(stack, key):
    return key in stack.s3.keys(stack.s3.private_bucket)


def preflight(stack, bucket, origin, method):
    """Ask as a browser does before a script may; return status and who is allowed."""
    answer = fetch(
        place(stack, bucket, "quarantine/a.pdf"),
        "OPTIONS",
        Origin=origin,
        Access_Control_Request_Method=method,
    )
    return answer[0], answer[1]["Access-Control-Allow-Origin"]


def test_ensuring_the_buckets_again_changes_nothing(stack):
    said = stack.manage("ensure_buckets")
    assert said.count("already there") == 3
    assert "set:" not in said
    assert "created" not in said
    assert "gets 403 for an object, 403 for the list of them" in said
    assert "gets 200 for an object, 403 for the list of them" in said


def test_what_this_server_lacks_is_said(stack):
    said = stack.manage("ensure_buckets")
    for setting in ("public access", "lifecycle"):
        assert said.count(f"  {setting:<14} refused by the server: NotImplemented") == 3


def test_the_private_bucket_is_closed_to_strangers(stack, key):
    bucket = stack.s3.private_bucket
    assert status(place(stack, bucket, key)) == 403
    assert status(place(stack, bucket, key), "HEAD") == 403
    assert status(place(stack, bucket)) == 403
    assert status(place(stack, bucket, list_type=2)) == 403


def test_the_public_bucket_shows_objects_and_no_list_of_them(stack, key):
    bucket = stack.s3.public_bucket
    found, headers, body = fetch(place(stack, bucket, key))
    assert (found, body) == (200, BODY)
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Cache-Control"] == "private, no-store"
    assert status(place(stack, bucket, key), "HEAD") == 200
    assert status(place(stack, bucket)) == 403
    assert status(place(stack, bucket, "none.pdf")) in (403, 404)  # AWS: 403


def test_strangers_cannot_write_or_delete_in_either_bucket(stack, key):
    for bucket in (stack.s3.private_bucket, stack.s3.public_bucket):
        assert status(place(stack, bucket, "new.pdf"), "PUT", b"x") == 403
        assert status(place(stack, bucket, key), "DELETE") == 403
        assert stack.s3.client.get_object(Bucket=bucket, Key=key)["Body"].read() == BODY


def test_strangers_cannot_read_or_change_how_a_bucket_is_set_up(stack):
    for bucket in (stack.s3.private_bucket, stack.s3.public_bucket):
        for setting in ("policy", "cors", "acl"):
            assert status(f"{place(stack, bucket)}?{setting}") == 403
            assert status(f"{place(stack, bucket)}?{setting}", "PUT", b"{}") == 403


def test_an_acl_opens_nothing(stack, key):
    stack.s3.client.put_object(
        Bucket=stack.s3.private_bucket, Key=key, Body=BODY, ACL="public-read"
    )
    assert status(place(stack, stack.s3.private_bucket, key)) == 403


def test_a_wrong_secret_and_an_unknown_key_id_open_nothing(stack, key):
    for key_id, secret in ((stack.s3.access_key_id, "x" * 40), ("AKIANOBODY", "x" * 40)):
        client = service("s3", stack.s3.endpoint, key_id, secret, stack.s3.region)
        with pytest.raises(ClientError, match=r"SignatureDoesNotMatch|XAdminUserNotFound"):
            client.get_object(Bucket=stack.s3.private_bucket, Key=key)


def test_a_signed_url_opens_one_object_for_its_time(stack, key):
    url = signed(stack, key)
    assert fetch(url)[::2] == (200, BODY)
    base, _, signature = url.rpartition("X-Amz-Signature=")
    forged = ("0" if signature[0] != "0" else "1") + signature[1:]
    assert status(f"{base}X-Amz-Signature={forged}") == 403
    assert status(url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000")) == 403
    other = url.replace(urllib.parse.quote(key), "quarantine/another.pdf")
    assert other != url
    assert status(other) == 403
    assert status(url, "DELETE") == 403


def test_a_signed_url_dies(stack, key):
    url = signed(stack, key, seconds=1)
    time.sleep(2.5)
    assert status(url) == 403


def test_a_url_signed_by_the_site_is_good_for_the_browser(stack, key):
    """The container calls the server by another name than the browser, and the host is signed."""
    code = (
        f"from django.core.files.storage import storages; print(storages['default'].url({key!r}))"
    )
    url = stack.manage("shell", "--no-imports", "-c", code).strip().splitlines()[-1]
    assert url.startswith(f"{stack.s3.endpoint}/{stack.s3.private_bucket}/")
    assert fetch(url)[::2] == (200, BODY)


def test_a_download_has_the_name_and_type_that_were_signed(stack, key):
    disposition = "attachment; filename=\"a.pdf\"; filename*=UTF-8''%C3%A9.pdf"
    url = signed(
        stack, key, ResponseContentDisposition=disposition, ResponseContentType="text/plain"
    )
    headers = fetch(url)[1]
    assert headers["Content-Disposition"] == disposition
    assert headers["Content-Type"] == "text/plain"
    assert status(url.replace("text%2Fplain", "text%2Fhtml")) == 403


def test_parts_of_a_file_and_unchanged_files_are_answered_as_such(stack, key):
    found, headers, body = fetch(signed(stack, key), Range="bytes=0-4")
    assert (found, body) == (206, BODY[:5])
    assert headers["Content-Range"] == f"bytes 0-4/{len(BODY)}"
    assert status(signed(stack, key), If_None_Match=headers["ETag"]) == 304


def test_a_browser_sends_a_file_straight_into_quarantine(stack):
    sent, key = send(stack, b"x" * 100)
    assert sent == 204
    head = stack.s3.client.head_object(Bucket=stack.s3.private_bucket, Key=key)
    assert (head["ContentType"], head["ContentLength"]) == ("application/pdf", 100)
    assert status(place(stack, stack.s3.private_bucket, key)) == 403
    stack.s3.client.delete_object(Bucket=stack.s3.private_bucket, Key=key)


@pytest.mark.parametrize("size", [0, 101])
def test_a_file_of_another_size_than_allowed_is_refused_and_not_stored(stack, size):
    sent, key = send(stack, b"x" * size)
    assert sent == 400
    assert not is_stored(stack, key)


@pytest.mark.parametrize(
    "forged",
    [
        {"Content-Type": "text/html"},
        {"key": "documents/elsewhere.pdf"},
        {"x-amz-signature": "0" * 64},
        {"x-amz-meta-more": "1"},
        {"policy": "e30="},
    ],
    ids=["type", "key", "signature", "field", "policy"],
)
def test_a_form_with_a_forged_field_is_refused_and_nothing_is_stored(stack, forged):
    sent, key = send(stack, b"x", **forged)
    assert sent in (400, 403)
    assert not is_stored(stack, forged.get("key", key))


def test_a_form_that_is_too_old_or_signed_by_somebody_else_is_refused(stack):
    sent, key = send(stack, b"x", seconds=1)
    assert sent == 403
    assert not is_stored(stack, key)
    charlie = service("s3", stack.s3.endpoint, stack.s3.access_key_id, "x" * 40, stack.s3.region)
    sent, key = send(stack, b"x", client=charlie)
    assert sent == 403
    assert not is_stored(stack, key)


def test_scripts_of_the_site_may_send_and_fetch_and_no_others(stack):
    private, public = stack.s3.private_bucket, stack.s3.public_bucket
    for origin in (stack.url, stack.url.replace("localhost", "127.0.0.1")):
        for method in ("POST", "GET", "HEAD"):
            assert preflight(stack, private, origin, method) == (200, origin)
        assert preflight(stack, public, origin, "GET") == (200, origin)
        assert preflight(stack, public, origin, "POST") == (403, None)
        for method in ("PUT", "DELETE"):
            assert preflight(stack, private, origin, method) == (403, None)
    for bucket in (private, public):
        assert preflight(stack, bucket, STRANGE, "GET") == (403, None)
        assert preflight(stack, bucket, "null", "GET") == (403, None)


def test_a_file_is_readable_by_scripts_of_the_site_only(stack, key):
    url = place(stack, stack.s3.public_bucket, key)
    assert fetch(url, Origin=stack.url)[1]["Access-Control-Allow-Origin"] == stack.url
    assert fetch(url, Origin=STRANGE)[1]["Access-Control-Allow-Origin"] is None


def test_a_key_is_never_written_twice_when_asked_not_to(stack, key):
    with pytest.raises(ClientError, match="PreconditionFailed"):
        stack.s3.client.put_object(
            Bucket=stack.s3.private_bucket, Key=key, Body=b"other", IfNoneMatch="*"
        )


def test_the_public_policy_grants_get_object_alone(stack):
    answer = stack.s3.client.get_bucket_policy(Bucket=stack.s3.public_bucket)
    [statement] = json.loads(answer["Policy"])["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "s3:GetObject")
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        stack.s3.client.get_bucket_policy(Bucket=stack.s3.private_bucket)
