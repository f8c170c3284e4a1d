"""PDF: what the gate reads as objects, at its edges; whole files are in test_validators.py."""

import contextlib
import io
import zlib

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.files import pdfs
from uploads import pdf, pdf_contents, pdf_index


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
        (b"<< /S /Rendition /JS (a) >>", "pdf_javascript"),
        (b"<< /S /Rendition /OP 0 >>", "pdf_automatic_action"),
        (b"<< /S /SubmitForm >>", "pdf_automatic_action"),
        (b"<< /S /Named /N /Print >>", "pdf_automatic_action"),
        (b"<< /S /Unheard >>", "pdf_automatic_action"),
        (b"<< /S /ImportData >>", "pdf_import_data"),
        (b"<< /S /RichMediaExecute >>", "pdf_rich_media"),
        (b"<< /S /GoTo /Next << /S /GoTo /Next << /S /Launch >> >> >>", "pdf_launch"),
        (b"<< /S /GoTo /Next [<< /S /GoTo >> << /S /Launch >>] >>", "pdf_launch"),
        (b"[<< /S /JavaScript /JS (a) >>]", "pdf_javascript"),
    ],
)
def test_whatever_starts_by_itself_is_refused(action, code):
    assert refused(pdfs.pdf(catalog=b"/OpenAction " + action)) == code


@pytest.mark.parametrize("event", b"WC WS DS WP DP".split(), ids=bytes.decode)
def test_actions_on_closing_saving_and_printing_count_too(event):
    content = pdfs.pdf(catalog=b"/AA << /" + event + b" << /S /Launch /F (a.exe) >> >>")
    assert refused(content) == "pdf_launch"


@pytest.mark.parametrize("event", b"E X D U Fo Bl PO PC PV PI O C K F V".split(), ids=bytes.decode)
def test_nothing_but_goto_may_hang_on_an_event_of_page_annotation_or_field(event):
    page = b"/AA << /%s << /S /%s /D (a) >> >>"
    assert refused(pdfs.pdf(page=page % (event, b"Hide"))) == "pdf_automatic_action"
    pdf.inspect(io.BytesIO(pdfs.pdf(page=page % (event, b"GoTo"))))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (b"JavaScript", "pdf_javascript"),
        (b"Launch", "pdf_launch"),
        (b"ImportData", "pdf_import_data"),
        (b"RichMediaExecute", "pdf_rich_media"),
    ],
)
def test_an_action_counts_by_its_type_even_if_it_lacks_the_rest(kind, code):
    assert refused(pdfs.link(b"<< /S /%s >>" % kind)) == code


@pytest.mark.parametrize("event", [b"D", b"U"], ids=bytes.decode)
def test_what_a_button_does_on_a_click_may_hang_on_the_mouse(event):
    action = b"/AA << /%s << /S /SubmitForm /F (https://a.test) >> >>" % event
    pdf.inspect(io.BytesIO(pdfs.form(b"/FT /Btn " + action)))
    pdf.inspect(io.BytesIO(pdfs.form(b"/FT /Btn /Kids [8 0 R]", b"/Parent 7 0 R " + action)))
    launch = action.replace(b"SubmitForm", b"Launch")
    assert refused(pdfs.form(b"/FT /Btn " + launch)) == "pdf_launch"


@pytest.mark.parametrize("names", [b"/RL", b"[/AHx /Fl]", b"/FlateDecode", b"null"])
def test_what_a_stream_calls_f_may_be_its_filter(names):
    content = pdfs.pdf(page=b"/Thumb 7 0 R", more=(pdfs.stream(b"", b"/F " + names),))
    pdf.inspect(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        # A type that lies in an object of its own, and nothing else that would attract a look.
        (
            pdfs.pdf(page=b"/Annots [<< /Subtype 7 0 R >>]", more=(b"/RichMedia",)),
            "pdf_rich_media",
        ),
        # Scripts by name that do not even say that they are actions.
        (
            pdfs.pdf(catalog=b"/Names << /JavaScript << /Names [(a) << /JS (b) >>] >> >>"),
            "pdf_javascript",
        ),
        # A file that is said to be embedded, and is not.
        (
            pdfs.link(b"<< /S /Rendition /R << /S /MCD /D << /F (a.avi) /EF << >> >> >> >>"),
            "pdf_external_content",
        ),
        (
            pdfs.pdf(page=b"/Annots [<< /Subtype /FileAttachment /FS << /F (a.xml) >> >>]"),
            "pdf_embedded_file",
        ),
        # An object too deep to be read; what leads to it does not say what it is.
        (pdfs.pdf(catalog=b"/X 7 0 R", more=(b"[" * 600 + b"]" * 600,)), "pdf_damaged"),
    ],
    ids=["type elsewhere", "names only", "empty file", "no file", "too deep"],
)
def test_what_is_only_half_there_counts(content, code):
    assert refused(content) == code


def test_rich_media_counts_without_its_type():
    content = pdfs.pdf(page=b"/Annots [<< /Subtype /Screen /RichMediaContent << >> >>]")
    assert refused(content) == "pdf_rich_media"


def test_the_trailer_is_judged_too():
    assert refused(pdfs.pdf(trailer=b"/Info << /AA << /O << /S /Launch >> >> >>")) == "pdf_launch"


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


@pytest.mark.parametrize(
    ("kids", "code"),
    [
        (b"<< /Type /Pages /Count 3 >>", "pdf_damaged"),
        (b"<< /Type /Pages /Count 3 /Kids 99 0 R >>", "pdf_damaged"),
        (b"<< /Type /Pages /Count 1 /Kids 3 0 R >>", "pdf_damaged"),
        (b"<< /Type /Pages /Count 1 /Kids [null] >>", "pdf_damaged"),
        (b"<< /Type /Pages /Count 0 >>", "pdf_empty"),
    ],
)
def test_a_branch_of_the_page_tree_has_its_pages(kids, code):
    assert refused(pdfs.pdf(kids=kids)) == code
    if code == "pdf_empty":
        pdf.inspect(io.BytesIO(pdfs.pdf(kids=kids + b" 3 0 R")))


def test_a_thousand_pages_pass():
    pdf.inspect(io.BytesIO(pdfs.pdf(1000)))


def test_a_locked_file_opens_with_its_password_so_the_refusal_is_about_the_lock(upload):
    with pikepdf.open(upload("hostile/password.pdf"), password="secret") as document:
        assert len(document.pages) == 2


@pytest.mark.parametrize(
    "address",
    [
        b"http://example.org",
        b"HTTPS://EXAMPLE.ORG/?next=file:///etc",
        b"mailto:bob@example.org",
        b"example.org:8080/a",
        b"/prints/1",
        b"#page=2",
        b"?a=javascript:1",
        b"prints/file:1",
        b"database:1",
        b"ssh://git@example.org/prints",
        b"onenote:https://example.org/prints",
        b"javascript:;",
        b"JavaScript: void(0)",
        b"",
    ],
)
def test_links_to_anywhere_but_files_pass(address):
    pdf.inspect(io.BytesIO(pdfs.to(b"(%s)" % address)))


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (b"(file:a)", "pdf_file_target"),
        (b"(url:file:///a)", "pdf_file_target"),
        (b"(\\tfi\\nle:a)", "pdf_file_target"),
        (b"(/\\\\host/a)", "pdf_file_target"),
        (b"(%5c%5Chost%5ca)", "pdf_file_target"),
        (b"<00660069006c0065003a0061>", "pdf_file_target"),
        (b"<fffe660069006c0065003a00>", "pdf_file_target"),
        (b"<efbbbf66696c653a61>", "pdf_file_target"),
        (b"/file:#2f#2fhost", "pdf_file_target"),
        (b"(ms-word:ofe|u|https://a.test/a.docx)", "pdf_file_target"),
        (b"(z|/a)", "pdf_file_target"),
        (b"(onenote:\\\\\\\\host)", "pdf_file_target"),
        (b"(ssh://-oProxyCommand=a)", "pdf_file_target"),
        (b"(telnet://|a)", "pdf_file_target"),
        (b"(%2566ile:a)", "pdf_file_target"),
        (b"(javascript:void\\(0\\);a)", "pdf_javascript"),
        (b"% a remark\n(smb:a)", "pdf_file_target"),
        (b"8 0 R", "pdf_file_target"),
        (b"(%6aavascript:a)", "pdf_javascript"),
        (b"(jscript:a)", "pdf_javascript"),
    ],
)
def test_links_to_files_are_found_however_they_are_spelt(address, code):
    action = b"<< /S /URI /URI %s >>" % address
    for content in (
        pdfs.link(action, (b"(file:a)",)),
        pdfs.repacked(
            pdfs.link(action, (b"(file:a)",)),
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        ),
    ):
        assert refused(content) == code


@pytest.mark.parametrize(
    "name", [b"b.PDF", b"a b.pdf", b"a/b.pdf", b"a\\\\b.pdf", b"a..b.pdf", b"b.pdf#page=2"]
)
def test_a_pdf_in_the_same_folder_may_be_opened_by_a_click(name):
    pdf.inspect(io.BytesIO(pdfs.link(b"<< /S /GoToR /F (%s) /D [0 /Fit] >>" % name)))


@pytest.mark.parametrize(
    "name",
    [
        b"../b.pdf",
        b"a/../b.pdf",
        b"a\\\\..\\\\b.pdf",
        b"/b.pdf",
        b"C:b.pdf",
        b"http://a.test/b.pdf",
        b"b.exe",
        b"b.pdf.exe",
        b"b.pdf:a",
        b"",
    ],
)
@pytest.mark.parametrize("kind", [b"GoToR", b"GoToE", b"Thread"])
def test_no_other_file_may(name, kind):
    for place in (b"(%s)" % name, b"<< /Type /Filespec /UF (%s) /F (b.pdf) >>" % name):
        content = pdfs.link(b"<< /S /%s /F %s /D [0 /Fit] >>" % (kind, place))
        assert refused(content) == "pdf_file_target"


@pytest.mark.parametrize(
    "content",
    [
        '<?xml version="1.0" encoding="UTF-16"?><Invoice/>'.encode("utf-16"),
        b"\xef\xbb\xbf<!-- <?xml-stylesheet?> --><i:CreditNote xmlns:i='urn:x'/>",
        b"<Invoice>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</Invoice>",
    ],
    ids=["utf-16", "mark", "deep"],
)
def test_an_invoice_may_be_any_plain_xml(content):
    pdf.inspect(io.BytesIO(pdfs.invoice(content)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<Invoice>",
        b"<Invoice/><Invoice/>",
        b'<!DOCTYPE Invoice [<!ENTITY b "c">]><Invoice>&b;</Invoice>',
        b'<?xml version="1.0" encoding="unheard-of"?><Invoice/>',
        b'<Invoice xmlns:h="http://www.w3.org/1999/xhtml"><h:script/></Invoice>',
        b'<Invoice xmlns="http://www.w3.org/2000/svg"/>',
        b'<Invoice xmlns="http://www.w3.org/1999/XSL/Transform"/>',
        b"<Invoice/><?xml-stylesheet href='a'?>",
        b"<Letter/>",
    ],
)
def test_anything_else_that_is_embedded_is_no_invoice(content):
    assert refused(pdfs.invoice(content)) == "pdf_embedded_file"


def test_all_invoices_of_a_document_share_one_limit(monkeypatch):
    files = [
        b"<< /F (%d.xml) /EF << /F %d 0 R >> >>" % (number, number + 1) for number in (9, 11, 13)
    ]
    more = [part for file in files for part in (file, pdfs.stream(pdfs.INVOICE))]
    content = pdfs.invoice(more=more).replace(b"/AF [", b"/AF [9 0 R 11 0 R 13 0 R ")
    monkeypatch.setattr(pdf_contents.Invoices, "MAX_BYTES", 4 * len(pdfs.INVOICE))
    pdf.inspect(io.BytesIO(content))
    monkeypatch.setattr(pdf_contents.Invoices, "MAX_BYTES", 4 * len(pdfs.INVOICE) - 1)
    assert refused(content) == "pdf_embedded_file"


@pytest.mark.parametrize("key", [b"/EF", b"/AA", b"/JS", b"/Movie", b"/F", b"/OnInstantiate"])
def test_a_key_counts_in_hex_too(key):
    """So the glance at an object's text must not pass over it; see `worth_a_look`."""
    spelt = b"/#%x%s" % (key[1], key[2:])
    assert pdf_contents.worth_a_look(b"<<%s(a)>>" % key)
    assert pdf_contents.worth_a_look(b"<<%s(a)>>" % spelt)


def test_the_glance_at_the_text_passes_over_nothing_that_is_refused(upload):
    judged = 0
    for name, content in pdfs.files().items():
        if not name.startswith("hostile/") or "unfolding" in name:
            continue
        try:
            document = pikepdf.open(io.BytesIO(content), suppress_warnings=True)
        except pikepdf.PikepdfError:
            continue
        with document, pikepdf.explicit_conversion():
            for item in document.objects:
                if item is not None and list(pdf_contents.refusals(item, pdf_contents.Invoices())):
                    assert pdf_contents.worth_a_look(pdf._text(item)), name
                    judged += 1
    assert judged > 70


@pytest.mark.parametrize(
    "text",
    [
        b"<< /Type /Annot /F 4 /Rect [0 0 9 9] /A << /S /URI /URI (https://a.test) >> >>",
        b"<</F 4/A<</S/URI/URI(mailto:a@b.test)/Type/Action>>/F 28>>",
        b"<< /Type /StructElem /S /P /P 7 0 R /K [0 1] >> (JavaScript) <</BaseFont/F1/Filter/AAA>>",
    ],
)
def test_what_documents_have_thousands_of_is_passed_over(text):
    assert not pdf_contents.worth_a_look(text)


def test_a_large_file_is_read_in_portions_and_judged_the_same(monkeypatch):
    monkeypatch.setattr(pdf, "PORTION", 3)
    monkeypatch.setattr(pdf_index, "HIGHEST_NUMBER", 100_000)
    codes = {name: code for code, names in pdfs.CODES.items() for name in names}
    for path, content in pdfs.files().items():
        code = codes.get(path.removeprefix("hostile/"))
        if path.startswith("honest/"):
            pdf.inspect(io.BytesIO(content))
        elif code not in {"file_kind_refused", "pdf_preceded", "pdf_too_large_unpacked"}:
            assert refused(content) == code, path


def test_in_a_very_large_file_what_nothing_leads_to_counts_too(upload, monkeypatch):
    content = upload("honest/script-taken-out.pdf").read()
    pdf.inspect(io.BytesIO(content))
    monkeypatch.setattr(pdf, "FOLLOWED_OBJECTS", 6)
    assert refused(content) == "pdf_javascript"


def test_in_a_repaired_file_what_nothing_leads_to_counts_too(upload):
    content = upload("honest/script-taken-out.pdf").read()
    end = content.rindex(b"startxref\n") + len(b"startxref\n")
    assert refused(content[:end] + b"1\n%%EOF\n") == "pdf_javascript"


@pytest.mark.parametrize("part", range(1, 20))
def test_a_linearised_download_that_ended_early_is_damaged(upload, part):
    content = pdfs.repacked(pdfs.pdf(20), linearize=True)
    assert refused(content[: len(content) * part // 20]) == "pdf_damaged"


@pytest.mark.parametrize("behind", [b"", b"\0" * 5000, b"\n" * 5000, b"junk", b"%%EOF", b"\x1a"])
def test_what_lies_behind_the_end_does_not_matter(upload, behind):
    content = upload("honest/two-pages.pdf").read()
    pdf.inspect(io.BytesIO(content + behind))
    pdf.inspect(io.BytesIO(content.removesuffix(b"%%EOF\n") + behind))


def test_an_older_catalog_that_only_opens_at_a_page_does_not_matter_either():
    opening = b"/OpenAction [3 0 R /XYZ null null 0]"
    catalog = b"<< /Type /Catalog /Pages 2 0 R /Lang (de) %s >>" % opening
    content = pdfs.updated(pdfs.pdf(catalog=opening), {1: catalog}, size=7)
    pdf.inspect(io.BytesIO(content + b"\n" * 5000))
    other = content.replace(opening, b"/OpenAction [7 0 R 8 0 R 9 0 R 0   ]", 1)
    assert refused(other + b"\n" * 5000) == "pdf_damaged"


@pytest.mark.parametrize(
    "loosened",
    [
        lambda file: file + b"\n" * 1100,
        lambda file: file.replace(b"%PDF-1.7", b"%PDF-9.9"),
        lambda file: file.replace(b" n \n", b" n\n"),
        lambda file: file.replace(b"0000000000 65535 f", b"0000000000 00000 n"),
        lambda file: file.replace(b"startxref\n", b"startxref %\n"),
        lambda file: file.replace(b"/Prev", b"/Prev 0 /Prev"),
        lambda file: file.replace(b"/Size 8", b"/Size 9"),
        lambda file: b"%/Prev 1\n/Root".join(file.rsplit(b"/Root", 1)),
        lambda file: file.replace(b"0 8\n0000000000 65535 f \n", b"1 7\n" + b" " * 20),
        lambda file: file + b"trailer",
        lambda file: file.replace(b"%\xe2", b"%/Linearized 1"),
    ],
)
def test_what_is_left_behind_counts_as_soon_as_programs_may_read_another_index(upload, loosened):
    content = upload("honest/script-taken-out.pdf").read()
    pdf.inspect(io.BytesIO(content + b"\n" * 900))
    assert refused(loosened(content)) in {"pdf_javascript", "pdf_damaged"}


def test_what_is_spelt_in_hex_beside_the_index_counts_as_what_it_says():
    def replaced(name):
        old = pdfs.pdf(more=(b"<< /S %s /X 1 >>" % name,))
        return pdfs.updated(old, {7: b"<< >>"}, size=8) + b"\n" * 5000

    pdf.inspect(io.BytesIO(replaced(b"/Text#20body")))
    assert refused(replaced(b"/Java#53cript")) == "pdf_damaged"


def test_an_identifier_of_any_bytes_leaves_the_index_agreed_on(upload):
    content = upload("honest/script-taken-out.pdf").read()
    before, root, after = content.rpartition(b"/Root")
    pdf.inspect(io.BytesIO(before + b"/ID [(a%b#c) (\\()] " + root + after))
    remark = before + b"% plain (words), as some programs write -- 1.0\n" + root + after
    pdf.inspect(io.BytesIO(remark))
    remark = before + b"% /Prev (\n" + root + after.replace(b"startxref", b"% )\nstartxref", 1)
    assert refused(remark) == "pdf_javascript"


def test_a_free_line_before_the_trailer_leaves_the_index_agreed_on(upload):
    before, trailer, after = upload("honest/script-taken-out.pdf").read().rpartition(b"trailer")
    pdf.inspect(io.BytesIO(before + b"\n" + trailer + after))


@pytest.mark.parametrize("name", [b"/Fran\xe7ais", b"/#CB#CE#CC#E5", b"/Rectangle\xc2"])
def test_a_name_in_no_encoding_is_no_damage(name):
    pdf.inspect(io.BytesIO(pdfs.pdf(catalog=b"/X << /S %s /Subtype %s %s (a) >>" % ((name,) * 3))))


def test_a_name_in_no_encoding_hides_nothing():
    content = pdfs.pdf(catalog=b"/X << /S /Launch /F (a) /Fran\xe7ais 1 >>")
    assert refused(content) == "pdf_launch"


@pytest.mark.parametrize("blank", [b" ", b"\n \t", b" % remark\n"])
def test_an_object_too_deep_to_be_read_counts_wherever_it_is_mentioned(blank):
    deep = b"[" * 600 + b"]" * 600
    mention = b"/X %s" % blank.join((b"7", b"0", b"R"))
    assert refused(pdfs.pdf(catalog=mention, more=(deep,))) == "pdf_damaged"
    pdf.inspect(io.BytesIO(pdfs.pdf(more=(deep,))))


def test_packed_objects_beside_the_index_count_unread():
    plain = pdfs.pdf()
    end = plain.rindex(b"xref\n0 ")
    stray = b"9 0 obj\n%s\nendobj\n" % pdfs.stream(b"packed", b"/Type /ObjStm")
    place = plain.rindex(b"startxref\n")
    content = plain[:end] + stray + plain[end:place]
    content += b"startxref\n%d\n%%%%EOF\n" % (end + len(stray))
    pdf.inspect(io.BytesIO(content))
    assert refused(content + b"\n" * 5000) == "pdf_damaged"


def test_an_update_that_ended_early_is_damaged(upload):
    content = upload("honest/signed-then-filled.pdf").read()
    first = content.index(b"%%EOF") + len(b"%%EOF\n")
    pdf.inspect(io.BytesIO(content[:first]))
    for end in range(first + 10, len(content) - 20, 15):
        assert refused(content[:end]) == "pdf_damaged"


def test_a_file_that_is_written_badly_but_once_passes():
    content = pdfs.link(b"<< /S /GoToR /F (b.pdf) /D [0 /Fit] >>")
    for badly in (content + b"\n" * 5000, content.replace(b" n \n", b" n\n")):
        pdf.inspect(io.BytesIO(badly))


@pytest.mark.parametrize("key", ["S", "A", "JS", "URI", "Next", "EF", "AA", "OpenAction", "Names"])
def test_a_key_given_twice_is_refused_where_it_could_hide_something(key):
    key = key.encode()
    assert refused(pdfs.pdf(page=b"/X << /%s 1 /%s 2 >>" % (key, key))) == "pdf_damaged"


@pytest.mark.parametrize(
    "content",
    [
        pdfs.packed(pdfs.ONE_PAGE, b"1 0 2 %d 3 9999" % pdfs.places_of(pdfs.ONE_PAGE)[0]),
        pdfs.packed(pdfs.ONE_PAGE, b"2 0 1 34 3 78"),
        pdfs.packed(pdfs.ONE_PAGE, b"1 0 2 34 a b"),
        pdfs.packed(pdfs.ONE_PAGE, b"1 0 2 34"),
        pdfs.packed(pdfs.ONE_PAGE, pack=lambda text: b"not compressed"),
    ],
    ids=["beyond", "in another order", "letters", "too few", "broken"],
)
def test_an_object_stream_must_hold_what_the_index_says(content):
    assert refused(content) == "pdf_damaged"


def test_streams_of_objects_may_unfold_to_a_limit_together(monkeypatch, upload):
    content = upload("honest/2000-pages.pdf").read()
    monkeypatch.setattr(pdf, "UNPACKED_BYTES", 1000)
    assert refused(content) == "pdf_too_large_unpacked"


FILES = [content for name, content in sorted(pdfs.files().items()) if len(content) < 20_000]
PIECES = [
    b"<<", b">>", b"[", b"]", b"(", b"/", b"#", b"%", b"null", b"1 0 R", b"9" * 30, b"-1", b"1.5",
    b"stream\n", b"endstream", b"endobj", b"[" * 300, b"\xfe\xff", b"/Kids", b"/S/JavaScript",
    b"/AA 1 0 R", b"/EF<</F 4 0 R>>", b"/Next 7 0 R", b"99999999999",
]  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_a_broken_file_is_refused_or_passes_and_nothing_else(data):
    content = data.draw(st.sampled_from(FILES))
    for _count in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        to = at + data.draw(st.sampled_from([0, 1, 4, 30, 300]))
        other = data.draw(st.sampled_from(FILES))
        place = data.draw(st.integers(0, len(other)))
        content = (
            content[:at]
            + data.draw(
                st.sampled_from(
                    [
                        content[to:],  # cut out
                        content[at:to] + content[at:],  # doubled
                        bytes(byte ^ 16 for byte in content[at:to]) + content[to:],  # flipped
                        data.draw(st.sampled_from(PIECES)) + content[to:],
                        other[place : place + 200] + content[to:],  # spliced
                        b"",  # ends here
                    ]
                )
            )
        )
    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(ValidationError):
        patch.setattr(pdf_index, "HIGHEST_NUMBER", 1000)  # the rest of the time is spent on zeros
        pdf.inspect(io.BytesIO(content))


def unfolding_pdf(filters):
    """Return a PDF whose catalog lies in an object stream with 70 MB of blanks behind it."""
    packer = zlib.compressobj(9)
    packed = packer.compress(b"1 0 <</Type/Catalog/Pages 2 0 R>>")
    packed += b"".join(packer.compress(b" " * 1024 * 1024) for _ in range(70)) + packer.flush()
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
