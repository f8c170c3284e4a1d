"""The way of every file we ship, from its source to its URL, read from where each step left it.

    source → finder → collected → hashed → compressed → URL

Nothing here is a second list: finders are asked, Vite's and Django's manifests are read, and sizes
are the files'. Paths are told from the project or from an app, never from the root of the machine.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

from pipeline.templatetags.pipeline import size as in_words

KINDS = {
    ".js": "scripts",
    ".mjs": "scripts",
    ".css": "styles",
    ".map": "source maps",
    ".woff2": "fonts",
    ".svg": "drawings",
    ".png": "pictures",
    ".jpg": "pictures",
    ".gif": "pictures",
    ".webp": "pictures",
    ".avif": "pictures",
    ".ico": "pictures",
}


class Source(NamedTuple):
    """A file as a finder found it."""

    owner: str  # the app, or the folder of STATICFILES_DIRS
    finder: str
    path: str  # from the project, or from the app's package
    size: int


@dataclass(frozen=True)
class Shipped:
    """One static file on its whole way."""

    name: str  # as finders call it, and `{% static %}`: catalog/img/lamp.svg
    written: str  # as a template writes it; for Vite's files the module's own path
    owner: str
    finder: str  # "" where only the manifest knows the file
    source: str
    hashed: str  # "" before collectstatic
    hashed_by: str  # Vite, Django or ""
    served: str  # below STATIC_URL, in this process
    raw: int
    br: int | None
    gz: int | None
    shadowed: tuple[str, ...] = field(default=())  # others by the same name, which nobody gets

    @property
    def kind(self) -> str:
        return KINDS.get(PurePosixPath(self.name).suffix, "other")

    @property
    def folder(self) -> str:
        """Where its name begins, `catalog/static/`; the source, if that is not found by it."""
        return self.source.removesuffix(self.written)

    @property
    def url(self) -> str:
        return settings.STATIC_URL + quote(self.served)

    @property
    def immutable(self) -> bool:
        return bool(self.hashed) and self.served == self.hashed

    @property
    def least(self) -> int:
        """Bytes on the wire for a browser that takes everything."""
        return min(size for size in (self.raw, self.br, self.gz) if size is not None)

    @property
    def fingerprint(self) -> tuple[str, str, str]:
        """The hashed name in three parts: before the hash, the hash, after it."""
        stem, dot, suffix = self.hashed.rpartition(".")
        if self.hashed.endswith(".map"):
            stem, _, inner = stem.rpartition(".")
            dot, suffix = ".", f"{inner}.map"
        before, _, digest = stem.rpartition(".")
        return f"{before}.", digest, f"{dot}{suffix}"

    @property
    def saved(self) -> int:
        """How many per cent compression saves."""
        return round(100 - 100 * self.least / self.raw) if self.raw else 0

    @cached_property
    def text(self) -> str:
        """What a search looks through; a script in the browser looks through the same."""
        parts = [self.name, self.written, self.source, self.hashed, self.owner, self.finder]
        return " ".join([*dict.fromkeys(parts), self.kind]).lower()

    def matches(self, words: Iterable[str]) -> bool:
        return all(word in self.text for word in words)


def searched(q: str) -> list[str]:
    """Return the words of a search; of an address below /static/, on any origin, the file's name.

    A script in the browser does the same.
    """
    return [_named(word).lower() for word in q.split()]


def _named(word: str) -> str:
    before, found, name = word.partition(settings.STATIC_PREFIX)
    if found and (not before or "://" in before):
        return unquote(name.partition("?")[0].partition("#")[0])
    return word


class Sources:
    """What the finders find, and what Vite says of its own files. One walk over the folders."""

    @cached_property
    def found(self) -> dict[str, list[Source]]:
        """Every file by its name; the first of several is the one that is collected."""
        patterns = getattr(apps.get_app_config("staticfiles"), "ignore_patterns", [])
        found: dict[str, list[Source]] = {}
        for finder in finders.get_finders():
            owners = _owners(finder)
            for path, storage in finder.list(patterns):
                location = getattr(storage, "location", "")
                shown = shown_path(location)
                owner, root = owners.get(location, (f"{shown}/", shown))
                below = path.replace(os.sep, "/")
                name = str(PurePosixPath(getattr(storage, "prefix", None) or "", below))
                source = Source(owner, type(finder).__name__, f"{root}/{below}", storage.size(path))
                found.setdefault(name, []).append(source)
        return found

    @cached_property
    def bundle(self) -> str:
        """The bundle's folder among static files, with its slash."""
        return str(settings.DJANGO_VITE["default"]["static_url_prefix"]).strip("/") + "/"

    @cached_property
    def written(self) -> dict[str, str]:
        """The module behind each file of the bundle, as `{% vite_asset %}` names it."""
        path = Path(settings.DJANGO_VITE["default"]["manifest_path"])
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))
        except OSError:  # not built; the page says so
            return {}
        names: dict[str, str] = {}
        for source, entry in entries.items():
            # A chunk that was no file of its own has a name such as `_shared.js`.
            for style in entry.get("css", []):
                names.setdefault(
                    self.bundle + style, f"{PurePosixPath(source).with_suffix('')}.css"
                )
        names |= {self.bundle + entry["file"]: source for source, entry in entries.items()}
        return names

    def as_written(self, name: str) -> str:
        if not name.startswith(self.bundle):
            return name
        if name.endswith(".map") and (module := self.written.get(name.removesuffix(".map"))):
            return f"{module}.map"
        return self.written.get(name, name)

    def unhashed(self, name: str) -> "Shipped | None":
        """Return the file that is asked for by its own name, as `{% static %}` never does."""
        if not self.found.get(name):
            return None
        return _file(self, name, "", name, {})


def _owners(finder: finders.BaseFinder) -> dict[str, tuple[str, str]]:
    """Return, by their location, the app that owns a folder and how paths below it begin."""
    if not isinstance(finder, finders.AppDirectoriesFinder):
        return {}  # the owner is the folder
    return {
        str(storage.location): (app, f"{app.replace('.', '/')}/{Path(storage.location).name}")
        for app, storage in finder.storages.items()
    }


def shown_path(path: str | Path) -> str:
    """Return a path from the project's root; of one outside no more than its last part."""
    try:
        return Path(path).resolve().relative_to(settings.BASE_DIR).as_posix()
    except ValueError:
        return f"…/{Path(path).name}"


def collected_sizes() -> dict[str, int]:
    """Return the size of every file in STATIC_ROOT; nothing where there is none."""
    root = getattr(staticfiles_storage, "location", None) or settings.STATIC_ROOT
    return dict(_sizes(str(root), "")) if root and Path(root).is_dir() else {}


def _sizes(root: str, below: str) -> Iterator[tuple[str, int]]:
    with os.scandir(os.path.join(root, below)) as entries:  # noqa: PTH118 - a thousand files
        for entry in entries:
            name = f"{below}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _sizes(root, f"{name}/")
            elif entry.is_file():
                yield name, entry.stat().st_size


def shipped(sources: Sources | None = None) -> list[Shipped]:
    """Return every static file, by name: what finders find and what the manifest knows.

    Before collectstatic the manifest knows nothing; in an image of the site the bundle's folder is
    gone and only the manifest knows its files.
    """
    sources = sources or Sources()
    hashed: dict[str, str] = getattr(staticfiles_storage, "hashed_files", {})
    sizes = collected_sizes()
    return [
        _file(sources, name, hashed.get(name, ""), _served(name, hashed), sizes)
        for name in sorted({*sources.found, *hashed})
    ]


def _served(name: str, hashed: dict[str, str]) -> str:
    """Return the name in URLs: `{% static %}` hashes nothing while DEBUG is on."""
    return name if settings.DEBUG else hashed.get(name, name)


def _file(sources: Sources, name: str, hashed: str, served: str, sizes: dict[str, int]) -> Shipped:
    found = sources.found.get(name, [])
    built = name.startswith(sources.bundle)
    written = sources.as_written(name)
    first = found[0] if found else Source("", "", "", 0)
    stored = hashed or name
    return Shipped(
        name=name,
        written=written,
        owner="Vite" if built else first.owner or "nobody any more",
        finder=first.finder,
        source=f"{sources.bundle}{written}" if built and written != name else first.path,
        hashed=hashed,
        hashed_by=("Vite" if built else "Django") if hashed else "",
        served=served,
        raw=sizes.get(stored, first.size),
        br=sizes.get(f"{stored}.br"),
        gz=sizes.get(f"{stored}.gz"),
        shadowed=tuple(other.path for other in found[1:]),
    )


# region totals
class Totals(NamedTuple):
    """The numbers at each of the six stations."""

    files: int
    owners: int
    finders: tuple[tuple[str, int], ...]
    collected: int
    by_vite: int
    by_django: int
    brotli: int
    gzip: int
    raw: int
    least: int
    immutable: int

    @property
    def hashed(self) -> int:
        return self.by_vite + self.by_django

    @property
    def unfound(self) -> int:
        return self.files - sum(number for _, number in self.finders)


def totals(files: list[Shipped], sizes: dict[str, int]) -> Totals:
    hashed = Counter(file.hashed_by for file in files)
    found = Counter(file.finder for file in files if file.finder)
    return Totals(
        files=len(files),
        owners=len({file.owner for file in files}),
        finders=tuple(sorted(found.items())),
        collected=len(sizes),
        by_vite=hashed["Vite"],
        by_django=hashed["Django"],
        brotli=sum(file.br is not None for file in files),
        gzip=sum(file.gz is not None for file in files),
        raw=sum(file.raw for file in files),
        least=sum(file.least for file in files),
        immutable=sum(file.immutable for file in files),
    )


# endregion


# region floor plan
# The least that the plan measures on a phone and on a wide screen, and its letters, in px.
SCREENS = {"narrow": (284, 384), "wide": (928, 430)}
LETTER, LINE, MARGIN = 8.5, 20, 8


class Room(NamedTuple):
    """A rectangle of the plan, in per cent of its width and height."""

    owner: str
    kind: str
    files: int
    bytes: int
    tint: int  # one for each owner, 0 to 5
    x: float
    y: float
    width: float
    height: float

    @property
    def query(self) -> str:
        """What to search for to see what is in it."""
        return f"{self.owner} {self.kind}"

    @property
    def letterings(self) -> list[tuple[str, list[tuple[str, str, int]]]]:
        """Return, for each kind of screen, the lines that fit: what each is, its text and its y.

        The kind stays longest: whose it is, the shade tells too, and all of it the room's name.
        """
        text = {"kind": self.kind, "owner": self.owner, "size": in_words(self.bytes)}
        letterings: list[tuple[str, list[tuple[str, str, int]]]] = []
        for screen, (width, height) in SCREENS.items():
            across = self.width * width / 100 - MARGIN - MARGIN / 2
            lines = int((self.height * height / 100 - MARGIN) // LINE)
            fitting = [what for what in text if len(text[what]) * LETTER <= across][: max(lines, 0)]
            shown: list[str] = [what for what in ("owner", "kind", "size") if what in fitting]
            rows = [(what, text[what], 22 + LINE * row) for row, what in enumerate(shown)]
            letterings.append((screen, rows))
        return letterings


PLAN = (100.0, 45.0)  # its shape on a wide screen, for which the rooms are made squarish


def floor_plan(files: list[Shipped]) -> list[Room]:
    """Return where the bytes are: a room for each owner, divided by kind, as large as its files."""
    weights: dict[str, Counter[str]] = {}
    count: Counter[tuple[str, str]] = Counter()
    for file in files:
        weights.setdefault(file.owner, Counter())[file.kind] += file.raw
        count[file.owner, file.kind] += 1
    owners = Counter({owner: kinds.total() for owner, kinds in weights.items()}).most_common()
    width, height = PLAN
    rooms = []
    plots = squarified([size for _, size in owners if size], 0, 0, width, height)
    for tint, ((owner, _), plot) in enumerate(zip(owners, plots, strict=False)):
        kinds = [(kind, size) for kind, size in weights[owner].most_common() if size]
        for (kind, size), (x, y, w, h) in zip(
            kinds, squarified([size for _, size in kinds], *plot), strict=True
        ):
            part = [100 * x / width, 100 * y / height, 100 * w / width, 100 * h / height]
            x, y, w, h = (round(number, 3) for number in part)
            rooms.append(Room(owner, kind, count[owner, kind], size, tint % 6, x, y, w, h))
    return rooms


Rectangle = tuple[float, float, float, float]


def owners_of(rooms: list[Room]) -> list[tuple[str, int, int, int]]:
    """Return each owner with its bytes, its files and its tint, the largest first."""
    owned: dict[str, list[Room]] = {}
    for room in rooms:
        owned.setdefault(room.owner, []).append(room)
    return [
        (owner, sum(r.bytes for r in its), sum(r.files for r in its), its[0].tint)
        for owner, its in owned.items()
    ]


def squarified(
    sizes: list[int], x: float, y: float, width: float, height: float
) -> list[Rectangle]:
    """Divide a rectangle into ones of these sizes, as square as they can be.

    `sizes` are positive and fall. After Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000):
    rows along the shorter side, each row filled as long as that makes its worst part squarer.
    """
    placed: list[Rectangle] = []
    left = list(sizes)
    scale = width * height / sum(sizes) if sizes else 0
    while left:
        side = min(width, height)
        row = 1
        while row < len(left) and _worst(left[: row + 1], side, scale) <= _worst(
            left[:row], side, scale
        ):
            row += 1
        depth = sum(left[:row]) * scale / side if side else 0
        offset = 0.0
        for size in left[:row]:
            length = size * scale / depth if depth else 0
            if width >= height:
                placed.append((x, y + offset, depth, length))
            else:
                placed.append((x + offset, y, length, depth))
            offset += length
        if width >= height:
            x, width = x + depth, max(0.0, width - depth)
        else:
            y, height = y + depth, max(0.0, height - depth)
        left = left[row:]
    return placed


def _worst(row: list[int], side: float, scale: float) -> float:
    """Return the largest ratio of two sides among the parts of a row along `side`."""
    total = sum(row) * scale
    return max(
        max(side**2 * size * scale / total**2, total**2 / (side**2 * size * scale)) for size in row
    )


# endregion


class Shelf(NamedTuple):
    """The files of one owner, of those that are shown."""

    owner: str
    tint: int
    files: list[Shipped]

    @property
    def raw(self) -> int:
        return sum(file.raw for file in self.files)

    @property
    def least(self) -> int:
        return sum(file.least for file in self.files)


def shelves(files: Iterable[Shipped], plan: list[Room]) -> list[Shelf]:
    """Return the files by their owners, in the order and with the shades of the plan."""
    tints = {room.owner: room.tint for room in plan}
    owned: dict[str, list[Shipped]] = {owner: [] for owner in tints}
    for file in files:
        owned.setdefault(file.owner, []).append(file)  # one whose files are all empty has no room
    return [Shelf(owner, tints.get(owner, 5), its) for owner, its in owned.items() if its]


def bundle_state() -> dict[str, Any]:
    """Return what a page about the files has to explain before it shows any."""
    return {
        "vite": settings.VITE_DEV_SERVER,
        "built": Path(settings.DJANGO_VITE["default"]["manifest_path"]).is_file(),
        "collected": bool(getattr(staticfiles_storage, "hashed_files", {})),
        "root": shown_path(settings.STATIC_ROOT),
        "debug": settings.DEBUG,
    }
