"""Where releases are published: a bucket of static files only, that a CDN or nginx reads from.

Nothing here is secret, and nothing is signed. A hashed name never gets other bytes, so it is
cached for ever; the few names without a hash are asked for again after a minute.
"""

from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage
from whitenoise.media_types import MediaTypes

from config.s3 import client_config
from pipeline.caching import BRIEF, IMMUTABLE, fingerprinted_names

JOBS = 32  # uploads at a time; a request is mostly waiting, and there are hundreds


def published_storage() -> Storage | None:
    """Return the storage of alias `published`; None if there is none (STATIC_STORE=none)."""
    return storages["published"] if "published" in settings.STORAGES else None


def content_type_of(name: str) -> str:
    """Return the type that WhiteNoise sends for a static file, so that no server differs."""
    media_type = str(MediaTypes(extra_types=settings.WHITENOISE_MIMETYPES).get_type(name))
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def cache_control_of(name: str) -> str:
    return IMMUTABLE if name in fingerprinted_names() else BRIEF


class StaticHeaders:
    """Gives each file its type and caching, where django-storages takes them by these names: in
    front of its GoogleCloudStorage or its AzureStorage. S3 has names of its own.

        class PublishedContainer(StaticHeaders, AzureStorage):
            overwrite_files = True
    """

    def get_object_parameters(self, name: str) -> dict[str, str]:
        return {"content_type": content_type_of(name), "cache_control": cache_control_of(name)}


class PublishedBucket(S3Storage):
    """An S3 bucket of static files: no ACLs, no query in a URL, and names are written over.

    A name without a hash is the same name in every release, so the newest has it.
    """

    def __init__(self, **options: Any) -> None:
        options["client_config"] = client_config(
            options,
            max_pool_connections=JOBS,
            retries={"mode": "standard", "total_max_attempts": 5},
        )
        super().__init__(
            default_acl=None, file_overwrite=True, querystring_auth=False, gzip=False, **options
        )

    def get_object_parameters(self, name: str) -> dict[str, str]:
        return {"ContentType": content_type_of(name), "CacheControl": cache_control_of(name)}

    def url(self, name: str, *args: Any, **kwargs: Any) -> str:
        """Return where browsers find the file: at the CDN, or on the site itself."""
        return f"{settings.STATIC_URL}{filepath_to_uri(name)}"
