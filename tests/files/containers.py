"""Zip archives and compound files made byte by byte, the broken and the unusual ones too.

Python's zipfile writes neither what other programs write (descriptors without a signature,
padding, long records) nor what an attacker does (headers that differ, members that overlap).
"""

import struct
import uuid
import zlib
from dataclasses import dataclass, field

STORED, DEFLATED = 0, 8
DESCRIPTOR, UTF8 = 8, 0x800
DAY_ONE = (0, 33)  # midnight, the first day that zip can tell
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF


@dataclass
class Member:
    """One member; the fields behind `method` are for what is unusual or a lie."""

    name: str
    content: bytes | str = b""
    method: int = DEFLATED
    flags: int = 0
    local: dict = field(default_factory=dict)  # what the member's own header says instead
    central: dict = field(default_factory=dict)  # what the directory says instead
    extra: bytes = b""
    local_extra: bytes | None = None
    external: int = 0
    descriptor: str = ""  # "signed", "bare", "signed64", "bare64"
    behind: bytes = b""  # between this member and the next
    tail: bytes = b""  # behind the deflated data, within the member
    zip64: bool = False
    at: int | None = None  # say that the header is here
    listed_only: bool = False  # in the directory, and nowhere else

    def __post_init__(self):
        if isinstance(self.content, str):
            self.content = self.content.encode()
        self.raw_name = self.name.encode()
        if not self.name.isascii():
            self.flags |= UTF8
        if self.descriptor:
            self.flags |= DESCRIPTOR
        self.packed = self.content
        if self.method == DEFLATED:
            deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
            self.packed = deflate.compress(self.content) + deflate.flush() + self.tail


def zipped(members, *, comment=b"", front=b"", before_directory=b"", behind=b"", end=None):
    """A zip of these members in this order; `end` changes what the last record says."""
    body = bytearray(front)
    directory = bytearray()
    for member in members:
        header = len(body)
        true = {
            "flags": member.flags,
            "method": member.method,
            "checksum": zlib.crc32(member.content),
            "packed": len(member.packed),
            "size": len(member.content),
            "name": member.raw_name,
        }
        local_extra = member.extra if member.local_extra is None else member.local_extra
        central_extra = member.extra
        local, central = true | member.local, true | member.central
        if member.descriptor:
            local |= {"checksum": 0, "packed": 0, "size": 0}
        if member.zip64:
            local_extra += struct.pack("<2H2Q", 1, 16, local["size"], local["packed"])
            central_extra += struct.pack("<2H3Q", 1, 24, true["size"], true["packed"], header)
            for told in (local, central):
                told |= {"packed": FULL32, "size": FULL32}
        own = struct.pack(
            "<4s5H3L2H",
            b"PK\x03\x04",
            45 if member.zip64 else 20,
            local["flags"],
            local["method"],
            *DAY_ONE,
            local["checksum"],
            local["packed"],
            local["size"],
            len(local["name"]),
            len(local_extra),
        )
        if not member.listed_only:
            body += own + local["name"] + local_extra + member.packed
        if member.descriptor:
            if member.descriptor.startswith("signed"):
                body += b"PK\x07\x08"
            form = "<L2Q" if member.descriptor.endswith("64") else "<3L"
            body += struct.pack(form, true["checksum"], true["packed"], true["size"])
        body += member.behind
        place = header if member.at is None else member.at
        directory += struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            20,
            45 if member.zip64 else 20,
            central["flags"],
            central["method"],
            *DAY_ONE,
            central["checksum"],
            central["packed"],
            central["size"],
            len(central["name"]),
            len(central_extra),
            0,
            0,
            0,
            member.external,
            FULL32 if member.zip64 else place,
        )
        directory += central["name"] + central_extra
    body += before_directory
    start, count = len(body), len(members)
    body += directory
    last = {"disk": 0, "here": count, "count": count, "size": len(directory), "start": start}
    if any(member.zip64 for member in members):
        record = len(body)
        body += struct.pack(
            "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(directory), start
        )
        body += struct.pack("<4sLQL", b"PK\x06\x07", 0, record, 1)
        last |= {"here": FULL16, "count": FULL16, "size": FULL32, "start": FULL32}
    last |= end or {}
    body += struct.pack(
        "<4s4H2LH",
        b"PK\x05\x06",
        last["disk"],
        last["disk"],
        last["here"],
        last["count"],
        last["size"],
        last["start"],
        len(comment),
    )
    return bytes(body + comment + behind)


NO_CLASS = "00000000-0000-0000-0000-000000000000"
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NOTHING = 0xFFFFFFFF
SECTOR, MINI, CUTOFF = 512, 64, 4096


def compound(streams, class_id=NO_CLASS, storages=()):
    """A compound file (OLE2) of these streams and empty storages, all in the root.

    Streams below 4096 bytes share the mini stream; the tree of names is a list, which is a
    tree too.
    """
    sectors = []  # content of each
    chains = []  # the next sector of each

    def stored(content):
        if not content:
            return _END
        first = len(sectors)
        for at in range(0, len(content), SECTOR):
            sectors.append(content[at : at + SECTOR].ljust(SECTOR, b"\0"))
            chains.append(len(sectors))
        chains[-1] = _END
        return first

    minis, mini_table, places = bytearray(), [], {}
    for name, content in streams.items():
        if len(content) >= CUTOFF:
            places[name] = stored(content)
            continue
        places[name] = len(minis) // MINI if content else _END
        for at in range(0, len(content), MINI):
            minis += content[at : at + MINI].ljust(MINI, b"\0")
            mini_table.append(len(minis) // MINI)
        if content:
            mini_table[-1] = _END
    mini_stream = stored(bytes(minis))
    mini_chain = stored(struct.pack(f"<{len(mini_table)}L", *mini_table))

    children = sorted([*streams, *storages], key=lambda name: (len(name), name.upper()))
    entries = [_entry("Root Entry", 5, class_id, _NOTHING, 1, mini_stream, len(minis))]
    for number, name in enumerate(children, 1):
        following = number + 1 if number < len(children) else _NOTHING
        if name in streams:
            size = len(streams[name])
            entries.append(_entry(name, 2, NO_CLASS, following, _NOTHING, places[name], size))
        else:
            entries.append(_entry(name, 1, NO_CLASS, following, _NOTHING, 0, 0))
    directory = stored(b"".join(entries))
    table_at = len(sectors)
    chains.append(_TABLE)
    assert len(chains) <= SECTOR // 4  # one sector of the table is enough here
    table = struct.pack(f"<{len(chains)}L", *chains).ljust(SECTOR, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9L", 0, 1, directory, 0, CUTOFF, mini_chain, 1 if minis else 0, _END, 0)
    header += struct.pack("<109L", table_at, *[_FREE] * 108)
    return header + b"".join(sectors) + table


def _entry(name, kind, class_id, following, child, first, size):
    raw = name.encode("utf-16-le")
    return (
        raw.ljust(64, b"\0")
        + struct.pack("<H2B3L", len(raw) + 2, kind, 1, _NOTHING, following, child)
        + uuid.UUID(class_id).bytes_le
        + bytes(20)
        + struct.pack("<LQ", first, size)
    )
