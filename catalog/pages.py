"""Keyset pagination: the next page starts where this one ended, not "after 24,000 rows"."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from catalog.models import Print, PrintQuerySet

PAGE_SIZE = 24


@dataclass(frozen=True)
class Page:
    prints: list[Print]
    newer_url: str  # "?before=…" with the other parameters kept; "" on the first page
    older_url: str


def _cursor(value: str | None) -> int | None:
    """Return a primary key, or None for anything that is not one."""
    if value and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    return None


def page_of(prints: PrintQuerySet, query: QueryDict) -> Page:
    """Return up to 24 prints, newest first, and the links around them; one query.

    `?after=<id>` continues below that print, `?before=<id>` goes back above it. The database
    steps into the primary key at that place and reads 25 rows, so page 40,000 costs what page 1
    does, and a print added meanwhile shifts nothing. A cursor that makes no sense is the first
    page, and so is one beyond either end; the print it names may have gone meanwhile.
    """
    everything = prints
    after, before = _cursor(query.get("after")), _cursor(query.get("before"))
    if before is not None:
        rows = list(prints.filter(pk__gt=before).order_by("pk")[: PAGE_SIZE + 1])
        has_newer, has_older = len(rows) > PAGE_SIZE, True
        rows = rows[:PAGE_SIZE][::-1]
    else:
        if after is not None:
            prints = prints.filter(pk__lt=after)
        rows = list(prints.order_by("-pk")[: PAGE_SIZE + 1])
        has_newer, has_older = after is not None, len(rows) > PAGE_SIZE
        rows = rows[:PAGE_SIZE]

    kept = {name: query[name] for name in ("q", "category") if query.get(name)}
    if not rows and (after is not None or before is not None):
        return page_of(everything, QueryDict(urlencode(kept)))

    def link(name: str, neighbour: int) -> str:
        return "?" + urlencode({**kept, name: neighbour})

    return Page(
        prints=rows,
        newer_url=link("before", rows[0].pk) if rows and has_newer else "",
        older_url=link("after", rows[-1].pk) if rows and has_older else "",
    )
