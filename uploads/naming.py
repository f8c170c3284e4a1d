"""Names: what a person called the file, made safe to show and to send back.

A name is a label in the database. It is never part of a path or a key: storages get random
names of our own (`uploads/fields.py`).
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from django.utils.translation import gettext as _

MAX_NAME_BYTES = 255  # what ext4, APFS and NTFS can hold when the file is saved again

# Longer input is cut before anything looks at it: 8 x 255 leaves room for what is removed.
_LONGEST_LOOKED_AT = 2040

# A dot and up to ten letters and digits, at least one of them a letter: an extension.
# "Report Q3.2026" keeps its year, "Letter to Dr. Brown" keeps its addressee.
_EXTENSION = re.compile(r"\.(?=[0-9]*[a-z])[a-z0-9]{1,10}", re.IGNORECASE)

_FORBIDDEN = re.compile(r'[<>:"|?*]')  # Windows refuses them in a name; ":" opens NTFS streams

# Device names in every folder of Windows, whatever the extension ("Naming Files, Paths, and
# Namespaces"); the superscript digits count as digits there.
_RESERVED = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789¹²³"
}

# The two joiners are format characters too, but Persian and emoji are misspelt without them.
_JOINERS = "\u200c\u200d"


def safe_display_name(name: str, extension: str) -> str:
    """Return the name to show for a file whose verified type has `extension` (".pdf").

    One path part, NFC, at most 255 bytes of UTF-8, ending in the true extension: what the
    name claimed after its last dot is replaced. No control, bidi or other invisible
    characters, nothing Windows reserves. A name of which nothing remains becomes
    "document.pdf". Never raises, whatever the client sent.
    Source: OWASP ASVS 5.0, 5.3.2 and 5.4.1; Unicode TR 36, section 3 (bidi spoofing: with
    U+202E "gnp.exe" reads "exe.png").
    """
    name = name[-_LONGEST_LOOKED_AT:].replace("\\", "/").rpartition("/")[2]
    name = unicodedata.normalize("NFC", "".join(map(_visible, name)))
    stem = _FORBIDDEN.sub("_", " ".join(name.split()))
    dot = stem.rfind(".")
    if dot >= 0 and _EXTENSION.fullmatch(stem, dot):
        stem = stem[:dot]
    room = MAX_NAME_BYTES - len(extension.encode())
    stem = _trimmed(stem)
    if stem.partition(".")[0].rstrip().upper() in _RESERVED:
        stem = f"_{stem}"
    # Cutting bytes can split a character (dropped) and leave a space or dot at the end.
    stem = _trimmed(stem.encode()[:room].decode(errors="ignore"))
    return (stem or _("document")) + extension


def content_disposition(name: str) -> str:
    """Return the header value that makes a browser save a file as `name`, never show it.

    Both forms of RFC 6266: `filename` in ASCII for what is older than the standard, then
    `filename*` (RFC 5987), which every browser prefers. Nothing in `name` can end the header
    or a parameter of it.
    Source: OWASP ASVS 5.0, 5.4.1 and 5.4.2; RFC 6266, section 4.3 and appendix D (no
    percent sign in the fallback: some readers decode it).
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'[^ -~]|["%\\/]', "_", plain)
    exact = quote(name, safe="!#$&+-.^_`|~", errors="replace")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"


def visible_text(text: str) -> str:
    """Return one line of text in NFC without control, bidi or other invisible characters.

    For names that strangers read: U+202E turns around whatever stands beside it.
    """
    return " ".join(unicodedata.normalize("NFC", "".join(map(_visible, text))).split())


def _visible(character: str) -> str:
    """Return the character if it can be seen, a space if it is one, else nothing."""
    category = unicodedata.category(character)
    if category in {"Zs", "Zl", "Zp"} or character in "\t\n\r":
        return " "
    if category in {"Cc", "Cf", "Cs", "Co"} and character not in _JOINERS:
        return ""
    # The noncharacters, not all of category Cn: next year's emoji are unassigned today.
    code = ord(character)
    return "" if 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE else character


def _trimmed(stem: str) -> str:
    """Return the stem without what Windows drops at the end and Unix hides by at the start."""
    return stem.strip(f" .{_JOINERS}")
