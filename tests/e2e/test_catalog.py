"""A stroll along the wall: nothing to sign, nothing to fill in but a word or two."""

from playwright.sync_api import expect

from tests.e2e import journeys

PAGE = 24


def hanging(page):
    return journeys.content(page).locator("[data-piece]")


def test_a_visitor_strolls_along_the_wall_finds_a_print_and_goes_to_the_next(visitor, scripts):
    visitor.goto("/")
    visitor.get_by_role("banner").get_by_role("link", name="Prints").click()
    expect(hanging(visitor)).to_have_count(PAGE)
    newest = hanging(visitor).first.inner_text()
    visitor.get_by_role("link", name="Older prints").click()
    expect(hanging(visitor).last).to_contain_text("Study 1")
    visitor.get_by_role("link", name="Newer prints").click()
    expect(hanging(visitor)).to_have_count(PAGE)
    assert hanging(visitor).first.inner_text() == newest

    visitor.get_by_role("link", name="Etching").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Etching")
    visitor.get_by_role("searchbox").fill("hiroshige 29")
    journeys.press(visitor, "Search")
    expect(hanging(visitor)).to_have_count(1)
    hanging(visitor).click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Study 29")
    if scripts:
        visitor.keyboard.press("ArrowLeft")
    else:
        visitor.get_by_role("link", name="Newer").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Study 30")
    # And out of the catalog, where no print is carried along.
    visitor.get_by_role("banner").get_by_role("link", name="Sign in").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_search_that_finds_nothing_says_so_and_keeps_the_words(visitor):
    visitor.goto("/prints/")
    visitor.get_by_role("searchbox").fill("nothing is called this")
    journeys.press(visitor, "Search")
    expect(visitor.get_by_role("heading", name="nothing is called this")).to_be_visible()
    expect(visitor.get_by_role("searchbox")).to_have_value("nothing is called this")
    visitor.get_by_role("link", name="Show all prints").click()
    expect(hanging(visitor)).to_have_count(PAGE)
