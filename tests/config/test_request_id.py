import io
import json
import logging
import os
import re
import subprocess
import sys

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from config.logs import JsonFormatter
from config.request_id import RequestIdFilter, RequestIdMiddleware, current_id
from tests.environment import ROOT

NGINX_MAKES = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def outside_of_requests():
    token = current_id.set("-")
    yield
    current_id.reset(token)


@pytest.fixture
def lines():
    """Return a logger that writes as LOG_FORMAT=json does, and a function that reads its lines."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(JsonFormatter())
    logger = logging.Logger("somebody")
    logger.addHandler(handler)
    return logger, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def answer(**headers):
    seen = []

    def view(request):
        seen.append((request.id, current_id.get()))
        return HttpResponse()

    request = RequestFactory().get(
        "/", headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    response = RequestIdMiddleware(view)(request)
    [(on_request, in_logs)] = seen
    assert on_request == in_logs == response["X-Request-ID"]
    return response["X-Request-ID"]


def test_every_request_has_an_id_of_its_own():
    first, second = answer(), answer()
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first != second


def test_behind_a_proxy_its_id_is_taken_over(settings):
    settings.BEHIND_PROXY = True
    assert answer(x_request_id=NGINX_MAKES) == NGINX_MAKES


def test_without_a_proxy_a_clients_id_is_ignored():
    assert answer(x_request_id=NGINX_MAKES) != NGINX_MAKES


@pytest.mark.parametrize(
    "bad", ["", "short", "x" * 65, "a b c d e f", "12345678\n", "é" * 8, '"' * 9]
)
def test_what_does_not_look_like_an_id_is_replaced(settings, bad):
    settings.BEHIND_PROXY = True
    assert re.fullmatch(r"[0-9a-f]{32}", answer(x_request_id=bad))


@pytest.mark.parametrize("address", ["/", "/nowhere/", "/healthz", "/readyz", "/documents/"])
def test_every_answer_carries_it(client, db, address):
    assert re.fullmatch(r"[0-9a-f]{32}", client.get(address)["X-Request-ID"])


def test_a_log_line_carries_the_id_of_its_request_and_of_what_follows(lines):
    logger, written = lines
    logger.warning("before any request")
    request_id = answer()
    logger.warning("deleting its files, after the response")
    assert [line["request_id"] for line in written()] == ["-", request_id]


def test_a_line_of_json_says_when_where_how_bad_and_what(lines):
    logger, written = lines
    logger.error("%s is away", "the bucket")
    [line] = written()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time"))
    assert line == {
        "level": "ERROR",
        "logger": "somebody",
        "request_id": "-",
        "message": "the bucket is away",
    }


@pytest.mark.parametrize(
    "message",
    ['a\nforged {"level": "INFO"}', '"', "\u2028\x00\x1b[31m", "\udcff", "ä", "100%", object()],
)
def test_whatever_a_message_holds_it_stays_one_line_of_json(lines, message):
    logger, written = lines
    logger.error(message)
    [line] = written()
    assert line["message"] == str(message)


def test_a_message_whose_arguments_do_not_fit_is_still_one_line(lines, capsys):
    logger, written = lines
    logger.error("%d files", "many")
    [line] = written()
    assert line["message"] == "'%d files' with ('many',)"
    assert capsys.readouterr().err == ""


def test_a_traceback_stays_in_its_line(lines):
    logger, written = lines
    try:
        raise RuntimeError("two\nlines")
    except RuntimeError:
        logger.exception("broken", stack_info=True)
    [line] = written()
    assert line["traceback"].endswith("RuntimeError: two\nlines")
    assert line["stack"].startswith("Stack (most recent call last)")


@pytest.mark.parametrize("form", ["line", "json"])
def test_both_formats_of_the_settings_write_the_id(form):
    code = (
        "import django, logging; django.setup(); from config.request_id import current_id; "
        "current_id.set('id-of-a-request'); logging.getLogger('somebody').warning('closed')"
    )
    run = subprocess_python(code, LOG_FORMAT=form)
    if form == "json":
        assert json.loads(run.stderr)["request_id"] == "id-of-a-request"
    else:
        assert run.stderr.endswith(" WARNING somebody [id-of-a-request]: closed\n")


def subprocess_python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
