"""Pictures: opened under limits, decoded whole, and drawn again on a new sheet.

What we store was never in the upload: the pixels are painted into a new image and encoded
by us. A plain re-save is not enough. Pillow carries the comment, EXIF, ICC and XMP of the
file it opened into the file it writes; an image made here has nothing to carry.

These are pure functions over an open file. They trust their caller to have looked at the
first bytes (`sniffing`), and nothing else.
"""

from __future__ import annotations

import hashlib
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
from PIL import ExifTags, Image, ImageCms, WebPImagePlugin

from uploads import headers
from uploads.essence import Box, Essence, essence_of

# What `sniff()` calls it -> the only parser Pillow may try. An MPO, the two-picture JPEG of
# many phones, comes in through the JPEG parser; its first picture is the photograph.
FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF"}

AVATAR_MAX_PIXELS = 25_000_000  # 25 MP x 4 bytes (RGBA) = 100 MB while decoding
PICTURE_MAX_PIXELS = 50_000_000  # 50 MP x 4 bytes = 200 MB; WebP's own decoder has three of them
AVATAR_SIDE = 512  # shown at 256 CSS pixels at most, on a screen with two pixels for one
BAND = 64, 1024  # rows and columns of the smaller picture that are drawn at once
WIDTHS = (320, 640, 1280)
MAX_HEIGHT = 16_383  # of a WebP: 14 bits (RFC 9649, section 2.5)

# A long strip is stored narrower than other pictures: the AVIF encoder takes 37 MB and half a
# second for each megapixel, and 1280 x 16,383 would be 21.
RENDITION_MAX_PIXELS = 10_000_000  # 1280 x 7812: six times as high as wide

# How often a JPEG may go over its picture. Once, with nothing to say, takes 3 ms at 50 MP and 76
# bytes of file; 20 MiB of that take a quarter of an hour. Encoders write 10 to 20 scans. Nobody
# needs more than 192, which is every coefficient of every colour on its own (64 x 3); the
# authors of libjpeg-turbo, who leave the limit to its user, could think of no use for over 100.
MAX_SCANS = 200

# Transparent pixels show paper. A drawing in black ink on "nothing" would vanish from the
# wall of the dark scheme, and whatever colour hides under alpha 0 (what a sender believes
# erased) would be published with the file.
PAPER = (255, 255, 255)

# Six files in a second or two of one core. Measured for 1280 x 1600 prints of the demo, opening
# and resizing included: 0.6 CPU seconds for a flat graphic, 0.8 for tiles, 1.7 for fine lines
# and grain all over the sheet, of which the encoders take, at 1280, 640 and 320 wide,
#   AVIF 0.90 + 0.27 + 0.08     WebP 0.13 + 0.04 + 0.01
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
            "max_threads": 1,  # each would add 64 MB of address space, on 16 cores the whole limit
            "advanced": {"tune": "psnr", "enable-palette": "0", "enable-intrabc": "0"},
        },
    ),
    "WEBP": ("image/webp", ".webp", {"quality": 80, "method": 2}),
}
# Above this many pixels AVIF is made with a quarter of the work, so that no picture can take
# more than a few seconds; ordinary ones, up to 1280 x 2300, are below.
CAREFUL_MAX_PIXELS = 3_000_000

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

MIRRORED, UPSIDE_DOWN = {2, 3, 7, 8}, {3, 4, 6, 7}  # columns, or rows, run the other way

# Colour space of an ICC profile -> the Pillow mode it describes (ICC.1:2022, table 19).
PROFILE_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
PLAIN = {"L", "RGB", "RGBX", "CMYK"}  # what Pillow resizes as it is; X is a byte of filling


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
    """A picture in memory as it was stored: perhaps on its side, perhaps shrunk already.

    `width` and `height` are those of the whole picture, upright. `painted` is the part of a
    GIF's screen that its first frame covers, where that is not all.
    """

    image: Image.Image
    width: int
    height: int
    turn: int
    profile: bytes | None
    grey: bool
    painted: Box | None = None


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


def refuse_too_many_pixels(file: IO[bytes], kind: str, limit: int) -> None:
    """Refuse a picture whose header claims more than `limit` pixels. Nothing is decoded.

    Raises ValidationError with the code `image_too_many_pixels`; a header that cannot be read
    is for the decoder to refuse. Leaves the file at its first byte.
    Source: OWASP ASVS 5.0, 5.2.6 (pixel flood).
    """
    size = headers.size_of(file, kind)
    file.seek(0)
    if size and size[0] * size[1] > limit:
        raise _too_many_pixels(limit)


def redraw_avatar(file: IO[bytes], kind: str, crop: Crop | None = None) -> Rendition:
    """Return the picture as a square WebP of at most 512 x 512 pixels, smaller if it is smaller.

    Without `crop` the square is cut from the middle. Raises ValidationError with the code
    `crop_invalid`, `image_too_many_pixels`, `image_too_many_scans`, `image_rare` or
    `image_damaged`.
    Source: OWASP ASVS 5.0, 5.2.2 (image re-writing), 5.2.6 (pixel flood), 14.2.8 (metadata).
    """

    def surplus(width: int, height: int) -> float:
        # Only now is the shape known that the fractions are fractions of.
        left, _top, right, _bottom = _crop_box(crop, width, height)
        return (right - left) / AVATAR_SIDE

    picture = _decoded(file, kind, AVATAR_MAX_PIXELS, surplus)
    left, _top, right, _bottom = _crop_box(crop, picture.width, picture.height)
    side = min(AVATAR_SIDE, round(right - left))
    box = _crop_box(crop, *_upright_size(picture.image.size, picture.turn))
    drawn = _drawn(picture, (side, side), box)
    del picture
    return _encoded(drawn, "WEBP")


def redraw_picture(file: IO[bytes], kind: str) -> Picture:
    """Return the picture in every width of `rendition_widths`, each as AVIF and as WebP.

    Never cropped, never enlarged. Raises ValidationError with the code
    `image_too_many_pixels`, `image_too_tall`, `image_too_many_scans`, `image_rare` or
    `image_damaged`.
    Source: OWASP ASVS 5.0, 5.2.2 (image re-writing), 5.2.6 (pixel flood), 14.2.8 (metadata).
    """

    def surplus(width: int, height: int) -> float:
        return width / _largest_size(width, height)[0]

    picture = _decoded(file, kind, PICTURE_MAX_PIXELS, surplus)
    width, height = _largest_size(picture.width, picture.height)
    largest = _drawn(picture, (width, height))
    del picture  # 200 MB perhaps, and the encoder needs room
    renditions = []
    for step in rendition_widths(width):
        size = (step, rendition_height(step, width, height))
        drawn = largest if step == width else largest.resize(size, Image.Resampling.LANCZOS)
        renditions += [_encoded(drawn, "AVIF"), _encoded(drawn, "WEBP")]
    return Picture(tuple(renditions), width, height)


def _largest_size(full_width: int, full_height: int) -> tuple[int, int]:
    """Return width and height of the largest rendition; refuse a strip that has none."""
    width = rendition_widths(full_width)[-1]
    height = rendition_height(width, full_width, full_height)
    if height > MAX_HEIGHT:
        raise ValidationError(
            _(
                "This picture is a very long strip: %(width)s × %(height)s pixels. "
                "Cut it into shorter pieces and send those."
            ),
            code="image_too_tall",
            params={"width": full_width, "height": full_height},
        )
    if width * height > RENDITION_MAX_PIXELS:
        width = int(width * math.sqrt(RENDITION_MAX_PIXELS / (width * height)))
        height = rendition_height(width, full_width, full_height)
    return width, height


def _decoded(
    file: IO[bytes], kind: str, max_pixels: int, surplus: Callable[[int, int], float]
) -> _Decoded:
    """Measure, open, then decode: return the first frame.

    The decoder sees only what makes the picture (`essence`), so the size that was measured is
    the size it makes room for.

    `surplus(width, height)` says how many times larger than needed the upright picture is.
    Half of that is given away at once, in whole steps (a JPEG decoder skips the work, other
    formats are averaged), and the careful filter does the rest: a phone's 12 MP photograph
    becomes an avatar without ever being 12 MP in memory.
    """
    essence = essence_of(file, kind)
    if essence is None or not essence.width * essence.height:
        raise _damaged()
    if essence.width * essence.height > max_pixels:
        raise _too_many_pixels(max_pixels)
    if essence.rarity:
        raise ValidationError(
            _(
                "This JPEG is stored %(how)s, which hardly a program shows. "
                "Open it in a picture editor and save it as an ordinary JPEG."
            ),
            code="image_rare",
            params={"how": essence.rarity},
        )
    if essence.scans > MAX_SCANS:
        raise ValidationError(
            _(
                "This JPEG is stored in more than %(limit)s layers, which takes very long to "
                "open. Open it in a picture editor and save it as an ordinary JPEG."
            ),
            code="image_too_many_scans",
            params={"limit": MAX_SCANS},
        )
    turn = _orientation(essence.exif)
    width, height = _upright_size((essence.width, essence.height), turn)
    needless = surplus(width, height)
    with _refusing_damage(max_pixels):
        source = _loaded(essence, kind, _whole_steps(needless), max_pixels)
        # A JPEG decoder may have done part of the shrinking, the others have done nothing.
        steps = _whole_steps(needless * source.width / essence.width)
        painted = essence.frame if essence.frame != (0, 0, *source.size) else None
        grey = source.mode in {"1", "L", "LA", "I;16"}
        if steps > 1:
            source, painted = _shrunk(source, painted, steps), None
    return _Decoded(source, width, height, turn, essence.profile, grey, painted)


def _whole_steps(surplus: float) -> int:
    return max(1, int(surplus / 2))


def _loaded(essence: Essence, kind: str, shrink: int, max_pixels: int) -> Image.Image:
    """Decode the whole picture; a JPEG up to `shrink` times smaller."""
    if essence.ended:
        return _load(essence.content, kind, shrink, max_pixels)
    # Some cameras forget the end marker, and browsers do not mind. But a JPEG cut off in the
    # middle has none either, and with one put there its missing part comes out grey. So it is
    # opened with two different continuations: if the picture is complete, they do not matter.
    zeros, ones_and_zeros = CONTINUATIONS
    expected = _digest(_load(essence.content + zeros, kind, shrink, max_pixels))
    image = _load(essence.content + ones_and_zeros, kind, shrink, max_pixels)
    if _digest(image) != expected:
        raise _damaged()
    return image


# Data bits that mean different things, the second with all the restart markers between them.
CONTINUATIONS = (
    bytes(64) + b"\xff\xd9",
    b"\x55" * 64 + b"".join(bytes((0xFF, 0xD0 + n)) + b"\x55" * 64 for n in range(8)) + b"\xff\xd9",
)


def _digest(image: Image.Image) -> bytes:
    digest = hashlib.sha256()
    for top in range(0, image.height, BAND[0]):
        band = image.crop((0, top, image.width, min(top + BAND[0], image.height)))
        digest.update(band.tobytes())
    return digest.digest()


def _load(content: bytes, kind: str, shrink: int, max_pixels: int) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=[FORMATS[kind]]) as source:
        if source.width * source.height > max_pixels:
            raise _too_many_pixels(max_pixels)
        if isinstance(source, WebPImagePlugin.WebPImageFile):
            return _first_frame(source)
        if shrink > 1:
            source.draft(None, (source.width // shrink, source.height // shrink))
        source.load()
        return source


def _first_frame(source: WebPImagePlugin.WebPImageFile) -> Image.Image:
    """Return the first frame of a WebP as `load()` would, with half of the memory.

    The decoder keeps two canvases and hands out a third, and `load()` copies that into a
    fourth while it keeps the others: 800 MB for 50 MP. Here the decoder goes first, and the
    image uses the bytes that it handed out.
    """
    size, mode = source.size, source.rawmode
    pixels, *_when = source._get_next()
    source._decoder = None
    return Image.frombuffer(mode, size, pixels, "raw", mode, 0, 1)


def _shrunk(source: Image.Image, painted: Box | None, steps: int) -> Image.Image:
    """Return the picture in 8-bit channels, `steps` times smaller, averaged.

    Piece by piece, so that palettes are looked up and alpha multiplied in without a second and
    a third copy of the whole: 50 MP of a PNG's RGBA peak at 300 MB instead of 670.
    """
    size = (-(-source.width // steps), -(-source.height // steps))
    rows, columns = (length * steps for length in BAND)

    def pieces() -> Iterator[tuple[Image.Image, tuple[int, int]]]:
        for top in range(0, source.height, rows):
            for left in range(0, source.width, columns):
                right, bottom = min(left + columns, source.width), min(top + rows, source.height)
                piece = _piece(source, painted, (left, top, right, bottom))
                yield piece.reduce(steps), (left // steps, top // steps)

    return _assembled(size, pieces())


def _resized(
    source: Image.Image,
    painted: Box | None,
    size: tuple[int, int],
    box: tuple[float, float, float, float],
) -> Image.Image:
    """Return the `box` of the picture in that size and in 8-bit channels, piece by piece too.

    Each piece is cut with a margin: Lanczos's filter looks three pixels of the result around.
    """
    if painted is None and source.mode in PLAIN and not source.has_transparency_data:
        return source.resize(size, Image.Resampling.LANCZOS, box)
    width, height = size
    left, top, right, bottom = box
    across, down = (right - left) / width, (bottom - top) / height
    margin_x, margin_y = (3 * max(1, scale) + 2 for scale in (across, down))
    first_x, last_x = max(0, int(left - margin_x)), min(source.width, int(right + margin_x))

    def pieces() -> Iterator[tuple[Image.Image, tuple[int, int]]]:
        for start in range(0, height, BAND[0]):
            end = min(start + BAND[0], height)
            upper, lower = top + start * down, min(top + end * down, source.height)
            first, last = max(0, int(upper - margin_y)), min(source.height, int(lower + margin_y))
            piece = _piece(source, painted, (first_x, first, last_x, last))
            inner = (left - first_x, upper - first, right - first_x, lower - first)
            yield piece.resize((width, end - start), Image.Resampling.LANCZOS, inner), (0, start)

    return _assembled(size, pieces())


def _assembled(
    size: tuple[int, int], pieces: Iterator[tuple[Image.Image, tuple[int, int]]]
) -> Image.Image:
    piece, place = next(pieces)
    sheet = Image.new(piece.mode, size)
    sheet.paste(piece, place)
    for piece, place in pieces:
        sheet.paste(piece, place)
    return sheet


def _piece(source: Image.Image, painted: Box | None, box: Box) -> Image.Image:
    """Cut a box out of the picture, in 8-bit channels; transparent where nothing was painted."""
    piece = _eight_bit(source.crop(box))
    if painted is None:
        return piece
    left, top = box[:2]
    inside = (
        max(painted[0] - left, 0),
        max(painted[1] - top, 0),
        min(painted[2] - left, piece.width),
        min(painted[3] - top, piece.height),
    )
    clear = Image.new("RGBA", piece.size)
    if inside[0] < inside[2] and inside[1] < inside[3]:
        clear.paste(piece.crop(inside).convert("RGBA"), inside)
    return clear


@contextmanager
def _refusing_damage(max_pixels: int) -> Iterator[None]:
    """Turn whatever Pillow raises over a file into a refusal with a code."""
    try:
        yield
    except TOO_MANY_PIXELS as error:
        raise _too_many_pixels(max_pixels) from error
    except DAMAGE as error:
        raise _damaged() from error


def _damaged() -> ValidationError:
    return ValidationError(
        _(
            "This picture is damaged or incomplete: it cannot be opened to the end. "
            "Export it again, or choose another."
        ),
        code="image_damaged",
    )


def _too_many_pixels(limit: int) -> ValidationError:
    """The refusal of a pixel flood (OWASP ASVS 5.0, 5.2.6): 12 kB of PNG can hold 100 MP."""
    return ValidationError(
        _(
            "This picture has more than %(limit)s megapixels, which is more than we open. "
            "Make it smaller and send it again."
        ),
        code="image_too_many_pixels",
        params={"limit": limit // 1_000_000},
    )


def _orientation(tiff: bytes) -> int:
    """Return the EXIF orientation, 1 to 8 (TIFF 6.0, tag 274); 1 when there is none to trust.

    Of the EXIF block alone: `Image.getexif()` takes an orientation from XMP too, which no
    browser does, and the preview that the sender cropped would lie. A broken block is no
    reason to refuse a photograph; it is thrown away anyway.
    """
    exif = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + tiff if tiff else b"")
        value = exif.get(ExifTags.Base.Orientation)
    except DAMAGE:
        return 1
    return value if isinstance(value, int) and value in UPRIGHT else 1


def _upright_size(size: tuple[int, int], turn: int) -> tuple[int, int]:
    return (size[1], size[0]) if turn in SIDEWAYS else size


def _eight_bit(image: Image.Image) -> Image.Image:
    """Return the image as L, RGB, RGBX, RGBA or CMYK: no palette, no colour key, no 16-bit grey.

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
    return image if image.mode in PLAIN else image.convert("RGB")


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


def _stored_box(
    box: tuple[float, float, float, float], turn: int, stored: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Return where a box of the upright picture lies in the picture as it is stored."""
    left, top, right, bottom = box
    if turn in SIDEWAYS:
        left, top, right, bottom = top, left, bottom, right
    if turn in MIRRORED:
        left, right = stored[0] - right, stored[0] - left
    if turn in UPSIDE_DOWN:
        top, bottom = stored[1] - bottom, stored[1] - top
    return (left, top, right, bottom)


def _drawn(
    picture: _Decoded, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> Image.Image:
    """Paint the picture, or the `box` of it, on a new sheet of paper of the given size.

    Size and box are upright. Turning and bringing to sRGB, which the order of things wants
    before resizing, are done to the few pixels that are left: the result is the same.
    """
    stored = picture.image.size
    box = _stored_box(box or (0, 0, *_upright_size(stored, picture.turn)), picture.turn, stored)
    with _refusing_damage(PICTURE_MAX_PIXELS):  # a palette is only looked up here
        image = _resized(picture.image, picture.painted, _upright_size(size, picture.turn), box)
    if picture.turn in UPRIGHT:
        image = image.transpose(UPRIGHT[picture.turn])
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    if alpha or image.mode == "RGBX":
        image = image.convert("L" if picture.grey else "RGB")
    sheet = Image.new("RGB", size, PAPER)
    sheet.paste(_srgb(image, picture.profile), mask=alpha)
    return sheet


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the image as RGB in the sRGB colour space, the web's default (CSS Color 4).

    The profile is not kept, so its effect must be: a photograph in Display P3 or Adobe RGB
    would turn pale. A profile that is broken, or describes another kind of picture than the
    one it is in, is ignored, as browsers do; but one of RGB will do for grey.
    """
    if profile:
        with suppress(ImageCms.PyCMSError, *DAMAGE):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            mode = PROFILE_MODES.get(source.profile.xcolor_space.strip())
            if mode == "RGB" and image.mode == "L":
                image = image.convert("RGB")
            if mode == image.mode:
                to_srgb = ImageCms.buildTransform(
                    source,
                    ImageCms.createProfile("sRGB"),
                    mode,
                    "RGB",
                    ImageCms.Intent.RELATIVE_COLORIMETRIC,
                    ImageCms.Flags.BLACKPOINTCOMPENSATION,
                )
                return to_srgb.apply(image)
    return image.convert("RGB")


def _encoded(image: Image.Image, encoder: str) -> Rendition:
    content_type, extension, options = ENCODERS[encoder]
    if encoder == "AVIF" and image.width * image.height > CAREFUL_MAX_PIXELS:
        options = {**options, "speed": 9}
    content = io.BytesIO()
    image.save(content, encoder, **options)
    return Rendition(*image.size, content_type, extension, content.getvalue())
