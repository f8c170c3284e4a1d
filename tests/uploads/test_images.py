"""Pictures: what comes out, looked at pixel by pixel and byte by byte."""

import io
import math
import warnings

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.files import pictures
from tests.files.pictures import BLUE, GREEN, MARK, RED, YELLOW
from uploads import images
from uploads.images import Crop, rendition_height, rendition_widths
from uploads.validators import validate_avatar, validate_picture

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


@pytest.mark.parametrize("name", ["profile.jpg", "profile-alpha.png"])
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


def test_a_large_jpeg_is_decoded_small():
    source = as_upload(pictures.quadrants(4200, 2800), "JPEG")
    assert alike(corners(seen(validate_avatar(source))), [RED, GREEN, BLUE, YELLOW])
    assert alike(corners(largest(validate_picture(source))), [RED, GREEN, BLUE, YELLOW])


# --- Nothing of the original is left ----------------------------------------------------------


@pytest.mark.parametrize("name", ["marked.jpg", "marked.png", "marked.webp", "marked.gif"])
def test_no_mark_of_the_original_is_stored(upload, name):
    file = upload(f"honest/{name}")
    assert MARK in file.read()
    stored = [*validate_picture(file).renditions, validate_avatar(file)]
    for rendition in stored:
        assert MARK not in rendition.content
        image = seen(rendition)
        left = set(image.info) & {"exif", "xmp", "icc_profile", "comment", "XML:com.adobe.xmp"}
        assert not left
        assert not image.getexif()


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
@pytest.mark.parametrize("name", ["orientation-1.jpg", "orientation-6.jpg", "sideways.png"])
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


@pytest.mark.parametrize("encoder", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_cut_anywhere_is_refused_or_whole(encoder):
    content = pictures.saved(pictures.noise(24, 24).convert("RGB"), encoder)
    kind = encoder.lower()
    for length in range(8, len(content), 37):
        cut = io.BytesIO(content[:length])
        if refused_or(lambda cut=cut: images.redraw_avatar(cut, kind), "image_damaged"):
            # All pixels were there; what is cut is the end mark or the metadata behind them.
            assert length > len(content) * 0.9
