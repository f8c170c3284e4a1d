"""PDF: honest documents as programs really write them, and those that act, hide or break."""

import functools
import hashlib
import io
import struct
import zlib

import pikepdf

from tests.files.pictures import half

# What every hostile file must be refused for, where its own kind is expected.
CODES = {
    "file_kind_refused": [
        "page-before.pdf",
    ],
    "pdf_encrypted": [
        "password.pdf",
        "certificate.pdf",
    ],
    "pdf_damaged": [
        "truncated.pdf",
        "cut-before-the-trailer.pdf",
        "cut-linearised.pdf",
        "cut-in-an-update.pdf",
        "cut-in-a-page.pdf",
        "signature-only.pdf",
        "missing-page.pdf",
        "pages-in-a-circle.pdf",
        "wrong-root.pdf",
        "numbers-for-pages.pdf",
        # A script that one program finds and the next does not.
        "two-opening-actions.pdf",
        "objects-in-disorder.pdf",
        "objects-under-other-numbers.pdf",
        "script-too-deep.pdf",
        "script-beside-a-huge-number.pdf",
        "script-by-a-name-with-nul.pdf",
        "catalog-behind-the-index.pdf",
        "catalog-with-short-rows.pdf",
        "catalog-with-row-too-early.pdf",
        "catalog-in-a-spare-object.pdf",
    ],
    "pdf_empty": [
        "no-pages.pdf",
    ],
    "pdf_preceded": [
        "junk-before.pdf",
    ],
    "pdf_too_large_unpacked": [
        "unfolding-objects.pdf",
    ],
    "pdf_javascript": [
        "javascript.pdf",
        "javascript-in-hex.pdf",
        "javascript-in-stream.pdf",
        "javascript-by-name.pdf",
        "javascript-by-name-deeper.pdf",
        "javascript-on-close.pdf",
        "javascript-after-goto.pdf",
        "javascript-on-page.pdf",
        "javascript-on-template.pdf",
        "javascript-on-link.pdf",
        "javascript-on-link-after-web.pdf",
        "javascript-on-hover.pdf",
        "javascript-in-field.pdf",
        "javascript-in-lost-field.pdf",
        "javascript-in-outline.pdf",
        "javascript-in-structure.pdf",
        "javascript-in-destination.pdf",
        "javascript-in-thread.pdf",
        "javascript-in-rendition.pdf",
        "javascript-in-3d.pdf",
        "javascript-as-stream.pdf",
        "javascript-type-elsewhere.pdf",
        "javascript-with-a-parent.pdf",
        "javascript-in-hybrid.pdf",
        "javascript-under-high-number.pdf",
        "javascript-behind-wrong-index.pdf",
        "javascript-with-wrong-checksum.pdf",
        "catalog-of-a-hidden-update.pdf",
        "catalog-of-another-beginning.pdf",
        "javascript-address.pdf",
        "javascript-address-with-blanks.pdf",
        "javascript-address-in-utf-16.pdf",
        "vbscript-address.pdf",
        "data-address.pdf",
    ],
    "pdf_launch": [
        "launch.pdf",
        "launch-on-link.pdf",
        "launch-in-outline.pdf",
        "launch-for-windows.pdf",
        "launch-in-hex-on-link.pdf",
    ],
    "pdf_import_data": [
        "import-data.pdf",
    ],
    "pdf_rich_media": [
        "rich-media.pdf",
        "rich-media-by-type.pdf",
        "rich-media-execute.pdf",
        "rich-media-execute-with-a-parent.pdf",
    ],
    "pdf_automatic_action": [
        "calls-home.pdf",
        "calls-home-on-page.pdf",
        "calls-home-on-press-of-a-link.pdf",
        "plays-on-press-of-a-button.pdf",
        "sends-form-on-hover.pdf",
        "sends-form-on-focus.pdf",
        "opens-neighbour.pdf",
        "hides-on-print.pdf",
        "endless-actions.pdf",
    ],
    "pdf_external_content": [
        "external-stream.pdf",
        "external-stream-by-address.pdf",
        "external-stream-with-empty-file.pdf",
        "external-stream-by-name.pdf",
        "page-from-elsewhere.pdf",
        "film.pdf",
        "film-in-rendition.pdf",
        "picture-for-print-on-host.pdf",
    ],
    "pdf_file_target": [
        "link-to-program.pdf",
        "link-to-program-above.pdf",
        "link-to-settings.pdf",
        "link-to-host.pdf",
        "link-to-host-badly-escaped.pdf",
        "link-to-host-with-slashes.pdf",
        "link-to-host-in-hex.pdf",
        "link-to-file.pdf",
        "link-to-file-in-percents.pdf",
        "link-to-samba.pdf",
        "link-to-drive.pdf",
        "link-to-search.pdf",
        "link-to-file-in-a-language.pdf",
        "link-that-attaches.pdf",
        "links-from-a-file.pdf",
        "goes-to-host.pdf",
        "goes-to-host-for-unix.pdf",
        "goes-to-root.pdf",
        "goes-to-parent.pdf",
        "goes-to-program.pdf",
        "goes-to-embedded-on-host.pdf",
        "goes-to-thread-on-host.pdf",
        "sends-form-to-host.pdf",
        "sends-form-to-file.pdf",
    ],
    "pdf_embedded_file": [
        "embedded-under-another-key.pdf",
        "embedded-opendocument.pdf",
        "embedded-program.pdf",
        "embedded-deeper.pdf",
        "attached-to-page.pdf",
        "attached-to-document.pdf",
        "attached-from-elsewhere.pdf",
        "portfolio.pdf",
        "invoice-and-program.pdf",
        "invoice-with-dtd.pdf",
        "invoice-with-style-sheet.pdf",
        "invoice-as-page.pdf",
        "invoice-with-page-inside.pdf",
        "invoice-for-word.pdf",
        "invoice-of-another-kind.pdf",
        "invoice-in-a-folder.pdf",
        "invoice-not-xml.pdf",
        "invoice-with-wrong-name.pdf",
        "invoice-too-large.pdf",
    ],
    "pdf_xfa": [
        "xfa.pdf",
        "xfa-in-parts.pdf",
    ],
}


def pdf(
    pages=2,
    catalog=b"",
    more=(),
    *,
    page=b"",
    resources=b"",
    version=b"1.7",
    kids=None,
    trailer=b"",
    lock=None,
):
    """A PDF by hand. Object 1 is the catalog, 2 the page tree; `more` follow the pages.

    `page` and `resources` are put on every page. With two pages the first of `more` is object 7.
    """
    pages_from = 3
    kids = kids or b" ".join(b"%d 0 R" % (pages_from + 2 * n) for n in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids),
    ]
    for n in range(pages):
        text = b"BT /F1 24 Tf 72 720 Td (Page %d of a loan agreement) Tj ET" % (n + 1)
        if lock:
            text = lock(4 + 2 * n, text)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources "
            b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> %s >> %s >>"
            % (4 + 2 * n, resources, page),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        ]
    objects += more
    out, places = b"%PDF-" + version + b"\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    index = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return out + b"startxref\n%d\n%%%%EOF\n" % index


def repacked(content, **options):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(out, deterministic_id=True, **options)
    return out.getvalue()


def rc4(key, data):
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def locked_pdf(user):
    """Locked with the 40-bit scheme of PDF 1.3 (ISO 32000-1, 7.6.3), which needs no chance.

    With an empty user password a file opens for everybody; the owner's only forbids printing.
    """
    filler = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
    identity = bytes(16)
    permissions = struct.pack("<i", -64)
    user_padded = (user + filler)[:32]
    owner = rc4(hashlib.md5((b"owner" + filler)[:32]).digest()[:5], user_padded)
    key = hashlib.md5(user_padded + owner + permissions + identity).digest()[:5]

    def lock(number, data):
        return rc4(hashlib.md5(key + struct.pack("<I", number)[:3] + b"\0\0").digest()[:10], data)

    encrypt = b"<< /Filter /Standard /V 1 /R 2 /P -64 /O <%s> /U <%s> >>" % (
        owner.hex().encode(),
        rc4(key, filler).hex().encode(),
    )
    files = b"<%s>" % identity.hex().encode()
    return pdf(lock=lock, trailer=b"/Encrypt %s /ID [%s %s]" % (encrypt, files, files))


def link(action, more=()):
    """Two pages with a link on each that does this when it is clicked."""
    annotation = b"<< /Type /Annot /Subtype /Link /F 4 /Rect [72 700 300 720] /A %s >>" % action
    return pdf(page=b"/Annots [7 0 R]", more=(annotation, *more))


def to(address):
    return link(b"<< /S /URI /URI %s >>" % address)


def form(*fields, more=b"", page=b"/Annots [7 0 R]"):
    """Two pages and a form; the fields are objects 7, 8, …; each has its widget in itself."""
    named = b" ".join(b"%d 0 R" % (7 + n) for n in range(len(fields)))
    return pdf(
        catalog=b"/AcroForm << /DA (/Helv 0 Tf 0 g) /Fields [%s] %s >>" % (named, more),
        page=page,
        more=tuple(
            b"<< /Type /Annot /Subtype /Widget /F 4 /Rect [72 %d 300 %d] /T (field%d) %s >>"
            % (600 - 30 * n, 620 - 30 * n, n, field)
            for n, field in enumerate(fields)
        ),
    )


def stream(content, facts=b""):
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (facts, len(content), content)


INVOICE = b"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100">
<rsm:ExchangedDocument>380</rsm:ExchangedDocument></rsm:CrossIndustryInvoice>
"""


def invoice(content=INVOICE, name=b"factur-x.xml", more=()):
    """A PDF/A-3 with an invoice to be read by programs, as Factur-X and ZUGFeRD want it."""
    return pdf(
        catalog=b"/AF [7 0 R] /Names << /EmbeddedFiles << /Names [(%s) 7 0 R] >> >>" % name,
        more=(
            b"<< /Type /Filespec /F (%s) /UF (%s) /AFRelationship /Alternative "
            b"/EF << /F 8 0 R /UF 8 0 R >> >>" % (name, name),
            stream(
                zlib.compress(content, 9),
                b"/Type /EmbeddedFile /Subtype /text#2Fxml /Filter /FlateDecode",
            ),
            *more,
        ),
    )


def numbered(objects, *, facts=b""):
    """A PDF of objects with numbers of their own choice: {number: content}."""
    out, places = b"%PDF-1.7\n", {}
    for number, content in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    index = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    out += b"".join(b"%d 1\n%010d 00000 n \n" % item for item in places.items())
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (max(objects) + 1, facts)
    return out + b"startxref\n%d\n%%%%EOF\n" % index


def updated(content, objects, *, size, facts=b"", root=1):
    """Add an update to a document: objects anew, and an index that continues the old one."""
    before = int(content.rpartition(b"startxref\n")[2].split()[0])
    places = {}
    for number, changed in objects.items():
        places[number] = len(content)
        content += b"%d 0 obj\n%s\nendobj\n" % (number, changed)
    index = len(content)
    content += b"xref\n" if objects else b"xref\n0 0\n"
    content += b"".join(b"%d 1\n%010d 00000 n \n" % item for item in places.items())
    content += b"trailer\n<< /Size %d /Root %d 0 R /Prev %d %s >>\n" % (size, root, before, facts)
    return content + b"startxref\n%d\n%%%%EOF\n" % index


def hybrid(catalog, hidden, *, as_word_does=False):
    """Object 4 stands in a second index, a stream, where only newer programs find it.

    In the table it is free; Word instead leaves it out, in an update without objects.
    """
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
        4: hidden,
    }
    out, places = b"%PDF-1.5\n", {}
    for number, content in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    index_stream = len(out)
    row = b"\1" + places[4].to_bytes(4, "big") + b"\0"
    facts = b"/Type /XRef /Size 6 /W [1 4 1] /Index [4 1] /Root 1 0 R"
    out += b"5 0 obj\n%s\nendobj\n" % stream(row, facts)
    index = len(out)
    rows = [b"0000000000 65535 f ", *(b"%010d 00000 n " % places[n] for n in (1, 2, 3))]
    if as_word_does:
        out += b"xref\n0 4\n%s\ntrailer\n<< /Size 4 /Root 1 0 R >>\n" % b"\n".join(rows)
        out += b"startxref\n%d\n%%%%EOF\n" % index
        old, index = index, len(out)
        out += b"xref\n0 0\ntrailer\n<< /Size 6 /Root 1 0 R /Prev %d /XRefStm %d >>\n" % (
            old,
            index_stream,
        )
    else:
        rows += [b"0000000000 00000 f ", b"%010d 00000 n " % index_stream]
        out += b"xref\n0 6\n%s\ntrailer\n" % b"\n".join(rows)
        out += b"<< /Size 6 /Root 1 0 R /XRefStm %d >>\n" % index_stream
    return out + b"startxref\n%d\n%%%%EOF\n" % index


def with_index_stream(objects, packed_in):
    """A PDF with an index stream. `packed_in`: {number: (its object stream, its place there)}."""
    out, rows = b"%PDF-1.5\n", {0: (0, 0, 0)}
    for number, content in objects.items():
        rows[number] = (1, len(out), 0)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    rows |= {number: (2, *place) for number, place in packed_in.items()}
    last = max(rows) + 1
    rows[last] = (1, len(out), 0)
    assert sorted(rows) == list(range(last + 1))
    index = b"".join(
        bytes([kind]) + at.to_bytes(4, "big") + place.to_bytes(2, "big")
        for _number, (kind, at, place) in sorted(rows.items())
    )
    facts = b"/Type /XRef /Size %d /W [1 4 2] /Root 1 0 R /Filter /FlateDecode" % len(rows)
    at = len(out)
    out += b"%d 0 obj\n%s\nendobj\n" % (last, stream(zlib.compress(index, 9), facts))
    return out + b"startxref\n%d\n%%%%EOF\n" % at


def packed(objects, head=None, pack=zlib.compress, extra=None):
    """A PDF whose objects 1, 2, … lie in a stream. `head` replaces the list of what lies where.

    `extra` is one more object in the stream, number 9, which the index does not know.
    """
    places, text = [], b""
    for content in (*objects, extra) if extra else objects:
        places.append(len(text))
        text += content + b"\n"
    if extra:
        head = b" ".join(b"%d %d" % item for item in enumerate(places[:-1], 1))
        head += b" 9 %d" % places[-1]
    head = head or b" ".join(b"%d %d" % item for item in enumerate(places, 1))
    facts = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(places), len(head) + 1)
    number = len(objects) + 1
    return with_index_stream(
        {number: stream(pack(head + b" " + text), facts)},
        {at + 1: (number, at) for at in range(len(objects))},
    )


@functools.cache
def unfolding_objects():
    """Six object streams of 50 MB, each compressed twice to some hundred bytes."""
    streams, packed_in = {}, {}
    for number in range(4, 10):
        packer = zlib.compressobj(9)
        data = packer.compress(b"%d 0 null " % (number + 6))
        data += b"".join(packer.compress(b" " * 1024 * 1024) for _ in range(50)) + packer.flush()
        facts = b"/Type /ObjStm /N 1 /First 5 /Filter [/FlateDecode /FlateDecode]"
        streams[number] = stream(zlib.compress(data, 9), facts)
        packed_in[number + 6] = (number, 0)
    return with_index_stream(dict(enumerate(ONE_PAGE, 1)) | streams, packed_in)


ONE_PAGE = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
)
SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
SCRIPTED = (ONE_PAGE[0].replace(b">>", b"/OpenAction 4 0 R >>"), *ONE_PAGE[1:], SCRIPT)


def honest_files():
    """What people really send: each of these must pass."""
    plain = pdf()
    tagged = (
        # Styles become structure elements under their own names; a book on this site has these.
        b"<< /K [8 0 R 9 0 R] /RoleMap << /JavaScript /Code >> /ClassMap << /AA << >> >> >>",
        b"<< /Type /StructElem /S /JavaScript /P 7 0 R /Pg 3 0 R /K 0 /A << /O /Layout >> >>",
        b"<< /Type /StructElem /S /Launch /P 7 0 R /Pg 3 0 R /K << /Type /MCR /MCID 1 >> >>",
    )
    metadata = stream(
        b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b"</x:xmpmeta><?xpacket end='w'?>",
        b"/Type /Metadata /Subtype /XML",
    )
    signature = (
        b"/FT /Sig /V << /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached "
        b"/ByteRange [0 10 20 10] /Contents <%s> /M (D:20260101120000Z) %s >>"
    )
    certified = (
        b"/Reference [<< /Type /SigRef /TransformMethod /DocMDP "
        b"/TransformParams << /Type /TransformParams /P 2 /V /1.2 >> >>]"
    )
    signed = form(signature % (b"00" * 64, b""), more=b"/SigFlags 3")
    button = b"/FT /Btn /Ff 65536 "
    first = pdf(catalog=b"/OpenAction 7 0 R", more=(SCRIPT,))
    cleaned = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    names = b" ".join(b"(chapter.%d) [3 0 R /Fit]" % n for n in range(3))
    return {
        "two-pages.pdf": plain,
        "version-2.0.pdf": pdf(version=b"2.0"),
        "linearised.pdf": repacked(plain, linearize=True),
        "object-streams.pdf": repacked(plain, object_stream_mode=pikepdf.ObjectStreamMode.generate),
        "2000-pages.pdf": packed(
            (
                ONE_PAGE[0],
                b"<< /Type /Pages /Count 2000 /Kids [%s] >>"
                % b" ".join(b"%d 0 R" % number for number in range(3, 2003)),
                *[ONE_PAGE[2]] * 2000,
            )
        ),
        # Opens for everybody; only changing it needs a password.
        "owner-password.pdf": locked_pdf(b""),
        # Written badly, and nothing is lost: the index is at the wrong place, or 20 bytes off; no
        # "endobj"; a wrong length; old line ends; no end; a web page behind the end.
        "wrong-startxref.pdf": plain.replace(b"startxref\n", b"startxref\n9"),
        "wrong-index.pdf": plain.replace(b"5 0 obj", b" " * 20 + b"5 0 obj"),
        "no-endobj.pdf": plain.replace(b"endobj", b"      "),
        "wrong-length.pdf": plain.replace(b"/Length 51", b"/Length 15"),
        "carriage-returns.pdf": plain.replace(b"\n", b"\r").replace(b"stream\r", b"stream\r\n"),
        "no-end-mark.pdf": plain.replace(b"%%EOF\n", b""),
        "page-behind-the-end.pdf": plain + b"<p>Served by example.org</p>\n" * 100,
        "blanks-in-the-header.pdf": plain.replace(b"%PDF-1.7\n", b"%PDF-1.7 \r"),
        "odd-version.pdf": plain.replace(b"%PDF-1.7", b"%PDF-1. "),
        "key-twice.pdf": pdf(page=b"/Rotate 0 /Rotate 0"),
        "high-numbers.pdf": numbered(
            {1: ONE_PAGE[0].replace(b"2 0", b"70002 0"), 70002: ONE_PAGE[1], 3: ONE_PAGE[2]}
        ),
        # What a document may do on opening.
        "opens-at-page-2.pdf": pdf(catalog=b"/OpenAction [5 0 R /XYZ null null 0]"),
        "opens-at-a-name.pdf": pdf(catalog=b"/OpenAction (chapter.1) /PageMode /UseOutlines"),
        "goes-to-page-2.pdf": pdf(catalog=b"/OpenAction << /S /GoTo /D [5 0 R /Fit] >>"),
        "goes-to-page-2-on-page.pdf": pdf(page=b"/AA << /C << /S /GoTo /D [5 0 R /Fit] >> >>"),
        # Editors leave empty name trees behind, and some the wrong kind of object.
        "empty-names.pdf": pdf(
            catalog=b"/Names << /JavaScript << /Names [] >> /EmbeddedFiles << >> >> /AA << >> "
            b"/AcroForm << /Fields [] /XFA [] >>"
        ),
        "odd-names.pdf": pdf(catalog=b"/Names [] /AA 1 /OpenAction null"),
        # Forms and signatures.
        "form.pdf": form(
            b"/FT /Tx /V (Alice) /DV () /MaxLen 40",
            b"/FT /Btn /V /Yes /AS /Yes /MK << /CA (4) >>",
            b"/FT /Btn /Ff 49152 /V /1",
            b"/FT /Ch /Ff 131072 /Opt [(Etching) (Woodcut)] /V (Etching)",
            b'/FT /Tx /Ff 4096 /RV (<body xmlns="http://www.w3.org/1999/xhtml"/>)',
        ),
        "form-with-buttons.pdf": form(
            b"/FT /Btn /Ff 65536 /A << /S /SubmitForm /Flags 4 "
            b"/F << /FS /URL /F (https://example.org/form) >> >>",
            b"/FT /Btn /Ff 65536 /A << /S /SubmitForm /F (mailto:office@example.org) >>",
            b"/FT /Btn /Ff 65536 /A << /S /ResetForm /Next << /S /Hide /T (field2) >> >>",
            b"/FT /Btn /Ff 65536 /A << /S /Named /N /Print >>",
        ),
        "signed.pdf": signed,
        "certified.pdf": updated(
            form(signature % (b"00" * 64, certified), more=b"/SigFlags 3"),
            {
                1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [7 0 R] /SigFlags 3 >> "
                b"/Perms << /DocMDP 8 0 R >> /DSS << /Certs [] /VRI << >> >> "
                b"/Legal << /JavaScriptActions 0 /LaunchActions 0 /URIActions 0 >> >>",
                8: b"<< /Type /Sig /Filter /Adobe.PPKLite /ByteRange [0 1 2 3] /Contents <00> %s >>"
                % certified,
            },
            size=9,
        ),
        "signed-then-filled.pdf": updated(
            signed,
            {3: signed.split(b"3 0 obj\n")[1].split(b"\nendobj")[0] + b" % seen"},
            size=8,
        ),
        # As LibreOffice and LaTeX write buttons: on the mouse's button, and with an empty script.
        "form-by-libreoffice.pdf": form(
            button + b"/AA << /D << /S /SubmitForm /F (https://example.org/form) >> >>",
            button + b"/AA << /U << /S /ResetForm >> >>",
        ),
        "form-by-latex.pdf": form(button + b"/A << /S /JavaScript /JS () >>"),
        # Links.
        **{
            f"link-{name}.pdf": to(address)
            for name, address in (
                ("to-the-web", b"(http://example.org/a?b=%2e%2e/#c)"),
                ("to-the-web-in-hex", b"<%s>" % b"https://example.org".hex().encode()),
                ("to-mail", b"(mailto:alice@example.org?subject=file:)"),
                ("to-ftp", b"(ftp://ftp.example.org/pub)"),
                ("to-telephone", b"(tel:+431234567)"),
                ("without-scheme", b"(www.example.org/prints.html)"),
                ("to-somewhere-odd", b"(urn:isbn:9780000000000)"),
                ("to-a-folder-above", b"(../index.html)"),
                ("to-a-typing-error", b"(htp:/example.org)"),
                # What printing leaves of a web page's buttons.
                ("to-nothing", b"(javascript:void\\(0\\);)"),
            )
        },
        "links-within.pdf": link(
            b"<< /S /GoTo /D (chapter.1) /Next [<< /S /Named /N /NextPage >> "
            b"<< /S /SetOCGState /State [/Toggle] >> << /S /Thread /D 0 >> << /S /Trans >>] >>"
        ),
        "links-in-a-series.pdf": link(
            b"<< /S /GoToR /F (volume-2.pdf) /D [0 /Fit] >>",
            (
                b"<< /S /GoToR /D (a) /F << /Type /Filespec /F (parts/b.pdf) /UF (b.pdf) >> >>",
                b"<< /S /GoToR /D (a) /F << /FS /URL /F (https://example.org/c.pdf) >> >>",
            ),
        ),
        "base-of-links.pdf": pdf(catalog=b"/URI << /Base (https://example.org/) >>"),
        # The rest of what documents have.
        "archive.pdf": pdf(
            catalog=b"/Metadata 7 0 R /Lang (de) /OutputIntents [<< /Type /OutputIntent "
            b"/S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /RegistryName (http://www.color.org) "
            b"/DestOutputProfile 8 0 R >>]",
            more=(metadata, stream(b"profile", b"/N 3")),
        ),
        "tagged.pdf": pdf(catalog=b"/StructTreeRoot 7 0 R", page=b"/StructParents 0", more=tagged),
        "layers.pdf": pdf(
            catalog=b"/OCProperties << /OCGs [7 0 R] /D << /Order [7 0 R] /AS [] >> >>",
            resources=b"/Properties << /AA 7 0 R >>",
            more=(b"<< /Type /OCG /Name (Frames) /Usage << /Print << /PrintState /ON >> >> >>",),
        ),
        "outline.pdf": pdf(
            catalog=b"/Outlines 7 0 R",
            more=(
                b"<< /Type /Outlines /First 8 0 R /Last 8 0 R /Count 2 >>",
                b"<< /Title (/S /Launch) /First 9 0 R /Last 9 0 R /A << /S /GoTo /D (a) >> >>",
                b"<< /Title <feff0041> /Parent 8 0 R /A << /S /URI /URI (https://a.test) >> >>",
            ),
        ),
        "notes.pdf": pdf(
            page=b"/Annots [7 0 R 8 0 R 9 0 R 10 0 R 11 0 R << /Subtype /Link /Dest (a) >>]",
            more=(
                b"<< /Subtype /Text /Rect [0 0 9 9] /Contents (/JS) /Popup 8 0 R /F 28 >>",
                b"<< /Subtype /Popup /Rect [0 0 9 9] /Parent 7 0 R /Open true >>",
                b"<< /Subtype /Highlight /Rect [0 0 9 9] /QuadPoints [0 0 9 0 0 9 9 9] /F 4 >>",
                b"<< /Subtype /Ink /Rect [0 0 9 9] /InkList [[0 0 9 9]] /BS << /S /D >> >>",
                b"<< /Subtype /Stamp /Rect [0 0 9 9] /Name /Approved /BE << /S /C >> >>",
            ),
        ),
        "page-labels.pdf": pdf(
            catalog=b"/PageLabels << /Nums [0 << /S /r >> 1 << /S /D /P (A-) >>] >>",
            page=b"/Trans << /S /Fly /D 1 >> /Dur 5 /Rotate 90 /UserUnit 2 /Tabs /S "
            b"/Group << /S /Transparency /CS /DeviceRGB >> /PieceInfo << /Editor << "
            b"/LastModified (D:2026) /Private << /Path (C:\\\\prints) >> >> >>",
        ),
        "thumbnails.pdf": pdf(
            page=b"/Thumb 7 0 R",
            more=(
                stream(b"\0", b"/Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"),
            ),
        ),
        "named-places.pdf": pdf(
            catalog=b"/Dests << /AA [3 0 R /Fit] /b << /D [5 0 R /Fit] >> >> "
            b"/Names << /Dests << /Kids [7 0 R] >> >>",
            more=(b"<< /Limits [(chapter.0) (chapter.2)] /Names [%s] >>" % names,),
        ),
        "articles.pdf": pdf(
            catalog=b"/Threads [7 0 R]",
            page=b"/B [8 0 R]",
            more=(
                b"<< /Type /Thread /F 8 0 R /I << /Title (Etching) >> >>",
                b"<< /Type /Bead /T 7 0 R /N 8 0 R /V 8 0 R /P 3 0 R /R [0 0 9 9] >>",
            ),
        ),
        "scans.pdf": pdf(
            resources=b"/XObject << /EF 7 0 R /JS 8 0 R /AA 9 0 R >> /ColorSpace << /F [/a] >>",
            more=(
                stream(b"opaque", b"/Subtype /Image /Width 9 /Height 9 /Filter /JBIG2Decode"),
                stream(b"opaque", b"/Subtype /Image /Width 9 /Height 9 /Filter /JPXDecode"),
                # Abbreviated as only images within a page may be.
                stream(b"\x80", b"/Subtype /Image /Width 1 /Height 1 /F /RL /Group << /S /a >>"),
            ),
        ),
        "drawn-letters.pdf": pdf(
            resources=b"/Font << /JavaScript 7 0 R /F 7 0 R /AA 7 0 R /EF 7 0 R /Launch 7 0 R >>",
            more=(
                b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /CharProcs << /AA 8 0 R >> >>",
                stream(b"9 0 d0 0 0 9 9 re f"),
            ),
        ),
        "long-names.pdf": pdf(
            resources=b"/Properties << /%s << /Type /OCMD >> /%s 1 >>" % (b"N" * 4000, b"#41" * 99)
        ),
        "words.pdf": pdf(
            catalog=b"/Lang (/S /Launch /F \\(a.exe\\)) /Metadata 7 0 R",
            more=(
                stream(b"<x>/OpenAction /JavaScript /JS (a)</x>", b"/Type /Metadata /Subtype /XML"),
                b"[(<< /S /JavaScript /JS (a) >>) (/AA << /O << /S /URI >> >>) (file://host/)]",
            ),
            trailer=b"/Info << /Title (/Launch) /Subject (/URI \\(file:///\\)) >>",
        ).replace(b"(Page 1 of a loan agreement)", b"(/S /JavaScript /JS (a) ...)"),
        "model.pdf": pdf(
            page=b"/Annots [<< /Subtype /3D /Rect [0 0 99 99] /3DD 7 0 R /3DA << /A /PO >> >>]",
            more=(stream(b"U3D\0", b"/Type /3D /Subtype /U3D /VA [<< /MS /M >>]"),),
        ),
        "sound-on-click.pdf": link(
            b"<< /S /Sound /Sound 8 0 R >>", (stream(b"\0\0", b"/Type /Sound /R 8000"),)
        ),
        "invoice.pdf": invoice(),
        "invoice-with-annotation.pdf": pdf(
            page=b"/Annots [<< /Subtype /FileAttachment /Rect [0 0 9 9] /FS 7 0 R >>]",
            more=(b"<< /F (xrechnung.xml) /EF << /F 8 0 R >> >>", stream(INVOICE)),
        ),
        # GraphicsMagick: the last object is broken, and nothing leads to it.
        "scan-by-graphicsmagick.pdf": pdf(more=(b"<<\n\nendstream",)),
        # Objects in older parts of a file, which nothing leads to any more.
        "script-taken-out.pdf": updated(first, cleaned, size=8),
        # What remains of an older version is harmless, and the index is written as few write it:
        # pypdf does not name it in itself, MuPDF leaves a line free, ReportLab remarks on it.
        "telephone-mended.pdf": updated(
            to(b"(tel:+41555550100)"),
            {7: b"<< /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (tel:+41555550199) >> >>"},
            size=8,
        ).replace(b" n \ntrailer", b" n\n\ntrailer"),
        "remarked-on.pdf": updated(
            pdf(more=(b"<< /Title (Scripts: /JS and /JavaScript) >>",)).replace(
                b"trailer\n<<", b"trailer\n<<\n% made by a program -- by hand (opensource)\n"
            ),
            {7: b"<< /Title (Scripts) >>"},
            size=8,
            facts=b"/Info 7 0 R",
        ),
        "link-mended.pdf": updated(
            to(b"(file:///C:/prints.html)"),
            {7: b"<< /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://a.test) >> >>"},
            size=8,
        ),
        "hybrid.pdf": hybrid(b"/StructTreeRoot 4 0 R", b"<< /Type /StructTreeRoot >>"),
        "hybrid-by-word.pdf": hybrid(
            b"/StructTreeRoot 4 0 R", b"<< /Type /StructTreeRoot >>", as_word_does=True
        ),
    }


def hostile_structures():
    """What one program reads as something else than the next, or not at all."""
    plain = pdf()
    linearised = repacked(pdf(20), linearize=True)
    changed = updated(plain, {3: ONE_PAGE[2], 7: stream(b"BT ET " * 100)}, size=8)
    deep = b"[" * 600 + b"]" * 600
    mixed = numbered({1: SCRIPTED[0], 2: ONE_PAGE[1], 3: ONE_PAGE[2], 4: SCRIPT})
    evil = SCRIPTED[0].replace(b"4 0 R", SCRIPT)
    end = plain.rindex(b"xref\n0 ")
    behind = b"1 0 obj\n%s\nendobj\n" % evil
    place = plain.rindex(b"startxref\n")
    shadowed = plain[:end] + behind + plain[end:place]
    shadowed += b"startxref\n%d\n%%%%EOF\n" % (end + len(behind))
    hidden = updated(plain, {7: evil}, size=8)
    hidden_update = updated(hidden, {}, size=8, root=7)
    twice = b"/OpenAction << /S /JavaScript /JS (a) >> /OpenAction [3 0 R /Fit]"
    return {
        # The first half of a download: the beginning has an index of its own.
        "cut-linearised.pdf": linearised[: len(linearised) * 3 // 4],
        "cut-in-an-update.pdf": changed[: changed.rindex(b"endstream")],
        "cut-in-a-page.pdf": plain.replace(plain[-700:-400], b""),
        "two-opening-actions.pdf": pdf(catalog=twice),
        # The script stands in front of what is listed in front of it; qpdf passes over it.
        "objects-in-disorder.pdf": packed(
            (SCRIPT, *SCRIPTED[1:3], SCRIPTED[0]),
            b"4 90 1 0 2 35 3 80",
        ),
        # Number 4 is at the fourth place, and is called 9 there.
        "objects-under-other-numbers.pdf": packed(
            SCRIPTED, b"1 0 2 %d 3 %d 9 %d" % places_of(SCRIPTED)
        ),
        "javascript-with-wrong-checksum.pdf": packed(
            SCRIPTED, pack=lambda text: zlib.compress(text)[:-4] + b"\0\0\0\0"
        ),
        # Deeper than qpdf goes, and a number larger than it holds: it takes both for nothing.
        "script-too-deep.pdf": pdf(
            catalog=b"/OpenAction 7 0 R", more=(SCRIPT.replace(b">>", b"/A %s >>" % deep),)
        ),
        "script-beside-a-huge-number.pdf": pdf(
            catalog=b"/OpenAction 7 0 R", more=(SCRIPT.replace(b">>", b"/A %s >>" % (b"9" * 40)),)
        ),
        # Some programs end the name there, and run the script.
        "script-by-a-name-with-nul.pdf": link(b"<< /S /JavaScript#00 /JS (a) >>"),
        "unfolding-objects.pdf": unfolding_objects(),
        # The index leads to the first object 1. Programs that do not find it, because its end is
        # too far from the end of the file or written in an odd way, take the last one.
        "catalog-behind-the-index.pdf": shadowed + b"\n" * 5000,
        "catalog-with-short-rows.pdf": shadowed.replace(b" n \n", b" n\n"),
        "catalog-with-row-too-early.pdf": shadowed.replace(b"0000000015 ", b"0000000014 "),
        "catalog-of-a-hidden-update.pdf": hidden_update.replace(b"startxref\n9", b"startxref %\n9"),
        "catalog-in-a-spare-object.pdf": packed(ONE_PAGE, extra=evil) + b"\n" * 5000,
        # The first index of a linearised file, or the last: programs differ.
        "catalog-of-another-beginning.pdf": two_beginnings(),
        "javascript-in-hybrid.pdf": hybrid(b"/OpenAction 4 0 R", SCRIPT),
        # qpdf passes over numbers that it thinks too high for the length of the file.
        "javascript-under-high-number.pdf": numbered(
            {
                1: b"<< /Type /Catalog /Pages 2 0 R /OpenAction 99999 0 R >>",
                2: ONE_PAGE[1],
                3: ONE_PAGE[2],
                99999: SCRIPT,
            }
        ).replace(b"/Size 100000", b"/Size 4"),
        "javascript-behind-wrong-index.pdf": mixed.replace(b"4 1\n0000000", b"4 1\n0000001"),
    }


def two_beginnings():
    """A file that calls itself linearised and has two indexes; the first leads to a script."""
    start = (
        b"%%PDF-1.7\n9 0 obj\n<< /Linearized 1 /L %010d /O 3 /N 1 /E 0 /T 0 /H [0 0] >>\nendobj\n"
    )
    body, places = b"", []
    index = b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root %d 0 R >>\n"
    size = len(index % (b" " * 100, 1)) + len(b"startxref\n0\n%%EOF\n")
    evil = SCRIPTED[0].replace(b"4 0 R", SCRIPT)
    for number, content in enumerate((*ONE_PAGE, b"null", evil), 1):
        places.append(len(start % 0) + size + len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    front = index % (rows, 5) + b"startxref\n0\n%%EOF\n"
    end = b"startxref\n%d\n%%%%EOF\n" % (len(start % 0) + size + len(body))
    length = len(start % 0) + size + len(body) + len(index % (rows, 1)) + len(end)
    return start % length + front + body + index % (rows, 1) + end


def places_of(objects):
    places = [sum(len(content) + 1 for content in objects[:n]) for n in range(len(objects))]
    return tuple(places[1:])


def hostile_contents():
    """What a document must not hold, in the many places where it can lie."""
    host = b"(\\\\\\\\host\\\\share\\\\a.pdf)"  # escaped: \\host\share\a.pdf
    button = b"/FT /Btn /Ff 65536 "
    asset = b"<< /Type /Filespec /F (a.exe) /EF << /F 8 0 R >> >>"
    program = stream(b"MZ", b"/Type /EmbeddedFile")
    page_of_its_own = b'<html xmlns="http://www.w3.org/1999/xhtml"><script>a()</script></html>'
    return {
        "javascript-on-page.pdf": pdf(page=b"/AA << /O %s >>" % SCRIPT),
        # A page that is not shown, but can be called up.
        "javascript-on-template.pdf": pdf(
            catalog=b"/Names << /Templates << /Names [(t) 7 0 R] >> >>",
            more=(b"<< /Type /Template /AA << /O %s >> >>" % SCRIPT,),
        ),
        "javascript-on-link.pdf": link(SCRIPT),
        "link-to-program.pdf": to(b"(calc.exe)"),
        "link-to-program-above.pdf": to(b"(../../Windows/calc.exe)"),
        "link-to-settings.pdf": to(b"(x-apple.systempreferences:a)"),
        "embedded-under-another-key.pdf": pdf(
            catalog=b"/Names << /EmbeddedFiles << /Names [(a) << /EF << /X 7 0 R >> >>] >> >>",
            more=(program,),
        ),
        "javascript-on-link-after-web.pdf": link(
            b"<< /S /URI /URI (https://a.test) /Next [<< /S /GoTo /D (a) /Next 8 0 R >>] >>",
            (SCRIPT,),
        ),
        "javascript-on-hover.pdf": form(button + b"/AA << /E %s >>" % SCRIPT),
        "javascript-in-field.pdf": form(
            b"/FT /Tx /Kids [8 0 R]", b"/FT /Tx /Parent 7 0 R /AA << /K %s >>" % SCRIPT
        ),
        # No page lists this field.
        "javascript-in-lost-field.pdf": form(b"/FT /Tx /AA << /C %s >>" % SCRIPT, page=b""),
        "javascript-in-outline.pdf": pdf(
            catalog=b"/Outlines 7 0 R",
            more=(
                b"<< /First 8 0 R /Last 8 0 R >>",
                b"<< /Title (a) /Parent 7 0 R /First 9 0 R /Last 9 0 R /Next 8 0 R >>",
                b"<< /Title (b) /Parent 8 0 R /A %s >>" % SCRIPT,
            ),
        ),
        # An annotation that only the structure refers to.
        "javascript-in-structure.pdf": pdf(
            catalog=b"/StructTreeRoot << /K << /S /Link /P 2 0 R /K << /Obj 7 0 R >> >> >>",
            more=(b"<< /Type /Annot /Subtype /Link /A %s >>" % SCRIPT,),
        ),
        "javascript-in-destination.pdf": pdf(
            catalog=b"/Dests << /a << /D [3 0 R /Fit] /S /JavaScript /JS (a) >> >>"
        ),
        "javascript-in-thread.pdf": pdf(
            catalog=b"/Threads [7 0 R]", more=(b"<< /F << /A [[%s]] >> >>" % SCRIPT,)
        ),
        "javascript-in-rendition.pdf": link(b"<< /S /Rendition /OP 0 /JS (a) >>"),
        "javascript-in-3d.pdf": pdf(
            page=b"/Annots [<< /Subtype /3D /3DD 7 0 R >>]",
            more=(stream(b"U3D", b"/Type /3D /OnInstantiate 8 0 R"), stream(b"a()")),
        ),
        "javascript-as-stream.pdf": link(b"<< /S /JavaScript /JS 8 0 R >>", (stream(b"a()"),)),
        "javascript-type-elsewhere.pdf": link(b"<< /S 8 0 R /JS (a) >>", (b"/JavaScript",)),
        # Dressed as an element of the structure.
        "javascript-with-a-parent.pdf": link(
            b"<< /Type /StructElem /P 1 0 R /S /JavaScript /JS (a) >>"
        ),
        "javascript-address.pdf": to(b"(javascript:alert\\(1\\))"),
        "javascript-address-with-blanks.pdf": to(b"( Java\\nScript\\t:alert\\(1\\))"),
        "javascript-address-in-utf-16.pdf": to(
            b"<feff%s>" % "javascript:a()".encode("utf-16-be").hex().encode()
        ),
        "vbscript-address.pdf": to(b"(VBScript:MsgBox)"),
        "data-address.pdf": to(b"(data:text/html,<script>a\\(\\)</script>)"),
        "launch-on-link.pdf": link(b"<< /S /Launch /F (a.exe) >>"),
        "launch-in-outline.pdf": pdf(
            catalog=b"/Outlines << /First 7 0 R /Last 7 0 R >>",
            more=(b"<< /Title (a) /A << /Type /Action /S /Launch /F << /F (a.exe) >> >> >>",),
        ),
        "launch-for-windows.pdf": link(
            b"<< /S /Launch /P 1 /Win << /F (cmd.exe) /P (/c calc) >> >>"
        ),
        "launch-in-hex-on-link.pdf": link(b"<< /#53 /L#61unch /#46 (a) >>"),
        "import-data.pdf": form(button + b"/A << /S /ImportData /F (a.fdf) >>"),
        "rich-media.pdf": pdf(
            page=b"/Annots [7 0 R]", more=(b"<< /Subtype /RichMedia /RichMediaContent << >> >>",)
        ),
        "rich-media-by-type.pdf": pdf(page=b"/Annots [<< /Subtype /RichMedia /Rect [0 0 9 9] >>]"),
        "rich-media-execute-with-a-parent.pdf": link(
            b"<< /S /RichMediaExecute /P 3 0 R /TA 7 0 R /CMD << >> >>"
        ),
        "rich-media-execute.pdf": link(b"<< /S /RichMediaExecute /TA 7 0 R /CMD << >> >>"),
        "calls-home-on-page.pdf": pdf(page=b"/AA << /O << /S /URI /URI (https://a.test) >> >>"),
        # What pressing the mouse may do belongs to buttons, and is what buttons do.
        # A document of another kind, which LibreOffice opens instead of the pages.
        "embedded-opendocument.pdf": pdf(
            more=(stream(b"PK"),),
            trailer=b"/AdditionalStreams [/application#2Fvnd.oasis.opendocument.text 7 0 R]",
        ),
        "calls-home-on-press-of-a-link.pdf": pdf(
            page=b"/Annots [<< /Subtype /Link /Rect [0 0 9 9]"
            b" /AA << /U << /S /URI /URI (https://a.test) >> >> >>]"
        ),
        "plays-on-press-of-a-button.pdf": form(button + b"/AA << /D << /S /Rendition /OP 0 >> >>"),
        "sends-form-on-hover.pdf": form(
            button + b"/AA << /E << /S /SubmitForm /F (https://a.test) >> >>"
        ),
        "sends-form-on-focus.pdf": form(
            b"/FT /Tx /AA 8 0 R", b"/Fo << /S /SubmitForm /F (https://a.test) >>"
        ),
        "opens-neighbour.pdf": pdf(catalog=b"/OpenAction << /S /GoToR /F (b.pdf) /D [0 /Fit] >>"),
        "hides-on-print.pdf": pdf(catalog=b"/AA << /WP << /S /Hide /T (a) >> >>"),
        "external-stream.pdf": pdf(more=(stream(b"", b"/F (a.txt)"),), page=b"/Thumb 7 0 R"),
        "external-stream-by-address.pdf": pdf(
            page=b"/Thumb 7 0 R",
            more=(stream(b"", b"/F << /FS /URL /F (https://a.test/) >>"),),
        ),
        "external-stream-with-empty-file.pdf": pdf(
            page=b"/Thumb 7 0 R",
            more=(stream(b"", b"/F << /FS /URL /F (https://a.test/) /EF << >> >>"),),
        ),
        "external-stream-by-name.pdf": pdf(
            page=b"/Thumb 7 0 R", more=(stream(b"", b"/F [/a.txt]"),)
        ),
        "page-from-elsewhere.pdf": pdf(
            resources=b"/XObject << /X 7 0 R >>",
            more=(stream(b"", b"/Subtype /Form /BBox [0 0 9 9] /Ref << /F (b.pdf) /Page 0 >>"),),
        ),
        "film.pdf": pdf(page=b"/Annots [<< /Subtype /Movie /Movie << /F (a.avi) >> /A true >>]"),
        "film-in-rendition.pdf": link(
            b"<< /S /Rendition /OP 0 /R << /S /MR /C << /S /MCD /D << /F (a.avi) >> >> >> >>"
        ),
        "link-to-host.pdf": to(host),
        "link-to-host-badly-escaped.pdf": to(b"(\\\\host\\share)"),
        "link-to-host-with-slashes.pdf": to(b"(//host/share)"),
        "link-to-host-in-hex.pdf": to(b"<5c5c686f73745c61>"),
        "link-to-file.pdf": to(b"(FILE:///C:/Windows/System32/calc.exe)"),
        "link-to-file-in-percents.pdf": to(b"(%66ile:%2f%2fhost/a)"),
        "link-to-samba.pdf": to(b"(smb://host/share)"),
        "link-to-drive.pdf": to(b"(C:\\\\Windows\\\\a.exe)"),
        "link-to-search.pdf": to(b"(search-ms:query=a&crumb=location:host)"),
        "link-to-file-in-a-language.pdf": to(
            b"<feff%s>" % "\x1ben\x1bfile:///a".encode("utf-16-be").hex().encode()
        ),
        "link-that-attaches.pdf": to(b"(mailto:a@a.test?attach=c:a.txt)"),
        "links-from-a-file.pdf": pdf(catalog=b"/URI << /Base (file://host/share/) >>"),
        "goes-to-host.pdf": link(b"<< /S /GoToR /F %s /D [0 /Fit] >>" % host),
        "goes-to-host-for-unix.pdf": link(
            b"<< /S /GoToR /D (a) /F << /F (a.pdf) /Unix (//host/a.pdf) >> >>"
        ),
        "goes-to-root.pdf": link(b"<< /S /GoToR /F (/C/prints/a.pdf) /D [0 /Fit] >>"),
        "goes-to-parent.pdf": link(b"<< /S /GoToR /F (a/../../b.pdf) /D [0 /Fit] >>"),
        "goes-to-program.pdf": link(b"<< /S /GoToR /F << /UF (a.exe) >> /D [0 /Fit] >>"),
        "goes-to-embedded-on-host.pdf": link(b"<< /S /GoToE /F << /F %s >> /D (a) >>" % host),
        "goes-to-thread-on-host.pdf": link(b"<< /S /Thread /F %s /D 0 >>" % host),
        "sends-form-to-host.pdf": form(button + b"/A << /S /SubmitForm /F %s >>" % host),
        "sends-form-to-file.pdf": form(
            button + b"/A << /S /SubmitForm /F << /FS /URL /F (/etc/form) >> >>"
        ),
        "picture-for-print-on-host.pdf": pdf(
            resources=b"/XObject << /X 7 0 R >>",
            more=(stream(b"", b"/Subtype /Form /OPI << /2.0 << /F %s >> >>" % host),),
        ),
        "embedded-deeper.pdf": pdf(
            catalog=b"/Names<</EmbeddedFiles<</Kids[<</Kids[<</Names[(a) 7 0 R]>>]>>]>>>>",
            more=(asset, program),
        ),
        "attached-to-page.pdf": pdf(
            page=b"/Annots [<< /Subtype /FileAttachment /FS 7 0 R >>]", more=(asset, program)
        ),
        "attached-to-document.pdf": pdf(catalog=b"/AF [7 0 R]", more=(asset, program)),
        "attached-from-elsewhere.pdf": pdf(
            page=b"/Annots [<< /Subtype /FileAttachment /FS (a.xml) >>]"
        ),
        "portfolio.pdf": pdf(
            catalog=b"/Collection << >> /Names << /EmbeddedFiles << /Names [(a) 7 0 R] >> >>",
            more=(asset, program),
        ),
        "invoice-and-program.pdf": invoice(
            more=(b"<< /F (a.xml) /EF << /F 8 0 R /UF 10 0 R >> >>", program)
        ).replace(b"/AF [7 0 R]", b"/AF [9 0 R]"),
        "invoice-with-dtd.pdf": invoice(
            b'<!DOCTYPE Invoice SYSTEM "file:///etc/passwd"><Invoice/>'
        ),
        "invoice-with-style-sheet.pdf": invoice(
            b'<?xml version="1.0"?><?xml-stylesheet href="a.xsl" type="text/xsl"?><Invoice/>'
        ),
        "invoice-as-page.pdf": invoice(page_of_its_own),
        "invoice-with-page-inside.pdf": invoice(b"<Invoice>%s</Invoice>" % page_of_its_own),
        # Windows opens it with Word, as this instruction says.
        "invoice-for-word.pdf": invoice(b'<?mso-application progid="Word.Document"?><Invoice/>'),
        "invoice-of-another-kind.pdf": invoice(b"<Project/>"),
        "invoice-in-a-folder.pdf": invoice(name=b"../a.xml"),
        "invoice-not-xml.pdf": invoice(b"MZ"),
        "invoice-with-wrong-name.pdf": invoice(name=b"factur-x.xml.hta"),
        "invoice-too-large.pdf": invoice(b"<Invoice>" + b" " * 6 * 1024 * 1024 + b"</Invoice>"),
        "xfa.pdf": pdf(catalog=b"/AcroForm << /XFA 7 0 R >>", more=(stream(b"<xdp/>"),)),
        "xfa-in-parts.pdf": form(b"/FT /Tx", more=b"/XFA [(template) 7 0 R]"),
    }


def files():
    honest = pdf()
    script = SCRIPT
    # The first object after two pages has the number 7.
    embedded = (
        b"<< /Type /Filespec /F (a.exe) /EF << /F 8 0 R >> >>",
        b"<< /Type /EmbeddedFile /Length 2 >>\nstream\nMZ\nendstream",
    )
    return {
        **{f"honest/{name}": content for name, content in honest_files().items()},
        "hostile/password.pdf": locked_pdf(b"secret"),
        # Locked for the holder of a certificate: not damaged, and still not to be opened.
        "hostile/certificate.pdf": pdf(
            trailer=b"/Encrypt << /Filter /Adobe.PubSec /V 4 >> /ID [<00> <00>]"
        ),
        "hostile/truncated.pdf": half(honest),
        "hostile/cut-before-the-trailer.pdf": honest[: honest.index(b"trailer")],
        "hostile/signature-only.pdf": b"%PDF-1.7\n" + b"nothing of a document " * 20,
        # One of two pages is listed and not there.
        "hostile/missing-page.pdf": pdf(kids=b"3 0 R 99 0 R"),
        "hostile/no-pages.pdf": pdf(pages=0),
        "hostile/pages-in-a-circle.pdf": pdf(kids=b"2 0 R 3 0 R"),
        "hostile/wrong-root.pdf": honest.replace(b"/Root 1 0 R", b"/Root 3 0 R"),
        # A page tree of numbers: no exception of any kind may come out of it.
        "hostile/numbers-for-pages.pdf": honest.replace(b"/Pages 2 0 R", b"/Pages 2 1 0"),
        # To a program that does not look further this is an HTML page.
        "hostile/page-before.pdf": b"<p>\n" + honest,
        "hostile/junk-before.pdf": b"junk\n" + honest,
        "hostile/javascript.pdf": pdf(catalog=b"/OpenAction " + script),
        # The same name, spelt in hex (ISO 32000-2, 7.3.5): searching the bytes finds nothing.
        "hostile/javascript-in-hex.pdf": pdf(
            catalog=b"/Open#41ction << /S /J#61vaScript /J#53 (app.alert\\(1\\)) >>"
        ),
        # The same, compressed in an object stream.
        "hostile/javascript-in-stream.pdf": repacked(
            pdf(catalog=b"/OpenAction 7 0 R", more=(script,)),
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        ),
        "hostile/javascript-by-name.pdf": pdf(
            catalog=b"/Names << /JavaScript << /Names [(a) 7 0 R] >> >>", more=(script,)
        ),
        "hostile/javascript-by-name-deeper.pdf": pdf(
            catalog=b"/Names << /JavaScript << /Kids [8 0 R] >> >>",
            more=(script, b"<< /Limits [(a) (a)] /Names [(a) 7 0 R] >>"),
        ),
        "hostile/javascript-on-close.pdf": pdf(catalog=b"/AA << /WC " + script + b" >>"),
        # First a harmless action, then a list of more.
        "hostile/javascript-after-goto.pdf": pdf(
            catalog=b"/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next [<< /S /GoTo >> "
            + script
            + b"] >>"
        ),
        "hostile/launch.pdf": pdf(
            catalog=b"/OpenAction << /S /Launch /F (\\\\\\\\server\\\\share\\\\a.exe) >>"
        ),
        "hostile/calls-home.pdf": pdf(catalog=b"/OpenAction << /S /URI /URI (http://x.test/) >>"),
        # An action that is followed by itself.
        "hostile/endless-actions.pdf": pdf(
            catalog=b"/OpenAction 7 0 R", more=(b"<< /S /GoTo /D [3 0 R /Fit] /Next 7 0 R >>",)
        ),
        "hostile/embedded-program.pdf": pdf(
            catalog=b"/Names << /EmbeddedFiles << /Names [(a.exe) 7 0 R] >> >>", more=embedded
        ),
        **{f"hostile/{name}": content for name, content in hostile_contents().items()},
        **{f"hostile/{name}": content for name, content in hostile_structures().items()},
    }
