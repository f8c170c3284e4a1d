"""Where uploads live: private or public, on a filesystem or in S3.

Every key is chosen by the server, and its extension is the type that was found in the bytes. So
the type is read back from the key; the client's content type, which django-storages would store,
is never asked.
"""

import os
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, Any

from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as S3ConnectionError
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils.encoding import filepath_to_uri
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

CONTENT_TYPES = {
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


# What a server says that is overloaded, restarting, or behind a gateway that does not reach it.
# Not 501: a server that lacks an operation will lack it tomorrow.
BUSY = {429, 500, 502, 503, 504}


class StorageUnavailable(Exception):  # noqa: N818 - a state, not an error
    """The bucket does not answer, or is too busy to; its cause says how. Later it may."""


def private_storage() -> Storage:
    """Return the storage of files that only their owner may read (alias `default`)."""
    return storages["default"]


def public_storage() -> Storage:
    """Return the storage of files that anyone may read and cache for ever (alias `public`).

    Keys are never used twice, so a year of caching is always right.
    """
    return storages["public"]


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
        checksums = options.pop("checksums", "when_required")
        options["client_config"] = Config(
            signature_version="s3v4",
            s3={"addressing_style": options.pop("addressing_style", "virtual")},
            # Newer SDKs send checksum trailers that several S3-compatible servers refuse.
            request_checksum_calculation=checksums,
            response_checksum_validation=checksums,
            connect_timeout=5,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 3},
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
