"""Shoot every page of the site with its demo data: `python -m tests.e2e.screenshots OUTDIR`.

One PNG for each page, width and scheme, such as `home-390-dark.png`; `--only home,detail`
shoots these pages alone. The site is the collected one: run `./dev build` first.
"""

import argparse
import re
import sys
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect, sync_playwright

from tests.e2e import files, journeys
from tests.e2e.conftest import chromium
from tests.servers.child import ServerError
from tests.servers.site import site

WIDTHS = {390: 844, 1280: 900}
SCHEMES = ("light", "dark")
MEMBER, STAFF = "alice", "stella"


def choose_a_photo(page):
    photo = journeys.file("IMG_4711.JPG", files.phone_photo(), "image/jpeg")
    journeys.avatar_field(page).set_input_files(photo)
    expect(journeys.crop_stage(page)).to_be_visible()


def refuse_a_document(page):
    fake = journeys.file("invoice.pdf", files.HTML_AS_PDF, "application/pdf")
    journeys.upload_document(page, fake, scripts=True)
    expect(page.get_by_role("alert")).to_be_visible()


def open_menu(page):
    journeys.account_menu(page).click()


def follow(name):
    """Return an act that follows the first link of that name in the content."""
    return lambda page: journeys.content(page).get_by_role("link", name=name).first.click()


def send_empty(name):
    """Return an act that sends a form as it is, past the browser's own checks."""

    def act(page):
        form = journeys.content(page).locator("form").first
        form.evaluate("form => { form.noValidate = true; }")
        journeys.press(page, name)
        page.wait_for_load_state()

    return act


def open_xray(page):
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="X-ray").click()
    expect(page.get_by_role("dialog", name="X-ray").get_by_role("status")).to_contain_text("files")


def forget_cookies(page):
    page.context.clear_cookies()
    page.get_by_label("Username").fill("bob")
    page.get_by_label("Password", exact=True).fill("a password")
    journeys.press(page, "Sign in")


# name: (who looks, where, what they do there)
PAGES = {
    "home": (None, "/", None),
    "list": (None, "/prints/", None),
    "list-nothing-found": (None, "/prints/?q=nothing-is-called-this", None),
    "detail": (None, "/prints/", lambda page: page.locator("[data-piece]").first.click()),
    "profile": (None, f"/people/{MEMBER}/", None),
    "sign-in": (None, "/accounts/sign-in/", None),
    "sign-up": (None, "/accounts/sign-up/", None),
    "sign-up-refused": (None, "/accounts/sign-up/", send_empty("Sign up")),
    "password-reset": (None, "/accounts/password/reset/", None),
    "error-404": (None, "/no-such-page/", None),
    "error-403-csrf": (None, "/accounts/sign-in/", forget_cookies),
    "menu": (MEMBER, "/", open_menu),
    "profile-edit": (MEMBER, "/accounts/profile/", None),
    "profile-crop": (MEMBER, "/accounts/profile/", choose_a_photo),
    "documents": (MEMBER, "/documents/", None),
    "documents-refused": (MEMBER, "/documents/", refuse_a_document),
    "document-rename": (MEMBER, "/documents/", follow(re.compile("^Rename"))),
    "document-delete": (MEMBER, "/documents/", follow(re.compile("^Delete"))),
    "password-change": (MEMBER, "/accounts/password/", None),
    "xray": (STAFF, "/", open_xray),
    "pipeline": (STAFF, "/pipeline/", None),
    "admin": (STAFF, "/admin/", None),
    "admin-prints": (STAFF, "/admin/catalog/print/", None),
    "admin-print": (
        STAFF,
        "/admin/catalog/print/",
        lambda page: page.locator("#result_list tbody a").first.click(),
    ),
}


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.e2e.screenshots", description="Shoot every page of the site."
    )
    parser.add_argument("outdir", type=Path, help="the PNGs go here")
    parser.add_argument("--only", default=",".join(PAGES), help="names of pages, with commas")
    arguments = parser.parse_args()
    wanted = arguments.only.split(",")
    if unknown := set(wanted) - set(PAGES):
        parser.error(
            f"no page is called {', '.join(sorted(unknown))}; there are {', '.join(PAGES)}"
        )
    try:
        arguments.outdir.mkdir(parents=True, exist_ok=True)
        with site() as running, sync_playwright() as playwright:
            print("Seeding the demo data…", flush=True)
            # Demo members have a password under DEBUG only.
            said = running.manage("seed_demo", DEBUG="true")
            password = re.search(rf"{MEMBER} / (\S+)", said)[1]
            browser = playwright.chromium.launch(**chromium())
            try:
                shoot(browser, running.url, password, arguments.outdir, wanted)
            except PlaywrightError as error:
                sys.exit(f"{error}\n\nThe site said:\n{running.said_since()}")
            finally:
                browser.close()
    except (OSError, ServerError) as error:
        sys.exit(str(error))


def shoot(browser, url, password, outdir, wanted):
    people = {None: None}
    for name in (MEMBER, STAFF):
        context = browser.new_context(base_url=url)
        journeys.sign_in(context.new_page(), name, password)
        people[name] = context.storage_state()
        context.close()
    for width, height in WIDTHS.items():
        for scheme in SCHEMES:
            for name in wanted:
                who, path, act = PAGES[name]
                context = browser.new_context(
                    base_url=url,
                    storage_state=people[who],
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    reduced_motion="reduce",
                )
                page = context.new_page()
                page.goto(path)
                if act:
                    act(page)
                load_lazy_pictures(page)
                target = outdir / f"{name}-{width}-{scheme}.png"
                page.screenshot(path=target, full_page=True)
                print(target, flush=True)
                context.close()


def load_lazy_pictures(page):
    """Bring every picture near once, then go back to the top."""
    page.wait_for_load_state("networkidle")
    for picture in page.locator("img[loading=lazy]").all():
        if picture.is_visible():
            picture.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 0)")


if __name__ == "__main__":
    main()
