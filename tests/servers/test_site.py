"""The production-shape site that the journeys run on."""

import pytest

from tests.servers.child import ServerError
from tests.servers.site import site
from tests.servers.test_s3 import fetch


def test_without_collected_files_it_says_which_command_brings_them(tmp_path):
    with pytest.raises(ServerError, match=r"run \./dev build"):
        site(static_manifest=tmp_path / "staticfiles.json").__enter__()


def test_a_site_that_cannot_start_shows_its_log():
    with pytest.raises(ServerError, match="SECRET_KEY"):
        site({"SECRET_KEY": ""}, migrate=False).__enter__()


def test_a_site_runs_in_production_shape_on_a_database_of_its_own():
    with site() as running:
        assert fetch(f"{running.url}/healthz")[0] == 200
        assert fetch(f"{running.url}/readyz")[0] == 200
        status, headers, body = fetch(f"{running.url}/no-such-page/")
        assert status == 404
        assert b"DEBUG = True" not in body
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "Not Found: /no-such-page/" in running.log.read_text()
    with pytest.raises(OSError, match="refused"):
        fetch(f"{running.url}/healthz")
