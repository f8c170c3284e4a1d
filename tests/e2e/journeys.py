"""What people do on the site, in their words: controls are found by role and label."""

import re
import urllib.error
import urllib.request

from playwright.sync_api import expect

from tests.e2e.people import PASSWORD


def content(page):
    return page.get_by_role("main")


def press(page, name):
    content(page).get_by_role("button", name=name).click()


def sign_up(page, username):
    page.goto("/accounts/sign-in/")
    content(page).get_by_role("link", name="Become a member").click()
    page.get_by_label("Username").fill(username)
    page.get_by_label("Email address").fill(f"{username}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password confirmation").fill(PASSWORD)
    press(page, "Sign up")
    expect(page).to_have_url(re.compile("/accounts/profile/$"))


def sign_in(page, username, password=PASSWORD):
    page.goto("/accounts/sign-in/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    press(page, "Sign in")
    expect(account_menu(page)).to_be_visible()


def account_menu(page):
    """Return what opens the menu of the person who is signed in."""
    return page.get_by_role("banner").locator("summary")


def header_avatar(page):
    return account_menu(page).locator("img")


def avatar_field(page):
    return page.get_by_label(re.compile(r"^\s*Avatar"))


def file(name, body, kind="application/octet-stream"):
    """Return an upload for `set_input_files`; `kind` is only what the client claims."""
    return {"name": name, "mimeType": kind, "buffer": body}


def upload_document(page, upload, scripts):
    """Choose a document; with JavaScript that is all, without it the form is sent."""
    page.get_by_label("Document", exact=True).set_input_files(upload)
    if not scripts:
        press(page, "Upload")


def save_avatar(page, upload, scripts):
    """Choose a picture on the profile page and save it, cropped as proposed."""
    page.goto("/accounts/profile/")
    avatar_field(page).set_input_files(upload)
    if scripts:
        expect(crop_stage(page)).to_be_visible()
    press(page, "Save")


def crop_stage(page):
    return page.locator("[data-crop-stage]")


def fetch(url, **headers):
    """Fetch a URL as somebody without a browser; return status, headers and body."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def sign_out(page):
    account_menu(page).click()
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
