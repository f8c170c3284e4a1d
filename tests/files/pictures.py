"""Pictures: honest ones of every kind, and those made to exhaust or to mislead."""

import hashlib
import io
import struct
import zlib

from PIL import Image, ImageCms

from uploads import colour

# Planted in every kind of metadata; a stored picture must not contain it in any form.
MARK = b"MARK-7f3a-was-here"

RED, GREEN, BLUE, YELLOW = (208, 32, 32), (32, 160, 64), (32, 64, 192), (232, 200, 32)

# What every hostile file must be refused for, where its own kind is expected.
CODES = {
    "image_too_many_pixels": [
        "100-megapixels.png",
        "just-over-50-megapixels.png",
        "gigapixels.png",
        "gigapixels-interlaced.png",
        "gigapixels.gif",
        "gigapixels-first-frame.gif",
        "gigapixels.jpg",
        "gigapixels-progressive.jpg",
        "gigapixels-second-header.jpg",
        "268-megapixels.webp",
        "268-megapixels-lossy.webp",
        "268-megapixels-lossless.webp",
        "terapixels-animated.webp",
    ],
    "image_too_many_scans": [
        "201-scans.jpg",
        "scan-bomb.jpg",
    ],
    "image_rare": [
        "12-bit.jpg",
        "lossless.jpg",
        "hierarchical.jpg",
    ],
    "image_too_tall": [
        "long-strip.png",
    ],
    "image_damaged": [
        "truncated.jpg",
        "truncated-progressive.jpg",
        "truncated-between-scans.jpg",
        "truncated-last-rows.jpg",
        "truncated-at-a-restart.jpg",
        "truncated.png",
        "truncated.webp",
        "truncated-lossy.webp",
        "truncated-alpha.webp",
        "truncated-second-frame.webp",
        "truncated.gif",
        "signature-only.jpg",
        "signature-only.png",
        "signature-only.gif",
        "signature-only.webp",
        "no-scan.jpg",
        "no-frame.jpg",
        "two-colours.jpg",
        "height-comes-later.jpg",
        "no-data.png",
        "zero-size.png",
        "endless-chunk.png",
        "no-palette.png",
        "not-deflated.png",
        "wrong-checksum-of-header.png",
        "header-comes-second.png",
        "five-bit.png",
        "animation-frame-outside.png",
        "animation-frame-outside.webp",
        "no-frame.webp",
        "header-too-short.webp",
        "frame-smaller-than-canvas.webp",
        "zero-size.webp",
        "no-frame.gif",
        "comment-only.gif",
    ],
}


def quadrants(width=120, height=80, mode="RGB"):
    """Four colours, so that a test sees which way is up: red and green above blue and yellow."""
    image = Image.new("RGB", (width, height))
    half = (width // 2, height // 2)
    for shade, corner in (
        (RED, (0, 0)),
        (GREEN, (half[0], 0)),
        (BLUE, (0, half[1])),
        (YELLOW, half),
    ):
        image.paste(shade, (*corner, width, height))
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
    """All white, one bit a pixel: 50 megapixels in 12 kB."""
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
    return everyday() | jpegs() | pngs() | gifs() | webps()


def everyday():
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
        # All black and without a single bit that is not 0: twice as small as all white.
        "hostile/100-megapixels.png": png(10_000, 10_000, 1, 0, bytes(1251 * 10_000)),
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
        # Four of its ten scans, each of them whole.
        "hostile/truncated-between-scans.jpg": b"\xff\xda".join(
            saved(noise(), "JPEG", progressive=True).split(b"\xff\xda")[:5]
        ),
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


# --- JPEG, by hand -----------------------------------------------------------------------------

SOF0, SOF1, SOF2, SOF3, SOF5 = 0xC0, 0xC1, 0xC2, 0xC3, 0xC5
APP2, APP11, APP13 = 0xE2, 0xEB, 0xED
ADOBE_RGB, ADOBE_YCCK = (
    jpeg_segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes((how,))) for how in (0, 2)
)


def without_end(content):
    assert content.endswith(b"\xff\xd9")
    return content[:-2]


def behind_start(content, *segments):
    """A JPEG with segments put directly behind its first two bytes."""
    return content[:2] + b"".join(segments) + content[2:]


class Bits:
    """Entropy-coded data: bits, filled up with ones, every 0xFF followed by 0x00."""

    def __init__(self):
        self.bits = []

    def put(self, value, length):
        self.bits.append(f"{value:0{length}b}" if length else "")

    def put_difference(self, difference):
        """A category of 4 bits, then as many bits (T.81, F.1.2.1)."""
        length = abs(difference).bit_length()
        self.put(length, 4)
        self.put(difference if difference > 0 else difference + (1 << length) - 1, length)

    def taken(self):
        bits = "".join(self.bits)
        bits += "1" * (-len(bits) % 8)
        self.bits = []
        data = b"".join(int(bits[n : n + 8], 2).to_bytes(1) for n in range(0, len(bits), 8))
        return data.replace(b"\xff", b"\xff\0")


def huffman(kind, lengths, symbols):
    """A DHT segment; `lengths` says how many codes there are of 1, 2, 3 … bits."""
    return jpeg_segment(0xC4, bytes((kind, *lengths, *[0] * (16 - len(lengths)), *symbols)))


CATEGORIES = huffman(0x00, (0, 0, 0, 12), range(12))  # differences, in codes of 4 bits
END_OF_BLOCK = huffman(0x10, (1,), (0,))  # nothing but end of block, in 1 bit


def frame_header(process, size, sampling, bits=8, names=None):
    names = names or range(1, len(sampling) + 1)
    parts = b"".join(
        bytes((name, across << 4 | down, 0))
        for name, (across, down) in zip(names, sampling, strict=True)
    )
    width, height = size
    return jpeg_segment(process, struct.pack(">BHHB", bits, height, width, len(sampling)) + parts)


def scan_header(names, first=0, last=63, how=0):
    parts = b"".join(bytes((name, 0)) for name in names)
    return jpeg_segment(0xDA, bytes((len(names),)) + parts + bytes((first, last, how)))


def coarse_jpeg(
    image,
    sampling=None,
    process=SOF0,
    *,
    names=None,
    bits=8,
    restart=0,
    together=True,
    before=b"",
    after=b"\xff\xd9",
):
    """One colour for each block of 8 x 8: a JPEG in every layout that Pillow does not write.

    Sizes must be multiples of the largest block. `sampling` is (across, down) for each colour,
    `restart` the blocks between two restart markers, `together` all colours in one scan.
    """
    planes = image.split()
    sampling = sampling or [(1, 1)] * len(planes)
    names = names or tuple(range(1, len(planes) + 1))
    most_across, most_down = (max(side) for side in zip(*sampling, strict=True))
    units = image.width // (8 * most_across), image.height // (8 * most_down)
    small = [
        plane.resize((units[0] * across, units[1] * down), Image.Resampling.BOX)
        for plane, (across, down) in zip(planes, sampling, strict=True)
    ]
    scans = [range(len(planes))] if together else [[n] for n in range(len(planes))]
    content = b"\xff\xd8" + before + jpeg_segment(0xDB, b"\0" + b"\x01" * 64)
    content += frame_header(process, image.size, sampling, bits, names) + CATEGORIES
    content += END_OF_BLOCK
    if restart:
        content += jpeg_segment(0xDD, struct.pack(">H", restart))
    for scan in scans:
        content += scan_header([names[n] for n in scan], last=0 if process == SOF2 else 63)
        data, last = Bits(), [0] * len(planes)
        # One colour alone is written row by row, several of them unit by unit (T.81, A.2).
        across, down = units if len(scan) > 1 else small[scan[0]].size
        for number in range(across * down):
            if restart and number and number % restart == 0:
                content += data.taken() + bytes((0xFF, 0xD0 + (number // restart - 1) % 8))
                last = [0] * len(planes)
            y, x = divmod(number, across)
            for n in scan:
                wide, high = sampling[n] if len(scan) > 1 else (1, 1)
                for part in range(wide * high):
                    place = (x * wide + part % wide, y * high + part // wide)
                    value = (small[n].getpixel(place) - 128) * 8
                    data.put_difference(value - last[n])
                    last[n] = value
                    if process != SOF2:
                        data.put(0, 1)
        content += data.taken()
    return content + after


def scan_bomb(width, height, scans):
    """A progressive JPEG that goes over its picture again and again to say nothing.

    One code stands for 32,767 blocks without a coefficient (T.81, G.1.2.2), so each time is a
    few bytes long and takes the decoder through the whole picture.
    """
    blocks = width * height // 64
    nothing = Bits()
    for _ in range(-(-blocks // 32_767)):
        nothing.put(0b011_1111_1111_1111, 15)
    again = scan_header([1], 1, 63) + nothing.taken()
    grey = Bits()
    grey.put(0, 4 * blocks)
    return (
        b"\xff\xd8"
        + jpeg_segment(0xDB, b"\0" + b"\x01" * 64)
        + frame_header(SOF2, (width, height), [(1, 1)])
        + CATEGORIES
        + huffman(0x10, (1,), (0xE0,))
        + scan_header([1], last=0)
        + grey.taken()
        + again * (scans - 1)
        + b"\xff\xd9"
    )


def lossless_jpeg(image):
    """Each pixel as the difference from its left neighbour (T.81, H.1)."""
    data = Bits()
    for y in range(image.height):
        for x in range(image.width):
            left = image.getpixel((x - 1, y) if x else (0, max(0, y - 1)))
            data.put_difference(image.getpixel((x, y)) - (left if x or y else 128))
    header = frame_header(SOF3, image.size, [(1, 1)]) + CATEGORIES + scan_header([1], 1, 0)
    return b"\xff\xd8" + header + data.taken() + b"\xff\xd9"


def jpegs():
    upright = quadrants(128, 64)
    colours = upright.convert("YCbCr")
    inks = upright.convert("CMYK")
    inverted = inks.point(lambda value: 255 - value)  # as Adobe stores them
    plain = saved(upright, "JPEG", quality=90)
    lines = saved(noise(64, 64), "JPEG", quality=90, restart_marker_rows=1)
    profile = srgb_profile(swapped=True)
    pieces = [
        jpeg_segment(APP2, b"ICC_PROFILE\0" + bytes((number, 2)) + part)
        for number, part in ((1, profile[:300]), (2, profile[300:]))
    ]
    half_way = Image.new("L", (64, 64), 55)
    # Inks for red, green and blue, so the light they leave is the colour they are stored as.
    light = Image.merge("RGB", inks.split()[:3]).convert("YCbCr").split()
    ycck = Image.merge("CMYK", (*light, inverted.getchannel("K")))
    honest = {
        "4-1-1": coarse_jpeg(colours, [(4, 1), (1, 1), (1, 1)]),
        "4-4-0": coarse_jpeg(colours, [(1, 2), (1, 1), (1, 1)]),
        "4-1-0": coarse_jpeg(colours, [(4, 2), (1, 1), (1, 1)]),
        "colour-finer-than-light": coarse_jpeg(colours, [(1, 1), (2, 1), (2, 1)]),
        "extended": coarse_jpeg(colours, process=SOF1),
        "first-scan-only": coarse_jpeg(colours, process=SOF2),
        "one-scan-for-each-colour": coarse_jpeg(colours, together=False),
        "restart-markers": coarse_jpeg(colours, restart=3),
        # RGB stored as such, told by the names of its colours or by Adobe's marker.
        "named-rgb": coarse_jpeg(upright, names=b"RGB"),
        "adobe-rgb": coarse_jpeg(upright, before=ADOBE_RGB),
        # Four inks, with Adobe's marker, as YCCK, and with nothing to tell; all are inverted.
        "ycck": coarse_jpeg(ycck, before=ADOBE_YCCK),
        "cmyk-without-adobe": coarse_jpeg(inverted),
        "progressive-cmyk": saved(inks, "JPEG", progressive=True),
        "4-4-4": saved(upright, "JPEG", subsampling=0),
        "4-2-2": saved(upright, "JPEG", subsampling=1),
        # Complete but for the two bytes that say so, as some cameras leave it.
        "no-end-marker": without_end(plain),
        "no-end-marker-progressive": without_end(saved(upright, "JPEG", progressive=True)),
        "no-end-marker-but-zeros": without_end(plain) + bytes(500),
        "no-end-marker-and-another": without_end(plain) + saved(noise(64, 64), "JPEG"),
        # A film of JPEGs: no Huffman tables, since they are always the same (those of annex K).
        "frame-of-a-film": without_tables(plain),
        # Filling before markers is allowed (T.81, B.1.1.2), bytes between segments are not.
        "filled-markers": plain.replace(b"\xff\xdb", b"\xff\xff\xff\xdb"),
        "bytes-between-segments": plain.replace(b"\xff\xdb", b"\0\x12\xff\0\xff\xdb", 1),
        "bytes-behind": plain + b"\0" * 100 + b"<?php system($_GET['c']);",
        # As many scans as we allow.
        "200-scans": scan_bomb(64, 64, 200),
        # The second half of a profile may come first.
        "profile-in-pieces": behind_start(plain, *reversed(pieces)),
        "thumbnail": saved(upright, "JPEG", quality=90, exif=with_thumbnail(upright)),
        # A second, larger picture for bright screens behind the first, announced in a list.
        "gain-map": behind_start(plain, jpeg_segment(APP2, b"MPF\0II*\0\x08\0\0\0\0\0"))
        + saved(Image.new("L", (256, 128), 99), "JPEG"),
        # Segments that programs have left half written. None of them is the picture.
        "broken-list-of-pictures": behind_start(plain, jpeg_segment(APP2, b"MPF\0II*\0\xff")),
        "broken-photoshop": behind_start(
            plain, jpeg_segment(APP13, b"Photoshop 3.0\x008BIM\x04\x04"[:20])
        ),
        "broken-jfif": behind_start(plain, jpeg_segment(0xE0, b"JFIF\0")),
        "broken-flashpix": behind_start(plain, jpeg_segment(APP2, b"FPXR\0")),
        "two-exif": saved(upright, "JPEG", quality=90, exif=exif(1)).replace(
            b"\xff\xdb", jpeg_segment(0xE1, exif(6)) + b"\xff\xdb", 1
        ),
        # Grey 55 of 255, as light and not as the eye sees it: 128 on a screen.
        "grey-profile": saved(half_way, "JPEG", icc_profile=colour.grey_profile(1)),
        "grey-with-rgb-profile": saved(
            half_way, "JPEG", icc_profile=colour.rgb_profile(colour.SRGB, 1)
        ),
        "one-pixel": saved(Image.new("RGB", (1, 1), RED), "JPEG"),
    }
    # Signed by its camera (C2PA, in a JUMBF box), with all else that a mark can hide in.
    signed = saved(upright, "JPEG", quality=90, comment=MARK)
    honest["signed"] = behind_start(
        signed,
        jpeg_segment(APP11, b"JP\0\x01\0\0\0\x01\0\0\0\x30jumb" + MARK),
        jpeg_segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + MARK),
        jpeg_segment(APP2, b"MPF\0" + MARK),
        jpeg_segment(0xEC, b"Ducky" + MARK),
        jpeg_segment(0xEF, MARK),
    ) + saved(Image.new("L", (16, 16)), "JPEG", comment=MARK)
    huge = frame_header(SOF0, (65_000, 65_000), [(1, 1)] * 3)
    return {f"honest/{name}.jpg": content for name, content in honest.items()} | {
        "hostile/gigapixels-progressive.jpg": saved(upright, "JPEG", progressive=True).replace(
            struct.pack(">HH", 64, 128), struct.pack(">HH", 65_000, 65_000), 1
        ),
        # Two decoders may believe two different headers.
        "hostile/gigapixels-second-header.jpg": plain.replace(b"\xff\xc4", huge + b"\xff\xc4", 1),
        "hostile/201-scans.jpg": scan_bomb(64, 64, 201),
        # 24 megapixels, gone over 800 times: with 20 MiB it would be 400,000 times.
        "hostile/scan-bomb.jpg": scan_bomb(4096, 1024, 800),
        "hostile/12-bit.jpg": coarse_jpeg(colours, process=SOF1, bits=12),
        "hostile/lossless.jpg": lossless_jpeg(quadrants(32, 16, "L")),
        "hostile/hierarchical.jpg": coarse_jpeg(colours, process=SOF5),
        # Cut off in the last rows, and exactly where a new start was to follow.
        "hostile/truncated-last-rows.jpg": lines[: len(lines) * 95 // 100],
        "hostile/truncated-at-a-restart.jpg": lines[: lines.index(b"\xff\xd1")],
        "hostile/no-scan.jpg": plain[: plain.index(b"\xff\xda")],
        "hostile/no-frame.jpg": plain.replace(b"\xff\xc0", b"\xff\xec"),
        "hostile/two-colours.jpg": coarse_jpeg(Image.new("LA", (64, 64))),
        # The number of rows in a segment behind the picture (DNL), which nobody reads.
        "hostile/height-comes-later.jpg": plain.replace(
            struct.pack(">HH", 64, 128), struct.pack(">HH", 0, 128), 1
        ),
    }


def without_tables(content):
    while (at := content.find(b"\xff\xc4")) >= 0:
        content = content[:at] + content[at + 2 + int.from_bytes(content[at + 2 : at + 4]) :]
    return content


def with_thumbnail(image):
    """An EXIF block with a small JPEG of its own (Exif 3.0, 4.5.8)."""
    small = saved(image.resize((16, 8)), "JPEG")
    first = struct.pack(">HHHII", 1, 0x0112, 3, 1, 1 << 16)
    at = 8 + len(first) + 4
    second = struct.pack(">HHHIIHHII", 2, 0x0201, 4, 1, at + 30, 0x0202, 4, 1, len(small))
    return (
        b"Exif\0\0MM\0*"
        + struct.pack(">I", 8)
        + first
        + struct.pack(">I", at)
        + second
        + bytes(4)
        + small
    )


# --- PNG, by hand ------------------------------------------------------------------------------

# Colour type -> name, depths, and how many numbers make a pixel (PNG, third edition, table 8).
PNG_TYPES = {
    0: ("grey", (1, 2, 4, 8, 16), 1),
    2: ("rgb", (8, 16), 3),
    3: ("palette", (1, 2, 4, 8), 1),
    4: ("grey-alpha", (8, 16), 2),
    6: ("rgb-alpha", (8, 16), 4),
}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
ADAM7 += ((0, 1, 1, 2),)


def png_rows(image, depth, interlaced):
    """The rows of an image whose values are already those of `depth` bits."""
    rows = b""
    for left, top, right, down in ADAM7 if interlaced else ((0, 0, 1, 1),):
        for y in range(top, image.height, down):
            bits = "".join(
                f"{value * 257 if depth == 16 else value:0{depth}b}"
                for x in range(left, image.width, right)
                for value in numbers(image.getpixel((x, y)))
            )
            bits += "0" * (-len(bits) % 8)
            if bits:
                rows += b"\0" + int(bits, 2).to_bytes(len(bits) // 8)
    return rows


def numbers(pixel):
    return pixel if isinstance(pixel, tuple) else (pixel,)


def png_of(kind, depth, *, interlaced=False):
    """The four quarters in that colour type and depth. Grey ones go from dark to light; with one
    bit there are two colours, above and below."""
    image = quadrants(24, 16)
    chunks = []
    if kind in (0, 4):
        most = (1 << min(depth, 8)) - 1
        levels = (0, most // 3, most * 2 // 3, most) if depth > 1 else (0, 0, 1, 1)
        image = Image.new("L" if kind == 0 else "LA", (24, 16))
        for level, corner in zip(levels, ((0, 0), (12, 0), (0, 8), (12, 8)), strict=True):
            image.paste(level if kind == 0 else (level, 255), (*corner, 24, 16))
    elif kind == 3:
        palette = [RED, GREEN, BLUE, YELLOW] if depth > 1 else [RED, BLUE]
        chunks = [png_chunk(b"PLTE", b"".join(bytes(colour) for colour in palette))]
        image = Image.new("L", (24, 16))
        for index, corner in enumerate(((0, 0), (12, 0), (0, 8), (12, 8))):
            image.paste(index if depth > 1 else index // 2, (*corner, 24, 16))
    elif kind == 6:
        image = image.convert("RGBA")
    rows = png_rows(image, depth, interlaced)
    return png(24, 16, depth, kind, rows, *chunks, interlaced=int(interlaced))


def frame_control(width, height):
    """An fcTL chunk: number, size, place, time, disposal, blending."""
    return png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, width, height, 0, 0, 1, 10, 0, 0))


def pngs():
    upright = quadrants()
    plain = saved(upright, "PNG")
    half_way = Image.new("RGB", (16, 16), (55, 55, 55))
    grey = saved(half_way.convert("L"), "PNG")
    data_at = plain.index(b"IDAT") - 4
    data_length = int.from_bytes(plain[data_at : data_at + 4])
    data = plain[data_at + 8 : data_at + 8 + data_length]
    animation = png_chunk(b"acTL", struct.pack(">II", 2, 0))
    wrong = png_chunk(b"tEXt", b"Comment\0x")[:-1] + b"?"
    variants = {
        f"{name}-{depth}-bit{'-interlaced' if interlaced else ''}": png_of(
            kind, depth, interlaced=interlaced
        )
        for kind, (name, depths, _) in PNG_TYPES.items()
        for depth in depths
        for interlaced in (False, True)
    }
    honest = variants | {
        # Linear light, said by a number and not by a profile: 55 is 128 on a screen.
        "gamma": with_chunks(saved(half_way, "PNG"), gamma(1)),
        "gamma-grey": with_chunks(grey, gamma(1)),
        "gamma-of-srgb": with_chunks(plain, gamma(1 / 2.2)),
        "gamma-of-nothing": with_chunks(plain, gamma(0)),
        # Red and green change places in these primaries, and in this code of a wide screen.
        "chromaticities": with_chunks(
            plain,
            png_chunk(
                b"cHRM", struct.pack(">8I", 31270, 32900, 30000, 60000, 64000, 33000, 15000, 6000)
            ),
        ),
        "wide-gamut": with_chunks(
            saved(Image.new("RGB", (16, 16), (200, 100, 50)), "PNG"),
            png_chunk(b"cICP", bytes((12, 13, 0, 1))),
        ),
        "grey-alpha-profile": saved(
            Image.new("LA", (16, 16), (55, 255)), "PNG", icc_profile=colour.grey_profile(1)
        ),
        "significant-bits": with_chunks(plain, png_chunk(b"sBIT", b"\x05\x06\x05")),
        "wrong-checksum-of-a-comment": with_chunks(plain, wrong),
        "wrong-checksum-of-a-gamma": with_chunks(plain, gamma(1)[:-1] + b"?"),
        # What unpacks to more than a decoder's own limit (1 MiB): text, and a padded profile.
        "long-text": with_chunks(
            plain, png_chunk(b"zTXt", b"Workflow\0\0" + zlib.compress(bytes(1_200_000), 9))
        ),
        "long-profile": with_chunks(
            plain,
            png_chunk(
                b"iCCP", b"p\0\0" + zlib.compress(srgb_profile(swapped=True) + bytes(1_200_000), 9)
            ),
        ),
        "broken-profile": with_chunks(plain, png_chunk(b"iCCP", b"p\0\0nothing deflated")),
        "transparency-too-short": with_chunks(plain, png_chunk(b"tRNS", b"\0")),
        "no-end": plain[:-12],
        "bytes-behind": plain + b"<script>alert(1)</script>",
        "chunk-for-each-byte": plain[:data_at]
        + b"".join(png_chunk(b"IDAT", data[n : n + 1]) for n in range(len(data)))
        + plain[data_at + 12 + data_length :],
        "empty-chunks": plain[:data_at] + png_chunk(b"IDAT", b"") * 3 + plain[data_at:],
        "turned-afterwards": saved(upright.transpose(Image.Transpose.ROTATE_90), "PNG")[:-12]
        + png_chunk(b"eXIf", exif(6).removeprefix(b"Exif\0\0"))
        + png_chunk(b"IEND", b""),
        # An animation that names its frames in a wrong order; the still picture is whole.
        "odd-animation": with_chunks(plain, animation, frame_control(120, 80)).replace(
            frame_control(120, 80), frame_control(120, 80) * 2
        ),
        "signed": with_chunks(plain, png_chunk(b"caBX", b"\0\0\0\x30jumb" + MARK))
        + b"GIF89a"
        + MARK,
        "one-column": saved(Image.new("RGB", (1, 3000), RED), "PNG"),
        "one-row": saved(Image.new("RGB", (3000, 1), RED), "PNG"),
    }
    return {f"honest/{name}.png": content for name, content in honest.items()} | {
        "hostile/gigapixels-interlaced.png": png(60_000, 60_000, 16, 6, b"", interlaced=1),
        "hostile/not-deflated.png": plain[:data_at]
        + png_chunk(b"IDAT", b"<?php system($_GET['c']); ?>")
        + plain[-12:],
        "hostile/wrong-checksum-of-header.png": plain[:32] + b"?" + plain[33:],
        "hostile/header-comes-second.png": plain[:8] + png_chunk(b"tEXt", b"a\0b") + plain[8:],
        "hostile/five-bit.png": png(8, 8, 5, 0, bytes(48)),
        # A frame of an animation that claims more than the picture has room for.
        "hostile/animation-frame-outside.png": with_chunks(
            plain, animation, frame_control(60_000, 60_000)
        ),
    }


def with_chunks(content, *chunks):
    """A PNG with chunks put directly behind its header."""
    return content[:33] + b"".join(chunks) + content[33:]


def gamma(value):
    return png_chunk(b"gAMA", struct.pack(">I", round(value * 100_000)))


# --- GIF, by hand ------------------------------------------------------------------------------

FOUR_COLOURS = bytes((*RED, *GREEN, *BLUE, *YELLOW))


def gif_data(indexes):
    """LZW without compression: each index of two bits in a code of three, started afresh before
    codes would grow to four (GIF89a, appendix F)."""
    codes = []
    for number, index in enumerate(indexes):
        codes += [4, index] if number % 2 == 0 else [index]  # 4: clear
    bits = "".join(f"{code:03b}"[::-1] for code in [*codes, 5])  # 5: end; low bits first
    bits += "0" * (-len(bits) % 8)
    data = bytes(int(bits[n : n + 8][::-1], 2) for n in range(0, len(bits), 8))
    blocks = (data[n : n + 255] for n in range(0, len(data), 255))
    return b"\x02" + b"".join(bytes((len(block),)) + block for block in blocks) + b"\0"


def gif_frame(width, height, *, left=0, top=0, palette=b"", interlaced=False):
    """The four quarters as an image block, with a palette of its own if given."""
    order = list(range(height))
    if interlaced:
        order = [*order[::8], *order[4::8], *order[2::4], *order[1::2]]
    indexes = [y * 2 // height * 2 + x * 2 // width for y in order for x in range(width)]
    flags = (0x81 if palette else 0) | (0x40 if interlaced else 0)
    places = struct.pack("<HHHHB", left, top, width, height, flags)
    return b"," + places + palette + gif_data(indexes)


def gif(width, height, *blocks, palette=FOUR_COLOURS, version=b"GIF89a", end=b";"):
    screen = struct.pack("<HHBBB", width, height, 0x81 if palette else 0, 0, 0)
    return version + screen + palette + b"".join(blocks) + end


def gifs():
    whole = gif_frame(48, 32)
    comment = b"!\xfe\x08Just hi!\0"
    honest = {
        "1987": gif(48, 32, whole, version=b"GIF87a"),
        "own-palette": gif(48, 32, gif_frame(48, 32, palette=FOUR_COLOURS), palette=b""),
        "interlaced": gif(48, 32, gif_frame(48, 32, interlaced=True)),
        "no-end": gif(48, 32, whole, end=b""),
        "no-screen": gif(0, 0, whole),
        "many-comments": gif(48, 32, comment * 50, whole),
        "bytes-behind": gif(48, 32, whole) + b"<script>alert(1)</script>",
        # The first frame does not cover the screen; the rest of it stays paper.
        "frame-inside": gif(96, 96, gif_frame(48, 32, left=24, top=32)),
        "frame-over-the-edge": gif(24, 32, whole),
        "one-pixel": saved(Image.new("P", (1, 1)), "GIF"),
    }
    return {f"honest/{name}.gif": content for name, content in honest.items()} | {
        # The screen is small, and the frame on it is not.
        "hostile/gigapixels-first-frame.gif": gif(
            8, 8, b"," + struct.pack("<HHHHB", 0, 0, 65_000, 65_000, 0) + gif_data([0])
        ),
        "hostile/no-frame.gif": gif(48, 32),
        "hostile/comment-only.gif": gif(48, 32, comment * 20),
    }


# --- WebP, by hand -----------------------------------------------------------------------------


def webp(*chunks):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_header(width, height, flags=0):
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return riff_chunk(b"VP8X", bytes((flags, 0, 0, 0)) + sizes)


def blank_webp(width, height):
    """Black, in 30 bytes: five alphabets of one symbol each take no bits for a pixel (RFC 9649,
    3.7.2.1.1)."""
    size = struct.pack("<I", (width - 1) | (height - 1) << 14)
    return webp(riff_chunk(b"VP8L", b"\x2f" + size + b"\x88\x88\x08\0"))


def webp_frame(image, left=0, top=0, size=None):
    """An ANMF chunk; `size` is what it claims, if that is not the truth."""
    width, height = size or image.size
    places = (left // 2, top // 2, width - 1, height - 1, 90)
    head = b"".join(number.to_bytes(3, "little") for number in places) + b"\0"
    return riff_chunk(b"ANMF", head + saved(image, "WEBP", lossless=True)[12:])


def webps():
    upright = quadrants()
    lossy = saved(upright, "WEBP", quality=90)
    lossless = saved(upright, "WEBP", lossless=True)
    clear = quadrants(mode="RGBA")
    alpha = saved(clear, "WEBP", quality=90, exact=True)
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    animation, start = 0x02, riff_chunk(b"ANIM", bytes(6))
    frame = webp_frame(upright)
    honest = {
        "lossy": lossy,
        "lossless": lossless,
        "opaque-alpha": alpha,
        "lossy-alpha": saved(clear, "WEBP", quality=90),
        "bytes-behind": lossy + b"<script>alert(1)</script>",
        # The length in front is wrong, and the picture whole.
        "length-too-long": lossy[:4] + struct.pack("<I", len(lossy) + 100) + lossy[8:],
        "length-too-short": lossy[:4] + struct.pack("<I", 20) + lossy[8:],
        "unknown-chunks": webp(
            webp_header(120, 80), riff_chunk(b"abcd", b"what?"), lossy[12:], riff_chunk(b"e", b"")
        ),
        "broken-profile": webp(
            webp_header(120, 80, 0x20), riff_chunk(b"ICCP", b"no profile"), lossy[12:]
        ),
        # A frame that does not cover the canvas, and one that comes too early.
        "frame-inside": webp(
            webp_header(240, 160, animation | 0x10), start, webp_frame(upright, 60, 40)
        ),
        "two-frames": webp(webp_header(120, 80, animation), start, frame, frame),
        "one-pixel": saved(Image.new("RGB", (1, 1), RED), "WEBP"),
        "25-megapixels": blank_webp(5000, 5000),
    }
    flood = (16_383 - 1) | (16_383 - 1) << 14
    return {f"honest/{name}.webp": content for name, content in honest.items()} | {
        "hostile/268-megapixels-lossy.webp": lossy.replace(
            struct.pack("<HH", 120, 80), struct.pack("<HH", 16_383, 16_383), 1
        ),
        "hostile/268-megapixels-lossless.webp": webp(
            riff_chunk(b"VP8L", b"\x2f" + struct.pack("<I", flood) + bytes(40))
        ),
        # 24 bits for each side: 281 terapixels.
        "hostile/terapixels-animated.webp": webp(
            webp_header(1 << 24, 1 << 24, animation), start, frame
        ),
        "hostile/truncated-lossy.webp": half(saved(noise(), "WEBP", quality=90)),
        "hostile/truncated-alpha.webp": saved(clear, "WEBP", quality=90)[:-40],
        "hostile/truncated-second-frame.webp": webp(
            webp_header(120, 80, animation), start, frame, frame
        )[:-20],
        "hostile/animation-frame-outside.webp": webp(
            webp_header(120, 80, animation), start, frame, webp_frame(upright, size=(9000, 5000))
        ),
        "hostile/header-too-short.webp": webp(riff_chunk(b"VP8X", b""), lossy[12:]),
        "hostile/no-frame.webp": webp(webp_header(120, 80, animation), start),
        "hostile/frame-smaller-than-canvas.webp": webp(webp_header(240, 160), lossy[12:]),
        "hostile/zero-size.webp": lossy.replace(struct.pack("<HH", 120, 80), bytes(4), 1),
    }
