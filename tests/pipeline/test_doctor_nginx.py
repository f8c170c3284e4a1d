"""The doctor's comparison of the site with what nginx was told."""

import pytest
from django.core.management import call_command

from pipeline.doctor import nginx
from tests.environment import ROOT
from uploads.validators import DOCUMENT_MAX_BYTES

REQUEST = DOCUMENT_MAX_BYTES + 1024 * 1024


@pytest.fixture
def configuration(tmp_path):
    """nginx/ as in the image: what is written by hand, and what is generated."""
    (tmp_path / "conf.d").mkdir()
    clients = (ROOT / "nginx/conf.d/clients.conf").read_text()
    (tmp_path / "conf.d/clients.conf").write_text(clients)
    call_command("nginx_includes", tmp_path / "generated", verbosity=0)
    return tmp_path


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def ids(findings):
    return [finding.id for finding in findings]


def test_what_was_just_generated_has_no_finding(configuration):
    assert list(nginx.configuration_is_generated(configuration)) == []
    assert list(nginx.limits_agree(configuration)) == []
    assert list(nginx.immutable_names_are_of_this_build(configuration)) == []


def test_a_limit_of_nginx_that_is_not_the_forms_is_found_with_both_numbers(configuration):
    replace(configuration / "generated/locations.conf", f"size {REQUEST};", "size 1m;")
    [found] = nginx.limits_agree(configuration)
    assert found.id == "pipeline.E121"
    assert f"/documents/: nginx takes {1024**2} bytes (location = /documents/)" in found.what
    assert f"the site {REQUEST}: a file of {DOCUMENT_MAX_BYTES}" in found.what


def test_an_address_that_nginx_does_not_know_gets_the_limit_of_all_others(configuration):
    replace(configuration / "generated/locations.conf", "= /documents/", "= /papers/")
    [found] = nginx.limits_agree(configuration)
    assert f"nginx takes {128 * 1024} bytes (everywhere)" in found.what


def test_a_413_page_that_names_another_limit_is_found(configuration):
    replace(configuration / "generated/limits.conf", f"-{DOCUMENT_MAX_BYTES}", "-1")
    [found] = nginx.limits_agree(configuration)
    assert found.id == "pipeline.E121"
    assert f"names its limit, {DOCUMENT_MAX_BYTES} bytes" in found.what


def test_the_list_of_another_build_is_found_both_ways(configuration):
    path = configuration / "generated/immutable.conf"
    replace(path, "/static/site/logo.", "/static/site/emblem.")
    findings = list(nginx.immutable_names_are_of_this_build(configuration))
    assert ids(findings) == ["pipeline.E122", "pipeline.E122"]
    assert "lacks 1: site/logo." in findings[0].what
    assert "site/emblem." in findings[1].what


def test_a_folder_without_generated_files_is_found_only_if_somebody_named_it(tmp_path):
    [found] = nginx.configuration_is_generated(tmp_path)
    assert found.id == "pipeline.E123"
    assert str(tmp_path) in found.what
    assert list(nginx.configuration_is_generated(None)) == []


def test_generated_files_beside_the_projects_own_are_found_by_themselves(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    assert nginx.folder(None) is None
    (tmp_path / "nginx/generated").mkdir(parents=True)
    assert nginx.folder(None) == tmp_path / "nginx"
    assert nginx.folder(tmp_path) == tmp_path
