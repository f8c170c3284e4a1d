"""The doctor's system checks: each fires on its mistake, names the value, and is silent without."""

import pytest
from django.core.files.storage import storages
from django.urls import path
from django.views.static import serve

from pipeline import checks

PRIVATE = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {"bucket_name": "letters", "file_overwrite": False},
}
PUBLIC = {
    "BACKEND": "uploads.storages.PublicBucket",
    "OPTIONS": {"bucket_name": "pictures", "public_url": "https://media.example"},
}
ON_DISK = "django.core.files.storage.FileSystemStorage"


@pytest.fixture
def store(settings):
    """Return a function that puts other storages, and options of them, into STORAGES."""

    def put(alias, configured=None, **options):
        configured = configured or settings.STORAGES[alias]
        merged = {**configured, "OPTIONS": {**configured.get("OPTIONS", {}), **options}}
        settings.STORAGES = {**settings.STORAGES, alias: merged}

    return put


def only(found, id):
    """Return the one message, which has this id."""
    assert [message.id for message in found] == [id]
    assert found[0].hint
    return found[0].msg


def test_a_finding_says_what_why_and_how_to_mend_it(settings):
    settings.STATICFILES_STORAGE = "whitenoise.storage.CompressedStaticFilesStorage"
    [found] = checks.settings_are_read()
    assert "since 5.1" in found.msg
    assert "STORAGES['staticfiles'] = {'BACKEND': 'whitenoise.storage" in found.hint
    assert found.finding.severity == "error"


@pytest.mark.parametrize("name", ["STATICFILES_STORAGE", "DEFAULT_FILE_STORAGE"])
def test_a_setting_that_django_ignores_is_found(settings, name):
    assert checks.settings_are_read() == []
    setattr(settings, name, "some.Storage")
    assert f"{name} is 'some.Storage'" in only(checks.settings_are_read(), "pipeline.E004")


def test_a_leftover_of_a_bucket_is_found_where_no_alias_is_a_bucket(settings):
    assert checks.bucket_settings_are_read() == []
    settings.AWS_S3_FILE_OVERWRITE = False
    message = only(checks.bucket_settings_are_read(), "pipeline.W005")
    assert "AWS_S3_FILE_OVERWRITE is set, but no alias of STORAGES is a bucket" in message


def test_a_setting_that_django_storages_forgot_is_found_and_one_it_reads_is_not(settings, store):
    store("default", PRIVATE)
    settings.AWS_S3_FILE_OVERWRITE = False
    assert checks.bucket_settings_are_read() == []
    settings.AWS_PRELOAD_METADATA = True
    message = only(checks.bucket_settings_are_read(), "pipeline.W005")
    assert "AWS_PRELOAD_METADATA" in message


def test_the_old_path_of_the_s3_backend_is_found_with_the_new_one(store):
    store("default", PRIVATE)
    assert checks.backends_are_not_shims() == []
    store("default", {**PRIVATE, "BACKEND": "storages.backends.s3boto3.S3Boto3Storage"})
    [found] = checks.backends_are_not_shims()
    assert found.id == "pipeline.W006"
    assert "s3boto3.S3Boto3Storage" in found.msg
    assert "storages.backends.s3.S3Storage" in found.hint


@pytest.mark.parametrize("root", ["static/collected", "."])
def test_collected_files_among_the_sources_or_above_them_are_found(settings, root):
    assert checks.collected_files_are_apart_from_sources() == []
    settings.STATIC_ROOT = settings.BASE_DIR / root
    found = checks.collected_files_are_apart_from_sources()
    assert {message.id for message in found} == {"pipeline.E007"}
    assert any("sources in static lie" in message.msg for message in found)


def test_uploads_in_a_folder_of_static_files_are_found(settings, store):
    assert checks.uploads_are_apart_from_static_files() == []
    store("public", location=settings.STATIC_ROOT / "uploads")
    message = only(checks.uploads_are_apart_from_static_files(), "pipeline.E008")
    assert "Uploads of 'public' (staticfiles/uploads)" in message


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [("", "", True), ("media", "media/public", True), ("media", "static", False)],
)
def test_two_aliases_in_one_bucket_are_found_unless_their_prefixes_differ(
    store, one, other, shared
):
    store("default", PRIVATE, location=one)
    store("public", PRIVATE, location=other)
    found = checks.storages_share_no_place()
    assert [message.id for message in found] == ["pipeline.E009"] * shared
    assert not shared or "letters/" in found[0].msg


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("https://s3.example", "https://S3.example:443/", True),
        ("http://minio:80", "http://minio", True),
        ("http://minio:9000/", "http://minio:9000", True),
        ("http://minio:9000", "http://minio:9001", False),
        ("https://s3.example", "https://s4.example/", False),
    ],
)
def test_one_server_that_is_written_in_two_ways_is_one_place(store, one, other, shared):
    store("default", PRIVATE, endpoint_url=one)
    store("public", PRIVATE, endpoint_url=other)
    assert [message.id for message in checks.storages_share_no_place()] == [
        "pipeline.E009"
    ] * shared


def test_the_same_prefix_in_another_bucket_is_no_finding(store):
    store("default", PRIVATE)
    store("public", PUBLIC)
    assert checks.storages_share_no_place() == []


def test_two_aliases_in_one_folder_are_found(store, tmp_path):
    store("default", location=tmp_path)
    store("public", location=tmp_path / "public")
    assert str(tmp_path) in only(checks.storages_share_no_place(), "pipeline.E009")


def test_published_files_in_the_bucket_of_uploads_are_found(store):
    store("public", PUBLIC)
    store("published", PUBLIC, location="static")
    assert "'published'" in only(checks.storages_share_no_place(), "pipeline.E009")


@pytest.mark.parametrize(
    ("configured", "option"),
    [(PRIVATE, "file_overwrite"), ({"BACKEND": ON_DISK}, "allow_overwrite")],
)
def test_a_storage_that_overwrites_is_found(store, configured, option):
    store("default", configured)
    assert checks.uploads_are_not_overwritten() == []
    store("default", configured, **{option: True})
    message = only(checks.uploads_are_not_overwritten(), "pipeline.E010")
    assert f"STORAGES['default'] has {option}=True" in message


@pytest.mark.parametrize(
    "options", [{"default_acl": "public-read"}, {"object_parameters": {"ACL": "public-read"}}]
)
def test_an_acl_is_found(store, options):
    store("default", PRIVATE)
    assert checks.uploads_have_no_acl() == []
    store("default", PRIVATE, **options)
    assert "'public-read'" in only(checks.uploads_have_no_acl(), "pipeline.W011")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, None),
        ({"querystring_auth": False}, "querystring_auth=False"),
        ({"custom_domain": "cdn.example"}, "custom_domain='cdn.example' and no CloudFront key"),
    ],
)
def test_private_urls_without_a_signature_are_found(store, options, said):
    store("default", PRIVATE, **options)
    found = checks.private_urls_are_signed()
    assert not said or said in only(found, "pipeline.E012")
    assert said or found == []


def test_the_public_alias_need_not_sign(store):
    store("public", PRIVATE, querystring_auth=False)
    assert checks.private_urls_are_signed() == []


@pytest.mark.parametrize(
    ("endpoint", "host", "reachable"),
    [
        ("http://s3:9000", "gallery.example", False),
        ("http://minio.storage.svc:9000", "gallery.example", False),
        ("http://127.0.0.1:9000", "gallery.example", False),
        ("http://10.0.0.7:9000", "gallery.example", False),
        ("http://localhost:9000", "gallery.example", False),
        ("http://localhost:9000", "localhost", True),
        ("http://10.0.0.7:9000", "10.0.0.8", True),
        ("http://s3.museum.lan", "gallery.museum.lan", True),
        ("http://museum:9000", "museum", True),
        ("https://s3.eu-central-1.amazonaws.com", "gallery.example", True),
    ],
)
def test_signing_for_a_host_that_nobody_can_reach_is_found(
    settings, store, endpoint, host, reachable
):
    settings.ALLOWED_HOSTS = [host]
    store("default", PRIVATE, endpoint_url=endpoint)
    found = checks.addresses_can_be_reached()
    assert reachable == (found == [])
    assert reachable or endpoint in only(found, "pipeline.E013")


def test_a_password_in_an_address_of_the_settings_is_not_printed(settings, store):
    store("public", PUBLIC, public_url="http://bob:hunter2@s3:9000")
    settings.SECURE_SSL_REDIRECT = True
    settings.CDN_URL = "http://bob:hunter2@cdn"
    settings.STATIC_URL = "http://bob:hunter2@cdn/"
    ids = set()
    for check in checks.STATICFILES + checks.FILES:
        for message in check():
            ids.add(message.id)
            assert "hunter2" not in f"{message}{message.finding}"
    assert ids >= {f"pipeline.E{number}" for number in ("013", "014", "015", "016", "017")}


def test_a_server_that_is_called_otherwise_by_browsers_is_judged_by_their_name(store):
    private = {"BACKEND": "uploads.storages.PrivateBucket", "OPTIONS": {"bucket_name": "letters"}}
    there = "https://s3.gallery.example"
    store("default", private, endpoint_url="http://s3:9000", signing_endpoint_url=there)
    assert checks.addresses_can_be_reached() == []


def test_pictures_from_http_on_a_site_of_https_are_found(settings, store):
    store("public", PUBLIC)
    settings.SECURE_SSL_REDIRECT = True
    assert checks.files_come_as_safely_as_pages() == []
    store("public", PUBLIC, public_url="http://media.example")
    message = only(checks.files_come_as_safely_as_pages(), "pipeline.E014")
    assert "http://media.example" in message


def test_http_is_no_finding_on_a_site_of_http_nor_from_this_machine(settings, store):
    store("public", PUBLIC, public_url="http://media.example")
    assert checks.files_come_as_safely_as_pages() == []
    settings.SITE_ORIGINS = ["https://gallery.example"]
    assert len(checks.files_come_as_safely_as_pages()) == 1
    store("public", PUBLIC, public_url="http://127.0.0.1:9000")
    assert checks.files_come_as_safely_as_pages() == []


def test_a_cdn_that_the_policy_does_not_name_is_found(settings):
    assert checks.policy_allows_static_files() == []
    settings.STATIC_URL = "https://cdn.example/static/"
    message = only(checks.policy_allows_static_files(), "pipeline.E015")
    names = ["script-src", "style-src", "img-src", "font-src", "connect-src", "manifest-src"]
    assert f"https://cdn.example in {', '.join(names)}." in message
    settings.SECURE_CSP = settings.SECURE_CSP | {name: ["https://cdn.example"] for name in names}
    assert checks.policy_allows_static_files() == []


@pytest.mark.parametrize("directive", ["connect-src", "manifest-src"])
def test_a_cdn_that_one_directive_of_the_policy_forgets_is_found(settings, directive):
    settings.STATIC_URL = "https://cdn.example/static/"
    settings.SECURE_CSP = {"default-src": ["https://cdn.example"], directive: ["'self'"]}
    message = only(checks.policy_allows_static_files(), "pipeline.E015")
    assert f"does not name https://cdn.example in {directive}." in message


def test_pictures_of_an_origin_that_the_policy_does_not_name_are_found(settings, store):
    store("public", PUBLIC)
    message = only(checks.policy_allows_pictures(), "pipeline.E016")
    assert "https://media.example" in message
    settings.SECURE_CSP = settings.SECURE_CSP | {"img-src": ["'self'", "https://media.example"]}
    assert checks.policy_allows_pictures() == []


def test_a_static_url_that_is_not_the_cdns_is_found(settings):
    assert checks.static_url_leads_to_the_files() == []
    settings.CDN_URL = "https://cdn.example"
    message = only(checks.static_url_leads_to_the_files(), "pipeline.E017")
    assert "'https://cdn.example/static/'" in message
    settings.STATIC_URL = "https://cdn.example/static/"
    assert checks.static_url_leads_to_the_files() == []


def test_whitenoise_that_serves_another_prefix_is_found(settings):
    settings.WHITENOISE_STATIC_PREFIX = "/assets/"
    message = only(checks.static_url_leads_to_the_files(), "pipeline.E017")
    assert "WhiteNoise serves '/assets/'" in message


def test_files_published_where_the_cdn_does_not_look_are_found(settings, store):
    settings.CDN_URL, settings.STATIC_URL = "https://cdn.example", "https://cdn.example/static/"
    store("published", PUBLIC, bucket_name="shipped", location="assets")
    message = only(checks.static_url_leads_to_the_files(), "pipeline.E017")
    assert "'assets' in shipped" in message
    store("published", PUBLIC, bucket_name="shipped", location="static")
    assert checks.static_url_leads_to_the_files() == []


urlpatterns = [path("media/<path:path>", serve, {"document_root": "/srv/media"})]


def test_media_served_by_django_are_found_unless_in_development(settings):
    assert checks.media_is_not_served_by_django() == []
    settings.ROOT_URLCONF = __name__
    message = only(checks.media_is_not_served_by_django(), "pipeline.E018")
    assert "'media/<path:path>' hands /srv/media to django.views.static.serve" in message
    settings.DEBUG = True
    assert checks.media_is_not_served_by_django() == []


@pytest.mark.parametrize(
    ("place", "said"), [(None, "is not in MIDDLEWARE"), (-1, "is below CsrfViewMiddleware")]
)
def test_uploads_that_nothing_limits_before_they_are_read_are_found(settings, place, said):
    assert checks.uploads_are_limited_before_they_are_read() == []
    order = [name for name in settings.MIDDLEWARE if "RequestLimits" not in name]
    if place is not None:
        order.insert(place, "config.limits.RequestLimitsMiddleware")
    settings.MIDDLEWARE = order
    message = only(checks.uploads_are_limited_before_they_are_read(), "pipeline.E024")
    assert said in message
    assert "/documents/" in message


def test_a_site_that_takes_no_files_needs_no_limit(settings):
    settings.MIDDLEWARE = []
    settings.ROOT_URLCONF = __name__
    assert checks.uploads_are_limited_before_they_are_read() == []


def test_a_site_without_djangos_static_files_is_found(settings):
    assert checks.staticfiles_is_installed() == []
    settings.INSTALLED_APPS = [a for a in settings.INSTALLED_APPS if "staticfiles" not in a]
    message = only(checks.staticfiles_is_installed(), "pipeline.E019")
    assert "django.contrib.staticfiles" in message


@pytest.mark.parametrize(
    ("configured", "said"),
    [
        ({"BACKEND": "nowhere.Storage"}, "No module named 'nowhere'"),
        ({"BACKEND": ON_DISK, "OPTIONS": {"bucket": 1}}, "unexpected keyword argument 'bucket'"),
    ],
)
def test_a_storage_that_cannot_be_made_is_a_finding_and_breaks_no_other_check(
    store, configured, said
):
    assert checks.storages_can_be_made() == []
    store("default", configured)
    message = only(checks.storages_can_be_made(), "pipeline.E020")
    assert said in message
    assert configured["BACKEND"] in message
    for check in checks.STATICFILES + checks.FILES:
        check()


@pytest.mark.parametrize("text", ['{"paths": {"a', "[]", '{"version": "9"}'])
def test_a_manifest_that_cannot_be_read_is_found_as_that_and_not_as_a_storage(
    store, settings, tmp_path, text
):
    manifest = tmp_path / "staticfiles.json"
    store("staticfiles", location=tmp_path)
    assert checks.manifest_can_be_read() == []
    manifest.write_text(text)
    settings.STORAGES = {**settings.STORAGES}
    [found] = checks.manifest_can_be_read()
    assert found.id == "pipeline.E104"
    assert f"{manifest} is no manifest" in found.msg
    assert f"Delete {manifest}, and run `python manage.py collectstatic" in found.hint
    assert checks.storages_can_be_made() == []


def test_a_storage_of_static_files_that_cannot_be_made_is_no_broken_manifest(store):
    store("staticfiles", {"BACKEND": "nowhere.Storage"})
    assert checks.manifest_can_be_read() == []
    only(checks.storages_can_be_made(), "pipeline.E020")


def test_static_files_without_a_manifest_are_found(store):
    assert checks.static_files_have_a_manifest() == []
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    store("staticfiles", {"BACKEND": plain})
    assert plain in only(checks.static_files_have_a_manifest(), "pipeline.W021")


def test_a_manifest_that_is_not_strict_is_found(store, monkeypatch):
    monkeypatch.setattr(type(storages["staticfiles"]), "manifest_strict", False)
    message = only(checks.static_files_have_a_manifest(), "pipeline.W022")
    assert "manifest_strict=False" in message


@pytest.mark.parametrize("name", ["WHITENOISE_AUTOREFRESH", "WHITENOISE_USE_FINDERS"])
def test_whitenoise_in_the_manner_of_development_is_found(settings, name):
    assert checks.whitenoise_serves_what_is_collected() == []
    setattr(settings, name, True)
    assert name in only(checks.whitenoise_serves_what_is_collected(), "pipeline.W023")
    settings.DEBUG = True
    assert checks.whitenoise_serves_what_is_collected() == []
