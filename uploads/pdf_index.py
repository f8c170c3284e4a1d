"""Where the objects of a PDF are, and whether all programs agree on it.

A PDF ends with the place of its index ("startxref"), and an index names the one before it: what
an update replaced is still in the file. Programs that do not like what they find there search the
file for objects instead, each in its own way, and show another document (ISO 32000-2, 7.5).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import pikepdf

ObjGen = tuple[int, int]  # number and generation of an object

HIGHEST_NUMBER = 8_388_607  # of an object; viewers need not know more (ISO 32000-1, annex C.2)
# Some programs look for the end in as many of the last bytes, and search the file if it is not
# there (ISO 32000-1, annex H.3, note 18).
_END_WITHIN = 1000
_MOST_SECTIONS = 200  # of an index; one for each time that the file was saved
_LONGEST_DICTIONARY = 100_000

_BLANK = rb"[\0\t\n\f\r ]"
_LINE_END = rb"[\t ]*(?:\r\n|\r|\n)"
_END = re.compile(rb"startxref" + _BLANK + rb"+\d+(?![^\0\t\n\f\r %])")
_CLEAN_END = re.compile(rb"startxref" + _LINE_END + rb"(\d+)" + _LINE_END + rb"\s*%%EOF")
_CLOSING = re.compile(rb"trailer|startxref")
_OBJECT = re.compile(
    rb"(?<!\d)\d{1,10}" + _BLANK + rb"{1,9}\d{1,5}" + _BLANK + rb"{0,9}obj(?![a-z])"
)
_HEADER = re.compile(rb"%PDF-[12]\.\d[\r\n]")
_LINEARISED = re.compile(rb"/Linearized|/[A-Za-z]*#")
_LENGTH = re.compile(rb"/L" + _BLANK + rb"*(\d+)")
_SECTION = re.compile(rb"(\d+) (\d+)" + _LINE_END)
_ENTRIES = re.compile(rb"(?:\d{10} \d{5} [fn](?: \r| \n|\r\n))*+")
_TRAILER = re.compile(_BLANK + rb"*trailer")
_PREVIOUS = re.compile(rb"/Prev" + _BLANK + rb"*(\d+)")
# What makes it hard to see what a trailer says: remarks, names in hex, a second index.
_UNCLEAR = re.compile(rb"%|#|/XRefStm|/Prev(?!" + _BLANK + rb"*\d)")
# The file's /ID is 16 bytes of chance, twice; and some programs leave a remark. Whichever of the
# two begins first is one, and what is in it is none.
_STRING_OR_REMARK = re.compile(rb"\((?:[^()\\]|\\.)*+\)|%[^\r\n]*", re.DOTALL)
_PLAIN_REMARK = re.compile(rb"%[\w .,:()-]*")
_HYBRID = re.compile(rb"/(?:X|#58)(?:R|#52)(?:e|#65)(?:f|#66)(?:S|#53)(?:t|#74)(?:m|#6[dD])")


class CutOffError(ValueError):
    """The end of the file is not there."""


def whole(content: bytes) -> bytes:
    """Return the file without what lies behind its end; raise CutOffError if it ends too early.

    The end is "startxref" and a number. It is looked for behind the last object, so that the
    first half of a linearised file or of an update is not taken for a document.
    """
    last = content.rfind(b"startxref", max(content.rfind(b"endobj"), 0))
    end = _END.match(content, last) if last >= 0 else None
    if end is None or _OBJECT.search(content, end.end()):
        raise CutOffError
    return content[: end.end()] + b"\n%%EOF\n"


def is_agreed_on(content: bytes) -> bool:
    """Whether all programs read the same index: everything about it is as the standard has it.

    Then, and only then, objects that this index does not lead to are not in the document.
    """
    last = content.rfind(b"startxref")
    end = _CLEAN_END.match(content, last) if last >= 0 else None
    if not end or len(content) - end.end() > _END_WITHIN or not _HEADER.match(content):
        return False
    if _CLOSING.search(content, end.end()) or _OBJECT.search(content, end.end()):
        return False
    place = int(end[1])
    if is_linearised(content) and not _starts_with_its_index(content, place):
        return False
    seen: set[int] = set()
    while place not in seen and len(seen) < _MOST_SECTIONS:
        seen.add(place)
        facts = _trailer(content, place)
        if facts is None:
            return False
        facts = _plain(facts)
        if _UNCLEAR.search(facts):
            return False
        before = _PREVIOUS.findall(facts)
        if not before:
            return True
        place = int(before[0])
        if len(before) > 1 or place == 0:
            return False
    return False


def is_linearised(content: bytes) -> bool:
    """Whether the first object says, perhaps in hex, that the file begins with its index."""
    first = content[:1024].partition(b"endobj")[0].partition(b"stream")[0]
    return _LINEARISED.search(first) is not None


def _plain(facts: bytes) -> bytes:
    """Return what a trailer says without its strings, and without remarks that are words alone."""

    def shortened(found: re.Match[bytes]) -> bytes:
        if found[0].startswith(b"("):
            return b"()"
        return b" " if _PLAIN_REMARK.fullmatch(found[0]) else b"%"

    return _STRING_OR_REMARK.sub(shortened, facts)


def _starts_with_its_index(content: bytes, place: int) -> bool:
    """Whether a linearised file's index is the one at its beginning, or it was updated since.

    Programs use that one as long as the file has the length that it says it has.
    """
    length = _LENGTH.search(content, 0, 1024)
    if not length:
        return False
    if abs(int(length[1]) - len(content)) > _END_WITHIN:
        return True
    first = content.find(b"endobj")
    return first >= 0 and not content[first + 6 : place].strip(b"\0\t\n\f\r ")


def _trailer(content: bytes, place: int) -> bytes | None:
    """Return the text with the facts of one section of an index; None if it is badly written."""
    if not content.startswith(b"xref", place):
        header = _OBJECT.match(content, place)
        end = content.find(b"stream", place)
        return content[header.end() : end] if header and end >= 0 else None
    line = re.compile(_LINE_END).match(content, place + 4)
    place = line.end() if line else 0
    numbers_from = -1
    while section := _SECTION.match(content, place):
        end = section.end() + 20 * int(section[2])
        entries = _ENTRIES.match(content, section.end(), end)
        if not entries or entries.end() != end:
            return None
        first = entries[0][11:18]
        if first and int(section[1]) == 0 and first != b"65535 f":
            return None
        numbers_from = int(section[1]) if numbers_from < 0 else numbers_from
        place = end
    end = content.find(b"startxref", place)
    trailer = _TRAILER.match(content, place)
    if end < 0 or not trailer:
        return None
    facts = content[trailer.end() : end]
    return facts if numbers_from == 0 or b"/Prev" in facts else None


def has_objects_at(content: bytes, places: Collection[int]) -> bool:
    """Whether an object begins at each of these places, and not near it."""
    return all(_OBJECT.match(content, place) for place in places)


def strays(content: bytes, places: Collection[int]) -> Iterator[tuple[bytes, bool]]:
    """Yield the text of what looks like an object anywhere else than at these places, and whether
    it is a stream; of those, only the dictionary."""
    for header in _OBJECT.finditer(content):
        if header.start() not in places:
            end = content.find(b"endobj", header.end())
            text = content[header.end() : end if end >= 0 else None][:_LONGEST_DICTIONARY]
            text, stream, _content = text.partition(b"stream")
            yield text, bool(stream)


def padded(content: bytes) -> bytes:
    """Return the same document in a longer file, so that qpdf reads all of it.

    It passes over objects with a number above a third of the file's length, without a word; other
    programs do not. One long word is what it gets past fastest where it scans the file.
    """
    _before, startxref, rest = content.rpartition(b"startxref")
    end = startxref and startxref + rest
    return b"".join((content, b"x" * (3 * HIGHEST_NUMBER), b"\n", end))


def ending_at(content: bytes, place: int) -> bytes:
    """Return the file with an end that names this index."""
    return content + b"startxref\n%d\n%%%%EOF\n" % place


def index_stream(table: dict[ObjGen, pikepdf.XrefEntry], trailer: pikepdf.Object) -> bytes:
    """Return an object that is an index of these objects (ISO 32000-2, 7.5.8)."""
    numbers = sorted(number for number, _generation in table)
    if len(set(numbers)) != len(numbers):
        raise ValueError("two generations of one object")
    sections: list[list[int]] = []
    for number in numbers:
        if not sections or sum(sections[-1]) != number:
            sections.append([number, 0])
        sections[-1][1] += 1
    rows = b"".join(
        entry.type.to_bytes(1)
        + (entry.obj_stream_number or entry.offset or 0).to_bytes(5)
        + (entry.obj_stream_index or generation).to_bytes(4)
        for (_number, generation), entry in sorted(table.items())
    )
    facts = b"".join(
        b"%s %s " % (key.encode(), trailer[key].unparse())
        for key in ("/Root", "/Encrypt", "/ID", "/Info")
        if key in trailer
    )
    index = b" ".join(b"%d %d" % (first, count) for first, count in sections)
    number = numbers[-1] + 1
    return (
        b"%d 0 obj\n<< /Type /XRef /W [1 5 4] /Size %d " % (number, number)
        + b"/Index [%s] %s/Length %d >>\nstream\n" % (index, facts, len(rows))
        + rows
        + b"\nendstream\nendobj\n"
    )


def is_hybrid(content: bytes) -> bool:
    """Whether a file may have a second index, in a stream.

    Its objects are free in the first, so that old programs do not see them. qpdf goes by the
    first. Source: ISO 32000-2, 7.5.8.4.
    """
    return _HYBRID.search(content) is not None


def end_of(content: bytes) -> int:
    """Return the place of the index that the file ends with; 0 if there is none."""
    end = _END.match(content, max(content.rfind(b"startxref"), 0))
    return int(end[0].split()[-1]) if end else 0
