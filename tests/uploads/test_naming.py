"""Names: whatever the client called it, one safe label comes out."""

import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploads.naming import content_disposition, safe_display_name


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Loan agreement.pdf", "Loan agreement.pdf"),
        ("Ausstellung Köln.PDF", "Ausstellung Köln.pdf"),
        ("契約書.pdf", "契約書.pdf"),
        # The extension is that of the bytes.
        ("page.html", "page.pdf"),
        ("letter.docx", "letter.pdf"),
        ("archive.tar.gz", "archive.tar.pdf"),
        ("invoice.exe.pdf", "invoice.exe.pdf"),
        ("no extension", "no extension.pdf"),
        ("Report Q3.2026", "Report Q3.2026.pdf"),
        ("Letter to Dr. Brown", "Letter to Dr. Brown.pdf"),
        # One part of a path.
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\boot.ini", "boot.pdf"),
        ("C:\\fakepath\\scan.pdf", "scan.pdf"),
        ("folder/", "document.pdf"),
        # Nothing that cannot be seen.
        ("a\x00b\x1f\x7f\x9fc.pdf", "abc.pdf"),
        ("exe.\u202egnp.pdf", "exe.gnp.pdf"),
        ("a\u200e\u2066\u200b\ufeffb\u2069.pdf", "ab.pdf"),
        ("a\ud800b\ue000\ufffec\ufdd0.pdf", "abc.pdf"),
        ("two\u2028lines\nand\ttabs\u00a0.pdf", "two lines and tabs.pdf"),
        # The joiners that Persian and emoji are spelt with are kept, inside a word.
        ("می\u200cخواهم.pdf", "می\u200cخواهم.pdf"),
        ("\u200dx\u200c.pdf", "x.pdf"),
        # NFC: a decomposed name (macOS) becomes what others write.
        ("Cafe\u0301.pdf", "Café.pdf"),
        # What Windows reserves, hides or cannot write.
        ("CON", "_CON.pdf"),
        ("con.pdf", "_con.pdf"),
        ("aux.backup.pdf", "_aux.backup.pdf"),
        ("NUL .x.pdf", "_NUL .x.pdf"),
        ("COM¹.pdf", "_COM¹.pdf"),
        ("lpt9.txt", "_lpt9.pdf"),
        ("conversation.pdf", "conversation.pdf"),
        ('a<b>c:d"e|f?g*h.pdf', "a_b_c_d_e_f_g_h.pdf"),
        ("trailing dots...pdf", "trailing dots.pdf"),
        (".htaccess", "document.pdf"),
        (".hidden file.pdf", "hidden file.pdf"),
        # Nothing left.
        ("", "document.pdf"),
        (".pdf", "document.pdf"),
        ("...", "document.pdf"),
        ("\u202e\x00", "document.pdf"),
    ],
)
def test_a_name_is_made_safe(sent, shown):
    assert safe_display_name(sent, ".pdf") == shown


def test_a_name_of_400_bytes_keeps_its_beginning_and_its_extension():
    shown = safe_display_name("é" * 200 + ".pdf", ".pdf")
    assert shown == "é" * 125 + ".pdf"
    assert len(shown.encode()) <= 255
    assert safe_display_name("a" * 400, ".docx") == "a" * 250 + ".docx"


def test_an_extension_of_300_characters_is_no_extension():
    assert safe_display_name("test." + "x" * 300, ".pdf") == "test." + "x" * 246 + ".pdf"


def test_a_cut_leaves_no_dot_or_space_at_the_end():
    assert safe_display_name("a" * 250 + " . b", ".pdf") == "a" * 250 + ".pdf"


@given(st.text(), st.sampled_from([".pdf", ".docx"]))
def test_any_text_becomes_a_safe_name(sent, extension):
    shown = safe_display_name(sent, extension)
    assert shown.endswith(extension)
    assert shown != extension
    assert len(shown.encode()) <= 255
    assert unicodedata.is_normalized("NFC", shown)
    assert not set(shown) & set('/\\<>:"|?*')
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in shown)
    assert not any(unicodedata.bidirectional(c) in {"RLO", "LRO", "RLI", "PDI"} for c in shown)
    assert shown.partition(".")[0].upper() not in {"CON", "NUL", "COM1"}
    assert safe_display_name(shown, extension) == shown


def test_a_download_says_its_name_twice():
    assert content_disposition("Köln 10 %.pdf") == (
        "attachment; filename=\"Koln 10 _.pdf\"; filename*=UTF-8''K%C3%B6ln%2010%20%25.pdf"
    )
    assert content_disposition("契約書.pdf") == (
        "attachment; filename=\".pdf\"; filename*=UTF-8''%E5%A5%91%E7%B4%84%E6%9B%B8.pdf"
    )


def test_a_name_cannot_end_the_header():
    header = content_disposition('a"; filename=evil.html\r\nSet-Cookie: a=b\\')
    assert "\r" not in header
    assert "\n" not in header
    assert header.count('"') == 2
    assert "\\" not in header


@given(st.text())
def test_any_name_travels_in_a_header_and_back(name):
    header = content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    exact = header.partition("filename*=UTF-8''")[2]
    assert unquote(exact) == name.encode(errors="replace").decode()
