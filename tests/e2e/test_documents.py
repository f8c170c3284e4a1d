"""A private document: its owner's, byte for byte, and nobody else's."""

import re
import urllib.parse

from playwright.sync_api import expect

from tests.e2e import files, journeys

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
