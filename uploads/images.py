"""Pictures: opened under limits, decoded whole, and drawn again on a new sheet.

What we store was never in the upload: the pixels are painted into a new image and encoded
by us. A plain re-save is not enough. Pillow carries the comment, EXIF, ICC and XMP of the
file it opened into the file it writes; an image made here has nothing to carry.

These are pure functions over an open file. They trust their caller to have looked at the
first bytes (`sniffing`), and nothing else.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, ImageCms

# What `sniff()` calls it -> the only parser Pillow may try. An MPO, the two-picture JPEG of
# many phones, comes in through the JPEG parser; its first picture is the photograph.
FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF"}

AVATAR_MAX_PIXELS = 25_000_000  # 25 MP x 4 bytes (RGBA) = 100 MB while decoding
PICTURE_MAX_PIXELS = (
    50_000_000  # 50 MP x 4 bytes = 200 MB; the process peaks at 300 MB, with WebP at 830
)
AVATAR_SIDE = 512  # shown at 256 CSS pixels at most, on a screen with two pixels for one
BAND = 64  # rows of the smaller picture that are averaged at once
WIDTHS = (320, 640, 1280)
MAX_HEIGHT = 16_383  # of a WebP: 14 bits (RFC 9649, section 2.5)

# Transparent pixels show paper. A drawing in black ink on "nothing" would vanish from the
# wall of the dark scheme, and whatever colour hides under alpha 0 (what a sender believes
# erased) would be published with the file.
PAPER = (255, 255, 255)

# Six files in about a second of two cores. Measured for 1280 x 1600 prints of the demo, opening
# and resizing included: 0.6 CPU seconds for a flat graphic, 0.8 for tiles, 1.7 for fine lines
# and grain all over the sheet, of which the encoders take, at 1280, 640 and 320 wide,
#   AVIF 0.90 + 0.27 + 0.08 (on both cores)     WebP 0.13 + 0.04 + 0.01
# There AVIF is 210 kB where WebP needs 370 for a larger error. The AVIF encoder's defaults
# ("iq", screen content tools) took 1.3 s for a coarser picture, speed 9 came out larger than
# the WebP, and WebP at method 4 took twice as long to save 1 %. Full colour resolution (4:4:4)
# keeps thin coloured lines crisp and costs 3 %.
ENCODERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "AVIF": (
        "image/avif",
        ".avif",
        {
            "quality": 55,
            "speed": 8,
            "subsampling": "4:4:4",
            "codec": "aom",
            "advanced": {"tune": "psnr", "enable-palette": "0", "enable-intrabc": "0"},
        },
    ),
    "WEBP": ("image/webp", ".webp", {"quality": 80, "method": 2}),
}

# Pillow speaks through these when a file is not what its header promised. There is no common
# base: plugins raise SyntaxError for "not my format", the loader OSError for a file that ends
# early, and the parsers underneath whatever indexing, unpacking or inflating raised. All of
# them say the same to the sender. MemoryError is not here: it accuses the file of nothing.
DAMAGE = (
    OSError,  # truncated data, a decoder's error code, UnidentifiedImageError
    SyntaxError,  # a broken header or chunk
    EOFError,
    ValueError,  # impossible sizes and modes; UnicodeDecodeError
    TypeError,
    AttributeError,  # a plugin's attribute that only a whole header sets
    LookupError,  # IndexError and KeyError while reading tables
    ArithmeticError,  # OverflowError, ZeroDivisionError
    AssertionError,
    NotImplementedError,
    struct.error,
    zlib.error,
    UserWarning,  # Pillow's doubts, where warnings are made to raise
)

# Above its own threshold (89 MP, twice that for an error) Pillow warns before we can ask for
# the size. Whether that warning is shown, hidden or raised is the process's choice; raised,
# it means what our own check means.
TOO_MANY_PIXELS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {5, 6, 7, 8}

# Colour space of an ICC profile -> the Pillow mode it describes (ICC.1:2022, table 19).
PROFILE_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


@dataclass(frozen=True)
class Crop:
    """A square of the upright picture, in fractions of it, 0 to 1.

    `x` and `y` are the top left corner, by the picture's width and height; `size` is the
    square's side by the picture's shorter side. Fractions, because the browser crops a
    preview and need not know how large the file is.
    """

    x: float
    y: float
    size: float


@dataclass(frozen=True)
class Rendition:
    """One encoded picture, ready to be stored; sizes in pixels."""

    width: int
    height: int
    content_type: str
    extension: str
    content: bytes


@dataclass(frozen=True)
class Picture:
    """Every rendition of a picture; `width` and `height` are the largest one's."""

    renditions: tuple[Rendition, ...]
    width: int
    height: int


@dataclass(frozen=True)
class _Decoded:
    """A picture in memory, upright; perhaps shrunk already, so with its full size beside it."""

    image: Image.Image
    width: int
    height: int
    profile: bytes | None


def rendition_widths(width: int) -> tuple[int, ...]:
    """Return the widths a picture is stored in: those of `WIDTHS` below its own, and the
    smaller of its own and the largest. Nothing is ever enlarged.
    """
    return (*(w for w in WIDTHS if w < min(width, WIDTHS[-1])), min(width, WIDTHS[-1]))


def rendition_height(width: int, full_width: int, full_height: int) -> int:
    """Return the height that goes with `width`. Templates reserve space by this formula, and
    the renditions are drawn by it, so that nothing moves when the picture arrives.
    """
    return max(1, round(full_height * width / full_width))


def redraw_avatar(file: IO[bytes], kind: str, crop: Crop | None = None) -> Rendition:
    """Return the picture as a square WebP of at most 512 x 512 pixels, smaller if it is smaller.

    Without `crop` the square is cut from the middle. Raises ValidationError with the code
    `crop_invalid`, `image_too_many_pixels` or `image_damaged`.
    Source: OWASP ASVS 5.0, 5.2.2 (image re-writing), 5.2.6 (pixel flood), 14.2.8 (metadata).
    """

    def surplus(width: int, height: int) -> float:
        # Only now is the shape known that the fractions are fractions of.
        left, _top, right, _bottom = _crop_box(crop, width, height)
        return (right - left) / AVATAR_SIDE

    picture = _decoded(file, kind, AVATAR_MAX_PIXELS, surplus)
    left, _top, right, _bottom = _crop_box(crop, picture.width, picture.height)
    side = min(AVATAR_SIDE, round(right - left))
    box = _crop_box(crop, *picture.image.size)
    return _encoded(_drawn(picture, (side, side), box), "WEBP")


def redraw_picture(file: IO[bytes], kind: str) -> Picture:
    """Return the picture in every width of `rendition_widths`, each as AVIF and as WebP.

    Never cropped, never enlarged. Raises ValidationError with the code
    `image_too_many_pixels`, `image_too_tall` or `image_damaged`.
    Source: OWASP ASVS 5.0, 5.2.2 (image re-writing), 5.2.6 (pixel flood), 14.2.8 (metadata).
    """

    def surplus(width: int, _height: int) -> float:
        return width / WIDTHS[-1]

    picture = _decoded(file, kind, PICTURE_MAX_PIXELS, surplus)
    width = rendition_widths(picture.width)[-1]
    height = rendition_height(width, picture.width, picture.height)
    if height > MAX_HEIGHT:
        raise ValidationError(
            _(
                "This picture is a very long strip: %(width)s × %(height)s pixels. "
                "Cut it into shorter pieces and send those."
            ),
            code="image_too_tall",
            params={"width": picture.width, "height": picture.height},
        )
    largest = _drawn(picture, (width, height))
    renditions = []
    for step in rendition_widths(width):
        size = (step, rendition_height(step, width, height))
        drawn = largest if step == width else largest.resize(size, Image.Resampling.LANCZOS)
        renditions += [_encoded(drawn, "AVIF"), _encoded(drawn, "WEBP")]
    return Picture(tuple(renditions), width, height)


def _decoded(
    file: IO[bytes], kind: str, max_pixels: int, surplus: Callable[[int, int], float]
) -> _Decoded:
    """Open, measure, then decode: return the first frame, upright, in 8-bit channels.

    `surplus(width, height)` says how many times larger than needed the upright picture is.
    Half of that is given away at once, in whole steps (a JPEG decoder skips the work, other
    formats are averaged), and the careful filter does the rest: a phone's 12 MP photograph
    becomes an avatar without ever being 12 MP in memory.
    """
    with _refusing_damage(max_pixels), Image.open(file, formats=[FORMATS[kind]]) as source:
        if source.width * source.height > max_pixels:
            raise _too_many_pixels(max_pixels)
        turn = _orientation(source)  # before decoding it is known of a JPEG or WebP only
        shrink = _whole_steps(surplus(*_upright_size(source.size, turn)))
        full_size = source.size
        if shrink > 1:
            source.draft(None, (source.width // shrink, source.height // shrink))
        source.load()
        profile = source.info.get("icc_profile")

        turn = _orientation(source)
        width, height = _upright_size(full_size, turn)
        # draft() may have done part of it (JPEG) or nothing (all others).
        shrink = _whole_steps(surplus(width, height) * source.width / full_size[0])
        image = _shrunk(source, shrink)
        if turn in UPRIGHT:
            image = image.transpose(UPRIGHT[turn])
        return _Decoded(image, width, height, profile)


def _whole_steps(surplus: float) -> int:
    return max(1, int(surplus / 2))


def _shrunk(source: Image.Image, steps: int) -> Image.Image:
    """Return the picture in 8-bit channels, `steps` times smaller, averaged.

    Band by band, so that palettes are looked up and alpha multiplied in without a second and
    a third copy of the whole: 50 MP of a PNG's RGBA peak at 300 MB instead of 670.
    """
    if steps == 1:
        return _eight_bit(source)
    bands = []
    for top in range(0, source.height, BAND * steps):
        bottom = min(top + BAND * steps, source.height)
        bands.append(_eight_bit(source.crop((0, top, source.width, bottom))).reduce(steps))
    small = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
    for number, band in enumerate(bands):
        small.paste(band, (0, number * BAND))
    return small


@contextmanager
def _refusing_damage(max_pixels: int) -> Iterator[None]:
    """Turn whatever Pillow raises over a file into a refusal with a code."""
    try:
        yield
    except TOO_MANY_PIXELS as error:
        raise _too_many_pixels(max_pixels) from error
    except DAMAGE as error:
        raise ValidationError(
            _(
                "This picture is damaged or incomplete: it cannot be opened to the end. "
                "Export it again, or choose another."
            ),
            code="image_damaged",
        ) from error


def _too_many_pixels(limit: int) -> ValidationError:
    """The refusal of a pixel flood (OWASP ASVS 5.0, 5.2.6): 25 kB of PNG can hold 100 MP."""
    return ValidationError(
        _(
            "This picture has more than %(limit)s megapixels, which is more than we open. "
            "Make it smaller and send it again."
        ),
        code="image_too_many_pixels",
        params={"limit": limit // 1_000_000},
    )


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8 (TIFF 6.0, tag 274); 1 when there is none to trust.

    Read from the EXIF block alone. `Image.getexif()` decodes a PNG to look for one, and takes
    an orientation from XMP too, which no browser does: the preview that the sender cropped
    would lie. A broken block is no reason to refuse a photograph; it is thrown away anyway.
    """
    exif = Image.Exif()
    try:
        exif.load(image.info.get("exif", b""))
        value = exif.get(ExifTags.Base.Orientation)
    except DAMAGE:
        return 1
    return value if isinstance(value, int) and value in UPRIGHT else 1


def _upright_size(size: tuple[int, int], turn: int) -> tuple[int, int]:
    return (size[1], size[0]) if turn in SIDEWAYS else size


def _eight_bit(image: Image.Image) -> Image.Image:
    """Return the image as L, RGB, RGBA or CMYK: no palette, no colour key, no 16-bit grey.

    Pillow itself brings 16-bit colour to 8 bits while decoding, and turns Adobe's inverted
    CMYK the right way round. 16-bit grey it would clip to white: 65,535 / 257 = 255.
    """
    if image.mode == "I;16":
        # Of a 16-bit colour key nothing is kept: it has no match in 8 bits.
        grey = Image.new("I;16", image.size)
        grey.paste(image)
        return grey.point(lambda value: value * (1 / 257)).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def _crop_box(crop: Crop | None, width: int, height: int) -> tuple[float, float, float, float]:
    """Return the square to cut (left, top, right, bottom) in pixels of a width x height picture.

    The fractions come from hidden form fields, so from anybody. A browser's rounding, up to
    one pixel in a thousand, is forgiven; anything else raises `crop_invalid`.
    """
    shorter = min(width, height)
    if crop is None:
        return (
            (width - shorter) / 2,
            (height - shorter) / 2,
            (width + shorter) / 2,
            (height + shorter) / 2,
        )
    side = crop.size * shorter
    left, top = crop.x * width, crop.y * height
    slack = shorter / 1000
    sound = (
        all(math.isfinite(value) for value in (crop.x, crop.y, crop.size))
        and 0 <= crop.x <= 1
        and 0 <= crop.y <= 1
        and 0 < crop.size <= 1
        and side >= 1
        and left + side <= width + slack
        and top + side <= height + slack
    )
    if not sound:
        raise ValidationError(
            _("The chosen square is not inside the picture. Choose it again, or leave it out."),
            code="crop_invalid",
        )
    left, top = max(0, min(left, width - side)), max(0, min(top, height - side))
    return (left, top, min(left + side, width), min(top + side, height))


def _drawn(
    picture: _Decoded, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> Image.Image:
    """Paint the picture, or the `box` of it, on a new sheet of paper of the given size."""
    image = picture.image.resize(size, Image.Resampling.LANCZOS, box)
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    sheet = Image.new("RGB", size, PAPER)
    sheet.paste(_srgb(image, picture.profile), mask=alpha)
    return sheet


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the image as RGB in the sRGB colour space, the web's default (CSS Color 4).

    The profile is not kept, so its effect must be: a photograph in Display P3 or Adobe RGB
    would turn pale. A profile that is broken, or describes another kind of picture than the
    one it is in, is ignored, as browsers do.
    """
    if image.mode == "RGBA":
        image = image.convert("RGB")  # colour only; alpha is kept by the caller
    if profile:
        with suppress(ImageCms.PyCMSError, *DAMAGE):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if PROFILE_MODES.get(source.profile.xcolor_space.strip()) == image.mode:
                to_srgb = ImageCms.buildTransform(
                    source,
                    ImageCms.createProfile("sRGB"),
                    image.mode,
                    "RGB",
                    ImageCms.Intent.RELATIVE_COLORIMETRIC,
                    ImageCms.Flags.BLACKPOINTCOMPENSATION,
                )
                return to_srgb.apply(image)
    return image.convert("RGB")


def _encoded(image: Image.Image, encoder: str) -> Rendition:
    content_type, extension, options = ENCODERS[encoder]
    content = io.BytesIO()
    image.save(content, encoder, **options)
    return Rendition(*image.size, content_type, extension, content.getvalue())
