"""Rows that own files, and the one rule about both: a file goes only after its row has let go."""

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from django.conf import settings
from django.core.files.storage import Storage
from django.db import DatabaseError, connections, models, router, transaction
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from uploads.storages import StorageUnavailable

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
    that does not answer must not turn that into an error page. Nor is it asked again for each of
    ten renditions, with a timeout every time.
    """
    away: set[Storage] = set()
    for storage, key in files:
        if storage in away:
            logger.error("Could not delete %s either; it is unreferenced now.", key)
            continue
        try:
            storage.delete(key)
        except Exception as error:
            logger.exception("Could not delete %s; it is unreferenced now.", key)
            if isinstance(error, StorageUnavailable):
                away.add(storage)


class _Uncommitted(threading.local):
    """Files stored in this thread of whose transaction we do not know that it was committed, each
    with the row that will name it."""

    def __init__(self) -> None:
        self.files: dict[StoredFile, _Row] = {}


@dataclass(frozen=True)
class _Row:
    model: "type[FileOwner]"
    pk: Any
    using: str
    connection: Any  # the driver's, at the time of the save

    def certainly_lacks(self, file: StoredFile) -> bool:
        """Return whether no row names the file, nor ever will.

        Not if the connection is another by now: it may have been lost with a COMMIT under way,
        which the server carries out or not, and perhaps only now.
        """
        if connections[self.using].connection is not self.connection:
            return False
        try:
            row = self.model._base_manager.using(self.using).filter(pk=self.pk).first()
        except DatabaseError:
            return False
        return row is None or file not in row.stored_files()


uncommitted = _Uncommitted()


def _claim(files: Iterable[StoredFile]) -> None:
    for file in files:
        uncommitted.files.pop(file, None)


def delete_rolled_back_files(**kwargs: Any) -> None:
    """At the end of a request, delete what a rolled-back transaction had stored.

    Django tells nobody of a rollback. A file that no commit has claimed by the time the request
    is over was rolled back, as a rule; but the commit may have gone well and what came after it
    not: another's on_commit() that raises keeps ours from running. So the row is asked, and in
    doubt the file stays, for `manage.py sweep_uploads`.
    """
    if uncommitted.files and not any(c.in_atomic_block for c in connections.all()):
        files, uncommitted.files = uncommitted.files, {}
        delete_files([file for file, row in files.items() if row.certainly_lacks(file)])


class FileOwner(models.Model):
    """A model whose file fields are kept in step with its row.

    - `save()` that fails, or whose transaction is rolled back, deletes what it had stored: no
      object without a row. Unless it fails at the commit: the row may be there, and a row without
      its object is worse.
    - `save()` that replaces a file deletes the old one when the transaction commits, never
      before: no row without its object, whatever is rolled back.
    - `save()` writes a file field only if this instance changed it: an instance loaded before
      somebody else's replacement does not bring the old, deleted key back.
    - Deleting the row, by cascade too, deletes its files (see `delete_files_of_deleted_row`).

    The row is locked while its files change, so of two replacements at once one file remains.
    `QuerySet.update()` and `bulk_create()` bypass `save()`, here as everywhere in Django.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        only = kwargs.get("update_fields")
        written = [f for f in self._file_fields() if only is None or f.name in only]
        incoming = [getattr(self, field.attname) for field in written]
        incoming = [file for file in incoming if file and not file._committed]
        only_commit_left = False
        try:
            with transaction.atomic(using=using):
                before: set[StoredFile] = set()
                if not self._state.adding:
                    rows = type(self)._base_manager.using(using).select_for_update()
                    if row := rows.filter(pk=self.pk).first():
                        before = row.stored_files(written)
                        self._keep_unchanged_files(row, written)
                super().save(*args, **kwargs)
                after = self.stored_files(written)
                transaction.on_commit(partial(delete_files, before - after), using=using)
                fresh = {(f.storage, key) for f in incoming for key in keys_of(f)}
                row_to_be = _Row(type(self), self.pk, using, connections[using].connection)
                uncommitted.files |= dict.fromkeys(fresh, row_to_be)
                transaction.on_commit(partial(_claim, fresh), using=using)
                only_commit_left = True
        except BaseException:
            if not only_commit_left:
                delete_files(
                    (f.storage, key) for f in incoming if f._committed for key in keys_of(f)
                )
            raise
        self._remember_files()

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        instance = super().from_db(*args, **kwargs)
        instance._remember_files()
        return instance

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self._remember_files()

    def stored_files(self, fields: Iterable[models.Field] | None = None) -> set[StoredFile]:
        """Return every file this row owns, or those of some fields, as (storage, key)."""
        return {
            (field.storage, key)
            for field in (self._file_fields() if fields is None else fields)
            if isinstance(field, models.FileField)
            for key in keys_of(getattr(self, field.attname))
        }

    def _file_fields(self) -> list[models.FileField]:
        return [f for f in self._meta.concrete_fields if isinstance(f, models.FileField)]

    def _remember_files(self) -> None:
        """Note the keys as they are in the row; deferred fields are not fetched for it."""
        self._keys_in_row = {
            field.attname: str(self.__dict__[field.attname] or "")
            for field in self._file_fields()
            if field.attname in self.__dict__
        }

    def _keep_unchanged_files(self, row: Self, fields: Iterable[models.FileField]) -> None:
        """Take over from the locked row each file field that this instance did not change."""
        for field in fields:
            file = getattr(self, field.attname)
            unchanged = str(file or "") == self._keys_in_row.get(field.attname)
            if unchanged and (not file or file._committed):
                for name in (field.attname, *getattr(field, "size_fields", ())):
                    setattr(self, name, getattr(row, name))


def delete_files_of_deleted_row(
    sender: type[FileOwner], instance: FileOwner, using: str, **kwargs: Any
) -> None:
    """Delete a deleted row's files once the deletion is committed."""
    transaction.on_commit(partial(delete_files, instance.stored_files()), using=using)


class Allowance(models.Model):
    """One row for each member who sends files: what their limits are counted under.

    A table of its own, because the row is locked while it is counted, and the member's own row is
    written by every sign-in. See `uploads/limits.py`.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    full_at = models.DateTimeField(help_text="when as many files as ever may be sent at once")
    # Of its own, because a clock that was wrong must not turn a pace into a debt.
    rested_at = models.DateTimeField(
        null=True, help_text="when what looking at their files took is made up for"
    )

    def __str__(self) -> str:
        return f"Allowance of user {self.pk}"


class Reservation(models.Model):
    """Room in a member's quota for one file that is on its way to the storage."""

    allowance = models.ForeignKey(Allowance, on_delete=models.CASCADE, related_name="reservations")
    size = models.PositiveBigIntegerField(help_text="in bytes")
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.size} bytes until {self.expires_at:%H:%M:%S}"

    @classmethod
    def delete_expired(cls) -> int:
        """Delete what killed processes left; return how many. They count for nothing already."""
        return cls.objects.filter(expires_at__lte=timezone.now()).delete()[0]
