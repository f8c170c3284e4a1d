"""XML without types of its own, read in one pass and within limits.

A DTD is how XML becomes a program: entities that expand for ever, or that read files and
addresses. It can only stand in front of the first element, so that is where it is looked for,
in whatever encoding the part is. What no parser may meet is never parsed.
Source: OWASP ASVS 5.0, 1.5.1 (restrictive XML parsers); XML 1.0, 2.8 (prolog) and annex F
(encodings).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from xml.parsers import expat  # not a parser of trees: it is fed only what has no DTD

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from uploads.archive import MAX_ELEMENTS, DamagedError

MAX_DEPTH = 1_000  # Word's own limits come far before: 20 tables within each other

# What may stand before the first element or a DTD. Possessive: read one way, in one pass.
_PROLOG = re.compile(rb"(?>[ \t\r\n]+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_FIRST_ELEMENT = re.compile(rb"<(?:[A-Za-z_:\x80-\xff]|!(?:DOCTYPE|ENTITY))", re.IGNORECASE)
_ENCODING = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"'>]*)[\"']")
# Encodings in which the bytes of `<`, `!` and the letters of ASCII mean themselves. UTF-7,
# EBCDIC and the 32-bit ones can hide a DTD from whoever reads bytes. UTF-16 declared in a part
# of 8-bit bytes is a common slip of .NET programs, and cannot be meant.
_PLAIN_ENCODING = re.compile(
    r"utf-?8|utf-?16([bl]e)?|(us-)?ascii|iso-?8859-\d+|latin-?1|(windows|cp)-?(125\d|874|932|936|949|950)"
    r"|koi8-[ru]|gb2312|gbk|gb18030|big5|euc-(jp|kr|tw)|shift[_-]jis|macintosh",
    re.IGNORECASE,
)
# Two formats name their public DTD as a habit: drawings by many programs, and the printer
# settings of macOS. They declare nothing of their own, and nobody asks for these addresses.
_HARMLESS_DTD = re.compile(
    rb"<!DOCTYPE\s+(?:"
    rb"svg\s+PUBLIC\s+\"-//W3C//DTD SVG (?:1\.[01](?: (?:Basic|Tiny|Full))?|20010904)//EN\"\s+"
    rb"\"https?://www\.w3\.org/(?:Graphics/SVG/1\.[01]/DTD/svg1[01](?:-basic|-tiny)?|"
    rb"TR/2001/REC-SVG-20010904/DTD/svg10)\.dtd\""
    rb"|plist\s+PUBLIC\s+\"-//Apple(?: Computer)?//DTD PLIST 1\.0//EN\"\s+"
    rb"\"https?://www\.apple\.com/DTDs/PropertyList-1\.0\.dtd\")\s*>"
)
_WITH_MARK = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WITHOUT_MARK = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))

Start = Callable[[str, dict[str, str]], None]


def looks_like_xml(content: bytes) -> bool:
    """Whether a part that is not called XML would be taken for it.

    It begins with an element or a DTD, once blanks, comments and instructions are over: XML
    needs no declaration, and programs go by what refers to a part before its type.
    """
    plain = as_bytes_of_ascii(content, strict=False)
    start = _after_prolog(plain)
    return plain[:256].lstrip()[:5].lower() == b"<?xml" or bool(_FIRST_ELEMENT.match(plain, start))


def as_bytes_of_ascii(content: bytes, *, strict: bool = True) -> bytes:
    """Return the part without its byte order mark, and as UTF-8 if it was UTF-16.

    Of UTF-32 this makes something that is no XML, and so it is refused.
    """
    errors = "strict" if strict else "replace"
    for mark, encoding in _WITH_MARK:
        if content.startswith(mark):
            plain = content[len(mark) :]
            return plain if encoding == "utf-8" else plain.decode(encoding, errors).encode()
    for start, encoding in _WITHOUT_MARK:
        if content.startswith(start) and content[2:4] != b"\0\0":
            return content.decode(encoding, errors).encode()
    return content


def refuse_dtd(content: bytes, *, drawing: bool = False) -> bytes:
    """Return the part, in bytes that ASCII can be searched in; refuse one with a DTD.

    `drawing` also admits the public DTD that drawings and printer settings name.
    Raises ValidationError `docx_dtd`, or DamagedError where the bytes are no XML at all; an empty
    part is returned as it is.
    """
    content = as_bytes_of_ascii(content)
    declared = _ENCODING.match(content)
    if declared and not _PLAIN_ENCODING.fullmatch(declared[1].decode("ascii", "replace").strip()):
        raise DamagedError("an encoding that Office does not write")
    start = _after_prolog(content)
    if content.startswith(b"<!", start):
        harmless = drawing and _HARMLESS_DTD.match(content, start)
        if not harmless:
            raise _dtd()
        start = _after_prolog(content, harmless.end())
    if start < len(content) and not re.match(rb"<[^\s!?/>]", content[start : start + 2]):
        raise DamagedError("no XML")
    return content


def without_doctype(content: bytes) -> bytes:
    """Return a drawing that `refuse_dtd` returned, without the DTD that was harmless."""
    return _HARMLESS_DTD.sub(b"", content, count=1)


def _after_prolog(content: bytes, start: int = 0) -> int:
    found = _PROLOG.match(content, start)
    return found.end() if found else start


def walk(
    content: bytes,
    start: Start | None = None,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    most: int = MAX_ELEMENTS,
) -> int:
    """Parse a part that `refuse_dtd` returned, calling back for every element.

    Names are "namespace local"; attributes without a namespace have their bare name.
    Returns how many elements there were; more than `most` are refused with `docx_too_complex`.
    Raises DamagedError if the part is not well-formed, or nested as no program writes it. The whole
    part is given to the parser at once: fed in small pieces, it reads one long comment again
    from its beginning with every piece.
    """
    declared = _ENCODING.match(content)
    encoding = declared[1].decode("ascii", "replace").strip() if declared else "utf-8"
    if encoding.lower().startswith("utf"):
        encoding = "utf-8"  # transcoded, or a slip
    depth = count = 0

    def entered(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > MAX_DEPTH:
            raise DamagedError("nested too deep")
        if count > most:
            raise too_complex()
        if start:
            start(name, attributes)

    def left(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end:
            end(name)

    def doctype(*_declared: object) -> None:
        raise _dtd()  # `refuse_dtd` has looked; this is in case the two ever disagree

    parser = expat.ParserCreate(encoding, " ")
    parser.StartElementHandler = entered
    parser.EndElementHandler = left
    parser.StartDoctypeDeclHandler = doctype
    if text:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise DamagedError("not well-formed") from error
    return count


def too_complex() -> ValidationError:
    return ValidationError(
        _(
            "This document, or one of its fields, is made of more pieces than we read. "
            "Split it, or replace its fields by their text, and send it again."
        ),
        code="docx_too_complex",
    )


def _dtd() -> ValidationError:
    return ValidationError(
        _(
            "This document declares its own XML types (a DTD), which Word never does. "
            "Open it and save it again as .docx."
        ),
        code="docx_dtd",
    )
