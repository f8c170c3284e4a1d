"""Staff hang a print."""

import re

from playwright.sync_api import expect

from tests.e2e import files, journeys


def test_stella_hangs_a_print_after_seeing_it(people, scripts, s3):
    page = people.page("stella", java_script_enabled=scripts)
    title = f"A field of poppies {'with' if scripts else 'without'} script"
    page.goto("/admin/catalog/print/add/")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Artist").fill("Ada Hiroshige")
    page.get_by_label("Year").fill("1899")
    page.get_by_label("Category").first.select_option("Woodcut")
    scan = journeys.file("scan.png", files.picture(files.RED, 900, 700), "image/png")
    page.locator("[name=picture]").set_input_files(scan)
    if scripts:
        preview = page.locator("[data-picture-preview] img")
        expect(preview).to_be_visible()
        expect(preview).to_have_js_property("naturalWidth", 900)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(re.compile("added successfully"))).to_be_visible()

    page.goto("/prints/")
    page.get_by_role("link", name=re.compile(title)).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    shown = journeys.content(page).locator("picture img").first
    expect(shown).to_have_js_property("complete", True)
    address = shown.evaluate("image => image.currentSrc")
    assert address.startswith(f"{s3.public_url}/prints/")
    assert address.endswith(".avif")


def test_a_scan_that_would_fill_the_memory_is_refused_in_words(people, s3):
    before = s3.everything()
    page = people.stella
    page.goto("/admin/catalog/print/add/")
    page.get_by_label("Title").fill("A bomb")
    page.get_by_label("Artist").fill("Nobody")
    page.get_by_label("Year").fill("2020")
    page.get_by_label("Category").first.select_option("Woodcut")
    bomb = journeys.file("scan.png", files.png_bomb(), "image/png")
    page.locator("[name=picture]").set_input_files(bomb)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(re.compile("megapixels")).first).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("A bomb")
    assert s3.everything() == before
