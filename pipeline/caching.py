"""Which static files may be cached for ever: exactly those whose name is a fingerprint."""

from functools import lru_cache
from urllib.parse import unquote

from django.conf import settings

# WhiteNoise's words, so that every server says the same.
IMMUTABLE = "max-age=315360000, public, immutable"
BRIEF = "max-age=60, public"


@lru_cache(maxsize=1)
def fingerprinted_names() -> frozenset[str]:
    """Return the names the manifest gives out, read once per process.

    The manifest is the authority. A pattern such as "twelve hex digits before the extension" also
    matches `icon-deadbeefcafe.svg`, and one with `\\w+` caches the admin's unhashed icons for
    years.
    """
    from django.contrib.staticfiles.storage import staticfiles_storage

    return frozenset(getattr(staticfiles_storage, "hashed_files", {}).values())


def is_fingerprinted(path: str, url: str) -> bool:
    """Tell WhiteNoise whether the file at `url` is immutable (`WHITENOISE_IMMUTABLE_FILE_TEST`)."""
    prefix = settings.STATIC_PREFIX
    return url.startswith(prefix) and unquote(url[len(prefix) :]) in fingerprinted_names()
