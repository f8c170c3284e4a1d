"""Files a visitor might bring, made when needed so that each is new and nothing is large."""

import io
import struct
import zlib

import pikepdf
from PIL import Image, ImageCms

RED, GREEN, BLUE, YELLOW = (220, 40, 40), (40, 170, 70), (40, 80, 220), (240, 200, 40)
CORNERS = {"top left": RED, "top right": GREEN, "bottom left": BLUE, "bottom right": YELLOW}

ORIENTATION, MAKE, MODEL, GPS_IFD = 0x0112, 0x010F, 0x0110, 0x8825
ROTATE_TO_SEE = 6  # the camera was held upright, its sensor lay on the side
SECRETS = (b"Spyphone", b"38.8977", b"a comment", b"Exif", b"http://ns.adobe.com")


def phone_photo(width=900, height=1200):
    """Return a JPEG as a phone writes it: lying on its side, with GPS and four coloured corners."""
    upright = Image.new("RGB", (width, height))
    half = (width // 2, height // 2)
    for (x, y), colour in zip(((0, 0), (1, 0), (0, 1), (1, 1)), CORNERS.values(), strict=True):
        upright.paste(colour, (x * half[0], y * half[1], width, height))
    exif = Image.Exif()
    exif[ORIENTATION] = ROTATE_TO_SEE
    exif[MAKE] = exif[MODEL] = "Spyphone"
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (38.0, 53.0, 51.7), 3: "W", 4: (77.0, 2.0, 11.7)})
    buffer = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(
        buffer,
        "JPEG",
        quality=92,
        exif=exif,
        comment=b"a comment",
        xmp=b'<x:xmpmeta xmlns:x="http://ns.adobe.com/x">38.8977</x:xmpmeta>',
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    )
    return buffer.getvalue()


def picture(colour, width=1400, height=1000):
    """Return a plain PNG for a print, with a border so that its edges can be seen."""
    image = Image.new("RGB", (width, height), "white")
    image.paste(colour, (40, 40, width - 40, height - 40))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def png_bomb(side=10_000):
    """Return a valid 12 KB PNG of 100 megapixels: 1 bit each, all black."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((1 + side // 8) * side), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def pdf(title="Loan agreement"):
    """Return a one-page PDF."""
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(595, 842))
    page.Contents = document.make_stream(b"0.8 0.3 0.2 rg 60 60 475 722 re f")
    document.docinfo["/Title"] = title
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


HTML_AS_PDF = b"<!doctype html><title>Sign in</title><script>alert(document.cookie)</script>"
