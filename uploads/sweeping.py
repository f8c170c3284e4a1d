"""Storages and rows side by side: what no row names, and which rows have lost their file.

Why anything is left at all: a file is stored before its row is committed, and deleted after. So a
process that dies in between leaves a file without a row, never a row without its file. The sweep
takes such files away, and must never take one whose row is only late:

- Nothing younger than a day is touched. The file of an upload that is under way has no row until
  its transaction commits, which takes seconds; only a transaction open for longer than the age, an
  import that runs all night, would lose what it stored. The age is counted by the storage's clock
  or by ours, whichever says that less time has passed.
- Rows are read first and storages listed after. What is listed and old had its row, if it ever
  gets one, long before. A key is never used twice, so what no row names no row ever will; all the
  same, the database is asked for it once more right before it is deleted.
- A row has lost its file if neither the listing nor the storage, asked for that key, has it, and
  the row still names it after that.

Memory does not grow with the number of files: rows and listings are read in pages, and what is
known of them meanwhile stands in a temporary SQLite database on disk (`Ledger`).
"""

from __future__ import annotations

import hashlib
import posixpath
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.files.storage import storages
from django.db import DatabaseError, models, router
from django.db.models import Q
from django.db.models.functions import Left
from django.template.defaultfilters import filesizeformat

from uploads.models import keys_of
from uploads.storages import StorageUnavailable

T = TypeVar("T")

Fields = Iterable[tuple[models.FileField, Any]]  # each with its Place

PAGE = 2_000  # rows in memory at once
BATCH = 100  # keys the database is asked for at once, right before they are deleted
LEAST_HOURS = 1  # six renditions, each with every retry of a slow bucket: 10 min; and skewed clocks
# At most so many files may go without a thought about how many stay: one member's quota.
FEW = 100
FAILURES = 10  # deletions refused by a storage before it is left alone
CACHE_KIB = 8 * 1024  # half of what a million keys take, 17 bytes each

AWAY_OR_REFUSED = (StorageUnavailable, ClientError, BotoCoreError, OSError)


class Refused(Exception):  # noqa: N818
    """Nothing is deleted, because the storages and the database do not seem to belong together."""


class Watch(Protocol):
    """Hands items on, shows how far they are, and raises Stopped between two if asked to."""

    def __call__(self, items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]: ...


class LostFile(NamedTuple):
    """A row that names a file which its storage does not have."""

    model: str
    pk: str
    field: str
    storage: str
    key: str


@dataclass
class Place:
    """One storage, and what was found and done there."""

    name: str
    storage: Any
    number: int
    where: str
    objects: int = 0
    size: int = 0
    referenced: int = 0
    young: int = 0
    others: int = 0
    old: int = 0
    old_size: int = 0
    deleted: int = 0
    deleted_size: int = 0
    failed: int = 0
    unfinished: int | None = 0
    ended: int = 0
    errors: list[str] = field(default_factory=list)

    def fail(self, key: str, error: Exception) -> None:
        self.failed += 1
        self.errors.append(f"{self.name}: could not delete {shown(key)}: {error}")


def shown(key: str) -> str:
    """Return a key as one harmless line: whoever can put files in a storage can choose names."""
    return key if key.isprintable() else ascii(key)[1:-1]


class Ledger:
    """What rows name and what storages hold, in a temporary SQLite database.

    SQLite itself makes the file, in TMPDIR, and unlinks it at once: not even a killed process
    leaves it. A key is 8 bytes here, a hash with a key of this run's own: two of ten million rows
    and ten million files meet once in 180,000 runs, and then one orphan waits for the next run.
    """

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(16)
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(
            f"""
            PRAGMA cache_size = -{CACHE_KIB};
            PRAGMA journal_mode = OFF;
            PRAGMA synchronous = OFF;
            CREATE TABLE named (digest INTEGER PRIMARY KEY, found INTEGER NOT NULL);
            CREATE TABLE unreferenced (place INTEGER, ours INTEGER, size INTEGER, key BLOB);
            CREATE TABLE lost (model TEXT, pk TEXT, field TEXT, storage TEXT, key BLOB);
            BEGIN;
            """
        )
        self.names = 0

    def close(self) -> None:
        self._db.close()

    def _digest(self, place: Place, key: str) -> int:
        # As the storages read a key; a row may spell it in another way, and owns the file still.
        key = posixpath.normpath(key.replace("\\", "/")).lstrip("/")
        text = f"{place.number}:{key}".encode(errors="surrogateescape")
        digest = hashlib.blake2b(text, digest_size=8, key=self._salt).digest()
        return int.from_bytes(digest, signed=True)

    def name(self, place: Place, key: str, found: bool = False) -> None:
        """Note that a row names this key; `found` for one that no listing has to show."""
        added = self._db.execute(
            "INSERT OR IGNORE INTO named VALUES (?, ?)", (self._digest(place, key), found)
        )
        if not found:
            self.names += added.rowcount

    def find(self, place: Place, key: str) -> bool:
        """Note that the storage has this key; return whether a row names it, or its folder."""
        digest = self._digest(place, key)
        if self._db.execute("UPDATE named SET found = 1 WHERE digest = ?", (digest,)).rowcount:
            return True
        folder = self._digest(place, f"{posixpath.dirname(key)}/*")
        found = self._db.execute("SELECT 1 FROM named WHERE digest = ?", (folder,))
        return found.fetchone() is not None

    def count_missing(self) -> int:
        """Return how many keys that rows name have not been found."""
        [count] = self._db.execute("SELECT count(*) FROM named WHERE NOT found").fetchone()
        return int(count)

    def is_missing(self, place: Place, key: str) -> bool:
        digest = self._digest(place, key)
        row = self._db.execute("SELECT found FROM named WHERE digest = ?", (digest,)).fetchone()
        return bool(row == (0,))

    def add_unreferenced(self, place: Place, ours: bool, key: str, size: int) -> None:
        values = (place.number, ours, size, key.encode(errors="surrogateescape"))
        self._db.execute("INSERT INTO unreferenced VALUES (?, ?, ?, ?)", values)

    def unreferenced(
        self, place: Place, ours: bool = True, limit: int = -1
    ) -> Iterator[tuple[str, int]]:
        """Yield key and size of what may be deleted; or, not `ours`, of what is left alone."""
        rows = self._db.execute(
            "SELECT key, size FROM unreferenced WHERE place = ? AND ours = ? LIMIT ?",
            (place.number, ours, limit),
        )
        return ((raw.decode(errors="surrogateescape"), size) for raw, size in rows)

    def add_lost(self, lost: LostFile) -> None:
        raw = lost.key.encode(errors="surrogateescape")
        values = (lost.model, lost.pk, lost.field, lost.storage, raw)
        self._db.execute("INSERT INTO lost VALUES (?, ?, ?, ?, ?)", values)

    def lost(self) -> Iterator[LostFile]:
        rows = self._db.execute("SELECT * FROM lost ORDER BY rowid")
        for model, pk, file_field, storage, raw in rows:
            key = raw.decode(errors="surrogateescape")
            yield LostFile(model, pk, file_field, storage, key)


class Sweep:
    """One comparison; `look()` reads, `act()` deletes. Both may raise Stopped at any item.

    The numbers are in `places`, `lost`, `expired`, and the ledger holds the keys.
    """

    def __init__(self, watch: Watch, hours: float) -> None:
        self.watch = watch
        self.hours = hours
        self.lost = 0
        self.expired: dict[str, int] = {}
        self.places: list[Place] = []
        self._owners = [
            (model, [(file_field, self._place(file_field.storage)) for file_field in fields])
            for model, fields in owners()
        ]
        self._before: dict[int, datetime] = {}
        self.ledger = Ledger()  # last: nothing can fail any more that would leave it open

    def close(self) -> None:
        self.ledger.close()

    def _place(self, storage: Any) -> Place:
        """Return the place of a storage; the same one for two storages that keep files there."""
        if not hasattr(storage, "listing"):
            raise Refused(
                f"{type(storage).__name__} cannot list what it holds. Give it the methods that "
                "_Files in uploads/storages.py has: place, now, made_here, listing, "
                "unfinished_uploads."
            )
        where = storage.place
        for place in self.places:
            if place.where == where:
                return place
            if place.where.startswith(where) or where.startswith(place.where):
                raise Refused(
                    f"{place.where} and {where} are two storages, one inside the other: each "
                    "would see the other's files as nobody's. Put them side by side."
                )
        number = len(self.places)
        self.places.append(Place(_alias(storage, number), storage, number, where))
        return self.places[-1]

    def look(self) -> None:
        """Read all rows and list all storages; delete nothing."""
        for place in self.places:
            place.storage.ping()
        self._read_rows()
        for place in self.places:
            self._list(place)
            self._count_unfinished(place)
        if self.ledger.count_missing():
            self._find_lost()

    def act(self, even_most: bool = False) -> None:
        """Delete what `look()` found unreferenced and old.

        Raises Refused if that is most of a storage, unless told that it is right so.
        """
        if not even_most:
            self._refuse_if_most()
        for model in apps.get_models():
            if callable(delete_expired := getattr(model, "delete_expired", None)):
                self.expired[model._meta.label] = int(delete_expired() or 0)
        for place in self.places:
            self._delete(place)
            self._end_unfinished(place)

    # --- looking

    def _read_rows(self) -> None:
        for model, fields in self._owners:
            what = f"Rows of {model._meta.label}"
            for row in self.watch(_rows(model, fields), what, _count(model, fields)):
                for file_field, place in fields:
                    file = getattr(row, file_field.attname)
                    for key in keys_of(file):
                        self.ledger.name(place, key)
                    if file and _has_renditions(file_field):
                        # The folder is the row's, even if its widths are not what they should be.
                        self.ledger.name(place, f"{posixpath.dirname(str(file))}/*", found=True)

    def _list(self, place: Place) -> None:
        now = min(datetime.now(UTC), place.storage.now())
        before = self._before[place.number] = now - timedelta(hours=self.hours)
        listing = place.storage.listing()
        for key, size, modified in self.watch(listing, f"Files in {place.name}"):
            place.objects += 1
            place.size += size
            if self.ledger.find(place, key):
                place.referenced += 1
            elif not place.storage.made_here(key):
                place.others += 1
                self.ledger.add_unreferenced(place, False, key, size)
            elif self.hours and modified > before:
                place.young += 1
            else:
                place.old += 1
                place.old_size += size
                self.ledger.add_unreferenced(place, True, key, size)

    def _old_uploads(self, place: Place) -> Iterator[Any]:
        for upload in place.storage.unfinished_uploads():
            old = not self.hours or upload.began <= self._before[place.number]
            if old and place.storage.made_here(upload.key):
                yield upload

    def _count_unfinished(self, place: Place) -> None:
        try:
            place.unfinished = sum(
                1 for _ in self.watch(self._old_uploads(place), f"Uploads to {place.name}")
            )
        except ClientError:
            # Either the key may not ask or the server cannot say. The bucket's lifecycle, which
            # ensure_buckets sets, ends them then.
            place.unfinished = None

    def _find_lost(self) -> None:
        for model, fields in self._owners:
            what = f"Missing files of {model._meta.label}"
            for row in self.watch(_rows(model, fields), what, _count(model, fields)):
                for file_field, place in fields:
                    for key in keys_of(getattr(row, file_field.attname)):
                        if self.ledger.is_missing(place, key) and self._is_lost(
                            model, row.pk, file_field, key
                        ):
                            self.lost += 1
                            self.ledger.add_lost(
                                LostFile(
                                    model._meta.label,
                                    str(row.pk),
                                    file_field.name,
                                    place.name,
                                    key,
                                )
                            )

    @staticmethod
    def _is_lost(
        model: type[models.Model], pk: Any, file_field: models.FileField, key: str
    ) -> bool:
        """Ask the storage, and then the row again: it may have let go of the file meanwhile."""
        if file_field.storage.exists(key):
            return False
        row = _rows_of(model, [(file_field, None)]).filter(pk=pk).first()
        return row is not None and key in keys_of(getattr(row, file_field.attname))

    # --- deleting

    def _refuse_if_most(self) -> None:
        remedy = (
            "Nothing was deleted. If DATABASE_URL and the MEDIA_… or S3_… variables are those of "
            "one and the same site, and the list above is right, add --even-most."
        )
        if self.lost > FEW and self.lost > self.ledger.names / 2:
            raise Refused(
                f"{self.lost} of the {self.ledger.names} files that rows name are not there: this "
                f"is another site's storage, or another's database. {remedy}"
            )
        for place in self.places:
            if place.old > FEW and place.old > place.referenced:
                raise Refused(
                    f"{place.name}: rows name {place.referenced} of {place.objects} files; "
                    f"{place.old} would be deleted, which is more than stay. {remedy}"
                )
        users = get_user_model()._base_manager
        if not self.ledger.names and any(p.old for p in self.places) and not users.exists():
            raise Refused(f"The database has no member and names no file. {remedy}")

    def _delete(self, place: Place) -> None:
        what = f"Deleting from {place.name}"
        for key, size in self.watch(self._still_unreferenced(place), what, place.old):
            try:
                place.storage.delete(key)
            except AWAY_OR_REFUSED as error:
                place.fail(key, error)
                if isinstance(error, StorageUnavailable) or place.failed >= FAILURES:
                    place.errors.append(f"{place.name}: left alone after that; run it again later.")
                    return
            else:
                place.deleted += 1
                place.deleted_size += size

    def _still_unreferenced(self, place: Place) -> Iterator[tuple[str, int]]:
        found = self.ledger.unreferenced(place)
        while batch := list(islice(found, BATCH)):
            named = self._named_now(place, [key for key, _size in batch])
            yield from (item for item in batch if item[0] not in named)

    def _named_now(self, place: Place, keys: list[str]) -> set[str]:
        """Return those of the keys that some row names at this moment."""
        folders: dict[str, list[str]] = defaultdict(list)
        for key in keys:
            folders[f"{posixpath.dirname(key)}/"].append(key)
        lengths: dict[int, list[str]] = defaultdict(list)
        for folder in folders:
            lengths[len(folder)].append(folder)
        named: set[str] = set()
        for model, fields in self._owners:
            for file_field, its_place in fields:
                if its_place is not place:
                    continue
                rows = model._base_manager.using(router.db_for_write(model)).order_by()
                name = file_field.attname
                if not _has_renditions(file_field):
                    found = rows.filter(**{f"{name}__in": keys})
                    named.update(found.values_list(name, flat=True))
                    continue
                for length, of_length in lengths.items():
                    found = rows.annotate(swept=Left(name, length)).filter(swept__in=of_length)
                    for folder in found.values_list("swept", flat=True):
                        named.update(folders[folder])
        return named

    def _end_unfinished(self, place: Place) -> None:
        if not place.unfinished:
            return
        uploads = self._old_uploads(place)
        for upload in self.watch(uploads, f"Ending uploads to {place.name}", place.unfinished):
            try:
                place.storage.end_upload(upload)
            except AWAY_OR_REFUSED as error:
                place.fail(upload.key, error)
                return
            place.ended += 1


def _alias(storage: Any, number: int) -> str:
    """Return the name that settings give a storage."""
    for alias in set(storages.backends) - {"staticfiles"}:
        if getattr(storages[alias], "place", None) == storage.place:
            return alias
    return f"{type(storage).__name__} {number}"


def owners() -> list[tuple[type[models.Model], list[models.FileField]]]:
    """Return every model with file fields, a FileOwner or not: whoever names a file keeps it."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        fields = [f for f in model._meta.local_concrete_fields if isinstance(f, models.FileField)]
        if fields and not model._meta.proxy:
            found.append((model, fields))
    return found


def _has_renditions(file_field: models.FileField) -> bool:
    return hasattr(file_field.attr_class, "stored_keys")


def _rows_of(model: type[models.Model], fields: Fields) -> models.QuerySet[models.Model]:
    """Return the rows that name a file, with the columns that say which and no others."""
    columns = {model._meta.pk.name}
    names_a_file = Q()
    for file_field, _place in fields:
        columns |= {file_field.name, *getattr(file_field, "size_fields", ())}
        names_a_file |= Q(**{f"{file_field.attname}__gt": ""})
    rows = model._base_manager.using(router.db_for_write(model))  # a replica may lag behind
    return rows.filter(names_a_file).only(*columns).order_by("pk")


def _rows(model: type[models.Model], fields: Fields) -> Iterator[models.Model]:
    """Yield all rows that name a file, a page at a time, each page a short query of its own.

    Not `.iterator()`: outside a transaction PostgreSQL copies the whole answer first, which for
    millions of rows takes longer than DATABASE_TIMEOUT, and behind a pooler that forbids cursors
    psycopg would hold all of it in memory.
    """
    rows = _rows_of(model, fields)
    page = list(rows[:PAGE])
    while page:
        yield from page
        page = list(rows.filter(pk__gt=page[-1].pk)[:PAGE])


def _count(model: type[models.Model], fields: Fields) -> int | None:
    """Return how many rows there are; None when counting takes longer than DATABASE_TIMEOUT."""
    try:
        return _rows_of(model, fields).count()
    except DatabaseError:
        return None  # and a table that is missing will be missed by whoever reads it


def size_of(count: int) -> str:
    return str(filesizeformat(count)).replace("\xa0", " ")


__all__ = ["LEAST_HOURS", "LostFile", "Place", "Refused", "Sweep", "shown", "size_of"]
