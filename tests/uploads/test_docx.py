"""Word documents: the rules at their edges; whole files are in test_validators.py too."""

import io
import random
import resource
import struct
import subprocess
import sys
import zipfile
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.files import packages, word
from tests.files.containers import Member, compound, zipped
from tests.files.packages import complex_field, relation, with_body, word_part
from uploads import archive, docx, markup
from uploads.compound import CompoundFile, is_sound_formula

FILES = word.files()
CODES = {name: code for code, names in word.CODES.items() for name in names}
AT_THE_DOOR = {"file_kind_refused"}  # what `sniff` already knows
MIB = 1024 * 1024


def inspected(content):
    docx.inspect(io.BytesIO(content))


def refused(content):
    with pytest.raises(ValidationError) as caught:
        inspected(content)
    assert len(caught.value.messages) == 1
    return caught.value


@pytest.mark.parametrize("path", [path for path in FILES if path.startswith("honest/")])
def test_honest_documents_pass(path):
    inspected(FILES[path])


@pytest.mark.parametrize(
    ("name", "code"), [(name, code) for name, code in CODES.items() if code not in AT_THE_DOOR]
)
def test_hostile_documents_are_refused_by_code(name, code):
    assert refused(FILES[f"hostile/{name}"]).code == code


# The archive ------------------------------------------------------------------------------


def members(count):
    """A document of `count` parts; three of them are the document itself."""
    return packages.docx(more=[(f"p/{n}", b"") for n in range(count - 3)])


def test_2000_parts_pass_and_one_more_does_not():
    inspected(members(2000))
    assert refused(members(2001)).code == "docx_too_many_members"


def photograph(size):
    """Bytes that do not shrink much: the ratio is not what is tested."""
    noise = random.Random(1).randbytes(64 * 1024)
    return (noise + bytes(9 * 64 * 1024)) * (size // (640 * 1024)) + bytes(size % (640 * 1024))


def test_50_mib_unpacked_pass_and_one_byte_more_does_not():
    limit = archive.MAX_UNPACKED_BYTES
    with zipfile.ZipFile(io.BytesIO(packages.docx())) as small:
        used = sum(member.file_size for member in small.infolist())
    inspected(packages.docx(more=[("photograph", photograph(limit - used))]))
    over = packages.docx(more=[("photograph", photograph(limit - used + 1))])
    assert refused(over).code == "docx_too_large_unpacked"


def test_the_sum_counts_and_not_the_largest_part():
    halves = [(f"photographs/{n}", photograph(26 * MIB)) for n in range(2)]
    assert refused(packages.docx(more=halves)).code == "docx_too_large_unpacked"


def test_a_header_that_lies_about_the_size_does_not_help():
    honest = packages.docx(more=[("photograph", photograph(60 * MIB))])
    lie = (60 * MIB).to_bytes(4, "little")
    assert honest.count(lie) == 2  # in the member's own header and in the directory
    small = honest.replace(lie, (1000).to_bytes(4, "little"))
    assert refused(small).code == "docx_too_large_unpacked"


def test_what_embedded_packages_unpack_is_counted_together():
    """Each is small, and holds a part of less than 1 MiB that is all alike."""
    book = packages.workbook([("xl/media/a.bmp", bytes(MIB))])
    books = [(f"word/embeddings/{n}.xlsx", book) for n in range(51)]
    inspected(packages.docx(more=books[:20]))
    assert refused(packages.docx(more=books)).code == "docx_too_large_unpacked"


# The kind ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sheet.xlsx", "an Excel workbook"),
        ("slides.pptx", "a PowerPoint presentation"),
        ("template.dotx", "a Word template"),
        ("unheard-of", "an Office package of another kind"),
        ("archive.zip", "a zip archive"),
        ("program.jar", "a Java program"),
    ],
)
def test_another_kind_of_package_is_called_by_its_name(name, words):
    error = refused(FILES[f"hostile/{name}.docx"])
    assert error.code == "docx_not_word"
    assert error.messages[0].startswith(f"This is {words}, not a Word document.")


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        ("WordDocument", "a Word document of the old kind (.doc)"),
        ("Workbook", "an Excel workbook of the old kind (.xls)"),
        ("PowerPoint Document", "a PowerPoint presentation of the old kind (.ppt)"),
        ("Anything", "a legacy or password-protected Office file"),
    ],
)
def test_office_files_of_before_2007_are_named(stream, words):
    error = refused(compound({stream: b"x"}))
    assert error.code == "document_legacy_office"
    assert error.messages[0].startswith(f"This is {words}.")
    assert "save it as .docx without a password" in error.messages[0]


def test_a_document_with_a_password_is_told_apart_from_an_old_one():
    error = refused(compound({"EncryptionInfo": b"x", "EncryptedPackage": bytes(5000)}))
    assert error.code == "docx_encrypted"


def test_an_old_file_that_is_only_a_beginning_is_refused_as_old():
    assert refused(compound({})[:512]).code == "document_legacy_office"


def test_a_part_name_in_capitals_is_the_same_part():
    inspected(
        packages.docx(
            {
                "[Content_Types].xml": packages.content_types().replace(
                    "/word/document", "/WORD/Document"
                ),
                "_rels/.rels": packages.relationships("word/../word/DOCUMENT.xml"),
            }
        )
    )


def test_a_path_out_of_the_package_leads_nowhere():
    content = packages.docx({"_rels/.rels": packages.relationships("../../../../etc/passwd")})
    assert refused(content).code == "docx_not_word"


# XML --------------------------------------------------------------------------------------


def test_external_entities_are_never_read():
    doctype = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    document = packages.word_document(doctype=doctype).replace("Biography", "&secret;")
    assert refused(packages.docx({"word/document.xml": document})).code == "docx_dtd"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize(
    "part",
    ["word/document.xml", "word/styles.xml", "customXml/item1.xml", "a.bin", "a/_rels/b.rels"],
)
def test_a_dtd_is_found_in_every_part_and_encoding(part, encoding):
    document = packages.word_document(doctype=word.DTD).replace(
        "UTF-8", "UTF-16" if "16" in encoding else "UTF-8"
    )
    content = packages.docx({part: document.encode(encoding)})
    assert refused(content).code == "docx_dtd"


@pytest.mark.parametrize("encoding", ["UTF-99", "utf-7", "cp037", "utf-32", "iso-2022-jp", "hz"])
def test_an_encoding_that_could_hide_a_dtd_is_damage(encoding):
    document = packages.word_document().replace("UTF-8", encoding)
    for part in ("word/document.xml", "customXml/item1.xml"):
        assert refused(packages.docx({part: document})).code == "docx_damaged"


@pytest.mark.parametrize("encoding", ["cp037", "utf-7", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("doctype", ["", word.DTD])
def test_what_is_called_xml_can_be_read_as_ascii(encoding, doctype):
    content = packages.word_document(doctype=doctype).encode(encoding)
    if encoding == "utf-7":
        content = content.replace(b"<", b"+ADw-")
    assert refused(packages.docx({"customXml/item1.xml": content})).code == "docx_damaged"


def test_text_in_an_encoding_of_before_unicode_passes_beside_the_document():
    content = '<?xml version="1.0" encoding="windows-1251"?><a>Я</a>'.encode("windows-1251")
    inspected(packages.docx({"customXml/item1.xml": content}))


def test_only_the_public_dtd_of_drawings_passes_and_only_in_drawings():
    drawing = FILES["honest/drawing-with-public-dtd.docx"]
    inspected(drawing)
    with zipfile.ZipFile(io.BytesIO(drawing)) as package:
        svg = package.read("word/media/image1.svg")
    own = svg.replace(b'.dtd">', b'.dtd" [<!ENTITY a "b">]>')
    elsewhere = svg.replace(b"www.w3.org/Graphics", b"example.org/Graphics")
    for content in (own, elsewhere):
        assert refused(packages.docx({"word/media/image1.svg": content})).code == "docx_dtd"
    assert refused(packages.docx({"customXml/item1.xml": svg})).code == "docx_dtd"


def test_elements_are_counted_over_all_parts():
    body = "<w:b/>" * 60
    types = packages.content_types(
        more=packages.override("word/styles.xml", word.WORD + ".styles+xml")
    )
    parts = {
        "[Content_Types].xml": types,
        "word/document.xml": word_part(body),
        "word/styles.xml": word_part(body, "styles"),
    }

    def inspected_with(elements):
        zipped_parts = archive.Archive(packages.docx(parts))
        package = docx.Package(zipped_parts, archive.Allowance(elements=elements))
        package.refuse_other_than_word()
        package.refuse_danger()

    inspected_with(60 + 2 + 60 + 1)
    with pytest.raises(ValidationError) as caught:
        inspected_with(60 + 2 + 60)
    assert caught.value.code == "docx_too_complex"


def test_nesting_has_an_end():
    depth = markup.MAX_DEPTH - 2
    inspected(packages.docx({"word/document.xml": word_part("<w:p>" * depth + "</w:p>" * depth)}))
    depth += 1
    document = word_part("<w:p>" * depth + "</w:p>" * depth)
    assert refused(packages.docx({"word/document.xml": document})).code == "docx_damaged"


# What it would do -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        *("http://example.org", "HTTPS://example.org", "mailto:a@example.org", "tel:1", "ftp://a"),
        *("", "#a", "a.docx", "../a.docx", "/a", "C:\\a.docx", "c:/a", "file:///C:/a.docx"),
        *("file:///C|/a.docx", "file://localhost/C:/a", "file:///Users/a", "file:a.docx"),
        *("file:////Users/a/b.docx", "consultantplus://offline/ref=1", "onenote:a", "about:blank"),
        *("notes://server/a", "urn:isbn:1", "doi:10.1/a", "sip:a@b", "file://C:\\a.docx"),
    ],
)
def test_links_that_open_a_page_or_a_file_of_ones_own_pass(target):
    assert not docx.is_unsafe_link(target)


@pytest.mark.parametrize(
    "target",
    [
        *(
            "javascript:a()",
            "JaVaScRiPt:a()",
            " java\tscript:a()",
            "java%0ascript:a()",
            "vbscript:a",
        ),
        *(
            "data:text/html,a",
            "mhtml:http://a!b",
            "mk:@MSITStore:a",
            "ms-msdt:/id",
            "ms-word:ofe|u|a",
        ),
        *("search-ms:query=a", "search:a", "ms-its:a", "shell:a", "res://a", "hcp://a"),
        *(
            "\\\\a\\b",
            "//a/b",
            "\\/a\\b",
            "%5C%5Ca%5Cb",
            "file://a/b",
            "file:\\\\a\\b",
            "FILE://a/b",
        ),
        *(
            "file:////a/b",
            "file:///\\\\a\\b",
            "file:///%5C%5Ca%5Cb",
            "file://///a/b",
            "file://1.2.3.4/a",
        ),
    ],
)
def test_links_to_programs_and_file_servers_are_unsafe(target):
    assert docx.is_unsafe_link(target)


@pytest.mark.parametrize(
    "target",
    [
        *(
            "http://a/b.dotm",
            "https:a.dotm",
            "\\\\a\\b.dotm",
            "file://a/b.dotm",
            "ftp://a",
            "//a/b",
        ),
        *("file:////a/b.dotm", "file:///\\\\a\\b", "mhtml:http://a", "ms-word:ofe|u|http://a"),
        *("webdav://a/b", "http:a:b:c.dotm"),
    ],
)
@pytest.mark.parametrize("external", [True, False])
def test_templates_from_elsewhere_are_refused(target, external):
    lines = packages.rels(relation("attachedTemplate", target, 7, external))
    content = packages.docx({"word/_rels/settings.xml.rels": lines})
    assert refused(content).code == "docx_external"


@pytest.mark.parametrize(
    "instruction",
    [
        *("DDE a", "dde a", "DDEAUTO a", "DdeAuto\\a", "  DDE\ta", '"DDE" a', "DDE", "DDEAUTOa"),
        *(
            "\xa0DDE a",
            "\u200bDDE a",
            "\r\nDDE a",
            "QUOTE 68 68 69 65 85 84 79",
            "quote 0x44 68 69",
        ),
    ],
)
@pytest.mark.parametrize("pieces", [1, 3, 99])
def test_dde_is_found_however_it_is_cut(instruction, pieces):
    step = max(1, len(instruction) // pieces)
    cut = [instruction[at : at + step] for at in range(0, len(instruction), step)]
    cut = [one.replace("<", "&lt;").replace("\r", "&#13;") for one in cut]
    assert refused(with_body(complex_field(*cut))).code == "docx_dde"


@pytest.mark.parametrize(
    "pieces",
    [
        ["DDEB a"],
        ["REF ", "DDE", " \\h"],
        ["SEQ", " DDE"],
        ["D", "ATE"],
        ["DD", "E_LINK1"],
        ['QUOTE "DDE"'],
        ["QUOTE 65 66"],
        ["IF DDE = DDE a b"],
        ['HYPERLINK "https://example.org/DDEAUTO c:"'],
    ],
)
def test_the_letters_alone_are_no_dde(pieces):
    inspected(with_body(complex_field(*pieces)))


@pytest.mark.parametrize("wrapper", ["w:ins", "w:del", "w:moveFrom", "x:unknown", "mc:Choice"])
def test_dde_is_found_around_what_a_program_may_leave_out(wrapper):
    def around(words):
        return f'<{wrapper} xmlns:x="urn:x">{packages.code(words)}</{wrapper}>'

    field = packages.mark("begin"), packages.code("D"), around("xx"), around("DE"), around("yy")
    end = packages.code(" cmd"), packages.mark("end")
    assert refused(with_body("".join((*field, *end)))).code == "docx_dde"
    inspected(with_body("".join((*field[:2], *field[2:3], packages.code("E"), *end))))


@pytest.mark.parametrize(
    "names",
    [['QUOTE "DDE"'], ["SYMBOL 68", "SYMBOL 68", "SYMBOL 69"], ["QUOTE D", "QUOTE 68", "QUOTE 69"]],
)
def test_dde_is_found_where_other_fields_spell_it(names):
    """However they were shown last."""
    inner = "".join(complex_field(name, result="?") for name in names)
    assert refused(with_body(complex_field(inner, " cmd"))).code == "docx_dde"


def test_an_instruction_that_could_be_anything_is_not_read():
    pieces = [f"<w:{kind}>{packages.code('x')}</w:{kind}>" for kind in ("ins", "del") * 100]
    begin, end = packages.mark("begin"), packages.mark("end")
    inspected(with_body(begin + "".join(pieces) + end))
    content = with_body(begin + "".join(pieces) + packages.code("x") + end)
    assert refused(content).code == "docx_too_complex"
    kinds = [*("w:ins", "w:del", "mc:Choice", "mc:Fallback", "v:shape")]
    seven = "".join(f"<{kind}>{packages.code('x')}</{kind}>" for kind in kinds) + packages.text("x")
    inspected(with_body(begin + seven + end))
    seven += complex_field("QUOTE 65")
    assert refused(with_body(begin + seven + end)).code == "docx_too_complex"


def test_instructions_where_none_belong_are_read_too():
    begin, separate, end = map(packages.mark, ("begin", "separate", "end"))
    shown = begin + packages.code("REF a") + separate + packages.code("DDE cmd") + end
    assert refused(with_body(shown)).code == "docx_dde"
    deleted = "<w:del><w:r><w:delInstrText>DDE cmd</w:delInstrText></w:r></w:del>"
    assert refused(with_body(begin + deleted + end)).code == "docx_dde"


@pytest.mark.parametrize(
    "instruction",
    [
        'INCLUDETEXT "https://a/b"',
        "INCLUDE http://a/b",
        'IMPORT "\\\\\\\\a\\\\b"',
        'RD "file://a/b"',
        'LINK Word.Document.8 "http://a/b" a \\a',
        'DATABASE \\d "\\\\\\\\a\\\\b.mdb" \\s "SELECT"',
        'INCLUDEPICTURE "http://a/b" \\d',
        'INCLUDEPICTURE "http://a/b" \\* MERGEFORMAT \\D',
        'INCLUDEPICTURE "\\\\\\\\a\\\\b.png"',
        "includetext “https://a/b”",
    ],
)
def test_fields_that_fetch_from_elsewhere_are_refused(instruction):
    assert refused(with_body(complex_field(instruction))).code == "docx_external"


@pytest.mark.parametrize(
    "instruction",
    [
        'INCLUDETEXT "C:\\\\a\\\\b.docx"',
        "INCLUDETEXT chapter.docx Bookmark",
        'INCLUDEPICTURE "https://a/b.png" \\* MERGEFORMATINET',
        'LINK Excel.Sheet.12 "C:\\\\a.xlsx" "Sheet1!R1C1:R2C2" \\a \\p',
        'DATE \\@ "HH:mm"',
        'TOC \\o "1-3" \\t "A:1"',
    ],
)
def test_fields_that_stay_at_home_pass(instruction):
    inspected(with_body(complex_field(instruction)))


def test_a_picture_from_the_web_is_refused_where_it_would_be_fetched_again():
    kept = 'INCLUDEPICTURE "https://example.org/a.png" \\* MERGEFORMATINET'
    inspected(with_body(complex_field(kept)))
    dirty = complex_field(kept).replace('"begin"', '"begin" w:dirty="true"')
    assert refused(with_body(dirty)).code == "docx_external"


def test_a_link_to_a_picture_on_the_web_may_stand_beside_its_copy():
    """Word notes where a picture came from; it does not ask there."""
    source = '<a:ext xmlns:b="urn:b"><b:picAttrSrcUrl r:id="rId7"/></a:ext>'
    inspected(with_body(source, [relation("hyperlink", "https://example.org/a.png", 7, True)]))


def test_a_formula_is_read_to_its_end():
    sound = packages.formula(packages.FORMULA)
    assert is_sound_formula(sound)
    assert is_sound_formula(sound + bytes(3))
    assert is_sound_formula(packages.formula(b"\x05\1\1\1\x1b\1" + bytes(7 + 1 + 2)))
    assert is_sound_formula(packages.formula(b"\x01" * 100 + bytes(101)))
    for wrong in (
        sound[:-30],  # cut
        b"\x1d" + sound[1:],  # a header of another length
        packages.formula(packages.FORMULA + bytes(range(1, 40))),  # something behind it
        packages.formula(b"\x08\x01\x01" + b"A" * 40 + b"\0\0"),  # a name too long
        packages.formula(b"\x05\1\1\1\x1c\1" + bytes(8 + 1 + 2)),  # more rows than there is room
        packages.formula(b"\x0f" + bytes(9)),  # a record nobody knows
        packages.formula(b"\x01" * 101 + bytes(102)),  # lines in lines
    ):
        assert not is_sound_formula(wrong)


def native(version, length=28):
    """An "Equation Native" stream that no editor of 1997 would read."""
    stream = packages.formula(b"\x16" + bytes(range(90)))
    return struct.pack("<H", length) + stream[2:28] + bytes([version]) + stream[29:]


@pytest.mark.parametrize(
    ("class_id", "stream", "passes"),
    [
        (packages.MATHTYPE, native(5), True),
        (packages.MATHTYPE, native(3), False),
        (packages.MATHTYPE, native(5, length=29), False),
        (packages.EQUATION, native(5), False),
        (packages.EXCEL_97, native(5), False),
    ],
)
def test_only_mathtype_may_have_formulas_we_cannot_read(class_id, stream, passes):
    content = packages.with_object(compound({"Equation Native": stream}, class_id))
    if passes:
        inspected(content)
    else:
        assert refused(content).code == "docx_object"


@pytest.mark.parametrize(
    ("class_id", "start", "passes"),
    [
        (packages.PAINT, b"BM", True),
        (packages.PAINT, b"MZ", False),
        (packages.ACROBAT, b"BM", False),
    ],
)
def test_native_data_of_1992_is_a_bitmap_of_paint(class_id, start, passes):
    content = packages.with_object(compound({"\x01Ole10Native": bytes(4) + start}, class_id))
    if passes:
        inspected(content)
    else:
        assert refused(content).code == "docx_object"


@pytest.mark.parametrize("name", ["VBA", "_VBA_PROJECT", "_vba_project_cur", "Macros"])
def test_macros_show_in_the_storages_of_an_object(name):
    content = compound({"WordDocument": b"x"}, storages=[name])
    assert refused(packages.with_object(content)).code == "docx_macros"


def test_streams_of_an_object_share_no_sectors():
    """A thousand streams of the same megabyte would be a gigabyte to read."""
    honest = compound({"large": bytes(20_000)} | {f"s{n}": bytes(5000) for n in range(6)})
    inspected(packages.with_object(honest))
    content = bytearray(honest)
    (large,) = (entry for entry in CompoundFile(honest).entries if entry.name == "large")
    for entry in CompoundFile(honest).entries:
        if entry.size == 5000:
            at = content.find(struct.pack("<LQ", entry.first, entry.size))
            content[at : at + 12] = struct.pack("<LQ", large.first, large.size)
    assert refused(packages.with_object(bytes(content))).code == "docx_damaged"


# Time and memory --------------------------------------------------------------------------

_CHILD = """
import resource, sys
from django.conf import settings
settings.configure()
from django.core.exceptions import ValidationError
from uploads import docx
try:
    docx.inspect(sys.stdin.buffer)
except ValidationError as error:
    print(error.code)
else:
    print("passed")
usage = resource.getrusage(resource.RUSAGE_SELF)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)
"""


def cost(content):
    """Inspect in a process of its own; return (code, CPU seconds, peak in MiB)."""

    def limited():
        resource.setrlimit(resource.RLIMIT_AS, (1024 * MIB, 1024 * MIB))

    run = subprocess.run(
        [sys.executable, "-c", _CHILD],
        input=content,
        capture_output=True,
        check=True,
        preexec_fn=limited,
    )
    code, numbers = run.stdout.decode().splitlines()
    seconds, peak = numbers.split()
    return code, float(seconds), int(peak)


def noise(size):
    """An honest comment: letters by chance, so that the part keeps to the ratio."""
    return "<!--" + random.Random(2).randbytes(size // 2).hex() + "-->"


def repeated(unit, size=45 * MIB):
    return unit * (size // len(unit))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (lambda: "<!--" + " " * (40 * MIB) + "-->", "passed"),
        (lambda: repeated("<b/>"), "docx_too_complex"),
        (lambda: repeated("<a>"), "docx_damaged"),
        (lambda: repeated(complex_field("QUOTE 1 2 3 4 5 6 7 8 9")), "docx_too_complex"),
        (lambda: repeated('<w:fldSimple w:instr="LINK a:b c:d e:f"/>'), "docx_too_complex"),
        (lambda: repeated('<v:shape href="https://a"/>'), "docx_too_complex"),
    ],
    ids=["comment", "elements", "depth", "fields", "links", "drawings"],
)
def test_what_takes_long_takes_seconds_and_not_minutes(body, code):
    """50 MiB of one thing in half a megabyte: each is a way to keep a parser busy."""
    content = packages.docx({"word/document.xml": word_part(body() + noise(600_000))})
    got, seconds, peak = cost(content)
    assert got == code
    assert seconds < 8
    assert peak < 512


def test_a_large_honest_document_takes_a_few_seconds():
    """A book of 40 MB with pictures: 9.9 MiB packed, 47 MiB unpacked."""
    chance = random.Random(3)
    letters = "etaoinshrdlucmfwypvbgkqjxz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(2000)]
    run = '<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{} </w:t></w:r>'
    paragraphs = [
        "<w:p>"
        + "".join(run.format(" ".join(chance.choices(words, k=9))) for _ in range(5))
        + "</w:p>"
        for _ in range(1000)
    ]
    book = "".join(chance.choices(paragraphs, k=40 * MIB // len(paragraphs[0])))
    picture = b"\xff\xd8\xff\xe0" + chance.randbytes(6 * MIB)
    content = with_body(
        book + complex_field(" PAGE "),
        [relation("hyperlink", "https://example.org", 7, True)],
        more=[("word/media/image1.jpeg", picture)],
    )
    code, seconds, peak = cost(content)
    assert code == "passed"
    assert seconds < 8
    assert peak < 512


# Chance -----------------------------------------------------------------------------------

SEEDS = sorted(path for path, content in FILES.items() if len(content) < 20_000)
SNIPPETS = [
    *(b"<!DOCTYPE a>", b'<w:fldChar w:fldCharType="begin"/>', b"PK\1\2", b"PK\5\6", b"PK\3\4"),
    *(b"\xff\xff\xff\xff", bytes(4), b"&#x0;", b"<a>", b"</w:p>", b"\xff\xfe", b"</"),
    *(b' encoding="utf-16"', b' TargetMode="External"', b"\\\\a\\b", b"file:///", b"%"),
]


def rebuilt(content, change):
    """Change one member of a document, so that the change gets past the archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = [(member.filename, package.read(member)) for member in package.infolist()]
    return zipped([Member(name, change(part)) for name, part in parts])


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    st.sampled_from(SEEDS),
    st.lists(
        st.tuples(st.floats(0, 1), st.one_of(st.sampled_from(SNIPPETS), st.binary(max_size=4))),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
    st.booleans(),
)
def test_nothing_but_a_refusal_comes_of_a_changed_file(path, changes, inserted, inside):
    def change(content):
        changed = bytearray(content)
        for where, snippet in changes:
            at = int(where * len(changed))
            changed[at : at if inserted else at + len(snippet)] = snippet
        return bytes(changed)

    content = FILES[path]
    if inside:
        try:
            content = rebuilt(content, change)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zipfile.zlib.error):
            content = change(content)
    else:
        content = change(content)
    with suppress(ValidationError):
        inspected(content)
