"""/pipeline/: for staff, complete, searchable without a script, and with nothing secret on it."""

import html
import re

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from pipeline.inspector import Room, Shipped, floor_plan, searched, shipped, shown_path, squarified
from pipeline.masking import HIDDEN, described, masked
from pipeline.templatetags.pipeline import pathwise, size, wordwise
from tests.environment import ROOT

PAGE = "/pipeline/"


@pytest.fixture
def shown_to_staff(client, stella):
    """Return a function that returns the page's text as stella gets it."""
    client.force_login(stella)

    def get(**query):
        response = client.get(PAGE, query)
        assert response.status_code == 200
        return html.unescape(response.content.decode()).replace("<wbr>", "")

    return get


def listed(text):
    return re.findall(r'class="ways__written">([^<]+)<', text)


def test_only_staff_have_the_page(client, alice):
    response = client.get(PAGE)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/sign-in/")
    client.force_login(alice)
    response = client.get(PAGE)
    assert response.status_code == 404
    assert "From source to URL" not in response.content.decode()


def test_every_file_of_the_manifest_is_on_the_page_with_its_url(shown_to_staff):
    text = shown_to_staff()
    assert len(listed(text)) == len(staticfiles_storage.hashed_files)
    for name, stored in staticfiles_storage.hashed_files.items():
        assert f'href="/static/{stored}"' in text, name


def test_the_whole_way_of_one_file_can_be_read(shown_to_staff):
    text = shown_to_staff(q="catalog/css/catalog.css")
    assert listed(text) == ["catalog/css/catalog.css"]
    [digest] = re.findall(r"\.([0-9a-f]{12})\.", staticfiles_storage.hashed_files[listed(text)[0]])
    row = text[text.index('class="ways__file"') : text.index("</tr>", text.index("ways__file"))]
    for part in ("catalog/static/", "AppDirectoriesFinder", digest, "by Django", "br ", "gz "):
        assert part in row
    assert "kept for ever" in row


@pytest.mark.parametrize("q", ["src/main.ts", "VITE scripts", "django.contrib.admin select2"])
def test_a_search_without_a_script_finds_by_any_part_of_the_way(shown_to_staff, q):
    found = listed(shown_to_staff(q=q))
    assert 0 < len(found) < len(staticfiles_storage.hashed_files)


def test_a_hash_seen_in_the_wild_finds_its_file(shown_to_staff):
    stored = staticfiles_storage.hashed_files["site/icon.svg"]
    assert listed(shown_to_staff(q=stored)) == ["site/icon.svg"]


@pytest.mark.parametrize("origin", ["", "https://vitrine.example", "https://cdn.example/v1"])
@pytest.mark.parametrize("query", ["", "?v=1", "#icon"])
def test_an_address_pasted_from_anywhere_finds_its_file(shown_to_staff, origin, query):
    stored = staticfiles_storage.hashed_files["site/icon.svg"]
    assert listed(shown_to_staff(q=f"{origin}/static/{stored}{query}")) == ["site/icon.svg"]
    assert listed(shown_to_staff(q=f"{origin}/static/site/icon.svg{query}")) == ["site/icon.svg"]


def test_an_address_is_read_as_browsers_write_it():
    words = searched("/static/a%20B.svg catalog/static/ Vite")
    assert words == ["a b.svg", "catalog/static/", "vite"]


def test_files_lie_by_their_owner_folded_until_something_is_searched(shown_to_staff):
    text = shown_to_staff()
    shelves = re.findall(r"<details class=\"shelf\" data-shelf( open)?>", text)
    assert len(shelves) == len({file.owner for file in shipped()})
    assert set(shelves) == {""}
    assert '<details class="shelf" data-shelf open>' in shown_to_staff(q="logo")
    assert '<details class="shelf"' not in shown_to_staff(order="size")  # across all owners


def test_paths_break_after_a_slash_or_a_dot_and_classes_between_their_words():
    assert pathwise("a/<b>.css") == "a/<wbr>&lt;b&gt;.<wbr>css<wbr>"
    assert wordwise("AppDirectoriesFinder") == "App<wbr>Directories<wbr>Finder<wbr>"
    assert pathwise("") == ""


def test_a_search_that_finds_nothing_says_what_to_do(shown_to_staff):
    text = shown_to_staff(q="<b>nothing\x00</b>")
    assert listed(text) == []
    assert "No file has that on its way" in text
    assert "with “<b>nothing</b>”" in text


def test_the_largest_can_come_first(shown_to_staff):
    first, *_, last = listed(shown_to_staff(order="size"))
    sizes = {file.written: file.raw for file in shipped()}
    assert sizes[first] == max(sizes.values())
    assert sizes[last] == min(sizes.values())
    assert listed(shown_to_staff(order="nonsense")) == listed(shown_to_staff())


def test_what_is_hidden_by_a_file_of_the_same_name_is_told(settings, tmp_path, shown_to_staff):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "logo.svg").write_text("<svg/>")
    settings.STATICFILES_DIRS = [tmp_path, *settings.STATICFILES_DIRS]
    finders.get_finder.cache_clear()
    try:
        text = shown_to_staff(q="site/logo.svg")
    finally:
        finders.get_finder.cache_clear()
    assert "hides static/site/logo.svg" in text
    assert str(tmp_path) not in text


def test_a_finder_that_keeps_its_storage_to_itself_leaks_no_path(shown_to_staff, settings):
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.DefaultStorageFinder"]
    settings.STORAGES = {**settings.STORAGES, "default": settings.STORAGES["public"]}
    storages["default"].save("prints/a.webp", ContentFile(b"12345"))
    text = shown_to_staff(q="prints/a.webp")
    assert listed(text) == ["prints/a.webp"]
    assert "…/public/" in text
    assert str(settings.MEDIA_DIR) not in text


def test_without_a_manifest_the_page_says_so_and_lists_the_sources(
    shown_to_staff, settings, tmp_path
):
    settings.DEBUG = True  # or {% static %} refuses to render any page
    settings.STATIC_ROOT = tmp_path / "nowhere"
    text = shown_to_staff()
    assert "Nothing is collected" in text
    assert "catalog/css/catalog.css" in listed(text)
    assert 'href="/static/catalog/css/catalog.css"' in text
    assert "kept for ever, below" in text  # the station, with its 0


def test_in_development_the_page_says_that_names_are_plain(shown_to_staff, settings):
    settings.DEBUG = True
    text = shown_to_staff()
    assert "DEBUG is on" in text
    assert 'href="/static/site/logo.svg"' in text


def test_beside_a_dev_server_the_page_says_that_vites_files_are_the_last_builds(
    shown_to_staff, settings
):
    settings.VITE_DEV_SERVER = "http://localhost:5173"
    assert "Vite serves its own modules" in shown_to_staff()


def test_an_image_without_the_bundles_folder_still_knows_its_files(settings):
    settings.STATICFILES_DIRS = [ROOT / "static"]
    finders.get_finder.cache_clear()
    try:
        files = {file.written: file for file in shipped()}
    finally:
        finders.get_finder.cache_clear()
    assert files["src/main.ts"].finder == ""
    assert files["src/main.ts"].hashed_by == "Vite"
    assert files["src/main.ts"].raw > 0


def test_no_path_of_the_machine_is_on_the_page(shown_to_staff, settings):
    text = shown_to_staff()
    for part in (ROOT, settings.MEDIA_DIR, "site-packages"):
        assert str(part) not in text
    assert shown_path("/srv/media/private") == "…/private"
    assert shown_path(ROOT / "static") == "static"


S3 = {
    "default": {
        "BACKEND": "uploads.storages.PrivateBucket",
        "OPTIONS": {
            "endpoint_url": "https://s3.example:9000",
            "region_name": "eu-central-1",
            "access_key": "AKIAEXAMPLEEXAMPLE",
            "secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "bucket_name": "vitrine-private",
            "addressing_style": "path",
            "querystring_expire": 60,
        },
    }
}


def test_storages_are_told_with_their_secrets_hidden(shown_to_staff, settings):
    settings.STORAGES = {**settings.STORAGES, **S3}
    text = shown_to_staff()
    for secret in ("AKIAEXAMPLE", "wJalrX", "X-Amz-Signature"):
        assert secret not in text
    assert text.count(HIDDEN) >= 2
    assert "vitrine-private" in text
    assert "private: each address is signed, for 60 seconds" in text
    assert "https://s3.example:9000/vitrine-private/a/name.webp?…" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account_key", "short"),
        ("sas_token", "sv=2024"),
        ("connection_string", "AccountName=a"),
        ("cloudfront_key", b"-----BEGIN"),
        ("anything", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("anything", "-----BEGIN PRIVATE KEY-----"),
        ("credentials", object()),
        ("session", "hunter2pw"),
        ("pin", 1234),
    ],
)
def test_what_may_be_a_secret_is_hidden_by_its_name_or_its_looks(name, value):
    assert masked(name, value) == HIDDEN


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("bucket_name", "vitrine-public", "vitrine-public"),
        ("querystring_auth", False, "no"),
        ("querystring_expire", 60, "60"),
        ("custom_domain", None, "not set"),
        ("location", ROOT / "staticfiles", "staticfiles"),
        ("location", "/srv/media/public", "…/public"),
        ("base_url", "/media/", "/media/"),
        ("file_permissions_mode", 0o644, "0o644"),
        ("endpoint_url", "https://a:b@s3.example/x?y=z#w", "https://s3.example/x"),
        (
            "object_parameters",
            {"secret": "s", "CacheControl": "max-age=60, public"},
            {"secret": HIDDEN, "CacheControl": "max-age=60, public"},
        ),
        ("custom_domain", "//a:b@cdn.example", "//cdn.example"),
    ],
)
def test_what_is_harmless_is_told(name, value, told):
    assert masked(name, value) == told


def test_a_backend_that_cannot_be_made_does_not_take_the_page_with_it(shown_to_staff, settings):
    broken = {"BACKEND": "nowhere.Storage", "OPTIONS": {}}
    settings.STORAGES = {**settings.STORAGES, "published": broken}
    assert "cannot be used: InvalidStorageError" in shown_to_staff()


def test_the_storages_are_told_in_the_settings_order():
    assert [each.alias for each in described()] == ["default", "public", "staticfiles"]
    assert storages["public"].url("a/name.webp") == described()[1].example


def test_the_plan_is_covered_by_rooms_as_large_as_their_files():
    files = shipped()
    rooms = floor_plan(files)
    whole = sum(file.raw for file in files)
    assert sum(room.bytes for room in rooms) == whole
    for room in rooms:
        assert room.width * room.height / 10_000 == pytest.approx(room.bytes / whole, abs=1e-3)
        assert room.x + room.width <= 100.01
        assert room.y + room.height <= 100.01


def test_a_room_is_lettered_with_what_fits_in_it():
    room = Room("catalog", "styles", 1, 1_200, 0, 0, 0, 10, 50)
    lines = {screen: [text for _, text, _ in rows] for screen, rows in room.letterings}
    assert lines == {"narrow": [], "wide": ["catalog", "styles", "1.2 kB"]}
    low = room._replace(height=12)
    assert dict(low.letterings)["wide"] == [("owner", "catalog", 22), ("kind", "styles", 42)]
    long = room._replace(owner="django.contrib.admin", height=8)
    assert dict(long.letterings)["wide"] == [("kind", "styles", 22)]
    assert dict(room._replace(height=1).letterings) == {"narrow": [], "wide": []}


def test_rooms_are_squarish_and_none_is_lost():
    placed = squarified([6, 6, 4, 3, 2, 2, 1], 0, 0, 6, 4)  # the example of the paper
    assert [round(w * h, 6) for _, _, w, h in placed] == [6, 6, 4, 3, 2, 2, 1]
    assert placed[:2] == [(0, 0, 3, 2), (0, 2, 3, 2)]
    assert squarified([], 0, 0, 6, 4) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (12_345, "12.3 kB"), (1_250_000, "1.2 MB")],
)
def test_sizes_are_told_in_thousands(number, words):
    assert size(number) == words


def test_a_source_map_keeps_its_two_endings_around_the_hash():
    file = Shipped(
        "a.js.map", "a.ts.map", "Vite", "", "", "f/a.0123456789ab.js.map", "Vite", "", 0, None, None
    )
    assert file.fingerprint == ("f/a.", "0123456789ab", ".js.map")
    assert file.saved == 0


def test_four_hundred_files_cost_no_query_more_than_one(
    shown_to_staff, settings, tmp_path, django_assert_max_num_queries
):
    for number in range(300):
        (tmp_path / f"many-{number}.css").write_text("a{}")
    settings.STATICFILES_DIRS = [tmp_path, *settings.STATICFILES_DIRS]
    finders.get_finder.cache_clear()
    try:
        with django_assert_max_num_queries(4):  # the session, the visitor, and the header's
            assert len(listed(shown_to_staff())) > 400
    finally:
        finders.get_finder.cache_clear()
