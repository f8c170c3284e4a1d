"""PDF: what the gate reads as objects, at its edges; whole files are in test_validators.py."""

import io
import zlib

import pikepdf
import pytest
from django.core.exceptions import ValidationError

from tests.files import pdfs
from uploads import pdf


def refused(content):
    with pytest.raises(ValidationError) as caught:
        pdf.inspect(io.BytesIO(content))
    return caught.value.code


def test_a_script_spelt_in_hex_is_not_in_the_bytes_and_is_found(upload):
    content = upload("hostile/javascript-in-hex.pdf").read()
    assert b"JavaScript" not in content
    assert refused(content) == "pdf_javascript"


def test_a_script_in_an_object_stream_is_not_in_the_bytes_and_is_found(upload):
    content = upload("hostile/javascript-in-stream.pdf").read()
    assert b"JavaScript" not in content
    assert refused(content) == "pdf_javascript"


def test_the_word_javascript_on_a_page_is_only_a_word():
    content = pdfs.pdf().replace(b"(Page 1 of a loan agreement)", b"(/S /JavaScript /JS (a)  ...)")
    pdf.inspect(io.BytesIO(content))


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (b"<< /S /Rendition /JS (a) >>", "pdf_automatic_action"),
        (b"<< /S /SubmitForm >>", "pdf_automatic_action"),
        (b"<< /S /ImportData >>", "pdf_automatic_action"),
        (b"<< /S /GoTo /Next << /S /GoTo /Next << /S /Launch >> >> >>", "pdf_launch"),
        (b"<< /S /GoTo /Next [<< /S /GoTo >> << /S /Launch >>] >>", "pdf_launch"),
        (b"[<< /S /JavaScript /JS (a) >>]", "pdf_javascript"),
    ],
)
def test_whatever_starts_by_itself_is_refused(action, code):
    assert refused(pdfs.pdf(catalog=b"/OpenAction " + action)) == code


@pytest.mark.parametrize(
    "event", [b"/WC", b"/WS", b"/DS", b"/WP", b"/DP"], ids=lambda event: event.decode()
)
def test_actions_on_closing_saving_and_printing_count_too(event):
    content = pdfs.pdf(catalog=b"/AA << " + event + b" << /S /Launch /F (a.exe) >> >>")
    assert refused(content) == "pdf_launch"


@pytest.mark.parametrize("action", [b"<< >>", b"<< /S 1 >>", b"(text)", b"[ ]", b"<< /D [] >>"])
def test_nonsense_that_starts_nothing_passes(action):
    pdf.inspect(io.BytesIO(pdfs.pdf(catalog=b"/OpenAction " + action)))


def test_a_tree_of_pages_in_branches_passes():
    content = pdfs.pdf(
        kids=b"3 0 R 7 0 R << /Type /Pages /Count 1 /Parent 2 0 R /Kids [5 0 R] >>",
        more=(b"<< /Type /Pages /Count 0 /Parent 2 0 R /Kids [] >>",),
    )
    pdf.inspect(io.BytesIO(content))


@pytest.mark.parametrize("pages", [b"/Pages (text)", b"/Pages 99 0 R", b""])
def test_a_catalog_without_pages_is_damaged(pages):
    assert refused(pdfs.pdf().replace(b"/Pages 2 0 R", pages)) == "pdf_damaged"


def test_a_thousand_pages_pass():
    pdf.inspect(io.BytesIO(pdfs.pdf(1000)))


def test_a_locked_file_opens_with_its_password_so_the_refusal_is_about_the_lock(upload):
    with pikepdf.open(upload("hostile/password.pdf"), password="secret") as document:
        assert len(document.pages) == 2


def unfolding_pdf(filters):
    """Return a PDF whose catalog lies in an object stream with 200 MB of blanks behind it."""
    packer = zlib.compressobj(9)
    packed = packer.compress(b"1 0 <</Type/Catalog/Pages 2 0 R>>")
    packed += b"".join(packer.compress(b" " * 1024 * 1024) for _ in range(200)) + packer.flush()
    if filters == 2:
        packed = zlib.compress(packed, 9)
    facts = f"/Filter[{'/FlateDecode ' * filters}]/Length {len(packed)}"
    body = b"%PDF-1.5\n"
    stream = len(body)
    body += f"3 0 obj\n<</Type/ObjStm/N 1/First 4{facts}>>\nstream\n".encode()
    body += packed + b"\nendstream\nendobj\n"
    pages = len(body)
    body += b"2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
    index = len(body)
    rows = [(0, 0, 255), (2, 3, 0), (1, pages, 0), (1, stream, 0), (1, index, 0)]
    table = b"".join(bytes([a]) + b.to_bytes(4, "big") + bytes([c]) for a, b, c in rows)
    body += f"4 0 obj\n<</Type/XRef/Size 5/W[1 4 1]/Root 1 0 R/Length {len(table)}>>\n".encode()
    return body + b"stream\n" + table + f"\nendstream\nendobj\nstartxref\n{index}\n%%EOF\n".encode()


@pytest.mark.parametrize("filters", [1, 2])
def test_a_stream_that_unfolds_without_end_is_not_unfolded(filters):
    content = unfolding_pdf(filters)
    with pytest.raises(ValidationError) as refusal:
        pdf.inspect(io.BytesIO(content))
    assert refusal.value.code == "pdf_damaged"

    before = pikepdf.settings.set_qpdf_limits(flate_max_memory=0)
    try:
        with pytest.raises(ValidationError) as refusal:
            pdf.inspect(io.BytesIO(content))
    finally:
        pikepdf.settings.set_qpdf_limits(**before)
    assert refusal.value.code == "pdf_empty"  # unfolded and read: it has no pages
