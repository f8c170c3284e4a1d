"""Members come, go, and find their way back."""

import re
import secrets

from playwright.sync_api import expect

from tests.e2e import journeys

NEW_PASSWORD = "another wall of warm paper"


def test_a_new_member_signs_up_changes_the_password_and_comes_back_with_it(visitor):
    name = f"dora-{secrets.token_hex(4)}"
    journeys.sign_up(visitor, name)
    journeys.account_menu(visitor).click()
    visitor.get_by_role("link", name="Change password").click()
    visitor.get_by_label("Old password").fill(journeys.PASSWORD)
    fill_new_password(visitor)
    expect(visitor).to_have_url(re.compile("/done/$"))
    journeys.sign_out(visitor)
    journeys.sign_in(visitor, name, NEW_PASSWORD)
    visitor.goto(f"/people/{name}/")
    expect(visitor.get_by_role("heading", level=1)).to_have_text(name)


def fill_new_password(page):
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password confirmation").fill(NEW_PASSWORD)
    journeys.content(page).get_by_role("button").click()


def test_signing_in_needs_no_mouse(new_context):
    page = new_context().new_page()
    page.goto("/")
    press_until(page, "Tab", page.get_by_role("banner").get_by_role("link", name="Sign in"))
    page.keyboard.press("Enter")
    press_until(page, "Tab", page.get_by_label("Username"))
    page.keyboard.type("bob")
    press_until(page, "Tab", page.get_by_label("Password", exact=True))
    page.keyboard.type(journeys.PASSWORD)
    page.keyboard.press("Enter")
    expect(journeys.account_menu(page)).to_be_visible()


def press_until(page, key, wanted, presses=30):
    """Press a key until the wanted element has the focus, and see that this shows."""
    expect(wanted).to_be_visible()
    for _ in range(presses):
        if wanted.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press(key)
    expect(wanted).to_be_focused()
    outline = wanted.evaluate("element => getComputedStyle(element).outlineStyle")
    assert outline != "none", "the focus does not show"


def test_the_first_stop_of_the_keyboard_skips_to_the_content(new_context):
    page = new_context().new_page()
    page.goto("/prints/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_wrong_password_is_said_in_words_and_the_name_is_kept(new_context):
    visitor = new_context().new_page()
    visitor.goto("/accounts/sign-in/")
    visitor.get_by_label("Username").fill("bob")
    visitor.get_by_label("Password", exact=True).fill("not the password")
    journeys.press(visitor, "Sign in")
    expect(visitor.get_by_text(re.compile("correct username and password"))).to_be_visible()
    expect(visitor.get_by_label("Username")).to_have_value("bob")


def test_a_lost_password_is_replaced_by_mail(visitor, site):
    name = f"dora-{secrets.token_hex(4)}"
    journeys.sign_up(visitor, name)
    journeys.sign_out(visitor)
    visitor.goto("/accounts/sign-in/")
    journeys.content(visitor).get_by_role("link", name=re.compile("password")).click()
    visitor.get_by_label("Email").fill(f"{name}@example.org")
    journeys.content(visitor).get_by_role("button").click()
    expect(visitor).to_have_url(re.compile("/sent/$"))

    mail = site.mail_to(f"{name}@example.org")
    visitor.goto(re.search(rf"{site.url}/accounts/password/reset/\S+", mail)[0])
    fill_new_password(visitor)
    expect(visitor).to_have_url(re.compile("/complete/$"))
    journeys.sign_in(visitor, name, NEW_PASSWORD)
