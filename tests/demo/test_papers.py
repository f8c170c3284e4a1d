import io
import zipfile
from pathlib import PurePath
from xml.etree import ElementTree

import pikepdf
import pytest

from demo.members import MEMBERS
from demo.papers import PAPERS, condition_report, leaflet, loan_form, minutes, price_list

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.mark.parametrize(("make", "pages"), [(leaflet, 2), (price_list, 1), (loan_form, 1)])
def test_a_pdf_opens_with_its_pages(make, pages):
    with pikepdf.open(io.BytesIO(make())) as pdf:
        assert len(pdf.pages) == pages
        assert pdf.check_pdf_syntax() == []
        assert str(pdf.docinfo["/Title"])


def test_the_leaflet_lists_every_artist_in_letters_a_standard_font_has():
    with pikepdf.open(io.BytesIO(leaflet())) as pdf:
        marks = pdf.pages[1].Contents.read_bytes()
    assert b"Zde\x8fka Ho\x8d\xe1\x81kov\xe1-Linhartov\xe1" in marks


@pytest.mark.parametrize("make", [minutes, condition_report])
def test_a_docx_is_a_package_that_word_opens(make):
    with zipfile.ZipFile(io.BytesIO(make())) as package:
        assert package.testzip() is None
        names = package.namelist()
        assert names[0] == "[Content_Types].xml"
        for name in names:
            ElementTree.fromstring(package.read(name))
        document = ElementTree.fromstring(package.read("word/document.xml"))
    assert document.tag == f"{WORD}document"
    words = [run.text for run in document.iter(f"{WORD}t")]
    assert len(words) > 6


def test_the_same_paper_has_the_same_bytes():
    for paper in PAPERS:
        assert paper.make() == paper.make()


def test_every_paper_has_an_owner_and_a_name_with_its_extension():
    owners = {member.username for member in MEMBERS}
    for paper in PAPERS:
        content = paper.make()
        assert paper.owner in owners
        start = {".pdf": b"%PDF-", ".docx": b"PK\x03\x04"}[PurePath(paper.name).suffix]
        assert content.startswith(start)
        assert len(content) < 1024 * 1024
