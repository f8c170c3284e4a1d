"""The collected site as WhiteNoise serves it: the files of `./dev build`, in production shape."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

from pipeline.caching import is_fingerprinted

FOREVER = "max-age=315360000, public, immutable"


@pytest.fixture(scope="module")
def manifest():
    assert staticfiles_storage.hashed_files, "No collected files: run ./dev build"
    return staticfiles_storage.hashed_files


def test_every_file_of_the_bundle_carries_vites_hash_maps_included(manifest):
    built = [path.name for path in (settings.STATIC_ROOT / "frontend").rglob("*") if path.is_file()]
    assert any(name.endswith(".map") for name in built)
    assert any(name.endswith(".woff2") for name in built)
    assert [name for name in built if not re.search(r"\.[0-9a-f]{12}\.", name)] == []


def test_every_name_in_the_manifest_is_hashed_exactly_once(manifest):
    for name, stored in manifest.items():
        assert len(re.findall(r"\.[0-9a-f]{12}(?=\.|$)", stored)) == 1, stored
        assert (stored == name) == name.startswith("frontend/")


def test_hashed_files_are_immutable_and_their_unhashed_twins_are_not(client, manifest):
    for name in ("catalog/css/catalog.css", "site/icon.svg", "admin/css/base.css"):
        assert client.get(f"/static/{manifest[name]}")["Cache-Control"] == FOREVER
        assert client.get(f"/static/{name}")["Cache-Control"] == "max-age=60, public"


def test_a_name_that_only_looks_hashed_is_not_immutable():
    for name in ("admin/img/icon-deadbeefcafe.svg", "site/logo.deadbeefcafe.svg"):
        assert not is_fingerprinted("", f"/static/{name}")
    assert not is_fingerprinted("", "/elsewhere/" + next(iter(staticfiles_storage.hashed_files)))


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("br, gzip", "br"), ("gzip", "gzip"), ("", None)]
)
def test_the_best_encoding_the_browser_accepts_is_sent(client, manifest, accepted, encoding):
    response = client.get(
        f"/static/{manifest['catalog/css/catalog.css']}", headers={"accept-encoding": accepted}
    )
    assert response.headers.get("Content-Encoding") == encoding
    assert response["Vary"] == "Accept-Encoding"
    assert response["Content-Type"].startswith("text/css")


def test_a_fingerprint_of_another_release_is_a_404_that_no_cache_keeps(client):
    response = client.get("/static/frontend/main.ffffffffffff.js")
    assert response.status_code == 404
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] == "text/plain"


def test_static_files_carry_nosniff(client, manifest):
    response = client.get(f"/static/{manifest['catalog/js/catalog.js']}")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"].startswith("text/javascript")
