"""The header reader: the size that a decoder will make room for, of any bytes at all."""

import io
import struct
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.files import pictures
from uploads import headers, images
from uploads.essence import essence_of
from uploads.headers import size_of
from uploads.sniffing import HEAD_BYTES, sniff

KINDS = ["jpeg", "png", "gif", "webp"]
STARTS = {
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "gif": b"GIF89a",
    "webp": b"RIFF\0\0\0\0WEBP",
}
FILES = {
    name: content
    for name, content in (pictures.files()).items()
    if sniff(content[:HEAD_BYTES]) in KINDS
}

# What Pillow writes, by what it is asked.
WAYS = [
    *[("JPEG", mode, {"progressive": how}) for mode in ("L", "RGB", "CMYK") for how in (0, 1)],
    *[("JPEG", "RGB", {"subsampling": how}) for how in (0, 1, 2)],
    ("JPEG", "RGB", {"comment": b"x" * 60_000, "icc_profile": b"x" * 200_000}),
    *[("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")],
    ("PNG", "P", {"transparency": 0, "dpi": (72, 72)}),
    *[("GIF", mode, {}) for mode in ("1", "L", "P", "RGB")],
    ("GIF", "P", {"interlace": 1, "transparency": 0, "comment": b"x" * 900}),
    *[("WEBP", mode, {"lossless": how}) for mode in ("L", "RGB", "RGBA") for how in (0, 1)],
    ("WEBP", "RGB", {"exif": b"Exif\0\0x", "icc_profile": b"x" * 301}),
]


def read(content, kind):
    return size_of(io.BytesIO(content), kind)


# --- What it says is what the decoder does ----------------------------------------------------


@given(st.sampled_from(WAYS), st.integers(1, 700), st.integers(1, 700), st.booleans())
@settings(max_examples=150, deadline=None)
def test_it_agrees_with_pillow_on_whatever_pillow_writes(way, width, height, animated):
    encoder, mode, options = way
    image = Image.new(mode, (width, height))
    if animated and encoder != "JPEG" and mode in {"RGB", "RGBA", "P"}:
        options = {**options, "save_all": True, "append_images": [Image.new(mode, image.size, 1)]}
    content = pictures.saved(image, encoder, **options)
    assert read(content, encoder.lower()) == (width, height)
    assert Image.open(io.BytesIO(content)).size == (width, height)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("honest/")])
def test_it_never_says_less_than_the_decoder_makes_room_for(name):
    content = FILES[name]
    size = read(content, sniff(content[:HEAD_BYTES]))
    try:
        image = Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "GIF", "WEBP"])
    except (OSError, SyntaxError, ValueError, TypeError):
        return  # honest all the same: we leave out what Pillow stumbles over
    assert size[0] >= image.size[0]
    assert size[1] >= image.size[1]


@given(st.integers(1, 65_535), st.integers(1, 65_535))
def test_every_size_that_a_header_can_hold_is_read(width, height):
    jpeg = pictures.frame_header(0xC2, (width, height), [(1, 1)])
    assert read(b"\xff\xd8" + jpeg + b"\xff\xda", "jpeg") == (width, height)
    assert read(pictures.gif(width, height, pictures.gif_frame(8, 8)), "gif") == (
        max(width, 8),
        max(height, 8),
    )
    block = b"," + struct.pack("<HHHHB", 7, 9, width, height, 0)
    assert read(pictures.gif(8, 8, block), "gif") == (width + 7, height + 9)


@given(st.integers(1, 1 << 31), st.integers(1, 1 << 31))
def test_every_size_of_a_png_is_read(width, height):
    assert read(pictures.png(width, height, 8, 2, b""), "png") == (width, height)


@given(st.integers(1, 1 << 14), st.integers(1, 1 << 14))
def test_every_size_of_a_webp_is_read(width, height):
    lossless = struct.pack("<I", (width - 1) | (height - 1) << 14)
    assert read(pictures.webp(pictures.riff_chunk(b"VP8L", b"\x2f" + lossless)), "webp") == (
        width,
        height,
    )
    sizes = struct.pack("<HH", width - 1, height - 1)
    lossy = pictures.riff_chunk(b"VP8 ", b"\x10\0\0\x9d\x01\x2a" + sizes)
    assert read(pictures.webp(lossy), "webp") == (width - 1, height - 1)
    assert read(pictures.webp(pictures.webp_header(width, height), lossy), "webp") == (
        width,
        height,
    )
    frame = pictures.webp_frame(Image.new("RGB", (8, 8)), size=(width, height))
    canvas = pictures.webp_header(1, 1, 2)
    assert read(pictures.webp(canvas, frame), "webp") == (width, height)


def test_the_largest_of_several_frames_of_a_jpeg_counts():
    small, large = (pictures.frame_header(0xC0, (n, n), [(1, 1)]) for n in (8, 9000))
    for order in (small + large, large + small):
        assert read(b"\xff\xd8" + order + b"\xff\xda\0\2", "jpeg") == (9000, 9000)


def test_a_frame_behind_the_first_scan_is_not_the_pictures():
    small, large = (pictures.frame_header(0xC0, (n, n), [(1, 1)]) for n in (8, 9000))
    assert read(b"\xff\xd8" + small + b"\xff\xda\0\2\0" + large, "jpeg") == (8, 8)


def test_a_size_is_found_behind_a_megabyte_of_notes():
    notes = pictures.jpeg_segment(0xE2, b"x" * 65_533) * 16
    plain = pictures.saved(pictures.quadrants(), "JPEG")
    assert read(pictures.behind_start(plain, notes), "jpeg") == (120, 80)


def test_a_thumbnails_size_is_not_the_pictures():
    plain = pictures.saved(
        pictures.quadrants(), "JPEG", exif=pictures.with_thumbnail(pictures.quadrants())
    )
    assert b"\xff\xc0\0\x11\x08\0\x08\0\x10" in plain
    assert read(plain, "jpeg") == (120, 80)


# --- Whatever comes ---------------------------------------------------------------------------


@given(st.sampled_from(KINDS), st.binary(max_size=400))
@example("gif", b"\0\0\0\0\x80")
@example("webp", b"VP8X\xff\xff\xff\xff")
def test_it_never_raises(kind, tail):
    for content in (STARTS[kind] + tail, tail):
        size = read(content, kind)
        assert size is None or min(size) >= 0


@given(st.sampled_from(sorted(FILES)), st.data())
@settings(max_examples=300, deadline=None)
def test_taking_a_file_apart_never_raises(name, data):
    content = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(2, min(len(content), 300)))
        content[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    essence = essence_of(io.BytesIO(content), sniff(FILES[name][:HEAD_BYTES]))
    assert essence is None or len(essence.content) <= len(content) + 40


@given(st.sampled_from(sorted(FILES)), st.data())
@settings(max_examples=300, deadline=None)
def test_a_beginning_says_the_same_or_nothing(name, data):
    content = FILES[name]
    kind = sniff(content[:HEAD_BYTES])
    whole = read(content, kind)
    part = read(content[: data.draw(st.integers(0, len(content)))], kind)
    # A canvas is known before its first frame; a second header can only say more.
    assert part is None or part[0] * part[1] <= whole[0] * whole[1]


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("jpeg", b"\xff\xfe\0\2"),
        ("jpeg", b"\xff\xd0"),
        ("jpeg", b"\0\xff"),
        ("png", b"\0\0\0\0aaaa\0\0\0\0"),
        ("gif", b"\0\0\0\0\0" + b"!\xfe\0" * 9),
        ("gif", b"\1"),
        ("webp", b"abcd\0\0\0\0"),
    ],
)
def test_20_mib_of_tiny_parts_are_not_read_for_long(kind, part):
    file = io.BytesIO(STARTS[kind] + bytes(7 * (kind == "gif")) + part * (20 * 2**20 // len(part)))
    started = time.process_time()
    assert size_of(file, kind) is None
    assert time.process_time() - started < 2  # without a bound it is more than ten


def test_an_extension_of_a_gif_in_ten_million_blocks_is_not_read_for_long():
    file = io.BytesIO(STARTS["gif"] + bytes(7) + b"!\xfe" + b"\1x" * (10 * 2**20))
    started = time.process_time()
    assert size_of(file, "gif") is None
    assert time.process_time() - started < 2


def test_the_file_is_read_in_blocks_and_not_whole():
    class Counted(io.BytesIO):
        taken = 0

        def read(self, length=-1):
            content = super().read(length)
            self.taken += len(content)
            return content

    file = Counted(pictures.saved(pictures.quadrants(), "JPEG") + bytes(10 * 2**20))
    assert size_of(file, "jpeg") == (120, 80)
    assert file.taken <= 2 * headers.BLOCK


def segments(content):
    return [part.kind.hex() for part in headers.jpeg_segments(headers.Window(io.BytesIO(content)))]


def test_restarts_and_filling_are_data_and_no_segments():
    image = pictures.quadrants(64, 32).convert("YCbCr")
    plain = ["db", "c0", "c4", "c4", "da", "d9"]
    assert segments(pictures.coarse_jpeg(image)) == plain
    assert segments(pictures.coarse_jpeg(image, restart=1)) == [*plain[:4], "dd", *plain[4:]]
    filled = pictures.coarse_jpeg(image).replace(b"\xff\xc4", b"\0\xff\0\xff\xff\xff\xc4")
    assert segments(filled) == plain


def test_another_start_of_image_ends_the_first():
    image = pictures.quadrants(64, 32).convert("YCbCr")
    both = pictures.coarse_jpeg(image, after=b"\xff\xd8\0\2" + pictures.scan_header([1]))
    assert segments(both) == ["db", "c0", "c4", "c4", "da", "d8"]


@given(st.integers(-8, 8))
def test_a_marker_between_two_blocks_is_found(offset):
    start = b"\xff\xd8" + pictures.scan_header([1])
    for blocks in (1, 2):
        data = bytes(blocks * headers.BLOCK - len(start) + offset)
        assert segments(start + data + b"\xff\xd9") == ["da", "d9"]


def test_scans_are_found_in_20_mib_of_data_in_a_moment():
    # As an encoder would write it: every 0xFF of the data is followed by 0x00.
    data = pictures.noise(512, 512).tobytes().replace(b"\xff", b"\xff\0") * 26
    scan = pictures.scan_header([1])
    file = io.BytesIO(b"\xff\xd8" + scan + data + scan + data[:1000] + b"\xff\xd9")
    started = time.process_time()
    found = [part.kind for part in headers.jpeg_segments(headers.Window(file))]
    assert found == [b"\xda", b"\xda", b"\xd9"]
    assert time.process_time() - started < 1  # 0.03 measured


def test_every_kind_of_picture_has_a_reader():
    assert set(headers.SIZES) == set(KINDS) == set(images.FORMATS)
