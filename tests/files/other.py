"""What people and attackers send instead of pictures and documents."""

from tests.files.pictures import quadrants, saved

# What every hostile file must be refused for, where its own kind is expected.
CODES = {
    "file_empty": [
        "empty",
    ],
    "file_kind_refused": [
        "drawing.svg",
        "drawing-with-preamble.svg",
        "drawing-utf-16.svg",
        "page.html.jpg",
        "page.html.pdf",
        "commented-page.html",
        "shell.php.png",
        "script.sh",
        "program.exe",
        "picture.avif",
        "picture.heic",
        "picture.bmp",
        "picture.tiff",
        "picture.ico",
        "film.mp4",
        "sound.wav",
        "data.xml",
        "letter.txt",
        "letter.rtf",
        "letter.doc",
        "nothing-known.bin",
    ],
}


def files():
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
