"""The two encodings in which text files travel, unpacked."""

import gzip
import zlib

try:
    import brotli  # type: ignore[import-untyped]
except ImportError:  # pragma: no cover - WhiteNoise compresses without it, too, into .gz alone
    brotli = None

NOT_IN_IT = (zlib.error, OSError, EOFError, *([brotli.error] if brotli else []))
SUFFIXES = {".br": "br", ".gz": "gzip"}


def can_unpack(encoding: str) -> bool:
    return encoding == "gzip" or (encoding == "br" and brotli is not None)


def accepted() -> str:
    """Return Accept-Encoding for what can be unpacked here."""
    return ", ".join(filter(can_unpack, ("br", "gzip")))


def unpacked(data: bytes, encoding: str) -> bytes:
    """Return the bytes without their encoding. Raises ValueError if they are not in it."""
    if encoding == "br" and brotli is None:
        raise ValueError("it is br, and nothing here unpacks that (pip install brotli)")
    try:
        if encoding == "br":
            return bytes(brotli.decompress(data))
        return gzip.decompress(data) if encoding == "gzip" else data
    except NOT_IN_IT as error:
        raise ValueError(f"it is not {encoding}, as it says") from error
