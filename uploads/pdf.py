"""PDF: opened and read as objects. Words in its bytes decide nothing.

A document is stored as it came, so the gate asks what would happen to the person who opens
it: does it open without a password, are all pages there, what can it do to them? Searching the
bytes answers none of this. Names can be spelt in hex (`/J#61vaScript`), objects packed into
compressed streams, and a photograph can contain "/JS" by chance.

Here: opening, pages, and which objects there are. What each may be: `uploads/pdf_contents.py`.

Programs repair damaged files, each in its own way, and find different documents in them. So the
gate passes what is damaged only where nothing can be lost or hidden by it: a wrong index, a wrong
`/Length`, a missing `endobj`, anything behind the end. See `LOSSES`.

Objects that nothing leads to are not judged: an editor that takes a script out of a document
leaves it behind, in an older part of the file. In a damaged file everything is judged.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import IO

import pikepdf
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from uploads import pdf_contents

CONTENT_TYPE = "application/pdf"

# What qpdf and its bindings raise over objects that are not what their place asks for.
# MemoryError and RecursionError are the caller's: they accuse the file of nothing.
DAMAGE = (
    pikepdf.PikepdfError,
    OSError,
    ValueError,  # UnicodeDecodeError too; and integers beyond what qpdf holds
    TypeError,
    AttributeError,
    LookupError,
    OverflowError,
    RuntimeError,  # what qpdf has no name for; NotImplementedError
)

# qpdf repairs as it reads: an index with wrong offsets is rebuilt by scanning, and nothing is
# missing afterwards. These of its warnings mean that something is, or that it is not there for
# qpdf but for another program: a script could stand there (qpdf 12).
LOSSES = re.compile(
    r"unable to find trailer dictionary"  # the end of the file is not there
    r"|unexpected EOF"  # it ends within an object
    r"|Pages tree includes non-dictionary"  # a page is listed and does not exist
    r"|ignoring page"
    r"|unable to recover stream data"
    # Too deep, too many errors, a number too large.
    r"|limits error|giving up on reading object|treating object as null"
    r"|impossibly large"  # an object's number
    # Objects packed in a stream that cannot be taken out of it.
    r"|supposed object stream \d+ is not a stream|self-referential object stream"
    r"|object stream (?:\d+ has|claims)|object id is invalid"
    r"|must be larger than previous offset|offset \d+ is too large"
    r"|expected integer in object stream header|error reading object"
    # Of two values under one key some programs take the first, some the last.
    r"|duplicated key /(?:AA|A|Action|AcroForm|EF|JavaScript|JS|Names|Next|OpenAction|Pages|S|URI"
    r"|XFA);"
)

# A stream of 2 KB can unfold into gigabytes, twice over where filters are chained, and qpdf
# unfolds object streams as it opens. What an honest one holds is a list of objects: 64 MiB is a
# few million of them. These limits are the process's; nothing else in it reads PDF.
UNFOLDED_BYTES = 64 * 1024 * 1024
pikepdf.settings.set_qpdf_limits(
    flate_max_memory=UNFOLDED_BYTES,
    run_length_max_memory=UNFOLDED_BYTES,
    png_max_memory=UNFOLDED_BYTES,
    tiff_max_memory=UNFOLDED_BYTES,
    max_stream_filters=4,
    parser_max_container_size_damaged=1_000_000,  # 5,000 is less than a long book has pages
)

# All object streams of a file together. Long tagged documents come to 25 times the file's size.
UNPACKED_BYTES = 256 * 1024 * 1024

PORTION = 40_000  # objects at a time; qpdf keeps each that it has read: 40,000 x 3 kB = 120 MB
# A file of 10 MiB can have 300,000 objects and more. Up to here it is found out whether anything
# leads to an object that is to be refused; beyond, all count.
FOLLOWED_OBJECTS = 100_000

HIGHEST_NUMBER = 8_388_607  # of an object; viewers need not know more (ISO 32000-1, annex C.2)

_REFERENCE = re.compile(rb"(\d+) (\d+) R\b")
_ONLY_REFERENCES = re.compile(rb"\[ (?:\d+ \d+ R )*\]")
_END = re.compile(rb"startxref[\0\t\n\f\r ]+\d+")
_CLOSING = re.compile(rb"trailer|startxref")
_OBJECT = re.compile(rb"\d[\0\t\n\f\r ]+\d+[\0\t\n\f\r ]+obj\b")
_HYBRID = re.compile(rb"/(?:X|#58)(?:R|#52)(?:e|#65)(?:f|#66)(?:S|#53)(?:t|#74)(?:m|#6[dD])")

_MOST_UPDATES = 50  # of a hybrid; one for each time that it was saved by an old program

ObjGen = tuple[int, int]  # number and generation of an object
TRAILER: ObjGen = (0, 0)  # which has none, and no object has this


def inspect(file: IO[bytes]) -> None:
    """Refuse a PDF that is damaged, locked or empty, or that could harm who opens it.

    Raises ValidationError: `pdf_damaged`, `pdf_encrypted`, `pdf_empty`, and what
    `uploads/pdf_contents.py` lists.
    Source: OWASP ASVS 5.0, 5.2.2 (specialised libraries for content validation).
    """
    file.seek(0)
    content = file.read()
    try:
        with pikepdf.explicit_conversion():  # a number that Python cannot hold is no error
            for view in _views(_whole(content)):
                _inspect(_Document(view))
    except pikepdf.PasswordError as error:
        raise _encrypted() from error
    except RecursionError:  # a RuntimeError; so it stands before DAMAGE
        raise
    except DAMAGE as error:
        # A document locked with a certificate opens with no password at all.
        raise (_encrypted() if "encryption" in str(error) else _damaged()) from error


def _inspect(document: _Document) -> None:
    for _attempt in range(2):
        if document.count_pages() == 0:
            raise ValidationError(_("This PDF has no pages. Export it again."), code="pdf_empty")
        with document.opened() as pdf:
            pdf_contents.refuse_catalog(pdf.Root)
        found = list(document.refusals())
        if not document.has_wrong_index:
            break
        document.mend()  # the index was found wrong on the way, and there are other objects
    else:
        raise _damaged()
    # Where an object has no proper end, a reference in it may be one for other programs only.
    unclear = document.mended or document.has_open_ends
    if found and (unclear or len(document.places) > FOLLOWED_OBJECTS):
        raise found[0][1]
    if found:
        reached = document.reached()
        for objgen, refusal in found:
            if objgen in reached:
                raise refusal


class _Document:
    """The file, opened again and again: qpdf would keep 300,000 objects at once, in 1 GiB."""

    def __init__(self, content: bytes) -> None:
        self.original = content
        self.content = _padded(content)
        self.has_wrong_index = self.has_open_ends = self.mended = False
        self.unpacked_bytes = 0
        self.places: dict[ObjGen, int] = {}  # of each object: 0, or the stream it is packed in
        self.packed: dict[int, list[tuple[int, int]]] = defaultdict(list)  # stream: (index, id)
        with self.opened():
            pass
        if self.has_wrong_index:
            self.mend()
        else:
            self._read_index()

    @contextmanager
    def opened(self) -> Iterator[pikepdf.Pdf]:
        with _open(self.content) as pdf:
            yield pdf
            warnings = "\n".join(map(str, pdf.get_warnings()))
            if LOSSES.search(warnings):
                raise _damaged()
            self.has_wrong_index |= "Attempting to reconstruct cross-reference table" in warnings
            self.has_open_ends |= "expected endobj" in warnings

    def mend(self) -> None:
        """Let qpdf search the file for its objects, and write down what it found as an index.

        It would search again at every opening.
        """
        self.content = _ending_at(self.original, 1)  # there is no index at 1
        with self.opened() as pdf:
            index = _index_stream(pdf.get_xref_table(), pdf.trailer)
        self.content = _padded(_ending_at(self.original + index, len(self.original)))
        self.has_wrong_index, self.mended = False, True
        self._read_index()

    def _read_index(self) -> None:
        self.unpacked_bytes = 0
        self.places.clear()
        self.packed.clear()
        with self.opened() as pdf:
            for objgen, entry in pdf.get_xref_table().items():
                self.places[objgen] = stream = entry.obj_stream_number or 0
                if stream:
                    self.packed[stream].append((entry.obj_stream_index or 0, objgen[0]))

    def portions(self, objects: Iterable[ObjGen]) -> Iterator[tuple[pikepdf.Pdf, list[ObjGen]]]:
        """Yield the objects, some at a time, each time with the document to read them from.

        Sorted by place: reading one object of a stream reads all others that are packed in it.
        """
        portion: list[ObjGen] = []
        size = last = 0
        for stream, objgen in sorted((self.places.get(objgen, 0), objgen) for objgen in objects):
            if size >= PORTION and not (stream and stream == last):
                with self.opened() as pdf:
                    yield pdf, portion
                portion, size = [], 0
            if stream == 0:
                size += 1
            elif stream != last:
                size += len(self.packed[stream])
            portion.append(objgen)
            last = stream
        if portion:
            with self.opened() as pdf:
                yield pdf, portion

    def count_pages(self) -> int:
        """Return the number of pages; refuse a tree that has gaps or leads back into itself.

        Asked of the tree itself, since qpdf drops missing pages from its list.
        Source: ISO 32000-2, 7.7.3.
        """
        pages = 0
        seen: set[ObjGen] = set()

        def visit(node: object) -> Iterator[ObjGen]:
            nonlocal pages
            waiting = [node]
            while waiting:
                node = waiting.pop()
                if not isinstance(node, pikepdf.Dictionary):
                    raise _damaged()
                kids = node.get("/Kids")
                if kids is None and node.get("/Type") != pikepdf.Name.Pages:
                    pages += 1
                    continue
                if kids is None and not int(node.get("/Count", 0)):
                    continue  # a branch without leaves
                if not isinstance(kids, pikepdf.Array) or node.objgen in seen:
                    raise _damaged()
                if node.is_indirect:  # direct nodes have no number, and cannot form a circle
                    seen.add(node.objgen)
                listed = kids.unparse(resolved=True)
                if _ONLY_REFERENCES.fullmatch(listed):
                    yield from _references(listed)
                else:
                    waiting += list(kids)

        with self.opened() as pdf:
            level = set(visit(pdf.Root.get("/Pages")))
        while level:
            below: set[ObjGen] = set()
            for pdf, portion in self.portions(level):
                for objgen in portion:
                    below.update(visit(pdf.get_object(objgen)))
            level = below
        return pages

    def refusals(self) -> Iterator[tuple[ObjGen, ValidationError]]:
        """Yield what is to be refused in any object of the file, and in which."""
        invoices = pdf_contents.Invoices()
        with self.opened() as pdf:
            for refusal in pdf_contents.refusals(pdf.trailer, invoices):
                yield TRAILER, refusal
        loose = [objgen for objgen, stream in self.places.items() if not stream]
        packed: list[ObjGen] = []
        for pdf, portion in self.portions(loose):
            for objgen in portion:
                item = pdf.get_object(objgen)
                if pdf_contents.worth_a_look(_text(item)):
                    for refusal in pdf_contents.refusals(item, invoices):
                        yield objgen, refusal
                if objgen[0] in self.packed:
                    packed += self._worth_a_look(objgen[0], item)
        for pdf, portion in self.portions(packed):
            for objgen in portion:
                for refusal in pdf_contents.refusals(pdf.get_object(objgen), invoices):
                    yield objgen, refusal

    def reached(self) -> set[ObjGen]:
        """Return the objects that something leads to, beginning at the trailer.

        Words in a string that look like a reference are taken for one: that errs on the safe side.
        """
        reached = {TRAILER}
        with self.opened() as pdf:
            waiting = _references(pdf.trailer.unparse(resolved=True))
            while waiting:
                objgen = waiting.pop()
                if objgen not in reached:
                    reached.add(objgen)
                    waiting += _references(_text(pdf.get_object(objgen)))
        return reached

    def _worth_a_look(self, number: int, stream: object) -> list[ObjGen]:
        """Return the objects packed in a stream that have to be read.

        Refuses a stream that hides some. By the index, a program finds an object there by its
        number or by its position: where these differ, two programs find different objects.
        Source: ISO 32000-2, 7.5.7.
        """
        if not isinstance(stream, pikepdf.Stream):
            raise _damaged()
        content = stream.read_bytes(pikepdf.StreamDecodeLevel.specialized)
        self.unpacked_bytes += len(content)
        if self.unpacked_bytes > UNPACKED_BYTES:
            raise ValidationError(
                _(
                    "This PDF is more than %(limit)s MB when unpacked. "
                    "Split it into several documents and send those."
                ),
                code="pdf_too_large_unpacked",
                params={"limit": UNPACKED_BYTES // (1024 * 1024)},
            )
        first, count = int(stream.First), int(stream.N)
        words = [int(word) for word in content[:first].split()[: 2 * count]]
        numbers, offsets = words[::2], words[1::2]
        if any(
            index >= len(numbers) or numbers[index] != packed
            for index, packed in self.packed[number]
        ) or any(start >= end for start, end in pairwise(offsets)):
            raise _damaged()
        ends = [*offsets[1:], len(content)]
        return [
            (numbers[index], 0)
            for index, _number in self.packed[number]
            if pdf_contents.worth_a_look(content[first + offsets[index] : first + ends[index]])
        ]


def _whole(content: bytes) -> bytes:
    """Return the file without what lies behind its end; refuse one that has been cut off.

    The end is "startxref" and a number. It is looked for behind the last object, so that the
    first half of a linearised file or of an update is not taken for a document.
    """
    behind = max(content.rfind(b"endobj"), 0)
    ends = list(_END.finditer(content, behind))
    if ends and not _OBJECT.search(content, ends[-1].end()):
        return content[: ends[-1].end()] + b"\n%%EOF\n"
    if ends or not _CLOSING.search(content, behind):
        raise _damaged()
    return content


def _index_stream(table: dict[ObjGen, pikepdf.XrefEntry], trailer: pikepdf.Object) -> bytes:
    """Return an object that is an index of these objects (ISO 32000-2, 7.5.8)."""
    numbers = sorted(number for number, _generation in table)
    if len(set(numbers)) != len(numbers):
        raise _damaged()  # two generations of one object
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
    return b"%d 0 obj\n<< /Type /XRef /W [1 5 4] /Size %d /Index [%s] %s/Length %d >>\nstream\n" % (
        numbers[-1] + 1,
        numbers[-1] + 1,
        index,
        facts,
        len(rows),
    ) + (rows + b"\nendstream\nendobj\n")


def _padded(content: bytes) -> bytes:
    """Return the same document in a longer file, so that qpdf reads all of it.

    It passes over objects with a number above a third of the file's length, without a word; other
    programs do not. One long word is what it gets past fastest where it scans the file.
    """
    _before, startxref, rest = content.rpartition(b"startxref")
    end = startxref and startxref + rest
    return b"".join((content, b"x" * (3 * HIGHEST_NUMBER), b"\n", end))


def _views(content: bytes) -> Iterator[bytes]:
    """Yield the file, and if it is a hybrid also as programs see it that know such files.

    A hybrid has a second index, a stream (/XRefStm) whose objects are free in the table, so that
    old programs do not see them. qpdf goes by the table. In the second view the streams stand
    first, each named by an update of its own, as Word writes it.
    Source: ISO 32000-2, 7.5.8.4.
    """
    yield content
    if not _HYBRID.search(content):
        return
    streams: list[int] = []
    section = end = _startxref(content)
    for _count in range(_MOST_UPDATES):
        try:
            with _open(_ending_at(content, section)) as pdf:
                trailer = pdf.trailer
                if "/XRefStm" in trailer:
                    streams.append(int(trailer.XRefStm))
                section = int(trailer.get("/Prev", 0))
        except pikepdf.PdfError:
            break  # some older ones are no document of their own
        if section <= 0:
            break
    if not streams:
        return
    with _open(content) as pdf:
        trailer = pdf.trailer
        for stream in reversed(streams):
            trailer.Prev, trailer.XRefStm = end, stream
            end = len(content)
            content += b"xref\n0 0\ntrailer\n" + trailer.unparse(resolved=True) + b"\n"
    yield _ending_at(content, end)


def _startxref(content: bytes) -> int:
    return int(_END.findall(content)[-1].split()[-1]) if _END.search(content) else 0


def _ending_at(content: bytes, index: int) -> bytes:
    return content + b"startxref\n%d\n%%%%EOF\n" % index


def _open(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(
        io.BytesIO(content),
        suppress_warnings=True,
        inherit_page_attributes=False,  # true walks the page tree and drops what is missing
    )


def _references(text: bytes) -> list[ObjGen]:
    return [(int(number), int(generation)) for number, generation in _REFERENCE.findall(text)]


def _text(item: pikepdf.Object) -> bytes:
    """Return an object as text; of a stream, its dictionary."""
    if isinstance(item, pikepdf.Stream):
        item = item.stream_dict
    return item.unparse(resolved=True) if item is not None else b""


def _encrypted() -> ValidationError:
    return ValidationError(
        _("This PDF is locked with a password. Save it without one and send that."),
        code="pdf_encrypted",
    )


def _damaged() -> ValidationError:
    return ValidationError(
        _(
            "This PDF is damaged or incomplete: not all of it can be read. "
            "Export it again, or download it once more where you got it."
        ),
        code="pdf_damaged",
    )
