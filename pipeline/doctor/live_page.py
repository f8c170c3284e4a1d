"""The site's front page and every file of it, as a visitor's browser meets them (`--live`)."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from django.apps import apps
from django.conf import settings
from django.core.files.storage import storages
from django.db import DatabaseError, models

from pipeline.doctor.collected import ONE_DAY
from pipeline.doctor.encodings import accepted
from pipeline.doctor.fetching import Answer, Unreachable, ask, follow, without_query
from pipeline.doctor.findings import Finding, found, some
from pipeline.doctor.places import static_storage
from pipeline.doctor.policy import allows, origin, parsed
from pipeline.doctor.references import Reference, of_page, of_script, of_style

MOST_FILES = 1_000  # at a tenth of a second each, under two minutes
FINGERPRINT = re.compile(r"\.[0-9a-f]{12}\.[^/]+$")
SCRIPTS = {"text/javascript", "application/javascript", "application/x-javascript"}
TEXTS = {*SCRIPTS, "text/css", "image/svg+xml", "application/json"}
WORTH_COMPRESSING = 1400  # bytes: less is one packet either way
NO_UPLOAD = (
    "If it was uploaded: let the server that answers there look where the site stores (MEDIA_DIR, "
    "its volume, S3_PUBLIC_URL); `python manage.py sweep_uploads` names rows that lost their file."
)


@dataclass(frozen=True)
class Page:
    """The front page as it came, and the policies that came with it."""

    answer: Answer

    @property
    def url(self) -> str:
        return self.answer.url

    @property
    def policies(self) -> list[dict[str, list[str]]]:
        """A browser applies every policy of an answer; one header may hold several."""
        headers = self.answer.headers.get_all("Content-Security-Policy") or []
        return [parsed(one) for header in headers for one in header.split(",")]


def examine_page(site: str) -> Iterator[Finding]:
    """pipeline.E200, E210 to E218 and W219, W220, I223"""
    try:
        answer = follow(site, accept="text/html", accept_encoding=accepted())
    except Unreachable as error:
        yield found(
            "pipeline.E200",
            f"The site does not answer at {site}: {error}.",
            "Start it, or say where it is: `python manage.py doctor --live --url https://…`",
            site,
        )
        return
    if answer.status != 200 or answer.content_type != "text/html":
        yield found(
            "pipeline.E210",
            f"{answer.url} is answered {answer.status}, {answer.content_type or 'without a type'}.",
            where=site,
        )
        return
    page = Page(answer)
    yield from _together(_faults(page))
    yield from _missing_file(site)


class Fault(NamedTuple):
    """What is wrong with one file; those with the same fault become one finding."""

    id: str
    file: str
    said: str
    named_in: str
    mend: str = ""


def _together(faults: Iterable[Fault]) -> Iterator[Finding]:
    """Yield a finding for each kind of fault: forty pictures of one lost folder are one."""
    kinds: dict[tuple[str, str, str], list[Fault]] = {}
    for fault in faults:
        kinds.setdefault((fault.id, fault.said, fault.mend), []).append(fault)
    for (id, said, mend), alike in kinds.items():
        files = dict.fromkeys(fault.file for fault in alike)
        yield found(id, f"{some(files, 3)}: {said}.", mend, without_query(alike[0].named_in))


def _faults(page: Page) -> Iterator[Fault]:
    """Follow the page's files, and the style sheets' and modules' own to their end, once each."""
    try:
        waiting = deque(of_page(page.answer.text, page.url))
    except ValueError as error:
        yield Fault("pipeline.E212", page.url, str(error), page.url)
        return
    seen: set[str] = set()
    while waiting:
        reference = waiting.popleft()
        if reference.url in seen:
            continue
        if len(seen) >= MOST_FILES:
            unseen = len({reference.url, *(other.url for other in waiting)} - seen)
            said = f"and at least {unseen} more are named, which were not asked for"
            yield Fault("pipeline.I223", f"{MOST_FILES} files were followed", said, page.url)
            return
        seen.add(reference.url)
        yield from _may_be_loaded(reference, page)
        if urlsplit(reference.url).scheme not in ("http", "https"):
            continue  # data: and blob: come with what names them
        try:
            answer = _asked_as_a_browser(reference, page)
        except Unreachable as error:
            yield _missing(reference, str(error), page)
            continue
        yield from _came_well(reference, answer, page)
        if answer.status == 200:
            waiting += _inside(reference, answer)


def _missing(reference: Reference, said: str, page: Page) -> Fault:
    url = without_query(reference.url)
    mend = "" if _is_static(url, page) else NO_UPLOAD
    return Fault("pipeline.E211", url, said, reference.named_in, mend)


def _asked_as_a_browser(reference: Reference, page: Page) -> Answer:
    types = {"style": "text/css,*/*;q=0.1", "img": "image/avif,image/webp,image/*,*/*;q=0.8"}
    headers = {"accept_encoding": accepted(), "accept": types.get(reference.kind, "*/*")}
    if reference.cors and origin(reference.url) != origin(page.url):
        headers["origin"] = origin(page.url)
    return follow(reference.url, **headers)


def _inside(reference: Reference, answer: Answer) -> list[Reference]:
    try:
        if reference.kind == "style":
            return of_style(answer.text, answer.url)
        return of_script(answer.text, answer.url) if reference.kind == "script" else []
    except ValueError:
        return []  # pipeline.E212 has said so


def _may_be_loaded(reference: Reference, page: Page) -> Iterator[Fault]:
    """pipeline.E217, E218 and W219: what is known before the browser asks."""
    url = without_query(reference.url)
    url = url if len(url) < 120 else f"{url[:120]}…"  # data: holds the file
    for policy in page.policies:
        if not allows(policy, reference.directive, reference.url, page.url):
            said = f"not allowed by {reference.directive} of the page's policy"
            yield Fault("pipeline.E217", url, said, reference.named_in)
    host = urlsplit(reference.url).hostname or ""
    loopback = host in ("localhost", "::1") or host.startswith("127.")
    if page.url.startswith("https:") and url.startswith("http:") and not loopback:
        yield Fault("pipeline.E218", url, f"named by {page.url}", reference.named_in)
    if _is_strange(url, page):
        said = "not in the manifest of the build that is here"
        yield Fault("pipeline.W219", url, said, reference.named_in)


def _came_well(reference: Reference, answer: Answer, page: Page) -> Iterator[Fault]:
    """pipeline.E211 to E216: status, type, encoding, caching, CORS."""
    url, kind, where = without_query(reference.url), reference.kind, reference.named_in
    if answer.status != 200:
        yield _missing(reference, f"answered {answer.status}", page)
        return
    try:
        size = len(answer.body)
    except ValueError as error:
        yield Fault("pipeline.E212", url, str(error), where)
        return
    if not _is_type_of(answer.content_type, kind):
        said = f"a {kind}, sent as {answer.content_type or 'no type'}"
        yield Fault("pipeline.E212", url, said, where)
    if _is_static(url, page) and not settings.DEBUG:
        if answer.content_type in TEXTS and not answer.encoding and size > WORTH_COMPRESSING:
            yield Fault("pipeline.W213", f"{url} ({size} bytes)", "uncompressed", where)
        yield from _is_cached_rightly(url, answer, page, where)
    if reference.cors and origin(url) != origin(page.url):
        allowed = answer.header("Access-Control-Allow-Origin")
        if allowed not in ("*", origin(page.url)):
            said = f"a {kind} for {allowed or 'no other origin'}, and the page is at "
            yield Fault("pipeline.E216", url, said + origin(page.url), where)


def _is_type_of(content_type: str, kind: str) -> bool:
    if kind == "script":
        return content_type in SCRIPTS
    if kind == "style":
        return content_type == "text/css"
    if kind == "img":
        return content_type.startswith("image/")
    return content_type != "text/html"


def _is_cached_rightly(url: str, answer: Answer, page: Page, where: str) -> Iterator[Fault]:
    caching = answer.header("Cache-Control")
    hashed = _is_hashed(url, page)
    seconds = int((re.findall(r"max-age=(\d{1,12})", caching) or ["0"])[0])
    said = f"Cache-Control: {caching or 'none'}"
    if hashed and "immutable" not in caching:
        yield Fault("pipeline.W214", url, said, where)
    if not hashed and ("immutable" in caching or seconds > ONE_DAY):
        yield Fault("pipeline.E215", url, said, where)


def _static_name(url: str, page: Page) -> str:
    """Return what comes after STATIC_URL, from the site or the CDN; "" for another file."""
    on_site = urljoin(page.url, getattr(settings, "STATIC_PREFIX", settings.STATIC_URL))
    for base in (urljoin(page.url, settings.STATIC_URL), on_site):
        if url.startswith(base):
            return url.removeprefix(base)
    return ""


def _is_static(url: str, page: Page) -> bool:
    return bool(_static_name(url, page))


def _known() -> set[str]:
    return set((getattr(static_storage(), "hashed_files", None) or {}).values())


def _is_hashed(url: str, page: Page) -> bool:
    """Return what the manifest says, and of a name of another build what the name looks like."""
    name = _static_name(url, page)
    return name in _known() or _is_strange(url, page)


def _is_strange(url: str, page: Page) -> bool:
    name = _static_name(url, page)
    if not name or settings.DEBUG or not FINGERPRINT.search(name) or not _known():
        return False
    storage = static_storage()
    return name not in _known() and name not in getattr(storage, "hashed_files", {})


def _missing_file(site: str) -> Iterator[Finding]:
    """pipeline.W220: what a page of another release may ask for in the middle of a deploy.

    Asked of the CDN, too: it may answer 403 for what its bucket lacks, or keep a 404 by itself.
    """
    if settings.DEBUG:
        return
    prefix = getattr(settings, "STATIC_PREFIX", settings.STATIC_URL)
    bases = [urljoin(site, prefix)]
    if cdn := str(getattr(settings, "CDN_URL", "") or ""):
        bases.append(f"{cdn.rstrip('/')}{prefix}")
    for base in bases:
        url = f"{base}site/of-no-release.ffffffffffff.js"
        try:
            answer = ask(url)
        except Unreachable as error:
            if base != bases[0]:  # of the site itself examine_page has said so
                said = f"The CDN does not answer at {base}: {error}."
                yield found("pipeline.E200", said, "Mend CDN_URL, or the CDN.", "CDN_URL")
            continue
        caching = answer.header("Cache-Control")
        if answer.status != 404 or "no-store" not in caching:
            yield found(
                "pipeline.W220",
                f"{url} is answered {answer.status}, Cache-Control: {caching or 'none'}.",
                where=url,
            )


def examine_private_pages(site: str) -> Iterator[Finding]:
    """pipeline.E221: the newest row of each model that keeps a file in the private storage."""
    for url in private_addresses(site):
        try:
            answer = ask(url)
        except Unreachable:
            return  # pipeline.E200 has said so
        if answer.status == 200:
            yield found("pipeline.E221", f"{url} answers 200 to anybody.", where=url)


def private_addresses(site: str) -> Iterator[str]:
    for model in apps.get_models():
        fields = [f for f in model._meta.concrete_fields if isinstance(f, models.FileField)]
        private = any(field.storage == storages["default"] for field in fields)
        if not private or not hasattr(model, "get_absolute_url"):
            continue
        try:
            row = model._base_manager.order_by("-pk").first()
        except DatabaseError:
            continue  # no database, or no table yet: then there is no document either
        if row:
            yield urljoin(site, row.get_absolute_url())
