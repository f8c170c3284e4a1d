"""The guard of the pages bites: what it must report, it reports."""

from urllib.parse import urlsplit

import pytest

from tests.e2e.guard import PageGuard

BAD_PAGE = """<!doctype html><title>Bad</title>
<script>inline()</script>
<p style="color: red">styled</p>
<img src="https://elsewhere.example/pixel.png" alt="">
<script src="/throws.js"></script>
<script src="/gone.js"></script>
"""


def path_of(route):
    return urlsplit(route.request.url).path


@pytest.fixture
def bad_page(browser):
    context = browser.new_context()
    guard = PageGuard()
    guard.watch(context)
    page = context.new_page()
    policy = {"Content-Security-Policy": "default-src 'none'; script-src 'self'"}
    answers = {
        "/": {"body": BAD_PAGE, "content_type": "text/html", "headers": policy},
        "/throws.js": {"body": "throw new Error('at work')", "content_type": "text/javascript"},
        "/gone.js": {"status": 404, "body": ""},
    }
    page.route("http://bad.test/**", lambda route: route.fulfill(**answers[path_of(route)]))
    page.goto("http://bad.test/")
    yield guard
    context.close()


def test_the_guard_reports_all_that_is_wrong_with_a_page(bad_page):
    with pytest.raises(pytest.fail.Exception) as failure:
        bad_page.check()
    for fault in (
        "CSP violation: script-src-elem blocked inline",
        "CSP violation: style-src-attr blocked inline",
        "CSP violation: img-src blocked https://elsewhere.example/pixel.png",
        "page error: at work",
        "status 404 at http://bad.test/gone.js",
    ):
        assert fault in str(failure.value)


def test_a_declared_answer_that_never_comes_is_reported_too(bad_page):
    bad_page.faults.clear()
    bad_page.expect(418, "/tea")
    with pytest.raises(pytest.fail.Exception, match="never seen: status 418"):
        bad_page.check()
