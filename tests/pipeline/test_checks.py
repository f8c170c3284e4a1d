import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from pipeline import checks


@pytest.fixture
def without_bundle(settings, tmp_path):
    gone = {**settings.DJANGO_VITE["default"], "manifest_path": tmp_path / "manifest.json"}
    settings.DJANGO_VITE = {"default": gone}


def test_the_site_as_it_stands_has_no_finding():
    assert run_checks() == []


def test_a_missing_bundle_is_found_with_the_command_that_makes_it(without_bundle):
    [found] = checks.bundle_is_built()
    assert found.id == "pipeline.W001"
    assert "./dev build" in found.hint


def test_no_bundle_is_needed_while_vite_serves(settings, without_bundle):
    settings.DJANGO_VITE["default"]["dev_mode"] = True
    assert checks.bundle_is_built() == []


def test_collectstatic_refuses_to_run_without_the_bundle(without_bundle):
    with pytest.raises(SystemCheckError, match=r"pipeline\.W001"):
        call_command("collectstatic", "--noinput", "--dry-run", skip_checks=False)


@pytest.mark.parametrize("place", ["missing", "first", "later"])
def test_whitenoise_anywhere_but_after_security_is_found(settings, place):
    order = [name for name in settings.MIDDLEWARE if "whitenoise" not in name]
    if place != "missing":
        order.insert(0 if place == "first" else 4, "whitenoise.middleware.WhiteNoiseMiddleware")
    settings.MIDDLEWARE = order
    [found] = checks.whitenoise_follows_security()
    assert found.id == "pipeline.W002"


@pytest.mark.parametrize("alias", ["default", "public", "staticfiles"])
def test_a_storage_alias_that_is_missing_is_found_before_the_first_upload(settings, alias):
    settings.STORAGES = {k: v for k, v in settings.STORAGES.items() if k != alias}
    [found] = checks.default_storage_is_named()
    assert found.id == "pipeline.E003"
    assert repr(alias) in found.msg
