"""Rows that own files, and the one rule about both: a file goes only after its row has let go."""

import logging
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.core.files.storage import Storage
from django.db import models, router, transaction
from django.db.models.fields.files import FieldFile

logger = logging.getLogger(__name__)

StoredFile = tuple[Storage, str]


def keys_of(file: FieldFile) -> list[str]:
    """Return the storage keys behind one field: none, one, or one for each rendition."""
    if not file:
        return []
    return list(file.stored_keys()) if hasattr(file, "stored_keys") else [str(file.name)]


def delete_files(files: Iterable[StoredFile]) -> None:
    """Delete the files; one that cannot be deleted is logged by key and left to a later clean-up.

    By now the database has forgotten these keys, and the user's request has succeeded: a storage
    that does not answer must not turn that into an error page.
    """
    for storage, key in files:
        try:
            storage.delete(key)
        except Exception:
            logger.exception("Could not delete %s; it is unreferenced now.", key)


class FileOwner(models.Model):
    """A model whose file fields are kept in step with its row.

    - `save()` that fails deletes what it had stored: no object without a row.
    - `save()` that replaces a file deletes the old one when the transaction commits, never
      before: no row without its object, whatever is rolled back.
    - Deleting the row, by cascade too, does the same (see `delete_files_of_deleted_row`).

    The row is locked while its files change, so of two replacements at once one file remains.
    `QuerySet.update()` and `bulk_create()` bypass `save()`, here as everywhere in Django.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        incoming = self._unsaved_files()
        try:
            with transaction.atomic(using=using):
                before: set[StoredFile] = set()
                if not self._state.adding:
                    rows = type(self)._base_manager.using(using).select_for_update()
                    if row := rows.filter(pk=self.pk).first():
                        before = row.stored_files()
                super().save(*args, **kwargs)
                transaction.on_commit(
                    partial(delete_files, before - self.stored_files()), using=using
                )
        except BaseException:
            delete_files(
                (file.storage, key) for file in incoming if file._committed for key in keys_of(file)
            )
            raise

    def stored_files(self) -> set[StoredFile]:
        """Return every file this row owns, as (storage, key)."""
        return {
            (field.storage, key)
            for field in self._meta.concrete_fields
            if isinstance(field, models.FileField)
            for key in keys_of(getattr(self, field.attname))
        }

    def _unsaved_files(self) -> list[Any]:
        files = (
            getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if isinstance(field, models.FileField)
        )
        return [file for file in files if file and not file._committed]


def delete_files_of_deleted_row(
    sender: type[FileOwner], instance: FileOwner, using: str, **kwargs: Any
) -> None:
    """Delete a deleted row's files once the deletion is committed."""
    transaction.on_commit(partial(delete_files, instance.stored_files()), using=using)
