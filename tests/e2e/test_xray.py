"""X-ray in every way a page is served: the panel names who sent each file, and is right."""

import itertools
import math
import re

import pytest
from playwright.sync_api import expect

from tests.e2e import journeys
from tests.e2e.test_look import AXE
from tests.servers.cdn import pulling_cdn
from tests.servers.nginx import nginx
from tests.servers.site import site as production_site
from tests.servers.vite import development_site

SCHEMES = ("light", "dark")
WIDTHS = (390, 1280)


def panel_of(page):
    return page.get_by_role("dialog", name="X-ray")


def open_xray(page):
    """Open the panel and wait until it has looked; return it."""
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="X-ray").click()
    return looked(page)


def looked(page):
    expect(panel_of(page).get_by_role("status")).to_contain_text("files by")
    return panel_of(page)


def row_of(panel, name):
    """Return the row of the file whose number and names match; Playwright takes no slash."""
    pattern = re.compile(name.replace("/", "."))
    return panel.get_by_role("row").filter(has=panel.page.get_by_role("rowheader", name=pattern))


def told(panel, name):
    """Return what the panel tells of the file by that name, by its column."""
    row = row_of(panel, name)
    expect(row).to_have_count(1)
    return row.get_by_role("cell").evaluate_all(
        "cells => Object.fromEntries(cells.map("
        "cell => [cell.dataset.column, cell.innerText.replace(/\\s+/g, ' ').trim()]))"
    )


def servers(panel):
    """Return who served the static files, by their owners."""
    rows = panel.get_by_role("row").evaluate_all(
        "rows => rows.slice(1).map(row => Array.from(row.querySelectorAll('td strong'),"
        " strong => strong.innerText))"
    )
    found = {}
    for owner, who in rows:
        found.setdefault(owner, set()).add(who)
    return found


# --- Who has it ------------------------------------------------------------------------------


def test_charlie_sees_no_xray_and_his_browser_loads_nothing_of_it(people):
    page = people.charlie
    seen = []
    page.on("request", lambda request: seen.append(request.url))
    for path in ("/", "/prints/", "/documents/"):
        page.goto(path, wait_until="networkidle")
        expect(page.get_by_role("button", name="X-ray")).to_have_count(0)
    assert not [url for url in seen if "xray" in url]
    assert any("/frontend/main." in url for url in seen)


def test_until_it_is_opened_xray_asks_nothing(people):
    page = people.stella
    seen = []
    page.on("request", lambda request: seen.append((request.method, request.url)))
    page.goto("/", wait_until="networkidle")
    expect(page.get_by_role("button", name="X-ray")).to_be_visible()
    assert not [url for method, url in seen if method == "HEAD" or url.endswith("/xray.json")]


# --- What it tells ---------------------------------------------------------------------------


def test_on_the_collected_site_each_file_is_told_with_its_whole_way(people, request):
    """WhiteNoise in gunicorn; with --stack nginx in front of it."""
    behind_nginx = request.config.getoption("stack")
    page = people.stella
    page.goto("/")
    panel = open_xray(page)

    css = told(panel, r"catalog/css/catalog\.css")
    assert css["From"] == "catalog catalog/static/ AppDirectoriesFinder"
    assert css["Served by"] == ("nginx from its disk" if behind_nginx else "WhiteNoise in gunicorn")
    assert css["Encoding"] == "br"
    assert re.fullmatch(r"[\d.]+ k?B", css["On the wire"])
    assert css["Raw"] != css["On the wire"]
    assert css["Kept"] == "10 years never asked again"
    assert css["For"] == "public"
    header = row_of(panel, r"catalog/css/catalog\.css").get_by_role("rowheader")
    expect(header).to_contain_text(re.compile(r"catalog/css/catalog\.[0-9a-f]{12}\.css"))

    module = told(panel, r"src/main\.ts")
    assert module["From"].startswith("Vite frontend/")
    made = told(panel, r"^1 /$")
    assert made["Served by"] == (
        "Django view in gunicorn, behind nginx" if behind_nginx else "Django view in gunicorn"
    )
    assert made["Kept"] == "no Cache-Control as the browser guesses"

    assert servers(panel)["an upload"] == {"bucket" if behind_nginx else "CDN of the bucket"}
    upload = told(panel, r"prints/.*640\.avif")
    assert upload["For"] == "public"
    assert re.fullmatch(r"[\d.]+ k?B", upload["Raw"])  # told by the server: the bucket hides it
    assert upload["On the wire"] == "not told"
    assert upload["Kept"] == "1 year never asked again"


def test_the_second_visit_is_told_to_come_from_the_cache(people):
    page = people.stella
    page.goto("/prints/", wait_until="networkidle")
    page.goto("/", wait_until="networkidle")
    panel = open_xray(page)
    script = told(panel, r"src/main\.ts")
    assert script["Came"].startswith("cache")
    assert script["On the wire"] == "0 B"
    assert script["Raw"].endswith("kB")


def test_a_file_that_is_missing_is_told_with_its_status(people, guard):
    guard.expect(404, r"/static/site/gone\.0123456789ab\.svg$")
    page = people.stella
    page.goto("/")
    page.evaluate(
        "() => { const image = new Image(); image.src = '/static/site/gone.0123456789ab.svg';"
        " document.querySelector('main').append(image); }"
    )
    panel = open_xray(page)
    expect(panel.get_by_role("row", name=re.compile("gone.0123456789ab.svg"))).to_contain_text(
        "answered 404"
    )


def test_a_signed_address_is_told_with_its_end_and_without_its_signature(people, site):
    page = people.stella
    page.goto("/")
    page.evaluate(
        "() => { const image = new Image(); image.alt = ''; image.src = document"
        ".querySelector('.wordmark img').src"
        " + '?X-Amz-Date=20400229T115900Z&X-Amz-Expires=60&X-Amz-Signature=5ec2e7';"
        " document.querySelector('main').append(image); }"
    )
    panel = open_xray(page)
    signed = panel.get_by_role("row").filter(has_text="signed")
    expect(signed).to_contain_text("until Feb 29, 2040, 12:00:00")
    assert "5ec2e7" not in panel.inner_text()


def test_a_page_of_the_admin_has_it_too(people):
    page = people.stella
    page.goto("/admin/catalog/print/")
    panel = open_xray(page)
    assert "django.contrib.admin" in servers(panel)
    assert told(panel, r"/admin/jsi18n/")["Served by"].startswith("Django view")


def test_a_report_that_does_not_come_is_told_and_the_rest_is_shown(people, guard):
    guard.expect(404, r"/pipeline/xray\.json")
    page = people.stella
    page.route("**/pipeline/xray.json*", lambda route: route.fulfill(status=404))
    page.goto("/")
    panel = open_xray(page)
    expect(panel).to_contain_text("/pipeline/xray.json told nothing (it answered 404)")
    expect(panel.get_by_role("row").filter(has_text="catalog/css/catalog.")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/prints/#content", "no Cache-Control as the browser guesses"),
        ("/accounts/profile/", "never kept"),  # a view that answers no HEAD
    ],
)
def test_the_page_is_told_to_be_kept_as_its_answer_says(people, path, kept):
    page = people.stella
    page.goto(path)
    panel = open_xray(page)
    name = path.partition("#")[0]
    assert told(panel, rf"\d {name}$")["Kept"] == kept  # one row: X-ray's own question is not told


def test_the_panel_looks_again_and_does_not_list_what_it_asked_itself(people):
    page = people.stella
    page.goto("/")
    panel = open_xray(page)
    rows = panel.get_by_role("row").count()
    page.evaluate(
        "async () => { const image = new Image(); image.alt = '';"
        " image.src = '/static/site/logo.svg?again'; await image.decode(); }"
    )
    again = panel.get_by_role("button", name="Look again")
    expect(again).to_have_text("Look again")
    again.click()
    expect(panel.get_by_role("row")).to_have_count(rows + 1)


# --- The other ways a page is served ---------------------------------------------------------


@pytest.fixture
def at(browser, guard):
    """Return a function that opens a page of another site, watched like all pages."""
    opened = []

    def open_page(url, **options):
        opened.append(browser.new_context(base_url=url, **options))
        guard.watch(opened[-1])
        return opened[-1].new_page()

    yield open_page
    guard.check()
    for context in opened:
        context.close()


@pytest.fixture(scope="module")
def vite_site(site, tmp_path_factory):
    with development_site(site.settings, tmp_path_factory.mktemp("vite")) as running:
        yield running


def test_in_development_vite_and_runserver_are_told_apart(vite_site, at):
    running, vite = vite_site
    page = at(running.url)  # of nobody: in development all have X-ray
    page.goto("/")
    panel = open_xray(page)
    module = told(panel, r"\d src/main\.ts$")
    assert module["Served by"] == "Vite development server"
    assert module["From"] == "Vite not built"
    assert module["Kept"] == "kept asked each time"
    assert re.fullmatch(r"[\d.]+ k?B", module["Raw"])
    css = told(panel, r"catalog/css/catalog\.css")
    assert css["From"].startswith("catalog catalog/static/")
    assert css["Served by"] == "runserver WhiteNoise"
    assert told(panel, r"^1 /$")["Served by"] == "Django view in runserver"
    assert servers(panel)["an upload"] == {"CDN of the bucket"}
    assert vite not in panel.inner_text()


@pytest.fixture(scope="module")
def cdn_site(site):
    with (
        pulling_cdn() as cdn,
        production_site({**site.settings, "CDN_URL": cdn.url}, migrate=False) as running,
    ):
        cdn.origin = running.url
        yield running


def test_from_a_cdn_on_another_origin_sizes_and_origin_are_told(cdn_site, at, signed_in):
    page = at(cdn_site.url, storage_state=signed_in["stella"])
    page.goto("/")
    panel = open_xray(page)
    for name in (r"catalog/css/catalog\.css", r"src/main\.ts", r"src/main\.css", r"newsreader"):
        file = told(panel, name)
        assert file["Served by"] == "CDN filled by WhiteNoise", name
        assert file["Encoding"] == ("none" if name == "newsreader" else "br")
        assert re.fullmatch(r"[\d.]+ k?B", file["On the wire"])
        assert file["Kept"] == "10 years never asked again"
    assert told(panel, r"^1 /$")["Served by"] == "Django view in gunicorn"


def test_from_a_cdn_before_the_bucket_the_site_tells_how_long_a_file_is_kept(
    published_site, at, signed_in
):
    """Style sheets and drawings were cached without CORS: to ask for them again is an error."""
    page = at(published_site.url, storage_state=signed_in["stella"])
    asked = []
    page.on("request", lambda request: request.method == "HEAD" and asked.append(request.url))
    page.goto("/")
    panel = open_xray(page)
    for name in (r"catalog/css/catalog\.css", r"src/main\.ts", r"site/logo\.svg", r"newsreader"):
        file = told(panel, name)
        assert file["Served by"] == "CDN does not say by whom", name
        assert file["Kept"] == "10 years never asked again", name
        assert file["On the wire"] == "not told"
    assert told(panel, r"src/main\.ts")["Raw"].endswith("kB")
    assert [url for url in asked if not url.startswith(published_site.url)] == []


@pytest.fixture(scope="module")
def filesystem_site():
    """A site with its media in a folder."""
    with production_site() as running:
        running.run("tests.e2e.seed")
        yield running


@pytest.fixture
def stella(filesystem_site, at):
    page = at(filesystem_site.url)
    journeys.sign_in(page, "stella")
    return page


def test_media_in_a_folder_is_told_to_come_from_a_view(stella):
    stella.goto("/")
    panel = open_xray(stella)
    upload = told(panel, r"prints/.*640\.avif")
    assert upload["Served by"] == "Django view in gunicorn"
    assert upload["From"] == "an upload storage “public”"
    assert upload["Kept"] == "1 year never asked again"


@pytest.fixture(scope="module")
def nginx_site(filesystem_site, tmp_path_factory):
    with nginx(filesystem_site, tmp_path_factory.mktemp("nginx")) as url:
        yield url


def test_nginx_is_told_with_what_it_serves_and_as_the_way_to_django(stella, nginx_site):
    stella.goto(nginx_site)
    panel = open_xray(stella)
    by_owner = servers(panel)
    assert by_owner["Vite"] == by_owner["catalog"] == by_owner["an upload"] == {"nginx"}
    assert told(panel, r"^1 /$")["Served by"] == "Django view in gunicorn, behind nginx"
    css = told(panel, r"catalog/css/catalog\.css")
    assert css["Encoding"] in ("br", "gzip")
    assert css["Kept"] == "10 years never asked again"


def test_nginx_adds_no_header_to_a_page_without_xray(nginx_site, at):
    response = at(nginx_site).goto("/")
    assert "server-timing" not in response.all_headers()


# --- By keyboard, and for everyone -----------------------------------------------------------


def test_it_is_opened_read_and_closed_by_keyboard(people):
    page = people.stella
    page.goto("/", wait_until="networkidle")
    toggle = page.get_by_role("button", name="X-ray")
    toggle.focus()
    expect(toggle).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    panel = looked(page)
    expect(panel.get_by_role("heading", name="X-ray")).to_be_focused()
    page.keyboard.press("Tab")
    expect(panel.get_by_role("link", name="Whole map")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(toggle).to_be_focused()
    expect(toggle).to_have_attribute("aria-expanded", "false")


def test_at_the_largest_zoom_the_panel_has_the_whole_window(people):
    """1280 x 1024 px at 400 %: WCAG 2.2, 1.4.10."""
    small = {"width": 320, "height": 256}
    page = people.page("stella", viewport=small, reduced_motion="reduce")  # at once in its place
    page.goto("/")
    panel = open_xray(page)
    assert panel.bounding_box() == {"x": 0, "y": 0, "width": 320, "height": 256}
    panel.get_by_role("group", name="Files of this page").focus()
    row = row_of(panel, r"catalog/css/catalog\.css")
    row.evaluate("row => row.scrollIntoView()")
    assert row.bounding_box()["y"] < 10  # nothing lies on it
    assert panel.get_by_role("heading", name="X-ray").bounding_box()["y"] < 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_the_last_column_keeps_off_the_edge_of_the_window(people):
    page = people.page("stella", viewport={"width": 1280, "height": 900})
    page.goto("/")
    panel = open_xray(page)
    padding = panel.get_by_role("columnheader", name="For").evaluate(
        "cell => parseFloat(getComputedStyle(cell).paddingRight)"
    )
    assert padding >= 16


def test_a_picture_leads_to_its_row_and_the_row_to_its_picture(people):
    page = people.stella
    page.goto("/prints/")
    panel = open_xray(page)
    label = page.get_by_role("complementary", name="X-ray").get_by_role(
        "link", name=re.compile(r"^\d+ CDN of the bucket|^\d+ bucket")
    )
    number = re.match(r"\d+", label.first.inner_text())[0]
    label.first.click()
    row = panel.get_by_role("row").filter(
        has=page.get_by_role("button", name=re.compile(rf"^{number}: show this picture"))
    )
    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    row.get_by_role("button").click()
    picture = page.get_by_role("main").locator("picture img").first
    expect(picture).to_be_in_viewport()
    outlines = page.get_by_role("button", name="Outlines")
    outlines.click()
    expect(outlines).to_have_attribute("aria-pressed", "false")
    expect(label.first).to_be_hidden()


def test_it_stays_open_from_page_to_page_and_leaves_the_focus_alone(people):
    page = people.stella
    page.goto("/")
    panel = open_xray(page)
    page.goto("/prints/")
    looked(page)
    expect(page.locator("body")).to_be_focused()
    panel.get_by_role("button", name="Close").click()
    page.goto("/")
    expect(page.get_by_role("button", name="X-ray")).to_be_visible()
    expect(panel).to_be_hidden()


def test_a_row_leads_to_the_file_on_the_map(people):
    page = people.stella
    page.goto("/")
    open_xray(page).get_by_role("link", name="catalog/css/catalog.css").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The pipeline")
    expect(page.get_by_label("Search by any part of the way")).to_have_value(
        "catalog/css/catalog.css"
    )
    expect(page.get_by_role("main").get_by_role("row")).to_have_count(2)


def test_the_map_narrows_while_typing_and_without_a_script(people, scripts):
    page = people.page("stella", java_script_enabled=scripts)
    page.goto("/pipeline/")
    main = page.get_by_role("main")
    expect(main.get_by_role("row")).to_have_count(0)  # folded, by owner
    search = main.get_by_label("Search by any part of the way")
    if scripts:
        search.press_sequentially("vite fonts")
    else:
        search.fill("vite fonts")
        main.get_by_role("button", name="Show").click()
    expect(main.get_by_text(re.compile(r"^4 of \d+ files with “vite fonts”$"))).to_be_visible()
    expect(main.get_by_role("row")).to_have_count(5)
    if scripts:
        search.fill("nothing is called this")
        expect(main.get_by_role("heading", name="No file has that on its way")).to_be_visible()
        search.fill("")
        expect(main.get_by_role("row")).to_have_count(0)
    else:
        page.goto("/pipeline/")
    main.locator("summary").filter(has_text="catalog").click()
    expect(main.get_by_role("row")).to_have_count(7)


def test_an_address_pasted_into_the_search_finds_its_file(people, site):
    page = people.stella
    page.goto("/pipeline/")
    main = page.get_by_role("main")
    logo = page.locator(".wordmark img").get_attribute("src")
    search = main.get_by_label("Search by any part of the way")
    for address in (logo, f"{site.url}{logo}?v=1", f"https://cdn.example{logo}"):
        search.fill(address)
        expect(main.get_by_role("rowheader")).to_have_count(1)
        expect(main.get_by_role("rowheader")).to_contain_text("site/logo.svg")


# Lightness and two hues of the text and of each shade: in oklab equal steps look equal.
SHADES = """() => {
  const rect = document.querySelector(".plan__swatch rect");
  const oklab = (color) => {
    rect.style.color = `color-mix(in oklab, ${color}, ${color})`;
    return getComputedStyle(rect).color.match(/-?[\\d.]+(e-?\\d+)?/g).map(Number);
  };
  const shades = [0, 1, 2, 3, 4, 5].map((tint) => {
    rect.setAttribute("class", `plan__tint--${tint}`);
    return oklab(getComputedStyle(rect).fill);
  });
  return [oklab(getComputedStyle(document.body).color), shades];
}"""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_shades_of_the_owners_are_told_apart_and_read_on(people, scheme):
    page = people.page("stella", color_scheme=scheme)
    page.goto("/pipeline/")
    ink, shades = page.evaluate(SHADES)
    for one, other in itertools.combinations(shades, 2):
        assert math.dist(one, other) > 0.06, (one, other)
    for shade in shades:
        dark, light = sorted([ink[0] ** 3, shade[0] ** 3])  # a grey's luminance; these are nearly
        assert (light + 0.05) / (dark + 0.05) > 4.5


def test_the_map_is_short_on_a_phone_and_large_on_a_projector(people):
    page = people.page("stella", viewport={"width": 390, "height": 844})
    page.goto("/pipeline/")
    assert page.evaluate("document.documentElement.scrollHeight") < 8000
    page.set_viewport_size({"width": 1280, "height": 900})
    page.locator("summary").filter(has_text="catalog").click()
    sizes = page.locator(".ways:visible").evaluate(
        "table => Array.from(table.querySelectorAll('th, td, td *'),"
        " each => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert min(sizes) >= 14
    for width in (320, 390, 640, 1024, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        cells = page.locator(".ways:visible [role=cell], .ways:visible [role=rowheader]")
        assert (
            cells.evaluate_all(
                "cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth + 1)"
                ".map(cell => cell.textContent)"
            )
            == []
        )  # nothing is cut off
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


def test_a_room_of_the_plan_leads_to_its_files(people):
    page = people.stella
    page.goto("/pipeline/")
    page.get_by_role("link", name=re.compile("^Vite, fonts: ")).click()
    expect(page.get_by_role("main").get_by_role("row")).to_have_count(5)


@pytest.mark.parametrize("path", ["/", "/pipeline/", "/pipeline/?q=catalog"])
def test_axe_finds_nothing_with_the_panel_open_and_closed(people, path):
    page = people.page("stella", reduced_motion="reduce")
    page.goto(path)
    open_xray(page)
    page.evaluate(AXE.read_text())
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += objections(page, f"{width} {scheme}")
    page.keyboard.press("Escape")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += objections(page, f"{width} closed")
    assert found == [], "\n".join(found)


def axe_finds_nothing(page, where):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    page.goto(where)
    open_xray(page)
    page.evaluate(AXE.read_text())
    # axe would fetch the CDN's style sheets anew, without CORS.
    found = objections(page, where, "document, {preload: false}")
    assert found == [], "\n".join(found)


def test_axe_finds_nothing_beside_vite(vite_site, at):
    running, _vite = vite_site
    axe_finds_nothing(at(running.url), "/")


def test_axe_finds_nothing_with_a_cdn(cdn_site, at, signed_in):
    axe_finds_nothing(at(cdn_site.url, storage_state=signed_in["stella"]), "/")


def test_axe_finds_nothing_with_a_cdn_before_the_bucket(published_site, at, signed_in):
    axe_finds_nothing(at(published_site.url, storage_state=signed_in["stella"]), "/")


def test_axe_finds_nothing_behind_nginx(stella, nginx_site):
    axe_finds_nothing(stella, nginx_site)


def objections(page, where, within=""):
    result = page.evaluate(f"axe.run({within})")
    assert len(result["passes"]) > 10
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    return [
        f"{where}: {violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def test_axe_finds_nothing_in_the_panel_over_the_admin(people):
    page = people.page("stella", reduced_motion="reduce")
    page.goto("/admin/")
    open_xray(page)
    page.evaluate(AXE.read_text())
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found += objections(page, scheme, "'.xray'")
    assert found == [], "\n".join(found)
