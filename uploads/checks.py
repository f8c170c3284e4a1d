"""System checks for what would otherwise be found out by an attacker. None of them does I/O."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.files.uploadhandler import TemporaryFileUploadHandler as DjangoHandler
from django.db import models
from django.utils.module_loading import import_string

from uploads.handlers import TemporaryFileUploadHandler
from uploads.models import FileOwner
from uploads.storages import PrivateBucket, private_storage

LONGEST_SIGNED_SECONDS = 60  # a signed URL is the file, for whoever has it


@register(Tags.security, deploy=True)
def uploads_are_scanned(**kwargs: Any) -> list[CheckMessage]:
    """uploads.W001: without clamd nobody looks for malware that is known (ASVS 5.4.3)."""
    if settings.CLAMD_URL:
        return []
    return [
        Warning(
            "CLAMD_URL is not set, so uploads are not scanned for malware.",
            hint="Run clamd and set CLAMD_URL, for example to tcp://clamd:3310. If you have "
            "decided to do without, add 'uploads.W001' to SILENCED_SYSTEM_CHECKS.",
            id="uploads.W001",
        )
    ]


@register(Tags.security)
def signed_urls_are_short_lived(**kwargs: Any) -> list[CheckMessage]:
    """uploads.W002: who is sent a signed URL by mistake, or finds one in a log, has the file.

    django-storages' own default is an hour.
    """
    if "default" not in settings.STORAGES:
        return []  # pipeline.E003 says so
    bucket = private_storage()
    seconds = bucket.querystring_expire if isinstance(bucket, PrivateBucket) else 0
    if seconds <= LONGEST_SIGNED_SECONDS:
        return []
    return [
        Warning(
            f"URLs of private files are signed for {seconds} seconds.",
            hint=f"Set SIGNED_URL_SECONDS to at most {LONGEST_SIGNED_SECONDS}, and take it for "
            "querystring_expire of the 'default' storage (config/settings.py, region media). A "
            "download that has begun is not cut off.",
            id="uploads.W002",
        )
    ]


@register(Tags.files)
def large_uploads_have_names_of_ours(**kwargs: Any) -> list[CheckMessage]:
    """uploads.E003: Django's handler puts the client's extension into its temporary file's name,
    so a long one raises OSError before any validation; without a handler, files are dropped."""
    handlers = [import_string(name) for name in settings.FILE_UPLOAD_HANDLERS]
    ours = [issubclass(handler, TemporaryFileUploadHandler) for handler in handlers]
    theirs = [issubclass(handler, DjangoHandler) for handler in handlers]
    if any(ours) and ours == theirs:
        return []
    name = f"{TemporaryFileUploadHandler.__module__}.{TemporaryFileUploadHandler.__qualname__}"
    return [
        Error(
            "A large upload with a long extension ends in an error page, or does not arrive.",
            hint=f"In FILE_UPLOAD_HANDLERS, put {name!r} in the place of Django's "
            "TemporaryFileUploadHandler, last.",
            id="uploads.E003",
        )
    ]


@register(Tags.models)
def file_fields_have_an_owner(**kwargs: Any) -> list[CheckMessage]:
    """uploads.W004: Django never deletes a file, neither with its row nor when it is replaced."""
    return [
        Warning(
            f"{field} keeps the files of rows that are deleted or get another file.",
            hint=f"Derive {model.__name__} from uploads.models.FileOwner. If the model is not "
            "yours, run `manage.py sweep_uploads` now and then, and add 'uploads.W004' to "
            "SILENCED_SYSTEM_CHECKS.",
            obj=model,
            id="uploads.W004",
        )
        for model in apps.get_models()
        if not issubclass(model, FileOwner)
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.FileField)
    ]
