"""Publish a release: put the collected files where a CDN reads them, whole or not at all.

A deploy breaks when pages ask for files that are not there yet, or no longer. So:

- a file with a fingerprint in its name never gets other bytes: it is sent once, by whichever
  release has it first, and stays until no release that is kept names it;
- everything is sent before it counts: first the fingerprinted files, which nobody asks for yet,
  then the few names without a fingerprint, then the manifest, and last the *record*, an object of
  its own that lists the release. A run that is interrupted leaves files that nobody asks for, and
  the next one goes on from there;
- records are never written over, so two releases published at once do not lose each other. The
  newest is the current one; its name begins with its time.

Bytes decide what is the same, never times: the record holds a digest of each file, and S3 lists an
object with the MD5 of its bytes (its ETag), so that what another run left, or somebody put there,
is noticed. Hashing a release takes a twentieth of a second, a request to a bucket as long.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, TypeVar

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage

from pipeline.caching import fingerprinted_names
from pipeline.published import JOBS, PublishedBucket, cache_control_of, content_type_of

MANIFEST = "staticfiles.json"
RECORDS = "_releases/"
TIME = "%Y%m%dT%H%M%S.%fZ"
RECORD = re.compile(rf"{RECORDS}\d{{8}}T\d{{6}}\.\d{{6}}Z-[0-9a-f]{{16}}\.json")
# What a run that has nothing to do may ask: the records, and two pages of 1,000 names.
PAGES_OF_AN_UNCHANGED_RUN = 2
# An object that no record names may belong to a release that is just being published.
LEAST_HOURS = 24
SUFFIXES = {"br": ".br", "gzip": ".gz"}


T = TypeVar("T")


class Found(NamedTuple):
    """An object of the bucket; size in bytes and MD5 are None where asking costs a request."""

    name: str
    size: int | None
    modified: datetime | None
    md5: str | None = None


@dataclass(frozen=True)
class Shipped:
    """A file of a release as it is sent: the bytes at `path`, perhaps compressed already."""

    name: str
    path: Path
    size: int
    digest: str  # SHA-256 of what is sent
    md5: str
    content_type: str
    cache_control: str
    encoding: str = ""  # Content-Encoding: br, gzip, or none

    @property
    def facts(self) -> list[Any]:
        """What a record holds of it: if any of this changes, it is sent again."""
        return [self.digest, self.size, self.encoding, self.content_type, self.cache_control]

    @property
    def is_fingerprinted(self) -> bool:
        return self.name in fingerprinted_names()


class UnpublishableError(Exception):
    """Nothing was sent, and nothing can be: says what is wrong and what mends it."""


def _md5() -> Any:
    return hashlib.md5(usedforsecurity=False)  # what S3 tells; SHA-256 decides between releases


@dataclass(frozen=True)
class Release:
    """The files in STATIC_ROOT, each once; the .br and .gz beside a file are not files."""

    files: dict[str, Shipped]

    @classmethod
    def collected(cls, encoding: str = "") -> Release:
        """Read STATIC_ROOT. With `encoding` (br or gzip), files that have such a twin are that.

        Raises UnpublishableError if nothing was collected.
        """
        root = Path(settings.STATIC_ROOT)
        if not fingerprinted_names() or not (root / MANIFEST).is_file():
            raise UnpublishableError(
                f"There is no manifest in STATIC_ROOT ({root}), so there is nothing to publish. "
                "Run python manage.py collectstatic first."
            )
        found = {p.relative_to(root).as_posix(): p for p in root.rglob("*") if p.is_file()}
        if missing := sorted(fingerprinted_names() - found.keys()):
            raise UnpublishableError(
                f"The manifest names {missing[0]}, which is not in STATIC_ROOT ({root})"
                f"{f', nor are {len(missing) - 1} others' if missing[1:] else ''}. Pages would "
                "ask for it. Run python manage.py collectstatic again."
            )
        files = {}
        for name, path in sorted(found.items()):
            twin_of = name.removesuffix(".br").removesuffix(".gz")
            if twin_of != name and twin_of in found:
                continue
            twin = found.get(name + SUFFIXES[encoding]) if encoding else None
            sent = twin or path
            with sent.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                file.seek(0)
                md5 = hashlib.file_digest(file, _md5).hexdigest()
            size = sent.stat().st_size
            kind, kept = content_type_of(name), cache_control_of(name)
            encoded = encoding if twin else ""
            files[name] = Shipped(name, sent, size, digest, md5, kind, kept, encoded)
        return cls(files)

    @cached_property
    def record(self) -> bytes:
        files = {name: shipped.facts for name, shipped in self.files.items()}
        return json.dumps({"version": 1, "files": files}, sort_keys=True).encode()

    @cached_property
    def id(self) -> str:
        """The same for the same files: 16 hex digits of the record's SHA-256."""
        return hashlib.sha256(self.record).hexdigest()[:16]


class Record(NamedTuple):
    """The name of a record says when its release was published, and which it is."""

    name: str

    @property
    def release(self) -> str:
        return self.name.removesuffix(".json")[-16:]

    @property
    def time(self) -> datetime:
        stamp = self.name.removeprefix(RECORDS).partition("-")[0]
        return datetime.strptime(stamp, TIME).replace(tzinfo=UTC)

    @classmethod
    def of(cls, release: Release, after: Record | None) -> Record:
        """Return a name that is newer than all that are there, whatever this machine's clock."""
        now = datetime.now(UTC)
        if after:
            now = max(now, after.time + timedelta(milliseconds=1))
        return cls(f"{RECORDS}{now.strftime(TIME)}-{release.id}.json")


class Destination(Protocol):
    """What publishing asks of a bucket. Names are relative to the storage's location."""

    def pages(self, prefix: str) -> Iterator[list[Found]]: ...
    def read(self, name: str) -> bytes: ...
    def put(self, name: str, content: IO[bytes], encoding: str) -> None: ...
    def delete(self, names: list[str]) -> None: ...
    def modified(self, found: Found) -> datetime: ...


class S3Destination:
    """The fast path: one request for each file, a thousand names in each page of a list."""

    def __init__(self, storage: PublishedBucket) -> None:
        self.client: Any = storage.connection.meta.client  # one for all threads
        self.bucket: str = storage.bucket_name
        self.prefix = f"{storage.location.strip('/')}/".lstrip("/")

    def pages(self, prefix: str) -> Iterator[list[Found]]:
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix + prefix):
            yield [
                Found(
                    item["Key"].removeprefix(self.prefix),
                    item["Size"],
                    item["LastModified"],
                    item.get("ETag", "").strip('"') or None,
                )
                for item in page.get("Contents", [])
            ]

    def read(self, name: str) -> bytes:
        answer = self.client.get_object(Bucket=self.bucket, Key=self.prefix + name)
        with answer["Body"] as body:
            content: bytes = body.read()
        return content

    def put(self, name: str, content: IO[bytes], encoding: str) -> None:
        extra = {"ContentEncoding": encoding} if encoding else {}
        self.client.put_object(
            Bucket=self.bucket,
            Key=self.prefix + name,
            Body=content,
            ContentType=content_type_of(name),
            CacheControl="no-store" if name.startswith(RECORDS) else cache_control_of(name),
            **extra,
        )

    def delete(self, names: list[str]) -> None:
        for start in range(0, len(names), 1000):
            objects = [{"Key": self.prefix + name} for name in names[start : start + 1000]]
            answer = self.client.delete_objects(
                Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True}
            )
            for error in answer.get("Errors", []):
                raise OSError(f"{error.get('Key')}: {error.get('Code')} {error.get('Message')}")

    def modified(self, found: Found) -> datetime:
        return found.modified or datetime.now(UTC)


class StorageDestination:
    """Any storage that writes a name over: one request or more for each file and each folder."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def pages(self, prefix: str) -> Iterator[list[Found]]:
        yield [Found(name, None, None) for name in sorted(self._names(prefix))]

    def _names(self, folder: str) -> Iterator[str]:
        try:
            folders, files = self.storage.listdir(folder)
        except FileNotFoundError:
            return
        location = str(getattr(self.storage, "location", "") or "").strip("/")
        for file in files:
            if "/" not in file:
                yield f"{folder}{file}"
                continue
            # Azure's storage knows no folders: it lists all, by their whole names.
            name = file.removeprefix(f"{location}/") if location else file
            if name.startswith(folder) and (name != file or not location):
                yield name
        for inner in folders:
            yield from self._names(f"{folder}{inner}/")

    def read(self, name: str) -> bytes:
        with self.storage.open(name) as file:
            content: bytes = file.read()
        return content

    def put(self, name: str, content: IO[bytes], encoding: str) -> None:
        if encoding:
            raise UnpublishableError(
                f"{type(self.storage).__name__} cannot be told that a file is compressed. Leave "
                "--encoding out, and let the CDN compress."
            )
        saved = self.storage.save(name, File(content, name=name))
        if saved != name:
            self.storage.delete(saved)
            raise UnpublishableError(
                f"{type(self.storage).__name__} keeps {name} and does not write it over. Set its "
                "file_overwrite (S3, GCS), overwrite_files (Azure) or allow_overwrite to True."
            )

    def delete(self, names: list[str]) -> None:
        for name in names:
            self.storage.delete(name)

    def modified(self, found: Found) -> datetime:
        return self.storage.get_modified_time(found.name)


def destination_of(storage: Storage) -> Destination:
    if isinstance(storage, PublishedBucket):
        return S3Destination(storage)
    return StorageDestination(storage)


def records_in(destination: Destination) -> list[Record]:
    """Return all records, the oldest first."""
    found = (found.name for page in destination.pages(RECORDS) for found in page)
    return [Record(name) for name in sorted(found) if RECORD.fullmatch(name)]


def files_of(record: Record, destination: Destination) -> dict[str, list[Any]]:
    """Return the files of a published release: {name: facts}."""
    try:
        files = json.loads(destination.read(record.name))["files"]
        return {str(name): list(facts) for name, facts in files.items()}
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise UnpublishableError(
            f"{record.name} in the bucket is no record of a release: something else wrote it. "
            "Delete that object, and run this again."
        ) from error


@dataclass(frozen=True)
class Plan:
    """What has to be sent so that the bucket holds a release, and what stood there before."""

    release: Release
    missing: list[Shipped]
    records: list[Record]

    @property
    def newest(self) -> Record | None:
        return self.records[-1] if self.records else None

    @property
    def is_current(self) -> bool:
        return self.newest is not None and self.newest.release == self.release.id

    @property
    def is_done(self) -> bool:
        return self.is_current and not self.missing


def compare(release: Release, destination: Destination, *, everything: bool = False) -> Plan:
    """Compare a release with what the bucket lists.

    If it is the current one already, at most three requests are made, so that of more than 2,000
    objects only the first are looked at and the record is believed for the rest; `everything` asks
    for all. Otherwise the previous release's record is read, and everything is listed.
    """
    records = records_in(destination)
    plan = Plan(release, [], records)
    known: dict[str, list[Any]] = {}
    if plan.is_current:
        known = {name: shipped.facts for name, shipped in release.files.items()}
    elif plan.newest:
        known = files_of(plan.newest, destination)
    there: dict[str, Found] = {}
    pages = destination.pages("")
    most = PAGES_OF_AN_UNCHANGED_RUN if plan.is_current and not everything else None
    for page in islice(pages, most):
        there.update((found.name, found) for found in page)
    # Lists are in the order of the names' bytes. Behind the last that was read, nothing is known.
    last = max(there, key=str.encode, default="").encode() if most and len(there) >= 2000 else None
    # Not every bucket tells the MD5: one that encrypts with keys of KMS tells something else.
    tells_md5 = any(
        name in there and there[name].md5 == shipped.md5 for name, shipped in release.files.items()
    )

    def is_there(shipped: Shipped) -> bool:
        name = shipped.name
        if name not in there:
            return last is not None and name.encode() > last
        if there[name].size not in (None, shipped.size):
            return False
        if tells_md5 and there[name].md5 != shipped.md5:
            return False
        if name in known:
            return known[name] == shipped.facts
        # Of another release, or of a run that did not end.
        return shipped.is_fingerprinted

    missing = [shipped for shipped in release.files.values() if not is_there(shipped)]
    return Plan(release, missing, records)


Watch = Callable[[Iterable[T], str, int], Iterator[T]]


def publish(plan: Plan, destination: Destination, watch: Watch[Shipped], jobs: int = JOBS) -> None:
    """Send what is missing; the record last, and only if all else is there.

    Raises what the destination raises; then nothing of the release counts, and what was sent is
    found again by the next run.
    """
    _send_in_order(plan.missing, destination, watch, jobs)
    if plan.is_current:
        return
    record = Record.of(plan.release, plan.newest)
    destination.put(record.name, ContentFile(plan.release.record), "")
    # Whoever published or pruned meanwhile may have written a name over, or taken a file away that
    # was counted as there. Now that the record stands, nobody does.
    after = compare(plan.release, destination, everything=True)
    again = {shipped.name for shipped in after.missing if shipped.is_fingerprinted}
    if after.is_current and set(after.records) > {record, *plan.records}:
        again |= {
            name for name, shipped in plan.release.files.items() if not shipped.is_fingerprinted
        }
    elif after.is_current:
        again = {shipped.name for shipped in after.missing}
    _send_in_order([plan.release.files[name] for name in sorted(again)], destination, watch, jobs)


def _send_in_order(
    files: list[Shipped], destination: Destination, watch: Watch[Shipped], jobs: int
) -> None:
    hashed = [shipped for shipped in files if shipped.is_fingerprinted]
    plain = [s for s in files if not s.is_fingerprinted and s.name != MANIFEST]
    manifest = [shipped for shipped in files if shipped.name == MANIFEST]
    for step in (hashed, plain, manifest):
        if step:
            for _sent in watch(_sending(step, destination, jobs), "Sending", len(step)):
                pass


def _sending(files: list[Shipped], destination: Destination, jobs: int) -> Iterator[Shipped]:
    """Yield each file when it is sent. At most `jobs` files are open, and none is in memory."""

    def send(shipped: Shipped) -> Shipped:
        with shipped.path.open("rb") as content:
            destination.put(shipped.name, content, shipped.encoding)
        return shipped

    waiting = iter(files)
    with ThreadPoolExecutor(jobs) as pool:
        running: set[Future[Shipped]] = set()
        try:
            while True:
                running |= {pool.submit(send, one) for one in islice(waiting, jobs - len(running))}
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


@dataclass
class Pruning:
    """What no kept release names: records first, so that a release is gone before its files."""

    kept: list[Record]
    dropped: list[Record]
    files: list[Found]
    young: int = 0  # not named either, but perhaps of a release that is just being published
    seen: list[Record] = field(default_factory=list)

    @classmethod
    def of(cls, destination: Destination, keep: int, hours: float = LEAST_HOURS) -> Pruning:
        """Find what may go when the newest `keep` releases stay.

        Raises UnpublishableError where no release was ever published: everything would go.
        """
        records = records_in(destination)
        if not records:
            raise UnpublishableError(
                "No release was published here, so nothing says which files are needed. Run "
                "manage.py publish_static first."
            )
        newest = {record.release: record for record in records}  # of each release, its last
        kept = sorted(newest.values())[-keep:]
        named = {name for record in kept for name in files_of(record, destination)}
        before = datetime.now(UTC) - timedelta(hours=hours)
        pruning = cls(kept, [record for record in records if record not in kept], [], seen=records)
        for page in destination.pages(""):
            for found in page:
                if found.name in named or found.name.startswith(RECORDS):
                    continue
                if destination.modified(found) > before:
                    pruning.young += 1
                else:
                    pruning.files.append(found)
        return pruning

    def act(self, destination: Destination, watch: Watch[list[str]]) -> None:
        """Delete. Raises UnpublishableError as soon as somebody has published meanwhile."""
        destination.delete([record.name for record in self.dropped])
        names = [found.name for found in self.files]
        batches = [names[start : start + 1000] for start in range(0, len(names), 1000)]
        for batch in watch(batches, "Deleting", len(batches)):
            if set(records_in(destination)) - set(self.seen):
                raise UnpublishableError(
                    "A release was published meanwhile, and may need what was about to go. Run "
                    "publish_static --prune again."
                )
            destination.delete(batch)
