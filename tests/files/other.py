"""What people and attackers send instead of pictures and documents."""

import gzip
import io
import zipfile

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
        "drawing-prefixed.svg",
        "drawing.svgz",
        "drawing.ai",
        "drawing.eps",
        "drawing-with-preview.eps",
        "drawing.wmf",
        "picture.psd",
        "picture.xcf",
        "picture.kra",
        "picture.jp2",
        "picture.j2k",
        "picture.jxl",
        "picture-in-a-box.jxl",
        "picture.jxr",
        "picture.jls",
        "picture.qoi",
        "picture.pcx",
        "picture.tga",
        "picture.dcm",
        "picture.exr",
        "picture.hdr",
        "picture.ppm",
        "picture.icns",
        "picture.cur",
        "picture.dds",
        "picture.fits",
        "raw.cr2",
        "raw.cr3",
        "raw.raf",
        "film.webm",
        "film.avi",
        "song.mp3",
        "page-utf-16.html",
        "page.xhtml",
        "page.mht",
        "data.json",
        "shell.jsp",
        "shortcut.lnk",
        "program.elf",
        "Program.class",
        "program-of-python.bin",
        "program.wasm",
        "archive.tar",
        "archive.gz",
        "archive.7z",
        "database.sqlite",
        "font.ttf",
        "film.swf",
        "text-utf-16.txt",
        "letter-as-picture.docx.png",
    ],
}


def stored(name, content):
    """An archive with one member, not compressed."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr(zipfile.ZipInfo(name), content)
    return archive.getvalue()


def gzipped(content):
    """Compressed, with the byte for the operating system that not every Python writes alike."""
    packed = gzip.compress(content, mtime=0)
    return packed[:9] + b"\xff" + packed[10:]


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
        "hostile/drawing-prefixed.svg": b"<s:svg xmlns:s='http://www.w3.org/2000/svg'/>",
        "hostile/drawing.svgz": gzipped(svg),
        "hostile/drawing.ai": b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n",  # what Illustrator writes
        "hostile/drawing.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "hostile/drawing-with-preview.eps": b"\xc5\xd0\xd3\xc6" + bytes(28) + b"%!PS",
        "hostile/drawing.wmf": b"\xd7\xcd\xc6\x9a" + bytes(18),
        "hostile/picture.psd": b"8BPS\0\1" + bytes(20),
        "hostile/picture.xcf": b"gimp xcf v011\0" + bytes(20),
        "hostile/picture.kra": stored("mimetype", b"application/x-krita"),
        "hostile/picture.jp2": saved(small, "JPEG2000"),
        "hostile/picture.j2k": saved(small, "JPEG2000", no_jp2=True),
        "hostile/picture.jxl": b"\xff\x0a" + bytes(20),
        "hostile/picture-in-a-box.jxl": b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(20),
        "hostile/picture.jxr": b"II\xbc\x01\x20\0\0\0" + bytes(20),
        "hostile/picture.jls": b"\xff\xd8\xff\xf7\0\x0b\x08\0\x10\0\x10\x01\x01\x11\0",
        "hostile/picture.qoi": b"qoif\0\0\0\x08\0\0\0\x08\x03\0" + bytes(20),
        "hostile/picture.pcx": saved(small, "PCX"),
        "hostile/picture.tga": saved(small, "TGA"),
        "hostile/picture.dcm": bytes(128) + b"DICM\x02\0\0\0UL\x04\0",
        "hostile/picture.exr": b"v/1\x01\x02\0\0\0channels\0chlist\0",
        "hostile/picture.hdr": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 8 +X 8\n",
        "hostile/picture.ppm": saved(small, "PPM"),
        "hostile/picture.icns": b"icns\0\0\0\x08",
        "hostile/picture.cur": b"\0\0\x02\0\x01\0\x10\x10" + bytes(20),
        "hostile/picture.dds": saved(small, "DDS"),
        "hostile/picture.fits": b"SIMPLE  =                    T".ljust(80),
        "hostile/raw.cr2": b"II*\0\x10\0\0\0CR\x02\0" + bytes(20),
        "hostile/raw.cr3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
        "hostile/raw.raf": b"FUJIFILMCCD-RAW 0201" + bytes(20),
        "hostile/film.webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm",
        "hostile/film.avi": b"RIFF\x24\0\0\0AVI LIST" + bytes(24),
        "hostile/song.mp3": b"\xff\xfb\x90\x64" + bytes(40),
        "hostile/page-utf-16.html": page.decode().encode("utf-16"),
        "hostile/page.xhtml": b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"/>',
        "hostile/page.mht": b"From: <Saved by a browser>\nMIME-Version: 1.0\n\n" + page,
        "hostile/data.json": b'{"type": "AdaptiveCard"}\n',
        "hostile/shell.jsp": b'<%@ page import="java.io.*" %>',
        "hostile/shortcut.lnk": b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F",
        "hostile/program.elf": b"\x7fELF\x02\x01\x01" + bytes(20),
        "hostile/Program.class": b"\xca\xfe\xba\xbe\0\0\0\x41",
        "hostile/program-of-python.bin": b"\xa7\r\r\n" + bytes(12),
        "hostile/program.wasm": b"\0asm\1\0\0\0",
        "hostile/archive.tar": b"a.txt".ljust(257, b"\0") + b"ustar\x0000",
        "hostile/archive.gz": gzipped(b"Dear gallery"),
        "hostile/archive.7z": b"7z\xbc\xaf\x27\x1c\0\4",
        "hostile/database.sqlite": b"SQLite format 3\0\x10\0\1\1",
        "hostile/font.ttf": b"\0\1\0\0\0\x0c\0\x80\0\3\0\x40",
        "hostile/film.swf": b"CWS\x0a" + bytes(20),
        "hostile/text-utf-16.txt": "Dear gallery".encode("utf-16"),
        "hostile/letter-as-picture.docx.png": stored("[Content_Types].xml", b"<Types/>"),
        # The old binary format, and what a .docx becomes when it is locked with a password.
        "hostile/letter.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
    }
