"""Word documents: a zip of XML parts, checked as what it claims to be.

Our own gate, because the usual ones are none: python-docx refuses honest ISO-Strict files,
and libmagic judged 30 of 320 valid documents by the order of their zip entries. Nothing is
written to disk and no path of the archive is ever used as a path.
"""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

MAX_MEMBERS = 2_000  # a thesis with 800 figures has about 850
MAX_UNPACKED_BYTES = 50 * 1024 * 1024  # 5 times the upload limit; photographs do not shrink
MAX_INDEX_BYTES = 1024 * 1024  # 2,000 parts x 250 bytes for the type of each, twice that
MAX_PROLOG_BYTES = 64 * 1024  # Word declares some 30 namespaces in its first tag, 3 kB
_CHUNK = 64 * 1024

MAIN_PART = CONTENT_TYPE + ".main+xml"
TEMPLATE_PART = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
OTHER_PACKAGES = {
    "spreadsheetml": _("an Excel workbook"),
    "presentationml": _("a PowerPoint presentation"),
    "ms-excel": _("an Excel workbook"),
    "ms-powerpoint": _("a PowerPoint presentation"),
}

# Every vocabulary exists twice: Transitional, which Word writes, and ISO/IEC 29500 Strict.
OFFICE_DOCUMENT = {
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument",
    "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument",
}
WORD_DOCUMENT = {
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}document",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}document",
}
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}"

# What zipfile, zlib and expat raise over bytes that are not what they should be.
# MemoryError and RecursionError are the caller's: they accuse the file of nothing.
DAMAGE = (
    zipfile.BadZipFile,  # no directory, a wrong checksum, names that differ
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,  # UnicodeDecodeError; impossible offsets
    LookupError,  # IndexError; an XML encoding nobody knows
    OverflowError,
    NotImplementedError,  # a compression or zip version zipfile does not read
    SyntaxError,  # expat's ParseError
)


def inspect(file: IO[bytes]) -> None:
    """Refuse anything but a whole Word document without macros, within limits.

    Raises ValidationError: `docx_damaged`, `docx_encrypted`, `docx_too_many_members`,
    `docx_too_large_unpacked`, `docx_not_word`, `docx_macros`, `docx_dtd`.
    Source: OWASP ASVS 5.0, 5.2.2 and 5.2.3; ISO/IEC 29500-2 (the package).
    """
    try:
        with zipfile.ZipFile(file) as package:
            refuse_unsound_archive(package)
            refuse_bomb(package)
            refuse_other_than_word(package)
    except DefusedXmlException as error:  # a ValueError; so it stands before DAMAGE
        raise ValidationError(
            _(
                "This document declares its own XML types (a DTD), which Word never does. "
                "Open it and save it again as .docx."
            ),
            code="docx_dtd",
        ) from error
    except DAMAGE as error:
        raise _damaged() from error


def refuse_unsound_archive(package: zipfile.ZipFile) -> None:
    """Refuse an archive that two programs could read as two different ones.

    The first member begins at the first byte, no name occurs twice (names are compared
    without case: ISO/IEC 29500-2, 6.2.2.3), and members are stored or deflated, nothing else
    (annex B there). A locked member is named as such.
    """
    members = package.infolist()
    if len(members) > MAX_MEMBERS:
        raise ValidationError(
            _(
                "This document has more than %(limit)s parts. "
                "Split it into several documents and send those."
            ),
            code="docx_too_many_members",
            params={"limit": MAX_MEMBERS},
        )
    if any(member.flag_bits & 0x1 for member in members):
        raise ValidationError(
            _("This document is locked with a password. Save it without one and send that."),
            code="docx_encrypted",
        )
    if (
        min((member.header_offset for member in members), default=0) != 0
        or len({member.filename.lower() for member in members}) != len(members)
        or any(
            member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
            for member in members
        )
    ):
        raise _damaged()


def refuse_bomb(package: zipfile.ZipFile) -> None:
    """Unpack every member into nothing, and stop when the sum passes the limit.

    Counted while reading, because the sizes in the headers are the sender's. Reading to the
    end also compares every checksum.
    Source: OWASP ASVS 5.0, 5.2.3.
    """
    unpacked = 0
    for member in package.infolist():
        with package.open(member) as part:
            while chunk := part.read(_CHUNK):
                unpacked += len(chunk)
                if unpacked > MAX_UNPACKED_BYTES:
                    raise ValidationError(
                        _(
                            "This document is more than %(limit)s MB when unpacked. "
                            "Make its pictures smaller and send it again."
                        ),
                        code="docx_too_large_unpacked",
                        params={"limit": MAX_UNPACKED_BYTES // (1024 * 1024)},
                    )


def refuse_other_than_word(package: zipfile.ZipFile) -> None:
    """Follow the package to its main part, as Word does, and look at what that is.

    `_rels/.rels` names the part, `[Content_Types].xml` its type, and the part itself must be
    a WordprocessingML document.
    Source: OWASP ASVS 5.0, 5.2.2, and 1.5.1 (restrictive XML parsers);
    ISO/IEC 29500-1, 11.3.10.
    """
    names = {name.lower(): name for name in package.namelist()}
    if "[content_types].xml" not in names:
        raise _not_word(_("a zip archive"))
    by_name, by_extension = _content_types(package, names["[content_types].xml"])
    refuse_macros(set(names), {*by_name.values(), *by_extension.values()})
    mains = _main_parts(package, names.get("_rels/.rels", "_rels/.rels"))
    if len(mains) != 1:  # of two, each program could open another one
        raise _not_word(_("an Office package without one main document"))
    main = mains[0]
    kind = by_name.get(main) or by_extension.get(main.rpartition(".")[2], "")
    if kind != MAIN_PART:
        raise _not_word(_described(kind))
    root, _attributes = next(_elements(package, names.get(main, main), MAX_PROLOG_BYTES))
    if root not in WORD_DOCUMENT:
        raise _damaged()


def refuse_macros(names: set[str], kinds: set[str]) -> None:
    """Refuse a document that is a program too; both arguments in small letters.

    Macros show in the type of the document, in the type of a part or in the part's usual
    name, and any one of them will do: Word goes by the types, other programs by the name.
    Source: OWASP ASVS 5.0, 5.2.2; [MS-OFFMACRO2], section 2.2.
    """
    if any("macroenabled" in kind or "vbaproject" in kind for kind in kinds) or any(
        posixpath.basename(name) == "vbaproject.bin" for name in names
    ):
        raise ValidationError(
            _(
                "This Word document contains macros, which are programs. "
                "Save it as .docx, which leaves them out, and send that."
            ),
            code="docx_macros",
        )


def _content_types(package: zipfile.ZipFile, part: str) -> tuple[dict[str, str], dict[str, str]]:
    """Read [Content_Types].xml: types by part name, and by extension (29500-2, 7.2.3)."""
    by_name: dict[str, str] = {}
    by_extension: dict[str, str] = {}
    for tag, attributes in _elements(package, part, MAX_INDEX_BYTES):
        kind = attributes.get("ContentType", "").lower()
        if tag == _TYPES + "Override":
            by_name[attributes.get("PartName", "").lstrip("/").lower()] = kind
        elif tag == _TYPES + "Default":
            by_extension[attributes.get("Extension", "").lower()] = kind
    return by_name, by_extension


def _main_parts(package: zipfile.ZipFile, part: str) -> list[str]:
    """Read _rels/.rels: where the package says its document is (29500-2, 6.5)."""
    return [
        posixpath.normpath("/" + attributes.get("Target", "")).lstrip("/").lower()
        for tag, attributes in _elements(package, part, MAX_INDEX_BYTES)
        if tag == _RELATIONSHIPS + "Relationship"
        and attributes.get("Type") in OFFICE_DOCUMENT
        and attributes.get("TargetMode") != "External"
    ]


def _elements(
    package: zipfile.ZipFile, part: str, limit: int
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield tag and attributes of every element, in order, as far as the caller reads.

    A DTD can only stand before the first element, so the first one proves that there is none,
    and without one there are no entities to expand. No more than `limit` bytes are read: fed
    in pieces, expat takes minutes over one comment of 40 MB (38 kB in the archive).
    """
    with package.open(part) as content:
        head = io.BytesIO(content.read(limit))
    for _event, element in iterparse(head, events=("start",), forbid_dtd=True):
        yield element.tag, element.attrib


def _described(kind: str) -> object:
    if kind == TEMPLATE_PART:
        return _("a Word template")
    return next(
        (name for word, name in OTHER_PACKAGES.items() if word in kind),
        _("an Office package of another kind"),
    )


def _not_word(what: object) -> ValidationError:
    return ValidationError(
        _("This is %(kind)s, not a Word document. Save it as .docx or PDF and send that."),
        code="docx_not_word",
        params={"kind": what},
    )


def _damaged() -> ValidationError:
    return ValidationError(
        _(
            "This Word document is damaged or incomplete. "
            "Open it, save it again as .docx, and send that."
        ),
        code="docx_damaged",
    )
