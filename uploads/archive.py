"""Zip archives that every program reads alike, unpacked under limits that are counted.

A zip says everything twice: in front of each member and in a directory at the end. Programs
trust one or the other, and what they see differs when the two do. This reader takes an archive
only if both agree, no byte belongs to two members, and no byte lies between them that could be
a third opinion. It opens nothing that it has not counted first: Python's zipfile makes 90,000
objects (145 MB) of a directory before anybody can ask how many there are.

Nothing is written to disk and no name of the archive is ever used as a path.
Source: APPNOTE.TXT 6.3.10 (the format); ISO/IEC 29500-2, annex B (what Office may use of it).
"""

from __future__ import annotations

import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from uploads.naming import is_device

MAX_MEMBERS = 2_000  # a thesis with 800 figures has about 850
MAX_UNPACKED_BYTES = 50 * 1024 * 1024  # 5 times the upload limit; photographs do not shrink
# Deflate ends at 1,032:1. Text of Office documents is packed 5:1 to 60:1, drawings of one colour
# 100:1; a small part may be all alike, so the rule begins where a part is large.
MAX_RATIO = 200
RATIO_FROM_BYTES = 1024 * 1024
# Two thousand honest documents have one XML element in 25 to 40 bytes: 50 MiB hold 2 million.
# It is elements that take time, a microsecond each.
MAX_ELEMENTS = 3_000_000
MAX_NAME_BYTES = 512  # the longest of 2,000 documents has 62

STORED, DEFLATED = 0, 8
_LOCKED, _DESCRIPTOR, _STRONG, _MASKED = 1 << 0, 1 << 3, 1 << 6, 1 << 13
_EOCD, _EOCD64, _LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_DIRECTORY, _LOCAL, _DESCRIBED = b"PK\x01\x02", b"PK\x03\x04", b"PK\x07\x08"
_ZIP64, _UNICODE_NAME = 0x0001, 0x7075
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF

_SPECIAL = set(':<>|"*?')
_TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


class DamagedError(ValueError):
    """The bytes contradict themselves or the format; nothing in them can be relied on."""


@dataclass
class Allowance:
    """What may still be unpacked. Archives within an archive share one."""

    members: int = MAX_MEMBERS
    size: int = MAX_UNPACKED_BYTES
    elements: int = MAX_ELEMENTS


@dataclass(frozen=True)
class Member:
    """One file or folder; sizes in bytes, places counted from the start of the archive."""

    name: str
    method: int
    flags: int
    checksum: int
    packed: int
    size: int
    header: int
    data: int

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")

    @property
    def key(self) -> str:
        return name_key(self.name)


@dataclass
class Archive:
    """A zip whose members have safe, unique names and are all where they say they are.

    Raises DamagedError, or ValidationError with `docx_too_many_members`, `docx_encrypted`,
    `docx_unsafe_name` or `docx_special_file`.
    Source: OWASP ASVS 5.0, 5.2.3 (limits before unpacking), 5.2.5 (no symlinks), 5.3.2 and
    5.3.3 (names).
    """

    content: bytes
    allowance: Allowance = field(default_factory=Allowance)

    def __post_init__(self) -> None:
        start, size, count = _find_directory(self.content)
        if count > min(MAX_MEMBERS, self.allowance.members):
            raise _too_many()
        self.members = list(self._read_directory(start, start + size))
        if len(self.members) != count:
            raise DamagedError("not as many members as announced")
        self.allowance.members -= len(self.members)
        self._refuse_unaccounted_bytes(start)
        self.by_key = {member.key: member for member in self.members}
        if len(self.by_key) != len(self.members):
            raise DamagedError("two members of one name")

    def read(self, member: Member) -> bytes:
        """Unpack one member, and count what comes out against the allowance.

        The sizes in the headers are the sender's: they are compared afterwards, together
        with the checksum, and limit nothing.
        Raises DamagedError, zlib.error, or ValidationError with `docx_too_large_unpacked` or
        `docx_ratio_too_high`. Source: OWASP ASVS 5.0, 5.2.3.
        """
        packed = self.content[member.data : member.data + member.packed]
        dense = max(RATIO_FROM_BYTES, MAX_RATIO * len(packed))
        most = min(dense, self.allowance.size)
        if member.method == STORED:
            content, whole = packed, True
        else:
            stream = zlib.decompressobj(-zlib.MAX_WBITS)
            content = stream.decompress(packed, most + 1)
            whole = stream.eof and not stream.unused_data
        if len(content) > self.allowance.size:
            raise _too_large()
        if len(content) > dense:
            raise _too_dense()
        self.allowance.size -= len(content)
        if not whole or len(content) != member.size or zlib.crc32(content) != member.checksum:
            raise DamagedError("a member is not what its header says")
        return content

    def _read_directory(self, at: int, end: int) -> Iterator[Member]:
        """Yield the members in the directory's order, each compared with its own header.

        Counted as they come: the announced number has 16 bits and runs over at 65,536.
        """
        left = min(MAX_MEMBERS, self.allowance.members)
        while at < end:
            if left == 0:
                raise _too_many()
            left -= 1
            if self.content[at : at + 4] != _DIRECTORY or at + 46 > end:
                raise DamagedError("the directory is not a list of members")
            (
                _made_by,
                _needed,
                flags,
                method,
                _time,
                _date,
                checksum,
                packed,
                size,
                name_length,
                extra_length,
                comment_length,
                _disk,
                _internal,
                external,
                header,
            ) = struct.unpack_from("<6H3L5H2L", self.content, at + 4)
            extra_at = at + 46 + name_length
            raw_name = self.content[at + 46 : extra_at]
            extra = dict(_extra_fields(self.content[extra_at : extra_at + extra_length]))
            at = extra_at + extra_length + comment_length
            if at > end:
                raise DamagedError("the directory ends within a member")
            size, packed, header = _widened(extra, size, packed, header)
            _refuse_locked(flags)
            _refuse_special(external)
            name = _decoded(raw_name, extra)
            member = Member(name, method, flags, checksum, packed, size, header, 0)
            yield self._compared(raw_name, member)

    def _compared(self, raw_name: bytes, member: Member) -> Member:
        """Return the member with the place of its data, if its own header agrees."""
        at = member.header
        if self.content[at : at + 4] != _LOCAL or at + 30 > len(self.content):
            raise DamagedError("no header where the directory says")
        (
            _needed,
            flags,
            method,
            _time,
            _date,
            checksum,
            packed,
            size,
            name_length,
            extra_length,
        ) = struct.unpack_from("<5H3L2H", self.content, at + 4)
        data = at + 30 + name_length + extra_length
        extra = dict(_extra_fields(self.content[at + 30 + name_length : data]))
        size, packed, _header = _widened(extra, size, packed, 0)
        _refuse_locked(flags)
        if (
            self.content[at + 30 : at + 30 + name_length] != raw_name
            or method != member.method
            or method not in {STORED, DEFLATED}
        ):
            raise DamagedError("two headers of one member differ")
        told = (checksum, packed, size)
        if told != (member.checksum, member.packed, member.size) and not (
            # Written before the data was: zeros here, the truth in a descriptor behind it.
            flags & _DESCRIPTOR
            and all(
                value in {0, _FULL32, true}
                for value, true in zip(
                    told, (member.checksum, member.packed, member.size), strict=True
                )
            )
        ):
            raise DamagedError("two headers of one member differ")
        if member.is_folder and member.size:
            raise DamagedError("a folder with content")
        return Member(
            member.name,
            method,
            flags,
            member.checksum,
            member.packed,
            member.size,
            member.header,
            data,
        )

    def _refuse_unaccounted_bytes(self, directory: int) -> None:
        """Refuse members that overlap, and anything but zeros between them.

        The first begins at byte 0, each ends where the next begins. An overlapping archive
        unpacks the same bytes a thousand times; a gap can hold another archive.
        """
        end = 0
        for member in sorted(self.members, key=lambda member: member.header):
            if member.header < end or self.content[end : member.header].strip(b"\0"):
                raise DamagedError("members overlap, or something lies between them")
            if end == 0 and member.header != 0:
                raise DamagedError("something stands before the archive")
            end = member.data + member.packed
            if member.flags & _DESCRIPTOR:
                end += _descriptor_length(self.content[end : end + 24], member)
        if end > directory or self.content[end:directory].strip(b"\0"):
            raise DamagedError("something lies between the members and their directory")


def name_key(name: str) -> str:
    """Return what makes two names the same part: case and %-encoding do not matter.

    Source: ISO/IEC 29500-2, 6.2.2.3 (equivalence of part names).
    """
    return unicodedata.normalize("NFC", unquote(name)).strip("/").casefold()


def _find_directory(content: bytes) -> tuple[int, int, int]:
    """Return (start, bytes, members) of the directory, as the last record of the file says.

    Readers look for that record from the end. Of several only the last counts for all of
    them, if its comment reaches exactly to the end; a mail gateway's newline may follow.
    """
    at = content.rfind(_EOCD)
    if at < 0 or at + 22 > len(content):
        raise DamagedError("no directory")
    disk, first_disk, here, count, size, start, comment = struct.unpack_from(
        "<4H2LH", content, at + 4
    )
    if at + 22 + comment > len(content) or content[at + 22 + comment :].strip(b"\0\t\n\r "):
        raise DamagedError("the file does not end with its directory")
    end = at
    if content[max(at - 20, 0) : at].startswith(_LOCATOR64):
        end, wide = _zip64_record(content, at - 20)
        told = ((here, _FULL16), (count, _FULL16), (size, _FULL32), (start, _FULL32))
        if any(value not in {full, true} for (value, full), true in zip(told, wide, strict=True)):
            raise DamagedError("two ends of one archive differ")
        here, count, size, start = wide
    if disk not in {0, _FULL16} or first_disk not in {0, _FULL16} or here != count:
        raise DamagedError("a part of a divided archive")
    if start + size != end:
        raise DamagedError("the directory is not where it says")
    return start, size, count


def _zip64_record(content: bytes, locator: int) -> tuple[int, tuple[int, int, int, int]]:
    """Return where the long record starts, and what it says of the directory."""
    _disk, at, disks = struct.unpack_from("<LQL", content, locator + 4)
    if disks > 1 or at + 56 > locator or content[at : at + 4] != _EOCD64:
        raise DamagedError("no long record where the locator says")
    length, _made, _needed, disk, first_disk, here, count, size, start = struct.unpack_from(
        "<Q2H2L4Q", content, at + 4
    )
    if at + 12 + length != locator or disk or first_disk:
        raise DamagedError("the long record is not as long as it says")
    return at, (here, count, size, start)


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (id, content); what is left when a writer only padded is nobody's field."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _widened(extra: dict[int, bytes], size: int, packed: int, header: int) -> tuple[int, int, int]:
    """Replace what does not fit into 32 bits by the values of the zip64 field, in its order."""
    wide = extra.get(_ZIP64, b"")
    values = [size, packed, header]
    at = 0
    for place, value in enumerate(values):
        if value == _FULL32 and at + 8 <= len(wide):
            (values[place],) = struct.unpack_from("<Q", wide, at)
            at += 8
    return values[0], values[1], values[2]


def _descriptor_length(content: bytes, member: Member) -> int:
    """Return how long the record behind the data is: four forms are in use (APPNOTE, 4.3.9)."""
    for signature in (_DESCRIBED, b""):
        for form in ("<3L", "<L2Q"):
            length = struct.calcsize(form)
            record = content[len(signature) :][:length]
            if content.startswith(signature) and len(record) == length:
                told = struct.unpack(form, record)
                if told == (member.checksum, member.packed, member.size):
                    return len(signature) + length
    return 0  # announced and left out; then the next member must begin right here


def _decoded(raw: bytes, extra: dict[int, bytes]) -> str:
    """Return the name: UTF-8, said so or not, or what DOS wrote; safe in every reading."""
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        name = raw.decode("cp437")
    _refuse_unsafe(name)
    told = extra.get(_UNICODE_NAME, b"")[5:]  # behind a version and a checksum of the other
    if told and raw.isascii() and told != raw:
        raise DamagedError("a member with two names")
    if told:
        name = told.decode()
        _refuse_unsafe(name)
    return name


def _refuse_unsafe(name: str) -> None:
    """Refuse names that could lead out of a folder or mean something else on another system.

    Checked as written and with its %-escapes resolved, because both are in use.
    Source: OWASP ASVS 5.0, 5.3.2 and 5.3.3; ISO/IEC 29500-2, 6.2.2.
    """
    for spelt in (name, unquote(name)):
        parts = spelt.removesuffix("/").split("/")
        if (
            len(name.encode(errors="replace")) > MAX_NAME_BYTES
            or "\\" in spelt
            or any(part in {"", ".", ".."} or is_device(part) for part in parts)
            # Windows drops dots and blanks at an end, and opens a stream of the file behind a
            # colon: both are other names of a part that may be there, too.
            or any(part != part.rstrip(". ") for part in parts)
            or not _SPECIAL.isdisjoint(spelt)
            or any(unicodedata.category(character) in {"Cc", "Cs"} for character in spelt)
            or any(unicodedata.bidirectional(character) in _TURNS for character in spelt)
        ):
            raise ValidationError(
                _(
                    "A part of this document has a name that leads out of its folder or that "
                    "some systems cannot read. Open it and save it again as .docx."
                ),
                code="docx_unsafe_name",
            )


def _refuse_special(external: int) -> None:
    """Refuse symbolic links, devices and sockets (OWASP ASVS 5.0, 5.2.5).

    The upper half holds what Unix says of the file; other systems leave it zero.
    """
    if stat.S_IFMT(external >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise ValidationError(
            _(
                "A part of this document is a link to another place, not a file. "
                "Open it and save it again as .docx."
            ),
            code="docx_special_file",
        )


def _refuse_locked(flags: int) -> None:
    if flags & (_LOCKED | _STRONG | _MASKED):
        raise ValidationError(
            _("This document is locked with a password. Save it without one and send that."),
            code="docx_encrypted",
        )


def _too_many() -> ValidationError:
    return ValidationError(
        _(
            "This document has more than %(limit)s parts. "
            "Split it into several documents and send those."
        ),
        code="docx_too_many_members",
        params={"limit": MAX_MEMBERS},
    )


def _too_large() -> ValidationError:
    return ValidationError(
        _(
            "This document is more than %(limit)s MB when unpacked. "
            "Make its pictures smaller and send it again."
        ),
        code="docx_too_large_unpacked",
        params={"limit": MAX_UNPACKED_BYTES // (1024 * 1024)},
    )


def _too_dense() -> ValidationError:
    return ValidationError(
        _(
            "A part of this document unfolds to more than %(limit)s times its size, which is "
            "how archives are made that exhaust computers. Open it, save it again as .docx, "
            "and send that."
        ),
        code="docx_ratio_too_high",
        params={"limit": MAX_RATIO},
    )
