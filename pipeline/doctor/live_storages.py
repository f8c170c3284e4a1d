"""What an outsider can do with a file in each storage: put, read, wait, delete (`--live`)."""

import contextlib
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.core.files.base import ContentFile

from pipeline.doctor.buckets import PRIVATE, aliases, bucket_of, shown_place
from pipeline.doctor.fetching import Unreachable, ask, without_query
from pipeline.doctor.findings import Finding, found
from pipeline.doctor.places import static_storage
from pipeline.doctor.secrecy import masked

CONTENT = b"%PDF-1.7 written by manage.py doctor; it may be deleted\n"
SIGNATURES = ("signature=", "x-amz-signature=", "x-goog-signature=", "sig=")
SHORTEST = 1  # seconds a URL is signed for, to see it die
PATIENCE = 6  # seconds until it must be dead; servers allow their clocks a little


def examine_storages(site: str) -> Iterator[Finding]:
    """pipeline.E200 to E206, W207, W208 and E221, E222, for every alias but the collected files."""
    for alias, storage in aliases():
        if alias != "staticfiles":
            yield from _with_a_file(alias, storage, site)


def _with_a_file(alias: str, storage: Any, site: str) -> Iterator[Finding]:
    """Store a file, ask for it as anybody and as somebody may, and delete it whatever happens."""
    where = f"STORAGES[{alias!r}]"
    name = f"vitrine-probe-{uuid.uuid4()}.pdf"  # a name that sweep_uploads knows as a probe's
    try:
        name = storage.save(name, ContentFile(CONTENT))
    except Exception as error:  # of any backend; each has classes of its own
        yield found(
            "pipeline.E201",
            f"{alias!r} does not store a file in {shown_place(storage)}: {_reason(error)}.",
            _mend(error),
            where,
        )
        return
    try:
        if alias == PRIVATE:
            yield from _private(alias, storage, name, site)
        else:
            yield from _public(alias, storage, name, site)
    finally:
        left = _deleted(storage, name)
    if left:
        yield found(
            "pipeline.E206",
            f"{alias!r} does not delete {name} in {shown_place(storage)}: {left}.",
            where=where,
        )


def _deleted(storage: Any, name: str) -> str:
    """Delete the file; return why it is still there, or ""."""
    try:
        storage.delete(name)
        return "it is still there" if storage.exists(name) else ""
    except Exception as error:
        return _reason(error)


def _private(alias: str, storage: Any, name: str, site: str) -> Iterator[Finding]:
    where = f"STORAGES[{alias!r}]"
    if not bucket_of(storage):
        yield from _behind_the_site(name, site)
        return
    url = storage.url(name)
    try:
        signed = ask(url)
        if signed.status != 200 or signed.sent != CONTENT:
            said = signed.status if signed.status != 200 else "other bytes"
            yield found(
                "pipeline.E202",
                f"A signed GET of {without_query(url)} is answered {said}{_code(signed.sent)}.",
                where=where,
            )
        anonymous = ask(without_query(url))
        if anonymous.status == 200:
            yield found(
                "pipeline.E203", f"{without_query(url)} opens without a signature.", where=where
            )
        yield from _expires(storage, name, where)
        yield from _preflight(without_query(url).removesuffix(name), site, where)
    except Unreachable as error:
        yield found(
            "pipeline.E200",
            f"Signed URLs of {alias!r} lead to {_host(url)}: {error}.",
            "Set S3_PUBLIC_ENDPOINT_URL to the address under which browsers reach the server, or "
            "start the server, or run doctor where browsers are.",
            where,
        )


def _expires(storage: Any, name: str, where: str) -> Iterator[Finding]:
    """pipeline.E205; a backend that takes no `expire` is not asked."""
    try:
        url = storage.url(name, expire=SHORTEST)
    except TypeError:
        return
    deadline = time.monotonic() + PATIENCE
    time.sleep(SHORTEST + 0.2)
    while (status := ask(url).status) == 200 and time.monotonic() < deadline:
        time.sleep(0.5)
    if status == 200:
        yield found(
            "pipeline.E205",
            f"{without_query(url)}, signed for {SHORTEST} second, opens after {PATIENCE}.",
            where=where,
        )


def _preflight(bucket: str, site: str, where: str) -> Iterator[Finding]:
    """pipeline.W208: what a browser asks before a page of the site sends a file to the bucket."""
    for origin in getattr(settings, "SITE_ORIGINS", []) or [site.rstrip("/")]:
        answer = ask(bucket, "OPTIONS", origin=origin, access_control_request_method="POST")
        allowed = answer.header("Access-Control-Allow-Origin")
        methods = answer.header("Access-Control-Allow-Methods")
        if answer.status >= 300 or allowed not in ("*", origin) or "POST" not in methods:
            yield found(
                "pipeline.W208",
                f"{bucket} answers a preflight of POST from {origin} with {answer.status}, "
                f"allowing {allowed or 'no origin'}{f' {methods}' if methods else ''}.",
                where=where,
            )


def _behind_the_site(name: str, site: str) -> Iterator[Finding]:
    """pipeline.E221: a private file on a disk, by every way a wrong configuration opens."""
    media = f"/{urlsplit(settings.MEDIA_URL).path.strip('/')}/"
    static = getattr(settings, "STATIC_PREFIX", "/static/")
    paths = [f"{media}{name}", f"{media}private/{name}", f"/protected/{name}", f"/private/{name}"]
    for climbing in ("..", "%2e%2e", "..%2f"):
        slash = "" if climbing.endswith("f") else "/"
        paths.append(f"{media}{climbing}{slash}private/{name}")
        paths.append(f"{static}{climbing}{slash}media/private/{name}")
    for path in paths:
        with contextlib.suppress(Unreachable):  # pipeline.E200 speaks of the site
            answer = ask(urljoin(site, "/").rstrip("/") + path)
            if answer.status == 200 and answer.sent == CONTENT:
                yield found(
                    "pipeline.E221",
                    f"{site.rstrip('/')}{path} is a private file, for anybody.",
                    where=path,
                )


def _public(alias: str, storage: Any, name: str, site: str) -> Iterator[Finding]:
    where = f"STORAGES[{alias!r}]"
    cdn = getattr(settings, "CDN_URL", "")
    if alias == "published":
        if not cdn:
            return  # read by the web server alone, with credentials of its own
        if _serves_this_build():
            return  # the CDN may stand in front of the site, which then has no such file
        url = f"{settings.STATIC_URL}{name}"
    else:
        url = storage.url(name)
    if any(mark in url.lower() for mark in SIGNATURES):
        yield found(
            "pipeline.W207", f"A URL of {alias!r}, {without_query(url)}, is signed.", where=where
        )
    local = "://" not in url
    url = urljoin(site, url)
    try:
        answer = ask(url)
    except Unreachable as error:
        if not local:  # of the site itself pipeline.E200 speaks
            mend = (
                "Start it, set S3_PUBLIC_URL (CDN_URL) to where files are read from, or run doctor "
                "where browsers are."
            )
            yield found("pipeline.E200", f"{_host(url)}: {error}.", mend, where)
        return
    if answer.status == 200 and answer.sent == CONTENT:
        return
    said = answer.status if answer.status != 200 else "other bytes"
    yield found(
        "pipeline.E222" if local else "pipeline.E204",
        f"{without_query(url)}, just stored in {shown_place(storage)}, is answered {said}"
        f"{_code(answer.sent)}.",
        where=where,
    )


def _serves_this_build() -> bool:
    """Return whether the CDN has the first hashed file of the manifest."""
    names = sorted((getattr(static_storage(), "hashed_files", None) or {}).values())
    try:
        return bool(names) and ask(f"{settings.STATIC_URL}{names[0]}").status == 200
    except Unreachable:
        return False


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _code(body: bytes) -> str:
    """Return the code of an S3 server's answer, as ` (SignatureDoesNotMatch)`."""
    code = body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode(errors="replace")
    return f" ({code})" if code.isalnum() else ""


def _reason(error: BaseException) -> str:
    """Return what happened, with what caused it where that says more."""
    text = f"{type(error).__name__}: {error}"
    return masked(text.splitlines()[0])[:300].rstrip(".")  # before the cut: half is a secret, too


def _mend(error: BaseException) -> str:
    """Return the line for the commonest refusals of an S3 server, "" for the usual one."""
    answer = getattr(error, "response", None) or getattr(error.__cause__, "response", None) or {}
    code = str(answer.get("Error", {}).get("Code", "")) if isinstance(answer, dict) else ""
    return {
        "AccessControlListNotSupported": "Set default_acl=None: this bucket refuses ACLs.",
        "NoSuchBucket": "Run `python manage.py ensure_buckets`, or mend the bucket's name.",
        "SignatureDoesNotMatch": "S3_SECRET_ACCESS_KEY is not the secret of S3_ACCESS_KEY_ID.",
        "InvalidAccessKeyId": "The server does not know S3_ACCESS_KEY_ID.",
        "AccessDenied": "Allow the key s3:PutObject in this bucket.",
        "RequestTimeTooSkewed": "Set this machine's clock.",
    }.get(code, "")
