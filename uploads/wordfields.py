"""Fields of a Word document: what each one tells Word to do, however it is spelt.

A field is a run of marks and pieces of text: begin, its instruction in as many pieces as the
author likes, separate, the result that was shown last, end. Fields stand within the
instructions of others, pieces can be deleted or inserted with tracking, and one of two
alternatives may be what a program sees. DDE has been hidden in every one of these. So the first
word of an instruction is followed piece by piece, and each piece that some program could leave
out is followed both ways.

The letters DDE in a text, a heading, a bookmark or an address are letters.
Source: ISO/IEC 29500-1, 17.16 (fields); Microsoft Security Advisory 4053440 (DDE).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from uploads.markup import too_complex

_WORD_NAMESPACES = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main ",
    "http://purl.oclc.org/ooxml/wordprocessingml/main ",
)

# A part without these words has no fields: names of elements cannot be written with escapes.
MARKS = (b"instrText", b"InstrText", b"fldSimple")

MAX_INSTRUCTION = 65_536  # characters that are read of one; bibliographies keep XML in theirs
MAX_ARGUMENTS = 16  # LINK has the most: a program, a file, a place in it, and switches
# Why a piece may not count; an instruction is read with and without the pieces of each kind.
_DOUBTS = {
    **dict.fromkeys(("del", "moveFrom"), "old"),
    **dict.fromkeys(("ins", "moveTo"), "new"),
    **{name: name for name in ("Choice", "Fallback", "result", "shown", "spelt")},
}
MAX_DOUBTS = 6  # kinds in one instruction: 64 readings of it
MAX_PIECES = 200  # of changing doubts; 2,700 honest documents have 4 at most

_DDE = "DDEAUTO"
_IS_DDE = re.compile(r"DDE(?!\w)|DDEAUTO")
# What may stand before the first word: spaces of all kinds, quotes, marks without width.
_BEFORE = " \t\r\n\v\f\xa0\xad\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_BEFORE += "\u200b\u200c\u200d\u200e\u200f\u202f\u2060\u3000\ufeff\"'\u201c\u201d\u201e\\"
_ARGUMENT = re.compile(r'["“”„]([^"“”]*)["“”]?|([^\s"“”„]+)')
_FIRST_WORD = re.compile(r"\w*")
_BLANK_RUN = re.compile(r"\s+")
_CODE = re.compile(r"0x[0-9a-f]{1,4}|\d{1,5}", re.IGNORECASE)


@dataclass(slots=True)
class _Field:
    """A field that is being read, or instructions without one."""

    updates_itself: bool = False
    # The innermost doubtful element around its beginning.
    doubt: int = 0
    is_open: bool = True
    # The beginnings that the instruction may have, as far as they may still become DDE.
    openings: set[str] = field(default_factory=lambda: {""})
    # The instruction in pieces; together are those with the same doubts, the kinds of elements
    # around them that may not exist.
    text: list[tuple[list[str], frozenset[str]]] = field(default_factory=list)
    length: int = 0
    result: list[str] = field(default_factory=list)
    result_length: int = 0


@dataclass(frozen=True)
class Instruction:
    """What a field says: its first word in capitals, and the arguments behind it."""

    word: str
    arguments: tuple[str, ...]
    updates_itself: bool


class FieldReader:
    """Follow the fields of one part; `judge` gets every instruction, `dde` is called for DDE.

    Feed it with `entered`, `left` and `text` for every element of the part, in order.
    """

    def __init__(self, judge: Callable[[Instruction], None], dde: Callable[[], None]) -> None:
        self.judge = judge
        self.dde = dde
        self.stack: list[_Field] = []
        self.stray = _Field()
        self.kind = ""  # of the text that comes: "code", "shown" or none
        # The elements around us that do not exist for some program: a serial number, and the kinds
        # of all so far. Kept together, so that a thousand around each piece cost no more than one.
        self.doubts: list[tuple[int, frozenset[str]]] = [(0, frozenset())]
        self.serial = 0

    def entered(self, name: str, attributes: dict[str, str]) -> None:
        role = _role(name)
        if not role:
            return
        if role == "doubtful":
            self.serial += 1
            kind = _DOUBTS.get(name.rpartition(" ")[2], "unknown")
            around = self.doubts[-1][1]
            self.doubts.append((self.serial, around if kind in around else around | {kind}))
        elif role == "fldChar":
            self._mark(_attribute(attributes, "fldCharType"), attributes)
        elif role == "fldSimple":
            simple = _Field(_is_dirty(attributes))
            self._add(simple, _attribute(attributes, "instr"))
            self._close(simple)
        elif role == "p":
            if not self.stack:
                self._end_stray()
        else:
            self.kind = role

    def left(self, name: str) -> None:
        role = _role(name)
        if not role:
            return
        if role == "doubtful":
            self.doubts.pop()
        elif role in {"code", "deleted", "shown"}:
            self.kind = ""

    def text(self, text: str) -> None:
        if not self.kind:
            return
        if self.kind != "shown":
            top = self.stack[-1] if self.stack else None
            deleted = "old" if self.kind == "deleted" else ""
            self._add(top if top and top.is_open else self.stray, text, deleted)
        elif self.stack:
            top = self.stack[-1]
            if top.is_open:
                self._add(top, text, "shown")
            elif top.result_length < MAX_INSTRUCTION:
                top.result.append(text)
                top.result_length += len(text)

    def finish(self) -> None:
        """Judge what was begun and never ended."""
        while self.stack:
            self._close(self.stack.pop())
        self._end_stray()

    def _mark(self, kind: str, attributes: dict[str, str]) -> None:
        if kind == "begin":
            self.stack.append(_Field(_is_dirty(attributes), self.doubts[-1][0]))
        elif kind == "separate" and self.stack:
            self._close(self.stack[-1])
        elif kind == "end" and self.stack:
            inner = self.stack.pop()
            self._close(inner)
            if self.stack and self.stack[-1].is_open:
                # A field within an instruction stands for what it yields.
                outer = self.stack[-1]
                spelt = "".join(piece for pieces, _doubts in inner.text for piece in pieces)
                for doubt, value in (("result", "".join(inner.result)), ("spelt", _quoted(spelt))):
                    if value:
                        self._add(outer, value, doubt)
        if self.stray.length:
            self._end_stray()

    def _add(self, target: _Field, text: str, doubt: str = "") -> None:
        """Add a piece; `doubt` is why it may not count, beside the elements around it."""
        doubts = frozenset({doubt} - {""})
        if self.doubts[-1][0] not in {0, target.doubt}:
            doubts |= self.doubts[-1][1]
        if target.openings:
            longer = {_opening(opening, text) for opening in target.openings}
            if doubts:
                longer |= target.openings
            target.openings = longer - {_NEVER}
        if target.length < MAX_INSTRUCTION:
            text = _BLANK_RUN.sub(" ", text)
            if not target.text or target.text[-1][1] != doubts:
                target.text.append(([], doubts))
            pieces = target.text[-1][0]
            if text != " " or not pieces or not pieces[-1].endswith(" "):
                pieces.append(text)
                target.length += len(text)

    def _end_stray(self) -> None:
        if self.stray.length:
            self._close(self.stray)
            self.stray = _Field()

    def _readings(self, target: _Field) -> list[str]:
        """Return what the instruction is, with and without each kind of doubtful pieces."""
        text = [("".join(pieces), doubts) for pieces, doubts in target.text]
        kinds = sorted(set().union(*(doubts for _piece, doubts in text)))
        if len(kinds) > MAX_DOUBTS or len(text) > MAX_PIECES:
            raise too_complex()
        readings = set()
        for number in range(1 << len(kinds)):
            without = {kind for place, kind in enumerate(kinds) if number >> place & 1}
            pieces = (piece for piece, doubts in text if not doubts & without)
            readings.add("".join(pieces).strip(_BEFORE))
        return sorted(readings)

    def _close(self, target: _Field) -> None:
        if not target.is_open:
            return
        target.is_open = False
        if any(_IS_DDE.match(opening) for opening in target.openings):
            self.dde()
        for text in self._readings(target):
            word, rest = _divided(text)
            if word == "QUOTE" and _IS_DDE.match(_opening("", _quoted(text, only_codes=True))):
                self.dde()  # nobody spells a text in numbers who does not want to hide it
            if word in INTERESTING:
                found = islice(_ARGUMENT.finditer(rest), MAX_ARGUMENTS)
                arguments = tuple(one[1] or one[2] or "" for one in found)
                self.judge(Instruction(word, arguments, target.updates_itself))


# Fields that name something outside the document, and those that make text of numbers.
INTERESTING = frozenset(
    {
        "CONTROL",
        "HYPERLINK",
        "INCLUDETEXT",
        "INCLUDE",
        "INCLUDEPICTURE",
        "IMPORT",
        "LINK",
        "RD",
        "DATABASE",
        "QUOTE",
        "SYMBOL",
    }
)
# Elements of Word whose content is only there before, or only after, changes are accepted.
_ROLES = {
    **dict.fromkeys(("ins", "del", "moveFrom", "moveTo"), "doubtful"),
    "instrText": "code",
    "delInstrText": "deleted",
    **dict.fromkeys(("t", "delText"), "shown"),
    **{name: name for name in ("fldChar", "fldSimple", "p")},
}
_NEVER = "\0"


@lru_cache(maxsize=1024)
def _role(name: str) -> str:
    """What an element is to fields. One of another vocabulary may be ignored, with its content."""
    space, _blank, local = name.rpartition(" ")
    return _ROLES.get(local, "") if space + " " in _WORD_NAMESPACES else "doubtful"


def _opening(before: str, text: str) -> str:
    """Return how an instruction begins that goes on with `text`, or _NEVER if not as DDE."""
    joined = (before + text[: 16 + len(text) - len(text.lstrip(_BEFORE))]).lstrip(_BEFORE)
    joined = joined[: len(_DDE) + 1].upper()
    if not joined or _DDE.startswith(joined) or _IS_DDE.match(joined):
        return joined
    return _NEVER


def _quoted(instruction: str, *, only_codes: bool = False) -> str:
    """Return the text that QUOTE or SYMBOL makes of quoted pieces and of character codes."""
    word, rest = _divided(instruction.strip(_BEFORE))
    if word not in {"QUOTE", "SYMBOL"}:
        return ""
    pieces = []
    for one in islice(_ARGUMENT.finditer(rest), 2 * len(_DDE)):
        quoted, bare = one[1] or "", one[2] or ""
        if bare.startswith("\\"):
            break
        if _CODE.fullmatch(bare):
            code = int(bare, 16 if bare[:2].lower() == "0x" else 10)
            pieces.append(chr(code) if code < 0xD800 else "?")
        elif not only_codes:
            pieces.append(quoted or bare)
    return "".join(pieces)


def _divided(instruction: str) -> tuple[str, str]:
    """Return the first word in capitals, and what is behind it: a blank, a quote or a switch."""
    found = _FIRST_WORD.match(instruction)
    end = found.end() if found else 0
    return instruction[:end].upper(), instruction[end:]


def _attribute(attributes: dict[str, str], local: str) -> str:
    return next(
        (attributes[space + local] for space in _WORD_NAMESPACES if space + local in attributes),
        "",
    )


def _is_dirty(attributes: dict[str, str]) -> bool:
    return _attribute(attributes, "dirty") in {"1", "true", "on"}
