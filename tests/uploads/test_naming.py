"""Names: whatever the client called it, one safe label comes out."""

import re
import time
import unicodedata
from html import escape
from io import BytesIO
from urllib.parse import unquote

import pytest
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.urls import reverse
from hypothesis import assume, example, given
from hypothesis import strategies as st

from accounts.models import Profile
from catalog.models import Print
from documents.models import Document
from tests.conftest import FILES
from uploads.naming import content_disposition, safe_display_name, visible_text

KISS = "👩\u200d❤\ufe0f\u200d👩"
RAINBOW = "🏳\ufe0f\u200d🌈"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Loan agreement.pdf", "Loan agreement.pdf"),
        ("Ausstellung Köln.PDF", "Ausstellung Köln.pdf"),
        ("契約書.pdf", "契約書.pdf"),
        ("报告：最终版？.pdf", "报告：最终版？.pdf"),
        ("Q&A, 100% (v2) = 'final' #1;.pdf", "Q&A, 100% (v2) = 'final' #1;.pdf"),
        # The extension is that of the bytes, once.
        ("page.html", "page.pdf"),
        ("letter.docx", "letter.pdf"),
        ("archive.tar.gz", "archive.tar.pdf"),
        ("invoice.exe.pdf", "invoice.exe.pdf"),
        ("a.pdf.exe", "a.pdf"),
        ("a.PDF .pdf. .exe", "a.pdf"),
        ("invoice.pdf" + " " * 90 + ".exe", "invoice.pdf"),
        ("no extension", "no extension.pdf"),
        ("Report Q3.2026", "Report Q3.2026.pdf"),
        ("Letter to Dr. Brown", "Letter to Dr. Brown.pdf"),
        # One part of a path.
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\boot.ini", "boot.pdf"),
        ("..\\", "document.pdf"),
        ("C:\\fakepath\\scan.pdf", "scan.pdf"),
        ("folder/", "document.pdf"),
        ("..%2f..%5cetc.pdf", "%2f..%5cetc.pdf"),
        ("..／..∕..⁄..⧸..＼..﹨..∖..⧵x.pdf", "_.._.._.._.._.._.._.._x.pdf"),
        # Nothing that cannot be seen.
        ("a\x00b\x1f\x7f\x9fc.pdf", "abc.pdf"),
        ("a\r\nSet-Cookie: b.pdf", "a Set-Cookie_ b.pdf"),
        ("exe.\u202egnp.pdf", "exe.gnp.pdf"),
        ("a\u200e\u2066\u200b\ufeffb\u2069\u061c\u200f.pdf", "ab.pdf"),
        ("a\u00ad\u2060\ufff9b\U000e0041\U000e0001\U000e0fffc\u034f\u3164\u2065.pdf", "abc.pdf"),
        ("a\ud800b\ue000\ufffec\ufdd0.pdf", "abc.pdf"),
        ("two\u2028lines\nand\ttabs\u00a0\u2800.pdf", "two lines and tabs.pdf"),
        # Joiners and selectors are kept where Persian, emoji and Japanese names need them.
        ("می\u200cخواهم.pdf", "می\u200cخواهم.pdf"),
        (f"{KISS} {RAINBOW} 1\ufe0f\u20e3 葛\U000e0100.pdf",) * 2,
        ("\u200dx\u200c.pdf", "x.pdf"),
        ("é\u200dx.pdf", "éx.pdf"),
        ("x\u200dé.pdf", "xé.pdf"),
        ("in\u200dvoice\ufe0f é\u200d\u200d\u200dé\ufe0f\ufe01.pdf", "invoice é\u200dé\ufe0f.pdf"),
        # NFC: a decomposed name (macOS) becomes what others write, whatever stood in between.
        ("Cafe\u0301.pdf", "Café.pdf"),
        ("Cafe\u200d\u0301.pdf", "Café.pdf"),
        ("\u212b\u2126\u037e.pdf", "ÅΩ;.pdf"),
        # Marks on what stands before the name, or climbing out of it.
        ("\u0301.\u0302x.pdf", "x.pdf"),
        ("Z" + "\u0335\u0321" * 300 + "algo.pdf", "Z" + "\u0335" * 4 + "\u0321" * 4 + "algo.pdf"),
        # What Windows reserves, hides or cannot write.
        ("CON", "_CON.pdf"),
        ("con.pdf", "_con.pdf"),
        ("CON.tar.pdf", "_CON.tar.pdf"),
        ("con .pdf", "_con.pdf"),
        ("CON...", "_CON.pdf"),
        ("C\u200dO\u202eN\u3164", "_CON.pdf"),
        ("aux.backup.pdf", "_aux.backup.pdf"),
        ("NUL .x.pdf", "_NUL .x.pdf"),
        ("NUL:", "NUL_.pdf"),
        ("COM¹.pdf", "_COM¹.pdf"),
        ("lpt9.txt", "_lpt9.pdf"),
        ("CONOUT$", "_CONOUT$.pdf"),
        ("clock$", "_clock$.pdf"),
        ("conversation.pdf", "conversation.pdf"),
        ('a<b>c:d"e|f?g*h.pdf', "a_b_c_d_e_f_g_h.pdf"),
        ("scan.pdf::$DATA", "scan.pdf__$DATA.pdf"),
        ("trailing dots...pdf", "trailing dots.pdf"),
        (".htaccess", "document.pdf"),
        (".hidden file.pdf", "hidden file.pdf"),
        # Nothing left.
        ("", "document.pdf"),
        (".pdf", "document.pdf"),
        (".pdf.pdf", "document.pdf"),
        ("...", "document.pdf"),
        (". . \u200d.\u0301", "document.pdf"),
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
    assert safe_display_name("CON." + "a" * 400, ".pdf") == "_CON." + "a" * 246 + ".pdf"


def test_an_extension_of_300_characters_is_no_extension():
    assert safe_display_name("test." + "x" * 300, ".pdf") == "test." + "x" * 246 + ".pdf"


def test_of_a_name_longer_than_any_the_end_is_looked_at():
    assert safe_display_name("y" * 9 + "x" * 3000 + ".pdf", ".pdf") == "x" * 251 + ".pdf"


def test_a_cut_leaves_no_dot_or_space_at_the_end():
    assert safe_display_name("a" * 250 + " . b", ".pdf") == "a" * 250 + ".pdf"


@pytest.mark.parametrize("whole", ["q\u0323\u0307", "कि", "🏳\ufe0f\u200d🌈", "葛\U000e0100"])
def test_a_cut_leaves_no_half_character_at_the_end(whole):
    for room in range(len(whole.encode())):
        beginning = "a" * (251 - room)
        assert safe_display_name(beginning + whole, ".pdf") == beginning + ".pdf"
    beginning = "a" * (251 - len(whole.encode()))
    assert safe_display_name(beginning + whole, ".pdf") == beginning + whole + ".pdf"


# What rules look for, so that a few examples meet all of them at once.
TROUBLE = st.sampled_from(
    [
        *'ab1#. \t\n\r\0/\\<>:"|?*%&;é',
        *"\u200c\u200d\u202e\u2066\u200e\ufeff\u00ad\u3164\u2800\ufe0f\ufe0e\u20e3\ud800",
        *"\u0301\u0335\u0323\u0915\u093f\u1100\u1161\u11a8\u212b\u212a\u037e\uff0f\u0338<=👩❤葛",
        *"\U000e0100\U000e0041\U000e0fff\U0010ffff\ue000",
        *(".pdf", ".PDF", ".exe", ".docx", "CON", "nul", "com", "lpt", "¹", "$", "../", "  "),
    ]
)
NAMES = st.text() | st.lists(TROUBLE, max_size=40).map("".join)
LONG = st.tuples(NAMES, st.integers(200, 2100)).map(lambda pair: "x" * pair[1] + pair[0])
EXTENSIONS = st.sampled_from([".pdf", ".docx"])
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
BIDI = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³]) *(\..*)?", re.I)


def longest_row_of_marks(text):
    kinds = "".join(unicodedata.category(c)[0] for c in text if c not in "\u200c\u200d")
    return max(map(len, re.findall("M+", kinds)), default=0)


def assert_safe(shown, extension):
    assert shown.endswith(extension)
    assert shown != extension
    assert len(shown.encode()) <= 255
    assert unicodedata.is_normalized("NFC", shown)
    assert not set(shown) & set('/\\<>:"|?*\uff0f\uff3c\u2044\u2215')
    assert not {unicodedata.category(c) for c in shown if c not in "\u200c\u200d"} & INVISIBLE
    assert not {unicodedata.bidirectional(c) for c in shown} & BIDI
    assert not DEVICE.fullmatch(shown)
    stem = shown.removesuffix(extension)
    assert stem == stem.strip(" .")
    assert not stem.lower().endswith(extension)
    assert safe_display_name(shown, extension) == shown


@given(NAMES | LONG, EXTENSIONS)
@example("é\u200d\u212a", ".pdf")  # a joiner between é and the sign for kelvin, in NFC a K
@example("x" * 247 + ".PDF!", ".pdf")  # a cut that lays an extension bare
def test_any_text_becomes_a_safe_name(sent, extension):
    assert_safe(safe_display_name(sent, extension), extension)


@given(NAMES)
@example("a" + "\u0344" * 8)  # each is two marks in NFC
@example("é" + "\u0301\u200d" * 9 + "é")
def test_any_text_becomes_a_line_that_stays_as_it_is(sent):
    shown = visible_text(sent)
    assert unicodedata.is_normalized("NFC", shown)
    assert visible_text(shown) == shown
    assert longest_row_of_marks(shown) <= 8


def seconds(text):
    began = time.perf_counter()
    visible_text(text)
    return time.perf_counter() - began


def test_a_heap_of_marks_costs_no_more_than_letters():
    """Their canonical order is found by insertion: 100,000 would take a hundred times as long."""
    assert seconds("a" + "\u0307\u0323" * 50_000) < 20 * seconds("a" * 100_000)


# --- on the way out

QUOTED = r'"((?:[ !#-\[\]-~]|\\[ -~])*)"'  # RFC 9110: quoted-string, printable ASCII only
EXTENDED = r"UTF-8''((?:%[0-9A-F]{2}|[A-Za-z0-9!#$&+.^_`|~-])*)"  # RFC 5987: ext-value


def read_disposition(header):
    """Return both names of a header by the grammar of RFC 6266, or fail."""
    found = re.fullmatch(rf"attachment; filename={QUOTED}; filename\*={EXTENDED}", header)
    assert found, header
    return re.sub(r"\\(.)", r"\1", found[1]), unquote(found[2], errors="strict")


def test_a_download_says_its_name_twice():
    assert content_disposition("Köln 10 %.pdf") == (
        "attachment; filename=\"Koln 10 _.pdf\"; filename*=UTF-8''K%C3%B6ln%2010%20%25.pdf"
    )
    assert content_disposition("契約書.pdf") == (
        "attachment; filename=\"document.pdf\"; filename*=UTF-8''%E5%A5%91%E7%B4%84%E6%9B%B8.pdf"
    )
    assert content_disposition("it's (a) *.pdf") == (
        "attachment; filename=\"it's (a) *.pdf\"; filename*=UTF-8''it%27s%20%28a%29%20%2A.pdf"
    )


@pytest.mark.parametrize(
    ("name", "plain"),
    [("ＣＯＮ.pdf", "_CON.pdf"), ("℀x.pdf", "a_cx.pdf"), ("‥a.pdf", "a.pdf"), ("契", "document")],
)
def test_the_name_for_old_browsers_is_safe_too(name, plain):
    assert read_disposition(content_disposition(name)) == (plain, name)


def test_a_name_cannot_end_the_header():
    header = content_disposition('a"; filename=evil.html\r\nSet-Cookie: a=b\\')
    assert "\r" not in header
    assert "\n" not in header
    assert header.count('"') == 2
    assert "\\" not in header


@given(NAMES | LONG)
def test_any_name_travels_in_a_header_and_back(name):
    _plain, exact = read_disposition(content_disposition(name))
    assert exact == name.encode(errors="replace").decode()


@given(NAMES | LONG, EXTENSIONS)
def test_a_safe_name_keeps_its_extension_in_both_forms(sent, extension):
    name = safe_display_name(sent, extension)
    plain, exact = read_disposition(content_disposition(name))
    assert exact == name
    assert plain.endswith(extension)
    assert plain != extension
    assert not DEVICE.fullmatch(plain)


# --- on the way in: a request's own bytes, which no client library would send

BOUNDARY = b"vitrine"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY.decode()}"

DISPOSITIONS = {
    "plain": b'filename="scan.pdf"',
    "none": b"",
    "empty": b'filename=""',
    "no value": b"filename=",
    "no equals sign": b"filename",
    "NUL": b'filename="a\0b.pdf"',
    "only NUL": b'filename="\0"',
    "NUL by reference": b'filename="&#0;.pdf"',
    "NUL by percent": b"filename*=UTF-8''%00.pdf",
    "not UTF-8": b'filename="\xff\xfe.pdf"',
    "surrogate": b"filename*=UTF-8''%ed%a0%80.pdf",
    "surrogate by UTF-7": b"filename*=utf-7''%2B2AA-.pdf",
    "surrogate by escape": b"filename*=unicode_escape''%5cud800.pdf",
    "surrogate by reference": b'filename="&#xD800;.pdf"',
    "unknown charset": b"filename*=nonsense''a.pdf",
    "charset that is no text": b"filename*=zlib''a.pdf",
    "charset that always fails": b"filename*=undefined''a.pdf",
    "charset with NUL": b"filename*=\"utf-8\0''a.pdf\"",
    "parts": b"filename*0*=UTF-8''%C3%A9; filename*1=b.pdf",
    "parts in disorder": b'filename*1="b.pdf"; filename*0="a"',
    "part 99999999999": b'filename*99999999999="b.pdf"',
    "part \u0663": 'filename*\u0663="b.pdf"'.encode(),
    "twice": b'filename="a.pdf"; filename="b.html"',
    "both kinds": b"filename=\"a.pdf\"; filename*=UTF-8''b.pdf",
    "300-character extension": b'filename="test.' + b"e" * 300 + b'"',
    "400 bytes": b'filename="' + "é".encode() * 198 + b'.pdf"',
    "480 bytes": b'filename="' + "😀".encode() * 119 + b'.pdf"',
    "header too long": b'filename="' + b"a" * 1200 + b'.pdf"',
    "dots": b'filename=".."',
    "dots by reference": b'filename="&#46;&#46;&#47;"',
    "backslash": b'filename="..\\"',
    "parent": b'filename="..\\..\\"',
    "device": b'filename="CON"',
    "stream": b'filename="a.pdf::$DATA"',
    "bidi": 'filename="\u202efdp.exe"'.encode(),
    "only bidi": 'filename="\u202e"'.encode(),
    "line break": b'filename="a\r\n b.pdf"',
    "quote": b'filename="a\\";c.pdf"',
    "markup": b'filename="<img src=x onerror=alert(1)>&lt;b&gt;\'.pdf"',
    "encoded word": b'filename="=?utf-8?q?=00?="',
    "nonsense after": b"filename=\"a.pdf\" ; ;; =; *=; *0=x; *0*=y; =''",
}


def body(field, disposition, content):
    head = b'Content-Disposition: form-data; name="' + field.encode() + b'"; ' + disposition
    return b"--%b\r\n%b\r\n\r\n%b\r\n--%b--\r\n" % (BOUNDARY, head, content, BOUNDARY)


@pytest.fixture
def send(client):
    """Return a function that posts one file as `disposition` names it and returns the status.

    The test's client raises whatever a view does, so no status at all stands for 500.
    """

    def post(address, field, disposition, content):
        data = body(field, disposition, content)
        return client.post(address, data, content_type=CONTENT_TYPE).status_code

    return post


UNDERSTOOD = {200, 302, 400, 413, 422}
# Over 2.5 MB a file waits on disk, by another handler, which once named it after the client's.
SIZES = pytest.mark.parametrize("more", [b"", b"\0" * 3_000_000], ids=["in memory", "on disk"])


@SIZES
@pytest.mark.parametrize("disposition", DISPOSITIONS.values(), ids=DISPOSITIONS)
def test_a_document_of_any_name_is_no_server_error(client, send, alice, disposition, more):
    client.force_login(alice)
    content = (FILES / "honest/two-pages.pdf").read_bytes() + more
    assert send(reverse("documents:list"), "file", disposition, content) in UNDERSTOOD
    for document in Document.objects.all():
        assert_safe(document.name, ".pdf")
        assert client.get(reverse("documents:list")).status_code == 200
        download = client.get(document.get_absolute_url())
        assert read_disposition(download["Content-Disposition"])[1] == document.name


@SIZES
@pytest.mark.parametrize("disposition", DISPOSITIONS.values(), ids=DISPOSITIONS)
def test_an_avatar_of_any_name_is_no_server_error(client, send, alice, disposition, more):
    client.force_login(alice)
    content = (FILES / "honest/one-pixel.png").read_bytes() + more
    assert send(reverse("profile_edit"), "avatar", disposition, content) in UNDERSTOOD
    key = Profile.objects.get(user=alice).avatar.name
    assert not key or re.fullmatch(r"avatars/\d{4}/\d\d/[0-9a-f-]{36}\.webp", key)


@SIZES
@pytest.mark.parametrize("disposition", DISPOSITIONS.values(), ids=DISPOSITIONS)
def test_a_picture_of_any_name_is_no_server_error(client, send, stella, hang, disposition, more):
    client.force_login(stella)
    address = reverse("admin:catalog_print_change", args=[hang().pk])
    content = (FILES / "honest/one-pixel.png").read_bytes() + more
    assert send(address, "picture", disposition, content) in UNDERSTOOD
    assert Print.objects.get().picture.name == ""  # the form's other fields were not sent


def test_these_requests_do_arrive(client, send, alice):
    client.force_login(alice)
    content = (FILES / "honest/two-pages.pdf").read_bytes()
    assert send(reverse("documents:list"), "file", DISPOSITIONS["plain"], content) == 302
    assert Document.objects.get().name == "scan.pdf"


@given(st.binary(max_size=60) | NAMES.map(lambda name: name.encode(errors="replace")))
def test_whatever_django_makes_of_a_filename_becomes_a_safe_one(name):
    data = body("file", b'filename="' + name + b'"', b"%PDF-")
    meta = {"CONTENT_TYPE": CONTENT_TYPE, "CONTENT_LENGTH": str(len(data))}
    try:
        parser = MultiPartParser(meta, BytesIO(data), [MemoryFileUploadHandler()])
        _fields, files = parser.parse()
    except MultiPartParserError:
        files = {}
    assume("file" in files)
    assert_safe(safe_display_name(files["file"].name, ".pdf"), ".pdf")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Lease.docx", "Lease.pdf"),
        ("..\\..\\", "document.pdf"),
        ("\u200b\u2067\u3164", "document.pdf"),
        ("con", "_con.pdf"),
        ("\U0001f469\u200d\U0001f680 flight", "\U0001f469\u200d\U0001f680 flight.pdf"),
        ("契" * 255, "契" * 83 + ".pdf"),
    ],
)
def test_a_document_is_renamed_safely(client, alice, alices_document, typed, shown):
    client.force_login(alice)
    address = reverse("documents:rename", args=[alices_document.pk])
    assert client.post(address, {"name": typed}).status_code == 302
    alices_document.refresh_from_db()
    assert alices_document.name == shown


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["a\0b", "x" * 256, "", " \t\u3000"])
def test_a_name_that_cannot_be_typed_is_refused_in_the_form(client, alice, alices_document, typed):
    client.force_login(alice)
    address = reverse("documents:rename", args=[alices_document.pk])
    assert client.post(address, {"name": typed}).context["form"].errors["name"]
    alices_document.refresh_from_db()
    assert alices_document.name == "Loan agreement.pdf"


@pytest.mark.django_db
def test_a_name_is_text_on_every_page(client, alice, alices_document):
    client.force_login(alice)
    name = "<b>R&D</b> 'a' {{ b }} &lt;i&gt;.pdf"
    address = reverse("documents:rename", args=[alices_document.pk])
    page = client.post(address, {"name": name}, follow=True).content.decode()
    alices_document.refresh_from_db()
    assert alices_document.name == "b_ 'a' {{ b }} &lt;i&gt;.pdf"
    delete = client.get(reverse("documents:delete", args=[alices_document.pk])).content.decode()
    rename = client.get(address).content.decode()
    for text in (page, delete, rename):
        assert escape(alices_document.name, quote=True) in text
        assert "<i>.pdf" not in text
        assert "&lt;i&gt;.pdf" not in text
