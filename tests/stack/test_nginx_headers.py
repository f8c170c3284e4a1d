"""What nginx sends with a file of ours: the same as WhiteNoise, and the same for every file."""

import http.client
import json
import re
from urllib.parse import quote, urlsplit

import pytest

from tests.servers.stack import fetch

FOREVER = "max-age=315360000, public, immutable"
BRIEF = "max-age=60, public"
OF_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Each server has its own way to write these: compared are what a browser or a cache acts on.
OWN = {"server", "date", "connection", "accept-ranges", "etag", "last-modified", "x-request-id"}
OWN |= {"server-timing"}  # in which each names itself
ENCODINGS = {"br, gzip": "br", "gzip": "gzip", "identity": None}


def raw(stack, path, method="GET"):
    """Send a path exactly as it is written; return status, headers and text."""
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=30)
    connection.putrequest(method, path)
    connection.endheaders()
    response = connection.getresponse()
    answer = response.status, response.headers, response.read().decode(errors="replace")
    connection.close()
    return answer


@pytest.fixture(scope="module")
def collected(stack):
    """Return the path of every file in the image of nginx that is not another one, compressed."""
    found = stack.compose("exec", "-T", "nginx", "find", "/srv/static", "-type", "f")
    files = {path.removeprefix("/srv") for path in found.splitlines()}
    return sorted(p for p in files if p.removesuffix(".br").removesuffix(".gz") == p)


@pytest.fixture(scope="module")
def manifest(stack):
    text = stack.compose("exec", "-T", "nginx", "cat", "/srv/static/staticfiles.json")
    return json.loads(text)["paths"]


def test_every_collected_file_is_immutable_exactly_when_its_name_is_a_fingerprint(
    stack, collected, manifest
):
    fingerprinted = {f"/static/{name}" for name in manifest.values()}
    assert fingerprinted < set(collected)
    for path in collected:
        status, headers, _ = fetch(stack.url + quote(path), "HEAD")
        assert status == 200, path
        wanted = FOREVER if path in fingerprinted else BRIEF
        assert headers.get_all("Cache-Control") == [wanted], path


ASK_WHITENOISE = """
import json, sys, urllib.parse, urllib.request
answers = {}
for line in sys.stdin:
    path = line.rstrip("\\n")
    for accepted in ("br, gzip", "gzip", "identity"):
        request = urllib.request.Request(
            "http://127.0.0.1:8000" + urllib.parse.quote(path),
            headers={"Accept-Encoding": accepted, "Host": "localhost"}, method="HEAD",
        )
        with urllib.request.urlopen(request) as response:
            answers[path + " " + accepted] = dict(response.headers)
print(json.dumps(answers))
"""


def test_nginx_and_whitenoise_send_the_same_headers_with_every_file(stack, collected):
    """So a site can put nginx in front, or take it away, and no page notices."""
    lines = "".join(f"{path}\n" for path in collected)
    asked = stack.compose("exec", "-T", "web", "python", "-c", ASK_WHITENOISE, stdin=lines)
    answers = json.loads(asked.splitlines()[-1])
    for path in collected:
        for accepted in ENCODINGS:
            status, headers, _ = fetch(stack.url + quote(path), "HEAD", Accept_Encoding=accepted)
            assert status == 200
            assert plain(headers) == plain(answers[f"{path} {accepted}"]), path


def plain(headers):
    return {
        name.lower(): value.lower().replace('"', "")
        for name, value in headers.items()
        if name.lower() not in OWN
    }


@pytest.mark.parametrize("accepted", ENCODINGS)
def test_the_smallest_encoding_the_browser_accepts_is_sent(stack, manifest, accepted):
    url = f"{stack.url}/static/{manifest['catalog/css/catalog.css']}"
    status, headers, body = fetch(url, Accept_Encoding=accepted)
    assert status == 200
    assert headers["Content-Encoding"] == ENCODINGS[accepted]
    assert headers["Vary"] == "Accept-Encoding"
    assert headers["Content-Type"] == "text/css; charset=utf-8"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert int(headers["Content-Length"]) == len(body)
    assert OF_SECURITY.items() <= dict(headers).items()
    sizes = [len(fetch(url, Accept_Encoding=other)[2]) for other in ENCODINGS]
    assert sizes == sorted(sizes)


def test_a_proxy_on_the_way_takes_no_compression_away(stack, manifest):
    url = f"{stack.url}/static/{manifest['catalog/css/catalog.css']}"
    _, headers, _ = fetch(url, Accept_Encoding="gzip", Via="1.1 cache.example.com")
    assert headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    "path",
    [
        "/static/frontend/main.ffffffffffff.js",
        "/static/site/logo.svg.br",
        "/static/site/logo.svg.gz",
        "/static/admin",
        "/static/admin/",
        "/static/",
        "/static/SITE/LOGO.SVG",
    ],
)
def test_what_is_no_static_file_is_a_404_that_no_cache_keeps(stack, path):
    status, headers, body = fetch(stack.url + path)
    assert status == 404
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Location"] is None
    assert body == b"No such static file in this release.\n"
    assert OF_SECURITY.items() <= dict(headers).items()


def test_a_file_that_has_not_changed_is_not_sent_again(stack):
    url = f"{stack.url}/static/site/logo.svg"
    for accepted in ENCODINGS:
        _, headers, _ = fetch(url, Accept_Encoding=accepted)
        status, again, body = fetch(url, Accept_Encoding=accepted, If_None_Match=headers["ETag"])
        assert (status, body) == (304, b"")
        assert again["Cache-Control"] == BRIEF
        assert again["Vary"] == "Accept-Encoding"


def test_a_part_of_a_file_can_be_asked_for(stack):
    url = f"{stack.url}/static/site/favicon.ico"
    whole = fetch(url)[2]
    status, headers, part = fetch(url, Range="bytes=10-19")
    assert (status, part) == (206, whole[10:20])
    assert headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
    status, headers, _ = fetch(url, Range="bytes=999999-")
    assert status == 416
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_static_file_can_only_be_read(stack, method):
    status, headers, _ = fetch(f"{stack.url}/static/site/logo.svg", method, body=b"x")
    assert status == 405
    assert headers["Allow"] == "GET, HEAD"


def test_a_page_of_django_comes_through_with_each_header_once(stack):
    status, headers, _ = fetch(f"{stack.url}/prints/")
    assert status == 200
    for name in (*OF_SECURITY, "Content-Security-Policy", "X-Frame-Options", "X-Request-ID"):
        assert len(headers.get_all(name)) == 1, name
    assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"])
    assert headers["Server"] == "nginx"


@pytest.mark.parametrize(
    "path",
    [
        "/.git/config",
        "/.env",
        "/static/.env",
        "/static/site/.htaccess",
        "/media/.env",
        "/prints/../admin/",
        "/prints/%2e%2e/admin/",
        "/static/..%2fetc/passwd",
        "/static/%2e%2e%5cnginx.conf",
        "/protected/documents/x.pdf",
        "/errors/404.html",
    ],
)
def test_paths_that_climb_or_hide_are_refused_in_the_sites_look(stack, path):
    status, headers, text = raw(stack, path)
    assert status == 404
    assert "Nothing hangs here" in text
    assert "Become a member" not in text  # who asks is not known to nginx
    assert headers.get_all("Cache-Control") == ["no-store"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert OF_SECURITY.items() <= dict(headers).items()


@pytest.mark.parametrize(
    "path", ["/.well-known/security.txt", "/people/.bob/", "/a..b/", "/x?/../"]
)
def test_paths_that_only_look_like_it_reach_django(stack, path):
    status, _, text = raw(stack, path)
    assert status == 404
    assert "Become a member" in text


def test_what_makes_no_sense_is_answered_in_the_sites_look(stack):
    status, _, text = raw(stack, "/" + "a" * 9000)
    assert status == 400
    assert "This request made no sense" in text
