"""Zip archives: the limits at their edges, and headers that say what is not so."""

import io
import zipfile
import zlib
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.files.containers import DEFLATED, STORED, Member, zipped
from uploads import archive
from uploads.archive import Allowance, Archive, DamagedError

MIB = 1024 * 1024
REFUSALS = (ValidationError, DamagedError, zlib.error, ValueError)
quick = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)

names = st.text("abcdeüж/. %", min_size=1, max_size=12)
contents = st.binary(max_size=300)


# A member and nothing behind it but zeros.
INNER = zipped([Member("b", b"b", STORED)])[:32] + bytes(9)


def opened(content, allowance=None):
    """The members by name, unpacked."""
    package = Archive(content, allowance or Allowance())
    return {member.name: package.read(member) for member in package.members}


def refusal(content, **allowance):
    with pytest.raises(ValidationError) as caught:
        opened(content, Allowance(**allowance))
    return caught.value.code


def dense(unpacked, ratio):
    """Content of this length that deflates to about 1/ratio of it, but not further."""
    noise = b"".join(zlib.crc32(bytes([n % 256, n // 256])).to_bytes(4) for n in range(65_536))
    return noise[: unpacked // ratio].ljust(unpacked, b"\0")


@quick
@given(
    st.dictionaries(names.map("word/{}".format), contents, max_size=6),
    st.sampled_from(["", "signed", "bare", "signed64", "bare64"]),
    st.booleans(),
    st.sampled_from([STORED, DEFLATED]),
    st.binary(max_size=20),
)
def test_what_zipfile_reads_we_read_alike(members, descriptor, zip64, method, comment):
    """And what we refuse is only a name."""
    assume(b"PK" not in comment)
    made = [Member(name, content, method, zip64=zip64) for name, content in members.items()]
    if descriptor and not zip64:
        made = [
            Member(name, content, method, descriptor=descriptor)
            for name, content in members.items()
        ]
    content = zipped(made, comment=comment)
    with zipfile.ZipFile(io.BytesIO(content)) as theirs:
        expected = {name: theirs.read(name) for name in theirs.namelist() if name[-1] != "/"}
    parts = {part for name in members for part in name.removesuffix("/").split("/")}
    if (
        {"", ".", ".."} & parts  # an unsafe name
        or len({archive.name_key(name) for name in members}) < len(members)  # one name twice
        or any(name.endswith("/") and members[name] for name in members)  # a folder with content
    ):
        with pytest.raises((ValidationError, DamagedError)):
            opened(content)
    else:
        ours = opened(content)
        assert {name: ours[name] for name in ours if name[-1] != "/"} == expected


@quick
@given(st.integers(0, 40), st.integers(0, 40))
def test_members_are_counted_to_the_last_one(count, limit):
    content = zipped([Member(f"a/{n}", b"", STORED) for n in range(count)])
    if count <= limit:
        assert len(opened(content, Allowance(members=limit))) == count
    else:
        assert refusal(content, members=limit) == "docx_too_many_members"


@quick
@given(st.lists(st.integers(0, 3000), max_size=5), st.integers(0, 6000))
def test_bytes_are_counted_to_the_last_one(sizes, limit):
    content = zipped([Member(f"a/{n}", bytes(size)) for n, size in enumerate(sizes)])
    if sum(sizes) <= limit:
        assert sum(map(len, opened(content, Allowance(size=limit)).values())) == sum(sizes)
    else:
        assert refusal(content, size=limit) == "docx_too_large_unpacked"


@quick
@given(st.integers(-40, 40).map(lambda n: archive.MAX_RATIO + n))
def test_the_ratio_is_of_what_came_out(ratio):
    content = dense(4 * MIB, ratio)
    packed = len(Member("a", content).packed)
    made = zipped([Member("a", content)])
    if len(content) <= archive.MAX_RATIO * packed:
        assert opened(made)["a"] == content
    else:
        assert refusal(made) == "docx_ratio_too_high"


def test_a_part_of_one_mib_may_be_all_alike_and_one_byte_more_may_not():
    assert opened(zipped([Member("a", bytes(MIB))]))["a"] == bytes(MIB)
    assert refusal(zipped([Member("a", bytes(MIB + 1))])) == "docx_ratio_too_high"


@quick
@given(
    st.sampled_from(["checksum", "packed", "size", "method", "flags"]),
    st.integers(0, 2**32 - 1),
    st.sampled_from(["local", "central", "both"]),
    st.booleans(),
)
def test_headers_that_lie_change_nothing_or_are_refused(what, value, where, described):
    """Whatever a header claims, what is returned is the true content, within the limits."""
    if what in {"method", "flags"}:
        value &= 0xFFFF
    lies = {side: {what: value} for side in ("local", "central") if where in {side, "both"}}
    member = Member("a", b"the content " * 9, descriptor="signed" if described else "", **lies)
    content = zipped([Member("first", b"x"), member, Member("last", b"y")])
    with suppress(*REFUSALS):
        assert opened(content, Allowance(size=1000))["a"] == member.content


@quick
@given(st.data())
def test_no_change_of_a_byte_gives_another_content(data):
    content = bytearray(
        zipped([Member("word/a.xml", b"<a>1</a>" * 20), Member("b", b"2" * 50, STORED)])
    )
    for _number in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        unpacked = opened(bytes(content))
    except REFUSALS:
        return
    assert set(unpacked.values()) <= {b"<a>1</a>" * 20, b"2" * 50}


def test_a_directory_of_90000_members_is_refused_before_it_is_read(monkeypatch):
    members = [Member(f"a{n}", b"", STORED) for n in range(90_000)]
    made = []
    monkeypatch.setattr(archive, "Member", lambda *values: made.append(values))
    low_bits = 90_000 % 65_536  # what fits into the record without the long form
    assert refusal(zipped(members, end={"here": low_bits, "count": low_bits})) == (
        "docx_too_many_members"
    )
    assert made == []


def test_a_number_of_members_that_runs_over_is_counted():
    """65,541 members say that they are five."""
    members = [Member(f"a{n}", b"", STORED) for n in range(65_541)]
    assert refusal(zipped(members, end={"here": 5, "count": 5})) == "docx_too_many_members"


@pytest.mark.parametrize(
    "name",
    [
        *("../a", "a/../b", "/a", "C:a", "c:/a", "a\\b", "a//b", "./a", "a\0b", "a\x1fb", "a\x85"),
        *("", "a%2f..%2fb", "%2e%2e/a", "a%5Cb", "%00", "a" * 513),
        *("CON", "word/nul.xml", "lpt1 .txt/a", "a/COM%31.bin"),
    ],
)
def test_unsafe_names_are_refused(name):
    assert refusal(zipped([Member(name)])) == "docx_unsafe_name"


@pytest.mark.parametrize(
    "name", ["a", "[trash]/0.dat", "a/b c.png", "ж/ü.png", "a..b", "100%.png", "con1.xml"]
)
def test_odd_names_pass(name):
    assert opened(zipped([Member(name, b"x")])) == {name: b"x"}


@pytest.mark.parametrize("other", ["A", "%61", "a/", "a"])
def test_a_name_is_there_once(other):
    with pytest.raises(DamagedError):
        opened(zipped([Member("a"), Member(other)]))


@pytest.mark.parametrize("kind", [0o120000, 0o060000, 0o020000, 0o010000, 0o140000])
def test_what_is_no_file_is_refused(kind):
    assert refusal(zipped([Member("a", external=kind << 16)])) == "docx_special_file"


@pytest.mark.parametrize("flag", [0x1, 0x40, 0x2000])
@pytest.mark.parametrize("where", ["local", "central"])
def test_a_locked_member_is_named_wherever_it_says_so(flag, where):
    member = Member("a", b"x", **{where: {"flags": flag}})
    assert refusal(zipped([member])) == "docx_encrypted"


@pytest.mark.parametrize(
    "content",
    [
        zipped([Member("a", b"x")], front=b"x"),
        zipped([Member("a", b"x")], front=bytes(8)),
        zipped([Member("a", b"x")], before_directory=b"x"),
        zipped([Member("a", b"x", behind=b"x"), Member("b")]),
        zipped([Member("a", b"x"), Member("a2", b"x", at=0)]),
        zipped([Member("a", INNER, STORED), Member("b", b"b", STORED, at=31, listed_only=True)]),
        zipped([Member("a", b"x" * 9, local={"size": 0, "packed": 0, "checksum": 0})]),
        zipped([Member("a", b"x" * 9, local={"size": 8}, central={"size": 8})]),
        zipped([Member("a", b"x" * 9, local={"checksum": 8}, central={"checksum": 8})]),
        zipped([Member("a", b"x", local={"method": 12}, central={"method": 12})]),
        zipped([Member("a", b"x", tail=b"x")]),
        zipped([Member("a", b"x")], behind=b"x"),
        zipped([Member("a", b"x")], comment=b"PK\5\6" + bytes(18)),
        zipped([Member("a", b"x")], end={"disk": 1}),
        zipped([Member("a", b"x")], end={"count": 2, "here": 2}),
        zipped([Member("a", b"x")], end={"count": 0, "here": 0}),
        zipped([Member("a", b"x")], end={"start": 0}),
        zipped([Member("a/", b"x")]),
        b"",
        b"PK\5\6",
    ],
)
def test_an_archive_that_could_be_read_otherwise_is_damaged(content):
    with pytest.raises(DamagedError):
        opened(content)


def test_zeros_between_members_and_a_newline_behind_are_nobodys_archive():
    content = zipped([Member("a", b"x", behind=bytes(9)), Member("b", b"y")], behind=b"\r\n")
    assert opened(content) == {"a": b"x", "b": b"y"}
