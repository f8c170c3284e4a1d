"""Each check finds its mistake and is silent without it; tests/config has `check --deploy`."""

import pytest
from django.core.checks import run_checks
from django.db import models
from django.test.utils import isolate_apps

from uploads import checks
from uploads.handlers import TemporaryFileUploadHandler
from uploads.models import FileOwner

BUCKET = {
    "BACKEND": "uploads.storages.PrivateBucket",
    "OPTIONS": {"bucket_name": "private", "querystring_expire": 60},
}


class HandlerOfTheirs(TemporaryFileUploadHandler):
    pass


def ids(found):
    return [message.id for message in found]


def test_the_site_as_it_stands_has_no_finding_but_that_nothing_is_scanned():
    assert run_checks() == []
    found = run_checks(include_deployment_checks=True)
    assert [name for name in ids(found) if name.startswith("uploads.")] == ["uploads.W001"]


def test_uploads_that_nobody_scans_are_found_with_both_ways_out(settings):
    [found] = checks.uploads_are_scanned()
    assert "CLAMD_URL" in found.hint
    assert "'uploads.W001' to SILENCED_SYSTEM_CHECKS" in found.hint
    settings.CLAMD_URL = "tcp://127.0.0.1:3310"
    assert checks.uploads_are_scanned() == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, None),
        ({"querystring_expire": 61}, "61 seconds"),
        ({"querystring_expire": None}, "3600 seconds"),  # not named, so django-storages' own
    ],
)
def test_urls_that_are_signed_for_longer_than_a_minute_are_found(settings, options, said):
    chosen = {k: v for k, v in (BUCKET["OPTIONS"] | options).items() if v is not None}
    settings.STORAGES = settings.STORAGES | {"default": BUCKET | {"OPTIONS": chosen}}
    found = checks.signed_urls_are_short_lived()
    assert ids(found) == (["uploads.W002"] if said else [])
    assert not said or said in found[0].msg


def test_without_a_private_storage_another_check_speaks(settings):
    settings.STORAGES = {k: v for k, v in settings.STORAGES.items() if k != "default"}
    assert checks.signed_urls_are_short_lived() == []


MEMORY = "django.core.files.uploadhandler.MemoryFileUploadHandler"
DJANGOS = "django.core.files.uploadhandler.TemporaryFileUploadHandler"
OURS = "uploads.handlers.TemporaryFileUploadHandler"


@pytest.mark.parametrize(
    ("handlers", "found"),
    [
        ([MEMORY, OURS], []),
        ([f"{__name__}.HandlerOfTheirs"], []),
        ([MEMORY, DJANGOS], ["uploads.E003"]),
        ([MEMORY, DJANGOS, OURS], ["uploads.E003"]),
        ([MEMORY], ["uploads.E003"]),
        ([], ["uploads.E003"]),
    ],
)
def test_djangos_handler_for_large_files_is_found(settings, handlers, found):
    settings.FILE_UPLOAD_HANDLERS = handlers
    assert ids(checks.large_uploads_have_names_of_ours()) == found


@isolate_apps("documents")
def test_a_file_field_whose_files_nobody_deletes_is_found(monkeypatch):
    class Note(models.Model):  # noqa: DJ008
        scan = models.FileField()

        class Meta:
            app_label = "documents"

    class Letter(FileOwner):
        scan = models.FileField()

        class Meta:
            app_label = "documents"

    monkeypatch.setattr(checks.apps, "get_models", lambda: [Note, Letter])
    [found] = checks.file_fields_have_an_owner()
    assert (found.id, found.obj) == ("uploads.W004", Note)
    assert found.msg.startswith("documents.Note.scan ")
    assert "Derive Note from uploads.models.FileOwner" in found.hint
