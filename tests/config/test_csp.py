import django
import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from config.csp import ContentSecurityPolicyMiddleware


@pytest.fixture
def answer():
    def run(response):
        return ContentSecurityPolicyMiddleware(lambda request: response)(RequestFactory().get("/"))

    return run


def test_the_header_is_written_from_the_setting(answer, settings):
    settings.SECURE_CSP = {
        "default-src": ["'none'"],
        "img-src": ["'self'", "blob:"],
        "font-src": [],
    }
    policy = answer(HttpResponse())["Content-Security-Policy"]
    assert policy == "default-src 'none'; img-src 'self' blob:"


def test_a_policy_that_a_view_set_stays(answer):
    response = HttpResponse(headers={"Content-Security-Policy": "sandbox"})
    assert answer(response)["Content-Security-Policy"] == "sandbox"


@pytest.mark.parametrize(("status", "sent"), [(200, True), (404, False), (500, False)])
def test_in_development_djangos_own_error_pages_keep_their_styles(answer, settings, status, sent):
    if django.VERSION >= (6, 0):
        return  # Django exempts them itself, by a decorator on the views
    settings.DEBUG = True
    assert ("Content-Security-Policy" in answer(HttpResponse(status=status))) is sent


def test_header_names_are_plain_strings_as_runserver_demands(answer):
    assert {type(name) for name, _ in answer(HttpResponse()).items()} == {str}
