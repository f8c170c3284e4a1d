"""What can be asked of any storage without I/O: this room knows no class of the other's.

Only attributes are read, those of django-storages (S3, GCS, Azure), of Django's own file storage
and the few that a storage of ours adds. None of them is a secret.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from pipeline.doctor.places import made
from pipeline.doctor.policy import PORTS

PRIVATE = "default"
SHIPPED = ("staticfiles", "published")  # files of ours; all other aliases hold uploads


def aliases() -> Iterator[tuple[str, Any]]:
    """Yield every alias with its storage, but those that cannot be made."""
    for alias in settings.STORAGES:
        if (storage := made(alias)) is not None:
            yield alias, storage


def uploads() -> Iterator[tuple[str, Any]]:
    """Yield the aliases that hold what people send."""
    yield from ((alias, storage) for alias, storage in aliases() if alias not in SHIPPED)


def bucket_of(storage: Any) -> str:
    """Return the name of the bucket or container, or "" for a storage that has none."""
    return str(getattr(storage, "bucket_name", "") or getattr(storage, "azure_container", "") or "")


def prefix_of(storage: Any) -> str:
    location = str(getattr(storage, "location", "") or "").strip("/")
    return f"{location}/" if location else ""


def place_of(storage: Any) -> tuple[str, str] | None:
    """Return a server and a path that ends with a slash, or None for neither bucket nor disk."""
    if isinstance(storage, FileSystemStorage):
        return "", f"{Path(storage.location).resolve()}/"
    if bucket := bucket_of(storage):
        server = str(getattr(storage, "endpoint_url", "") or getattr(storage, "account_name", ""))
        return f"{_server(server)}/{bucket}", prefix_of(storage)
    return None


def _server(address: str) -> str:
    """Return an endpoint as one compares it: no default port, no slash at the end, small letters.

    Who signs in there makes no other place of it.
    """
    parts = urlsplit(address.strip())
    if not parts.netloc:
        return address.strip().lower()  # the name of an account
    try:
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:  # no number: pipeline.E200 will say that nobody answers there
        return address
    return f"{parts.hostname}:{port}{parts.path.rstrip('/')}"


def shown_place(storage: Any) -> str:
    if isinstance(storage, FileSystemStorage):
        return str(storage.location)
    return f"{bucket_of(storage)}/{prefix_of(storage)}"


def signs_for(storage: Any) -> str:
    """Return the address that signed URLs begin with; "" for the vendor's own."""
    own = getattr(storage, "signing_endpoint_url", None) or getattr(storage, "endpoint_url", None)
    return str(own or "")


def read_from(storage: Any) -> str:
    """Return the address that browsers read public files from; "" for a path on the site."""
    if url := getattr(storage, "public_url", None):
        return str(url)
    if domain := getattr(storage, "custom_domain", None):
        return f"{getattr(storage, 'url_protocol', 'https:')}//{domain}"
    base = str(getattr(storage, "base_url", "") or "")
    return base if "://" in base else ""
