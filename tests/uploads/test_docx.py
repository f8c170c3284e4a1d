"""Word documents: the limits at their edges; whole files are in test_validators.py."""

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError

from tests.files import word
from uploads import docx


def refused(content):
    with pytest.raises(ValidationError) as caught:
        docx.inspect(io.BytesIO(content))
    return caught.value


def members(count):
    """A document of `count` parts; three of them are the document itself."""
    return word.docx(more=[(f"p/{n}", b"") for n in range(count - 3)])


def test_2000_parts_pass_and_one_more_does_not():
    docx.inspect(io.BytesIO(members(2000)))
    assert refused(members(2001)).code == "docx_too_many_members"


def test_50_mib_unpacked_pass_and_one_byte_more_does_not():
    limit = docx.MAX_UNPACKED_BYTES
    with zipfile.ZipFile(io.BytesIO(word.docx())) as small:
        used = sum(member.file_size for member in small.infolist())
    docx.inspect(io.BytesIO(word.docx(more=[("zeros", bytes(limit - used))])))
    over = word.docx(more=[("zeros", bytes(limit - used + 1))])
    assert refused(over).code == "docx_too_large_unpacked"


def test_the_sum_counts_and_not_the_largest_part():
    halves = [(f"zeros/{n}", bytes(26 * 1024 * 1024)) for n in range(2)]
    assert refused(word.docx(more=halves)).code == "docx_too_large_unpacked"


def test_a_header_that_lies_about_the_size_does_not_help():
    honest = word.docx(more=[("zeros", bytes(60 * 1024 * 1024))])
    lie = (60 * 1024 * 1024).to_bytes(4, "little")
    assert honest.count(lie) == 2  # in the member's own header and in the directory
    assert refused(honest.replace(lie, (1000).to_bytes(4, "little"))).code == "docx_damaged"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sheet.xlsx", "an Excel workbook"),
        ("slides.pptx", "a PowerPoint presentation"),
        ("template.dotx", "a Word template"),
        ("unheard-of", "an Office package of another kind"),
        ("archive.zip", "a zip archive"),
    ],
)
def test_another_kind_of_package_is_called_by_its_name(upload, name, words):
    error = refused(upload(f"hostile/{name}.docx").read())
    assert error.code == "docx_not_word"
    assert error.messages[0].startswith(f"This is {words}, not a Word document.")


def test_external_entities_are_never_read():
    doctype = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    document = word.word_document(doctype=doctype).replace("Biography", "&secret;")
    assert refused(word.docx({"word/document.xml": document})).code == "docx_dtd"


def test_a_dtd_in_another_encoding_is_found():
    document = word.word_document(doctype=word.DTD).replace("UTF-8", "UTF-16").encode("utf-16")
    assert refused(word.docx({"word/document.xml": document})).code == "docx_dtd"


def test_an_encoding_that_nobody_knows_is_damage():
    document = word.word_document().replace("UTF-8", "UTF-99")
    assert refused(word.docx({"word/document.xml": document})).code == "docx_damaged"


def test_a_part_name_in_capitals_is_the_same_part():
    content = word.docx(
        {
            "[Content_Types].xml": word.content_types().replace("/word/document", "/WORD/Document"),
            "_rels/.rels": word.relationships("word/../word/DOCUMENT.xml"),
        }
    )
    docx.inspect(io.BytesIO(content))


def test_a_path_out_of_the_package_leads_nowhere():
    content = word.docx({"_rels/.rels": word.relationships("../../../../etc/passwd")})
    assert refused(content).code == "docx_not_word"
