"""Files that people sent, on a volume: nginx sends them, Django says who may have one."""

import json
import re
import urllib.request

import pytest

from tests.e2e import files
from tests.servers.stack import docker, fetch, until
from tests.stack.member import Member

INERT = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
PUBLIC = {
    **INERT,
    "Content-Type": "image/webp",
    "Cross-Origin-Resource-Policy": "same-site",
    "Cache-Control": "max-age=31536000, public, immutable",
}
PRIVATE = {
    **INERT,
    "Content-Type": "application/pdf",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Content-Disposition": "attachment; filename=\"loan.pdf\"; filename*=UTF-8''loan.pdf",
}
NOT_WITH_304 = {"Content-Type"}


def once(headers):
    """Return the headers; AssertionError if one that matters came twice."""
    for name in PRIVATE:
        assert len(headers.get_all(name, [])) <= 1, name
    return dict(headers)


@pytest.fixture(scope="module")
def picture(filesystem_stack):
    """Return the URL of a picture on the site's walls."""
    _, _, page = fetch(f"{filesystem_stack.url}/prints/")
    return filesystem_stack.url + re.search(r'"(/media/[^"]+\.webp)"', page.decode())[1]


def test_a_public_picture_is_inert_and_kept_for_a_year(picture):
    status, headers, body = fetch(picture)
    assert status == 200
    assert PUBLIC.items() <= once(headers).items()
    assert body[8:12] == b"WEBP"
    assert headers["Content-Encoding"] is None


def test_a_part_of_a_picture_and_an_unchanged_one_are_inert_too(picture):
    status, headers, body = fetch(picture, Range="bytes=8-11")
    assert (status, body) == (206, b"WEBP")
    assert PUBLIC.items() <= once(headers).items()
    status, headers, _ = fetch(picture, If_None_Match=headers["ETag"])
    assert status == 304
    kept = {name: value for name, value in PUBLIC.items() if name not in NOT_WITH_304}
    assert kept.items() <= once(headers).items()


def test_nothing_but_pictures_and_documents_exists_under_media(filesystem_stack):
    """Whatever reaches the folder, by a bug or by hand: no page, no script, no way out."""
    filesystem_stack.run(
        "sh",
        "-ec",
        "cd /srv/media/public && mkdir -p odd && cd odd"
        " && for name in page.html logo.svg run.php x.webp.html .hidden.webp BIG.WEBP plain; do"
        " echo '<script>alert(1)</script>' > $name; done && chmod 644 * .hidden.webp"
        " && ln -sf ../../private private && ln -sf /etc/passwd passwd.webp"
        " && echo not-a-picture > honest.webp && chmod 644 honest.webp",
    )
    url = f"{filesystem_stack.url}/media/odd"
    names = "page.html logo.svg run.php x.webp.html .hidden.webp BIG.WEBP plain passwd.webp"
    for name in names.split():
        status, _, page = fetch(f"{url}/{name}")
        assert (status, b"Nothing hangs here" in page) == (404, True), name
    status, headers, _ = fetch(f"{url}/honest.webp")
    assert status == 200
    assert PUBLIC.items() <= dict(headers).items()


@pytest.fixture(scope="module")
def alice(filesystem_stack):
    return Member(filesystem_stack.url)


@pytest.fixture(scope="module")
def body():
    return files.pdf()


@pytest.fixture(scope="module")
def document(alice, body):
    """Return the address under which alice downloads her document."""
    return alice.store("loan.pdf", body)


def download(member, path, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return member.open(urllib.request.Request(member.url + path, headers=names))


def test_a_private_file_keeps_its_headers_through_x_accel_redirect(alice, document, body):
    status, headers, sent = download(alice, document)
    assert (status, sent) == (200, body)
    assert PRIVATE.items() <= once(headers).items()
    assert headers["X-Accel-Redirect"] is None
    assert len(headers.get_all("X-Request-ID")) == 1


def test_a_private_file_keeps_its_headers_in_parts_and_unchanged(alice, document, body):
    status, headers, sent = download(alice, document, Range="bytes=0-99")
    assert (status, sent) == (206, body[:100])
    assert PRIVATE.items() <= once(headers).items()
    status, headers, _ = download(alice, document, If_None_Match=headers["ETag"])
    assert status == 304
    kept = {name: value for name, value in PRIVATE.items() if name not in NOT_WITH_304}
    assert kept.items() <= once(headers).items()
    status, headers, _ = download(alice, document, Range="bytes=99999999-")
    assert status == 416
    assert INERT.items() <= once(headers).items()


def test_a_private_file_has_no_address_of_its_own(filesystem_stack, document):
    """Its key is known here, which nobody else can say, and it helps nothing."""
    found = filesystem_stack.run("find", "/srv/media/private", "-name", "*.pdf")
    key = found.splitlines()[0].removeprefix("/srv/media/private/")
    for path in (f"/protected/{key}", f"/media/{key}", f"/media/odd/private/{key}"):
        assert fetch(filesystem_stack.url + path)[0] == 404, path
    for path in (f"/media/../private/{key}", f"/media/..%2fprivate/{key}"):
        assert fetch(filesystem_stack.url + path)[0] == 404, path


def test_a_stranger_is_sent_to_the_sign_in_and_not_to_the_file(filesystem_stack, document):
    status, headers, _ = fetch(filesystem_stack.url + document)
    assert status == 302
    assert headers["Location"].startswith("/accounts/sign-in/")


def test_no_python_process_sends_the_bytes_of_a_file(filesystem_stack, alice, document, picture):
    _, headers, body = download(alice, document)
    fetch(picture)
    request_id = headers["X-Request-ID"]

    def said_by(service):
        [container] = filesystem_stack.containers(service)
        return docker("logs", container)

    def line_of(service):
        lines = said_by(service).splitlines()
        access = (json.loads(line) for line in lines if f'"{request_id}"' in line)
        return next((line for line in access if "bytes" in line), None)

    assert until(lambda: line_of("web"))["bytes"] == 0
    assert until(lambda: line_of("nginx"))["bytes"] > len(body)
    assert "/media/" not in said_by("web")
