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
leaves it behind, in an older part of the file. That holds while all programs read the same index
(`uploads/pdf_index.py`); in every other file, all that looks like an object counts.
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

from uploads import pdf_contents, pdf_index
from uploads.pdf_index import ObjGen

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

# An index that does not name itself: pypdf writes such, and nobody looks for it there.
HARMLESS = re.compile(r"xref entry for the xref stream itself is missing")
# qpdf repairs as it reads: an index with wrong offsets is rebuilt by scanning, and nothing is
# missing afterwards. These of its warnings mean that something is, or that it is not there for
# qpdf but for another program: a script could stand there (qpdf 12).
LOSSES = re.compile(
    r"unable to find trailer dictionary"  # the end of the file is not there
    r"|Pages tree includes non-dictionary"  # a page is listed and does not exist
    r"|ignoring page"
    r"|impossibly large"  # an object's number
    # Objects packed in a stream that cannot be taken out of it.
    r"|supposed object stream \d+ is not a stream|self-referential object stream"
    r"|object stream (?:\d+ has|claims)|object id is invalid"
    r"|must be larger than previous offset|offset \d+ is too large"
    r"|expected integer in object stream header|error reading object"
    # Some programs end a name there, which makes it another name.
    r"|null character"
    # Of two values under one key some programs take the first, some the last.
    r"|duplicated key /(?:AA|A|Action|AcroForm|EF|JavaScript|JS|Names|Next|OpenAction|Pages|S|URI"
    r"|XFA);"
)
# The same of one object; it does not matter where nothing leads to it. (GraphicsMagick writes such
# a one into each of its files.)
BROKEN = re.compile(
    r"(?:\(object (\d+) (\d+), offset \d+\))?: (?:unexpected EOF|unable to recover stream data"
    # Too deep, too many errors, a number too large.
    r"|limits error|too many errors; giving up on reading object|treating object as null)"
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

_BLANKS = rb"(?:[\0\t\n\f\r ]|%[^\r\n]*[\r\n])++"  # a remark is one, too
_REFERENCE = re.compile(rb"(\d{1,19})" + _BLANKS + rb"(\d{1,19})" + _BLANKS + rb"R\b")
_ONLY_REFERENCES = re.compile(rb"\[ (?:\d+ \d+ R )*\]")

_MOST_UPDATES = 50  # of a hybrid; one for each time that it was saved by an old program

TRAILER: ObjGen = (0, 0)  # which has no number, and no object has this


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
            is_agreed_on = pdf_index.is_agreed_on(content)
            views = [_Document(view) for view in _views(pdf_index.whole(content))]
            is_agreed_on &= all(pdf_index.has_objects_at(content, view.offsets) for view in views)
            for view in views:
                _inspect(view, is_agreed_on=is_agreed_on)
            if not is_agreed_on or any(view.has_warnings for view in views):
                _refuse_strays(content, views)
    except pikepdf.PasswordError as error:
        raise _encrypted() from error
    except RecursionError:  # a RuntimeError; so it stands before DAMAGE
        raise
    except DAMAGE as error:
        # A document locked with a certificate opens with no password at all.
        raise (_encrypted() if "encryption" in str(error) else _damaged()) from error


def _inspect(document: _Document, *, is_agreed_on: bool) -> None:
    for _attempt in range(2):
        if document.count_pages() == 0:
            raise ValidationError(_("This PDF has no pages. Export it again."), code="pdf_empty")
        found = list(document.refusals())
        if not document.has_wrong_index:
            break
        document.mend()  # the index was found wrong on the way, and there are other objects
    else:
        raise _damaged()
    if document.broken and document.broken & document.mentioned():
        raise _damaged()
    is_followed = is_agreed_on and len(document.places) <= FOLLOWED_OBJECTS
    if found and is_followed and not document.has_warnings:
        reached = document.reached()
        found = [(objgen, refusal) for objgen, refusal in found if objgen in reached]
    if found:
        raise found[0][1]


def _refuse_strays(content: bytes, views: list[_Document]) -> None:
    """Refuse a file with objects beside its index that only other programs would find.

    Nobody knows where such an object would be found, and what it refers to. So each is judged
    alone, and whatever matters and lies elsewhere counts; as do objects packed in it.
    """
    is_locked = any(view.is_locked for view in views)
    places = {
        place
        for view in views
        for place, objgen in view.offsets.items()
        if objgen not in view.broken
    }
    for text, is_stream in pdf_index.strays(content, places):
        if b"/ObjStm" in pdf_contents.without_hex(text) or pdf_contents.may_be_refused(
            text, is_stream=is_stream, is_locked=is_locked
        ):
            raise _damaged()
    if any(view.has_spare_objects for view in views):
        raise _damaged()


class _Document:
    """The file, opened again and again: qpdf would keep 300,000 objects at once, in 1 GiB."""

    def __init__(self, content: bytes) -> None:
        self.original = content
        self.content = pdf_index.padded(content)
        self.has_warnings = self.has_wrong_index = self.has_spare_objects = False
        self.is_locked = False  # with an empty password: strings cannot be read without qpdf
        self.unpacked_bytes = 0
        self.broken: set[ObjGen] = set()
        self.offsets: dict[int, ObjGen] = {}  # of the objects that are not packed
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
            self.is_locked |= pdf.is_encrypted
            yield pdf
            said = map(str, pdf.get_warnings())
            warnings = "\n".join(line for line in said if not HARMLESS.search(line))
            if LOSSES.search(warnings):
                raise _damaged()
            for number, generation in BROKEN.findall(warnings):
                self.broken.add((int(number), int(generation)) if number else TRAILER)
            self.has_warnings |= warnings != ""
            self.has_wrong_index |= "Attempting to reconstruct cross-reference table" in warnings

    def mend(self) -> None:
        """Let qpdf search the file for its objects, and write down what it found as an index.

        It would search again at every opening.
        """
        self.content = pdf_index.ending_at(self.original, 1)  # there is no index at 1
        with self.opened() as pdf:
            index = pdf_index.index_stream(pdf.get_xref_table(), pdf.trailer)
        mended = pdf_index.ending_at(self.original + index, len(self.original))
        self.content = pdf_index.padded(mended)
        self.has_wrong_index = False
        self._read_index()

    def _read_index(self) -> None:
        self.unpacked_bytes = 0
        self.broken.clear()
        self.offsets.clear()
        self.places.clear()
        self.packed.clear()
        with self.opened() as pdf:
            for objgen, entry in pdf.get_xref_table().items():
                self.places[objgen] = stream = entry.obj_stream_number or 0
                if stream:
                    self.packed[stream].append((entry.obj_stream_index or 0, objgen[0]))
                else:
                    self.offsets[entry.offset or 0] = objgen

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
            # The catalog once more, and first: it may lie in the trailer, without a number.
            for part in (pdf.Root, pdf.trailer):
                for refusal in pdf_contents.refusals(part, invoices):
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

    def mentioned(self) -> set[ObjGen]:
        """Return the objects that any text of the file refers to, and the trailer.

        For objects that cannot be read: qpdf takes them for null, and leaves out what leads there.
        """
        mentioned = {TRAILER, *_references(self.original)}
        for pdf, portion in self.portions((number, 0) for number in self.packed):
            for objgen in portion:
                stream = pdf.get_object(objgen)
                if isinstance(stream, pikepdf.Stream):
                    content = stream.read_bytes(pikepdf.StreamDecodeLevel.specialized)
                    mentioned.update(_references(content))
        return mentioned

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
        texts = [
            content[first + start : first + end]
            for start, end in pairwise([*offsets, len(content)])
        ]
        worth = [pdf_contents.worth_a_look(text) for text in texts]
        listed = {index for index, _number in self.packed[number]}
        # What is packed is not locked once more, so its strings can be read.
        self.has_spare_objects |= any(
            index not in listed and pdf_contents.may_be_refused(text)
            for index, text in enumerate(texts)
        )
        return [(numbers[index], 0) for index in listed if worth[index]]


def _views(content: bytes) -> Iterator[bytes]:
    """Yield the file, and if it is a hybrid also as programs see it that know such files.

    In the second view the streams with the hidden objects stand first, each named by an update of
    its own, as Word writes it.
    """
    yield content
    if not pdf_index.is_hybrid(content):
        return
    streams: list[int] = []
    section = end = pdf_index.end_of(content)
    for _count in range(_MOST_UPDATES):
        try:
            with _open(pdf_index.ending_at(content, section)) as pdf:
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
    yield pdf_index.ending_at(content, end)


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
