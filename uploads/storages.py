"""Where uploads live: private or public, on a filesystem or in S3.

Every key is chosen by the server, and its extension is the type that was found in the bytes. So
the type is read back from the key; the client's content type, which django-storages would store,
is never asked.
"""

import os
import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as S3ConnectionError
from django.core.exceptions import (
    ImproperlyConfigured,
    SuspiciousFileOperation,
    SuspiciousOperation,
)
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils.encoding import filepath_to_uri
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from config.s3 import client_config

CONTENT_TYPES = {
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

QUARANTINE = "quarantine/"  # uploads that nobody has judged yet
PROBE = "vitrine-probe-"  # what ensure_buckets writes for a moment to see who can read it

# A folder with such a name is one picture's, and like every key never used twice.
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# What a server says that is overloaded, restarting, or behind a gateway that does not reach it.
# Not 501: a server that lacks an operation will lack it tomorrow.
BUSY = {429, 500, 502, 503, 504}


class StorageUnavailable(Exception):  # noqa: N818 - a state, not an error
    """The bucket does not answer, or is too busy to; its cause says how. Later it may."""


class Stored(NamedTuple):
    """An object as its storage lists it; when it was written is by the storage's own clock."""

    key: str
    size: int
    modified: datetime


class Unfinished(NamedTuple):
    """An upload in parts that was begun and never ended. It costs money; no listing shows it."""

    key: str
    upload_id: str
    began: datetime


class UnusableStorage(Storage):
    """Stands for an alias that cannot be made; whatever is done with it says why.

    Models ask for their storage as they are imported. If that raised, no command could start, and
    no check could say which line of STORAGES is wrong. `config/wsgi.py` refuses to serve with it.
    """

    def __init__(self, alias: str, error: Exception) -> None:
        self.reason = f"STORAGES[{alias!r}] cannot be used: {error}"

    def refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise ImproperlyConfigured(f"{self.reason}. manage.py doctor says what mends it.")

    _open = _save = delete = exists = listdir = size = url = path = ping = refuse
    get_available_name = get_modified_time = listing = refuse


def _storage(alias: str) -> Storage:
    try:
        return storages[alias]
    except Exception as error:  # whatever a backend raises that gets other options than it takes
        return UnusableStorage(alias, error)


def private_storage() -> Storage:
    """Return the storage of files that only their owner may read (alias `default`)."""
    return _storage("default")


def public_storage() -> Storage:
    """Return the storage of files that anyone may read and cache for ever (alias `public`).

    Keys are never used twice, so a year of caching is always right.
    """
    return _storage("public")


def content_type_of(key: str) -> str:
    """Return the media type of a stored file; SuspiciousFileOperation for a key we never make."""
    try:
        return CONTENT_TYPES[PurePosixPath(key).suffix]
    except KeyError:
        raise SuspiciousFileOperation(
            f"{posixpath.basename(key)!r} has no extension of a known type. Keys are chosen by "
            "the server: add the type to CONTENT_TYPES in uploads/storages.py."
        ) from None


class _Files(FileSystemStorage):
    def ping(self) -> None:
        """Raise OSError unless files can be stored here."""
        location = Path(self.location)
        if not location.is_dir():
            raise FileNotFoundError(f"{location} is not there. Is its volume mounted?")
        if not os.access(location, os.W_OK | os.X_OK):
            raise PermissionError(f"{location} is not writable by this process.")

    def _save(self, name: str, content: File) -> str:
        content_type_of(name)
        try:
            return str(super()._save(name, content))  # type: ignore[misc]
        except BaseException:
            self.delete(name)  # a full disk leaves half a file behind
            raise

    def delete(self, name: str) -> None:
        """Delete the file, and with a picture's last rendition the folder that was its own."""
        super().delete(name)
        folder = Path(self.path(name)).parent
        if UUID.fullmatch(folder.name) and folder != Path(self.location):
            with suppress(OSError):  # not empty yet; the next deletion or the sweeper has it
                folder.rmdir()

    @property
    def place(self) -> str:
        """Where the files are; two storages with one place hold the same files."""
        return f"{os.path.realpath(self.location)}/"

    def now(self) -> datetime:
        return datetime.now(UTC)

    def made_here(self, key: str) -> bool:
        """Return whether a listed key can be one of ours, not a note or a snapshot beside them."""
        known = key.endswith("/") or _has_known_type(key) or key.startswith(QUARANTINE)
        return known and key.isprintable()  # a name that is no text could not stand in a row

    def listing(self) -> Iterator[Stored]:
        """Yield every file, and as `…/<uuid>/` each empty folder that a picture left behind.

        No folder is held in memory, and no link followed. Raises OSError for what cannot be read:
        half a listing would make rows seem to have lost their files.
        """
        return self._listing_of("")

    def _listing_of(self, folder: str) -> Iterator[Stored]:
        here = Path(self.location, folder)
        empty = True
        with os.scandir(here) as entries:
            for entry in entries:
                empty = False
                key = f"{folder}{entry.name}"
                # Since the folder was read, somebody else may have deleted what was in it.
                with suppress(FileNotFoundError):
                    if entry.is_dir(follow_symlinks=False):
                        yield from self._listing_of(f"{key}/")
                    else:
                        yield _stored(key, entry.stat(follow_symlinks=False))
        if folder and empty and UUID.fullmatch(here.name):
            with suppress(FileNotFoundError):
                yield _stored(folder, here.stat())._replace(size=0)

    def unfinished_uploads(self) -> Iterator[Unfinished]:
        """Yield nothing: what a killed process leaves here is a file, under its key."""
        return iter(())


def _has_known_type(key: str) -> bool:
    return PurePosixPath(key).suffix in CONTENT_TYPES


def _stored(key: str, found: os.stat_result) -> Stored:
    return Stored(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


class PrivateFiles(_Files):
    """Files outside MEDIA_ROOT, handed out only by a view that knows their owner."""

    def url(self, name: str | None) -> str:
        # FileSystemStorage without a base_url falls back to MEDIA_URL, a URL that looks right.
        raise ValueError("A private file has no URL; link to the view that serves it.")


class PublicFiles(_Files):
    """Files under MEDIA_ROOT, at MEDIA_URL."""


@contextmanager
def _reaching(bucket: str) -> Iterator[None]:
    """Turn the many ways in which a bucket is away into StorageUnavailable.

    A refusal (no such bucket, a wrong key) is none of them: it needs somebody to mend it.
    """
    try:
        yield
    except (S3ConnectionError, HTTPClientError, RetriesExceededError) as error:
        raise StorageUnavailable(f"The bucket {bucket} cannot be reached: {error}") from error
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        code = error.response.get("Error", {}).get("Code")
        if status in BUSY or code in ("SlowDown", "RequestTimeout"):
            raise StorageUnavailable(f"The bucket {bucket} does not serve: {error}") from error
        raise


class _Bucket(S3Storage):
    """A bucket whose operations raise StorageUnavailable while it is away."""

    def __init__(self, **options: Any) -> None:
        options["client_config"] = client_config(
            options, retries={"mode": "standard", "total_max_attempts": 3}
        )
        # New buckets refuse ACLs, and a key is never written twice.
        super().__init__(default_acl=None, file_overwrite=False, **options)

    def ping(self) -> None:
        """Raise ClientError or BotoCoreError unless the bucket answers, within two seconds, and
        knows us."""
        self._probe.head_bucket(Bucket=self.bucket_name)

    @cached_property
    def _probe(self) -> Any:
        # Neither patience nor retries: whoever asks /readyz must not be able to hold threads.
        hasty = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
        return self._create_session().client(
            "s3",
            region_name=self.region_name,
            endpoint_url=self.endpoint_url,
            config=self.client_config.merge(hasty),
        )

    def _save(self, name: str, content: File | IO[Any]) -> str:
        content_type_of(name)
        with _reaching(self.bucket_name):
            return str(super()._save(name, content))

    def _open(self, name: str, mode: str = "rb") -> File:
        with _reaching(self.bucket_name):
            file: File = super()._open(name, mode)
            if "w" not in mode:
                file.open()  # fetch it here, and not at the first read, which nobody guards
            return file

    def delete(self, name: str) -> None:
        with _reaching(self.bucket_name):
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _reaching(self.bucket_name):
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        with _reaching(self.bucket_name):
            return int(super().size(name))

    def get_object_parameters(self, name: str) -> dict[str, str]:
        return {"ContentType": CONTENT_TYPES.get(PurePosixPath(name).suffix, "")}

    @property
    def _prefix(self) -> str:
        return f"{self.location.rstrip('/')}/".lstrip("/")

    @property
    def place(self) -> str:
        """Where the objects are; two storages with one place hold the same objects."""
        return f"{self.endpoint_url or 's3:/'}/{self.bucket_name}/{self._prefix}"

    def now(self) -> datetime:
        """Return the server's time, to the second; ours if it does not say."""
        with _reaching(self.bucket_name):
            answer = self.connection.meta.client.list_objects_v2(
                Bucket=self.bucket_name, Prefix=self._prefix, MaxKeys=1
            )
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        return parsedate_to_datetime(date) if date else datetime.now(UTC)

    def made_here(self, key: str) -> bool:
        """Return whether a listed key can be one of ours, and not what others keep beside them.

        No key of ours is rewritten on its way to the bucket. `documents//a.pdf` is: to delete it
        would delete `documents/a.pdf`.
        """
        try:
            rewritten = self._normalize_name(clean_name(key))
        except SuspiciousOperation:
            return False
        known = _has_known_type(key) or key.startswith((QUARANTINE, PROBE))
        return known and key.isprintable() and rewritten == self._prefix + key

    def listing(self) -> Iterator[Stored]:
        """Yield every object below our location, a page of at most 1,000 at a time."""
        pages = self.connection.meta.client.get_paginator("list_objects_v2")
        with _reaching(self.bucket_name):
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=self._prefix):
                for item in page.get("Contents", []):
                    key = item["Key"].removeprefix(self._prefix)
                    yield Stored(key, item["Size"], item["LastModified"])

    def unfinished_uploads(self) -> Iterator[Unfinished]:
        """Yield the uploads in parts that were begun below our location and are not ended.

        boto3 sends a file of 8 MB or more in parts. Raises ClientError where the key may not ask
        (s3:ListBucketMultipartUploads), or the server cannot say.
        """
        pages = self.connection.meta.client.get_paginator("list_multipart_uploads")
        with _reaching(self.bucket_name):
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=self._prefix):
                for item in page.get("Uploads", []):
                    key = item["Key"].removeprefix(self._prefix)
                    yield Unfinished(key, item["UploadId"], item["Initiated"])

    def end_upload(self, upload: Unfinished) -> None:
        """Give up an unfinished upload; the server forgets its parts."""
        with _reaching(self.bucket_name):
            self.connection.meta.client.abort_multipart_upload(
                Bucket=self.bucket_name, Key=self._prefix + upload.key, UploadId=upload.upload_id
            )


class PrivateBucket(_Bucket):
    """A private bucket; `url()` is signed for the host that the browser sees.

    The host is part of what is signed. Where containers reach the server under another name than
    browsers do, a URL signed for one and rewritten to the other is refused; so a second client,
    on the browser's endpoint, does the signing (and never connects).
    """

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "signing_endpoint_url": None}

    def get_object_parameters(self, name: str) -> dict[str, str]:
        return {
            **super().get_object_parameters(name),
            "CacheControl": "private, no-store",
            "ContentDisposition": "attachment",
        }

    @cached_property
    def _signer(self) -> Any:
        return self._create_session().client(
            "s3",
            region_name=self.region_name,
            endpoint_url=self.signing_endpoint_url or self.endpoint_url,
            config=self.client_config,
        )

    def url(
        self,
        name: str,
        parameters: dict[str, str] | None = None,
        expire: int | None = None,
        http_method: str | None = None,
    ) -> str:
        """Return a signed URL; `parameters` may set ResponseContentDisposition and the like.

        Raises SuspiciousOperation for a name outside the bucket's location. Source: AWS,
        "Sharing objects with presigned URLs".
        """
        key = self._normalize_name(clean_name(name))
        url: str = self._signer.generate_presigned_url(
            "get_object",
            Params={"Bucket": self.bucket_name, "Key": key, **(parameters or {})},
            ExpiresIn=self.querystring_expire if expire is None else expire,
            HttpMethod=http_method,
        )
        return url


class PublicBucket(_Bucket):
    """A bucket behind a CDN that signs for itself; `url()` is the CDN's, without a query.

    `custom_domain` is not used: it returns unsigned URLs for a private bucket too, whatever
    `querystring_auth` says, and cannot carry a port and a path in one.
    """

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "public_url": None}

    def get_object_parameters(self, name: str) -> dict[str, str]:
        return {
            **super().get_object_parameters(name),
            "CacheControl": "public, max-age=31536000, immutable",
        }

    def url(self, name: str, *args: Any, **kwargs: Any) -> str:
        key = self._normalize_name(clean_name(name))
        return f"{self.public_url}/{filepath_to_uri(key)}"
