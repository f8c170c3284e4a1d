"""Write every file of this folder: `python tests/files/make.py`.

Nothing here was collected. Each file is made by the few lines that name it, the same bytes on
every run with the locked Pillow and pikepdf: no dates, no random numbers. `honest/` holds what
people really send and must pass; `hostile/` holds what must be refused, with the reason above it.
The name says the content, not the truth: `hostile/page.html.pdf` is an HTML page.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from pathlib import Path

import pikepdf
from PIL import Image, ImageCms

HERE = Path(__file__).parent

# Planted in every kind of metadata; a stored picture must not contain it in any form.
MARK = b"MARK-7f3a-was-here"

RED, GREEN, BLUE, YELLOW = (208, 32, 32), (32, 160, 64), (32, 64, 192), (232, 200, 32)


def write_all():
    for name, content in {**pictures(), **not_pictures(), **pdfs(), **documents()}.items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


# --- Pictures ---------------------------------------------------------------------------------


def quadrants(width=120, height=80, mode="RGB"):
    """Four colours, so that a test sees which way is up: red and green above blue and yellow."""
    image = Image.new("RGB", (width, height))
    half = (width // 2, height // 2)
    for colour, corner in (
        (RED, (0, 0)),
        (GREEN, (half[0], 0)),
        (BLUE, (0, half[1])),
        (YELLOW, half),
    ):
        image.paste(colour, (*corner, width, height))
    return image.convert(mode)


def saved(image, encoder, **options):
    content = io.BytesIO()
    image.save(content, encoder, **options)
    return content.getvalue()


def exif(orientation=1, mark=b""):
    """An EXIF block as a phone writes it: orientation, description, camera, position."""
    block = Image.Exif()
    block[0x0112] = orientation
    if mark:
        block[0x010E] = mark.decode()  # ImageDescription
        block[0x0110] = f"Camera of {mark.decode()}"  # Model
        gps = block.get_ifd(0x8825)
        gps[1], gps[2] = "N", (52.0, 22.0, 12.5)
        gps[3], gps[4] = "E", (4.0, 53.0, 42.0)
        gps[29] = mark.decode()  # GPSDateStamp
    return block.tobytes()


def xmp(mark=MARK):
    return (
        b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="' + mark + b'"/></rdf:RDF>'
        b'</x:xmpmeta><?xpacket end="w"?>'
    )


def srgb_profile(swapped=False, mark=b""):
    """littleCMS's sRGB profile with a fixed date; `swapped`: red and green change places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    if swapped:
        # The tag table begins at 128: a count, then (signature, offset, size) for each tag.
        places = {
            bytes(profile[at : at + 4]): at + 4
            for at in range(132, 132 + 12 * int.from_bytes(profile[128:132]), 12)
        }
        red, green = places[b"rXYZ"], places[b"gXYZ"]
        profile[red : red + 8], profile[green : green + 8] = (
            profile[green : green + 8],
            profile[red : red + 8],
        )
    return bytes(profile) + mark


def jpeg_segment(marker, content):
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def png_chunk(kind, content):
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png(width, height, depth, colour, rows, *chunks, interlaced=0):
    """A PNG by hand: what Pillow does not write. `rows` are the filtered, unpacked bytes."""
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(
            b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
        )
        + b"".join(chunks)
        + png_chunk(b"IDAT", zlib.compress(rows, 9))
        + png_chunk(b"IEND", b"")
    )


def blank_png(width, height):
    """All white, one bit a pixel: 100 megapixels in 25 kB."""
    return png(width, height, 1, 0, (b"\0" + b"\xff" * ((width + 7) // 8)) * height)


def interlaced_png(image):
    """Adam7: seven passes, each a coarse picture of its own."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    rows = b""
    for left, top, right, down in (*passes, (0, 1, 1, 2)):
        for y in range(top, image.height, down):
            pixels = [image.getpixel((x, y)) for x in range(left, image.width, right)]
            rows += b"\0" + b"".join(bytes(pixel) for pixel in pixels)
    return png(image.width, image.height, 8, 2, rows, interlaced=1)


def sixteen_bit_png(image, *chunks):
    """RGB with 16 bits a channel; each value twice is the same colour (0xAB -> 0xABAB)."""
    rows = b""
    for y in range(image.height):
        rows += b"\0"
        for x in range(image.width):
            rows += b"".join(bytes((v, v)) for v in image.getpixel((x, y)))
    return png(image.width, image.height, 16, 2, rows, *chunks)


def riff_chunk(kind, content):
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def marked_jpeg():
    plain = saved(quadrants(), "JPEG", quality=90)
    return (
        plain[:2]
        + jpeg_segment(0xE1, b"Exif\0\0" + exif(1, MARK).removeprefix(b"Exif\0\0"))
        + jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp())
        + jpeg_segment(0xE2, b"ICC_PROFILE\0\x01\x01" + srgb_profile(mark=MARK))
        + jpeg_segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x12" + MARK)
        + jpeg_segment(0xFE, MARK)
        + plain[2:]
        + b"<script>"
        + MARK
        + b"</script>"
    )


def marked_png():
    plain = saved(quadrants(), "PNG")
    compressed = zlib.compress(srgb_profile(mark=MARK))
    return (
        plain[:33]
        + png_chunk(b"iCCP", b"profile\0\0" + compressed)
        + png_chunk(b"tEXt", b"Comment\0" + MARK)
        + png_chunk(b"zTXt", b"Author\0\0" + zlib.compress(MARK))
        + png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp())
        + png_chunk(b"eXIf", exif(1, MARK).removeprefix(b"Exif\0\0"))
        + png_chunk(b"prVt", MARK)
        + plain[33:]
        + b"PK\x03\x04"
        + MARK
    )


def marked_webp():
    plain = saved(
        quadrants(),
        "WEBP",
        quality=90,
        icc_profile=srgb_profile(mark=MARK),
        exif=exif(1, MARK),
        xmp=xmp(),
    )
    body = plain[8:] + riff_chunk(b"prVt", MARK)
    return b"RIFF" + struct.pack("<I", len(body)) + body + b"<script>" + MARK


def marked_gif():
    plain = saved(quadrants(), "GIF", comment=MARK)
    packet = b"\x21\xff\x0bXMP DataXMP" + xmp() + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    return plain[:-1] + packet + b"\x3b" + b"<script>" + MARK


def pictures():
    upright = quadrants()
    phone = quadrants(1600, 1200)
    sideways = phone.transpose(Image.Transpose.ROTATE_90)
    files = {
        # A phone held upright: stored sideways, with the place where it was taken.
        "honest/phone.jpg": saved(sideways, "JPEG", quality=70, exif=exif(6, MARK)),
        "honest/progressive.jpg": saved(upright, "JPEG", progressive=True),
        "honest/grey.jpg": saved(quadrants(mode="L"), "JPEG"),
        # Pillow writes CMYK as Adobe does: inverted, and says so in an APP14 marker.
        "honest/cmyk.jpg": saved(quadrants(mode="CMYK"), "JPEG", quality=95),
        # Two pictures in one file, as phones with two lenses write it.
        "honest/two-lenses.mpo.jpg": saved(
            upright, "MPO", save_all=True, append_images=[Image.new("RGB", (120, 80))]
        ),
        # In this profile red is green: whoever drops it without applying it shows the wrong one.
        "honest/profile.jpg": saved(
            upright, "JPEG", quality=95, icc_profile=srgb_profile(swapped=True)
        ),
        "honest/profile-alpha.png": saved(
            quadrants(mode="RGBA"), "PNG", icc_profile=srgb_profile(swapped=True)
        ),
        # Honest files with nonsense beside the picture; browsers show them.
        "honest/broken-profile.jpg": saved(upright, "JPEG", icc_profile=b"not a profile" * 20),
        "honest/cmyk-with-rgb-profile.jpg": saved(
            quadrants(mode="CMYK"), "JPEG", quality=95, icc_profile=srgb_profile()
        ),
        "honest/broken-exif.jpg": saved(upright, "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"),
        "honest/exif-without-tiff.jpg": saved(upright, "JPEG", exif=b"Exif\0\0no TIFF header"),
        "honest/odd-orientation.jpg": saved(upright, "JPEG", exif=exif(77)),
        "honest/plain.png": saved(upright, "PNG"),
        "honest/16-bit.png": sixteen_bit_png(upright),
        # A colour key: the red of the picture is transparent, in 16 bits.
        "honest/16-bit-colour-key.png": sixteen_bit_png(
            upright, png_chunk(b"tRNS", b"".join(bytes((v, v)) for v in RED))
        ),
        # From black to white in 16 bits; a reader that clips shows white only.
        "honest/16-bit-grey.png": png(
            64, 1, 16, 0, b"\0" + b"".join(struct.pack(">H", n * 65535 // 63) for n in range(64))
        ),
        "honest/16-bit-grey-key.png": png(
            2, 1, 16, 0, b"\0\x80\x00\xff\xff", png_chunk(b"tRNS", b"\x80\x00")
        ),
        "honest/interlaced.png": interlaced_png(quadrants(24, 16)),
        "honest/one-bit.png": blank_png(8, 8),
        "honest/grey-alpha.png": saved(Image.new("LA", (8, 8), (0, 0)), "PNG"),
        # A palette with an alpha value for each colour: red is half transparent.
        "honest/palette-alpha.png": palette_alpha(),
        # Black, and transparent all over: on paper nothing of the black may show.
        "honest/hidden-colour.png": saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"),
        "honest/sideways.png": saved(
            upright.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif(6)
        ),
        "honest/animated.png": saved(
            upright, "PNG", save_all=True, append_images=[Image.new("RGB", (120, 80))]
        ),
        "honest/animated.gif": saved(
            upright, "GIF", save_all=True, append_images=[Image.new("RGB", (120, 80))], duration=90
        ),
        "honest/transparent.gif": saved(Image.new("P", (8, 8), 0), "GIF", transparency=0),
        "honest/animated.webp": saved(
            upright,
            "WEBP",
            save_all=True,
            append_images=[Image.new("RGB", (120, 80))],
            lossless=True,
        ),
        "honest/alpha.webp": saved(Image.new("RGBA", (40, 40), (*RED, 128)), "WEBP", lossless=True),
        # A WebP's orientation is in its EXIF chunk.
        "honest/sideways.webp": saved(
            upright.transpose(Image.Transpose.ROTATE_90), "WEBP", lossless=True, exif=exif(6)
        ),
        "honest/one-pixel.png": saved(Image.new("RGB", (1, 1), RED), "PNG"),
        # Exactly at the limits of avatars (25 MP) and of pictures (50 MP).
        "honest/25-megapixels.png": blank_png(5000, 5000),
        "honest/50-megapixels.png": blank_png(10_000, 5000),
        # As wide as panoramas get; only a tall one has no rendition.
        "honest/panorama.png": blank_png(40_000, 400),
        # One marked file of every format: nothing of the mark may be stored.
        "honest/marked.jpg": marked_jpeg(),
        "honest/marked.png": marked_png(),
        "honest/marked.webp": marked_webp(),
        "honest/marked.gif": marked_gif(),
        # Pixel floods: a header that claims more than we open.
        "hostile/100-megapixels.png": blank_png(10_000, 10_000),
        "hostile/just-over-50-megapixels.png": png(10_000, 5001, 1, 0, b""),
        "hostile/gigapixels.png": png(60_000, 60_000, 1, 0, b""),
        "hostile/gigapixels.gif": saved(upright, "GIF").replace(
            struct.pack("<HH", 120, 80), struct.pack("<HH", 65_000, 65_000)
        ),
        "hostile/gigapixels.jpg": saved(upright, "JPEG").replace(
            struct.pack(">HH", 80, 120), struct.pack(">HH", 65_000, 65_000), 1
        ),
        # A WebP canvas of 16383 x 16383; Pillow's decoder allocates it when it opens the file.
        "hostile/268-megapixels.webp": webp_canvas(16_383, 16_383),
        # No WebP is higher than 16,383 pixels, and this one keeps its 400 of width.
        "hostile/long-strip.png": blank_png(400, 40_000),
        # Cut off in the middle, as by a lost connection.
        "hostile/truncated.jpg": half(saved(noise(), "JPEG", quality=90)),
        "hostile/truncated-progressive.jpg": half(saved(noise(), "JPEG", progressive=True)),
        "hostile/truncated.png": half(saved(noise(), "PNG")),
        "hostile/truncated.webp": half(saved(noise(), "WEBP", lossless=True)),
        "hostile/truncated.gif": half(saved(noise().convert("P"), "GIF")),
        # The right first bytes, and nothing of a picture behind them.
        "hostile/signature-only.jpg": b"\xff\xd8\xff\xe0" + b"<script>alert(1)</script>" * 4,
        "hostile/signature-only.png": b"\x89PNG\r\n\x1a\n" + b"<script>alert(1)</script>" * 4,
        "hostile/signature-only.gif": b"GIF89a/*" + b"*/=1;alert(1)//" * 4,
        "hostile/signature-only.webp": b"RIFF\x40\0\0\0WEBP" + b"<script>alert(1)</script>" * 4,
        # No pixel data, a size of nothing, a chunk longer than the file.
        "hostile/no-data.png": png(8, 8, 8, 2, b""),
        "hostile/zero-size.png": png(0, 0, 8, 2, b""),
        "hostile/endless-chunk.png": saved(upright, "PNG")[:33]
        + b"\x7f\xff\xff\xffIDAT"
        + b"x" * 64,
        # A palette image without a palette.
        "hostile/no-palette.png": png(8, 8, 8, 3, (b"\0" + bytes(range(8))) * 8),
    }
    for turn, stored in stored_turned(upright).items():
        files[f"honest/orientation-{turn}.jpg"] = saved(stored, "JPEG", quality=95, exif=exif(turn))
    return files


def stored_turned(upright):
    """The same picture as a camera stores it for each EXIF orientation."""
    turn = Image.Transpose
    return {1: upright} | {
        orientation: upright.transpose(how)
        for orientation, how in {
            2: turn.FLIP_LEFT_RIGHT,
            3: turn.ROTATE_180,
            4: turn.FLIP_TOP_BOTTOM,
            5: turn.TRANSPOSE,
            6: turn.ROTATE_90,
            7: turn.TRANSVERSE,
            8: turn.ROTATE_270,
        }.items()
    }


def palette_alpha():
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, *RED, *GREEN])
    return saved(image, "PNG", transparency=bytes((255, 128, 255)))


def noise(width=96, height=96):
    """A picture that does not compress, so that half of its file is half of its pixels."""
    seed = b"".join(hashlib.sha256(bytes((n,))).digest() for n in range(144))
    stretched = (seed * (width * height * 3 // len(seed) + 1))[: width * height * 3]
    return Image.frombytes("RGB", (width, height), stretched)


def half(content):
    return content[: len(content) // 2]


def webp_canvas(width, height):
    """An extended WebP (RFC 9649) of that canvas, holding one frame that is far smaller."""
    frame = saved(Image.new("RGB", (8, 8)), "WEBP", lossless=True)[12:]
    canvas = bytes((0x10, 0, 0, 0)) + (width - 1).to_bytes(3, "little")
    canvas += (height - 1).to_bytes(3, "little")
    body = b"WEBP" + riff_chunk(b"VP8X", canvas) + frame
    return b"RIFF" + struct.pack("<I", len(body)) + body


def not_pictures():
    """What people and attackers send instead; each must be called by its name."""
    small = quadrants(24, 16)
    page = b"<!DOCTYPE html>\n<html><script>alert(document.cookie)</script></html>\n"
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    return {
        "hostile/empty": b"",
        "hostile/drawing.svg": svg,
        "hostile/drawing-with-preamble.svg": b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- hi -->\n'
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">\n' + svg,
        "hostile/drawing-utf-16.svg": svg.decode().encode("utf-16"),
        "hostile/page.html.jpg": page,
        "hostile/page.html.pdf": page,
        "hostile/commented-page.html": b"\n<!-- a -->\n<!-- b --> <ScRiPt>alert(1)</script>",
        "hostile/shell.php.png": b"<?php system($_GET['c']); ?>",
        "hostile/script.sh": b"#!/bin/sh\nrm -rf /\n",
        "hostile/program.exe": b"MZ\x90\0" + bytes(60),
        "hostile/picture.avif": saved(small, "AVIF", speed=10),
        "hostile/picture.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(32),
        "hostile/picture.bmp": saved(small, "BMP"),
        "hostile/picture.tiff": saved(small, "TIFF"),
        "hostile/picture.ico": saved(small, "ICO", sizes=[(16, 16)], bitmap_format="bmp"),
        "hostile/film.mp4": b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2" + bytes(32),
        "hostile/sound.wav": b"RIFF\x24\0\0\0WAVEfmt " + bytes(24),
        "hostile/data.xml": b'<?xml version="1.0"?><note/>',
        "hostile/letter.txt": b"Dear gallery,\nplease find my picture attached.\n",
        "hostile/letter.rtf": b"{\\rtf1\\ansi Dear gallery}",
        "hostile/nothing-known.bin": bytes(range(256)),
        # The old binary format, and what a .docx becomes when it is locked with a password.
        "hostile/letter.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
    }


# --- PDF --------------------------------------------------------------------------------------


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


def pdfs():
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


# --- docx -------------------------------------------------------------------------------------

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


def documents():
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


if __name__ == "__main__":
    write_all()
