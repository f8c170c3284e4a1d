"""The addresses of the site: each route with its view, whichever includes it."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver


class Route(NamedTuple):
    """An address with 1 for whatever it takes, and what answers there."""

    path: str
    pattern: URLPattern

    @property
    def view(self) -> Any:
        return self.pattern.callback


class TakesFile(NamedTuple):
    """An address that takes a file: of the file and of the whole request, the most bytes."""

    path: str
    most: int
    request_bytes: int


def routes() -> Iterator[Route]:
    yield from _below(get_resolver().url_patterns, "/")


def _below(entries: list[Any], above: str) -> Iterator[Route]:
    for entry in entries:
        path = above + re.sub(r"<[^>]+>", "1", str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _below(entry.url_patterns, path)
        else:
            yield Route(path, entry)


def that_take_files() -> list[TakesFile]:
    """Return every address whose view is marked so (`uploads.limits.takes_file`)."""
    marked = [route for route in routes() if hasattr(route.view, "takes_file")]
    return [
        TakesFile(route.path, route.view.takes_file.most, route.view.takes_file.request_bytes)
        for route in marked
    ]
