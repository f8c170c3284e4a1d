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


def test_header_names_are_plain_strings_as_runserver_demands(answer):
    assert {type(name) for name, _ in answer(HttpResponse()).items()} == {str}
