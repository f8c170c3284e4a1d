"""X-ray: who may see it, and what the server knows of the files that a page used.

The browser knows how a file came: over the network or from its cache, how large, in which
encoding. It does not know what the file was called before it was hashed, or whose it is. The panel
asks that here, for the names it saw, and gets nothing about names that are no static files.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import unquote

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from pipeline.inspector import Shipped, Sources, shipped
from pipeline.published import cache_control_of
from pipeline.timing import served_by


def may_see(request: HttpRequest) -> bool:
    """Return whether this visitor gets X-ray: everyone in development or with XRAY, else staff."""
    if settings.DEBUG or settings.XRAY:
        return True
    return _is_staff(request)


def _is_staff(request: HttpRequest) -> bool:
    # A page that is rendered without a visitor, for nginx, has no user at all.
    user = getattr(request, "user", None)
    return bool(user and user.is_active and user.is_staff)


def context(request: HttpRequest) -> dict[str, Any]:
    """Give templates `xray`. It is asked only where a page has a place for the panel: the answer
    may need the session, and a page that reads that is not the same for everyone."""

    def xray() -> bool:
        seen = may_see(request)
        request.has_xray = seen  # type: ignore[attr-defined]
        return seen

    return {"xray": xray}


class XrayMiddleware:
    """Say that Django made the page, on pages that carry X-ray and on no other."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if getattr(request, "has_xray", False):
            response.headers.setdefault("Server-Timing", served_by("Django"))
        return response


def report(request: HttpRequest, names: Iterable[str]) -> dict[str, Any]:
    """Return what the panel cannot know by itself about the static files it saw under `names`."""
    known = {}
    sources = Sources()
    by_served = {each.served: each for each in shipped(sources)}
    for name in names:
        if each := by_served.get(name) or sources.unhashed(name):
            known[name] = _told(each)
    return {
        "process": process_name(request),
        "places": [*_static_places(), *media_places()],
        "files": known,
        "map": reverse("pipeline:inspector") if _is_staff(request) else None,
    }


def _told(file: Shipped) -> dict[str, Any]:
    return {
        "written": file.written,
        "name": file.name,
        "owner": file.owner,
        "source": file.source,
        "finder": file.finder,
        "hashedBy": file.hashed_by,
        "raw": file.raw,
        "br": file.br,
        "gzip": file.gz,
        "kept": cache_control_of(file.served),
    }


def upload_sizes(request: HttpRequest, keys: Iterable[str]) -> dict[str, int]:
    """Return the sizes of public uploads, which a bucket on another origin keeps from scripts.

    Each is a request to the bucket, so that XRAY does not let strangers ask. What is not public is
    not looked up, whoever asks.
    """
    if not (settings.DEBUG or _is_staff(request)):
        return {}
    sizes = {}
    for alias in media_aliases():
        storage = storages[alias]
        if (place := place_of(storage)) and not place.signed:
            for key in keys:
                with suppress(Exception):  # not there, away, no key: the panel says "not told"
                    sizes[key] = storage.size(key)
    return sizes


def media_aliases() -> list[str]:
    return [alias for alias in settings.STORAGES if alias not in ("staticfiles", "published")]


def process_name(request: HttpRequest) -> str:
    """Return what runs this process, by its own name: gunicorn, or Django's runserver."""
    software = str(request.META.get("SERVER_SOFTWARE", "")).partition("/")[0]
    return {"WSGIServer": "runserver"}.get(software, software or "this process")


def _static_places() -> list[dict[str, Any]]:
    places = []
    if settings.CDN_URL:
        # A bucket can be a page's static origin without anything in front of it.
        options = settings.STORAGES.get("published", {}).get("OPTIONS", {})
        bucket = options.get("bucket_name")
        who = "bucket" if bucket and bucket in settings.CDN_URL else "CDN"
        cdn = {"url": settings.STATIC_URL, "who": who, "access": "public", "kept": None}
        places.append({**cdn, "static": True})
    if settings.VITE_DEV_SERVER:
        vite = f"{settings.VITE_DEV_SERVER}/"
        places.append({"url": vite, "who": "Vite", "access": "development", "kept": None})
    return places


def media_places() -> list[dict[str, Any]]:
    """Return where the browser finds what people sent, as each storage itself says it."""
    return [
        {
            "url": place.url,
            "who": place.who,
            "access": "signed" if place.signed else "public",
            "kept": place.kept,
            "storage": alias,
        }
        for alias in media_aliases()
        if (place := place_of(storages[alias]))
    ]


class Place(NamedTuple):
    """The address under which a storage's files are."""

    url: str
    who: str  # "" on the site itself, where whoever answers says so with each file
    signed: bool
    kept: str | None  # the Cache-Control that the storage gives each file, if it gives any


def place_of(storage: Storage) -> Place | None:
    """Return the place, or None where files have no address of their own.

    The storage is asked for the address of one file, so that this works for any. Addresses are
    computed, signed ones too; no request is made.
    """
    probe = "x-ray"
    try:
        url, _, query = storage.url(probe).partition("?")
    except Exception:  # a storage without URLs, or without credentials: none to show
        return None
    if not url.endswith(probe):
        return None
    bucket = getattr(storage, "bucket_name", None)
    if not bucket:
        who = ""
    elif bucket in unquote(url):
        who = "bucket"
    else:
        who = "CDN of the bucket"  # neither in the host nor in the path: something in front
    parameters = getattr(storage, "get_object_parameters", None)
    kept = parameters(probe).get("CacheControl") if parameters else None
    return Place(url.removesuffix(probe), who, bool(query), kept)
