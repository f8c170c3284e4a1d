"""A private document: its owner's, byte for byte, and nobody else's."""

import re
import secrets
import urllib.parse

import pytest
from playwright.sync_api import expect

from tests.e2e import files, journeys
from tests.e2e.test_look import AXE, SCHEMES

PATH = re.compile(r"^/documents/[0-9a-f-]{36}/download/$")


def stored(page, name):
    """Return the entry of a document in the list."""
    papers = page.get_by_role("region", name="Your documents")
    return papers.get_by_role("listitem").filter(has_text=name)


def upload(page, scripts, name, body):
    page.goto("/documents/")
    journeys.upload_document(page, journeys.file(name, body, "application/pdf"), scripts)
    link = stored(page, name).get_by_role("link", name=name, exact=True)
    expect(link).to_be_visible()
    return link


def new_key(s3, before):
    (key,) = set(s3.keys(s3.private_bucket)) - set(before)
    return key


def test_a_document_goes_up_comes_back_byte_for_byte_and_goes_for_good(
    alice, people, scripts, s3, guard
):
    before = s3.keys(s3.private_bucket)
    body = files.pdf()
    link = upload(alice, scripts, "Loan agreement é.pdf", body)
    path = link.get_attribute("href")
    assert PATH.match(path)
    key = new_key(s3, before)
    assert (
        s3.client.head_object(Bucket=s3.private_bucket, Key=key)["ContentType"] == "application/pdf"
    )

    with alice.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "Loan agreement é.pdf"
    assert download.value.path().read_bytes() == body

    # The address behind the link: signed, for a minute, for this file as a download.
    signed = alice.request.get(path, max_redirects=0).headers["location"]
    parts = urllib.parse.urlsplit(signed)
    query = dict(urllib.parse.parse_qsl(parts.query))
    assert f"{parts.scheme}://{parts.netloc}" == s3.endpoint
    assert 0 < int(query["X-Amz-Expires"]) <= 60
    status, headers, received = journeys.fetch(signed)
    assert (status, received) == (200, body)
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"].startswith("attachment; filename")
    assert "filename*=UTF-8''Loan%20agreement%20%C3%A9.pdf" in headers["Content-Disposition"]
    assert journeys.fetch(signed.partition("?")[0])[0] == 403
    forged = signed.replace(query["X-Amz-Signature"], "0" * 64)
    assert journeys.fetch(forged)[0] == 403

    guard.expect(404, path)
    charlie = people.charlie
    charlie.goto(path)
    expect(charlie.get_by_role("heading", level=1)).to_be_visible()
    expect(charlie.get_by_text("Loan agreement")).to_have_count(0)

    stored(alice, "Loan agreement").get_by_role("link", name="Rename").click()
    alice.get_by_label("Name").fill("Loan 2026.html")
    journeys.press(alice, "Save the name")
    expect(
        stored(alice, "Loan 2026").get_by_role("link", name="Loan 2026.pdf", exact=True)
    ).to_be_visible()

    stored(alice, "Loan 2026").get_by_role("link", name="Delete").click()
    journeys.press(alice, "Delete")
    expect(stored(alice, "Loan 2026")).to_have_count(0)
    assert s3.keys(s3.private_bucket) == before
    assert journeys.fetch(signed)[0] == 404


def test_charlie_gets_404_for_everything_about_alices_document(people, guard):
    alice, charlie = people.alice, people.charlie
    path = upload(alice, True, "Private.pdf", files.pdf()).get_attribute("href")
    for act, status in (("download", 302), ("rename", 200), ("delete", 200)):
        address = path.replace("/download/", f"/{act}/")
        guard.expect(404, address)
        assert charlie.goto(address).status == 404
        assert alice.request.get(address, max_redirects=0).status == status


def test_a_stranger_is_asked_to_sign_in_and_then_brought_to_the_documents(new_context):
    visitor = new_context().new_page()
    visitor.goto("/documents/")
    expect(visitor).to_have_url(re.compile(r"/accounts/sign-in/\?next=/documents/"))
    visitor.get_by_label("Username").fill("bob")
    visitor.get_by_label("Password", exact=True).fill(journeys.PASSWORD)
    journeys.press(visitor, "Sign in")
    expect(visitor).to_have_url(re.compile("/documents/$"))


def test_a_page_that_calls_itself_a_pdf_is_refused_in_words(alice, scripts, s3, guard):
    guard.expect(422, "/documents/$")
    before = s3.everything()
    alice.goto("/documents/")
    fake = journeys.file("invoice.pdf", files.HTML_AS_PDF, "application/pdf")
    journeys.upload_document(alice, fake, scripts)
    expect(journeys.content(alice).get_by_text(re.compile("not a PDF"))).to_be_visible()
    assert s3.everything() == before


def test_several_documents_are_sent_one_after_another(people, s3):
    page = people.bob
    page.goto("/documents/")
    names = ["One.pdf", "Two.pdf", "Three.pdf"]
    page.get_by_label("Document", exact=True).set_input_files(
        [journeys.file(name, files.pdf(name), "application/pdf") for name in names]
    )
    for name in names:
        expect(stored(page, name)).to_be_visible()


KEEP = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from documents.models import Document
from uploads.models import Allowance

member = User.objects.get(username="{name}")
Document.objects.bulk_create(
    Document(owner=member, name=f"{{n}}.pdf", kind="pdf", size=1000000, file=f"documents/{{n}}.pdf")
    for n in range({files})
)
if {hurried}:
    full_at = timezone.now() + timedelta(hours=1)
    Allowance.objects.update_or_create(user=member, defaults={{"full_at": full_at}})
"""


@pytest.fixture
def member(new_context, site, scripts):
    """Return a function: the page of a new member who keeps files already, or is in a hurry."""

    def sign_up(files=0, hurried=False):
        page = new_context(java_script_enabled=scripts).new_page()
        name = f"dora-{secrets.token_hex(4)}"
        journeys.sign_up(page, name)
        site.manage("shell", "-c", KEEP.format(name=name, files=files, hurried=hurried))
        page.goto("/documents/")
        return page

    return sign_up


def some(number):
    return [journeys.file(f"{n}th deed.pdf", files.pdf(), "application/pdf") for n in range(number)]


def test_the_page_says_how_much_of_ones_room_is_used(member, scripts):
    page = member(files=3)
    expect(page.get_by_label("3 of 100 files")).to_have_js_property("value", 3)
    expect(page.get_by_label("2.9 of 500 MB")).to_be_visible()
    journeys.upload_document(page, some(1)[0], scripts)
    expect(page.get_by_label("4 of 100 files")).to_be_visible()


def test_a_full_drawer_says_so_and_takes_another_file_once_one_is_deleted(
    member, scripts, guard, s3
):
    page = member(files=99)
    if scripts:
        guard.expect(422, "/documents/$")
        page.get_by_label("Document", exact=True).set_input_files(some(3))
        refused = page.get_by_role("alert").filter(has_text="You keep 100 of 100 files")
        expect(refused).to_have_count(2)
    else:
        journeys.upload_document(page, some(1)[0], scripts)
    expect(page.get_by_role("heading", name="The drawer is full")).to_be_visible()
    expect(page.get_by_text("Delete one, and its place is free at once.").first).to_be_visible()
    expect(page.get_by_label("Document", exact=True)).to_be_hidden()
    expect(page.get_by_label("100 of 100 files")).to_be_visible()
    assert stored(page, "0th deed.pdf").count() == 1

    stored(page, "0th deed.pdf").get_by_role("link", name="Delete").click()
    journeys.press(page, "Delete")
    expect(page.get_by_role("heading", name="The drawer is full")).to_be_hidden()
    expect(page.get_by_label("Document", exact=True)).to_be_visible()


def test_a_form_sent_from_a_page_that_was_open_when_the_drawer_filled_is_refused_in_words(
    member, scripts, guard, s3
):
    guard.expect(422, "/documents/$")
    page = member(files=99)
    other = page.context.new_page()
    other.goto("/documents/")
    journeys.upload_document(other, some(1)[0], scripts)
    expect(other.get_by_role("heading", name="The drawer is full")).to_be_visible()
    before = s3.everything()
    journeys.upload_document(page, some(2)[1], scripts)
    expect(page.get_by_text("You keep 100 of 100 files").first).to_be_visible()
    expect(page.get_by_role("heading", name="The drawer is full")).to_be_visible()
    assert s3.everything() == before


def test_who_sends_too_fast_is_asked_to_wait_and_a_script_does_so_by_itself(member, scripts, guard):
    guard.expect(429, "/documents/$")
    page = member(hurried=True)
    journeys.upload_document(page, some(1)[0], scripts)
    if scripts:
        expect(page.get_by_text("Too many at once. Goes on by itself in 2 s.")).to_be_visible()
    else:
        expect(page.get_by_text("Wait 2 seconds")).to_be_visible()
        journeys.content(page).get_by_role("link", name="Back to the form").click()
        expect(page.get_by_label("Document", exact=True)).to_be_visible()
        page.wait_for_timeout(2000)
        journeys.upload_document(page, some(1)[0], scripts)
    expect(stored(page, "0th deed.pdf")).to_be_visible()


@pytest.mark.parametrize("scripts", [True], indirect=True)
def test_a_full_drawer_shuts_nobody_out_either(member):
    page = member(files=100)
    page.evaluate(AXE.read_text())
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("axe.run()")["violations"] == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
