"""What holds on every page, in both schemes and at every width: the measurable part of the look."""

import io

import pytest
from PIL import Image

from tests.servers.child import PROJECT

AXE = PROJECT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FOR_EVERYONE = (
    "/",
    "/prints/",
    "/prints/?q=nothing-is-called-this",
    "/prints/?category=etching",
    "/prints/study-30/",
    "/prints/study-1/",
    "/people/alice/",
    "/accounts/sign-in/",
    "/accounts/sign-up/",
    "/accounts/password/reset/",
    "/accounts/password/reset/sent/",
    "/accounts/password/reset/complete/",
    "/no-such-page/",
)
FOR_MEMBERS = ("/accounts/profile/", "/documents/", "/accounts/password/")
SCHEMES = ("light", "dark")
JUMPS = """
addEventListener("DOMContentLoaded", () => {
  window.jumps = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.jumps += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
});
"""


@pytest.fixture
def all_pages(people, guard):
    """Yield (path, page) for every page of the site, each visited by who may see it."""
    guard.expect(404, "/no-such-page/$")

    def visit(**options):
        stranger = people.new_context(**options).new_page()
        for path in FOR_EVERYONE:
            stranger.goto(path)
            yield path, stranger
        member = people.page("charlie", **options)
        for path in FOR_MEMBERS:
            member.goto(path)
            yield path, member

    return visit


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_shuts_anyone_out(all_pages, scheme):
    """axe-core finds nothing: names, roles, contrast, headings, landmarks."""
    axe = AXE.read_text()
    found = []
    for path, page in all_pages(color_scheme=scheme, reduced_motion="reduce"):
        page.evaluate(axe)
        result = page.evaluate("axe.run({ resultTypes: ['violations'] })")
        found += [
            f"{path}: {violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_scrolls_sideways_on_the_narrowest_phone(all_pages, scheme):
    wide = []
    for path, page in all_pages(color_scheme=scheme, viewport={"width": 320, "height": 640}):
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide.append(f"{path} is {width} px wide")
    assert not wide, "\n".join(wide)


@pytest.mark.parametrize(("scheme", "brightness"), [("light", 220), ("dark", 30)])
def test_the_wall_follows_the_scheme_of_the_system(new_context, scheme, brightness):
    page = new_context(color_scheme=scheme).new_page()
    page.goto("/accounts/sign-in/")
    corner = page.screenshot(clip={"x": 0, "y": 300, "width": 4, "height": 4})
    seen = Image.open(io.BytesIO(corner)).convert("L").getpixel((0, 0))
    assert abs(seen - brightness) < 30


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", ["/", "/prints/", "/prints/study-30/"])
def test_nothing_jumps_while_a_page_loads(new_context, path, width):
    page = new_context(viewport={"width": width, "height": 800}).new_page()
    page.add_init_script(JUMPS)
    page.goto(path, wait_until="networkidle")
    # Lazy pictures load as they come near; they must have their place by then.
    page.mouse.wheel(0, 10_000)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.jumps") == 0


def test_the_first_picture_is_eager_and_the_others_wait(new_context):
    page = new_context().new_page()
    page.goto("/")
    pictures = (
        page.get_by_role("main")
        .locator("picture img")
        .evaluate_all(
            "all => all.map(image => ({ loading: image.loading, priority: image.fetchPriority,"
            " width: image.getAttribute('width'), height: image.getAttribute('height') }))"
        )
    )
    assert (pictures[0]["loading"], pictures[0]["priority"]) == ("eager", "high")
    assert {picture["loading"] for picture in pictures[1:]} == {"lazy"}
    assert all(int(picture["width"]) and int(picture["height"]) for picture in pictures)


def test_a_browser_that_knows_avif_gets_avif_from_the_public_origin(new_context, s3):
    page = new_context().new_page()
    types = []
    page.on(
        "response",
        lambda response: (
            response.url.startswith(f"{s3.public_url}/prints/") and types.append(response)
        ),
    )
    page.goto("/prints/study-30/", wait_until="networkidle")
    assert {response.header_value("content-type") for response in types} == {"image/avif"}
