"""What a picture's header says, read by us before any decoder sees the file.

A decoder makes room for as many pixels as the header claims, and the claim costs the sender
nothing: 12 kB of PNG are 100 megapixels. So the claim is read here first: exactly, from the
parts that every decoder must obey, and without unpacking anything.

The work is bounded by the length of the file, whatever is in it: parts are stepped over by
their length, and after `MAX_PARTS` of them we have seen enough. Nothing here raises over a
file's content; what cannot be told is None, and then the decoder's own word counts.
Source: OWASP ASVS 5.0, 5.2.6 (pixel flood).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO, NamedTuple

# A 20 MiB PNG in chunks of 8 KiB, as libpng cuts it, has 2,560. Empty ones would be millions.
MAX_PARTS = 100_000
BLOCK = 64 * 1024  # read at once

# A JPEG marker: 0xFF, then neither 0x00 (a data byte 0xFF), 0xFF (filling), 0x01 (TEM) nor a
# restart (ITU-T T.81, B.1.1.2 and table B.1). Only these end a scan or begin a segment.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
# Start of frame: 0xC0 to 0xCF without DHT, JPG and DAC, which share the row.
SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_TYPE = re.compile(rb"[A-Za-z]{4}")


class Part(NamedTuple):
    """A segment, chunk or block: where it stands in the file, whole and without its frame."""

    kind: bytes
    start: int
    end: int  # may lie behind the end of the file
    content_start: int
    content_end: int


class Window:
    """Bytes of a file by their place, read a block at a time. Short at the end, never an error."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.start = 0
        self.block = b""

    def read(self, at: int, length: int) -> bytes:
        if at < self.start or at + length > self.start + len(self.block):
            self._move(at, length)
        at -= self.start
        return self.block[at : at + length]

    def rest(self, start: int, end: int | None = None) -> bytes:
        """Return everything from `start` on, up to `end`, without keeping it here."""
        self.file.seek(start)
        return self.file.read() if end is None else self.file.read(end - start)

    def find(self, pattern: re.Pattern[bytes], at: int) -> int | None:
        """Return where a two-byte pattern next occurs, from `at` on."""
        while True:
            if at < self.start or at + 2 > self.start + len(self.block):
                self._move(at, BLOCK)
            found = pattern.search(self.block, at - self.start)
            if found:
                return self.start + found.start()
            if len(self.block) < BLOCK:
                return None
            at = self.start + len(self.block) - 1  # its last byte may be the first of two

    def _move(self, at: int, length: int) -> None:
        self.file.seek(at)
        self.start, self.block = at, self.file.read(max(length, BLOCK))

    def content(self, part: Part, limit: int) -> bytes:
        """Return the content of a part, or its first `limit` bytes."""
        return self.read(
            part.content_start, max(0, min(limit, part.content_end - part.content_start))
        )


def size_of(file: IO[bytes], kind: str) -> tuple[int, int] | None:
    """Return the width and height in pixels that a decoder will make room for.

    `kind` is what `sniff()` called the file. None when the header ends too early to tell, or
    is not one at all.
    """
    window = Window(file)
    return SIZES[kind](window)


def jpeg_segments(window: Window) -> Iterator[Part]:
    """Yield the segments of the first picture in a JPEG, up to its end marker.

    Found as the decoder finds them: after a segment, whatever is not a marker is passed over,
    and so are entropy-coded data after a start of scan. `kind` is the one byte of the marker.
    A second start of image ends the first one too: a decoder never goes past it.
    """
    end = 2
    for _ in range(MAX_PARTS):
        at = window.find(_JPEG_MARKER, end)
        if at is None:
            return
        kind = window.read(at + 1, 1)
        if kind[0] in (SOI, EOI):
            yield Part(kind, at, at + 2, at + 2, at + 2)
            return
        length = window.read(at + 2, 2)
        if len(length) < 2:
            return
        end = at + 2 + max(2, int.from_bytes(length))
        yield Part(kind, at, end, at + 4, end)


def png_chunks(window: Window) -> Iterator[Part]:
    """Yield the chunks of a PNG (PNG, third edition, 5.3) up to IEND, the broken end or EOF."""
    at = len(PNG_SIGNATURE)
    for _ in range(MAX_PARTS):
        head = window.read(at, 8)
        if not _PNG_TYPE.fullmatch(head[4:]):
            return
        content_end = at + 8 + int.from_bytes(head[:4])
        yield Part(head[4:], at, content_end + 4, at + 8, content_end)
        if head[4:] == b"IEND":
            return
        at = content_end + 4


def webp_chunks(window: Window) -> Iterator[Part]:
    """Yield the chunks of a WebP (RFC 9649, 2.3).

    The length in the RIFF header is not consulted: some writers get it wrong, and the parts
    that make the picture have lengths of their own.
    """
    at = 12
    for _ in range(MAX_PARTS):
        head = window.read(at, 8)
        if len(head) < 8:
            return
        length = int.from_bytes(head[4:], "little")
        yield Part(head[:4], at, at + 8 + length + length % 2, at + 8, at + 8 + length)
        at += 8 + length + length % 2


class GifFrame(NamedTuple):
    """The first frame of a GIF: its control extension, if any, and where its descriptor is."""

    control: bytes
    start: int
    left: int
    top: int
    width: int
    height: int


def gif_palette_length(flags: int) -> int:
    """Return the length of the colour table that packed `flags` announce (GIF89a, 18 and 20)."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def gif_frame(window: Window) -> GifFrame | None:
    """Return where the first frame is (GIF89a, 20), past comments and other extensions.

    A block of an extension counts as a part: 20 MiB can hold ten million of them.
    """
    screen = window.read(0, 13)
    if len(screen) < 13:
        return None
    at = 13 + gif_palette_length(screen[10])
    control = b""
    in_extension = False
    for _ in range(MAX_PARTS):
        head = window.read(at, 1)
        if not head:
            return None
        if in_extension:
            at += 1 + head[0]
            in_extension = head[0] > 0
        elif head == b"!":
            block = window.read(at + 1, 6)
            if block[:1] == b"\xf9" and block[1:2] >= b"\x04":
                control = b"!\xf9\x04" + block[2:] + b"\0"
            at, in_extension = at + 2, True
        elif head == b",":
            places = window.read(at + 1, 8)
            if len(places) < 8:
                return None
            left, top, width, height = (
                int.from_bytes(places[n : n + 2], "little") for n in (0, 2, 4, 6)
            )
            return GifFrame(control, at, left, top, width, height)
        elif head == b";":
            return None
        else:
            at += 1  # what is no block is passed over
    return None


def gif_data_end(window: Window, frame: GifFrame) -> int | None:
    """Return where the data of the frame end (GIF89a, 22); None if they do not.

    20 MiB of full blocks are 82,000 parts.
    """
    at = frame.start + 10 + gif_palette_length(window.read(frame.start + 9, 1).rjust(1, b"\0")[0])
    at += 1  # code size
    for _ in range(MAX_PARTS):
        length = window.read(at, 1)
        if not length:
            return None
        at += 1 + length[0]
        if length == b"\0":
            return at
    return None


def _jpeg_size(window: Window) -> tuple[int, int] | None:
    """The largest start of frame before the first scan: two decoders may take different ones."""
    sizes = []
    for segment in jpeg_segments(window):
        if segment.kind[0] in SOF:
            frame = window.content(segment, 5)
            if len(frame) == 5:
                sizes.append((int.from_bytes(frame[3:5]), int.from_bytes(frame[1:3])))
        elif segment.kind[0] == SOS:
            break
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _png_size(window: Window) -> tuple[int, int] | None:
    """The IHDR's, which comes first. Frames of an animation are within it or not decoded."""
    head = window.read(8, 16)
    if len(head) < 16 or head[4:8] != b"IHDR":
        return None
    return int.from_bytes(head[8:12]), int.from_bytes(head[12:16])


def _gif_size(window: Window) -> tuple[int, int] | None:
    """The screen's, or more where the first frame reaches over its edge."""
    frame = gif_frame(window)
    if frame is None:
        return None
    screen = window.read(6, 4)
    return (
        max(int.from_bytes(screen[:2], "little"), frame.left + frame.width),
        max(int.from_bytes(screen[2:], "little"), frame.top + frame.height),
    )


def _webp_size(window: Window) -> tuple[int, int] | None:
    """The canvas of an extended file, or the frame of a simple one; the larger of both."""
    sizes = []
    for chunk in webp_chunks(window):
        size = _WEBP_SIZES.get(chunk.kind, _no_size)(window.content(chunk, 16))
        if size:
            sizes.append(size)
        if chunk.kind in (b"VP8 ", b"VP8L", b"ANMF"):
            break
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _no_size(_content: bytes) -> None:
    return None


def _canvas_size(content: bytes) -> tuple[int, int] | None:
    """VP8X: flags, then width - 1 and height - 1 in 24 bits (RFC 9649, 2.7)."""
    if len(content) < 10:
        return None
    return (
        int.from_bytes(content[4:7], "little") + 1,
        int.from_bytes(content[7:10], "little") + 1,
    )


def _animation_frame_size(content: bytes) -> tuple[int, int] | None:
    """ANMF: place, then width - 1 and height - 1 in 24 bits (RFC 9649, 2.7.1.1)."""
    if len(content) < 12:
        return None
    return (
        int.from_bytes(content[6:9], "little") + 1,
        int.from_bytes(content[9:12], "little") + 1,
    )


def _lossy_size(content: bytes) -> tuple[int, int] | None:
    """VP8: frame tag, start code, then 14 bits each (RFC 6386, 9.1)."""
    if len(content) < 10 or content[3:6] != b"\x9d\x01\x2a":
        return None
    return (
        int.from_bytes(content[6:8], "little") & 0x3FFF,
        int.from_bytes(content[8:10], "little") & 0x3FFF,
    )


def _lossless_size(content: bytes) -> tuple[int, int] | None:
    """VP8L: signature, then width - 1 and height - 1 in 14 bits each (RFC 9649, 3.4)."""
    if len(content) < 5 or content[0] != 0x2F:
        return None
    bits = int.from_bytes(content[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


_WEBP_SIZES: dict[bytes, Callable[[bytes], tuple[int, int] | None]] = {
    b"VP8X": _canvas_size,
    b"ANMF": _animation_frame_size,
    b"VP8 ": _lossy_size,
    b"VP8L": _lossless_size,
}
SIZES: dict[str, Callable[[Window], tuple[int, int] | None]] = {
    "jpeg": _jpeg_size,
    "png": _png_size,
    "gif": _gif_size,
    "webp": _webp_size,
}
