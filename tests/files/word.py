"""Word documents: honest packages of several programs, and those that are something else."""

import io
import zipfile

from tests.files.pictures import blank_png, half

# What every hostile file must be refused for, where its own kind is expected.
CODES = {
    "file_kind_refused": [
        "text.odt.docx",
        "book.epub.docx",
    ],
    "docx_macros": [
        "macros.docm.docx",
        "macros-beside.docx",
        "macros-renamed.docx",
    ],
    "docx_not_word": [
        "sheet.xlsx.docx",
        "slides.pptx.docx",
        "template.dotx.docx",
        "unheard-of.docx",
        "archive.zip.docx",
        "empty-archive.docx",
        "no-main-part.docx",
        "two-main-parts.docx",
        "main-part-abroad.docx",
    ],
    "docx_damaged": [
        "no-relationships.docx",
        "main-part-missing.docx",
        "wrong-root.docx",
        "no-xml.docx",
        "index-too-long.docx",
        "endless-comment.docx",
        "truncated.docx",
        "wrong-checksum.docx",
        "name-twice.docx",
        "bzip2.docx",
        "two-archives.docx",
    ],
    "docx_dtd": [
        "dtd-in-document.docx",
        "dtd-in-types.docx",
        "dtd-in-relationships.docx",
    ],
    "docx_too_large_unpacked": [
        "bomb.docx",
    ],
    "docx_encrypted": [
        "locked-members.docx",
    ],
}


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


def files():
    honest = docx()
    stored = docx(method=zipfile.ZIP_STORED)
    macro = "application/vnd.ms-word.document.macroEnabled.main+xml"
    vba = "application/vnd.ms-office.vbaProject"
    override = '<Override PartName="/word/{0}" ContentType="{1}"/>'
    return {
        "honest/biography.docx": honest,
        "honest/stored.docx": stored,
        # ISO/IEC 29500 Strict: other namespaces, the same document. Word offers it.
        "honest/strict.docx": docx(
            {
                "_rels/.rels": relationships(
                    kind=STRICT + "/officeDocument/relationships/officeDocument"
                ),
                "word/document.xml": word_document(STRICT + "/wordprocessingml/main"),
            }
        ),
        # Other producers: an absolute target, capital letters, a type given by extension.
        "honest/absolute-target.docx": docx({"_rels/.rels": relationships("/Word/Document.xml")}),
        "honest/type-by-extension.docx": docx(
            {
                "[Content_Types].xml": content_types()
                .replace('"application/xml"', f'"{WORD}.document.main+xml"')
                .replace("/word/document.xml", "/word/other.xml")
            }
        ),
        # A picture, custom properties and a link beside the text.
        "honest/with-properties.docx": docx(
            {
                "_rels/.rels": relationships(
                    more='<Relationship Id="rId2" Target="docProps/core.xml" Type="http://schemas.'
                    "openxmlformats.org/package/2006/relationships/metadata/core-properties"
                    '"/>'
                ),
                "docProps/core.xml": HEADER + "<p/>",
                "word/media/image1.png": blank_png(8, 8),
            }
        ),
        # Macros: by the type of the document, by the part, by the type of the part.
        "hostile/macros.docm.docx": docx({"[Content_Types].xml": content_types(macro)}),
        "hostile/macros-beside.docx": docx(more=[("word/vbaProject.bin", b"\xd0\xcf")]),
        "hostile/macros-renamed.docx": docx(
            {"[Content_Types].xml": content_types(more=override.format("theme.bin", vba))},
            [("word/theme.bin", b"\xd0\xcf")],
        ),
        # Honest files of another kind; each is called by its name.
        "hostile/sheet.xlsx.docx": docx(
            {"[Content_Types].xml": content_types(OFFICE + ".spreadsheetml.sheet.main+xml")}
        ),
        "hostile/slides.pptx.docx": docx(
            {"[Content_Types].xml": content_types(OFFICE + ".presentationml.presentation.main+xml")}
        ),
        "hostile/template.dotx.docx": docx(
            {"[Content_Types].xml": content_types(WORD + ".template.main+xml")}
        ),
        "hostile/unheard-of.docx": docx({"[Content_Types].xml": content_types("text/xml")}),
        "hostile/text.odt.docx": archive(
            [("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", "<x/>")],
            zipfile.ZIP_STORED,
        ),
        "hostile/book.epub.docx": archive(
            [("mimetype", "application/epub+zip")], zipfile.ZIP_STORED
        ),
        "hostile/archive.zip.docx": archive([("readme.txt", "hello")]),
        "hostile/empty-archive.docx": archive([]),
        # The package leads nowhere, to two places, abroad, or to something that is no document.
        "hostile/no-relationships.docx": docx({"_rels/.rels": None}),
        "hostile/no-main-part.docx": docx({"_rels/.rels": relationships(kind="urn:other")}),
        "hostile/two-main-parts.docx": docx(
            {
                "_rels/.rels": relationships(
                    more='<Relationship Id="rId2" Target="word/b.xml" Type="'
                    f'{STRICT}/officeDocument/relationships/officeDocument"/>'
                )
            }
        ),
        "hostile/main-part-abroad.docx": docx(
            {"_rels/.rels": relationships().replace('Id="rId1"', 'Id="rId1" TargetMode="External"')}
        ),
        "hostile/main-part-missing.docx": docx({"word/document.xml": None}),
        "hostile/wrong-root.docx": docx({"word/document.xml": word_document(root="styles")}),
        "hostile/no-xml.docx": docx({"word/document.xml": "no XML at all"}),
        "hostile/index-too-long.docx": docx(
            {"[Content_Types].xml": content_types(more="<!--" + " " * 1024 * 1024 + "-->")}
        ),
        # A DTD can expand for ever or read files; no Office program writes one.
        "hostile/dtd-in-document.docx": docx({"word/document.xml": word_document(doctype=DTD)}),
        "hostile/dtd-in-types.docx": docx({"[Content_Types].xml": content_types(doctype=DTD)}),
        "hostile/dtd-in-relationships.docx": docx({"_rels/.rels": relationships(doctype=DTD)}),
        # A comment of 40 MB before the first element, in 38 kB: expat, fed in pieces, reads it
        # again from its start with every piece.
        "hostile/endless-comment.docx": docx(
            {"word/document.xml": word_document(doctype="<!--" + " " * 40_000_000 + "-->")}
        ),
        # 51 MiB of zeros in 50 kB.
        "hostile/bomb.docx": docx(more=[("word/media/zeros.bmp", bytes(51 * 1024 * 1024))]),
        # The archive itself.
        "hostile/truncated.docx": half(honest),
        "hostile/wrong-checksum.docx": stored.replace(b"Biography", b"Biogrephy"),
        "hostile/locked-members.docx": flagged(honest),
        "hostile/name-twice.docx": docx(more=[("word/document.xml", word_document())]),
        "hostile/bzip2.docx": docx(method=zipfile.ZIP_BZIP2),
        # Begins like one archive and is another: which one is opened depends on the program.
        "hostile/two-archives.docx": archive([("a.txt", "hello")]) + honest,
    }
