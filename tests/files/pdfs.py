"""PDF: honest documents as programs really write them, and those that act, hide or break."""

import hashlib
import io
import struct

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
        "signature-only.pdf",
        "missing-page.pdf",
        "pages-in-a-circle.pdf",
        "wrong-root.pdf",
        "numbers-for-pages.pdf",
    ],
    "pdf_empty": [
        "no-pages.pdf",
    ],
    "pdf_preceded": [
        "junk-before.pdf",
    ],
    "pdf_javascript": [
        "javascript.pdf",
        "javascript-in-hex.pdf",
        "javascript-in-stream.pdf",
        "javascript-by-name.pdf",
        "javascript-by-name-deeper.pdf",
        "javascript-on-close.pdf",
        "javascript-after-goto.pdf",
    ],
    "pdf_launch": [
        "launch.pdf",
    ],
    "pdf_automatic_action": [
        "calls-home.pdf",
        "endless-actions.pdf",
    ],
    "pdf_embedded_file": [
        "embedded-program.pdf",
    ],
}


def pdf(pages=2, catalog=b"", more=(), *, version=b"1.7", kids=None, trailer=b"", lock=None):
    """A PDF by hand. Object 1 is the catalog, 2 the page tree; `more` follow the pages."""
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
            b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
            % (4 + 2 * n),
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


def files():
    honest = pdf()
    script = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
    # The first object after two pages has the number 7.
    embedded = (
        b"<< /Type /Filespec /F (a.exe) /EF << /F 8 0 R >> >>",
        b"<< /Type /EmbeddedFile /Length 2 >>\nstream\nMZ\nendstream",
    )
    return {
        "honest/two-pages.pdf": honest,
        "honest/version-2.0.pdf": pdf(version=b"2.0"),
        "honest/linearised.pdf": repacked(honest, linearize=True),
        "honest/object-streams.pdf": repacked(
            honest, object_stream_mode=pikepdf.ObjectStreamMode.generate
        ),
        # Opens for everybody; only changing it needs a password.
        "honest/owner-password.pdf": locked_pdf(b""),
        # The index is at the wrong place: every reader rebuilds it, and nothing is lost.
        "honest/wrong-startxref.pdf": honest.replace(b"startxref\n", b"startxref\n9"),
        "honest/opens-at-page-2.pdf": pdf(catalog=b"/OpenAction [5 0 R /XYZ null null 0]"),
        "honest/goes-to-page-2.pdf": pdf(catalog=b"/OpenAction << /S /GoTo /D [5 0 R /Fit] >>"),
        # Editors leave empty name trees behind, and some the wrong kind of object.
        "honest/empty-names.pdf": pdf(
            catalog=b"/Names << /JavaScript << /Names [] >> /EmbeddedFiles << >> >> /AA << >>"
        ),
        "honest/odd-names.pdf": pdf(catalog=b"/Names [] /AA 1 /OpenAction null"),
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
    }
