"""What templates say about files: names that lead nowhere, and addresses written by hand.

Only the project's own templates are read, with Django's lexer, so that comments do not count.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import engines
from django.template.backends.django import DjangoTemplates
from django.template.base import Lexer, TokenType
from django.template.utils import get_app_template_dirs

from pipeline.doctor.findings import Finding, found
from pipeline.doctor.places import is_ours, shown, static_storage

STATIC = re.compile(r"""^static\s+(["'])(?P<name>[^"'{}]+)\1""")
ENTRY = re.compile(r"""^vite_asset(?:_url)?\s+(["'])(?P<name>[^"'{}]+)\1""")


class Piece(NamedTuple):
    """A tag or a text of a template, and where it stands."""

    kind: TokenType
    contents: str
    path: Path
    line: int

    @property
    def where(self) -> str:
        """`templates/base.html:14`"""
        return self.at(0)

    def at(self, offset: int) -> str:
        line = self.line + self.contents.count("\n", 0, offset)
        return f"{shown(self.path)}:{line}"


def pieces() -> Iterator[Piece]:
    """Yield what is rendered of every template: neither comments nor verbatim."""
    for path in _templates():
        text = path.read_text(encoding="utf-8", errors="replace")
        commented = False
        for token in Lexer(text).tokenize():
            first = (token.contents.split() or [""])[0]
            if token.token_type is TokenType.BLOCK and first in ("comment", "endcomment"):
                commented = first == "comment"
            elif not commented and token.token_type is not TokenType.COMMENT:
                yield Piece(token.token_type, token.contents, path, token.lineno or 1)


def _templates() -> list[Path]:
    folders: list[Path] = []
    for engine in engines.all():
        if isinstance(engine, DjangoTemplates):
            folders += [Path(folder) for folder in engine.template_dirs]
    folders += [Path(folder) for folder in get_app_template_dirs("templates")]
    return sorted(
        {
            path.resolve()
            for folder in folders
            if is_ours(folder)
            for path in folder.rglob("*")
            if path.suffix in (".html", ".txt", ".svg", ".xml") and path.is_file()
        }
    )


def static_names_exist() -> Iterator[Finding]:
    """pipeline.E111: in the sources, or in the manifest where an image has no sources."""
    collected = {} if settings.DEBUG else getattr(static_storage(), "hashed_files", None) or {}
    for piece in pieces():
        match = piece.kind is TokenType.BLOCK and STATIC.match(piece.contents)
        if match and not finders.find(match["name"]) and match["name"] not in collected:
            name = match["name"]
            yield found("pipeline.E111", f"There is no static file {name}.", where=piece.where)


def bundle_has_the_entries() -> Iterator[Finding]:
    """pipeline.E112: `vite_asset` and `vite_asset_url` name a source."""
    vite = settings.DJANGO_VITE["default"]
    manifest = Path(vite["manifest_path"])
    if vite["dev_mode"] or not manifest.is_file():
        return
    entries = json.loads(manifest.read_text())
    for piece in pieces():
        match = piece.kind is TokenType.BLOCK and ENTRY.match(piece.contents)
        if match and match["name"] not in entries:
            yield found(
                "pipeline.E112",
                f"{shown(manifest)} has no {match['name']}.",
                where=piece.where,
            )


def addresses_are_not_written_by_hand() -> Iterator[Finding]:
    """pipeline.W113: in attributes, in url(…), in every candidate of a srcset, in tags.

    Of a tag only literals count that go on after the prefix: `{% if path == "/media/" %}` compares.
    """
    if not (known := _prefixes()):
        return
    address = rf"(?:{known})[^\"')\s,>]*"
    in_text = re.compile(
        rf"""["'(=]({address})"""
        rf"""|[\s,]({address})(?=\s+\d+(?:\.\d+)?[wx]\b)"""  # a candidate, with its descriptor
        rf"""|\d[wx],\s*({address})(?=["'])"""  # the last one, which needs none
    )
    in_tag = re.compile(rf"""["']((?:{known})[^"'\s]+)["']""")
    for piece in pieces():
        written = in_text if piece.kind is TokenType.TEXT else in_tag
        for match in written.finditer(piece.contents):
            which = match.lastindex or 0
            where = piece.at(match.start(which))
            yield found("pipeline.W113", f"It says {match[which]}.", where=where)


def _prefixes() -> str:
    """Return a pattern for what such an address begins with, the CDN's in each of three ways."""
    own = {getattr(settings, "STATIC_PREFIX", ""), settings.STATIC_URL, settings.MEDIA_URL}
    known = {re.escape(prefix) for prefix in own if prefix and prefix != "/"}
    for url in (getattr(settings, "CDN_URL", ""), settings.STATIC_URL):
        if host := urlsplit(url or "").netloc.rpartition("@")[2]:
            # What follows the slash tells a file from `<link rel="preconnect">`.
            known.add(rf"(?:https?:)?//{re.escape(host)}/(?=[^\s\"'])")
    return "|".join(sorted(known))
