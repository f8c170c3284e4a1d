"""Two releases at once: pages of one ask servers of the other, and find what they ask for."""

import json
import re
import secrets
import threading
import time
import urllib.parse

import pytest

from tests.servers.stack import docker, fetch, inspect, until

FOREVER = "max-age=315360000, public, immutable"
OTHER = "vitrine-test-other"
IMAGES = {"app": OTHER, "nginx": f"{OTHER}-nginx"}


def asset_urls(html):
    """Return the paths of all static files that a page names."""
    return set(re.findall(r"[\"' ](/static/[^\"' ]+)", html))


@pytest.fixture(scope="module")
def other(stack, checkout, tmp_path_factory):
    """Another release: its images, its commands in the stack, and how its web server is started."""
    css = checkout / "catalog/static/catalog/css/catalog.css"
    css.write_text(f"{css.read_text()}\n.other-release {{ color: inherit }}\n")
    main = checkout / "frontend/src/styles/base.css"
    main.write_text(f"{main.read_text()}\n.other-release {{ color: inherit }}\n")
    for target, image in IMAGES.items():
        docker("build", "--quiet", f"--target={target}", f"--tag={image}", str(checkout))
    override = tmp_path_factory.mktemp("other") / "compose.other.yaml"
    service = {"image": OTHER, "pull_policy": "never"}
    override.write_text(json.dumps({"services": {"web": service, "setup": service}}))
    release = Other(stack, str(override))
    yield release
    release.stop()
    stack.up()
    stack.manage("publish_static")
    for image in IMAGES.values():
        docker("rmi", "--force", image, ok=(0, 1))


class Other:
    def __init__(self, stack, override):
        self.stack, self.override, self.containers = stack, override, []

    def run(self, *arguments):
        return self.stack.compose("-f", self.override, "run", "--no-deps", *arguments)

    def publish(self):
        return self.run("--rm", "setup", "python", "manage.py", "publish_static")

    def start(self):
        name = f"vitrine-test-{secrets.token_hex(4)}"
        self.containers.append(name)
        self.run("--detach", "--use-aliases", "--name", name, "web")
        until(lambda: inspect(name)["State"]["Health"]["Status"] == "healthy", 60)

    def stop(self):
        while self.containers:
            name = self.containers.pop()
            docker("stop", "--time", "40", name)
            docker("rm", "--force", "--volumes", name)


class Tabs:
    """People who keep pages of every release open, whose browsers go on asking for their files."""

    def __init__(self, url):
        self.url, self.known, self.failures, self.asked = url, set(), [], 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.browse, daemon=True)

    def browse(self):
        while not self.over.is_set():
            status, _, body = fetch(f"{self.url}/prints/")
            if status == 200:
                self.known |= asset_urls(body.decode())
            for path in sorted(self.known):
                status, headers, _ = fetch(self.url + path)
                self.asked += 1
                if status != 200 or headers["Cache-Control"] != FOREVER:
                    self.failures.append(f"{path}: {status} {headers['Cache-Control']}")
            time.sleep(0.3)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def own_web(stack):
    """Return the stack's own web container, not those that were started beside it."""
    return [
        name
        for name in stack.containers("web")
        if inspect(name)["Config"]["Labels"]["com.docker.compose.oneoff"] == "False"
    ]


def styles_of(url):
    return {path for path in asset_urls(fetch(f"{url}/prints/")[2].decode()) if ".css" in path}


def test_a_rolling_deploy_and_a_rollback_miss_no_file(stack, other, browser):
    ours = styles_of(stack.url)
    missing = []
    page = browser.new_page()
    page.on(
        "response",
        lambda response: response.status >= 400 and missing.append((response.status, response.url)),
    )

    def look():
        for path in ("/", "/prints/", "/"):
            page.goto(stack.url + path, wait_until="networkidle")

    with Tabs(stack.url) as tabs:
        look()
        other.publish()  # before any of its pages can be seen
        other.start()
        # Both answer now, and nginx has the files of the older one.
        theirs = until(lambda: styles_of(stack.url) - ours, 60)
        assert len(theirs) == 2
        for _ in range(3):
            look()
        [old] = own_web(stack)
        docker("stop", "--time", "40", old)
        until(lambda: styles_of(stack.url) >= theirs, 30)
        for _ in range(3):
            look()
        # And back: the first release again, while pages of the second are open.
        stack.up("--no-recreate")
        stack.manage("publish_static")
        other.stop()
        until(lambda: styles_of(stack.url) == ours, 60)
        for _ in range(3):
            look()
    page.close()
    assert missing == []
    assert tabs.failures == []
    assert {*ours, *theirs} <= tabs.known
    assert tabs.asked > 100


def test_the_newer_nginx_finds_what_older_pages_ask_for(stack, other):
    ours = asset_urls(fetch(f"{stack.url}/prints/")[2].decode())
    name = f"vitrine-test-{secrets.token_hex(4)}"
    try:
        docker(
            "create",
            f"--name={name}",
            f"--network={stack.project}_front",
            "--publish=127.0.0.1::8080",
            "--env=PUBLISHED_URL=http://s3:9000/vitrine-static",
            "--read-only",
            "--tmpfs=/tmp",
            IMAGES["nginx"],
        )
        docker("network", "connect", f"{stack.project}_storage", name)
        docker("start", name)
        until(lambda: inspect(name)["State"]["Health"]["Status"] == "healthy", 30)
        port = inspect(name)["NetworkSettings"]["Ports"]["8080/tcp"][0]["HostPort"]
        for path in sorted(ours):
            status, headers, body = fetch(f"http://127.0.0.1:{port}{path}")
            assert (status, headers["Cache-Control"]) == (200, FOREVER), path
            assert body == fetch(stack.url + path)[2]
    finally:
        docker("rm", "--force", "--volumes", name, ok=(0, 1))


@pytest.fixture
def published(stack):
    """Return a function that puts an object where another release would have put it."""
    made = []

    def put(name, body, **more):
        made.append(f"static/{name}")
        stack.s3.client.put_object(
            Bucket="vitrine-static",
            Key=made[-1],
            Body=body,
            ContentType="text/css; charset=utf-8",
            CacheControl=FOREVER,
            **more,
        )
        return f"{stack.url}/static/{name}"

    yield put
    for key in made:
        stack.s3.client.delete_object(Bucket="vitrine-static", Key=key)


def test_a_file_of_another_release_comes_as_the_bucket_has_it_and_no_more(stack, published):
    url = published("frontend/style.0123456789ab.css", b"a {}", Metadata={"note": "ours"})
    status, headers, body = fetch(url, Cookie="sessionid=secret", Authorization="Bearer secret")
    assert (status, body) == (200, b"a {}")
    assert headers["Content-Type"] == "text/css; charset=utf-8"
    assert headers["Cache-Control"] == FOREVER
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers.get_all("Access-Control-Allow-Origin") == ["*"]
    assert not [name for name in headers if name.lower().startswith("x-amz-request")]
    assert fetch(url, "HEAD")[0] == 200
    assert fetch(url, "POST", b"a")[0] == 405


@pytest.mark.parametrize(
    "path",
    [
        "frontend/never.0123456789ab.css",
        "frontend/style.css",  # not fingerprinted: of each name there is one
        "_releases/",
        "../vitrine-private/documents/a.0123456789ab.pdf",
        "a%0d%0aHost:%20x/b.0123456789ab.css",
        "a%20b.0123456789ab.css",
        "%2e%2e/%2e%2e/vitrine-private/a.0123456789ab.css",
        "é.0123456789ab.css",
    ],
)
def test_what_no_release_has_is_a_404_that_no_cache_keeps(stack, path):
    quoted = urllib.parse.quote(path, safe="%/:.")
    status, headers, _ = fetch(f"{stack.url}/static/{quoted}")
    assert (status, headers["Cache-Control"]) in {(404, "no-store"), (400, "no-store")}


@pytest.fixture
def without_bucket(stack):
    """An nginx whose bucket does not answer; return its URL."""
    name = f"vitrine-test-{secrets.token_hex(4)}"
    docker(
        "run",
        "--detach",
        f"--name={name}",
        f"--network={stack.project}_front",
        "--publish=127.0.0.1::8080",
        "--env=PUBLISHED_URL=http://nobody.invalid:9000/static-files",
        "--read-only",
        "--tmpfs=/tmp",
        "vitrine-nginx",
    )
    until(lambda: inspect(name)["State"]["Health"]["Status"] == "healthy", 30)
    port = inspect(name)["NetworkSettings"]["Ports"]["8080/tcp"][0]["HostPort"]
    yield f"http://127.0.0.1:{port}"
    docker("rm", "--force", "--volumes", name)


def test_a_bucket_that_is_away_is_said_to_be_and_its_absence_is_not_kept(without_bucket):
    status, headers, _ = fetch(f"{without_bucket}/static/frontend/never.0123456789ab.css")
    assert (status, headers["Cache-Control"]) == (503, "no-store")
    assert int(headers["Retry-After"]) > 0
    assert fetch(f"{without_bucket}/static/site/logo.svg")[0] == 200


@pytest.mark.parametrize(
    "address",
    [
        "s3:9000/bucket",
        "ftp://s3",
        "http://s3:9000/a;b",
        "http://s3/$uri",
        "http://a b/",
        "http://",
    ],
)
def test_an_address_that_is_none_stops_nginx_with_its_name(address):
    said = docker("run", "--rm", f"--env=PUBLISHED_URL={address}", "vitrine-nginx", ok=(2,))
    assert "PUBLISHED_URL is not an address like" in said
