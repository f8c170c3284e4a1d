import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from documents.forms import RenameForm, UploadForm
from documents.models import Document
from tests.conftest import FILES

pytestmark = pytest.mark.django_db
LIST = "/documents/"
JSON = {"accept": "application/json"}


def test_a_document_is_stored_privately_under_a_random_key(client, alice, pdf, stored):
    client.force_login(alice)
    response = client.post(LIST, {"file": pdf}, follow=True)
    document = Document.objects.get()
    assert re.fullmatch(r"documents/\d{4}/\d\d/[0-9a-f-]{36}\.pdf", document.file.name)
    assert stored() == [f"private/{document.file.name}"]
    assert document.name == "Loan agreement.pdf"
    assert document.kind == "pdf"
    assert document.size == (FILES / "honest/two-pages.pdf").stat().st_size
    assert "Loan agreement.pdf" in response.content.decode()


def test_the_type_is_that_of_the_bytes_whatever_the_client_says(client, alice, upload):
    client.force_login(alice)
    client.post(LIST, {"file": upload("honest/biography.docx", "letter.pdf.exe", "text/html")})
    document = Document.objects.get()
    assert document.kind == "docx"
    assert document.name.endswith(".docx")
    assert document.file.name.endswith(".docx")


def test_alice_downloads_her_document_byte_for_byte(client, alice, alices_document):
    client.force_login(alice)
    response = client.get(alices_document.get_absolute_url())
    assert b"".join(response.streaming_content) == (FILES / "honest/two-pages.pdf").read_bytes()
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith('attachment; filename="Loan agreement.pdf"')
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]


def test_charlie_cannot_download_alices_document(client, charlie, alices_document):
    client.force_login(charlie)
    assert client.get(alices_document.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("action", ["rename", "delete"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_charlie_cannot_touch_alices_document(client, charlie, alices_document, action, method):
    client.force_login(charlie)
    address = reverse(f"documents:{action}", args=[alices_document.pk])
    assert getattr(client, method)(address, {"name": "mine.pdf"}).status_code == 404
    assert Document.objects.get().name == "Loan agreement.pdf"


def test_charlie_does_not_see_alices_document(client, charlie, alices_document):
    client.force_login(charlie)
    assert "Loan agreement" not in client.get(LIST).content.decode()


def test_staff_see_that_a_document_exists_and_cannot_open_it(client, stella, alices_document):
    client.force_login(stella)
    assert client.get(alices_document.get_absolute_url()).status_code == 404
    page = client.get(reverse("admin:documents_document_change", args=[alices_document.pk]))
    assert alices_document.file.name not in page.content.decode()
    assert client.get(reverse("admin:documents_document_add")).status_code == 403


@pytest.mark.parametrize("address", [LIST, None])
def test_a_visitor_is_asked_to_sign_in(client, alices_document, address):
    address = address or alices_document.get_absolute_url()
    assert client.get(address).url == f"{reverse('login')}?next={address}"


def test_no_url_of_the_public_folder_reaches_a_private_file(client, alices_document):
    for address in (
        f"/media/{alices_document.file.name}",
        f"/media/../private/{alices_document.file.name}",
        f"/media/%2e%2e/private/{alices_document.file.name}",
    ):
        assert client.get(address).status_code == 404


def test_a_document_gone_from_the_storage_is_a_404(client, alice, alices_document):
    alices_document.file.storage.delete(alices_document.file.name)
    client.force_login(alice)
    assert client.get(alices_document.get_absolute_url()).status_code == 404


def test_renaming_keeps_the_extension_of_the_bytes(client, alice, alices_document):
    client.force_login(alice)
    address = reverse("documents:rename", args=[alices_document.pk])
    assert client.get(address).status_code == 200
    client.post(address, {"name": "../Contract\u202efdp.exe"})
    alices_document.refresh_from_db()
    assert alices_document.name.endswith(".pdf")
    assert "/" not in alices_document.name
    assert "\u202e" not in alices_document.name


def test_a_name_that_is_refused_is_kept_in_the_form_and_nothing_changes(
    client, alice, alices_document
):
    client.force_login(alice)
    address = reverse("documents:rename", args=[alices_document.pk])
    response = client.post(address, {"name": ""})
    assert "name" in response.context["form"].errors
    assert response.context["document"].name == "Loan agreement.pdf"


def test_deleting_asks_first_and_removes_the_file_on_commit(
    client, alice, alices_document, stored, django_capture_on_commit_callbacks
):
    client.force_login(alice)
    address = reverse("documents:delete", args=[alices_document.pk])
    assert client.get(address).status_code == 200
    with django_capture_on_commit_callbacks() as callbacks:
        client.post(address)
    assert len(stored()) == 1
    for callback in callbacks:
        callback()
    assert stored() == []
    assert not Document.objects.exists()


def test_a_refusal_is_shown_beside_the_field_and_leaves_nothing(client, alice, stored):
    client.force_login(alice)
    page = SimpleUploadedFile("contract.pdf", b"<html><script>alert(1)</script>", "application/pdf")
    response = client.post(LIST, {"file": page})
    assert response.status_code == 422
    assert response.context["form"].errors["file"][0] in _text(response)
    assert stored() == []


def _text(response):
    from html import unescape

    return unescape(response.content.decode())


def test_a_script_gets_the_new_document_as_json(client, alice, pdf):
    client.force_login(alice)
    response = client.post(LIST, {"file": pdf}, headers=JSON)
    document = Document.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "document": {"name": "Loan agreement.pdf", "url": document.get_absolute_url()}
    }


def test_a_script_gets_refusals_as_codes_and_words(client, alice):
    client.force_login(alice)
    empty = SimpleUploadedFile("empty.pdf", b"", "application/pdf")
    response = client.post(LIST, {"file": empty}, headers=JSON)
    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert error["code"] == "file_empty"
    assert error["message"]
    assert client.post(LIST, {}, headers=JSON).json()["errors"][0]["code"] == "required"


def test_a_script_of_a_signed_out_member_is_told_so(client):
    response = client.post(LIST, headers=JSON)
    assert response.status_code == 403
    assert response.json()["errors"][0]["code"] == "signed_out"


def test_the_page_says_what_is_used_and_of_how_much(client, alice, alices_document):
    client.force_login(alice)
    page = client.get(LIST).content.decode()
    assert "1 of 100 files" in page
    assert "0.1 of 500 MB" in page
    assert '<meter id="usage-1" max="100" value="1">' in page
    assert "The drawer is full" in re.search(r"data-full hidden>.*?</div>", page, re.DOTALL)[0]


def test_a_file_for_which_there_is_no_room_is_refused_beside_the_field(
    client, alice, pdf, settings, stored
):
    settings.QUOTA_BYTES = 500  # not full, and less than this file
    client.force_login(alice)
    response = client.post(LIST, {"file": pdf})
    assert response.status_code == 422
    [refusal] = response.context["form"].errors.as_data()["file"]
    assert refusal.code == "quota_bytes"
    assert response.context["form"].errors["file"][0] in _text(response)
    assert "<title>Error: " in _text(response)
    pdf.seek(0)
    answer = client.post(LIST, {"file": pdf}, headers=JSON)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "quota_bytes")
    assert stored() == []


def test_in_a_full_drawer_words_take_the_place_of_the_form(client, alice, settings, pdf):
    settings.QUOTA_FILES = 1
    client.force_login(alice)
    assert client.post(LIST, {"file": pdf}).status_code == 302
    page = client.get(LIST).content.decode()
    assert "You keep 1 of 1 files" in page
    assert "data-open hidden" in page
    assert "data-full hidden" not in page
    pdf.seek(0)
    response = client.post(LIST, {"file": pdf})
    assert response.status_code == 422
    assert "<title>Error: " in _text(response)
    assert "You keep 1 of 1 files" in _text(response)


def test_three_hundred_documents_come_in_pages(client, alice, django_assert_max_num_queries):
    Document.objects.bulk_create(
        Document(owner=alice, name=f"Paper {n}.pdf", kind="pdf", size=1, file=f"documents/{n}.pdf")
        for n in range(300)
    )
    client.force_login(alice)
    with django_assert_max_num_queries(5):  # the count is the quota's
        page = client.get(LIST, {"page": "2"}).context["page"]
    assert (len(page), page.paginator.num_pages) == (50, 6)
    assert client.get(LIST, {"page": "none"}).context["page"].number == 1
    assert str(page[0]).startswith("Paper")


def test_a_large_upload_waits_in_a_file_without_a_name(client, alice, tmp_path, settings):
    """With a name, a process that is killed would leave a private document behind for ever."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    client.force_login(alice)
    seen = []
    original = UploadForm.save

    def save(form, owner_id):
        upload = form.cleaned_data["file"]
        seen.append(
            (upload.size, sorted(tmp_path.iterdir()), hasattr(upload, "temporary_file_path"))
        )
        return original(form, owner_id)

    content = (FILES / "honest/two-pages.pdf").read_bytes() + b"\n" * 3_000_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UploadForm, "save", save)
        sent = SimpleUploadedFile("Deed.pdf", content)
        assert client.post(LIST, {"file": sent}).status_code == 302
    assert seen == [(len(content), [], False)]
    with Document.objects.get().file.open() as stored:
        assert stored.read() == content


def test_a_document_deleted_while_it_is_renamed_is_not_found(client, alices_document, alice):
    client.force_login(alice)

    def deleted_meanwhile(form):
        Document.objects.all().delete()
        return "New.pdf"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RenameForm, "clean_name", deleted_meanwhile)
        path = reverse("documents:rename", args=[alices_document.pk])
        assert client.post(path, {"name": "New.pdf"}).status_code == 404


def test_a_large_upload_with_an_endless_extension_is_no_server_error(client, alice):
    """Django names its temporary file after the client's extension: OSError, file name too long."""
    client.force_login(alice)
    large = SimpleUploadedFile("x", b"%PDF-" + b"x" * 3_000_000)
    large.name = "test." + "e" * 250
    assert client.post(LIST, {"file": large}).status_code == 422
