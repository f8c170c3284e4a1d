"""Folders that the process must be able to write to."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from pipeline.doctor.buckets import uploads
from pipeline.doctor.findings import Finding, found
from pipeline.doctor.places import shown


def folders_are_writable() -> Iterator[Finding]:
    """pipeline.E117: tried, not asked for, since root and read-only mounts defeat os.access."""
    wanted = [
        (f"STORAGES[{alias!r}]", Path(storage.location))
        for alias, storage in uploads()
        if isinstance(storage, FileSystemStorage)
    ]
    for setting, folder in [*wanted, *_for_large_uploads()]:
        nearest = folder
        while not nearest.exists() and nearest != nearest.parent:
            nearest = nearest.parent
        try:
            with tempfile.TemporaryFile(dir=nearest):
                pass
        except OSError as error:
            yield found(
                "pipeline.E117",
                f"{shown(folder)} cannot be written to by user {os.getuid()}: {error.strerror}.",
                where=setting,
            )


def _for_large_uploads() -> Iterator[tuple[str, Path]]:
    if folder := settings.FILE_UPLOAD_TEMP_DIR:
        yield "FILE_UPLOAD_TEMP_DIR", Path(folder)
        return
    try:
        yield "TMPDIR", Path(tempfile.gettempdir())
    except FileNotFoundError:  # Python has tried them all
        yield "TMPDIR", Path("/tmp")  # noqa: S108
