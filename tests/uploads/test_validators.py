"""The door: every file of tests/files/ goes through it, and each refusal has its code."""

import tempfile
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

from tests.files import make, packages, pdfs, pictures
from uploads import sniffing
from uploads.validators import (
    AVATAR_MAX_BYTES,
    DOCUMENT_MAX_BYTES,
    PICTURE_MAX_BYTES,
    validate_avatar,
    validate_document,
    validate_picture,
)

FILES = Path(make.__file__).parent
DOCUMENTS = (".pdf", ".docx")
ONLY_AS_PICTURE = {"honest/50-megapixels.png"}  # more than an avatar may have

HOSTILE = make.codes()
HONEST = sorted(f"honest/{path.name}" for path in (FILES / "honest").iterdir())
HONEST_DOCUMENTS = [name for name in HONEST if name.endswith(DOCUMENTS)]
HONEST_PICTURES = [name for name in HONEST if not name.endswith(DOCUMENTS)]

# Pillow warns of what is odd in an honest file; it does not make the file a bad one.
may_warn = pytest.mark.filterwarnings("ignore::UserWarning")


def refusal(validator, upload):
    """Return the one refusal, and check on the way that the file came back as it was given."""
    with pytest.raises(ValidationError) as caught:
        validator(upload)
    assert upload.tell() == 0
    assert not upload.closed
    assert len(caught.value.messages) == 1
    return caught.value


def test_the_folder_holds_exactly_what_its_script_makes():
    made = make.everything()
    found = {
        f"{path.parent.name}/{path.name}": path.read_bytes()
        for folder in ("honest", "hostile")
        for path in (FILES / folder).iterdir()
    }
    assert found == made


def test_every_hostile_file_has_a_code():
    assert sorted(name for name, _ in HOSTILE) == sorted(
        path.name for path in (FILES / "hostile").iterdir()
    )


@may_warn
@pytest.mark.parametrize("name", HONEST_PICTURES)
def test_honest_pictures_pass(upload, name):
    file = upload(name)
    picture = validate_picture(file)
    assert {rendition.content_type for rendition in picture.renditions} == {
        "image/avif",
        "image/webp",
    }
    assert file.tell() == 0
    assert not file.closed


@may_warn
@pytest.mark.parametrize("name", sorted(set(HONEST_PICTURES) - ONLY_AS_PICTURE))
def test_honest_pictures_pass_as_avatars(upload, name):
    file = upload(name)
    avatar = validate_avatar(file)
    assert avatar.width == avatar.height <= 512
    assert (avatar.content_type, avatar.extension) == ("image/webp", ".webp")
    assert file.tell() == 0
    assert not file.closed


@pytest.mark.parametrize("name", HONEST_DOCUMENTS)
def test_honest_documents_pass(upload, name):
    file = upload(name)
    document = validate_document(file)
    assert document.extension == Path(name).suffix
    assert document.kind == document.extension[1:]
    assert document.size == file.size
    assert file.tell() == 0
    assert not file.closed


@pytest.mark.parametrize(("name", "code"), HOSTILE)
def test_hostile_files_are_refused_by_code(upload, name, code):
    validator = validate_document if name.endswith(DOCUMENTS) else validate_picture
    assert refusal(validator, upload(f"hostile/{name}")).code == code


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, code in HOSTILE
        if not name.endswith(DOCUMENTS) and code != "image_too_tall"  # its middle is an avatar
    ],
)
def test_no_hostile_file_becomes_an_avatar(upload, name):
    assert refusal(validate_avatar, upload(f"hostile/{name}")).code in {
        "file_empty",
        "file_kind_refused",
        "image_too_many_pixels",
        "image_too_many_scans",
        "image_rare",
        "image_damaged",
    }


@pytest.mark.parametrize(
    ("validator", "name"),
    [
        (validate_avatar, "honest/two-pages.pdf"),
        (validate_picture, "honest/biography.docx"),
        (validate_document, "honest/plain.png"),
    ],
)
def test_an_honest_file_in_the_wrong_place_is_refused(upload, validator, name):
    assert refusal(validator, upload(name)).code == "file_kind_refused"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("page.html.jpg", "This is an HTML page, not a JPEG, PNG, WebP or GIF picture."),
        ("drawing.svg", "This is an SVG drawing,"),
        ("picture.heic", "This is an HEIC picture,"),
        ("picture.avif", "This is an AVIF picture,"),
        ("picture.bmp", "This is a BMP picture,"),
        ("picture.tiff", "This is a TIFF picture"),
        ("picture.ico", "This is an icon file,"),
        ("letter.doc", "This is a legacy or password-protected Office file,"),
        ("letter.txt", "This is a plain text file,"),
        ("nothing-known.bin", "This is a file of a kind we do not know,"),
    ],
)
def test_a_refusal_calls_the_file_by_its_name(upload, name, words):
    assert refusal(validate_picture, upload(f"hostile/{name}")).messages[0].startswith(words)


def test_legacy_office_files_are_named_and_told_the_way_out(upload):
    error = refusal(validate_document, upload("hostile/letter.doc"))
    assert error.code == "document_legacy_office"
    assert "save it as .docx without a password" in error.messages[0]
    locked = packages.compound({"EncryptionInfo": b"x", "EncryptedPackage": bytes(5000)})
    assert refusal(validate_document, ContentFile(locked, name="a.docx")).code == "docx_encrypted"


@pytest.mark.parametrize(
    ("validator", "limit"),
    [
        (validate_avatar, AVATAR_MAX_BYTES),
        (validate_picture, PICTURE_MAX_BYTES),
        (validate_document, DOCUMENT_MAX_BYTES),
    ],
)
def test_one_byte_over_the_limit_is_too_large(validator, limit):
    content = pdfs.pdf() if validator is validate_document else pictures.marked_png()
    at_the_limit = ContentFile(content.ljust(limit, b"\n"), name="file")
    assert validator(at_the_limit)
    over = ContentFile(content.ljust(limit + 1, b"\n"), name="file")
    assert refusal(validator, over).code == "file_too_large"


def test_the_size_is_counted_and_not_believed():
    upload = SimpleUploadedFile("a.png", b"")
    upload.size = 1000
    assert refusal(validate_avatar, upload).code == "file_empty"
    upload = SimpleUploadedFile("a.png", b"x" * (AVATAR_MAX_BYTES + 1))
    upload.size = 1
    assert refusal(validate_avatar, upload).code == "file_too_large"


def test_name_and_type_of_the_client_decide_nothing(upload):
    assert validate_avatar(upload("honest/plain.png", "a.exe", "text/html")).width == 80
    document = validate_document(upload("honest/two-pages.pdf", "page.html", "text/html"))
    assert document.content_type == "application/pdf"
    assert document.name == "page.pdf"
    document = validate_document(upload("honest/biography.docx", "a.pdf", "application/pdf"))
    assert document.content_type.endswith("wordprocessingml.document")
    assert document.name == "a.docx"


def test_a_file_without_a_name_gets_one():
    assert validate_document(ContentFile(pdfs.pdf())).name == "document.pdf"


def test_a_validator_reads_from_the_first_byte_wherever_the_file_stands(upload):
    file = upload("honest/two-pages.pdf")
    file.seek(100)
    assert validate_document(file).kind == "pdf"
    assert file.tell() == 0


@pytest.mark.parametrize("name", ["honest/phone.jpg", "honest/two-pages.pdf", "honest/strict.docx"])
def test_any_kind_of_django_file_will_do(name):
    validator = validate_picture if name.endswith("jpg") else validate_document
    content = (FILES / name).read_bytes()
    with (
        (FILES / name).open("rb") as on_disk,
        tempfile.SpooledTemporaryFile() as spooled,
        TemporaryUploadedFile("a", "text/html", len(content), None) as temporary,
    ):
        spooled.write(content)
        temporary.write(content)
        for file in (File(on_disk), File(spooled), temporary, ContentFile(content)):
            assert validator(file)
            assert file.tell() == 0
            assert file.read() == content


def test_a_100_megapixel_png_of_12_kb_is_refused_without_decoding(upload, monkeypatch):
    bomb = upload("hostile/100-megapixels.png")
    assert bomb.size < 13_000
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", None)
    assert refusal(validate_picture, bomb).code == "image_too_many_pixels"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "unknown"),
        (b"BM are the first letters of this text", "text"),
        (b"RIFF\0\0\0\0what", "unknown"),
        (b"RIFF\0\0\0\0AVI LIST", "video"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0avifmif1", "heic"),
        (b"\0\0\0\x18ftypxxxx\0\0\0\0avifmif1", "avif"),
        (b"\xff\xff\xff\xffftypqt  ", "video"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\0" * 257 + b"ustar", "gzip"),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">', "html"),
        (b"<svg:svg xmlns:svg='http://www.w3.org/2000/svg'>", "svg"),
        (b"<p>A paragraph", "html"),
        (b"<poem>A paragraph", "text"),
        (b"<?= 1 ?>", "php"),
        ("\ufeff<html>".encode("utf-16-le"), "html"),
    ],
)
def test_the_first_bytes_tell_what_a_file_is(head, kind):
    assert sniffing.sniff(head) == kind
    assert sniffing.NAMES[kind]


def test_every_kind_has_a_name():
    kinds = {kind for *_, kind in sniffing.SIGNATURES}
    kinds |= {*sniffing.RIFF_TYPES.values(), *sniffing.BRANDS.values()}
    assert kinds <= set(sniffing.NAMES)


def test_a_head_full_of_comments_is_read_in_one_pass():
    assert sniffing.sniff(b"<!---->" * 206 + b"<nothing") == "text"
    assert sniffing.sniff(b" " * 1444 + b"<") == "text"
