"""What the web server in front is told about the site, and what its own files say of it."""

import json
import re

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.urls import get_resolver, reverse
from whitenoise.media_types import MediaTypes

from config.errors import request_too_large
from pipeline.caching import is_fingerprinted
from pipeline.management.commands import nginx_includes
from tests.environment import ROOT
from uploads.storages import CONTENT_TYPES
from uploads.validators import AVATAR_MAX_BYTES, DOCUMENT_MAX_BYTES, PICTURE_MAX_BYTES
from uploads.views import INERT


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    directory = tmp_path_factory.mktemp("generated")
    call_command("nginx_includes", directory, verbosity=0)
    return directory


@pytest.fixture(scope="module")
def written_for_apache(tmp_path_factory):
    directory = tmp_path_factory.mktemp("generated")
    call_command("nginx_includes", directory, server="apache", verbosity=0)
    return directory


def collected():
    names = [p for p in settings.STATIC_ROOT.rglob("*") if p.is_file()]
    return [f"/static/{p.relative_to(settings.STATIC_ROOT)}" for p in names]


def nginx(path):
    """Return a file of nginx/ without its comments."""
    return re.sub(r"(?m)(^|\s)#.*$", "", (ROOT / "nginx" / path).read_text())


# What is written


@pytest.mark.parametrize(
    ("location", "most"),
    [
        ("= /documents/", DOCUMENT_MAX_BYTES),
        ("= /accounts/profile/", AVATAR_MAX_BYTES),
        ("/admin/catalog/print/", PICTURE_MAX_BYTES),
    ],
)
def test_a_form_may_send_its_file_and_what_belongs_around_it(written, location, most):
    limit = f"client_max_body_size {most + settings.REQUEST_MAX_BYTES};"
    rule = f"location {location} {{ {limit} include snippets/upload.conf; }}"
    assert rule in _locations(written).splitlines()
    assert f'"-{most}";' in (written / "limits.conf").read_text()


def test_every_view_that_takes_a_file_is_at_an_address_that_nginx_knows():
    def marked(patterns, path="/"):
        for pattern in patterns:
            below = path + re.sub(r"<[^>]+>", "1", str(pattern.pattern))
            if hasattr(pattern, "url_patterns"):
                yield from marked(pattern.url_patterns, below)
            elif hasattr(pattern.callback, "takes_file"):
                yield below

    paths = list(marked(get_resolver().url_patterns))
    assert len(paths) == 4
    for path in paths:
        assert any(re.match(upload.pattern, path) for upload in nginx_includes.uploads()), path


def test_exactly_the_fingerprinted_files_are_immutable(written, client):
    rules = dict(re.findall(r'^  "(/.*)" "(.*)";$', (written / "immutable.conf").read_text(), re.M))
    files = collected()
    assert set(rules) == {url for url in files if is_fingerprinted("", url)}
    one = next(iter(rules))
    assert rules[one] == client.get(one)["Cache-Control"]
    assert client.get("/static/site/logo.svg")["Cache-Control"] == nginx_includes.BRIEF


def test_nginx_can_hold_the_longest_name_and_all_of_them(monkeypatch):
    names = frozenset({"x" * 200} | {f"{number}.css" for number in range(3000)})
    monkeypatch.setattr(nginx_includes, "fingerprinted_names", lambda: names)
    text = nginx_includes.immutable_map()
    assert "map_hash_bucket_size 256;" in text
    assert "map_hash_max_size 8192;" in text


def test_a_name_with_quotes_stays_one_word(monkeypatch):
    monkeypatch.setattr(nginx_includes, "fingerprinted_names", lambda: frozenset({'a "b\\;{.css'}))
    assert r'"/static/a \"b\\;{.css" "max-age' in nginx_includes.immutable_map()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("login", "sign-in"),
        ("signup", "sign-in"),
        ("password_reset", "sign-in"),
        ("admin:login", "sign-in"),
    ],
)
def test_forms_to_guess_at_are_slowed_down(written, name, kind):
    rule = f"location = {reverse(name)} {{ include snippets/{kind}.conf; }}"
    assert rule in (written / "locations.conf").read_text().splitlines()


def test_a_password_reset_link_is_in_no_log(written):
    link = reverse("password_reset_confirm", kwargs={"uidb64": "MQ", "token": "c0ffee-5ec2e7"})
    form = reverse("password_reset")
    [silent] = re.findall(r'location ~ "(.*)" \{ include snippets/secret', _locations(written))
    assert re.match(silent, link)
    assert not re.match(silent, form)
    text = (written / "logged.conf").read_text()
    blank, rest = (
        re.compile(rule.replace("(?<", "(?P<")) for rule in re.findall('"~(.*?)" "', text)
    )
    assert blank.match(link)["reset_path"] == form
    assert not blank.match(form)
    assert rest.match("/prints/?q=who")["printable_path"] == "/prints/"
    assert not rest.match("/prints/\xff")


def _locations(written):
    return (written / "locations.conf").read_text()


@pytest.mark.parametrize("status", [400, 404, 413, 429, 503])
def test_an_error_page_of_nginx_has_the_sites_look_and_does_not_guess_who_reads(written, status):
    html = (written / f"errors/{status}.html").read_text()
    assert f"Error {status}" in html
    assert len(re.findall("<h1>", html)) == 1
    assert 'href="/"' in html
    assert staticfiles_storage.url("site/logo.svg") in html
    assert re.search(
        r'<link rel="stylesheet" href="/static/frontend/\w+\.[0-9a-f]{12}\.css" crossorigin>', html
    )
    for link in ("login", "logout", "signup", "profile_edit", "admin:index"):
        assert f'"{reverse(link)}"' not in html


def test_the_413_page_of_an_address_names_its_limit(written):
    for most, limit in ((AVATAR_MAX_BYTES, "5.0"), (DOCUMENT_MAX_BYTES, "10.0")):
        assert f"{limit}\xa0MB is the most" in (written / f"errors/413-{most}.html").read_text()
    assert "MB" not in (written / "errors/413.html").read_text()
    assert "/errors/413$largest_file.$error_kind" in nginx("snippets/errors.conf")


def test_a_script_gets_the_words_that_django_would_send(written):
    request = RequestFactory().post("/documents/", headers={"accept": "application/json"})
    for ending, most in (("", 0), (f"-{DOCUMENT_MAX_BYTES}", DOCUMENT_MAX_BYTES)):
        theirs = json.loads(request_too_large(request, most).content)
        assert json.loads((written / f"errors/413{ending}.json").read_text()) == theirs
    for status, code in ((429, "too_many_requests"), (503, "unavailable")):
        [error] = json.loads((written / f"errors/{status}.json").read_text())["errors"]
        assert error["code"] == code
        assert error["message"]


def test_apache_is_told_the_same(written_for_apache, written):
    lines = (written_for_apache / "immutable.txt").read_text().splitlines()[1:]
    immutable = {line.removesuffix(" immutable") for line in lines}
    assert immutable == {url for url in collected() if is_fingerprinted("", url)}
    limits = (written_for_apache / "limits.conf").read_text()
    most = DOCUMENT_MAX_BYTES + settings.REQUEST_MAX_BYTES
    assert f'-gt {most}"\nRewriteRule "^/documents/$" - [R=413' in limits
    assert f'-gt {nginx_includes.SMALL}"\nRewriteRule "!^(?:/documents/$|' in limits
    assert f"client_max_body_size {nginx_includes.SMALL // 1024}k;" in nginx("conf.d/clients.conf")
    for page in ("413.html", "503.html"):
        ours = (written_for_apache / "errors" / page).read_text()
        assert ours == (written / "errors" / page).read_text()


# What it refuses


def test_it_refuses_to_write_pages_that_link_unhashed_files(settings, tmp_path):
    settings.DEBUG = True
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("nginx_includes", tmp_path)


def test_without_collected_files_it_names_the_command_that_collects(monkeypatch, tmp_path):
    monkeypatch.setattr(nginx_includes, "fingerprinted_names", frozenset)
    with pytest.raises(CommandError, match="collectstatic"):
        call_command("nginx_includes", tmp_path)


def test_a_page_whose_files_are_not_collected_is_named(monkeypatch, tmp_path):
    # Not through the lazy staticfiles_storage: from that, monkeypatch takes the name away again.
    hashed = {"x.css": "x.0123456789ab.css"}
    monkeypatch.setattr(storages["staticfiles"], "hashed_files", hashed)
    with pytest.raises(CommandError, match=r"templates/400\.html: .*collectstatic"):
        call_command("nginx_includes", tmp_path)


def test_another_static_url_than_the_configuration_serves_is_refused(settings, tmp_path):
    settings.STATIC_PREFIX = "/assets/"
    with pytest.raises(CommandError, match=r"static\.conf"):
        call_command("nginx_includes", tmp_path)


# What nginx/ says by hand, and must not say differently


def test_nginx_knows_the_types_that_whitenoise_knows():
    types = {
        extension: media_type
        for media_type, extensions in re.findall(
            r"^  (\S+/\S+) ([^;]+);", nginx("conf.d/types.conf"), re.M
        )
        for extension in extensions.split()
    }
    whitenoise = MediaTypes(extra_types=settings.WHITENOISE_MIMETYPES)
    for extension, media_type in types.items():
        assert whitenoise.get_type(f"x.{extension}") == media_type
    for url in collected():
        extension = url.rpartition("/")[2].rpartition(".")[2]
        if extension not in ("br", "gz"):
            ours = types.get(extension, "application/octet-stream")
            assert whitenoise.get_type(url) == ours, url


def test_nginx_serves_uploads_under_the_types_the_storage_gives_them():
    text = nginx("snippets/media.conf")
    served = {f".{end}": kind for kind, end in re.findall(r"^ +(\S+/\S+) (\w+);", text, re.M)}
    assert served == CONTENT_TYPES
    [extensions] = re.findall(r"\\.\(\?:([\w|]+)\)\)\$", text)
    assert {f".{extension}" for extension in extensions.split("|")} == set(CONTENT_TYPES)


@pytest.mark.parametrize("path", ["snippets/inert.conf", "snippets/protected.conf"])
def test_uploads_are_inert_in_the_words_of_the_view(path):
    assert f'add_header Content-Security-Policy "{INERT}" always;' in nginx(path)


def test_nginxs_own_pages_allow_no_more_than_the_sites_policy():
    [policy] = re.findall(r'Content-Security-Policy "(.*?)"', nginx("snippets/errors.conf"))
    for directive in policy.split("; "):
        name, *sources = directive.split()
        assert set(sources) <= set(settings.SECURE_CSP[name])


def test_every_location_that_adds_a_header_has_the_security_headers():
    """An add_header in a location discards all that were added outside it."""
    for path in sorted((ROOT / "nginx" / "snippets").glob("*.conf")):
        text = nginx(path.relative_to(ROOT / "nginx"))
        for block in re.findall(r"location[^{]+\{((?:[^{}]|\{[^{}]*\})*)\}", text):
            if "add_header" in block:
                secured = "snippets/headers.conf" in block or "snippets/inert.conf" in block
                assert secured or "X-Content-Type-Options nosniff" in block, path.name


def test_every_include_names_a_file():
    generated = {"immutable.conf", "limits.conf", "locations.conf", "logged.conf"}
    started = re.findall(r">\"\$run/(?:server/)?([\w.]+)\"", nginx("start"))
    for path in sorted((ROOT / "nginx").rglob("*.conf")):
        for name in re.findall(r"\binclude ([^;*]+);", nginx(path.relative_to(ROOT / "nginx"))):
            there = (ROOT / "nginx" / name).is_file()
            there |= name.startswith("/tmp/vitrine/") and name.rpartition("/")[2] in started
            assert there or name.removeprefix("generated/") in generated, f"{path.name}: {name}"


def test_every_snippet_opens_with_what_it_is():
    for path in sorted((ROOT / "nginx").rglob("*.conf")):
        assert path.read_text().startswith("# What: "), path.name
