"""What holds on every page, in both schemes and at every width: the measurable part of the look."""

import io

import pytest
from PIL import Image

from tests.e2e.guard import PageGuard
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


@pytest.fixture(scope="module")
def seen(site, browser, signed_in):
    """What was measured on every page of the site, each visited once by who may see it."""
    axe = AXE.read_text()
    guard = PageGuard()
    guard.expect(404, "/no-such-page/$")
    measured = []
    for state, paths in ((None, FOR_EVERYONE), (signed_in["charlie"], FOR_MEMBERS)):
        context = browser.new_context(
            base_url=site.url, storage_state=state, reduced_motion="reduce"
        )
        guard.watch(context)
        page = context.new_page()
        for path in paths:
            page.goto(path)
            page.evaluate(axe)
            measured += [measure(page, path, scheme) for scheme in SCHEMES]
    guard.check()
    for context in guard.contexts:
        context.close()
    return measured


def measure(page, path, scheme):
    """Return what axe-core objects to in this scheme, and how wide the page is on a phone."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 1280, "height": 900})
    result = page.evaluate("axe.run()")
    assert len(result["passes"]) > 10, f"axe-core has hardly looked at {path}"
    page.set_viewport_size({"width": 320, "height": 640})
    width = page.evaluate("document.documentElement.scrollWidth")
    return path, scheme, result["violations"], width


def test_no_page_shuts_anyone_out(seen):
    """axe-core finds nothing: names, roles, contrast, headings, landmarks."""
    found = [
        f"{path} ({scheme}): {violation['id']}: {node['target']} {node['failureSummary']}"
        for path, scheme, violations, _ in seen
        for violation in violations
        for node in violation["nodes"]
    ]
    assert not found, "\n".join(found)


def test_no_page_scrolls_sideways_on_the_narrowest_phone(seen):
    wide = [
        f"{path} ({scheme}) is {width} px wide" for path, scheme, _, width in seen if width > 320
    ]
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
