"""Files nobody made on purpose: those of tests/files/, cut, spliced and overwritten.

Whatever comes out, a validator accepts it or raises ValidationError, within the limits. A few
hundred each, the same on every run; `FUZZ_EXAMPLES=20000 ./dev test tests/uploads/test_fuzz.py`
tries that many new ones.
"""

import os

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.files import make
from uploads import fence
from uploads.validators import validate_avatar, validate_document, validate_picture

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", 0))
LARGEST_SEED = 30_000  # bytes; small files are mutated where it matters
DOCUMENTS = (".pdf", ".docx")

fuzz = settings(
    max_examples=EXAMPLES or 200,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def seeds(wanted):
    paths = sorted(p for folder in ("honest", "hostile") for p in (make.HERE / folder).iterdir())
    return [p.read_bytes() for p in paths if wanted(p) and 0 < p.stat().st_size <= LARGEST_SEED]


PICTURES = seeds(lambda path: path.suffix not in DOCUMENTS)
PDFS = seeds(lambda path: path.suffix == ".pdf")
DOCX = seeds(lambda path: path.suffix == ".docx")


@st.composite
def damaged(draw, files):
    """One file after a few accidents, of which none touches the first eight bytes: what those
    say decides which parser sees the rest."""
    content = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(8, max(8, len(content))))
        accident = draw(st.sampled_from(["flip", "write", "cut", "repeat", "remove", "splice"]))
        if accident == "flip" and at < len(content):
            content[at] ^= 1 << draw(st.integers(0, 7))
        elif accident == "write":
            some = draw(
                st.sampled_from([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0"])
                | st.binary(min_size=1, max_size=8)
            )
            content[at : at + len(some)] = some
        elif accident == "cut":
            del content[at:]
        elif accident == "repeat":
            length = draw(st.integers(1, 512))
            content[at:at] = content[at : at + length] * draw(st.integers(1, 16))
        elif accident == "remove":
            del content[at : at + draw(st.integers(1, 512))]
        elif accident == "splice":
            other = draw(st.sampled_from(files))
            content[at:] = other[draw(st.integers(0, len(other))) :]
    return bytes(content)


def judged(validator, content):
    refusal = None
    with fence.measured() as costs:
        try:
            validator(ContentFile(content, name="file"))
        except ValidationError as error:
            refusal = error
    if refusal:
        assert refusal.code not in {None, "", "parser_failed", "parser_busy"}
        assert all(refusal.messages)
    for cost in costs:
        assert cost.peak <= fence.MEMORY
        assert cost.seconds <= fence.SECONDS + 1


@fuzz
@given(damaged(PICTURES))
def test_damaged_avatars(content):
    judged(validate_avatar, content)


@settings(fuzz, max_examples=EXAMPLES or 60)
@given(damaged(PICTURES))
def test_damaged_pictures(content):
    judged(validate_picture, content)


@fuzz
@given(damaged(PDFS))
def test_damaged_pdfs(content):
    judged(validate_document, content)


@fuzz
@given(damaged(DOCX))
def test_damaged_word_documents(content):
    judged(validate_document, content)


@fuzz
@given(st.binary(max_size=2000))
@pytest.mark.parametrize("validator", [validate_avatar, validate_picture, validate_document])
def test_any_bytes(validator, content):
    judged(validator, content)
