"""Word documents: a package of XML parts, judged by what it would do to whoever opens it.

Our own gate, because the usual ones are none: python-docx refuses honest ISO-Strict files,
and libmagic judged 30 of 320 valid documents by the order of their zip entries.

| what                 | decision                                                             |
|----------------------|----------------------------------------------------------------------|
| macros, ActiveX      | refused, wherever they are: in the document, in what it embeds       |
| programs             | refused by content and by name; so are HTML pages and shortcuts      |
| OLE objects          | refused if they pack a whole file, link, or are known to carry       |
|                      | exploits; spreadsheets, drawings, PDFs and sound formulas pass       |
| embedded packages    | charts have them: looked into by the same rules, two levels deep     |
| imported parts       | (altChunk) Word documents and plain text pass; HTML, RTF, MHT do not |
| external targets     | hyperlinks that open a page, and templates on the author's own disk  |
| fields               | no DDE; none that fetches text or pictures from elsewhere by itself  |
| drawings             | an SVG loads parts of itself, and pictures written into it, no more  |
| packed parts         | a picture packed on its own (.emz) is unpacked; nothing else may be  |
| a DTD                | refused in every part that is XML                                    |

What only waits for a click of the reader and says where it leads, a hyperlink, passes: unless it
leads into a program (`ms-msdt:`, `javascript:`) or sends the reader's password hash to a server
of files (`\\\\server\\share`).

Source: OWASP ASVS 5.0, 5.2.2, 5.2.3 and 5.2.5; ISO/IEC 29500-1 (WordprocessingML) and 29500-2
(the package).
"""

from __future__ import annotations

import posixpath
import re
import struct
import unicodedata
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import IO
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from uploads import compound, markup
from uploads.archive import (
    MAX_MEMBERS,
    Allowance,
    Archive,
    DamagedError,
    Member,
    name_key,
)
from uploads.sniffing import HEAD_BYTES, NAMES, sniff
from uploads.wordfields import MARKS, FieldReader, Instruction

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

# An embedded workbook has 12 parts, a thesis 200 charts. All of them share one allowance.
MAX_EMBEDDED_MEMBERS = 5 * MAX_MEMBERS
MAX_NESTING = 2  # a presentation with a chart with its workbook
MAX_TYPES_BYTES = 1024 * 1024  # 2,000 parts x 250 bytes for the type of each, twice that
MAX_RELATIONSHIPS = 50_000  # an encyclopedia's links
MAX_RELATIONSHIPS_BYTES = 16 * 1024 * 1024  # x 300 bytes, the longer ones of them

MAIN_PART = CONTENT_TYPE + ".main+xml"
TEMPLATE_PART = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
OTHER_PACKAGES = {
    "spreadsheetml": _("an Excel workbook"),
    "presentationml": _("a PowerPoint presentation"),
    "ms-excel": _("an Excel workbook"),
    "ms-powerpoint": _("a PowerPoint presentation"),
    "visio": _("a Visio drawing"),
}
# Archives that are no Office packages, by a member that gives them away.
OTHER_ARCHIVES = {
    "meta-inf/manifest.mf": _("a Java program"),
    "androidmanifest.xml": _("an Android program"),
    "mimetype": _("an OpenDocument file"),
    "index/document.iwa": _("a Pages document"),
}

# Every vocabulary exists twice: Transitional, which Word writes, and ISO/IEC 29500 Strict.
OFFICE_DOCUMENT = {
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument",
    "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument",
}
_WORD = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
}
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types "
_VML = {"urn:schemas-microsoft-com:vml", "urn:schemas-microsoft-com:office:office"}
# What a program reads as text because of how it is referred to, whatever its type says.
_STORIES = frozenset(
    (
        *("comments", "endnotes", "fonttable", "footer", "footnotes", "glossarydocument"),
        *("header", "numbering", "officedocument", "settings", "styles", "styleswitheffects"),
        "websettings",
    )
)
# Elements that load what their relationship leads to; a hyperlink is none of their business.
_FETCHING = frozenset(
    (
        *("OLEObject", "altChunk", "attachedTemplate", "audioFile", "blip", "control"),
        *("dataSource", "externalData", "fill", "imagedata", "imgLayer", "media", "movie"),
        *("quickTimeFile", "saveThroughXslt", "sourceFileName", "src", "stroke", "subDoc"),
        *("svgBlip", "videoFile", "wavAudioFile"),
    )
)

# What is a program by its first bytes, beside what `sniff` knows.
_PROGRAMS = (
    b"\x4c\x00\x00\x00\x01\x14\x02\x00",  # a shortcut of Windows
    b"\xfe\xed\xfa\xce",  # macOS, in its four byte orders and sizes
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xbe\xba\xfe\xca",
    b"dex\n",  # Android
    b"ITSF",  # compiled HTML help
    b"MSCF",  # a cabinet, which installs
    b"[InternetShortcut]",
    b"#@~^",  # a script of Windows, encoded
    b"ID;P",  # SYLK, which Excel opens with its macros of 1992
    b"[oledb]",
    b"@echo off",
    b"ZWS",  # Flash, packed a third way
    b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3",  # OneNote, with files
)
# Pages and jobs that Windows runs by their first element.
_PROGRAM_ELEMENT = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*+<(?:hta:application|job|scriptlet|component)\b",
    re.IGNORECASE | re.DOTALL,
)
# What macOS adds for each file when it packs a folder, under the name of the file.
_APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00"
_PROGRAM_KINDS = {"program", "script", "flash"}
_PAGE_KINDS = {"html", "php", "rtf"}  # with code in them, if the name does not say XML
_PLAIN_TEXT = {"text", "unknown"}
_XML_EXTENSIONS = {"xml", "rels", "vml"}
_UNREADABLE_ARCHIVES = {"rar", "7z"}
# Metafiles and drawings come packed on their own (.emz, .wmz, .svgz); large ones have 10 MB.
_PACKED_PICTURES = {"metafile", "svg"}
_MAX_PACKED_PICTURE = 16 * 1024 * 1024
_DISK_IMAGE = (32_769, b"CD001")  # ISO 9660
# What a program of letters or of texts takes text for (altChunk), whatever its type says.
_FORMATTED_TEXT = re.compile(
    rb"[\s\0]*(?:\{\\|(?:mime-version|content-type|from|date)\s*:)", re.IGNORECASE
)
# Names that Windows, macOS or a shell would run or install (Outlook blocks the same).
_PROGRAM_NAMES = re.compile(
    r"\.(?:ade|adp|app|application|appref-ms|appx|appxbundle|bat|chm|cmd|com|command|cpl|dll|dmg"
    r"|exe|gadget|hlp|hta|htm|html|inf|ins|iso|img|jar|jnlp|js|jse|ksh|library-ms|lnk|mde|mht|mhtml"
    r"|msc|msh|msi|msix|msp|mst|pif|ps1|psd1|psm1|py|pyc|pyw|rb|reg|rtf|scf|scr|sct|settingcontent-ms"
    r"|sh|shb|shs|swf|sys|theme|url|vb|vbe|vbs|vhd|vhdx|vxd|website|wsc|wsf|wsh|xbap|xhtml|xll"
    r"|class|docm|dotm|dqy|iqy|ocx|oqy|potm|ppam|ppsm|pptm|rdp|rqy|sldm|slk|udl|wll|xlam|xlsm|xltm"
    r"|diagcab|elf|search-ms|apk|appimage|bas|cab|deb|desktop|job|pl|ps1xml|psc1|rpm|run|ws)"
    r"[. ]*$"  # blanks and dots at the end are dropped when the file is saved
)
_PROGRAM_TYPES = ("x-msdownload", "x-msdos-program", "/hta", "javascript", "vbscript", "x-sh")

# Classes of OLE objects that no document needs and exploits do: packers of files, links and
# monikers, browsers and script hosts, installers, helpers of known exploits.
_REFUSED_CLASSES = re.compile(
    r"(?:00020c01|0002260[123]|0003000[cde])-0000-0000-c000-000000000046"  # Package
    r"|f20da720-c02f-11ce-927b-0800095ae340"
    r"|000003(?:00|03|04|05|06|08|09|1a)-0000-0000-c000-000000000046"  # links, monikers
    r"|79eac9[de][0-9a-f]-baf9-11ce-8c82-00aa004ba90b"
    r"|ecab(?:afc6|afc9|b0c7)-7f19-11d2-978e-0000f8757e2a|06290bd[0-9a-f]-48aa-11d2-8432-006008c3fbfc"
    r"|4315d437-5b8c-11d0-bd3b-00a0c911ce86|0002034[ce]-0000-0000-c000-000000000046"
    r"|3050f4d8-98b5-11cf-bb82-00aa00bdce0b|25336920-03f9-11cf-8fd0-00aa00686f13"  # HTML
    r"|8856f961-340a-11d0-a96b-00c04fd705a2|eab22ac3-30c1-11cf-a7eb-0000c05bae0b"  # browsers
    r"|c08afd90-f2a1-11d1-8455-00a0c91f3880|2d360200-fff5-11d1-8d03-00a0c959bc0a"
    r"|b54f3741-5b07-11cf-a4b0-00aa004a55e8|f414c260-6ac0-11cf-b6d1-00aa00bbbb58"  # scripts
    r"|0d43fe01-f093-11cf-8940-00a0c9054228|0e59f1d5-1fbe-11d0-8ff2-00a0d10038bc"
    r"|72c24dd5-d70a-438b-8a42-98424b88afb8|f935dc22-1cf0-11d0-adb9-00c04fd58a0b"
    r"|d27cdb(?:6e|70)-ae6d-11cf-96b8-444553540000|233c1507-6a77-46a4-9443-f871f945d258"  # Flash
    r"|dfeaf541-f3e1-4c24-acac-99c30715084a"
    r"|05741520-c4eb-440a-ac3f-9643bbc9f847|a08a033d-1a75-4ab6-a166-ead02f547959"  # OTKLOADR
    r"|44f9a03b-a3ec-4f3b-9364-08e0007f21df|3018609e-cdbc-47e8-a255-809d46baa319"
    r"|00000535-0000-0010-8000-00aa006d2ea4|c(?:ddbcc7c-be18-4a58-9cbf-d62a012272ce)"
    r"|33bd73c2-7bb4-48f4-8dbc-82b8b313ae16|3ba59fa5-41bf-4820-98e4-04645a806698"
    r"|(?:bdd1f04b-858b|c74190b6-8589|1efb6596-857c|66833fe6-8583|dd9da666-8594)"  # MSCOMCTL
    r"-11d1-b16a-00c0f0283628|996bf5e0-8044-4650-adeb-0b013914e99c"
    r"|9181dc5f-e07d-418a-aca6-8eea1ecb8e9e|24b224e0-9545-4a2f-abd5-86aa8a849385"
    r"|00021401-0000-0000-c000-000000000046"  # a shortcut of Windows
    r"|000c108[246]-0000-0000-c000-000000000046"  # Windows Installer
    r"|0002e5[0-9a-f]{2}-0000-0000-c000-000000000046"  # controls: Office Web Components
    r"|8bd21d[1-7]0-ec42-11ce-9e0d-00aa006002f3|d7053240-ce69-11cd-a777-00dd01143c57"  # Forms 2.0
    r"|6e182020-f460-11ce-9bcd-00aa00608e01|4c599241-6926-101b-9992-00000b65c6f9"
    r"|978c9e23-d4b0-11ce-bf2d-00aa003f40d0|dfd181e0-5e2f-11ce-a449-00aa004a803d"
    r"|c62a69f0-16dc-11ce-9e98-00aa00574a4f|5512d11[0-9a-f]-5cc6-11cf-8d67-00aa00bdce1d"
    r"|adb880a6-d8ff-11cf-9377-00aa003b7a11|52a2aaae-085d-4187-97ea-8c30db990436"  # HTML help
    r"|ae24fdae-03c6-11d1-8b76-0080c744f389|093ff999-1ea0-4079-9525-9614c3504b74"
    r"|88d96a[01][0-9a-f]-f192-11d4-a65f-0040963251e5|f5078f3[0-9]-c551-11d3-89b9-0000f81fe221"
    r"|(?:6bf52a52-394a-11d3-b153-00c04f79faa6|22d6f312-b0f6-11d0-94ab-0080c74c7e95)"  # media
    r"|13709620-c279-11ce-a49e-444553540000|9ba05972-f6a8-11cf-a442-00a0c90a8f39"  # the shell
    r"|49b2791a-b1ae-4c90-9b8e-e860ba07f889|00000566-0000-0010-8000-00aa006d2ea4"
    r"|9059f30f-4eb1-4bd2-9fdc-36f43a218f4a|8ad9c840-044e-11d1-b3e9-00805f499d93"
    r"|3b7c8860-d78f-101b-b9b5-04021c009402|248dd896-bb45-11cf-9abc-0080c7e7b78d"
    r"|c4d2d8e0-d1dd-11ce-940f-008029004347|bdc217c5-ed16-11cd-956c-0000c04e4c0a"
    r"|f9043c85-f6f2-101a-a3c9-08002b2f49fb|232e456a-87c3-11d1-8be3-0000f8754da1"
    r"|(?:0713e8a2-850a|58da8d8f-9d6a)-101b-afc0-4210102a8da7|0006f063-0000-0000-c000-000000000046"
    r"|279d6c9a-652e-4833-befc-312ca8887857|f0e42d[56]0-368c-11d0-ad81-00a0c90dc8d9"
    r"|379e501f-b231-11d1-adc1-00805fc752d8|45ac8c63-23e2-11d1-a696-00c04fd58bc3"
    r"|3050f[0-9a-f]{3}-98b5-11cf-bb82-00aa00bdce0b"  # pages of HTML, every kind
)
_REFUSED_PROGRAMS = re.compile(
    r"package|htmlfile|htafile|shell\.|internetexplorer|otkloadr|scriptlet|scriptbridge|script:"
    r"|jscript|vbscript|wscript|mshta|shockwaveflash|msscriptcontrol|mscomctl|forms\.|ole2?link",
    re.IGNORECASE,
)
_FORMULA_CLASSES = re.compile(
    r"(?:0002ce02|0003000b|00021700|0004a6b0)-0000-0000-c000-000000000046"
)
_MATHTYPE_CLASS = "0002ce03-0000-0000-c000-000000000046"
_PAINT_CLASSES = {
    "0003000a-0000-0000-c000-000000000046",
    "d3e34b21-9d75-101a-8c3d-00aa001a1652",
}

# What Windows hands to a program with the rest of the link as its argument.
_HANDLERS = re.compile(
    r"(?:ms-[a-z0-9.-]+|javascript|vbscript|livescript|jscript|data|mhtml|mk|its|jar|view-source"
    r"|shell|res|search(?:-ms)?|hcp|msdt|wscript|mshta|powershell|cmd|telnet|rlogin|tn3270|ldap|nfs|smb"
    r"|webdav|davs?|vnd\.ms\.radio|script|ole|local|steam)$"
)
_DOES_NOTHING = re.compile(r"javascript:(?:void\(0\))?;?", re.IGNORECASE)
# Blanks, and characters without width.
_BLANKS = re.compile(r"[\x00-\x20\x7f\s\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_UNC = re.compile(r"[\\/]{2}|\\\?\?\\")
# In fields a backslash is written twice. LibreOffice does not read it so, and another program
# finds a server in what Word reads as a folder.
_NO_ADDRESS_AFTER = {"\\o", "\\l", "\\t"}  # a tip, a bookmark, a window
_SINGLY_WRITTEN_UNC = re.compile(r"(?:file:)?\\\\[^\\/]+(?:[\\/](?![\\/])|$)", re.IGNORECASE)
_LOCAL_FILE = re.compile(
    r"[\\/]{0,3}(?:(?<=[\\/]{2})localhost[\\/])?[a-z][:|](?:[\\/](?![\\/])|$)"  # a drive
    r"|[\\/]{2}localhost[\\/](?![\\/])"
    r"|[\\/]{4}(?:Users|Applications|Library|Volumes|System|private)[\\/](?![\\/])"
    r"|(?:[\\/]|[\\/]{3})?(?![\\/])",  # below the root, or beside the document
    re.IGNORECASE,
)
_UP_TO_A_SERVER = re.compile(r"\.\.[\\/]{2}")
_OLD_MAC_PATH = re.compile(r"[^/\\:]+(?::[^/\\:]+){2,}")
_SCHEME_ELSEWHERE = re.compile(r"https?|ftps?|file|ms-|mhtml|mk|data|\w*script", re.IGNORECASE)

# The words by which a part is known to need a closer look; without them it has nothing to say.
_TELLING = (
    *MARKS,
    b"altChunk",
    b"OLEObject",
    b"control",
    b"connectString",
    b"udl",
    b"embeddedHtml",
    b"updateFields",
    b"ddeLink",
    b"customUI",
    b"src",
    b"href",
)
_SCRIPT_IN_SVG = re.compile(
    rb"<(?:[\w.-]+:)?script[\s/>]|javascript:"
    rb"|\son(?:activate|begin|click|error|focus|load|mouseover)\s*=",
    re.IGNORECASE,
)
# What a drawing may load: parts of itself, and pictures that are written into it.
_INSIDE = re.compile(r"#|data:(?:image|font|application/(?:x-)?font)[/;,-]|$", re.IGNORECASE)
_STYLE_LOADS = re.compile(
    r"url\(\s*['\"]?\s*(?!#|data:|['\")])|@import|expression\(|behavior\s*:", re.IGNORECASE
)
_RUNS_IN_SVG = frozenset({"script", "handler", "listener", "iframe", "object", "embed", "applet"})
_SCRIPT_IN_VIDEO = re.compile(
    r"<script|javascript:|vbscript:|data:|\bon\w+\s*=|<object|<embed|execcommand|\\\\",
    re.IGNORECASE,
)

# What takes longer to look at than other elements: 50,000 fields that lead somewhere (a book's
# index has 20,000), 300,000 elements with addresses.
_ELEMENTS_PER_INSTRUCTION = 60
MAX_TELLING = 300_000

# What zlib, struct and expat raise over bytes that are not what they should be.
# MemoryError and RecursionError are the caller's: they accuse the file of nothing.
DAMAGE = (
    zlib.error,
    struct.error,
    ValueError,  # DamagedError, UnicodeDecodeError
    LookupError,  # IndexError; an XML encoding nobody knows
    OverflowError,
    EOFError,
)


def inspect(file: IO[bytes]) -> None:
    """Refuse anything but a whole Word document that runs and fetches nothing, within limits.

    Raises ValidationError with one of these codes:
    the archive: `docx_damaged`, `docx_encrypted`, `docx_too_many_members`, `docx_unsafe_name`,
    `docx_special_file`, `docx_too_large_unpacked`, `docx_ratio_too_high`;
    the kind: `docx_not_word`, `document_legacy_office`;
    the content: `docx_too_complex`, `docx_macros`, `docx_activex`, `docx_program`,
    `docx_object`, `docx_nested`, `docx_import`, `docx_dtd`, `docx_external`,
    `docx_unsafe_link`, `docx_dde`.
    """
    content = file.read()
    if content.startswith(compound.MAGIC):
        raise describe_ole(content)
    if b"%PDF-" in content[:1024]:  # a document to one program and a PDF to another
        raise _damaged()
    try:
        package = Package(Archive(content), Allowance(MAX_EMBEDDED_MEMBERS))
        package.refuse_other_than_word()
        package.refuse_danger()
    except DAMAGE as error:
        raise _damaged() from error


def describe_ole(content: bytes) -> ValidationError:
    """Return the refusal of a compound file: locked with a password, or of before 2007.

    Source: [MS-OFFCRYPTO] 2.3.4 (a locked .docx is a compound file with an EncryptedPackage).
    """
    try:
        names = compound.CompoundFile(content).names()
    except DAMAGE:
        names = set()
    if names & {"encryptedpackage", "encryptioninfo"}:
        return ValidationError(
            _("This document is locked with a password. Save it without one and send that."),
            code="docx_encrypted",
        )
    kinds = {
        "worddocument": _("a Word document of the old kind (.doc)"),
        "workbook": _("an Excel workbook of the old kind (.xls)"),
        "book": _("an Excel workbook of the old kind (.xls)"),
        "powerpoint document": _("a PowerPoint presentation of the old kind (.ppt)"),
        "__properties_version1.0": _("an Outlook message"),
        "visiodocument": _("a Visio drawing"),
    }
    kind = next((kinds[name] for name in kinds if name in names), NAMES["ole"])
    return ValidationError(
        _(
            "This is %(kind)s. Open it in your word processor and save it as .docx without "
            "a password."
        ),
        code="document_legacy_office",
        params={"kind": kind},
    )


@dataclass(frozen=True)
class Relationship:
    """A line of a .rels part: what the part `source` has to do with `target`."""

    source: str
    id: str
    kind: str  # the last word of its type, in small letters
    target: str
    is_external: bool

    @property
    def part(self) -> str:
        """The key of the part it leads to, inside the package."""
        path = posixpath.join("/", posixpath.dirname(self.source), self.target.partition("#")[0])
        return name_key(posixpath.normpath(path))


@dataclass
class Package:
    """An Office package: parts, their types, and how they refer to each other.

    `nesting` is how many packages it is in. `embedded` is what all embedded ones together may
    still unpack, and how many elements may still be read anywhere.
    """

    archive: Archive
    embedded: Allowance
    nesting: int = 0
    by_name: dict[str, str] = field(default_factory=dict)
    by_extension: dict[str, str] = field(default_factory=dict)
    relationships: list[Relationship] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    contents: dict[str, bytes] = field(default_factory=dict)
    main: str = ""
    links: dict[str, set[str]] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    imported_parts: set[str] = field(default_factory=set)
    stories: set[str] = field(default_factory=set)
    updates_fields: bool = False
    waiting_pictures: bool = False

    def __post_init__(self) -> None:
        types = self.archive.by_key.get("[content_types].xml")
        if types is None:
            known = (OTHER_ARCHIVES[name] for name in OTHER_ARCHIVES if name in self.archive.by_key)
            raise _not_word(next(known, _("a zip archive")))
        self._read_types(self._keep(types, MAX_TYPES_BYTES))
        for member in self.archive.members:
            if _is_relationships(member.key):
                self._read_relationships(member, self._keep(member, MAX_RELATIONSHIPS_BYTES))
        self.is_word = any("wordprocessingml" in kind for kind in self.types)
        for one in self.relationships:
            if one.kind == "hyperlink" and one.is_external:
                self.links.setdefault(name_key(one.source), set()).add(one.id)
            elif one.kind == "afchunk":
                self.imports.add(one.id)
                self.imported_parts.add(one.part)
            elif self.is_word and one.kind in _STORIES and not one.is_external:
                self.stories.add(one.part)

    # Reading ------------------------------------------------------------------------------

    def _keep(self, member: Member, limit: int) -> bytes:
        """Read an index part, which is needed twice, and checked like any other later."""
        content = self.archive.read(member)
        if len(content) > limit:
            raise DamagedError("an index longer than any document needs")
        self.contents[member.key] = content
        return markup.refuse_dtd(content)

    def _read_types(self, content: bytes) -> None:
        """Read [Content_Types].xml: types by part name, and by extension (29500-2, 7.2.3)."""

        def start(name: str, attributes: dict[str, str]) -> None:
            kind = attributes.get("ContentType", "").partition(";")[0].strip().lower()
            self.types.add(kind)
            if name == _TYPES + "Override":
                key = name_key(attributes.get("PartName", ""))
                if self.by_name.setdefault(key, kind) != kind:
                    raise DamagedError("a part of two types")
            elif name == _TYPES + "Default":
                extension = attributes.get("Extension", "").lower()
                if self.by_extension.setdefault(extension, kind) != kind:
                    raise DamagedError("an extension of two types")

        markup.walk(content, start)

    def _read_relationships(self, member: Member, content: bytes) -> None:
        """Read a .rels part (29500-2, 6.5). What is not plainly internal is external."""
        folder, _slash, name = member.name.rpartition("/")
        source = posixpath.join(posixpath.dirname(folder), name[: -len(".rels")])

        def start(name: str, attributes: dict[str, str]) -> None:
            if name.rpartition(" ")[2] != "Relationship":
                return
            if len(self.relationships) == MAX_RELATIONSHIPS:
                raise DamagedError("more relationships than any document needs")
            target = attributes.get("Target", "").strip()
            mode = attributes.get("TargetMode", "Internal").strip().lower()
            kind = attributes.get("Type", "")
            self.relationships.append(
                Relationship(
                    source,
                    attributes.get("Id", ""),
                    "officedocument" if kind in OFFICE_DOCUMENT else _last_word(kind),
                    target,
                    mode != "internal" or _leaves(target),
                )
            )

        markup.walk(content, start)

    def kind_of(self, key: str) -> str:
        """The content type of a part, in small letters; "" if it has none."""
        return self.by_name.get(key) or self.by_extension.get(_extension(key), "")

    def main_kind(self) -> tuple[str, str]:
        """Return (key, content type) of the part that `_rels/.rels` calls the document."""
        mains = {
            relationship.part
            for relationship in self.relationships
            if relationship.source == ""
            and relationship.kind == "officedocument"
            and not relationship.is_external
        }
        if len(mains) != 1:  # of two, each program could open another one
            raise _not_word(_("an Office package without one main document"))
        (main,) = mains
        return main, self.kind_of(main)

    # Judging ------------------------------------------------------------------------------

    def refuse_other_than_word(self) -> None:
        """Follow the package to its main part, as Word does, and look at what that is.

        `_rels/.rels` names the part, `[Content_Types].xml` its type, and the part itself must be
        a WordprocessingML document.
        Source: OWASP ASVS 5.0, 5.2.2; ISO/IEC 29500-1, 11.3.10.
        """
        self._refuse_macros()
        if "_rels/.rels" not in self.archive.by_key:
            raise _damaged()
        main, kind = self.main_kind()
        if kind != MAIN_PART:
            raise _not_word(_described(kind))
        if main not in self.archive.by_key:
            raise _damaged()
        self.main = main

    def refuse_danger(self) -> None:
        """Look at every relationship and at every byte; each part is unpacked once, and let go."""
        self._refuse_macros()
        for relationship in self.relationships:
            if relationship.is_external:
                self._refuse_external(relationship)
        for member in self.archive.members:
            if member.is_folder:
                self.archive.read(member)
                continue
            content = self.contents.pop(member.key, None)
            if content is None:
                content = self.archive.read(member)
            self._refuse_part(member, content)
        if self.updates_fields and self.waiting_pictures:
            raise _external()

    def _refuse_macros(self) -> None:
        """Refuse a package that is a program too.

        Macros show in the type of the document, in the type of a part, in how it is referred to
        or in its usual name, and any one of them will do: Word goes by the types, other
        programs by the name. Binary workbooks (.xlsb) have "macroEnabled" in their type and
        need not have any.
        Source: OWASP ASVS 5.0, 5.2.2; [MS-OFFMACRO2], section 2.2.
        """
        types = [kind for kind in self.types if "sheet.binary.macroenabled" not in kind]
        names = {posixpath.basename(key) for key in self.archive.by_key}
        if (
            any(word in kind for kind in types for word in ("macroenabled", "vba", "macrosheet"))
            or any("macrosheet" in relationship.kind for relationship in self.relationships)
            or any("/macrosheets/" in f"/{key}" for key in self.archive.by_key)
            or names & {"vbaproject.bin", "vbadata.xml", "vbaprojectsignature.bin"}
            or any("vbaproject" in relationship.kind for relationship in self.relationships)
        ):
            raise _macros()
        if (
            any("activex" in kind for kind in self.types)
            or any("activex/" in key for key in self.archive.by_key)
            or any(
                relationship.kind in {"control", "activexcontrolbinary"}
                for relationship in self.relationships
            )
        ):
            raise _activex()

    def _refuse_external(self, relationship: Relationship) -> None:
        """Refuse whatever is fetched from elsewhere when the document is opened.

        A template on the author's own disk is what Word writes into most letters; elsewhere it
        is not found, and not fetched. Workbooks and presentations inside may refer to files as
        they like, as long as nobody opens them; but not to templates and objects.
        Source: ISO/IEC 29500-2, 6.5.3.4 (TargetMode).
        """
        kind, target = relationship.kind, relationship.target
        if kind == "hyperlink":
            if is_unsafe_link(target):
                raise _unsafe_link()
        elif kind == "attachedtemplate":
            if _leaves(target) and not _is_on_own_disk(target):
                raise _external()
        elif self.is_word or kind in {"oleobject", "package", "frame", "subdocument", "afchunk"}:
            raise _external()

    def _refuse_part(self, member: Member, content: bytes) -> None:
        """Look at one part by its bytes, its name and its type; any of them is enough."""
        key, kind = member.key, self.kind_of(member.key)
        extension = _extension(key)
        if content.startswith(_APPLE_DOUBLE) and posixpath.basename(key).startswith("._"):
            return
        what = sniff(content[:HEAD_BYTES])
        if what in _PROGRAM_KINDS or content.startswith(_PROGRAMS):
            raise _program()
        imported = key in self.imported_parts and key != self.main
        if imported and what != "zip" and not _is_plain_text(what, kind, content):
            raise _import()
        is_story = key in self.stories
        is_xml = is_story or (
            not (imported and what == "zip")
            and (extension in _XML_EXTENSIONS or kind.endswith(("+xml", "/xml", "vmldrawing")))
        )
        if is_xml or what == "svg" or markup.looks_like_xml(content):
            is_drawing = not is_story and ("svg" in kind or (what == "svg" and not is_xml))
            self._refuse_markup(key, kind, content, is_drawing=is_drawing)
        if is_xml:
            return
        if (
            what in _PAGE_KINDS
            or _PROGRAM_ELEMENT.match(content[:HEAD_BYTES])
            or _PROGRAM_NAMES.search(key)
            or any(word in kind for word in _PROGRAM_TYPES)
        ):
            raise _program()
        at, mark = _DISK_IMAGE
        if what in _UNREADABLE_ARCHIVES or content.startswith(mark, at):
            raise _nested()
        if what in {"gzip", "svgz"}:
            self._refuse_packed(key, kind, content)
        if what in {"zip", "opendocument", "epub"}:
            self._refuse_embedded(content)
        elif what == "ole":
            self._refuse_object(content)

    def _refuse_packed(self, key: str, kind: str, content: bytes) -> None:
        """Look into a picture that is packed on its own; refuse whatever else is packed."""
        if not content.startswith(b"\x1f\x8b"):
            raise _nested()
        unpacker = zlib.decompressobj(31)
        picture = unpacker.decompress(content, _MAX_PACKED_PICTURE)
        what = sniff(picture[:HEAD_BYTES])
        if not unpacker.eof or unpacker.unused_data.strip(b"\0") or what not in _PACKED_PICTURES:
            raise _nested()
        if what == "svg":
            self._refuse_markup(key, kind, picture, is_drawing=True)

    def _refuse_embedded(self, content: bytes) -> None:
        """Look into an archive within the document by the same rules.

        What is in the innermost one is not unpacked: whoever needs more levels hides something.
        """
        if self.nesting == MAX_NESTING:
            raise _nested()
        archive = Archive(content, self.embedded)
        is_package = "[content_types].xml" in archive.by_key
        kind = Package if is_package else PlainArchive
        kind(archive, self.embedded, self.nesting + 1).refuse_danger()

    def _refuse_object(self, content: bytes) -> None:
        """Refuse an OLE object that is a file in disguise, a link or an exploit's usual carrier.

        Equation Editor's formulas pass if they can be read to their end: theses are full of
        them, and what the exploits have in common is that theirs cannot.
        Source: [MS-OLEDS] 2.3 (streams of objects); [MS-OVBA] 2.2.1 (storages of macros).
        """
        file = compound.CompoundFile(content)
        names, classes = file.names(), file.class_ids()
        if names & {"vba", "_vba_project", "_vba_project_cur", "macros"}:
            raise _macros()
        if "encryptedpackage" in names or any(map(_REFUSED_CLASSES.match, classes)):
            raise _object()
        has_formula = False
        for entry in file.entries:
            if not entry.is_stream:
                continue
            stream = file.stream(entry)
            what = sniff(stream[:HEAD_BYTES])
            if entry.name == "equation native":
                has_formula = True
                # MathType reads its own format, which the vulnerable editor never saw.
                is_foreign = file.root.class_id == _MATHTYPE_CLASS and (
                    stream[:2] == b"\x1c\0" and stream[28:29] >= b"\x04"
                )
                if not is_foreign and not compound.is_sound_formula(stream):
                    raise _object()
            elif entry.name == "\x01ole10native":
                if file.root.class_id not in _PAINT_CLASSES or stream[4:6] != b"BM":
                    raise _object()
            elif entry.name == "\x01ole" and stream[4:5] and stream[4] & 1:
                raise _object()  # a link, with the address in it
            elif what == "ole":
                raise _nested()
            elif what == "zip":
                self._refuse_embedded(stream)
            elif what == "program" or stream.startswith(_PROGRAMS):
                raise _program()
            elif entry.name in {"workbook", "book"} and _has_macro_sheet(stream):
                raise _macros()
        if any(map(_FORMULA_CLASSES.match, classes)) and not has_formula:
            raise _object()

    def _refuse_markup(self, key: str, kind: str, content: bytes, *, is_drawing: bool) -> None:
        """Refuse a DTD in any XML, and in parts that say more, what they say."""
        plain = markup.refuse_dtd(content, drawing=_extension(key) not in _XML_EXTENSIONS)
        if is_drawing:
            if _SCRIPT_IN_SVG.search(plain):
                raise _program()
            with suppress(DamagedError):  # what nobody can parse, no program acts upon
                Drawing().read(markup.without_doctype(plain))
            return
        if not plain.strip() and key != self.main:
            return
        matters = "wordprocessingml" in kind or key == self.main or key in self.stories
        if matters or key in self.links or any(word in plain for word in _TELLING):
            try:
                Story(self, key).read(plain)
            except DamagedError:
                if matters:  # what nobody can parse, no program acts upon
                    raise


class PlainArchive(Package):
    """A zip within a document that is no Office package: only its members are looked at."""

    def __post_init__(self) -> None:
        self.is_word = False


class Story:
    """One XML part, read from its first element to its last."""

    def __init__(self, package: Package, key: str) -> None:
        self.package = package
        self.is_main = key == package.main
        self.links = package.links.get(key, set()) if package.is_word else set()
        self.has_fields = False
        self.told = 0
        self.root = ""
        self.fields = FieldReader(self._judge, _refuse_dde)

    def read(self, plain: bytes) -> None:
        """Raise what the part is refused for."""
        most = self.package.embedded.elements
        if any(mark in plain for mark in MARKS):
            self.has_fields = True
            count = markup.walk(plain, self._start, self.fields.left, self.fields.text, most)
            self.fields.finish()
        elif self.links or any(word in plain for word in _TELLING):
            count = markup.walk(plain, self._start, most=most)
        else:
            count = markup.walk(plain, self._first, most=most)
        self.package.embedded.elements -= count
        space, _blank, local = self.root.rpartition(" ")
        if self.is_main and not (space in _WORD and local == "document"):
            raise _damaged()

    def _first(self, name: str, attributes: dict[str, str]) -> None:
        if not self.root:
            self.root = name

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.root:
            self.root = name
        if self.has_fields:
            self.fields.entered(name, attributes)
        if not _is_telling(name):
            return
        self.told += 1
        if self.told > MAX_TELLING:
            raise markup.too_complex()
        space, _blank, local = name.rpartition(" ")
        if self.links and local in _FETCHING and not self.links.isdisjoint(attributes.values()):
            raise _external()  # it borrows the address of a hyperlink
        check = _CHECKS.get(local)
        if check:
            check(self, space, {key.rpartition(" ")[2]: attributes[key] for key in attributes})
        if space in _VML:
            _refuse_vml(attributes)
        elif "customui" in space.lower():
            _refuse_callback(attributes)

    def _judge(self, instruction: Instruction) -> None:
        """Refuse fields that fetch: text, objects, data; pictures if they update themselves.

        Word writes INCLUDEPICTURE for every picture that is pasted from a page, and keeps the
        picture; it asks the page again only if told to (\\d), or when all fields are updated.
        """
        self.package.embedded.elements -= _ELEMENTS_PER_INSTRUCTION
        if self.package.embedded.elements < 0:
            raise markup.too_complex()
        arguments = [argument.replace("\\\\", "\\") for argument in instruction.arguments]
        plain = [argument for argument in arguments if not re.fullmatch(r"\\\S{1,2}", argument)]
        if instruction.word in {"QUOTE", "SYMBOL"}:
            return
        to_a_server = any(
            _SINGLY_WRITTEN_UNC.match(argument)
            for before, argument in pairwise(("", *instruction.arguments))
            if before.lower() not in _NO_ADDRESS_AFTER
        )
        if instruction.word == "HYPERLINK":
            if to_a_server or any(_is_unsafe_argument(argument) for argument in plain):
                raise _unsafe_link()
            return
        if to_a_server or (instruction.word == "DATABASE" and plain):
            raise _external()
        if instruction.word == "CONTROL":
            raise _activex()
        away = [one for one in plain if _leaves(one) and not _is_on_own_disk(one)]
        if not away:
            return
        if instruction.word == "INCLUDEPICTURE" and all(map(_is_on_the_web, away)):
            switches = {argument.lower() for argument in arguments}
            if "\\d" not in switches and not instruction.updates_itself:
                self.package.waiting_pictures = True
                return
        raise _external()


def _is_unsafe_argument(argument: str) -> bool:
    """Whether an argument of HYPERLINK is an unsafe address, wherever it stands.

    Programs differ in which argument is the address when switches come before it. The text of a
    tip may begin like one ("Data: of 2020"), but goes on with a blank.
    """
    return is_unsafe_link(argument) and (
        not re.search(r":\s", argument) or bool(re.match(r"\s*file:", argument, re.IGNORECASE))
    )


class Drawing:
    """An SVG, read for what it would load or run: LibreOffice draws the file that an image names.

    Source: SVG 2, 2.5 (processing of external references) and 16 (linking).
    """

    def __init__(self) -> None:
        self.is_style = False

    def read(self, plain: bytes) -> None:
        """Raise what the drawing is refused for."""
        markup.walk(plain, self._start, self._end, self._text)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self.is_style = local == "style"
        if local.lower() in _RUNS_IN_SVG:
            raise _program()
        for key, value in attributes.items():
            what = key.rpartition(" ")[2].lower()
            if what.startswith("on"):
                raise _program()
            if what in {"href", "src"}:
                if local == "a":
                    if is_unsafe_link(value):
                        raise _unsafe_link()
                elif not _INSIDE.match(_cleaned(value)):
                    raise _external()
            elif _STYLE_LOADS.search(value):
                raise _external()

    def _end(self, name: str) -> None:
        self.is_style = False

    def _text(self, text: str) -> None:
        if self.is_style and _STYLE_LOADS.search(text):
            raise _external()


# Elements ---------------------------------------------------------------------------------


def _check_control(story: Story, space: str, attributes: dict[str, str]) -> None:
    if space in _WORD:
        raise _activex()


def _check_chunk(story: Story, space: str, attributes: dict[str, str]) -> None:
    if space in _WORD and attributes.get("id") not in story.package.imports:
        raise _import()


def _check_object(story: Story, space: str, attributes: dict[str, str]) -> None:
    if attributes.get("Type", "").lower() == "link" or _REFUSED_PROGRAMS.match(
        attributes.get("ProgID", "").strip()
    ):
        raise _object()


def _check_data_source(story: Story, space: str, attributes: dict[str, str]) -> None:
    """A mail merge asks its source when the letter is opened."""
    if space in _WORD and attributes.get("val", "").strip():
        raise _external()


def _check_update(story: Story, space: str, attributes: dict[str, str]) -> None:
    if space in _WORD and attributes.get("val", "true").lower() not in {"0", "false", "off"}:
        story.package.updates_fields = True


def _check_video(story: Story, space: str, attributes: dict[str, str]) -> None:
    """A film from the web is a piece of HTML; honest ones are a frame with an address."""
    if _SCRIPT_IN_VIDEO.search(attributes.get("embeddedHtml", "")):
        raise _program()


def _check_dde_link(story: Story, space: str, attributes: dict[str, str]) -> None:
    raise _dde()


_CHECKS: dict[str, Callable[[Story, str, dict[str, str]], None]] = {
    "control": _check_control,
    "altChunk": _check_chunk,
    "OLEObject": _check_object,
    "connectString": _check_data_source,
    "udl": _check_data_source,
    "updateFields": _check_update,
    "webVideoPr": _check_video,
    "ddeLink": _check_dde_link,
}


@lru_cache(maxsize=1024)
def _is_telling(name: str) -> bool:
    """Whether an element can say more than text and form."""
    space, _blank, local = name.rpartition(" ")
    return local in _CHECKS or local in _FETCHING or space in _VML or "customui" in space.lower()


def _refuse_vml(attributes: dict[str, str]) -> None:
    """Old drawings can name addresses without a relationship."""
    for key, value in attributes.items():
        name = key.rpartition(" ")[2]
        if name == "href" and is_unsafe_link(value):
            raise _unsafe_link()
        if name == "src" and _leaves(value.strip()):
            raise _external()


def _refuse_callback(attributes: dict[str, str]) -> None:
    """Refuse buttons in the ribbon that call macros, which may lie in a document elsewhere."""
    if any(key.lower().startswith(("on", "get", "load")) for key in attributes):
        raise _macros()


def _refuse_dde() -> None:
    raise _dde()


# Addresses --------------------------------------------------------------------------------


def is_unsafe_link(target: str) -> bool:
    """Whether a click would start a program or send a password hash, and not open a page.

    Spaces and control characters count for nothing, as in browsers (WHATWG URL, 4.4).
    """
    target = _cleaned(target)
    if _DOES_NOTHING.fullmatch(target):
        return False
    scheme = _SCHEME.match(target)
    if scheme is None or len(scheme[1]) == 1:
        return bool(_UNC.match(target))
    name = scheme[1].lower()
    if name == "file":
        return not _is_on_own_disk(target)
    return bool(_HANDLERS.match(name))


def _cleaned(target: str) -> str:
    for _escaped in range(3):  # escapes of escapes
        if "%" in target:
            target = unquote(target)
    return _BLANKS.sub("", unicodedata.normalize("NFKC", target))


def _is_on_the_web(target: str) -> bool:
    scheme = _SCHEME.match(_cleaned(target))
    return scheme is not None and scheme[1].lower() in {"http", "https"}


def _leaves(target: str) -> bool:
    """Whether an address names another place than the package: a scheme, a drive or a server."""
    target = _cleaned(target)
    return bool(_SCHEME.match(target) or _UNC.match(target))


def _is_on_own_disk(target: str) -> bool:
    """Whether an address is one of the reader's own disk: `C:\\…`, `file:///C:/…`, `/Users/…`.

    Word for Mac writes four slashes where a server would stand; before, it wrote colons.
    """
    if _OLD_MAC_PATH.fullmatch(unquote(target)) and not _SCHEME_ELSEWHERE.match(target):
        return True
    target = _cleaned(target)
    is_file = target.lower().startswith("file:")
    if not is_file and not re.match(r"[a-z][:|]", target, re.IGNORECASE):
        return False
    path = target[len("file:") :] if is_file else target
    found = _LOCAL_FILE.match(path)
    return bool(found) and not _UP_TO_A_SERVER.search(path)


# Small things -----------------------------------------------------------------------------


def _has_macro_sheet(workbook: bytes) -> bool:
    """Whether an Excel workbook of 1997 has a sheet of macros ([MS-XLS] 2.4.28, BoundSheet8)."""
    at = 0
    for _record in range(100_000):
        if at + 10 > len(workbook):
            return False
        kind, length = struct.unpack_from("<2H", workbook, at)
        if kind == 0x2F:  # locked: what follows cannot be read
            return True
        if kind == 0x85 and length > 5 and workbook[at + 9] in {1, 6}:
            return True
        if kind == 0x0A:  # the end of what concerns all sheets
            return False
        at += 4 + length
    return True  # more records than any workbook has before its sheets


def _is_plain_text(what: str, kind: str, content: bytes) -> bool:
    """Whether an imported part is text to every program, also once marks and blanks are skipped."""
    text = markup.as_bytes_of_ascii(content, strict=False)
    return (
        what in _PLAIN_TEXT
        and kind == "text/plain"
        and not _FORMATTED_TEXT.match(text)
        and not markup.looks_like_xml(text.lstrip())
    )


def _is_relationships(key: str) -> bool:
    return key.endswith(".rels") and posixpath.basename(posixpath.dirname(key)) == "_rels"


def _extension(key: str) -> str:
    return posixpath.basename(key).rpartition(".")[2] if "." in posixpath.basename(key) else ""


def _last_word(kind: str) -> str:
    return kind.rstrip("/").rpartition("/")[2].lower()


def _described(kind: str) -> object:
    if kind == TEMPLATE_PART:
        return _("a Word template")
    return next(
        (name for word, name in OTHER_PACKAGES.items() if word in kind),
        _("an Office package of another kind"),
    )


# Refusals ---------------------------------------------------------------------------------


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


def _macros() -> ValidationError:
    return ValidationError(
        _(
            "This Word document contains macros, which are programs. "
            "Save it as .docx, which leaves them out, and send that."
        ),
        code="docx_macros",
    )


def _activex() -> ValidationError:
    return ValidationError(
        _(
            "This Word document contains ActiveX controls, which are programs. "
            "Remove them, or save it as PDF, and send that."
        ),
        code="docx_activex",
    )


def _program() -> ValidationError:
    return ValidationError(
        _(
            "This Word document has a program or a web page inside. "
            "Remove what was attached to it and send it again."
        ),
        code="docx_program",
    )


def _object() -> ValidationError:
    return ValidationError(
        _(
            "This Word document has an object inside that can start programs, such as an attached "
            "file. Remove it, or replace it by a picture of it, and send the document again."
        ),
        code="docx_object",
    )


def _nested() -> ValidationError:
    return ValidationError(
        _(
            "This Word document has files within files, deeper than we look. "
            "Remove what was attached to it and send it again."
        ),
        code="docx_nested",
    )


def _import() -> ValidationError:
    return ValidationError(
        _(
            "This Word document imports a web page or a file of another kind when it is opened. "
            "Open it, save it again as .docx, and send that."
        ),
        code="docx_import",
    )


def _external() -> ValidationError:
    return ValidationError(
        _(
            "This Word document loads something from elsewhere when it is opened: a template, "
            "a linked picture or data. Embed it or break the link, and send the document again."
        ),
        code="docx_external",
    )


def _unsafe_link() -> ValidationError:
    return ValidationError(
        _(
            "This Word document has a link that starts a program or leads to a file server. "
            "Remove the link and send the document again."
        ),
        code="docx_unsafe_link",
    )


def _dde() -> ValidationError:
    return ValidationError(
        _(
            "This Word document has a DDE field, which can start programs. "
            "Remove the field and send the document again."
        ),
        code="docx_dde",
    )
