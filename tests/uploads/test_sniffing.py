"""Content sniffing: every file is called by its name, and none makes the reader stumble."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.files import other, pictures
from uploads.sniffing import HEAD_BYTES, NAMES, PATTERNS, sniff

FILES = other.files()
PICTURES = {"jpeg", "png", "gif", "webp"}


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("drawing-prefixed.svg", "an SVG drawing"),
        ("drawing.svgz", "a compressed SVG drawing"),
        ("drawing.ai", "a PDF document"),
        ("drawing.eps", "a PostScript file"),
        ("drawing-with-preview.eps", "a PostScript file"),
        ("drawing.wmf", "a Windows metafile"),
        ("picture.psd", "a Photoshop file"),
        ("picture.xcf", "a GIMP picture"),
        ("picture.kra", "a Krita or OpenRaster picture"),
        ("picture.jp2", "a JPEG 2000 picture"),
        ("picture.j2k", "a JPEG 2000 picture"),
        ("picture.jxl", "a JPEG XL picture"),
        ("picture-in-a-box.jxl", "a JPEG XL picture"),
        ("picture.jxr", "a JPEG XR picture"),
        ("picture.jls", "a JPEG-LS picture"),
        ("picture.qoi", "a QOI picture"),
        ("picture.pcx", "a PCX picture"),
        ("picture.tga", "a Targa picture"),
        ("picture.dcm", "a DICOM picture"),
        ("picture.exr", "an OpenEXR picture"),
        ("picture.hdr", "a Radiance HDR picture"),
        ("picture.ppm", "a Netpbm picture"),
        ("picture.icns", "an icon file"),
        ("picture.cur", "an icon file"),
        ("picture.dds", "a texture of a 3D program"),
        ("picture.fits", "a FITS picture"),
        ("raw.cr2", "a camera's raw file"),
        ("raw.cr3", "a camera's raw file"),
        ("raw.raf", "a camera's raw file"),
        ("film.webm", "a video"),
        ("film.avi", "a video"),
        ("song.mp3", "a sound file"),
        ("page-utf-16.html", "an HTML page"),
        ("page.xhtml", "an HTML page"),
        ("page.mht", "a saved web page or an e-mail"),
        ("data.json", "a JSON file"),
        ("shell.jsp", "a script"),
        ("shortcut.lnk", "a Windows shortcut"),
        ("program.elf", "a program"),
        ("Program.class", "a program"),
        ("program-of-python.bin", "a program"),
        ("program.wasm", "a program"),
        ("archive.tar", "a compressed archive"),
        ("archive.gz", "a compressed archive"),
        ("archive.7z", "a 7-Zip archive"),
        ("database.sqlite", "a database"),
        ("font.ttf", "a font"),
        ("film.swf", "a Flash file"),
        ("text-utf-16.txt", "a plain text file"),
        ("letter-as-picture.docx.png", "a zip archive or an Office document"),
    ],
)
def test_a_file_is_called_by_its_name(name, called):
    assert NAMES[sniff(FILES[f"hostile/{name}"][:HEAD_BYTES])] == called


@pytest.mark.parametrize(
    ("encoder", "mode", "kind"),
    [
        *(("TGA", mode, "tga") for mode in ("L", "LA", "P", "RGB", "RGBA")),
        *(("PCX", mode, "pcx") for mode in ("1", "L", "P", "RGB")),
        *(("PPM", mode, "netpbm") for mode in ("1", "L", "RGB", "I;16")),
        *(("DDS", mode, "texture") for mode in ("L", "RGB", "RGBA")),
        *(("ICO", mode, "ico") for mode in ("RGB", "RGBA")),
        *(("TIFF", mode, "tiff") for mode in ("1", "CMYK", "LAB")),
        ("JPEG2000", "RGB", "jp2"),
        ("EPS", "RGB", "postscript"),
        ("PDF", "RGB", "pdf"),
    ],
)
def test_what_pillow_writes_is_known(encoder, mode, kind):
    assert sniff(pictures.saved(Image.new(mode, (40, 30)), encoder)[:HEAD_BYTES]) == kind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"P1 was a good day", "text"),
        (b"\n\nDear gallery", "text"),
        (b"{ margin: 0 }", "text"),
        (b"[a note]", "text"),
        (b"From here on, it rains", "text"),
        (b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0", "ico"),
        (b"\0\0\2\0\1\0\x10\x10\0\0\1\0\x20\0", "ico"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\0nothing deflated", "gzip"),
    ],
)
def test_what_only_begins_alike_is_not_taken_for_it(head, kind):
    assert sniff(head) == kind


@given(st.binary(max_size=HEAD_BYTES))
def test_any_bytes_have_a_name(head):
    assert NAMES[sniff(head)]


@given(st.sampled_from([*FILES]), st.binary(max_size=8), st.integers(0, 40))
def test_bytes_written_over_a_file_do_not_make_it_stumble(name, some, at):
    head = FILES[name][:HEAD_BYTES]
    assert NAMES[sniff(head[:at] + some + head[at + len(some) :])]


def test_a_picture_that_we_take_is_never_taken_for_another_kind():
    for content in pictures.files().values():
        assert sniff(content[:HEAD_BYTES]) in PICTURES


def test_every_pattern_has_a_name():
    assert {kind for _, kind in PATTERNS} <= set(NAMES)
