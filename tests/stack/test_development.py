"""Hot reload inside Docker, in a browser that knows no container's name."""

import re

import pytest
from playwright.sync_api import expect

from tests.servers.stack import Stack, fetch, running_stack, until


@pytest.fixture(scope="module")
def development(stack, checkout):
    beside = Stack(
        "vitrine-test-dev",
        http_port=stack.http_port + 4,
        s3_port=stack.s3_port + 4,
        files=("compose.dev.yaml",),
        variables={"VITE_PORT": "5183"},
        folder=checkout,
    )
    with running_stack(beside, "--build") as running:
        until(lambda: fetch(running.url)[0] == 200)
        yield running


def test_a_change_shows_without_a_rebuild_and_every_address_is_localhost(
    development, checkout, browser
):
    page = browser.new_page()
    hosts, complaints = set(), []
    page.on("request", lambda request: hosts.add(request.url.split("/")[2].split(":")[0]))
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    page.goto(development.url)
    expect(page.get_by_role("main").locator("picture img").first).to_be_visible()
    assert hosts == {"localhost"}
    assert complaints == []

    # CSS by Vite: the page itself stays, and what is on it.
    page.evaluate("window.stayed = true")
    css = checkout / "frontend" / "src" / "main.css"
    css.write_text(css.read_text() + "\nbody { outline: 3px solid rgb(1, 2, 3); }\n")
    expect(page.locator("body")).to_have_css("outline-color", "rgb(1, 2, 3)")
    assert page.evaluate("window.stayed")

    # A template: the page reloads.
    footer = checkout / "templates" / "components" / "footer.html"
    footer.write_text(footer.read_text() + "<p>One more line</p>")
    expect(page.get_by_text("One more line")).to_be_visible()

    # Python: the server restarts.
    views = checkout / "catalog" / "views.py"
    kept = views.read_text()
    views.write_text(
        re.sub(r"^def home\(.*:$", r'\g<0>\n    return HttpResponse("anew")', kept, flags=re.M)
    )
    until(lambda: fetch(development.url)[2] == b"anew")
    views.write_text(kept)
    page.close()
