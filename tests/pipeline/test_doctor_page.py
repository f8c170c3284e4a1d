"""`doctor --live` on the front page: one with all kinds of files, and one thing wrong at a time."""

import gzip
from types import SimpleNamespace

import brotli
import pytest
from django.core.files.storage import storages

from pipeline.doctor import fetching, live_page
from pipeline.doctor.fetching import Unreachable, ask, follow
from pipeline.doctor.live_page import examine_page, examine_private_pages, private_addresses
from pipeline.doctor.policy import allows, parsed
from pipeline.doctor.references import of_page, of_script, of_style
from tests.pipeline.origins import running_origin
from tests.servers.child import free_port

FOREVER = "max-age=315360000, public, immutable"
BRIEF = "max-age=60, public"
HASH = "0123456789ab"
CSS, JS, LAZY = f"site.{HASH}.css", f"main.{HASH}.js", f"lazy.{HASH}.js"
FONT, LOGO, FLOOR = f"serif.{HASH}.woff2", f"logo.{HASH}.svg", f"floor.{HASH}.svg"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'"
PAGE = f"""<!doctype html>
<link rel="stylesheet" href="/static/{CSS}">
<link rel="icon" href="/static/{LOGO}">
<script type="module" src="/static/{JS}"></script>
<img src="/media/a.webp" alt="">"""
PADDING = "/* worth compressing */" * 100


@pytest.fixture
def cdn():
    with running_origin() as running:
        yield running


@pytest.fixture
def site(monkeypatch):
    """A site whose page and files are as they should be."""
    names = [CSS, JS, LAZY, FONT, LOGO, FLOOR]
    manifest = {name.replace(f".{HASH}", ""): name for name in names}
    storage = SimpleNamespace(hashed_files=manifest)
    monkeypatch.setattr(live_page, "static_storage", lambda: storage)
    with running_origin() as running:
        running.put("/", "text/html", PAGE.encode(), Content_Security_Policy=POLICY)
        running.put("/media/a.webp", "image/webp", b"RIFF", Cache_Control=FOREVER)
        style = f"a {{ background: url({FLOOR}) }} @font-face {{ src: url('{FONT}') }}{PADDING}"
        static(running, CSS, "text/css; charset=utf-8", style)
        static(running, JS, "text/javascript", f'import("./{LAZY}");{PADDING}')
        static(running, LAZY, "text/javascript", f"export default 1;{PADDING}")
        static(running, FONT, "font/woff2", "wOF2")
        static(running, LOGO, "image/svg+xml", "<svg/>")
        static(running, FLOOR, "image/svg+xml", "<svg/>")
        yield running


def static(origin, name, content_type, text, **headers):
    """Put a file with a fingerprint, compressed if that is worth it."""
    body = text.encode()
    if len(body) > 1400:
        body, headers = brotli.compress(body), {"Content_Encoding": "br", **headers}
    origin.put(f"/static/{name}", content_type, body, Cache_Control=FOREVER, **headers)


def change(origin, name, **headers):
    """Change headers of a file; None takes one away."""
    status, before, body = origin.pages[name]
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    kept = {k: v for k, v in {**before, **named}.items() if v is not None}
    origin.pages[name] = (status, kept, body)


def examine(site):
    return list(examine_page(f"{site.url}/"))


def only(findings, id):
    assert [finding.id for finding in findings] == [id]
    return findings[0].what


def test_a_page_as_it_should_be_has_no_finding_and_every_file_was_asked_for(site):
    assert examine(site) == []
    asked = {path for _, path in site.asked}
    assert {f"/static/{name}" for name in (CSS, JS, LAZY, FONT, LOGO, FLOOR)} < asked
    assert "/media/a.webp" in asked


def test_a_site_that_is_away_is_a_finding_with_the_address():
    url = f"http://127.0.0.1:{free_port()}/"
    [found] = examine_page(url)
    assert found.id == "pipeline.E200"
    assert url in found.what
    assert "--url" in found.mend


def test_a_site_that_answers_otherwise_than_with_a_page_is_found(site):
    site.put("/", "text/html", b"", status=400)
    assert f"{site.url}/ is answered 400" in only(examine(site), "pipeline.E210")


def test_a_redirect_is_followed_to_the_page(site):
    site.pages["/en/"] = site.pages["/"]
    site.pages["/"] = (302, {"Location": "/en/"}, b"")
    assert examine(site) == []


@pytest.mark.parametrize("name", [CSS, JS, LAZY, FONT, LOGO, FLOOR])
def test_a_file_that_is_missing_is_found_with_who_names_it(site, name):
    del site.pages[f"/static/{name}"]
    [found] = examine(site)
    assert (found.id, name in found.what) == ("pipeline.E211", True)
    inside = {LAZY: JS, FONT: CSS, FLOOR: CSS}
    assert found.where.endswith(inside.get(name, "/"))


@pytest.fixture
def deep(site):
    """The same site with an import of an import: a chunk, and a font of an `@import`ed sheet."""
    static(site, LAZY, "text/javascript", f'import "./{JS}"; import("./deeper.js");{PADDING}')
    site.put("/static/deeper.js", "text/javascript", b'import "./deepest.js"', Cache_Control=BRIEF)
    site.put("/static/deepest.js", "text/javascript", b"export {};", Cache_Control=BRIEF)
    static(site, CSS, "text/css", f'@import "deep.css";{PADDING}')
    site.put("/static/deep.css", "text/css", b'@import "deeper.css";', Cache_Control=BRIEF)
    site.put(
        "/static/deeper.css", "text/css", b'a { src: url("deep.woff2#x") }', Cache_Control=BRIEF
    )
    site.put("/static/deep.woff2", "font/woff2", b"wOF2", Cache_Control=BRIEF)
    return site


def test_imports_that_go_round_end_and_each_file_is_asked_for_once(deep):
    assert examine(deep) == []
    asked = [path for _, path in deep.asked]
    assert len(set(asked)) == len(asked)
    assert {"/static/deepest.js", "/static/deep.woff2"} < set(asked)


@pytest.mark.parametrize(
    ("name", "named_in"), [("deepest.js", "deeper.js"), ("deep.woff2", "deeper.css")]
)
def test_a_file_that_is_missing_three_imports_down_is_found(deep, name, named_in):
    del deep.pages[f"/static/{name}"]
    [found] = examine(deep)
    assert (found.id, name in found.what) == ("pipeline.E211", True)
    assert found.where == f"{deep.url}/static/{named_in}"


def test_where_the_following_ends_is_said(site, monkeypatch):
    monkeypatch.setattr(live_page, "MOST_FILES", 7)
    assert examine(site) == []
    monkeypatch.setattr(live_page, "MOST_FILES", 4)
    [found] = examine(site)
    assert (found.id, found.severity) == ("pipeline.I223", "info")
    assert found.what.startswith("4 files were followed: and at least 3 more are named")


@pytest.mark.parametrize(
    "html",
    [
        '<p style="background: url(/static/gone.svg)">',
        "<style>p { background: url('/static/gone.svg') }</style>",
        '<svg><use href="/static/gone.svg#arrow"/></svg>',
        '<svg><use xlink:href="/static/gone.svg#arrow"></use></svg>',
    ],
)
def test_what_a_style_or_a_sprite_on_the_page_names_is_followed(site, html):
    site.put("/", "text/html", html.encode(), Content_Security_Policy=POLICY)
    [found] = examine(site)
    assert (found.id, found.what) == (
        "pipeline.E211",
        f"{site.url}/static/gone.svg: answered 404.",
    )
    site.put("/static/gone.svg", "image/svg+xml", b"<svg/>", Cache_Control=BRIEF)
    assert examine(site) == []


def test_many_files_with_the_same_fault_are_one_finding(site):
    many = "".join(f'<img src="/media/{number}.webp">' for number in range(9))
    site.put("/", "text/html", many.encode())
    [found] = examine(site)
    assert found.id == "pipeline.E211"
    assert f"{site.url}/media/0.webp, " in found.what
    assert "and 6 more: answered 404." in found.what
    assert "MEDIA_DIR" in found.mend


def test_a_file_of_an_origin_that_is_away_is_found(site):
    nowhere = f"http://127.0.0.1:{free_port()}"
    site.put("/", "text/html", PAGE.replace("/media/", f"{nowhere}/media/").encode())
    assert f"{nowhere}/media/a.webp: " in only(examine(site), "pipeline.E211")


@pytest.mark.parametrize(
    ("name", "sent_as"), [(CSS, "text/plain"), (JS, "text/plain"), (LOGO, "text/html")]
)
def test_a_file_with_the_type_of_another_is_found(site, name, sent_as):
    change(site, f"/static/{name}", Content_Type=sent_as)
    what = only(examine(site), "pipeline.E212")
    assert name in what
    assert f"sent as {sent_as}" in what


def test_a_file_that_is_not_in_the_encoding_it_claims_is_found(site):
    change(site, f"/static/{LAZY}", Content_Encoding="gzip")
    assert f"{LAZY}: it is not gzip" in only(examine(site), "pipeline.E212")


def test_a_page_that_is_not_in_its_encoding_is_found(site):
    change(site, "/", Content_Encoding="br")
    assert "it is not br" in only(examine(site), "pipeline.E212")


def test_gzip_is_as_good_as_brotli(site):
    body = gzip.compress(PADDING.encode())
    site.put(
        f"/static/{LAZY}", "text/javascript", body, Content_Encoding="gzip", Cache_Control=FOREVER
    )
    assert examine(site) == []


def test_an_uncompressed_script_is_found_and_a_small_one_is_not(site):
    site.put(f"/static/{LAZY}", "text/javascript", PADDING.encode(), Cache_Control=FOREVER)
    what = only(examine(site), "pipeline.W213")
    assert f"{LAZY} ({len(PADDING)} bytes): uncompressed" in what
    site.put(f"/static/{LAZY}", "text/javascript", b"export {};", Cache_Control=FOREVER)
    assert examine(site) == []


def test_a_hashed_file_that_is_not_immutable_is_found(site):
    change(site, f"/static/{FONT}", Cache_Control=BRIEF)
    what = only(examine(site), "pipeline.W214")
    assert FONT in what
    assert BRIEF in what


@pytest.mark.parametrize("caching", [FOREVER, "max-age=31536000"])
def test_a_file_without_a_fingerprint_that_is_cached_for_ever_is_found(site, caching):
    site.put("/", "text/html", PAGE.replace(LOGO, "icon-deadbeefcafe.svg").encode())
    site.put("/static/icon-deadbeefcafe.svg", "image/svg+xml", b"<svg/>", Cache_Control=caching)
    what = only(examine(site), "pipeline.E215")
    assert "icon-deadbeefcafe.svg" in what
    change(site, "/static/icon-deadbeefcafe.svg", Cache_Control=BRIEF)
    assert examine(site) == []


@pytest.fixture
def on_cdn(site, cdn, settings):
    """The same site with its static files on another origin."""
    settings.STATIC_URL = f"{cdn.url}/static/"
    for path in [path for path in site.pages if path.startswith("/static/")]:
        cdn.pages[path] = site.pages.pop(path)
        change(cdn, path, Access_Control_Allow_Origin="*")
    page = PAGE.replace("/static/", settings.STATIC_URL)
    policy = POLICY.replace("'self'", f"'self' {cdn.url}")
    site.put("/", "text/html", page.encode(), Content_Security_Policy=policy)
    return site


def test_a_cdn_with_cors_and_the_policy_for_it_has_no_finding(on_cdn):
    assert examine(on_cdn) == []


@pytest.mark.parametrize("name", [FONT, JS, LAZY])
def test_a_font_or_module_of_a_cdn_without_cors_is_found(on_cdn, cdn, name):
    change(cdn, f"/static/{name}", Access_Control_Allow_Origin=None)
    what = only(examine(on_cdn), "pipeline.E216")
    assert f"{cdn.url}/static/{name}" in what
    assert f"the page is at {on_cdn.url}" in what


@pytest.mark.parametrize("name", [CSS, LOGO])
def test_a_style_or_picture_of_a_cdn_needs_no_cors(on_cdn, cdn, name):
    change(cdn, f"/static/{name}", Access_Control_Allow_Origin=None)
    assert examine(on_cdn) == []


@pytest.mark.parametrize(("directive", "name"), [("font-src", FONT), ("script-src", LAZY)])
def test_what_the_policy_refuses_is_found(on_cdn, cdn, directive, name):
    policy = on_cdn.pages["/"][1]["Content-Security-Policy"]
    refusing = policy.replace(f"{directive} 'self' {cdn.url}", f"{directive} 'self'")
    change(on_cdn, "/", Content_Security_Policy=refusing)
    findings = examine(on_cdn)
    assert {finding.id for finding in findings} == {"pipeline.E217"}
    assert any(name in finding.what and directive in finding.what for finding in findings)


def test_every_policy_of_an_answer_counts(site):
    change(site, "/", Content_Security_Policy=f"{POLICY}, img-src https://media.example")
    findings = examine(site)
    assert {finding.id for finding in findings} == {"pipeline.E217"}
    assert any("a.webp" in finding.what for finding in findings)


def test_a_picture_in_the_style_sheet_itself_needs_the_policys_word(site):
    picture = "data:image/svg+xml,%3Csvg/%3E"
    static(site, CSS, "text/css", f"a {{ background: url({picture}) }}{PADDING}")
    what = only(examine(site), "pipeline.E217")
    assert f"{picture}: not allowed by img-src of the page's policy" in what


def test_http_on_a_page_of_https_is_found(monkeypatch):
    page = b'<img src="http://media.example/a.webp"><img src="http://127.0.0.1:1/b.webp">'
    monkeypatch.setattr(live_page, "follow", lambda url, **headers: https_answer(url, page))
    findings = [f for f in examine_page("https://gallery.example/") if f.id == "pipeline.E218"]
    assert len(findings) == 1
    assert "http://media.example/a.webp" in findings[0].what


def https_answer(url, page):
    """Answer as a server with a certificate would: the page at /, a picture elsewhere."""
    message = fetching.Message()
    message["Content-Type"] = "text/html" if url.endswith("/") else "image/webp"
    return fetching.Answer(url, 200, message, page if url.endswith("/") else b"RIFF")


def test_a_page_of_another_release_is_found(site):
    other = LOGO.replace(HASH, "ba9876543210")
    site.put("/", "text/html", PAGE.replace(LOGO, other).encode())
    static(site, other, "image/svg+xml", "<svg/>")
    what = only(examine(site), "pipeline.W219")
    assert f"{site.url}/static/{other}: not in the manifest" in what


@pytest.mark.parametrize(
    "missing",
    [(404, {"Cache-Control": "max-age=60"}, b""), (404, {}, b""), (200, {}, b"a page")],
)
def test_a_404_of_a_static_file_that_may_be_cached_is_found(site, missing):
    site.missing = missing
    what = only(examine(site), "pipeline.W220")
    assert f"of-no-release.ffffffffffff.js is answered {missing[0]}" in what


@pytest.mark.parametrize(
    "missing",
    [(404, {"Cache-Control": "max-age=60"}, b""), (403, {}, b"<Code>AccessDenied</Code>")],
)
def test_a_404_that_the_cdn_may_keep_is_found(on_cdn, cdn, settings, missing):
    settings.CDN_URL = cdn.url
    assert examine(on_cdn) == []
    cdn.missing = missing
    what = only(examine(on_cdn), "pipeline.W220")
    assert what.startswith(f"{cdn.url}/static/site/of-no-release.ffffffffffff.js is answered")


def test_a_cdn_that_is_away_is_a_finding_even_if_the_page_names_none_of_its_files(site, settings):
    settings.CDN_URL = f"http://127.0.0.1:{free_port()}"
    what = only(examine(site), "pipeline.E200")
    assert f"The CDN does not answer at {settings.CDN_URL}/static/" in what


def test_in_development_caching_and_compression_are_not_asked_for(site, settings):
    settings.DEBUG = True
    site.missing = (404, {}, b"")
    change(site, f"/static/{FONT}", Cache_Control="max-age=0")
    site.put(f"/static/{LAZY}", "text/javascript", PADDING.encode())
    assert examine(site) == []


# Private pages


@pytest.fixture
def documents_page(site, alices_document):
    path = alices_document.get_absolute_url()
    site.pages[path] = (302, {"Location": "/accounts/login/"}, b"")
    return path


def test_a_document_that_anybody_can_open_is_found(site, documents_page):
    assert list(private_addresses(f"{site.url}/")) == [f"{site.url}{documents_page}"]
    assert list(examine_private_pages(f"{site.url}/")) == []
    site.put(documents_page, "application/pdf", b"%PDF-")
    what = only(list(examine_private_pages(f"{site.url}/")), "pipeline.E221")
    assert f"{documents_page} answers 200 to anybody" in what


def test_without_a_document_nothing_is_asked(site, db):
    assert list(examine_private_pages(f"{site.url}/")) == []
    assert site.asked == []


def test_without_a_table_nothing_is_asked(site, monkeypatch, alices_document):
    monkeypatch.setattr(type(alices_document)._meta, "db_table", "not_migrated_yet")
    assert list(private_addresses(f"{site.url}/")) == []


# What a page names


def test_every_way_in_which_a_page_names_a_file():
    html = """<base href="/b/"><link rel="preload" as="font" href="f.woff2">
      <link rel="preload" as="fetch" href="no"><link rel="modulepreload" href="m.js">
      <link rel="manifest" href="w.json"><link rel="canonical" href="no"><a href="no">
      <script src="s.js"></script><script>inline</script>
      <picture><source srcset="a.avif 1x, b.avif 2x"><img src="a.webp"/></picture>
      <video poster="p.webp" style="background: url(q.webp)"><source src="v.mp4"></video>
      <img src="">
      <style>i { src: url(g.woff2) } /* url(no) */</style><svg><use href="#no"/>
      <use href="t.svg#a"/><use href="t.svg#b"/></svg>"""
    found = of_page(html, "https://x.example/")
    assert {(r.url.removeprefix("https://x.example/b/"), r.kind, r.cors) for r in found} == {
        ("f.woff2", "font", True),
        ("m.js", "script", True),
        ("w.json", "manifest", False),
        ("s.js", "script", False),
        ("a.avif", "img", False),
        ("b.avif", "img", False),
        ("a.webp", "img", False),
        ("p.webp", "img", False),
        ("q.webp", "img", False),
        ("g.woff2", "font", True),
        ("t.svg", "img", False),
        ("v.mp4", "media", False),
    }


def test_a_style_sheet_names_files_imports_and_fonts_but_no_fragments_and_no_comments():
    css = """@import "a.css"; @import url(b.css); /* url(no) */ x { y: url('c.png') url("d.woff2")
      url(#no) }"""
    found = of_style(css, "https://x.example/s/")
    names = {(r.url.removeprefix("https://x.example/s/"), r.kind) for r in found}
    assert names == {("a.css", "style"), ("b.css", "style"), ("c.png", "img"), ("d.woff2", "font")}


def test_a_module_names_its_imports_and_the_styles_of_its_lazy_chunks():
    script = """import{a as b}from"./a.js";import"./b.js";export*from"./c.js";import "package";
      await import(`./d.js`); m.f||(m.f=["./e.js","./e.css"]); "imports./no.js" """
    found = of_script(script, "https://x.example/s/")
    names = {(r.url.removeprefix("https://x.example/s/"), r.kind) for r in found}
    scripts = {(f"{letter}.js", "script") for letter in "abcde"}
    assert names == scripts | {("e.css", "style")}


# What a policy allows


@pytest.mark.parametrize(
    ("sources", "url", "allowed"),
    [
        ("'self'", "https://x.example/a", True),
        ("'self'", "https://y.example/a", False),
        ("'self'", "http://x.example/a", False),
        ("'none'", "https://x.example/a", False),
        ("*", "https://y.example/a", True),
        ("*", "data:image/png,a", False),
        ("data:", "data:image/png,a", True),
        ("https:", "https://y.example/a", True),
        ("y.example", "https://y.example/a", True),
        ("y.example", "https://z.y.example/a", False),
        ("*.y.example", "https://z.y.example/a", True),
        ("http://y.example", "https://y.example/a", True),
        ("https://y.example", "http://y.example/a", False),
        ("https://y.example:8443", "https://y.example/a", False),
        ("https://y.example:*", "https://y.example:8443/a", True),
        ("https://y.example/static/", "https://y.example/static/a", True),
        ("https://y.example/static/", "https://y.example/media/a", False),
        ("https://y.example/a", "https://y.example/a", True),
        ("https://y.example/a", "https://y.example/ab", False),
        ("'nonce-abc'", "https://y.example/a", True),
    ],
)
def test_a_source_of_a_policy(sources, url, allowed):
    policy = parsed(f"default-src 'none'; img-src {sources}; img-src *")
    assert allows(policy, "img-src", url, "https://x.example/") is allowed


def test_a_directive_that_is_not_there_falls_back():
    assert allows({}, "font-src", "https://x.example/a")
    assert not allows({"default-src": []}, "font-src", "https://x.example/a")
    assert allows(parsed("script-src 'none'; script-src-elem *"), "script-src", "https://x/a")


# Asking


def test_what_is_no_web_address_is_not_opened():
    with pytest.raises(Unreachable, match="not an http address"):
        ask("file:///etc/passwd")


def test_who_stands_in_the_address_signs_in_and_is_in_no_finding(site, monkeypatch):
    sent = []
    opened = fetching._opener.open

    def watching(request, **options):
        sent.append(request.get_header("Authorization"))
        return opened(request, **options)

    monkeypatch.setattr(fetching._opener, "open", watching)
    address = site.url.replace("://", "://bob:p%40ss@")
    assert list(examine_page(f"{address}/")) == []
    assert set(sent) == {"Basic Ym9iOnBAc3M="}  # bob:p@ss
    del site.pages["/media/a.webp"]
    [found] = examine_page(f"{address}/")
    assert f"{site.url.replace('://', '://…@')}/media/a.webp" in found.what
    assert "p%40ss" not in f"{found}"


def test_a_redirect_to_where_nobody_answers_says_where(site):
    nowhere = f"https://127.0.0.1:{free_port()}/"
    site.pages["/"] = (301, {"Location": nowhere}, b"")
    [found] = examine(site)
    assert found.id == "pipeline.E200"
    assert f"it redirects to {nowhere}: " in found.what


def test_an_endless_redirect_ends(site):
    site.pages["/"] = (302, {"Location": "/"}, b"")
    assert follow(f"{site.url}/").status == 302
    assert len(site.asked) == 1 + fetching.REDIRECTS


def test_an_answer_without_an_end_is_given_up(site, monkeypatch):
    monkeypatch.setattr(fetching, "MOST_BYTES", 3)
    with pytest.raises(Unreachable, match="more than 3 bytes"):
        ask(f"{site.url}/")
    monkeypatch.setattr(fetching, "MOST_BYTES", 10**6)
    monkeypatch.setattr(fetching, "WHOLE_SECONDS", -1)
    with pytest.raises(Unreachable, match="not complete"):
        ask(f"{site.url}/")


def test_the_private_alias_is_the_one_that_is_asked(alices_document):
    assert alices_document.file.storage == storages["default"]
