"""Chromium, gunicorn in production shape and an S3 server: the real thing, end to end."""

import os
import shutil
import sys
from dataclasses import dataclass

import pytest

from tests.e2e import journeys
from tests.e2e.guard import PageGuard
from tests.e2e.people import PEOPLE
from tests.servers.child import PROJECT
from tests.servers.nginx import PROGRAM
from tests.servers.s3 import s3_server
from tests.servers.site import run_python
from tests.servers.site import site as production_site

OWN_SITES = {"broken_site", "stock_site", "vite_site", "cdn_site", "published_site"}
OWN_SITES |= {"filesystem_site", "nginx_site"}
TIMEOUT = 10_000  # milliseconds; generous, since nothing here waits without a reason


def pytest_collection_modifyitems(config, items):
    """Mark every journey `e2e`, and put the journeys last.

    Playwright keeps an event loop running in this thread until the session
    ends; Django refuses to touch its database beside one.

    With `--stack`, those that build a site of their own are left out; without, those behind nginx
    where this machine has none.
    """
    here = PROJECT / "tests" / "e2e"
    ours = [item for item in items if here in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.e2e)
    missing = set() if PROGRAM else {"nginx_site"}  # the stack has an nginx of its own
    if left_out := OWN_SITES if config.getoption("stack") else missing:
        own = [item for item in ours if left_out & set(item.fixturenames)]
        config.hook.pytest_deselected(items=own)
        items[:] = [item for item in items if item not in own]
        ours = [item for item in ours if item not in own]
    items[:] = [item for item in items if item not in ours] + ours


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, **chromium()}


def chromium():
    """Return the launch options: the system's own browser if there is one, and no chatter."""
    candidates = [
        os.environ.get("CHROMIUM"),
        shutil.which("chromium"),
        shutil.which("google-chrome"),
    ]
    executable = next(filter(None, candidates), None)
    options = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    if sys.platform == "linux" and os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium refuses to run as root with it
    return {"args": options, **({"executable_path": executable} if executable else {})}


@pytest.fixture(scope="session")
def s3(request):
    if request.config.getoption("stack"):
        yield request.getfixturevalue("stack").s3
    else:
        with s3_server() as server:
            yield server


@pytest.fixture(scope="session")
def site(s3, request):
    """The site, with a few prints on its walls and the people of `PEOPLE`.

    With `--stack` it is the one behind nginx, without the demo's people and prints.
    """
    if request.config.getoption("stack"):
        stack = request.getfixturevalue("stack")
        stack.manage("flush", "--no-input")
        tests = ("--volume", f"{PROJECT / 'tests'}:/app/tests:ro", "--no-deps")
        settings = ("--env", "DJANGO_SETTINGS_MODULE=config.settings")
        seed = ("python", "-m", "tests.e2e.seed")
        stack.compose("run", "--rm", *tests, *settings, "setup", *seed)
        yield stack
    else:
        with production_site(s3.environment) as running:
            running.run("tests.e2e.seed")
            yield running


@pytest.fixture(scope="session")
def published_site(s3, site):
    """The same site, its static files published to a bucket and read from a CDN before it, which
    neither compresses nor tells sizes."""
    settings = {**site.settings, **s3.publishing, "CDN_URL": s3.cdn_url}
    run_python("manage.py", "publish_static", "--encoding=gzip", env=settings)
    with production_site(settings, migrate=False) as running:
        yield running


@pytest.fixture(scope="session")
def base_url(site):
    return site.url


@pytest.fixture
def guard(site):
    """Fails the test on anything its browser or the site complained about."""
    position = site.now()
    guard = PageGuard()
    yield guard
    guard.check()
    said = site.said_since(position)
    if "Traceback" in said:
        pytest.fail(f"The site said:\n{said}", pytrace=False)


@pytest.fixture
def new_context(new_context, guard):
    """Open a browser context that the guard watches."""

    def open_context(**options):
        context = new_context(**options)
        context.set_default_timeout(TIMEOUT)
        guard.watch(context)
        return context

    yield open_context
    guard.check()  # while the pages are still open, so that no late event is lost


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def scripts(request):
    """Whether the browser runs JavaScript; a journey that asks for it is made both ways."""
    return request.param


@pytest.fixture
def visitor(new_context, scripts):
    """A page of a stranger."""
    return new_context(java_script_enabled=scripts).new_page()


@pytest.fixture
def alice(people, scripts):
    """A page of alice, who is signed in."""
    return people.page("alice", java_script_enabled=scripts)


@dataclass
class People:
    """Opens pages of people who are signed in already."""

    new_context: object
    states: dict

    def __getattr__(self, name):
        return self.page(name)

    def page(self, name, **options):
        return self.new_context(storage_state=self.states[name], **options).new_page()


@pytest.fixture(scope="session")
def signed_in(site, browser):
    """Return the session cookies of each person, from one sign-in through the form."""
    states = {}
    for name in PEOPLE:
        context = browser.new_context(base_url=site.url)
        journeys.sign_in(context.new_page(), name)
        states[name] = context.storage_state()
        context.close()
    return states


@pytest.fixture
def people(new_context, signed_in):
    return People(new_context, signed_in)
