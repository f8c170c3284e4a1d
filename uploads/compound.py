"""Compound files (OLE2): what a document of 1997 is, and what a .docx embeds.

A file system in a file: sectors, chains of them, and a directory of storages and streams, each
storage with the class of the program that opens it. Read here are the directory and the few
streams that decide; a damaged one is refused, because a program may mend it as it likes.
Source: [MS-CFB] (the format); [MS-OLEDS] (what OLE keeps in it).
"""

from __future__ import annotations

import struct
import sys
import uuid
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from uploads.archive import DamagedError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_STORAGE, _STREAM, _ROOT = 1, 2, 5
_ENTRY_BYTES = 128
MAX_ENTRIES = 20_000  # a .doc with a thousand formulas has some 6,000
_LAST_SECTOR = 0xFFFFFFF9  # beyond it: end of a chain, free, part of the table itself
_NO_CLASS = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Entry:
    """A storage or stream: its name in small letters, and the class of what opens it."""

    name: str
    is_stream: bool
    is_root: bool
    class_id: str
    first: int
    size: int


class CompoundFile:
    """The directory of a compound file, and its streams by entry.

    Raises DamagedError. Work and memory are bounded by the size of the file.
    """

    def __init__(self, content: bytes) -> None:
        if not content.startswith(MAGIC) or len(content) < 512:
            raise DamagedError("no compound file")
        self.content = content
        self.left = 2 * len(content)  # bytes of chains that may still be followed
        shift, mini_shift = struct.unpack_from("<2H", content, 30)
        directory, self.cutoff, mini_table = struct.unpack_from("<L4x2L", content, 48)
        if shift not in {9, 12} or mini_shift != 6 or self.cutoff != 4096:
            raise DamagedError("sectors of an unknown size")
        self.sector = 1 << shift
        self.table = self._table()
        self.entries = list(self._entries(self._chain(directory)))
        root = next((entry for entry in self.entries if entry.is_root), None)
        if root is None:
            raise DamagedError("no root")
        self._minis = self._chain(root.first)[: root.size]
        self._mini_table = _numbers(self._chain(mini_table))

    @property
    def root(self) -> Entry:
        return next(entry for entry in self.entries if entry.is_root)

    def names(self) -> set[str]:
        return {entry.name for entry in self.entries}

    def class_ids(self) -> set[str]:
        """Every class named in the file, except none."""
        return {entry.class_id for entry in self.entries} - {_NO_CLASS}

    def stream(self, entry: Entry) -> bytes:
        """Return the content of a stream."""
        if entry.size >= self.cutoff:
            return self._chain(entry.first)[: entry.size]
        parts = []
        at, seen = entry.first, 0
        while at <= _LAST_SECTOR and seen < entry.size:
            if at >= len(self._mini_table):
                raise DamagedError("a chain leaves the file")
            self._follow(64)
            parts.append(self._minis[at * 64 : at * 64 + 64])
            at, seen = self._mini_table[at], seen + 64
        return b"".join(parts)[: entry.size]

    def _table(self) -> array[int]:
        """Return the table of sectors: for each, the next one of its chain."""
        needed = len(self.content) // self.sector // (self.sector // 4) + 1
        places = list(struct.unpack_from("<109L", self.content, 76))
        (at,) = struct.unpack_from("<L", self.content, 68)
        while at <= _LAST_SECTOR and len(places) < needed:  # continued behind the header
            more = _numbers(self._sector(at))
            places += more[:-1]
            at = more[-1]
        sectors = [self._sector(place) for place in places[:needed] if place <= _LAST_SECTOR]
        return _numbers(b"".join(sectors))

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self.sector
        return self.content[at : at + self.sector].ljust(self.sector, b"\0")

    def _chain(self, at: int) -> bytes:
        parts = []
        seen = set()
        while at <= _LAST_SECTOR:
            if at in seen or at >= len(self.table) or (at + 1) * self.sector >= len(self.content):
                raise DamagedError("a chain leaves the file or never ends")
            seen.add(at)
            self._follow(self.sector)
            parts.append(self._sector(at))
            at = self.table[at]
        return b"".join(parts)

    def _follow(self, length: int) -> None:
        """Count what chains share: streams of an honest file have no sector in common."""
        self.left -= length
        if self.left < 0:
            raise DamagedError("chains that share their sectors")

    def _entries(self, directory: bytes) -> Iterator[Entry]:
        for at in range(0, min(len(directory), MAX_ENTRIES * _ENTRY_BYTES), _ENTRY_BYTES):
            kind = directory[at + 66]
            if kind not in {_STORAGE, _STREAM, _ROOT}:
                continue
            (length,) = struct.unpack_from("<H", directory, at + 64)
            name = directory[at : at + min(max(length - 2, 0), 62)]
            first, size = struct.unpack_from("<LL", directory, at + 116)
            yield Entry(
                name=name.decode("utf-16-le", "replace").lower(),
                is_stream=kind == _STREAM,
                is_root=kind == _ROOT,
                class_id=str(uuid.UUID(bytes_le=directory[at + 80 : at + 96])),
                first=first,
                size=size,
            )


def _numbers(content: bytes) -> array[int]:
    numbers = array("I", content)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def is_sound_formula(native: bytes) -> bool:
    """Whether an "Equation Native" stream is a formula as Equation Editor 2 and 3 write it.

    The editor copies names of fonts and tables of a matrix into places of fixed size
    (CVE-2017-11882, CVE-2018-0802, CVE-2018-0798). Honest theses are full of its formulas, so
    each is read to its end: every record known, names as short as a font's, and nothing but a
    little padding behind the last one.
    Source: MTEF version 2 and 3 (Design Science); the header is [MS-OLEDS]'s EQNOLEFILEHDR.
    """
    try:
        header, length = struct.unpack_from("<H6xL", native)
        formula = native[header : header + length]
        if header != 28 or len(formula) != length or formula[0] not in {2, 3}:
            return False
        return _Formula(formula[5:]).is_sound()
    except (IndexError, struct.error):
        return False


class _Formula:
    """The records of MTEF 2 and 3, read in order; IndexError where they end too early."""

    MAX_FONT_NAME = 32  # LF_FACESIZE
    MAX_MATRIX = 27  # rows or columns: 2 bits each for their lines fill 8 bytes
    MAX_DEPTH = 100
    MAX_PADDING = 16  # the editor leaves up to 9 bytes

    def __init__(self, records: bytes) -> None:
        self.records = records
        self.at = 0

    def is_sound(self) -> bool:
        return self._list(0) and len(self.records) - self.at <= self.MAX_PADDING

    def _byte(self) -> int:
        self.at += 1
        return self.records[self.at - 1]

    def _list(self, depth: int) -> bool:
        """Read records up to the END of this list, or the end of the formula."""
        if depth > self.MAX_DEPTH:
            return False
        while self.at < len(self.records):
            tag = self._byte()
            kind, options = tag & 15, tag >> 4
            if kind == 0:
                return True
            if not self._record(kind, options, depth):
                return False
        return depth == 0

    def _record(self, kind: int, options: int, depth: int) -> bool:
        if kind <= 6 and options & 8 and (self._byte(), self._byte()) == (128, 128):
            self.at += 4  # a nudge too far for two bytes
        if kind == 1:  # a line
            if options & 4:
                self.at += 2
            if options & 2:
                self._ruler()
            return bool(options & 1) or self._list(depth + 1)
        if kind == 2:  # a character, with its accents
            self.at += 3
            if options & 2 and not self._list(depth + 1):
                return False
            if options & 3 == 3:  # seen in every such character, and in no description
                self.at += 1
            return True
        if kind == 3:  # a template: fraction, root, integral
            self.at += 3
            return self._list(depth + 1)
        if kind == 4:  # lines one below the other
            self.at += 2
            if options & 2:
                self._ruler()
            return self._list(depth + 1)
        if kind == 5:  # a matrix
            self.at += 3
            rows, columns = self._byte(), self._byte()
            if max(rows, columns) > self.MAX_MATRIX:
                return False
            self.at += (2 * rows + 9) // 8 + (2 * columns + 9) // 8
            return self._list(depth + 1)
        if kind == 6:
            self.at += 1
        elif kind == 7:
            self._ruler(tagged=True)
        elif kind == 8:  # a font
            self.at += 2
            name = self.records[self.at : self.at + self.MAX_FONT_NAME]
            if 0 not in name:
                return False
            self.at += name.index(0) + 1
        elif kind == 9:  # a size: in points, or as a step with a difference
            first = self._byte()
            self.at += 2 if first == 101 else 3 if first == 100 else 1
        elif kind > 14:
            return False
        return True

    def _ruler(self, *, tagged: bool = False) -> None:
        if not tagged:
            self.at += 1  # its own tag
        self.at += 3 * self._byte()
