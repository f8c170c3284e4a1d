"""Who gets X-ray, that nobody else gets a byte of it, and what the server tells the panel."""

import json
import re

import pytest
from django.conf import settings as configured
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import RequestFactory

from pipeline.xray import place_of, process_name
from tests.environment import ROOT

PAGE, REPORT = "/accounts/password/reset/", "/pipeline/xray.json"


@pytest.fixture
def told(client, stella):
    """Return a function that asks as stella does."""
    client.force_login(stella)

    def ask(*names, **headers):
        response = client.get(REPORT, {"name": names}, **headers)
        assert response.status_code == 200
        return response.json()

    return ask


def hashed(name):
    return staticfiles_storage.hashed_files[name]


@pytest.mark.django_db
def test_a_stranger_gets_no_byte_of_xray_and_no_report(client):
    response = client.get(PAGE)
    assert "xray" not in response.content.decode().lower()
    assert "Server-Timing" not in response.headers
    assert client.get(REPORT).status_code == 404


def test_a_member_gets_no_byte_of_xray_and_no_report(client, alice):
    client.force_login(alice)
    for path in ("/", "/documents/", "/no-such-page/"):
        response = client.get(path)
        assert "xray" not in response.content.decode().lower()
        assert "Server-Timing" not in response.headers
    assert client.get(REPORT).status_code == 404


def test_staff_have_xray_on_the_site_and_in_the_admin(client, stella):
    client.force_login(stella)
    for path in ("/", "/documents/", "/no-such-page/", "/admin/", "/pipeline/"):
        response = client.get(path)
        assert f'data-xray="{REPORT}"' in response.content.decode(), path
        assert response["Server-Timing"] == 'served;desc="Django"'
    assert client.get(REPORT).status_code == 200


def test_staff_who_have_left_have_none(client, stella):
    client.force_login(stella)
    stella.is_active = False
    stella.save()
    assert client.get(REPORT).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["XRAY", "DEBUG"])
def test_with_the_setting_or_in_development_everyone_has_it(client, settings, name):
    setattr(settings, name, True)
    assert f'data-xray="{REPORT}"' in client.get(PAGE).content.decode()
    report = client.get(REPORT).json()
    assert report["map"] is None  # the map of all files stays for staff
    assert client.get("/pipeline/").status_code == 302


def test_pages_that_are_rendered_ahead_for_nginx_never_have_it(settings):
    from django.http import HttpRequest
    from django.template import loader

    settings.XRAY = True
    page = loader.render_to_string("404.html", {"built_ahead": True}, HttpRequest())
    assert "xray" not in page.lower()


def test_the_bundle_of_other_pages_shares_nothing_with_xray():
    manifest = json.loads(
        (ROOT / "frontend" / "dist" / ".vite" / "manifest.json").read_text(encoding="utf-8")
    )
    main, xray = manifest["src/main.ts"], manifest["src/xray.ts"]
    assert "imports" not in main
    assert "imports" not in xray
    assert "xray" not in (ROOT / "frontend" / "dist" / main["file"]).read_text()


def test_a_hashed_name_is_told_with_what_stands_in_the_template_and_whose_it_is(told):
    names = [hashed("catalog/css/catalog.css"), hashed("admin/css/base.css")]
    files = told(*names)["files"]
    css = files[names[0]]
    assert css["written"] == css["name"] == "catalog/css/catalog.css"
    assert (css["owner"], css["finder"]) == ("catalog", "AppDirectoriesFinder")
    assert css["source"] == "catalog/static/catalog/css/catalog.css"
    assert css["hashedBy"] == "Django"
    stored = configured.STATIC_ROOT / names[0]
    assert css["raw"] == stored.stat().st_size
    assert css["br"] == stored.with_name(f"{stored.name}.br").stat().st_size
    assert css["gzip"] == stored.with_name(f"{stored.name}.gz").stat().st_size
    assert files[names[1]]["source"] == "django/contrib/admin/static/admin/css/base.css"


def test_a_name_that_vite_hashed_is_told_as_its_module(told):
    manifest = json.loads(
        (ROOT / "frontend" / "dist" / ".vite" / "manifest.json").read_text(encoding="utf-8")
    )
    entry = manifest["src/main.ts"]["file"]
    [style] = manifest["src/upload.ts"]["css"]
    files = told(f"frontend/{entry}", f"frontend/{style}", f"frontend/{entry}.map")["files"]
    assert files[f"frontend/{entry}"]["written"] == "src/main.ts"
    assert files[f"frontend/{entry}"]["source"] == "frontend/src/main.ts"
    assert files[f"frontend/{entry}"]["hashedBy"] == files[f"frontend/{entry}"]["owner"] == "Vite"
    assert files[f"frontend/{style}"]["written"] == "src/upload.css"
    assert files[f"frontend/{entry}.map"]["written"] == "src/main.ts.map"


def test_how_long_a_file_is_kept_is_told_for_those_who_cannot_ask_a_cdn(told):
    name = hashed("catalog/css/catalog.css")
    files = told(name, "catalog/css/catalog.css")["files"]
    assert files[name]["kept"] == "max-age=315360000, public, immutable"
    assert files["catalog/css/catalog.css"]["kept"] == "max-age=60, public"


@pytest.mark.parametrize(
    "name",
    [
        "../manage.py",
        "/etc/passwd",
        "..%2fmanage.py",
        "staticfiles.json",
        "site/../../.env",
        "nobody.css",
        "",
        "\x00",
    ],
)
def test_nothing_is_told_of_what_is_no_static_file(told, name):
    assert told(name)["files"] == {}


def test_no_path_of_the_machine_and_no_secret_is_in_the_report(told):
    text = json.dumps(told(*staticfiles_storage.hashed_files.values()))
    assert str(ROOT) not in text
    assert str(configured.MEDIA_DIR) not in text
    assert configured.SECRET_KEY not in text
    assert not re.search(r'"[^"]*(?:site-packages|/home/|/root/|/usr/)', text)


def test_the_process_says_its_name(told):
    assert told(SERVER_SOFTWARE="gunicorn/27.0.1")["process"] == "gunicorn"
    request = RequestFactory().get("/", SERVER_SOFTWARE="WSGIServer/0.2")
    assert process_name(request) == "runserver"


def test_sizes_of_public_uploads_are_told_to_staff_and_of_private_ones_to_nobody(client, stella):
    storages["public"].save("prints/a.webp", ContentFile(b"12345"))
    storages["default"].save("documents/b.pdf", ContentFile(b"123"))
    client.force_login(stella)
    keys = ["prints/a.webp", "documents/b.pdf", "../private/documents/b.pdf", "nothing.webp"]
    assert client.get(REPORT, {"key": keys}).json() == {"uploads": {"prints/a.webp": 5}}


@pytest.mark.django_db
def test_with_xray_for_everyone_strangers_cannot_make_the_site_ask_its_bucket(client, settings):
    settings.XRAY = True
    storages["public"].save("prints/a.webp", ContentFile(b"12345"))
    assert client.get(REPORT, {"key": "prints/a.webp"}).json() == {"uploads": {}}


class Bucket:
    bucket_name = "walls"

    def __init__(self, address):
        self.address = address

    def url(self, name):
        return self.address.format(name)

    def get_object_parameters(self, name):
        return {"CacheControl": "max-age=60"}


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://walls.s3.example/{}", ("https://walls.s3.example/", "bucket", False)),
        ("https://s3.example/walls/{}?Expires=1", ("https://s3.example/walls/", "bucket", True)),
        ("https://media.example/{}", ("https://media.example/", "CDN of the bucket", False)),
    ],
)
def test_a_storage_is_placed_by_the_addresses_it_gives(address, place):
    assert place_of(Bucket(address)) == (*place, "max-age=60")


def test_a_storage_without_addresses_has_no_place():
    assert place_of(storages["default"]) is None
    assert place_of(Bucket("https://media.example/by-number/1")) is None


def test_the_cdn_and_vite_are_places_of_static_files(told, settings):
    settings.CDN_URL, settings.STATIC_URL = "https://cdn.example", "https://cdn.example/static/"
    settings.VITE_DEV_SERVER = "http://localhost:5173"
    who = {place["url"]: place["who"] for place in told()["places"]}
    assert who["https://cdn.example/static/"] == "CDN"
    assert who["http://localhost:5173/"] == "Vite"
    published = {"BACKEND": "nowhere", "OPTIONS": {"bucket_name": "cdn"}}
    settings.STORAGES = {**settings.STORAGES, "published": published}
    who = {place["url"]: place["who"] for place in told()["places"]}
    assert who["https://cdn.example/static/"] == "bucket"


@pytest.mark.django_db
def test_each_server_of_files_says_that_it_was_the_one(client):
    storages["public"].save("prints/a.webp", ContentFile(b"12345"))
    assert client.get("/media/prints/a.webp")["Server-Timing"] == 'served;desc="Django"'
    response = client.get(f"/static/{hashed('catalog/css/catalog.css')}")
    assert response["Server-Timing"] == 'served;desc="WhiteNoise"'
    assert response["Timing-Allow-Origin"] == "*"
    nginx = ROOT / "nginx" / "snippets"
    for name in ("static.conf", "media.conf"):
        assert """add_header Server-Timing 'served;desc="nginx"'""" in (nginx / name).read_text()


def test_in_development_files_are_told_by_their_own_names(told, settings):
    settings.DEBUG = True
    file = told("catalog/css/catalog.css")["files"]["catalog/css/catalog.css"]
    assert (file["owner"], file["written"]) == ("catalog", "catalog/css/catalog.css")
