"""One hash per file: what a browser sees of the static files, and proof that the guard bites."""

import pytest
from playwright.sync_api import expect

from tests.e2e import files, journeys
from tests.e2e.guard import PageGuard
from tests.e2e.pipeline import Walk
from tests.servers.site import run_python
from tests.servers.site import site as production_site

STOCK_SETTINGS = """
from config.settings import *

STATIC_ROOT = "{root}"
STORAGES["staticfiles"] = {{
    "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
}}
# Not the subject here: trying brotli and gzip on every file takes a while.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["js", "css", "svg", "txt", "map", "json", "woff2", "md"]
"""


def choose_a_photo(page):
    photo = journeys.file("IMG.jpg", files.phone_photo(), "image/jpeg")
    journeys.avatar_field(page).set_input_files(photo)
    expect(journeys.crop_stage(page).first).to_be_visible()


def walk_the_site(page):
    """Visit a page of every kind; return the finished walk and the scripts run on each page."""
    walk = Walk(page)
    ran = {
        path: walk.visit(path)
        for path in ("/", "/prints/", "/prints/study-30/", "/documents/", "/admin/")
    }
    ran["/accounts/profile/"] = walk.visit("/accounts/profile/", choose_a_photo)
    return walk, ran


@pytest.fixture(scope="module")
def walked(site, browser, signed_in):
    guard = PageGuard()
    context = browser.new_context(base_url=site.url, storage_state=signed_in["stella"])
    guard.watch(context)
    yield walk_the_site(context.new_page())
    guard.check()
    context.close()


def test_every_static_file_is_hashed_once_cached_for_ever_and_run_once(walked):
    walk, ran = walked
    assert walk.faults == []
    # The walk met what it is about: our bundle, app-owned files, and the admin's.
    seen = {name.removeprefix("/static/").partition("/")[0] for name in walk.seen}
    assert {"frontend", "admin", "accounts", "catalog"} <= seen
    assert "/static/frontend/main.js" in ran["/"]


def test_the_crop_is_loaded_only_where_an_avatar_is_cropped(walked):
    walk, ran = walked
    assert "/static/frontend/avatar-crop.js" in ran["/accounts/profile/"]
    assert "/static/frontend/avatar-crop.css" in walk.seen
    for path in ("/", "/prints/", "/documents/"):
        assert "/static/frontend/avatar-crop.js" not in ran[path]


@pytest.fixture(scope="module")
def stock_site(s3, site, tmp_path_factory):
    """The same site, people and media, its static files collected by the stock storage class."""
    folder = tmp_path_factory.mktemp("stock")
    root = folder / "staticfiles"
    (folder / "stock_settings.py").write_text(STOCK_SETTINGS.format(root=root))
    settings = {
        **site.settings,
        "DJANGO_SETTINGS_MODULE": "stock_settings",
        "PYTHONPATH": str(folder),
    }
    run_python("manage.py", "collectstatic", "--no-input", "--verbosity=0", env=settings)
    with production_site(
        settings, migrate=False, static_manifest=root / "staticfiles.json"
    ) as running:
        yield running


def test_the_guard_bites_on_the_stock_storage(stock_site, browser, signed_in):
    # Cookies ignore the port, so stella is signed in here too.
    context = browser.new_context(base_url=stock_site.url, storage_state=signed_in["stella"])
    walk, _ = walk_the_site(context.new_page())
    context.close()
    faults = "\n".join(walk.faults)
    assert "2 hashes in its name" in faults
    assert "the entry /static/frontend/main.js ran 2 times" in faults


def test_with_a_cdn_every_static_file_comes_from_there(published_site, s3, browser, signed_in):
    """Scripts and the chunks they load, CSS and the files it names, fonts: CDN_URL alone."""
    guard = PageGuard()
    context = browser.new_context(base_url=published_site.url, storage_state=signed_in["stella"])
    guard.watch(context)
    walk, ran = walk_the_site(context.new_page())
    guard.check()  # neither CORS nor the policy blocks anything
    context.close()
    assert walk.faults == []
    assert {url.partition("/static/")[0] for url in walk.responses} == {s3.cdn_url}
    assert "/static/frontend/avatar-crop.js" in ran["/accounts/profile/"]
    assert {name.rpartition(".")[2] for name in walk.seen} >= {"js", "css", "woff2", "svg"}
