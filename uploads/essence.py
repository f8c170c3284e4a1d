"""The parts of a file that make its picture, and nothing else of it.

A decoder gets these parts only. Comments, thumbnails, text, further frames and whatever stands
behind the picture are left out before it looks: they are not for it to stumble over (an honest
photograph may carry broken notes of its camera), nor to be attacked through, nor to be unpacked
(a text of a PNG can be a bomb of its own). The size that `headers` reads is then the size that
the decoder reads: it sees no other.

What we need beside the pixels, which way is up and what the colours mean, is taken from the
parts by us.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from uploads import colour
from uploads.headers import (
    EOI,
    PNG_SIGNATURE,
    SIZES,
    SOF,
    SOI,
    SOS,
    Part,
    Window,
    gif_data_end,
    gif_frame,
    gif_palette_length,
    jpeg_segments,
    png_chunks,
    webp_chunks,
)

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Box = tuple[int, int, int, int]

MAX_PROFILE = 4 * 1024 * 1024  # bytes; profiles of printers reach 3 MB, those of displays 50 kB
MAX_EXIF = 1024 * 1024  # in a JPEG never more than 64 kB

# Processes of JPEG (ITU-T T.81, table B.1): baseline, extended and progressive, by Huffman's
# coding. Hardly a browser opens any other; our decoder opens some of them, with code that is
# seldom used and seldom tested.
USUAL = frozenset({0xC0, 0xC1, 0xC2})
ARITHMETIC = frozenset({0xC9, 0xCA})
PROGRESSIVE = frozenset({0xC2, 0xCA})
LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF})

APP1, APP2 = 0xE1, 0xE2
APPLICATION_AND_COMMENT = frozenset({*range(0xE0, 0xF0), 0xFE})
# The segments by which a decoder tells RGB from YCbCr, and CMYK from YCCK; and from how many
# bytes on. Shorter ones mean nothing (JFIF 1.02; T.872, 6.5.3).
COLOUR_SPACE = {(0xE0, b"JFIF\0"): 14, (0xEE, b"Adobe"): 12}


@dataclass(frozen=True)
class Essence:
    """What a decoder needs to see of a file, and what we read from the rest of it."""

    content: bytes
    width: int
    height: int
    profile: bytes | None = None  # ICC
    exif: bytes = b""  # from its TIFF header on
    scans: int = 1  # how often a JPEG goes over the picture
    ended: bool = True  # False: a JPEG without its end marker, complete or not
    rarity: _StrPromise | None = None  # why no browser would show it
    frame: Box | None = None  # of a GIF's screen, the part that is painted


def essence_of(file: IO[bytes], kind: str) -> Essence | None:
    """Return the parts of the file that make its (first) picture; None if they are not there.

    `kind` is what `sniff()` called the file. Never raises over its content.
    """
    window = Window(file)
    size = SIZES[kind](window)
    return TAKERS[kind](window, size) if size else None


def _jpeg(window: Window, size: tuple[int, int]) -> Essence | None:
    """Tables, frame and scans; of the application segments those that tell the colour space."""
    parts = [b"\xff\xd8"]
    first_scan, end, scans, ended = 0, None, 0, False
    exif, rarity = b"", None
    profile: dict[int, bytes] = {}
    pieces = 0
    progress: dict[int, bytearray] | None = None
    for segment in jpeg_segments(window):
        marker = segment.kind[0]
        if marker in (SOI, EOI):
            end, ended = segment.start, marker == EOI
        elif marker == SOS:
            first_scan = first_scan or segment.start
            scans += 1
            if progress is not None:
                _refine(progress, window.content(segment, 12))
        elif first_scan:
            continue  # tables between the scans; they are taken whole
        elif marker in APPLICATION_AND_COMMENT:
            head = window.content(segment, 14)
            if len(head) >= COLOUR_SPACE.get((marker, head[:5]), 15):
                parts.append(window.read(segment.start, segment.end - segment.start))
            elif marker == APP1 and head[:5] == b"Exif\0":
                exif = exif or window.content(segment, MAX_EXIF)[6:]
            elif marker == APP2 and head[:12] == b"ICC_PROFILE\0" and len(head) == 14:
                profile[head[12]] = window.content(segment, MAX_PROFILE)[14:]
                pieces = head[13]
        else:
            if marker in PROGRESSIVE:
                names = window.content(segment, 18)[6::3]
                progress = {name: bytearray([16]) * 64 for name in names}
            if marker in SOF:
                rarity = rarity or _rarity(marker, window.content(segment, 1))
            parts.append(window.read(segment.start, segment.end - segment.start))
    if not first_scan:
        return None
    if not ended and progress and any(any(bits) for bits in progress.values()):
        return None
    scan_data = window.rest(first_scan, end)
    parts.append(scan_data if ended else scan_data.rstrip(b"\xff"))  # half a marker is none
    whole = sorted(profile) == list(range(1, pieces + 1))
    return Essence(
        b"".join(parts) + (b"\xff\xd9" if ended else b""),
        *size,
        profile=b"".join(profile[n] for n in sorted(profile)) if profile and whole else None,
        exif=exif,
        scans=scans,
        ended=ended,
        rarity=rarity,
    )


def _refine(progress: dict[int, bytearray], scan: bytes) -> None:
    """Note what a scan of a progressive JPEG brings: of each coefficient of a component, how
    many bits are still to come (T.81, B.2.3 and G.1.1.1). A file without an end marker that ends
    between two scans decodes without a complaint; what it lacks only shows here.
    """
    count = scan[0] if scan else 0
    names, rest = scan[1 : 1 + 2 * count : 2], scan[1 + 2 * count :]
    if len(rest) < 3:
        return
    first, last, left = rest[0], min(rest[1], 63), rest[2] & 0x0F
    for name in names:
        if bits := progress.get(name):
            for place in range(first, last + 1):
                bits[place] = min(bits[place], left)


def _rarity(marker: int, bits: bytes) -> _StrPromise | None:
    if marker in LOSSLESS:
        return _("without loss")
    if marker in ARITHMETIC:
        return _("with arithmetic coding")
    if marker not in USUAL:
        return _("in several resolutions")
    if bits not in (b"\x08", b""):
        return _("with more than 8 bits for each colour")
    return None


def _png(window: Window, size: tuple[int, int]) -> Essence | None:
    """IHDR, PLTE, tRNS and IDAT; a still picture, also of an animation.

    Only the first of each kind counts, as everywhere. An ancillary chunk whose checksum is
    wrong is not there (PNG, third edition, 13.2): browsers show the picture without it. Frames
    must be within the picture (11.3.3.1), though we never open one.
    """
    seen: dict[bytes, Part] = {}
    data = []
    for chunk in png_chunks(window):
        if chunk.kind == b"IDAT":
            data.append(chunk)
        elif chunk.kind == b"fcTL":
            frame = window.content(chunk, 20)
            places = [int.from_bytes(frame[n : n + 4]) for n in (4, 8, 12, 16)]
            if not _inside(size, *places):
                return None
        elif chunk.kind not in seen and (chunk.kind in (b"IHDR", b"PLTE") or _sound(window, chunk)):
            seen[chunk.kind] = chunk
    if not data:
        return None
    colour_type = window.read(25, 1)
    indexed = colour_type == b"\x03"
    if indexed and b"PLTE" not in seen:
        return None
    head = [b"IHDR", b"PLTE"] if indexed else [b"IHDR"]
    key = seen.get(b"tRNS")
    if key and key.content_end - key.content_start >= {b"\0": 2, b"\x02": 6}.get(colour_type, 1):
        head.append(b"tRNS")
    parts = [seen[kind] for kind in head] + data
    return Essence(
        PNG_SIGNATURE
        + b"".join(window.read(part.start, part.end - part.start) for part in parts)
        + b"\0\0\0\0IEND\xae\x42\x60\x82",
        *size,
        profile=_png_profile(window, seen, colour_type in (b"\0", b"\x04")),
        exif=_content(window, seen, b"eXIf"),
    )


def _inside(size: tuple[int, int], width: int, height: int, left: int, top: int) -> bool:
    return left + width <= size[0] and top + height <= size[1]


ANCILLARY = {b"tRNS", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"eXIf"}


def _sound(window: Window, chunk: Part) -> bool:
    """Whether it is a chunk that we read, and its checksum is right."""
    if chunk.kind not in ANCILLARY or chunk.content_end - chunk.content_start > MAX_PROFILE:
        return False
    content = window.content(chunk, MAX_PROFILE)
    return zlib.crc32(content, zlib.crc32(chunk.kind)) == int.from_bytes(
        window.read(chunk.content_end, 4)
    )


def _content(window: Window, seen: dict[bytes, Part], kind: bytes) -> bytes:
    return window.content(seen[kind], MAX_EXIF) if kind in seen else b""


def _png_profile(window: Window, seen: dict[bytes, Part], grey: bool) -> bytes | None:
    """The best description of the colours there is (PNG, third edition, table 12).

    cICP before iCCP before sRGB before cHRM and gAMA.
    """
    codes = _content(window, seen, b"cICP")
    if len(codes) >= 4 and codes[0] in colour.PRIMARIES and codes[1] in colour.GAMMAS:
        return _described(colour.PRIMARIES[codes[0]], colour.GAMMAS[codes[1]], grey)
    if b"iCCP" in seen:
        return _unpacked(window.content(seen[b"iCCP"], MAX_PROFILE))
    if b"sRGB" in seen:
        return None
    points = _content(window, seen, b"cHRM")
    numbers = [int.from_bytes(points[n : n + 4]) / 100_000 for n in range(0, 32, 4)]
    primaries = colour.SRGB if len(points) < 32 else tuple(numbers)
    gamma = int.from_bytes(_content(window, seen, b"gAMA")[:4]) / 100_000
    return _described(primaries, 1 / gamma if gamma else None, grey)  # type: ignore[arg-type]


def _unpacked(content: bytes) -> bytes | None:
    """The profile in an iCCP chunk: name, NUL, method 0, deflated (11.3.2.3)."""
    _name, _nul, packed = content.partition(b"\0")
    with suppress(zlib.error):
        unpacker = zlib.decompressobj()
        profile = unpacker.decompress(packed[1:], MAX_PROFILE)
        return None if unpacker.unconsumed_tail else profile
    return None


def _described(primaries: colour.Chromaticities, gamma: float | None, grey: bool) -> bytes | None:
    """Return a profile, unless the colours are sRGB's or the numbers are no colours.

    2.2 is how sRGB's curve was written down before there was a chunk to say so; libpng takes
    a gamma for equal within 5 %, primaries within 1 %.
    """
    if gamma is not None and abs(gamma / 2.2 - 1) < 0.05:
        gamma = None
    alike = all(abs(a - b) < 0.01 for a, b in zip(primaries, colour.SRGB, strict=True))
    if gamma is None and (alike or grey):
        return None
    with suppress(ArithmeticError):
        return colour.grey_profile(gamma or 2.2) if grey else colour.rgb_profile(primaries, gamma)
    return None


def _gif(window: Window, size: tuple[int, int]) -> Essence | None:
    """The screen, its palette and the first frame."""
    frame = gif_frame(window)
    if frame is None:
        return None
    screen = 13 + gif_palette_length(window.read(10, 1)[0])
    data = window.rest(frame.start, gif_data_end(window, frame))
    return Essence(
        window.read(0, screen) + frame.control + data + b";",
        *size,
        frame=(frame.left, frame.top, frame.left + frame.width, frame.top + frame.height),
    )


def _webp(window: Window, size: tuple[int, int]) -> Essence | None:
    """The still picture, or the first frame of an animation on its canvas."""
    wanted: dict[bytes, bytes] = {}
    frames = 0
    exif, profile = b"", None
    for chunk in webp_chunks(window):
        if chunk.kind == b"ICCP" and profile is None:
            profile = window.content(chunk, MAX_PROFILE)
        elif chunk.kind == b"EXIF" and not exif:
            exif = window.content(chunk, MAX_EXIF).removeprefix(b"Exif\0\0")
        elif chunk.kind in (b"VP8 ", b"VP8L", b"ANMF"):
            if not frames:
                wanted[chunk.kind] = window.read(chunk.start, chunk.end - chunk.start)
            if not window.read(chunk.content_end - 1, 1):
                return None  # cut off; that it was behind the first frame is luck
            if chunk.kind == b"ANMF" and not _inside(size, *_animation_frame(window, chunk)):
                return None
            frames += 1
        elif chunk.kind in (b"VP8X", b"ALPH", b"ANIM") and chunk.kind not in wanted and not frames:
            wanted[chunk.kind] = window.read(chunk.start, chunk.end - chunk.start)
    if not frames:
        return None
    canvas = wanted.get(b"VP8X")
    if canvas:
        if len(canvas) < 18:
            return None
        # Bits 1 and 4: animation and alpha (RFC 9649, 2.7). The others announce what is left out.
        kept = 0x12 if b"ANMF" in wanted else 0x10
        wanted[b"VP8X"] = canvas[:8] + bytes((canvas[8] & kept,)) + canvas[9:]
    body = b"WEBP" + _even(wanted.values())
    return Essence(
        b"RIFF" + len(body).to_bytes(4, "little") + body, *size, profile=profile, exif=exif
    )


def _animation_frame(window: Window, chunk: Part) -> tuple[int, int, int, int]:
    """Width, height, left and top of an ANMF chunk (RFC 9649, 2.7.1.1); places count in twos."""
    frame = window.content(chunk, 12)
    left, top, width, height = (int.from_bytes(frame[n : n + 3], "little") for n in range(0, 12, 3))
    return width + 1, height + 1, 2 * left, 2 * top


def _even(chunks: Iterable[bytes]) -> bytes:
    return b"".join(chunk + b"\0" * (len(chunk) % 2) for chunk in chunks)


TAKERS = {"jpeg": _jpeg, "png": _png, "gif": _gif, "webp": _webp}
