"""What a file is, told from its first bytes.

The answer decides which parser may see the file, and it gives a refusal its words:
"This is an HTML page" helps somebody who saved a page instead of the picture on it.
It is never the last word. A picture still has to decode, a PDF still has to open.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# The "resource header": as much as a browser reads before it decides what something is
# (WHATWG MIME Sniffing, section 5.2), so we look as far as it does.
HEAD_BYTES = 1445

NAMES: dict[str, _StrPromise] = {
    "7z": _("a 7-Zip archive"),
    "audio": _("a sound file"),
    "avif": _("an AVIF picture"),
    "bmp": _("a BMP picture"),
    "bpg": _("a BPG picture"),
    "camera_raw": _("a camera's raw file"),
    "database": _("a database"),
    "dicom": _("a DICOM picture"),
    "djvu": _("a DjVu document"),
    "epub": _("an EPUB book"),
    "exr": _("an OpenEXR picture"),
    "fits": _("a FITS picture"),
    "flash": _("a Flash file"),
    "flif": _("a FLIF picture"),
    "font": _("a font"),
    "gif": _("a GIF picture"),
    "gzip": _("a compressed archive"),
    "hdr": _("a Radiance HDR picture"),
    "heic": _("an HEIC picture"),
    "html": _("an HTML page"),
    "icns": _("an icon file"),
    "ico": _("an icon file"),
    "iff": _("an Amiga picture"),
    "jls": _("a JPEG-LS picture"),
    "jp2": _("a JPEG 2000 picture"),
    "jpeg": _("a JPEG picture"),
    "json": _("a JSON file"),
    "jxl": _("a JPEG XL picture"),
    "jxr": _("a JPEG XR picture"),
    "krita": _("a Krita or OpenRaster picture"),
    "metafile": _("a Windows metafile"),
    "mhtml": _("a saved web page or an e-mail"),
    "mng": _("an MNG animation"),
    "netpbm": _("a Netpbm picture"),
    "ole": _("a legacy or password-protected Office file"),
    "opendocument": _("an OpenDocument file"),
    "paint": _("a picture in a drawing program's own format"),
    "pcx": _("a PCX picture"),
    "pdf": _("a PDF document"),
    "pdf_preceded": _("a PDF document with something in front of it"),
    "php": _("a PHP script"),
    "png": _("a PNG picture"),
    "postscript": _("a PostScript file"),
    "program": _("a program"),
    "psd": _("a Photoshop file"),
    "qoi": _("a QOI picture"),
    "rar": _("a RAR archive"),
    "rtf": _("an RTF document"),
    "script": _("a script"),
    "shortcut": _("a Windows shortcut"),
    "svg": _("an SVG drawing"),
    "svgz": _("a compressed SVG drawing"),
    "text": _("a plain text file"),
    "texture": _("a texture of a 3D program"),
    "tga": _("a Targa picture"),
    "tiff": _("a TIFF picture or a camera's raw file"),
    "unknown": _("a file of a kind we do not know"),
    "video": _("a video"),
    "webp": _("a WebP picture"),
    "xcf": _("a GIMP picture"),
    "xml": _("an XML file"),
    "xpm": _("an X11 picture"),
    "zip": _("a zip archive or an Office document"),
}

# (offset, bytes, kind); the first that matches wins, so the exact stand before the general.
SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff\xf7", "jls"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"%PDF-", "pdf"),
    (30, b"mimetypeapplication/vnd.oasis.opendocument", "opendocument"),
    (30, b"mimetypeapplication/epub+zip", "epub"),
    (30, b"mimetypeimage/openraster", "krita"),
    (30, b"mimetypeapplication/x-krita", "krita"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),  # an archive with nothing in it
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (0, b"II*\x00\x10\x00\x00\x00CR", "camera_raw"),  # Canon; most others begin like any TIFF
    (0, b"IIRO", "camera_raw"),  # Olympus
    (0, b"IIRS", "camera_raw"),
    (0, b"MMOR", "camera_raw"),
    (0, b"IIU\x00", "camera_raw"),  # Panasonic
    (0, b"FUJIFILMCCD-RAW", "camera_raw"),
    (0, b"FOVb", "camera_raw"),  # Sigma
    (0, b"\x00MRM", "camera_raw"),  # Minolta
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"II+\x00", "tiff"),  # BigTIFF
    (0, b"MM\x00+", "tiff"),
    (0, b"II\xbc\x01", "jxr"),
    (0, b"\x00\x00\x01\x00", "ico"),
    (0, b"\x00\x00\x02\x00", "ico"),
    (0, b"icns", "icns"),
    (0, b"8BPS", "psd"),
    (0, b"gimp xcf", "xcf"),
    (0, b"Paint Shop Pro Image File", "paint"),
    (0, b"CSFCHUNK", "paint"),  # Clip Studio
    (0, b"qoif", "qoi"),
    (128, b"DICM", "dicom"),
    (0, b"v/1\x01", "exr"),
    (0, b"#?RADIANCE", "hdr"),
    (0, b"#?RGBE", "hdr"),
    (0, b"FLIF", "flif"),
    (0, b"BPG\xfb", "bpg"),
    (0, b"SIMPLE  =", "fits"),
    (0, b"\x8aMNG\r\n\x1a\n", "mng"),
    (0, b"\x8bJNG\r\n\x1a\n", "mng"),
    (0, b"DDS |", "texture"),
    (0, b"\xabKTX ", "texture"),
    (0, b"/* XPM */", "xpm"),
    (0, b"\xd7\xcd\xc6\x9a", "metafile"),
    (40, b" EMF", "metafile"),
    (0, b"AT&TFORM", "djvu"),
    (8, b"ILBM", "iff"),
    (0, b"\xff\x0a", "jxl"),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"),
    (0, b"\xff\x4f\xff\x51", "jp2"),
    (0, b"%!PS", "postscript"),
    (0, b"\xc5\xd0\xd3\xc6", "postscript"),  # with a preview for Windows in front
    (0, b"{\\rtf", "rtf"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "gzip"),
    (0, b"\xfd7zXZ\x00", "gzip"),
    (0, b"\x28\xb5\x2f\xfd", "gzip"),
    (0, b"\x04\x22\x4d\x18", "gzip"),
    (0, b"\x1f\x9d", "gzip"),
    (0, b"MSCF", "gzip"),
    (0, b"!<arch>\n", "gzip"),
    (257, b"ustar", "gzip"),
    (0, b"\x7fELF", "program"),
    (0, b"\xca\xfe\xba\xbe", "program"),  # Java, and macOS for several processors
    (0, b"\xcf\xfa\xed\xfe", "program"),
    (0, b"\xce\xfa\xed\xfe", "program"),
    (0, b"dex\n", "program"),
    (0, b"\x00asm", "program"),
    (0, b"MZ", "program"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "shortcut"),
    (0, b"SQLite format 3\x00", "database"),
    (0, b"OggS", "audio"),
    (0, b"fLaC", "audio"),
    (0, b"ID3", "audio"),
    (0, b"\xff\xfb", "audio"),  # MP3 and AAC without a title in front
    (0, b"\xff\xf3", "audio"),
    (0, b"\xff\xf1", "audio"),
    (0, b"MThd", "audio"),
    (8, b"AIFF", "audio"),
    (0, b"#!AMR", "audio"),
    (0, b"\x1aE\xdf\xa3", "video"),  # WebM, Matroska
    (0, b"FLV\x01", "video"),
    (0, b"\x00\x00\x01\xba", "video"),
    (0, b"\x00\x00\x01\xb3", "video"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "video"),
    (0, b"FWS", "flash"),
    (0, b"CWS", "flash"),
    (0, b"wOFF", "font"),
    (0, b"wOF2", "font"),
    (0, b"OTTO", "font"),
    (0, b"ttcf", "font"),
    (0, b"\x00\x01\x00\x00\x00", "font"),
    (0, b"#!", "script"),
)
RIFF_TYPES = {b"WEBP": "webp", b"WAVE": "audio", b"AVI ": "video", b"ACON": "ico"}
# ISO base media files differ by brand (ISO/IEC 14496-12, section 4.3).
BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "avif"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "heic"),
    **dict.fromkeys((b"mif1", b"msf1"), "heic"),
    **dict.fromkeys((b"M4A ", b"M4B "), "audio"),
    **dict.fromkeys((b"jp2 ", b"jpx ", b"jph "), "jp2"),
    b"jxl ": "jxl",
    b"crx ": "camera_raw",
}

# Atomic (?>…) and possessive *+: a lead-in is read one way only, so a head full of comments
# cannot make the expression try every way of splitting them.
_LEAD_IN = rb"(?>\s|<!--.*?-->|<\?xml.*?\?>|<!doctype\s+svg[^>\[]*(?:\[.*?\]\s*)?>)*+"
_SVG = re.compile(_LEAD_IN + rb"<(?:\w+:)?svg[\s>/]", re.IGNORECASE | re.DOTALL)
# The tags after which a browser takes a text for HTML (WHATWG MIME Sniffing, section 7.1).
_HTML = re.compile(
    _LEAD_IN + rb"<(?:!doctype\s+html|html|head|body|title|meta|link|base|style|script|iframe|form"
    rb"|object|embed|h1|div|font|table|a|b|br|p|img)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_MAIL = re.compile(rb"(?:MIME-Version|Received|Return-Path|Message-ID|From): ", re.IGNORECASE)
_JSON = re.compile(rb"\s*+(?:\{\s*+[\"}]|\[\s*+[\[{\"\]\d-])")
# Netpbm: P1 to P6, width and height, perhaps with comments between; PAM and PFM.
_NETPBM = re.compile(rb"P[1-6]\s++(?:#|\d+\s)|P7\n|P[Ff]\n")
# PCX: maker, version, run lengths, bits a pixel.
_PCX = re.compile(rb"\n[\x00\x02-\x05]\x01[\x01\x02\x04\x08]")
# Targa has no signature: a type with or without a colour map, its size, and bits of a pixel.
_TARGA = re.compile(
    rb".(?:\x00[\x02\x03\x0a\x0b]\x00{5}|\x01[\x01\x09].{4}[\x0f\x10\x18\x20])"
    rb".{4}(?!\x00\x00).{2}(?!\x00\x00).{2}[\x08\x0f\x10\x18\x20][\x00-\x3f]",
    re.DOTALL,
)
# Python: 3,000 and more in two bytes, then a line end, which no copying as text survives.
_PYTHON_BYTECODE = re.compile(rb".[\x0b-\x0f]\r\n", re.DOTALL)
PATTERNS = (
    (_NETPBM, "netpbm"),
    (_PCX, "pcx"),
    (_PYTHON_BYTECODE, "program"),
)

# Bytes that no text holds (WHATWG MIME Sniffing, "binary data byte").
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def sniff(head: bytes) -> str:
    """Return the kind of the file that begins with `head`: a key of `NAMES`.

    Pass the first `HEAD_BYTES` bytes. Never raises; what it cannot tell is "unknown".
    Source: OWASP ASVS 5.0, 5.2.2 (initial magic bytes).
    """
    if _TARGA.match(head):  # first, since one of its beginnings is that of a Windows cursor
        return "tga"
    for offset, magic, kind in SIGNATURES:
        if head.startswith(magic, offset):
            return _unpacked(head) if magic == b"\x1f\x8b" else kind
    if head.startswith(b"RIFF"):
        return RIFF_TYPES.get(head[8:12], "unknown")
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head.startswith(b"BM") and head[6:10] == bytes(4):  # two letters alone begin many texts
        return "bmp"
    for pattern, kind in PATTERNS:
        if pattern.match(head):
            return kind
    return _text(head)


def _unpacked(head: bytes) -> str:
    """Tell a compressed drawing from other gzip files; at most `HEAD_BYTES` come out."""
    try:
        content = zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
    except zlib.error:
        return "gzip"
    return "svgz" if _text(content) == "svg" else "gzip"


def _brand(head: bytes) -> str:
    """Tell ISO base media files apart by major brand, then by the compatible ones."""
    box = min(int.from_bytes(head[:4]), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, box, 4))]
    return next((BRANDS[brand] for brand in brands if brand in BRANDS), "video")


def _text(head: bytes) -> str:
    """Tell apart what people can read: markup, scripts, plain text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").encode()
    head = head.removeprefix(b"\xef\xbb\xbf")
    if _SVG.match(head):
        return "svg"
    if _HTML.match(head):
        return "html"
    start = head.lstrip()[:5].lower()
    if start.startswith((b"<?php", b"<?=")):
        return "php"
    if b"%PDF-" in head[:1024]:  # where lenient readers still find it (ISO 32000-1, annex H.3.4.1)
        return "pdf_preceded"
    if start == b"<?xml":
        return "xml"
    if start.startswith(b"<%"):
        return "script"
    if _MAIL.match(head):
        return "mhtml"
    if _JSON.match(head):
        return "json"
    return "unknown" if not head or _BINARY.search(head) else "text"
