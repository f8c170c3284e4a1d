import base64
import hashlib
import io
import re

import pytest
from django.core.files.storage import storages
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from config import errors, limits, urls


def broken(request):
    raise RuntimeError("a bug")


def forbidden(request):
    from django.core.exceptions import PermissionDenied

    raise PermissionDenied


def suspicious(request):
    from django.core.exceptions import SuspiciousOperation

    raise SuspiciousOperation("no")


def greedy(request):
    request.POST.get("x")


urlpatterns = [
    *urls.urlpatterns,
    path("broken/", broken),
    path("forbidden/", forbidden),
    path("suspicious/", suspicious),
    path("greedy/", greedy),
]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("address", "status"), [("/suspicious/", 400), ("/forbidden/", 403), ("/nowhere/", 404)]
)
def test_error_pages_keep_the_sites_look_and_lead_back(visitor, address, status):
    response = visitor.get(address)
    html = response.content.decode()
    assert response.status_code == status
    assert '<html lang="en"' in html
    assert 'href="/"' in html
    assert len(re.findall(r"<h1\b", html)) == 1
    assert "no-store" in response["Cache-Control"]


def test_the_500_page_needs_no_database_no_manifest_and_no_session(
    visitor, monkeypatch, django_assert_num_queries, settings
):
    monkeypatch.setattr(storages["staticfiles"], "hashed_files", {})
    with django_assert_num_queries(0):
        response = visitor.get("/broken/")
    assert response.status_code == 500
    assert "<h1" in response.content.decode()


def test_the_500_pages_only_style_is_allowed_by_its_hash(visitor):
    response = visitor.get("/broken/")
    [style] = re.findall(r"<style>(.*?)</style>", response.content.decode(), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = response["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_form_without_its_token_explains_itself(db):
    response = Client(enforce_csrf_checks=True).post("/accounts/sign-in/", {"username": "alice"})
    assert response.status_code == 403
    assert "reload" in response.content.decode().lower()


def test_a_script_without_its_token_gets_words_it_can_show(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = client.post("/documents/", headers={"accept": "application/json"})
    assert response.status_code == 403
    assert response.json()["errors"][0]["code"] == "csrf"


def test_a_request_longer_than_the_limit_is_answered_413_before_a_view_sees_it(visitor, settings):
    settings.REQUEST_MAX_BYTES = 1000
    for address in ("/broken/", "/nowhere/"):
        response = visitor.post(address, {"file": io.BytesIO(b"x" * 2000)})
        assert response.status_code == 413
        assert "Too large for the frame" in response.content.decode()


def test_a_script_gets_the_413_as_json(visitor, settings):
    settings.REQUEST_MAX_BYTES = 1000
    response = visitor.post(
        "/prints/", {"file": io.BytesIO(b"x" * 2000)}, headers={"accept": "application/json"}
    )
    assert response.status_code == 413
    assert response.json()["errors"][0]["code"] == "request_too_large"


def test_form_fields_longer_than_djangos_own_limit_are_a_413_too(visitor, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert visitor.post("/greedy/", {"x": "y" * 200}).status_code == 413


def test_data_upload_max_memory_size_does_not_limit_files(visitor, settings, pdf):
    """The trap that REQUEST_MAX_BYTES and validate_size are for."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert visitor.post("/nowhere/", {"file": pdf}).status_code == 404


def test_what_was_on_its_way_is_read_and_forgotten_up_to_a_bound(monkeypatch):
    monkeypatch.setattr(limits, "DRAIN_BYTES", 100_000)
    body = io.BytesIO(b"x" * 150_000)
    request = RequestFactory().post("/")
    request.META |= {"wsgi.input": body, "CONTENT_LENGTH": "150000"}
    limits._unread(request, HttpResponse())
    assert body.tell() == 100_000


@pytest.mark.parametrize("announced", ["", "many", "-5"])
def test_a_content_length_that_is_no_number_counts_as_none(announced):
    request = RequestFactory().get("/")
    request.META["CONTENT_LENGTH"] = announced
    assert limits.RequestLimitsMiddleware(lambda request: "passed")(request) == "passed"


def test_the_policy_is_on_every_page_and_allows_nothing_inline(client):
    policy = client.get("/")["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy


def test_the_reason_of_a_csrf_failure_is_shown_in_development_only(settings):
    request = RequestFactory().post("/")
    request.user = type("Nobody", (), {"is_authenticated": False})()
    assert errors.csrf_failure(request, "no cookie").status_code == 403
