"""From a phone to the header of every page."""

import io
import re
import secrets

from PIL import Image
from playwright.sync_api import expect

from tests.e2e import files, journeys

# Well inside each corner, and so near the middle that a crop beside it would show.
CORNER_POINTS = {
    "top left": [(0.3, 0.3), (0.44, 0.44)],
    "top right": [(0.7, 0.3), (0.56, 0.44)],
    "bottom left": [(0.3, 0.7), (0.44, 0.56)],
    "bottom right": [(0.7, 0.7), (0.56, 0.56)],
}


def photo(**options):
    return journeys.file("IMG_4711.JPG", files.phone_photo(**options), "image/jpeg")


def colour_at(image, point):
    width, height = image.size
    return image.convert("RGB").getpixel((int(point[0] * width), int(point[1] * height)))


def is_close(colour, wanted):
    return all(abs(a - b) < 30 for a, b in zip(colour, wanted, strict=True))


def shows_the_middle(image):
    """The four corners of the photo, upright, meet in the middle of the picture."""
    return all(
        is_close(colour_at(image, point), files.CORNERS[corner])
        for corner, points in CORNER_POINTS.items()
        for point in points
    )


def seen(avatar):
    """Return the avatar as the browser has painted it."""
    avatar.evaluate("image => image.decode()")
    # The page before may still be fading out.
    avatar.evaluate("() => Promise.all(document.getAnimations().map(({finished}) => finished))")
    return Image.open(io.BytesIO(avatar.screenshot()))


def test_a_phone_photo_becomes_an_upright_avatar_without_its_secrets(visitor, scripts, s3):
    journeys.sign_up(visitor, f"dora-{secrets.token_hex(4)}")
    before = s3.everything()
    journeys.save_avatar(visitor, photo(), scripts)
    expect(visitor.get_by_text("Your profile is saved.")).to_be_visible()

    avatar = journeys.header_avatar(visitor)
    expect(avatar).to_have_attribute("src", re.compile(f"^{re.escape(s3.public_url)}/avatars/"))
    assert shows_the_middle(seen(avatar))
    status, headers, body = journeys.fetch(avatar.get_attribute("src"))
    assert status == 200
    assert headers["Content-Type"] == "image/webp"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    stored = Image.open(io.BytesIO(body))
    assert (stored.format, stored.size) == ("WEBP", (512, 512))
    assert shows_the_middle(stored)
    assert not stored.getexif()
    assert {"exif", "xmp", "icc_profile", "comment"}.isdisjoint(stored.info)
    assert [secret for secret in files.SECRETS if secret in body] == []
    # Nothing but the redrawn picture was kept, and nothing of it in private.
    assert len(s3.keys(s3.public_bucket)) == len(before[s3.public_bucket]) + 1
    assert s3.keys(s3.private_bucket) == before[s3.private_bucket]


def test_a_replaced_and_a_removed_avatar_leave_nothing_behind(alice, scripts, s3):
    before = s3.keys(s3.public_bucket)
    journeys.save_avatar(alice, photo(), scripts)
    first = journeys.header_avatar(alice).get_attribute("src")
    journeys.save_avatar(alice, photo(width=700, height=700), scripts)
    second = journeys.header_avatar(alice).get_attribute("src")
    assert first != second
    assert journeys.fetch(first)[0] == 404
    assert journeys.fetch(second)[0] == 200

    alice.get_by_label("Remove").check()
    journeys.press(alice, "Save")
    expect(journeys.header_avatar(alice)).to_have_attribute("src", re.compile("^/static/"))
    assert s3.keys(s3.public_bucket) == before


def test_the_crop_that_was_chosen_is_the_avatar_that_is_shown(people):
    page = people.bob
    page.goto("/accounts/profile/")
    journeys.avatar_field(page).set_input_files(photo())
    stage = journeys.crop_stage(page)
    expect(stage).to_be_visible()
    stage.focus()
    for key in ["+"] * 8 + ["ArrowLeft"] * 60 + ["ArrowUp"] * 60:
        page.keyboard.press(key)  # close up, then as far to the bottom right as it goes
    journeys.press(page, "Save")
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    painted = seen(journeys.header_avatar(page))
    for point, _ in CORNER_POINTS.values():
        assert is_close(colour_at(painted, point), files.CORNERS["bottom right"])


def test_the_crop_proposed_is_the_middle_where_motion_is_unwelcome_too(people):
    page = people.page("bob", reduced_motion="reduce")
    journeys.save_avatar(page, photo(), scripts=True)
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    assert shows_the_middle(seen(journeys.header_avatar(page)))


def test_a_picture_that_would_fill_the_memory_is_refused_in_words(alice, scripts, s3):
    before = s3.everything()
    alice.goto("/accounts/profile/")
    alice.get_by_label("Display name").fill("Alice in words")
    bomb = journeys.file("holiday.png", files.png_bomb(), "image/png")
    journeys.avatar_field(alice).set_input_files(bomb)
    journeys.press(alice, "Save")
    field = journeys.avatar_field(alice)
    expect(field).to_have_accessible_description(re.compile("megapixels", re.IGNORECASE))
    expect(alice.get_by_label("Display name")).to_have_value("Alice in words")
    assert s3.everything() == before
