"""Names: what a person called the file, made safe to show and to send back.

A name is a label in the database. It is never part of a path or a key: storages get random
names of our own (`uploads/fields.py`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

from django.utils.translation import gettext as _

MAX_NAME_BYTES = 255  # what ext4, APFS and NTFS can hold when the file is saved again

# Longer input is cut before anything looks at it: 8 x 255 leaves room for what is removed.
_LONGEST_LOOKED_AT = 2040

# A dot and up to ten letters and digits, at least one of them a letter: an extension.
# "Report Q3.2026" keeps its year, "Letter to Dr. Brown" keeps its addressee.
_EXTENSION = re.compile(r"\.(?=[0-9]*[a-z])[a-z0-9]{1,10}", re.IGNORECASE)

# Windows refuses the first seven in a name; ":" opens NTFS streams. The others look like slashes,
# and older Windows programs turn some of them into slashes ("best fit" code pages).
_FORBIDDEN = re.compile(r'[<>:"|?*\u2044\u2215\u2216\u29f5\u29f8\u29f9\ufe68\uff0f\uff3c]')

# Device names in every folder of Windows, whatever the extension ("Naming Files, Paths, and
# Namespaces"); the superscript digits count as digits there.
_RESERVED = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"} | {
    f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789¹²³"
}

# Letters, marks and places not yet given to a character that show nothing: of Unicode's
# Default_Ignorable_Code_Point all that no category in _visible() covers.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)

# Two joiners and many selectors are just as invisible, but Persian, Japanese names and emoji are
# misspelt without them. _in_place() leaves those that do something.
_JOINERS = "\u200c\u200d"
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_JOINED = re.compile(f"[{_JOINERS}{_SELECTORS.pattern[1:]}+")

_DROPPED = f" .{_JOINERS}"  # dots and spaces Windows drops at the end; Unix hides ".name"

_MARKS_IN_A_ROW = 8  # cantillated Hebrew and Burmese need five; hundreds climb over the page


def safe_display_name(name: str, extension: str) -> str:
    """Return the name to show for a file whose verified type has `extension` (".pdf").

    One path part, NFC, at most 255 bytes of UTF-8, ending in the true extension, once: what the
    name claimed after its last dot is replaced. No control, bidi or other invisible characters,
    nothing Windows reserves. A name of which nothing remains becomes "document.pdf". Never
    raises, whatever the client sent, and leaves its own results as they are.
    Source: OWASP ASVS 5.0, 5.3.2 and 5.4.1; Unicode TR 36, section 3 (bidi spoofing: with
    U+202E "gnp.exe" reads "exe.png").
    """
    name = name[-_LONGEST_LOOKED_AT:].replace("\\", "/").rpartition("/")[2]
    stem = visible_text(_FORBIDDEN.sub("_", name))
    dot = stem.rfind(".")
    if dot >= 0 and _EXTENSION.fullmatch(stem, dot):
        stem = stem[:dot]
    stem = _unreserved(_trimmed(_without(extension, stem)))
    stem = _cut(stem, MAX_NAME_BYTES - len(extension.encode()))
    stem = _without(extension, stem)  # the cut may have laid it bare
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
    stem, dot, extension = plain.rpartition(".") if "." in plain else (plain, "", "")
    plain = (_unreserved(_trimmed(stem)) or "document") + dot + extension
    exact = quote(name, safe="!#$&+-.^_`|~", errors="replace")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"


def visible_text(text: str) -> str:
    """Return one line of text in NFC without control, bidi or other invisible characters.

    For names that strangers read: U+202E turns around whatever stands beside it, and two names
    that look alike should be alike.
    """
    # Few marks before, as normalizing takes the square of their number; and after, as it adds some.
    text = "".join(_with_few_marks("".join(map(_visible, text))))
    text = _JOINED.sub(_in_place, unicodedata.normalize("NFC", text))
    text = unicodedata.normalize("NFC", text)
    return " ".join("".join(_with_few_marks(text)).split())


def _visible(character: str) -> str:
    """Return the character if it can be seen, a space if it is one, else nothing."""
    category = unicodedata.category(character)
    if category in {"Zs", "Zl", "Zp"} or character in "\t\n\r\u2800":
        return " "
    if category in {"Cc", "Cf", "Cs", "Co"} and character not in _JOINERS:
        return ""
    # The noncharacters, not all of category Cn: next year's emoji are unassigned today.
    code = ord(character)
    if 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE or _BLANK.match(character):
        return ""
    return character


def _in_place(run: re.Match[str]) -> str:
    """Return what a run of joiners and selectors may keep: of each the first, where it acts.

    A selector acts on a character beyond ASCII and on the digit of a keycap, a joiner between
    two characters beyond ASCII.
    """
    before = run.string[max(run.start() - 1, 0) : run.start()]
    after = run.string[run.end() : run.end() + 1]
    kept = ""
    if _SELECTORS.match(run[0]) and (before > "\x7f" or before.isdecimal() or before == "#"):
        kept = run[0][0]
    if before > "\x7f" and after > "\x7f":
        kept += "".join(character for character in run[0] if character in _JOINERS)[:1]
    return kept


def _with_few_marks(text: str) -> Iterator[str]:
    """Yield the characters, of a row of combining marks only the first eight."""
    row = 0
    for character in text:
        if _is_mark(character):
            row += 1
        elif character not in _JOINERS:
            row = 0
        if row <= _MARKS_IN_A_ROW:
            yield character


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _without(extension: str, stem: str) -> str:
    """Return the stem of "invoice.pdf      .exe" without the extension that will be put to it."""
    while (stem := stem.rstrip(_DROPPED)).lower().endswith(extension):
        stem = stem[: -len(extension)]
    return stem


def _trimmed(stem: str) -> str:
    """Return the stem without dots and spaces around it, or marks at its start: those would sit
    on whatever stands before the name."""
    stem = stem.rstrip(_DROPPED)
    start = 0
    while start < len(stem) and (stem[start] in _DROPPED or _is_mark(stem[start])):
        start += 1
    return stem[start:]


def is_device(name: str) -> bool:
    """Whether Windows takes a name for one of its devices, whatever its extension."""
    return name.partition(".")[0].rstrip().upper() in _RESERVED


def _unreserved(stem: str) -> str:
    return f"_{stem}" if is_device(stem) else stem


def _cut(stem: str, room: int) -> str:
    """Return as much of the stem as fits into `room` bytes, without half a character at its end:
    neither bytes of one, nor a letter without its marks, nor a family without its child."""
    end = len(stem.encode()[:room].decode(errors="ignore"))
    while 0 < end < len(stem) and (
        _is_mark(stem[end]) or stem[end] in _JOINERS or stem[end - 1] in _JOINERS
    ):
        end -= 1
    return stem[:end]
