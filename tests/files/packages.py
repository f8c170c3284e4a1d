"""Office packages in small pieces: parts, relationships, fields, objects, and what holds them."""

import io
import struct
import zipfile
import zlib

from tests.files.containers import Member, compound, zipped

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
OFFICE = "application/vnd.openxmlformats-officedocument"
HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
DTD = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>\n'
TRANSITIONAL = "http://schemas.openxmlformats.org"
STRICT = "http://purl.oclc.org/ooxml"


def content_types(main=WORD + ".document.main+xml", more="", doctype=""):
    return (
        f"{HEADER}{doctype}"
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/>{more}</Types>'
    )


def relationships(
    target="word/document.xml",
    kind=TRANSITIONAL + "/officeDocument/2006/relationships/officeDocument",
    more="",
    doctype="",
):
    return (
        f"{HEADER}{doctype}"
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{kind}" Target="{target}"/>{more}</Relationships>'
    )


def word_document(
    namespace=TRANSITIONAL + "/wordprocessingml/2006/main", root="document", doctype=""
):
    return (
        f'{HEADER}{doctype}<w:{root} xmlns:w="{namespace}"><w:body><w:p><w:r>'
        f"<w:t>Biography of the artist</w:t></w:r></w:p></w:body></w:{root}>"
    )


def docx(changes=None, more=(), method=zipfile.ZIP_DEFLATED):
    """A small Word document; `changes` replace parts by name (None removes one)."""
    parts = {
        "[Content_Types].xml": content_types(),
        "_rels/.rels": relationships(),
        "word/document.xml": word_document(),
    } | (changes or {})
    members = [(name, content) for name, content in parts.items() if content is not None]
    return archive([*members, *more], method)


def archive(members, method=zipfile.ZIP_DEFLATED):
    """A zip of (name, content) in that order, all from the first day zip can tell."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in members:
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            if name in package.NameToInfo:
                # zipfile warns of a name that occurs twice; here that is the point.
                info.filename = name.swapcase()
            package.writestr(info, content)
    return out.getvalue()


def flagged(content):
    """Set the "encrypted" bit of every member, in its own header and in the directory."""
    changed = bytearray(content)
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            changed[at + place] |= 1
            at = content.find(signature, at + 1)
    return bytes(changed)


DOCUMENT_RELS = "word/_rels/document.xml.rels"
RELATION = TRANSITIONAL + "/officeDocument/2006/relationships/"


def parts(changes=None):
    """The parts of the smallest document, by name, with these changes."""
    return {
        "[Content_Types].xml": content_types(),
        "_rels/.rels": relationships(),
        "word/document.xml": word_document(),
    } | (changes or {})


def made_of(*more, changes=None, every=None, **archive_options):
    """A document whose archive is made byte by byte; `every` is for each of its members."""
    members = [Member(name, content, **(every or {})) for name, content in parts(changes).items()]
    return zipped([*members, *more], **archive_options)


def override(part, kind):
    return f'<Override PartName="/{part}" ContentType="{kind}"/>'


def relation(kind, target, number=7, external=False):
    """One line of a .rels part; `kind` is the last word of its type."""
    mode = ' TargetMode="External"' if external else ""
    kind = kind if "/" in kind else RELATION + kind
    return f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"{mode}/>'


def rels(*lines):
    return (
        f'{HEADER}<Relationships xmlns="{TRANSITIONAL}/package/2006/relationships">'
        f"{''.join(lines)}</Relationships>"
    )


def word_part(body, root="document", namespace=TRANSITIONAL + "/wordprocessingml/2006/main"):
    """A part with this body and the prefixes that Word declares."""
    inner = f"<w:body>{body}</w:body>" if root == "document" else body
    return (
        f'{HEADER}<w:{root} xmlns:w="{namespace}" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
        'xmlns:wp15="http://schemas.microsoft.com/office/word/2012/wordprocessingDrawing" '
        'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        f'mc:Ignorable="wp15">{inner}</w:{root}>'
    )


def text(words):
    return f'<w:p><w:r><w:t xml:space="preserve">{words}</w:t></w:r></w:p>'


def mark(kind, more=""):
    return f'<w:r><w:fldChar w:fldCharType="{kind}"{more}/></w:r>'


def code(*pieces):
    return "".join(
        f'<w:r><w:instrText xml:space="preserve">{one}</w:instrText></w:r>' for one in pieces
    )


def complex_field(*instruction, result="shown"):
    """A field as Word writes it; an instruction that begins with "<" is a field itself."""
    pieces = "".join(one if one.startswith("<") else code(one) for one in instruction)
    shown = f"<w:r><w:t>{result}</w:t></w:r>"
    return mark("begin") + pieces + mark("separate") + shown + mark("end")


def with_body(body, document_rels=(), changes=None, more=()):
    """A document with this body, and these relationships of its main part."""
    changed = {"word/document.xml": word_part(body)} | (changes or {})
    if document_rels:
        changed[DOCUMENT_RELS] = rels(*document_rels)
    return docx(changed, more)


def with_part(name, kind, content, relation_kind, more=()):
    """A document with one more part of WordprocessingML or of Office."""
    return docx(
        {
            "[Content_Types].xml": content_types(more=override(name, kind)),
            DOCUMENT_RELS: rels(relation(relation_kind, "/" + name)),
        },
        [(name, content), *more],
    )


def story(name, root, body, relation_kind=None):
    """A document with a header, footnotes, comments…: a part with paragraphs of its own."""
    part = f"word/{name}.xml"
    return with_part(
        part, f"{WORD}.{root}+xml", word_part(body, *STORIES[name]), relation_kind or root
    )


# The part, and its first element.
STORIES = {
    "header1": ("hdr",),
    "footnotes": ("footnotes",),
    "comments": ("comments",),
    "glossary/document": ("glossaryDocument",),
}


def workbook(more=(), types=""):
    """The workbook behind a chart: small, and a package of its own."""
    kind = OFFICE + ".spreadsheetml.sheet.main+xml"
    main = content_types(kind, types).replace("/word/document.xml", "/xl/workbook.xml")
    return archive(
        [
            ("[Content_Types].xml", main),
            ("_rels/.rels", relationships("xl/workbook.xml")),
            (
                "xl/workbook.xml",
                f'{HEADER}<workbook xmlns="{TRANSITIONAL}/spreadsheetml/2006/main"/>',
            ),
            *more,
        ]
    )


def embedding(content, name="word/embeddings/Microsoft_Excel_Sheet1.xlsx", **changes):
    """A document with a package inside, as a chart has one."""
    return docx(
        {
            "[Content_Types].xml": content_types(
                more='<Default Extension="xlsx" ContentType="'
                f'{OFFICE}.spreadsheetml.sheet"/>'
                '<Default Extension="bin" ContentType="'
                f'{OFFICE}.oleObject"/>'
            ),
            DOCUMENT_RELS: rels(relation("package", "/" + name)),
            **changes,
        },
        [(name, content)],
    )


def gzipped(content):
    """A gzip stream that stores: deflated, the bytes would depend on the version of zlib."""
    stored = b"\x01" + struct.pack("<2H", len(content), len(content) ^ 0xFFFF) + content
    end = struct.pack("<2L", zlib.crc32(content), len(content))
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stored + end


def drawing(body):
    """A document with an SVG among its pictures."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{body}</svg>'
    return docx({"word/media/image1.svg": svg})


def with_object(content):
    return embedding(content, "word/embeddings/oleObject1.bin")


OLE = struct.pack("<2L", 0x02000001, 0) + bytes(12)  # an embedded object, no link
EQUATION = "0002ce02-0000-0000-c000-000000000046"
MATHTYPE = "0002ce03-0000-0000-c000-000000000046"
PAINT = "0003000a-0000-0000-c000-000000000046"
PACKAGER = "0003000c-0000-0000-c000-000000000046"
EXCEL_97 = "00020820-0000-0000-c000-000000000046"
ACROBAT = "b801ca65-a1fc-11d0-85ad-444553540000"
BROWSER = "eab22ac3-30c1-11cf-a7eb-0000c05bae0b"
BUTTON = "d7053240-ce69-11cd-a777-00dd01143c57"  # of Forms 2.0
OTKLOADR = "a08a033d-1a75-4ab6-a166-ead02f547959"

# x = y, a fraction, a matrix and a font, as Equation Editor 3 writes them (MTEF 3).
FORMULA = bytes.fromhex(
    "0a01 128378 00 02863d00 128379 00 00"  # a line: x = y
    "01 030e0000 01 02883100 00 01 02883200 00 00 00"  # 1 over 2
    "0501010102 02 0000 01 02883300 00 01 02883400 00 01 02883500 00 01 02883600 00 00"
    "08 8100 53796d626f6c00"  # a font: Symbol
    "00"
)


def formula(records):
    """An "Equation Native" stream: a header of 28 bytes, one of 5, and the records."""
    content = b"\x03\x01\x01\x03\x00" + records
    return struct.pack("<HLHL", 28, 0x00020000, 0xC000, len(content)) + bytes(16) + content


def equation(records=FORMULA):
    return compound({"\x01Ole": OLE, "Equation Native": formula(records)}, EQUATION)


def packed_file(name):
    """What the Packager of Windows makes of a file that is dropped into a document."""
    label = name.encode() + b"\0"
    inner = b"\2\0" + label + b"C:\\" + label + b"\0\0\3\0" + struct.pack("<L", len(label)) + label
    inner += struct.pack("<L", 5) + b"MZ\x90\0\1"
    return struct.pack("<L", len(inner)) + inner


def records(*pairs):
    """A stream of an old Excel workbook: records of (kind, content)."""
    return b"".join(struct.pack("<2H", kind, len(content)) + content for kind, content in pairs)


BOF, BOUND_SHEET, EOF = 0x809, 0x85, 0x0A


def old_workbook(sheet_kind):
    sheet = struct.pack("<L2B", 0, 0, sheet_kind) + b"\6\0Sheet1"
    return records((BOF, bytes(16)), (BOUND_SHEET, sheet), (EOF, b""))
