"""When something goes wrong, the page still looks like the site and says what to do."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import journeys
from tests.servers.site import site as production_site

BROKEN_URLS = """
from django.urls import path
from config.urls import *

def broken(request):
    raise RuntimeError("meant by a test")

urlpatterns = [path("broken/", broken), *urlpatterns]
"""
BROKEN_SETTINGS = """
from config.settings import *

ROOT_URLCONF = "broken_urls"
STATIC_ROOT = "/nonexistent"
"""


def says_what_to_do(page, code):
    """An error page has a heading, words of its own, and a way on."""
    assert str(code) in page.title() or page.get_by_role("heading", level=1).is_visible()
    expect(page.get_by_role("main").get_by_role("link").first).to_be_visible()
    font = page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
    assert "serif" in font


def test_a_missing_page_is_a_page(new_context, guard):
    visitor = new_context().new_page()
    guard.expect(404, "/prints/never-hung/$")
    assert visitor.goto("/prints/never-hung/").status == 404
    says_what_to_do(visitor, 404)


def test_a_form_without_its_token_is_refused_kindly(new_context, guard):
    guard.expect(403, "/accounts/sign-in/$")
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/accounts/sign-in/")
    page.context.clear_cookies()
    page.get_by_label("Username").fill("bob")
    page.get_by_label("Password", exact=True).fill(journeys.PASSWORD)
    journeys.press(page, "Sign in")
    says_what_to_do(page, 403)
    expect(page.get_by_text(re.compile("cookies", re.IGNORECASE)).first).to_be_visible()


def test_a_file_beyond_every_limit_gets_an_answer_not_a_dropped_line(people, guard, tmp_path):
    guard.expect(413, "/documents/$")
    page = people.page("alice", java_script_enabled=False)
    page.goto("/documents/")
    large = tmp_path / "film.pdf"
    large.write_bytes(b"%PDF-1.7" + bytes(22 * 1024 * 1024))
    journeys.upload_document(page, large, scripts=False)
    says_what_to_do(page, 413)
    expect(page.get_by_text(re.compile("10.*MB")).first).to_be_visible()


@pytest.fixture(scope="module")
def broken_site(tmp_path_factory):
    """A site whose database has no tables and whose static files are gone."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "broken_urls.py").write_text(BROKEN_URLS)
    (folder / "broken_settings.py").write_text(BROKEN_SETTINGS)
    variables = {"DJANGO_SETTINGS_MODULE": "broken_settings", "PYTHONPATH": str(folder)}
    with production_site(variables, migrate=False, static_manifest=None) as running:
        yield running


def test_the_page_for_our_own_mistakes_needs_nothing_that_may_be_broken(
    new_context, guard, broken_site
):
    guard.expect(500, "/broken/$")
    page = new_context().new_page()
    assert page.goto(f"{broken_site.url}/broken/").status == 500
    says_what_to_do(page, 500)
    assert "RuntimeError: meant by a test" in broken_site.log.read_text()
    assert "meant by a test" not in page.content()


def test_a_static_file_of_another_release_is_a_404_that_nobody_keeps(site):
    status, headers, _ = journeys.fetch(f"{site.url}/static/frontend/main.0123456789ab.js")
    assert (status, headers["Cache-Control"]) == (404, "no-store")
