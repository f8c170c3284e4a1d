"""System checks for what would otherwise be found out in production. None of them does I/O, but
to see whether a file is there.

Their words are in `pipeline/doctor/catalogue.py`; `manage.py doctor` runs them with its own.
"""

import inspect
import ipaddress
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.views import serve as serve_static
from django.core.files.storage import storages
from django.views.static import serve

from pipeline.doctor.buckets import (
    PRIVATE,
    aliases,
    bucket_of,
    place_of,
    read_from,
    shown_place,
    signs_for,
    uploads,
)
from pipeline.doctor.findings import Finding, found, some, system_check
from pipeline.doctor.places import broken_manifest, shown, source_folders, static_storage
from pipeline.doctor.policy import allows, origin
from pipeline.doctor.routes import routes, that_take_files

WHITENOISE = "whitenoise.middleware.WhiteNoiseMiddleware"
SECURITY = "django.middleware.security.SecurityMiddleware"
CSRF = "django.middleware.csrf.CsrfViewMiddleware"
LIMITS = "config.limits.RequestLimitsMiddleware"
IGNORED = {"STATICFILES_STORAGE": "staticfiles", "DEFAULT_FILE_STORAGE": "default"}
INSIDE_ONLY = (".internal", ".local", ".localdomain", ".svc", ".docker", ".lan")


@system_check
def bundle_is_built() -> Iterator[Finding]:
    """pipeline.W001: without its manifest no page can name the bundle's files."""
    vite = settings.DJANGO_VITE["default"]
    if not vite["dev_mode"] and not Path(vite["manifest_path"]).is_file():
        yield found(
            "pipeline.W001",
            f"The Vite bundle is missing: there is no {vite['manifest_path']}.",
            "Run `./dev build` (or `npm ci && npm run build` in frontend/). "
            "collectstatic refuses to run until then.",
            shown(vite["manifest_path"]),
        )


@system_check
def whitenoise_follows_security() -> Iterator[Finding]:
    """pipeline.W002: anywhere else it costs headers, redirects or time."""
    order = list(settings.MIDDLEWARE)
    if WHITENOISE not in order:
        yield found(
            "pipeline.W002", "WhiteNoiseMiddleware is not in MIDDLEWARE.", where="MIDDLEWARE"
        )
    elif order[: order.index(WHITENOISE)][-1:] != [SECURITY]:
        before = order[: order.index(WHITENOISE)][-1:] or ["nothing"]
        yield found(
            "pipeline.W002",
            "WhiteNoiseMiddleware does not stand directly after SecurityMiddleware, "
            f"but after {before[0]}.",
            where="MIDDLEWARE",
        )


@system_check
def default_storage_is_named() -> Iterator[Finding]:
    """pipeline.E003: a STORAGES that lacks an alias fails at its first use, not before."""
    uses = {
        "default": "every private upload",
        "public": "every avatar and picture",
        "staticfiles": "every {% static %}",
    }
    for alias, use in uses.items():
        if alias not in settings.STORAGES:
            yield found(
                "pipeline.E003",
                f"STORAGES has no {alias!r}, so {use} would fail when first used.",
                f"Add the {alias!r} alias in config/settings.py, region media.",
                "STORAGES",
            )


@system_check
def settings_are_read() -> Iterator[Finding]:
    """pipeline.E004: gone since Django 5.1, and still in every second tutorial."""
    for name, alias in IGNORED.items():
        if value := getattr(settings, name, None):
            yield found(
                "pipeline.E004",
                f"{name} is {value!r}, and nothing reads it.",
                f"Delete the line, and write STORAGES[{alias!r}] = {{'BACKEND': {value!r}}}.",
                name,
            )


@system_check
def bucket_settings_are_read() -> Iterator[Finding]:
    """pipeline.W005: the names are taken from the source of the django-storages that is here."""
    names = [name for name in dir(settings) if name.startswith("AWS_") and name.isupper()]
    if not names:
        return
    known = _settings_of_django_storages() if any(map(_is_s3, _storages())) else set()
    for name in names:
        if name not in known:
            reason = (
                "this django-storages knows no such setting"
                if known
                else "no alias of STORAGES is a bucket"
            )
            yield found("pipeline.W005", f"{name} is set, but {reason}.", where=name)


def _storages() -> list[Any]:
    return [storage for _alias, storage in aliases()]


def _is_s3(storage: Any) -> bool:
    return any(base.__module__ == "storages.backends.s3" for base in type(storage).__mro__)


def _settings_of_django_storages() -> set[str]:
    from storages.backends import s3

    return set(re.findall(r'"(AWS_\w+)"', inspect.getsource(s3)))


@system_check
def backends_are_not_shims() -> Iterator[Finding]:
    """pipeline.W006: s3boto3 only imports what s3 has."""
    for alias, configured in settings.STORAGES.items():
        backend = str(configured.get("BACKEND", ""))
        if backend.startswith("storages.backends.s3boto3."):
            name = backend.rpartition(".")[2].replace("S3Boto3", "S3")
            yield found(
                "pipeline.W006",
                f"STORAGES[{alias!r}] is {backend}, a shim.",
                f"Write storages.backends.s3.{name}.",
                f"STORAGES[{alias!r}]",
            )


@system_check
def collected_files_are_apart_from_sources() -> Iterator[Finding]:
    """pipeline.E007: Django itself finds only STATICFILES_DIRS that name STATIC_ROOT exactly."""
    if not settings.STATIC_ROOT:
        return
    root = Path(settings.STATIC_ROOT).resolve()
    for folder in source_folders():
        if root.is_relative_to(folder) or folder.is_relative_to(root):
            yield found(
                "pipeline.E007",
                f"STATIC_ROOT ({shown(root)}) and the sources in {shown(folder)} lie in each "
                "other.",
                where="STATIC_ROOT",
            )


@system_check
def uploads_are_apart_from_static_files() -> Iterator[Finding]:
    """pipeline.E008: whatever lies in a folder of static files is published."""
    roots = [settings.STATIC_ROOT, getattr(settings, "WHITENOISE_ROOT", None)]
    published = [Path(root).resolve() for root in roots if root] + source_folders()
    for alias, storage in uploads():
        server, path = place_of(storage) or ("elsewhere", "")
        for folder in dict.fromkeys(published):
            if not server and (Path(path).is_relative_to(folder) or folder.is_relative_to(path)):
                yield found(
                    "pipeline.E008",
                    f"Uploads of {alias!r} ({shown(Path(path))}) and static files "
                    f"({shown(folder)}) lie in each other.",
                    where=f"STORAGES[{alias!r}]",
                )


@system_check
def storages_share_no_place() -> Iterator[Finding]:
    """pipeline.E009: the same bucket with prefixes of which one begins with the other, too."""
    places = [(alias, storage, place_of(storage)) for alias, storage in aliases()]
    for (one, storage, here), (other, _, there) in combinations(places, 2):
        if not here or not there or here[0] != there[0]:
            continue
        if here[1].startswith(there[1]) or there[1].startswith(here[1]):
            yield found(
                "pipeline.E009",
                f"STORAGES[{one!r}] and STORAGES[{other!r}] both keep their files in "
                f"{shown_place(storage)}.",
                where=f"STORAGES[{one!r}], STORAGES[{other!r}]",
            )


@system_check
def uploads_are_not_overwritten() -> Iterator[Finding]:
    """pipeline.E010: django-storages overwrites unless told not to."""
    for alias, storage in uploads():
        for name in ("file_overwrite", "overwrite_files", "_allow_overwrite"):
            if getattr(storage, name, False):
                option = name.replace("_allow_", "allow_")
                yield found(
                    "pipeline.E010",
                    f"STORAGES[{alias!r}] has {option}=True.",
                    f"Set {option}=False in the OPTIONS of {alias!r}.",
                    f"STORAGES[{alias!r}]",
                )


@system_check
def uploads_have_no_acl() -> Iterator[Finding]:
    """pipeline.W011: AccessControlListNotSupported, at the first upload."""
    for alias, storage in aliases():
        acl = getattr(storage, "default_acl", None)
        acl = acl or dict(getattr(storage, "object_parameters", None) or {}).get("ACL")
        if acl:
            yield found(
                "pipeline.W011",
                f"STORAGES[{alias!r}] stores each file with the ACL {acl!r}.",
                where=f"STORAGES[{alias!r}]",
            )


@system_check
def private_urls_are_signed() -> Iterator[Finding]:
    """pipeline.E012: the alias `default` is the private one."""
    for alias, storage in uploads():
        if alias != PRIVATE or not bucket_of(storage):
            continue
        if not getattr(storage, "querystring_auth", True):
            said = "querystring_auth=False"
        elif getattr(storage, "custom_domain", None) and not getattr(
            storage, "cloudfront_signer", None
        ):
            said = f"custom_domain={storage.custom_domain!r} and no CloudFront key"
        else:
            continue
        yield found(
            "pipeline.E012",
            f"STORAGES[{alias!r}] has {said}, so its URLs are not signed.",
            where=f"STORAGES[{alias!r}]",
        )


def addresses() -> Iterator[tuple[str, str]]:
    """Yield what browsers are sent to, with the setting it comes from."""
    for alias, storage in uploads():
        if bucket_of(storage):
            setting = "S3_PUBLIC_ENDPOINT_URL" if alias == PRIVATE else "S3_PUBLIC_URL"
            if url := signs_for(storage) if alias == PRIVATE else read_from(storage):
                yield setting, url
    if "://" in (settings.STATIC_URL or ""):
        yield "CDN_URL", settings.STATIC_URL
    if "://" in (settings.MEDIA_URL or ""):
        yield "MEDIA_URL", settings.MEDIA_URL


@system_check
def addresses_can_be_reached() -> Iterator[Finding]:
    """pipeline.E013: a name of the container network, or an address of this machine alone."""
    for setting, url in addresses():
        host = urlsplit(url).hostname or ""
        if reason := _unreachable(host):
            yield found(
                "pipeline.E013",
                f"Browsers are sent to {url}, and {host} is {reason}.",
                f"Set {setting} to the address under which browsers reach the same server.",
                setting,
            )


def _unreachable(host: str) -> str:
    """Return why visitors cannot reach a host, "" if they can: an intranet's site is in it, too."""
    if host in (site := _hosts_of_the_site()):
        return ""
    if host == "localhost" or _is_local_number(host):
        public = sorted(filter(_is_public, site))
        return f"no address for visitors of {some(public)}" if public else ""
    if "." not in host and ":" not in host:
        return "a name without a dot, which only your own network knows"
    if host.endswith(INSIDE_ONLY) and not any(name.endswith(INSIDE_ONLY) for name in site):
        return "a name of a network of your own"
    return ""


def _hosts_of_the_site() -> list[str]:
    origins = [urlsplit(url).hostname or "" for url in getattr(settings, "SITE_ORIGINS", [])]
    return [*origins, *settings.ALLOWED_HOSTS]


def _is_local_number(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return False


def _is_public(host: str) -> bool:
    named = "." in host and not host.endswith((*INSIDE_ONLY, ".localhost"))
    return named and not _is_local_number(host)


@system_check
def files_come_as_safely_as_pages() -> Iterator[Finding]:
    """pipeline.E014: mixed content. Loopback is exempt, as in browsers."""
    origins = getattr(settings, "SITE_ORIGINS", [])
    if not settings.SECURE_SSL_REDIRECT and not any(o.startswith("https:") for o in origins):
        return
    for setting, url in addresses():
        host = urlsplit(url).hostname or ""
        loopback = host in ("localhost", "::1") or host.startswith("127.")
        if url.startswith("http:") and not loopback:
            yield found(
                "pipeline.E014",
                f"The site is on HTTPS, and browsers are sent to {url}.",
                where=setting,
            )


@system_check
def policy_allows_static_files() -> Iterator[Finding]:
    """pipeline.E015: one value, STATIC_URL, and six directives."""
    policy = getattr(settings, "SECURE_CSP", None)
    home = origin(settings.STATIC_URL or "")
    if not policy or not home:
        return
    # connect-src: what scripts fetch; manifest-src: a web app's manifest, if there is one.
    kinds = ("script-src", "style-src", "img-src", "font-src", "connect-src", "manifest-src")
    refused = [kind for kind in kinds if not allows(policy, kind, f"{settings.STATIC_URL}x")]
    if refused:
        yield found(
            "pipeline.E015",
            f"STATIC_URL is {settings.STATIC_URL}, and SECURE_CSP does not name {home} in "
            f"{', '.join(refused)}.",
            where="SECURE_CSP",
        )


@system_check
def policy_allows_pictures() -> Iterator[Finding]:
    """pipeline.E016: of every alias that is read without a signature."""
    policy = getattr(settings, "SECURE_CSP", None)
    if not policy:
        return
    for alias, storage in uploads():
        url = read_from(storage) if alias != PRIVATE else ""
        if url and not allows(policy, "img-src", f"{url.rstrip('/')}/x"):
            yield found(
                "pipeline.E016",
                f"Pictures of {alias!r} come from {origin(url)}, and img-src of SECURE_CSP does "
                "not name it.",
                where="SECURE_CSP",
            )


@system_check
def static_url_leads_to_the_files() -> Iterator[Finding]:
    """pipeline.E017: one value in three places, and two that follow from it."""
    prefix = getattr(settings, "STATIC_PREFIX", "") or urlsplit(settings.STATIC_URL or "").path
    cdn = str(getattr(settings, "CDN_URL", "") or "")
    wanted = f"{cdn.rstrip('/')}{prefix}"
    if wanted != settings.STATIC_URL:
        yield found(
            "pipeline.E017",
            f"STATIC_URL is {settings.STATIC_URL!r}; CDN_URL and STATIC_PREFIX make {wanted!r}.",
            where="STATIC_URL",
        )
    served = getattr(settings, "WHITENOISE_STATIC_PREFIX", urlsplit(settings.STATIC_URL or "").path)
    if WHITENOISE in settings.MIDDLEWARE and served.strip("/") != prefix.strip("/"):
        yield found(
            "pipeline.E017",
            f"WhiteNoise serves {served!r}, and pages and the CDN ask for {prefix!r}.",
            where="WHITENOISE_STATIC_PREFIX",
        )
    for alias, storage in aliases():
        location = str(getattr(storage, "location", "")).strip("/")
        if alias == "published" and cdn and location != prefix.strip("/"):
            yield found(
                "pipeline.E017",
                f"Files are published under {location!r} in {bucket_of(storage)}, and the CDN is "
                f"asked for {prefix!r}.",
                f"Set location={prefix.strip('/')!r} in the OPTIONS of 'published'.",
                "STORAGES['published']",
            )


@system_check
def media_is_not_served_by_django() -> Iterator[Finding]:
    """pipeline.E018: `static()` in urls.py adds nothing with DEBUG off, `serve` by hand does."""
    if settings.DEBUG or not getattr(settings, "ROOT_URLCONF", None):
        return
    for route in routes():
        pattern = route.pattern
        if pattern.callback in (serve, serve_static):
            folder = pattern.default_args.get("document_root", "no folder")
            yield found(
                "pipeline.E018",
                f"The route {str(pattern.pattern)!r} hands {shown(folder)} to "
                f"{pattern.callback.__module__}.serve, with DEBUG off.",
                where=settings.ROOT_URLCONF,
            )


@system_check
def uploads_are_limited_before_they_are_read() -> Iterator[Finding]:
    """pipeline.E024: the check of the CSRF token reads the whole body, whatever its size."""
    if not getattr(settings, "ROOT_URLCONF", None) or not (taking := that_take_files()):
        return
    order = list(settings.MIDDLEWARE)
    before_csrf = order[: order.index(CSRF)] if CSRF in order else order
    if LIMITS not in before_csrf:
        said = "is below CsrfViewMiddleware" if LIMITS in order else "is not in MIDDLEWARE"
        yield found(
            "pipeline.E024",
            f"{LIMITS} {said}, and {some(one.path for one in taking)} take files.",
            where="MIDDLEWARE",
        )


@system_check
def staticfiles_is_installed() -> Iterator[Finding]:
    """pipeline.E019"""
    if not apps.is_installed("django.contrib.staticfiles"):
        yield found(
            "pipeline.E019",
            "django.contrib.staticfiles is not in INSTALLED_APPS.",
            where="INSTALLED_APPS",
        )


@system_check
def storages_can_be_made() -> Iterator[Finding]:
    """pipeline.E020: a wrong path or option raises where the storage is first used."""
    for alias, configured in settings.STORAGES.items():
        if alias == "staticfiles" and broken_manifest():
            continue  # pipeline.E104 says so
        try:
            storages[alias]
        except Exception as error:  # whatever a backend's import or constructor raises
            yield found(
                "pipeline.E020",
                f"STORAGES[{alias!r}], {configured.get('BACKEND')}: {type(error).__name__}: "
                f"{error}",
                where=f"STORAGES[{alias!r}]",
            )


@system_check
def manifest_can_be_read() -> Iterator[Finding]:
    """pipeline.E104: with DEBUG on, too, since the storage reads it when it is made.

    So does collectstatic, which therefore cannot mend it while it is there.
    """
    if path := broken_manifest():
        yield found(
            "pipeline.E104",
            f"{shown(path)} is no manifest: it is cut off, or another program wrote it.",
            f"Delete {shown(path)}, and run `python manage.py collectstatic --no-input`.",
            shown(path),
        )


@system_check
def static_files_have_a_manifest() -> Iterator[Finding]:
    """pipeline.W021 and W022"""
    storage = static_storage()
    if storage is None:
        return
    where = "STORAGES['staticfiles']"
    name = f"{type(storage).__module__}.{type(storage).__qualname__}"
    if not hasattr(storage, "read_manifest"):
        yield found("pipeline.W021", f"{where} is {name}, which writes no manifest.", where=where)
    elif not storage.manifest_strict:
        yield found("pipeline.W022", f"{where} has manifest_strict=False.", where=where)


@system_check
def whitenoise_serves_what_is_collected() -> Iterator[Finding]:
    """pipeline.W023: both follow DEBUG unless somebody says otherwise."""
    for name in ("WHITENOISE_AUTOREFRESH", "WHITENOISE_USE_FINDERS"):
        if not settings.DEBUG and getattr(settings, name, False):
            yield found("pipeline.W023", f"{name} is True, and DEBUG is off.", where=name)


STATICFILES = [
    bundle_is_built,
    whitenoise_follows_security,
    collected_files_are_apart_from_sources,
    policy_allows_static_files,
    static_url_leads_to_the_files,
    staticfiles_is_installed,
    manifest_can_be_read,
    static_files_have_a_manifest,
    whitenoise_serves_what_is_collected,
]
FILES = [
    default_storage_is_named,
    settings_are_read,
    bucket_settings_are_read,
    backends_are_not_shims,
    uploads_are_apart_from_static_files,
    storages_share_no_place,
    uploads_are_not_overwritten,
    uploads_have_no_acl,
    private_urls_are_signed,
    addresses_can_be_reached,
    files_come_as_safely_as_pages,
    policy_allows_pictures,
    media_is_not_served_by_django,
    uploads_are_limited_before_they_are_read,
    storages_can_be_made,
]
