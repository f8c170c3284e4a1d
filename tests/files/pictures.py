"""Pictures: honest ones of every kind, and those made to exhaust or to mislead."""

import hashlib
import io
import struct
import zlib

from PIL import Image, ImageCms

# Planted in every kind of metadata; a stored picture must not contain it in any form.
MARK = b"MARK-7f3a-was-here"

RED, GREEN, BLUE, YELLOW = (208, 32, 32), (32, 160, 64), (32, 64, 192), (232, 200, 32)

# What every hostile file must be refused for, where its own kind is expected.
CODES = {
    "image_too_many_pixels": [
        "100-megapixels.png",
        "just-over-50-megapixels.png",
        "gigapixels.png",
        "gigapixels.gif",
        "gigapixels.jpg",
        "268-megapixels.webp",
    ],
    "image_too_tall": [
        "long-strip.png",
    ],
    "image_damaged": [
        "truncated.jpg",
        "truncated-progressive.jpg",
        "truncated.png",
        "truncated.webp",
        "truncated.gif",
        "signature-only.jpg",
        "signature-only.png",
        "signature-only.gif",
        "signature-only.webp",
        "no-data.png",
        "zero-size.png",
        "endless-chunk.png",
        "no-palette.png",
    ],
}


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


def files():
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
