"""What a PDF may hold: one dictionary is judged at a time, by what it is.

A list of places to look at (the catalog, pages, annotations, fields, outlines, name trees, …) is
never complete, and a viewer knows one place more. So every dictionary of every object is looked
at, wherever it lies and whatever leads to it: an action shows by its type, a file by `/EF`, an
external stream by `/F`, automatic actions by the key `/AA`.

| refused                                              | code                   |
|------------------------------------------------------|------------------------|
| scripts, also those that only run after a click      | `pdf_javascript`       |
| Launch                                               | `pdf_launch`           |
| ImportData                                           | `pdf_import_data`      |
| RichMedia                                            | `pdf_rich_media`       |
| any other automatic action, except GoTo              | `pdf_automatic_action` |
| streams, pages, films and sounds in other files      | `pdf_external_content` |
| links to files, network drives and programs          | `pdf_file_target`      |
| embedded files, except an invoice as XML             | `pdf_embedded_file`    |
| XFA forms                                            | `pdf_xfa`              |

What remains for a click: links to the web and to mail, to pages, to a PDF in the same folder,
and forms that are sent to a web address. Forms and signatures are not in the way.

*Scripts* are refused behind a click too: the click is on whatever the sender drew there, and what
runs then is the same engine with the same holes. *Automatic* is what hangs on `/OpenAction` or
`/AA`: opening, closing, printing, turning a page, moving the mouse over a field. *XFA* is a second
document in XML that a few viewers show instead of the pages, with scripts and connections of its
own; nobody looks at that one here. *Embedded files* nobody has looked at either. An invoice
(ZUGFeRD, Factur-X, XRechnung; PDF/A-3) is the file a business really sends that way, and as XML
it can be looked at: see `Invoices`.

Source: OWASP ASVS 5.0, 5.2.2; ISO 32000-2, 7.11 (files), 12.6 (actions), 13 (multimedia).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from urllib.parse import unquote

import pikepdf
from defusedxml.ElementTree import DefusedXMLParser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Far more than anybody chains, and an end to loops through objects without a number.
_LONGEST_CHAIN = 200

# What sets off an automatic action (ISO 32000-2, tables 197 to 200). Only these are looked up by
# viewers; a font can be called /AA as well.
_TRIGGERS = frozenset(
    f"/{event}"
    for event in "E X D U Fo Bl PO PC PV PI O C K F V WC WS DS WP DP".split()  # noqa: SIM905
)
_BY_ITSELF = frozenset({"", "/GoTo"})
# On a field of a form, pressing and releasing the mouse is a click, and LibreOffice puts there
# what its buttons do.
_CLICKS = frozenset({"/D", "/U"})
_BY_A_BUTTON = _BY_ITSELF | {"/ResetForm", "/SubmitForm"}
_PLAIN_NAME = re.compile(r"\w[\w .()-]*\.xml", re.IGNORECASE)
_FILE_NAMES = ("/F", "/UF", "/DOS", "/Mac", "/Unix")  # a file's name, for each system in turn
_ADDRESSES = {*_FILE_NAMES, "/URI", "/URL", "/Base", "/BU"}
# A dictionary with none of these cannot be refused.
_TELLING = _ADDRESSES | {
    "/AA",
    "/AdditionalStreams",
    "/AcroForm",
    "/EF",
    "/Movie",
    "/Names",
    "/OnInstantiate",
    "/OPI",
}
_TELLING |= {"/OpenAction", "/Ref", "/RichMediaContent", "/S", "/Subtype", "/XFA"}

# Applied to text in small letters without blanks, which browsers leave out within a scheme.
_WRAPPED = r"(?:(?:url|feed|onenote|view-source):)*"
_TO_A_FILE = re.compile(
    _WRAPPED + r"(?:"
    r"\\|/[\\/]"  # a host: \\host, //host; \host is the first, badly escaped
    r"|[a-z][:|]"  # a drive
    # What programs and systems call their files and their own parts. Never complete; but odd
    # addresses are common in honest documents, and so far these are the ones that did harm.
    r"|(?:file|smb|cifs|nfs|afp|davs?|webdavs?|jar|content|resource|res|chrome|blob|filesystem"
    r"|mk|its|mhtml|hcp|help|shell|search|search-ms|ms-[a-z.-]*|vnd\.[a-z.-]*|vscode[a-z-]*"
    r"|applescript|x-[a-z.-]*|acrobat[a-z0-9.-]*|acro|firefoxurl|chromehtml|ie[a-z.]*|hta|htmlfile"
    r"|microsoft-edge[a-z-]*|intent|wyciwyg|local|moniker|script):"
    # An option or a program in place of a host, and a file to go with a letter.
    r"|(?:ssh|telnet|rlogin|tn3270):(?:/*-|.*\|)"
    r"|mailto:.*[?&]attach(?:ment)?=)"
)
# As a link: a program beside the document, or on the way up from it.
_TO_A_PROGRAM = re.compile(
    r"[^:?#]+\.(?:exe|bat|cmd|msi|scr|pif|vb[se]|jse?|ws[fh]|ps1|hta|lnk|jar|dll|reg|command)"
)
_TO_A_SCRIPT = re.compile(
    _WRAPPED + r"(?:javascript|vbscript|livescript|jscript|mocha|data):"
    # A link on a web page that does nothing when it is printed.
    r"(?!(?:(?<=javascript:)(?:void\(?0?\)?|//)?;*)$)"
)
_TO_THE_WEB = re.compile(r"(?:https?|ftp):")
_NEIGHBOUR = re.compile(r"(?!\.\.[\\/])(?!.*[\\/]\.\.[\\/])[^\\/:|][^:|]*\.pdf(?:#.*)?")
_LANGUAGE = re.compile("\x1b[^\x1b]{0,8}\x1b")  # within UTF-16 (ISO 32000-2, 7.9.2.2)
_BLANKS = re.compile("[\0-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")

# What a stream's /F may say: its filter, abbreviated as in images within a page.
_FILTERS = {"/AHx", "/A85", "/LZW", "/Fl", "/RL", "/CCF", "/DCT"}
_FILTERS |= {f"/{name}Decode" for name in ("ASCIIHex", "ASCII85", "LZW", "Flate", "RunLength")}
_FILTERS |= {f"/{name}Decode" for name in ("CCITTFax", "DCT", "JBIG2", "JPX")}

# What in the text of an object makes it worth a look. A name is this name if the next byte cannot
# continue it.
_NAME_ENDS = rb"(?![^\0\t\n\f\r ()<>\[\]{}/%])"
_BLANK = rb"[\0\t\n\f\r ]"
_WORDS = re.compile(
    b"/(?:"
    + b"|".join(
        [
            rb"(?:AA|Base|BU|DOS|EF|FileAttachment|GoToE|GoToR|ImportData|JS|JavaScript|Launch|MCD"
            rb"|Mac|Movie|OPI|OnInstantiate|RF|Ref|RichMedia|RichMediaContent"
            rb"|RichMediaExecute|SubmitForm|Thread|UF|URL|Unix|XFA)" + _NAME_ENDS,
            # Not the view with which most documents open.
            rb"OpenAction"
            + _NAME_ENDS
            + rb"(?!"
            + _BLANK
            + rb"*\["
            + _BLANK
            + rb"*\d+ \d+ R"
            + _BLANK
            + rb"*/(?:XYZ|Fit[BHRV]{0,2})(?:"
            + _BLANK
            + rb"|null|[\d.+-])*+\])",
            # Whoever keeps a type somewhere else.
            rb"(?:S|Subtype)" + _NAME_ENDS + _BLANK + rb"*[\d%+-]",
            # Not the flags of an annotation.
            rb"F" + _NAME_ENDS + rb"(?!" + _BLANK + rb"*\d+" + _BLANK + rb"*[/>])",
            # Not the most common links: with a harmless scheme, or with none in front of the
            # first slash. As a type it is followed by the next key.
            rb"URI" + _NAME_ENDS + rb"(?!" + _BLANK + rb"*(?:"
            rb"\((?:https?:|mailto:[^?)]*\)|[\w-]+(?:\.[\w-]+)+[/?#])|/(?:URI|S|Type|IsMap)"
            + _NAME_ENDS
            + rb"))",
        ]
    )
    + b")"
)
_REFERENCE = re.compile(
    rb"\d+(?:" + _BLANK + rb"|%[^\r\n]*[\r\n])+\d+" + _BLANK + rb"+R" + _NAME_ENDS
)
_ELSEWHERE = b"/-elsewhere-"  # stands for a reference
# What an action needs beside its type. The states of a check box may be called /S and /Off.
_OF_AN_ACTION = frozenset({"/CMD", "/F", "/JS", "/Mac", "/TA", "/URI", "/Unix", "/Win"})
# What decides about a dictionary whatever else it says.
_DECISIVE = frozenset({"/AA", "/EF", "/JS", "/OpenAction", "/RichMediaContent", "/XFA"})
_SPELT_IN_HEX = re.compile(rb"/[^\0\t\n\f\r ()<>\[\]{}/%#]*#")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")


def worth_a_look(text: bytes) -> bool:
    """Whether an object, or a stream of them, could hold something to be refused, by its text.

    Most cannot, and judging takes ten times as long as this. It is never the verdict: words in a
    string only cost time, and a name that is spelt in hex could be any.
    """
    return bool(_WORDS.search(text) or (b"#" in text and _SPELT_IN_HEX.search(text)))


def may_be_refused(text: bytes, *, is_stream: bool = False, is_locked: bool = False) -> bool:
    """Whether an object that no index leads to is to be refused, or could be: judged by its text.

    References in it lead nowhere that we know. `is_locked`: its strings are encrypted.
    """
    if not worth_a_look(text):
        return False
    if is_locked:
        return True
    try:
        item = pikepdf.Object.parse(_REFERENCE.sub(b" " + _ELSEWHERE + b" ", text))
        return any(refusals(item, Invoices())) or any(
            _depends_on_another(part, is_stream=is_stream) for part in _dictionaries(item)
        )
    except (pikepdf.PikepdfError, ValueError, TypeError, RuntimeError):
        return True  # nobody knows what it is


def _depends_on_another(item: pikepdf.Dictionary, *, is_stream: bool) -> bool:
    """Whether what decides about a dictionary lies in an object of its own."""
    elsewhere = {key for key, value in item.items() if _name(value) == _ELSEWHERE.decode()}
    if elsewhere & _DECISIVE or (is_stream and item.keys() & {"/F", "/Ref", "/OPI"}):
        return True
    if "/Subtype" in elsewhere or ("/S" in elsewhere and item.keys() & _OF_AN_ACTION):
        return True
    if "/S" in item and elsewhere & _ADDRESSES:
        return True
    # A destination is a page and numbers; what else is listed there may be actions.
    opening = item.get("/OpenAction")
    listed = list(opening) if isinstance(opening, pikepdf.Array) else []
    return any(_name(part) == _ELSEWHERE.decode() for part in listed[1:])


def without_hex(text: bytes) -> bytes:
    """Return a name, or the text of an object, with its #41 resolved."""
    return _HEX.sub(lambda code: bytes([int(code[1], 16)]), text)


def refusals(item: pikepdf.Object, invoices: Invoices) -> Iterator[ValidationError]:
    """Yield the reasons to refuse an object, with all that lies in it; not what it refers to."""
    for number, part in enumerate(_dictionaries(item)):
        is_stream = number == 0 and isinstance(item, pikepdf.Stream)
        yield from _refusals(part, is_stream, invoices)


def _dictionaries(item: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    """Yield every dictionary in an object, of a stream the own one first."""
    waiting = [item]
    while waiting:
        part = waiting.pop()
        if isinstance(part, pikepdf.Array):
            inside = list(part)
        else:
            dictionary = _dictionary(part)
            yield dictionary
            inside = [value for _key, value in dictionary.items()]
        waiting += [
            value
            for value in inside
            if isinstance(value, (pikepdf.Dictionary, pikepdf.Array)) and not value.is_indirect
        ]


class Invoices:
    """Tells an invoice in XML from other embedded files. One for each document.

    Accepted is well-formed XML without a DTD whose root says that it is an invoice or an order, in
    a file with a plain name that ends with `.xml`. It must not make a browser or an office
    program take it for its own: no processing instructions, no XHTML, SVG or XSLT. All files of a
    document together may unfold to `MAX_BYTES`; a real one has some 20 kB.
    Source: OWASP ASVS 5.0, 1.5.1 and 5.2.3; ISO 19005-3 (PDF/A-3), 6.8.
    """

    MAX_BYTES = 5 * 1024 * 1024

    def __init__(self) -> None:
        self._left = self.MAX_BYTES
        self._known: dict[tuple[int, int], bool] = {}

    def accept(self, specification: pikepdf.Object) -> bool:
        """Whether a file specification holds nothing but an invoice."""
        names = [_string(specification.get(key)) for key in _FILE_NAMES if key in specification]
        files = [value for _key, value in _dictionary(specification.get("/EF")).items()]
        return (
            bool(names and files)
            and all(_PLAIN_NAME.fullmatch(name) for name in names)
            and all(self._holds_invoice(file) for file in files)
            and "/RF" not in specification
        )

    def _holds_invoice(self, file: object) -> bool:
        if not isinstance(file, pikepdf.Stream):
            return False
        if file.objgen not in self._known:
            content = file.read_bytes()
            self._left -= len(content)
            self._known[file.objgen] = self._left >= 0 and _is_invoice(content)
        return self._known[file.objgen]


class _Invoice:
    """What the XML parser reports to. Keeps nothing, so depth and number cost no memory."""

    ROOTS = {"crossindustryinvoice", "crossindustrydocument", "invoice", "creditnote", "order"}
    ROOTS |= {"scrdmccbdaciomessagestructure", "fatturaelettronica"}  # Order-X; FatturaPA
    ACTIVE = (
        "{http://www.w3.org/1999/xhtml}",
        "{http://www.w3.org/2000/svg}",
        "{http://www.w3.org/1999/XSL/Transform}",
    )

    def __init__(self) -> None:
        self.has_root = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag.startswith(self.ACTIVE):
            raise ValueError(tag)
        if not self.has_root and tag.rpartition("}")[2].lower() not in self.ROOTS:
            raise ValueError(tag)
        self.has_root = True

    def end(self, tag: str) -> None:
        pass

    def data(self, text: str) -> None:
        pass

    def pi(self, target: str, text: str | None = None) -> None:
        raise ValueError(target)

    def close(self) -> None:
        pass


def _is_invoice(content: bytes) -> bool:
    try:
        parser = DefusedXMLParser(target=_Invoice(), forbid_dtd=True)
        parser.feed(content)
        parser.close()
    except (SyntaxError, ValueError, LookupError):  # expat's ParseError; defusedxml's and ours
        return False
    return True


def _refusals(
    item: pikepdf.Dictionary, is_stream: bool, invoices: Invoices
) -> Iterator[ValidationError]:
    """Yield the reasons to refuse one dictionary, of a stream or on its own."""
    keys = item.keys()
    if keys.isdisjoint(_TELLING):
        return
    kind = _name(item.get("/S")) if "/S" in keys else ""
    subtype = _name(item.get("/Subtype")) if "/Subtype" in keys else ""
    # Structure elements have /S too, and may be called anything; they have a parent (/P), and
    # none of what makes an action work.
    plain = "/P" in keys
    if (
        (kind in {"/JavaScript", "/Rendition"} and _is_script(item.get("/JS")))
        or (kind == "/JavaScript" and "/JS" not in keys and not plain)
        or "/OnInstantiate" in keys
    ):
        yield _javascript()
    if kind == "/Launch" and (not plain or keys & {"/F", "/Win", "/Mac", "/Unix"}):
        yield _launch()
    if kind == "/ImportData" and ("/F" in keys or not plain):
        yield _import_data()
    if (
        subtype == "/RichMedia"
        or "/RichMediaContent" in keys
        or (kind == "/RichMediaExecute" and (not plain or keys & {"/CMD", "/TA", "/TI"}))
    ):
        yield _rich_media()
    yield from _catalog_refusals(item, keys)
    events = item.get("/AA") if "/AA" in keys else None
    if isinstance(events, (pikepdf.Dictionary, pikepdf.Stream)):
        for event, action in _dictionary(events).items():
            if event in _TRIGGERS:
                clicked = event in _CLICKS and (subtype == "/Widget" or "/FT" in keys)
                yield from _automatic(action, _BY_A_BUTTON if clicked else _BY_ITSELF)
    if _content_is_elsewhere(item, kind, is_stream):
        yield ValidationError(
            _(
                "Parts of this PDF lie in other files, which are not in it. "
                'Print it to a new PDF ("Save as PDF") and send that.'
            ),
            code="pdf_external_content",
        )
    if keys & _ADDRESSES:
        yield from _target_refusals(item, kind)
    if _carries_a_file(item, subtype) and not invoices.accept(
        _dictionary(item.get("/FS")) if subtype == "/FileAttachment" else item
    ):
        yield ValidationError(
            _(
                "This PDF carries other files inside it. "
                "Save it without attachments, and send those on their own."
            ),
            code="pdf_embedded_file",
        )


def _catalog_refusals(item: pikepdf.Dictionary, keys: Set[str]) -> Iterator[ValidationError]:
    """Yield what only a catalog can be refused for: what opening does, scripts by name, XFA.

    Source: ISO 32000-2, 7.7.2 (OpenAction), 7.7.4 (JavaScript name tree); XFA: 12.7.8 of
    ISO 32000-1, gone from ISO 32000-2.
    """
    if "/OpenAction" in keys:
        yield from _automatic(item.get("/OpenAction"))
    if "/Names" in keys and _holds_entries(_dictionary(item.get("/Names")).get("/JavaScript")):
        yield _javascript()
    form = _dictionary(item.get("/AcroForm")).get("/XFA") if "/AcroForm" in keys else None
    if isinstance(form, pikepdf.Stream) or (isinstance(form, pikepdf.Array) and len(form)):
        yield ValidationError(
            _(
                "This PDF is a form of a kind that most programs cannot show (XFA). "
                'Print it to a new PDF ("Save as PDF") and send that.'
            ),
            code="pdf_xfa",
        )


def _content_is_elsewhere(item: pikepdf.Dictionary, kind: str, is_stream: bool) -> bool:
    """Whether something is to be shown that is not in the document.

    A stream's `/F` with its bytes, a form's `/Ref` with its page, a picture's `/OPI` with a
    better one for printing, a film or sound by name.
    Source: ISO 32000-2, 7.3.8.2 (streams), 8.10.4 (reference XObjects), 13.2 and 13.4, 14.11.7.
    """
    if is_stream:
        place = item.get("/F")
        filters = list(place) if isinstance(place, pikepdf.Array) else [place]
        if place is not None and not all(_name(part) in _FILTERS for part in filters):
            return True
    places = []
    if is_stream and "/Ref" in item:
        places.append(_dictionary(item.get("/Ref")).get("/F"))
    if is_stream and "/OPI" in item:
        versions = _dictionary(item.get("/OPI")).items()
        places += [_dictionary(version).get("/F") for _key, version in versions]
    if kind == "/MCD":
        places.append(item.get("/D"))
    if "/Movie" in item:
        places.append(_dictionary(item.get("/Movie")).get("/F"))
    return any(
        place is not None
        and not isinstance(place, pikepdf.Stream)
        and not _has_files(_dictionary(place))
        for place in places
    )


def _has_files(specification: pikepdf.Dictionary) -> bool:
    files = _dictionary(specification.get("/EF"))
    return any(isinstance(file, pikepdf.Stream) for _key, file in files.items())


def _target_refusals(item: pikepdf.Dictionary, kind: str) -> Iterator[ValidationError]:
    """Yield a refusal if the dictionary leads to a file, a network drive, a handler or a script.

    Opening a link to `\\\\host` hands the reader's password hash to that host. A PDF in the same
    folder is what LaTeX writes for documents in several volumes.
    """
    addresses = [_text(item.get(key)) for key in _ADDRESSES if key in item]
    if any(_TO_A_SCRIPT.match(form) for address in addresses for form in _forms(address)):
        yield _javascript()
    place = item.get("/F")
    if isinstance(place, pikepdf.Dictionary):
        names = [_text(place.get(key)) for key in _FILE_NAMES if key in place]
        on_the_web = _name(place.get("/FS")) == "/URL"
    else:
        names, on_the_web = [_text(place)] if "/F" in item else [], False
    if (
        any(_TO_A_FILE.match(form) for address in addresses for form in _forms(address))
        or any(_TO_A_PROGRAM.fullmatch(form) for form in _forms(_text(item.get("/URI"))))
        or (
            kind in {"/GoToR", "/GoToE", "/Thread"}
            and not all(
                (on_the_web and _TO_THE_WEB.match(form)) or _NEIGHBOUR.fullmatch(form)
                for name in names
                for form in _forms(name)
            )
        )
        or (kind == "/SubmitForm" and any(name.startswith(("/", "\\")) for name in names))
    ):
        yield ValidationError(
            _(
                "A link in this PDF leads to a file or a program on somebody's computer or "
                "network. Remove the link, or let it lead to a web page."
            ),
            code="pdf_file_target",
        )


def _carries_a_file(item: pikepdf.Dictionary, subtype: str) -> bool:
    """Whether this is a file specification with its file, or the annotation that shows one.

    A font or a picture can be called /EF as well; it has no file under a file's keys. Or it is the
    trailer of a hybrid file: LibreOffice opens the document it finds there instead of the pages.
    Source: ISO 32000-2, 7.11.3 and 12.5.6.15.
    """
    files = item.get("/EF")
    return (
        (
            isinstance(files, pikepdf.Dictionary)
            and (
                any(key in files for key in _FILE_NAMES)
                or ("/Type" not in files and _has_files(item))
            )
        )
        or (subtype == "/FileAttachment" and "/FS" in item)
        or "/AdditionalStreams" in item
    )


def _automatic(start: object, allowed: Set[str] = _BY_ITSELF) -> Iterator[ValidationError]:
    """Yield a refusal for each automatic action, with all that follow it, that is not allowed.

    A destination is none: a name, a string, or an array of a page and numbers.
    Source: ISO 32000-2, 12.6.2 (/Next) and 12.6.3.
    """
    waiting = [start]
    for _count in range(_LONGEST_CHAIN):
        if not waiting:
            return
        action = waiting.pop()
        if isinstance(action, pikepdf.Array):
            waiting += [item for item in action if _name(_dictionary(item).get("/S"))]
            continue
        item = _dictionary(action)
        kind = _name(item.get("/S"))
        if kind in {"/JavaScript", "/Rendition"} and _is_script(item.get("/JS")):
            yield _javascript()
        elif kind == "/Launch":
            yield _launch()
        elif kind == "/ImportData":
            yield _import_data()
        elif kind == "/RichMediaExecute":
            yield _rich_media()
        elif kind not in allowed:
            yield _automatic_action()
        if "/Next" in item:
            waiting.append(item.get("/Next"))
    yield _automatic_action()  # without end


def _dictionary(item: object) -> pikepdf.Dictionary:
    """Return the dictionary that this is or, of a stream, has; else an empty one."""
    if isinstance(item, pikepdf.Stream):
        return item.stream_dict
    return item if isinstance(item, pikepdf.Dictionary) else pikepdf.Dictionary()


def _name(item: object) -> str:
    """Return a name as text; of one that is not in UTF-8, what cannot be read as �."""
    return _readable(item) if isinstance(item, pikepdf.Name) else ""


def _readable(name: pikepdf.Name) -> str:
    try:
        return str(name)
    except UnicodeDecodeError:  # of before PDF 1.2, or from a system in another language
        return without_hex(name.unparse()).decode(errors="replace")


def _string(item: object) -> str:
    """Return the text of a string or name; of anything else, nothing."""
    if isinstance(item, pikepdf.Name):
        return _readable(item)[1:]
    if not isinstance(item, pikepdf.String):
        return ""
    content = bytes(item)
    if content.startswith((b"\xfe\xff", b"\xff\xfe")):
        return content.decode("utf-16", "replace")
    if content.startswith(b"\xef\xbb\xbf"):
        return content.decode("utf-8-sig", "replace")
    return content.decode("latin-1")


def _text(item: object) -> str:
    """Return the text of a string or name in small letters and without blanks."""
    return _BLANKS.sub("", _LANGUAGE.sub("", _string(item))).lower()


def _forms(address: str) -> tuple[str, ...]:
    """An address as it stands, and with its %41 resolved, once and twice: some programs do."""
    if "%" not in address:
        return (address,)
    once = unquote(address, "latin-1")
    return tuple(
        _BLANKS.sub("", form).lower() for form in (address, once, unquote(once, "latin-1"))
    )


def _is_script(item: object) -> bool:
    """Whether there is anything to run: buttons made with LaTeX have an empty script."""
    return item is not None and not (isinstance(item, pikepdf.String) and not _text(item))


def _holds_entries(tree: object) -> bool:
    """Whether a name tree (ISO 32000-2, 7.9.6) has anything in it: editors leave empty ones."""
    branches = _dictionary(tree)
    return any(
        isinstance(part, pikepdf.Array) and len(part) > 0
        for part in (branches.get("/Names"), branches.get("/Kids"))
    )


def _javascript() -> ValidationError:
    return ValidationError(
        _('This PDF contains a script. Print it to a new PDF ("Save as PDF") and send that.'),
        code="pdf_javascript",
    )


def _launch() -> ValidationError:
    return ValidationError(
        _(
            "This PDF can start a program or open a file. "
            'Print it to a new PDF ("Save as PDF") and send that.'
        ),
        code="pdf_launch",
    )


def _import_data() -> ValidationError:
    return ValidationError(
        _(
            "This PDF reads a file of the person who opens it. "
            'Print it to a new PDF ("Save as PDF") and send that.'
        ),
        code="pdf_import_data",
    )


def _rich_media() -> ValidationError:
    return ValidationError(
        _(
            "This PDF contains a film, a sound or a small program (rich media). "
            'Print it to a new PDF ("Save as PDF") and send that.'
        ),
        code="pdf_rich_media",
    )


def _automatic_action() -> ValidationError:
    return ValidationError(
        _(
            "This PDF does something by itself, without being asked. "
            'Print it to a new PDF ("Save as PDF") and send that.'
        ),
        code="pdf_automatic_action",
    )
