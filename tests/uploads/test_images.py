"""Pictures: what comes out, looked at pixel by pixel and byte by byte."""

import io
import math
import time
import warnings
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from tests.files import pictures
from tests.files.pictures import BLUE, GREEN, MARK, RED, YELLOW
from uploads import fence, images
from uploads.essence import essence_of
from uploads.images import Crop, rendition_height, rendition_widths
from uploads.sniffing import HEAD_BYTES, sniff
from uploads.validators import validate_avatar, validate_picture

SEEDS = {
    name: content
    for name, content in pictures.files().items()
    if len(content) < 6000 and sniff(content[:HEAD_BYTES]) in images.FORMATS
}
WHITE, BLACK = (255, 255, 255), (0, 0, 0)

# Pillow warns of what is odd in an honest file; it does not make the file a bad one.
may_warn = pytest.mark.filterwarnings("ignore::UserWarning")


def seen(rendition):
    """Return the rendition as a browser decodes it."""
    image = Image.open(io.BytesIO(rendition.content))
    image.load()
    assert image.size == (rendition.width, rendition.height)
    return image


def largest(picture, extension=".webp"):
    return seen([r for r in picture.renditions if r.extension == extension][-1])


def corners(image):
    """The four colours, read at a quarter of the way in: top left and right, bottom …"""
    return [
        image.getpixel((image.width * x // 4, image.height * y // 4))
        for x, y in ((1, 1), (3, 1), (1, 3), (3, 3))
    ]


def alike(colours, expected, tolerance=24):
    """Whether colours are the same to the eye: lossy encoders move each a little."""
    return all(
        abs(one - other) <= tolerance
        for colour, wanted in zip(colours, expected, strict=True)
        for one, other in zip(colour, wanted, strict=True)
    )


def refused_or(act, code):
    """Return what `act` does, or None if it was a refusal with that code."""
    try:
        return act()
    except ValidationError as error:
        if error.code != code:
            raise
        return None


def as_upload(image, encoder="PNG", **options):
    return ContentFile(pictures.saved(image, encoder, **options), name="picture")


# --- Upright, and the right colours -----------------------------------------------------------


@may_warn
@pytest.mark.parametrize(
    "name",
    [
        *(f"orientation-{turn}.jpg" for turn in range(1, 9)),
        "sideways.png",
        "sideways.webp",
        "odd-orientation.jpg",
        "broken-exif.jpg",
        "exif-without-tiff.jpg",
        "broken-profile.jpg",
        "cmyk.jpg",
        "cmyk-with-rgb-profile.jpg",
        "progressive.jpg",
        "two-lenses.mpo.jpg",
        "plain.png",
        "16-bit.png",
        "animated.png",
        "animated.gif",
        "animated.webp",
        "marked.jpg",
        "marked.png",
        "marked.webp",
        "marked.gif",
    ],
)
def test_red_and_green_are_above_blue_and_yellow(upload, name):
    picture = validate_picture(upload(f"honest/{name}"))
    assert (picture.width, picture.height) == (120, 80)
    for extension in (".avif", ".webp"):
        assert alike(corners(largest(picture, extension)), [RED, GREEN, BLUE, YELLOW])
    avatar = seen(validate_avatar(upload(f"honest/{name}")))
    assert avatar.size == (80, 80)
    assert alike(corners(avatar), [RED, GREEN, BLUE, YELLOW])


FOUR_COLOURS = [
    *("4-1-1.jpg", "4-4-0.jpg", "4-1-0.jpg", "4-2-2.jpg", "4-4-4.jpg"),
    *("colour-finer-than-light.jpg", "extended.jpg", "first-scan-only.jpg"),
    *("one-scan-for-each-colour.jpg", "restart-markers.jpg", "frame-of-a-film.jpg"),
    *("named-rgb.jpg", "adobe-rgb.jpg", "ycck.jpg", "cmyk-without-adobe.jpg"),
    *("progressive-cmyk.jpg", "no-end-marker.jpg", "no-end-marker-progressive.jpg"),
    *(
        "no-end-marker-and-another.jpg",
        "no-end-marker-but-zeros.jpg",
        "filled-markers.jpg",
        "bytes-between-segments.jpg",
    ),
    *("bytes-behind.jpg", "thumbnail.jpg", "gain-map.jpg", "broken-list-of-pictures.jpg"),
    *("broken-photoshop.jpg", "broken-jfif.jpg", "broken-flashpix.jpg", "two-exif.jpg"),
    *("signed.jpg", "signed.png"),
    *(f"{kind}-bit{how}.png" for kind in ("rgb-8", "rgb-16") for how in ("", "-interlaced")),
    *(f"rgb-alpha-{bits}-bit{how}.png" for bits in (8, 16) for how in ("", "-interlaced")),
    *(f"palette-{bits}-bit{how}.png" for bits in (2, 4, 8) for how in ("", "-interlaced")),
    *("gamma-of-srgb.png", "gamma-of-nothing.png", "significant-bits.png", "long-text.png"),
    *("wrong-checksum-of-a-comment.png", "wrong-checksum-of-a-gamma.png"),
    *("broken-profile.png", "transparency-too-short.png"),
    *("no-end.png", "bytes-behind.png", "chunk-for-each-byte.png", "empty-chunks.png"),
    *("turned-afterwards.png", "odd-animation.png"),
    *("1987.gif", "own-palette.gif", "interlaced.gif", "no-end.gif", "no-screen.gif"),
    *("many-comments.gif", "bytes-behind.gif", "frame-over-the-edge.gif"),
    *("lossy.webp", "lossless.webp", "opaque-alpha.webp", "bytes-behind.webp", "two-frames.webp"),
    *("length-too-long.webp", "length-too-short.webp", "unknown-chunks.webp"),
    "broken-profile.webp",
]


@pytest.mark.parametrize("name", FOUR_COLOURS)
def test_every_way_to_store_four_colours_shows_them(upload, name):
    picture = largest(validate_picture(upload(f"honest/{name}")))
    assert alike(corners(picture), [RED, GREEN, BLUE, YELLOW])


@pytest.mark.parametrize("how", ["", "-interlaced"])
@pytest.mark.parametrize(
    ("name", "levels"),
    [
        *((f"grey-{bits}-bit", (0, 85, 170, 255)) for bits in (2, 4, 8, 16)),
        *((f"grey-alpha-{bits}-bit", (0, 85, 170, 255)) for bits in (8, 16)),
        ("grey-1-bit", (0, 0, 255, 255)),
    ],
)
def test_every_depth_of_grey_keeps_its_levels(upload, name, levels, how):
    picture = largest(validate_picture(upload(f"honest/{name}{how}.png")))
    assert alike(corners(picture), [(level,) * 3 for level in levels], 6)


@pytest.mark.parametrize("how", ["", "-interlaced"])
def test_a_palette_of_one_bit_has_two_colours(upload, how):
    picture = largest(validate_picture(upload(f"honest/palette-1-bit{how}.png")))
    assert alike(corners(picture), [RED, RED, BLUE, BLUE])


@pytest.mark.parametrize(
    "name",
    [
        *("grey-profile.jpg", "grey-with-rgb-profile.jpg"),
        *("gamma.png", "gamma-grey.png", "grey-alpha-profile.png"),
    ],
)
def test_light_that_was_stored_as_light_is_made_visible(upload, name):
    # 55 of 255 is a fifth of the light, which a screen shows at 128 (IEC 61966-2-1).
    picture = largest(validate_picture(upload(f"honest/{name}")))
    assert alike(corners(picture), [(128, 128, 128)] * 4, 4)


def test_a_gamma_that_stands_for_srgb_changes_nothing():
    # As a plain power of 2.2 the dark grey would be 3, and shadows black.
    dark = pictures.saved(Image.new("RGB", (8, 8), (10, 10, 10)), "PNG")
    marked = io.BytesIO(pictures.with_chunks(dark, pictures.gamma(1 / 2.2)))
    picture = largest(images.redraw_picture(marked, "png"))
    assert alike([picture.getpixel((4, 4))], [(10, 10, 10)], 3)


def test_colours_of_a_wide_screen_are_brought_to_a_common_one(upload):
    # The red of Display P3 is further out than that of sRGB: the same red has a larger number.
    picture = largest(validate_picture(upload("honest/wide-gamut.png")))
    assert alike([picture.getpixel((8, 8))], [(216, 93, 31)], 6)


@pytest.mark.parametrize(
    ("name", "around", "inside"),
    [("frame-inside.gif", (4, 90), (36, 40)), ("frame-inside.webp", (10, 150), (75, 50))],
)
def test_where_nothing_was_painted_there_is_paper(upload, name, around, inside):
    picture = largest(validate_picture(upload(f"honest/{name}")))
    assert alike([picture.getpixel(around), picture.getpixel(inside)], [WHITE, RED])


def test_a_large_frame_of_a_gif_leaves_paper_around_it():
    # Shrunk in whole steps first, and painted in several pieces.
    frame = pictures.quadrants(3000, 900).quantize(4)
    content = bytearray(pictures.saved(frame, "GIF"))
    content[6:10] = (6000).to_bytes(2, "little") + (1800).to_bytes(2, "little")
    picture = largest(validate_picture(ContentFile(bytes(content), name="a.gif")))
    assert picture.size == (1280, 384)
    found = [picture.getpixel(place) for place in ((160, 48), (480, 140), (700, 100), (100, 300))]
    assert alike(found, [RED, YELLOW, WHITE, WHITE])


def test_an_interlaced_png_is_read(upload):
    picture = validate_picture(upload("honest/interlaced.png"))
    assert (picture.width, picture.height) == (24, 16)
    assert alike(corners(largest(picture)), [RED, GREEN, BLUE, YELLOW], 40)


def test_a_phone_photograph_is_upright_and_its_avatar_too(upload):
    picture = validate_picture(upload("honest/phone.jpg"))
    assert (picture.width, picture.height) == (1280, 960)
    assert alike(corners(largest(picture)), [RED, GREEN, BLUE, YELLOW])
    avatar = seen(validate_avatar(upload("honest/phone.jpg")))
    assert avatar.size == (512, 512)
    assert alike(corners(avatar), [RED, GREEN, BLUE, YELLOW])


@pytest.mark.parametrize(
    "name",
    [
        *("profile.jpg", "profile-alpha.png", "profile-in-pieces.jpg"),
        *("long-profile.png", "chromaticities.png"),
    ],
)
def test_a_colour_profile_is_applied_before_it_is_thrown_away(upload, name):
    # The profile says that the first channel is green: the red square was a green one.
    first, second, *_ = corners(largest(validate_picture(upload(f"honest/{name}"))))
    assert first[1] > first[0] + 80
    assert second[0] > second[1] + 80


def test_grey_stays_grey(upload):
    picture = largest(validate_picture(upload("honest/grey.jpg")))
    assert all(max(colour) - min(colour) < 6 for colour in corners(picture))


def test_16_bit_grey_keeps_its_steps(upload):
    picture = largest(validate_picture(upload("honest/16-bit-grey.png")))
    assert alike(
        [picture.getpixel((x, 0)) for x in (0, 32, 63)], [BLACK, (130, 130, 130), WHITE], 16
    )


@pytest.mark.parametrize(
    "name", ["hidden-colour.png", "grey-alpha.png", "transparent.gif", "one-bit.png"]
)
def test_what_is_transparent_shows_paper_and_hides_nothing(upload, name):
    for rendition in validate_picture(upload(f"honest/{name}")).renditions:
        image = seen(rendition)
        assert image.mode == "RGB"
        assert alike([image.getpixel((4, 4))], [WHITE], 3)


def test_what_is_half_transparent_is_half_paper(upload):
    half_red = tuple((255 + channel) // 2 for channel in RED)
    for name in ("alpha.webp", "palette-alpha.png"):
        image = largest(validate_picture(upload(f"honest/{name}")))
        assert alike([image.getpixel((4, 4))], [half_red])


def test_large_pictures_are_averaged_band_by_band_without_seams():
    # 5300 / 1280 / 2 = 2 whole steps; odd sizes, so that the last band and column are partial.
    source = pictures.quadrants(5301, 1201)
    for image in (source, source.convert("RGBA"), source.quantize(8)):
        picture = largest(validate_picture(as_upload(image)))
        assert picture.size == (1280, 290)
        assert alike(corners(picture), [RED, GREEN, BLUE, YELLOW])
        for y in range(2, 143):  # every row of the upper half is red and green
            assert alike([picture.getpixel((320, y))], [RED])


@pytest.mark.parametrize("box", [(0, 0, 300, 500), (31.4, 77.7, 250.1, 480.9)])
@pytest.mark.parametrize("size", [(100, 170), (299, 499), (7, 300)])
def test_a_picture_resized_in_pieces_is_the_same_as_in_one(monkeypatch, size, box):
    # Of little contrast: Pillow filters rows or columns first, as it is cheaper, and where the
    # first pass leaves the range of a byte the order shows.
    noise = pictures.noise(300, 500).point(lambda value: 96 + value // 4)
    image = noise.convert("RGBA")
    image.putalpha(noise.convert("L").rotate(180))
    whole = image.resize(size, Image.Resampling.LANCZOS, box)
    monkeypatch.setattr(images, "BAND", (16, 16))
    pieces = images._resized(image, None, size, box)
    difference = ImageChops.difference(whole.convert("RGBa"), pieces.convert("RGBa"))
    assert max(most for _, most in difference.getextrema()) <= 4


def test_a_large_jpeg_is_decoded_small():
    source = as_upload(pictures.quadrants(4200, 2800), "JPEG")
    assert alike(corners(seen(validate_avatar(source))), [RED, GREEN, BLUE, YELLOW])
    assert alike(corners(largest(validate_picture(source))), [RED, GREEN, BLUE, YELLOW])


# --- Nothing of the original is left ----------------------------------------------------------


MARKED = [f"honest/marked.{kind}" for kind in ("jpg", "png", "webp", "gif")]
MARKED += ["honest/signed.jpg", "honest/signed.png"]


@pytest.mark.parametrize("name", MARKED)
def test_no_mark_of_the_original_is_stored(upload, name):
    file = upload(name)
    assert MARK in file.read()
    stored = [*validate_picture(file).renditions, validate_avatar(file)]
    for rendition in stored:
        assert MARK not in rendition.content
        image = seen(rendition)
        left = set(image.info) & {"exif", "xmp", "icc_profile", "comment", "XML:com.adobe.xmp"}
        assert not left
        assert not image.getexif()


@pytest.mark.parametrize("name", MARKED)
def test_a_decoder_sees_no_mark_either(upload, name):
    content = upload(name).read()
    essence = essence_of(io.BytesIO(content), sniff(content[:HEAD_BYTES]))
    assert MARK not in essence.content
    assert b"http://ns.adobe.com" not in essence.content


@pytest.mark.parametrize("kind", [b"EXIF", b"XMP ", b"ICCP", b"ANIM"])
def test_a_stored_webp_holds_pixels_and_nothing_else(upload, kind):
    avatar = validate_avatar(upload("honest/marked.webp")).content
    assert avatar[12:16] == b"VP8 "
    assert kind not in avatar[:64]
    assert len(avatar) == int.from_bytes(avatar[4:8], "little") + 8  # and not a byte behind it


def test_where_a_photograph_was_taken_is_not_stored(upload):
    phone = upload("honest/phone.jpg")
    assert Image.open(phone).getexif().get_ifd(0x8825)
    for rendition in validate_picture(phone).renditions:
        assert not seen(rendition).getexif().get_ifd(0x8825)


# --- Sizes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (1, (1,)),
        (320, (320,)),
        (321, (320, 321)),
        (640, (320, 640)),
        (1000, (320, 640, 1000)),
        (1280, (320, 640, 1280)),
        (9000, (320, 640, 1280)),
    ],
)
def test_a_picture_is_never_enlarged(width, widths):
    assert rendition_widths(width) == widths
    picture = validate_picture(as_upload(Image.new("RGB", (width, 10))))
    assert picture.width == widths[-1]
    assert [r.width for r in picture.renditions if r.extension == ".avif"] == list(widths)


@given(st.integers(1, 50_000), st.integers(1, 50_000))
def test_the_heights_of_templates_are_those_of_the_files(full_width, full_height):
    # A template knows only the largest rendition; it must come to the same sizes.
    width = rendition_widths(full_width)[-1]
    assert rendition_widths(width) == rendition_widths(full_width)
    assert rendition_height(width, width, full_height) == full_height
    assert rendition_height(width, full_width, full_height) >= 1


def test_every_rendition_has_the_size_it_claims(upload):
    picture = validate_picture(upload("honest/phone.jpg"))
    for rendition in picture.renditions:
        assert rendition.height == rendition_height(rendition.width, picture.width, picture.height)
        assert seen(rendition).format == rendition.extension[1:].upper()
    assert len(picture.renditions) == 6


@pytest.mark.parametrize("size", [(1080, 12_000), (1280, 9000), (2559, 19_500), (1280, 16_383)])
def test_a_strip_is_stored_narrower_and_in_its_own_shape(size):
    width, height = images._largest_size(*size)
    assert width * height <= images.RENDITION_MAX_PIXELS
    assert math.isclose(width / height, size[0] / size[1], rel_tol=0.01)


def test_a_strip_is_drawn_in_the_sizes_that_a_template_expects(monkeypatch):
    monkeypatch.setattr(images, "RENDITION_MAX_PIXELS", 1_000_000)
    strip = Image.new("1", (1280, 3000))
    strip.paste(1, (0, 1500, 1280, 3000))
    picture = images.redraw_picture(as_upload(strip), "png")
    assert (picture.width, picture.height) == (653, 1530)
    assert [(r.width, r.height) for r in picture.renditions if r.extension == ".webp"] == [
        (width, rendition_height(width, 653, 1530)) for width in rendition_widths(653)
    ]
    assert alike(corners(largest(picture)), [BLACK, BLACK, WHITE, WHITE])


@pytest.mark.parametrize(
    ("content", "most"),
    [
        (pictures.blank_webp(10_000, 5000), 700),  # 603 measured, 830 by Pillow's own way
        (pictures.blank_png(1280, 16_000), 450),  # 335 measured, 920 in its full width
    ],
    ids=["webp", "strip"],
)
def test_the_largest_pictures_fit_in_memory(content, most):
    with fence.measured() as costs:
        validate_picture(ContentFile(content, name="a"))
    assert costs[0].peak < most * 2**20


def test_a_strip_that_is_an_ordinary_picture_keeps_its_width():
    assert images._largest_size(1080, 1920) == (1080, 1920)
    assert images._largest_size(4000, 20_000) == (1280, 6400)


@pytest.mark.parametrize(("height", "speed"), [(2300, 8), (2400, 9)])
def test_the_work_of_the_slow_encoder_is_bounded(monkeypatch, height, speed):
    options = {}
    monkeypatch.setattr(Image.Image, "save", lambda *_args, **given: options.update(given))
    images._encoded(Image.new("RGB", (1280, height)), "AVIF")
    assert options["speed"] == speed
    assert options["max_threads"] == 1


# --- Crops ------------------------------------------------------------------------------------


def test_an_avatar_is_cut_from_the_middle():
    source = Image.new("RGB", (300, 100), RED)
    source.paste(GREEN, (100, 0, 200, 100))
    avatar = seen(validate_avatar(as_upload(source)))
    assert avatar.size == (100, 100)
    assert alike(corners(avatar), [GREEN] * 4)


@pytest.mark.parametrize(
    ("crop", "colour"),
    [
        (Crop(0, 0, 0.5), RED),
        (Crop(0.5, 0, 0.5), GREEN),
        (Crop(0, 0.5, 0.5), BLUE),
        (Crop(0.5, 0.5, 0.5), YELLOW),
    ],
)
@pytest.mark.parametrize(
    "name", [*(f"orientation-{turn}.jpg" for turn in range(1, 9)), "sideways.png", "sideways.webp"]
)
def test_a_crop_is_cut_from_the_upright_picture(upload, name, crop, colour):
    avatar = seen(validate_avatar(upload(f"honest/{name}"), crop))
    assert avatar.size == (40, 40)  # half of the shorter side, 80
    assert alike(corners(avatar), [colour] * 4)


def test_a_crop_of_a_large_photograph_keeps_its_detail():
    source = Image.new("RGB", (4000, 3000), WHITE)
    source.paste(RED, (2000, 1500, 2600, 2100))
    upload = as_upload(source, "JPEG", quality=90)
    avatar = seen(validate_avatar(upload, Crop(0.5, 0.5, 0.2)))
    assert avatar.size == (512, 512)
    assert alike(corners(avatar), [RED] * 4)


def test_rounding_in_a_browser_is_forgiven(upload):
    avatar = validate_avatar(upload("honest/plain.png"), Crop(0.33334, 0.0001, 1))
    assert (avatar.width, avatar.height) == (80, 80)


@pytest.mark.parametrize(
    "crop",
    [
        Crop(math.nan, 0, 1),
        Crop(0, math.inf, 1),
        Crop(0, 0, math.nan),
        Crop(-0.1, 0, 0.5),
        Crop(0, -0.1, 0.5),
        Crop(0, 0, 0),
        Crop(0, 0, -1),
        Crop(0, 0, 1.1),
        Crop(1.1, 0, 0.1),
        Crop(0, 1.1, 0.1),
        Crop(0.5, 0, 1),  # reaches over the right edge
        Crop(0, 0.5, 0.6),  # and the lower one
        Crop(0, 0, 0.001),  # less than a pixel
        Crop(1e308, 1e308, 1e308),
    ],
    ids=str,
)
def test_a_crop_outside_the_picture_is_refused(upload, crop):
    with pytest.raises(ValidationError) as caught:
        validate_avatar(upload("honest/plain.png"), crop)
    assert caught.value.code == "crop_invalid"


@given(
    st.sampled_from(["RGB", "RGBA", "P"]),
    st.integers(1, 90),
    st.integers(1, 90),
    st.integers(1, 8),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
)
@hypothesis_settings(max_examples=200, deadline=None)
def test_every_crop_that_is_inside_can_be_cut(mode, width, height, turn, x, y, size):
    picture = images._Decoded(Image.new(mode, (width, height)), 0, 0, turn, None, grey=False)
    upright = images._upright_size((width, height), turn)
    box = refused_or(lambda: images._crop_box(Crop(x, y, size), *upright), "crop_invalid")
    if box:
        assert images._drawn(picture, (20, 20), box).getextrema() is not None


@given(
    st.integers(1, 9000),
    st.integers(1, 9000),
    st.builds(Crop, *[st.floats(-0.1, 1.1)] * 3),
)
def test_a_crop_is_a_square_inside_the_picture_or_refused(width, height, crop):
    box = refused_or(lambda: images._crop_box(crop, width, height), "crop_invalid")
    if box:
        left, top, right, bottom = box
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert math.isclose(right - left, bottom - top, rel_tol=1e-6)


# --- Floods and damage ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["100-megapixels.png", "gigapixels.gif", "268-megapixels.webp"])
@pytest.mark.parametrize("action", ["ignore", "error"])
def test_a_flood_is_refused_whether_pillow_warns_or_raises(upload, recwarn, name, action):
    warnings.simplefilter(action, Image.DecompressionBombWarning)
    with pytest.raises(ValidationError) as caught:
        validate_avatar(upload(f"hostile/{name}"))
    assert caught.value.code == "image_too_many_pixels"
    assert "25 megapixels" in caught.value.messages[0]


def no_decoder(monkeypatch):
    def opened(*_args, **_options):
        raise AssertionError("a decoder saw it")

    monkeypatch.setattr(Image, "open", opened)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", opened)


@pytest.mark.parametrize("name", pictures.CODES["image_too_many_pixels"])
def test_a_flood_is_refused_in_a_moment_and_by_its_header(upload, monkeypatch, name):
    no_decoder(monkeypatch)
    flood = upload(f"hostile/{name}")
    started = time.process_time()
    with pytest.raises(ValidationError) as caught:
        images.refuse_too_many_pixels(flood, sniff(flood.read(HEAD_BYTES)), 50_000_000)
    assert time.process_time() - started < 0.1
    assert caught.value.code == "image_too_many_pixels"
    assert flood.tell() == 0


def test_100_megapixels_are_12_kilobytes(upload):
    assert upload("hostile/100-megapixels.png").size < 12_500


@pytest.mark.parametrize("name", pictures.CODES["image_too_many_pixels"])
def test_the_child_refuses_a_flood_too(upload, monkeypatch, name):
    no_decoder(monkeypatch)
    flood = upload(f"hostile/{name}")
    with pytest.raises(ValidationError) as caught:
        images.redraw_picture(flood, sniff(flood.read(HEAD_BYTES)))
    assert caught.value.code == "image_too_many_pixels"


def test_exactly_the_limit_is_no_flood():
    at_the_limit = io.BytesIO(pictures.blank_png(50, 20))
    images.refuse_too_many_pixels(at_the_limit, "png", 1000)
    with pytest.raises(ValidationError):
        images.refuse_too_many_pixels(at_the_limit, "png", 999)


def test_a_header_that_cannot_be_read_is_left_to_the_decoder():
    for kind in images.FORMATS:
        images.refuse_too_many_pixels(io.BytesIO(b"\xff\xd8\xff"), kind, 0)


@pytest.mark.parametrize("name", [*pictures.CODES["image_too_many_scans"]])
def test_a_bomb_of_scans_is_not_opened(upload, monkeypatch, name):
    no_decoder(monkeypatch)
    with pytest.raises(ValidationError) as caught:
        images.redraw_picture(upload(f"hostile/{name}"), "jpeg")
    assert caught.value.code == "image_too_many_scans"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("12-bit.jpg", "This JPEG is stored with more than 8 bits for each colour,"),
        ("lossless.jpg", "This JPEG is stored without loss,"),
        ("hierarchical.jpg", "This JPEG is stored in several resolutions,"),
    ],
)
def test_a_jpeg_that_no_browser_shows_is_told_why(upload, name, words):
    with pytest.raises(ValidationError) as caught:
        images.redraw_picture(upload(f"hostile/{name}"), "jpeg")
    assert caught.value.messages[0].startswith(words)


def ten_thousand_frames(kind):
    """An animation of which only the first frame can be decoded."""
    first = pictures.quadrants(48, 32)
    if kind == "gif":
        block = b"," + pictures.struct.pack("<HHHHB", 0, 0, 48, 32, 0) + b"\x0c\2\xff\xff\0"
        return pictures.gif(48, 32, pictures.gif_frame(48, 32), block * 10_000)
    if kind == "webp":
        broken = pictures.webp_frame(first)
        broken = broken[:40] + bytes(len(broken) - 40)
        return pictures.webp(
            pictures.webp_header(48, 32, 2),
            pictures.riff_chunk(b"ANIM", bytes(6)),
            pictures.webp_frame(first),
            broken * 10_000,
        )
    number = pictures.struct.Struct(">I").pack
    frames = b"".join(
        pictures.png_chunk(b"fcTL", number(2 * n + 1) + pictures.frame_control(48, 32)[12:-4])
        + pictures.png_chunk(b"fdAT", number(2 * n + 2) + b"not deflated")
        for n in range(10_000)
    )
    plain = pictures.with_chunks(
        pictures.saved(first, "PNG"),
        pictures.png_chunk(b"acTL", number(10_001) + number(0)),
        pictures.frame_control(48, 32),
    )
    return plain[:-12] + frames + plain[-12:]


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_of_ten_thousand_frames_the_first_is_opened(kind):
    content = ten_thousand_frames(kind)
    started = time.process_time()
    avatar = images.redraw_avatar(io.BytesIO(content), kind)
    assert time.process_time() - started < 1  # 0.05 measured
    assert alike(corners(seen(avatar)), [RED, GREEN, BLUE, YELLOW], 40)


@pytest.mark.parametrize("options", [{}, {"restart_marker_rows": 1}, {"subsampling": 0}], ids=str)
def test_a_jpeg_cut_anywhere_is_refused_or_the_same_picture(options):
    content = pictures.saved(pictures.noise(64, 64), "JPEG", quality=60, **options)
    whole = images.redraw_avatar(io.BytesIO(content), "jpeg")
    accepted = []
    without_mark = [len(content) - 2, len(content) - 1]
    for length in [*range(2, len(content) - 2, 3), *without_mark]:
        cut = io.BytesIO(content[:length])
        avatar = refused_or(lambda cut=cut: images.redraw_avatar(cut, "jpeg"), "image_damaged")
        if avatar:
            accepted.append(length)
            assert avatar == whole
    assert accepted[-2:] == without_mark
    assert len(content) - accepted[0] <= 8


@given(st.sampled_from(sorted(SEEDS)), st.data())
@hypothesis_settings(max_examples=300, deadline=None, derandomize=True)
@may_warn
def test_a_picture_with_some_bytes_changed_is_drawn_or_refused(name, data):
    content = bytearray(SEEDS[name])
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(8, len(content)))
        content[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    with suppress(ValidationError):
        images.redraw_avatar(io.BytesIO(content), sniff(SEEDS[name][:HEAD_BYTES]))


@pytest.mark.parametrize("encoder", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_cut_anywhere_is_refused_or_whole(encoder):
    content = pictures.saved(pictures.noise(24, 24).convert("RGB"), encoder)
    kind = encoder.lower()
    for length in range(8, len(content), 37):
        cut = io.BytesIO(content[:length])
        if refused_or(lambda cut=cut: images.redraw_avatar(cut, kind), "image_damaged"):
            # All pixels were there; what is cut is the end mark or the metadata behind them.
            assert length > len(content) * 0.9
