"""How each storage is configured, with nothing in it that opens a door."""

import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import Storage, storages

from pipeline.inspector import shown_path

HIDDEN = "set, hidden"
# What an option may be called to be shown; a secret under a name nobody thought of is not.
SHOWN = frozenset(
    (
        *("access_tier", "addressing_style", "allow_overwrite", "azure_container", "base_url"),
        *("bucket_name", "checksums", "custom_domain", "default_acl", "directory_permissions_mode"),
        *("endpoint_url", "expiration", "file_overwrite", "file_permissions_mode", "gzip"),
        *("location", "manifest_strict", "max_memory_size", "object_parameters.CacheControl"),
        *("overwrite_files", "project_id", "public_url", "querystring_auth", "querystring_expire"),
        *("region_name", "signature_version", "signing_endpoint_url", "url_protocol", "use_ssl"),
    )
)
# Names of buckets, regions, hosts and modes look like this; keys and tokens seldom do.
HARMLESS = re.compile(r"[a-z0-9][a-z0-9._/+-]{0,62}|[A-Za-z0-9 ,=_-]{1,80}")


def masked(name: str, value: Any) -> Any:
    """Return the value if it is harmless by its name and by its looks, else that there is one.

    Both are asked: a secret under a name nobody thought of must not show, nor a short one under
    its own.
    """
    if isinstance(value, dict):
        return {key: masked(f"{name}.{key}", each) for key, each in value.items()}
    if value is None or value == "":
        return "not set"
    if name not in SHOWN:
        return HIDDEN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("permissions_mode"):
        return oct(value)
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Path):
        return shown_path(value)
    text = str(value)
    if "//" in text or "@" in text:
        return masked_url(text)
    if text.startswith("/") and name not in ("base_url",):
        return shown_path(text)
    return text if HARMLESS.fullmatch(text.strip("/")) else HIDDEN


def masked_url(text: str) -> str:
    """Return the address without a password or a query in it."""
    parts = urlsplit(text)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="", fragment="").geturl()


class Described(NamedTuple):
    """A storage as the page about it tells it."""

    alias: str
    backend: str
    use: str
    access: str
    example: str
    options: list[tuple[str, Any]]


USES = {
    "default": "what members keep for themselves",
    "public": "pictures on the walls, avatars",
    "staticfiles": "what this site ships",
    "published": "what a CDN serves, release by release",
}


def described() -> list[Described]:
    """Return every alias of STORAGES, in the order of the settings."""
    return [_described(alias, config) for alias, config in settings.STORAGES.items()]


def _described(alias: str, config: dict[str, Any]) -> Described:
    options = [(name, masked(name, value)) for name, value in config.get("OPTIONS", {}).items()]
    try:
        access, example = _access(storages[alias])
    except Exception as error:  # a backend that cannot even be made; the page is for finding out
        access, example = f"cannot be used: {type(error).__name__}; run manage.py check", ""
    if alias == "staticfiles":
        options = [
            ("location", shown_path(settings.STATIC_ROOT)),
            ("base_url", masked_url(settings.STATIC_URL)),
            *options,
        ]
        access, example = "public, for everyone and for ever where the name is hashed", ""
    return Described(alias, config["BACKEND"], USES.get(alias, ""), access, example, options)


def _access(storage: Storage) -> tuple[str, str]:
    """Return who may read, in words, and how an address looks. Computed, not asked over a line."""
    try:
        url = storage.url("a/name.webp")
    except (ValueError, NotImplementedError):
        return "private: files have no address, a view decides who gets one", ""
    if "?" not in url:
        return "public: an address without a signature", masked_url(url)
    seconds = getattr(storage, "querystring_expire", None)
    for_how_long = f"for {seconds} seconds" if seconds else "for a time"
    return f"private: each address is signed, {for_how_long}", f"{masked_url(url)}?…"
