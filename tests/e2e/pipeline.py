"""The guard of the static pipeline: one hash per file, cached for ever, no module run twice.

It looks at the site only as a browser does, so it holds for any storage class;
`test_pipeline.py` runs it on ours and, to show that it bites, on the stock one.
"""

import gzip
import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

HASH = re.compile(r"\.[0-9a-f]{12}(?=\.)")
YEAR = 31_536_000
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".woff2": "font/woff2",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}
TEXT = {".css", ".js", ".svg", ".webmanifest"}


class Walk:
    """A walk over pages in one fresh browser context, watched from outside."""

    def __init__(self, page):
        self.page = page
        self.responses = {}
        self.faults = []
        page.context.on("response", self.on_response)
        self.devtools = page.context.new_cdp_session(page)
        self.devtools.send("Profiler.enable")

    def on_response(self, response):
        if urlsplit(response.url).path.startswith("/static/"):
            self.responses.setdefault(response.url, response)

    def visit(self, path, act=None):
        """Open the page, do `act` there, and count what ran; return the scripts that ran."""
        # V8's own counter: how often the top level of each script was entered.
        self.devtools.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": False})
        self.page.goto(path, wait_until="networkidle")
        if act:
            act(self.page)
        entries = self.page.locator("script[type=module][src]").evaluate_all(
            "scripts => scripts.map(script => script.src)"
        )
        runs = self.runs()
        self.devtools.send("Profiler.stopPreciseCoverage")
        for url in entries:
            if (count := runs.get(source_name(url), 0)) != 1:
                self.faults.append(f"{path}: the entry {source_name(url)} ran {count} times")
        for name, count in runs.items():
            if count > 1 and name not in map(source_name, entries):
                self.faults.append(f"{path}: the module {name} ran {count} times")
        self.faults += [
            fault
            for url, response in self.responses.items()
            for fault in self.look_at(url, response)
        ]
        self.responses = dict.fromkeys(self.responses)  # looked at; kept to know them again
        return {name for name, count in runs.items() if count}

    @property
    def seen(self):
        """The source names of all static files that came."""
        return {source_name(url) for url in self.responses}

    def runs(self):
        """Return how often each source module ran on this page, whatever URL it came from."""
        counts = {}
        for script in self.devtools.send("Profiler.takePreciseCoverage")["result"]:
            if urlsplit(script["url"]).path.startswith("/static/"):
                name = source_name(script["url"])
                # V8 enters a module twice, to link and to evaluate it, so it is the
                # scripts that are counted; a browser evaluates each of them once.
                top_level = script["functions"][0]["ranges"][0]["count"]
                counts[name] = counts.get(name, 0) + (top_level > 0)
        return counts

    def look_at(self, url, response):
        """Yield what is wrong with a response not yet looked at."""
        if response is None:
            return
        name, headers = urlsplit(url).path, response.all_headers()
        if response.status != 200:
            yield f"{name}: status {response.status}"
            return
        hashes = len(HASH.findall(name))
        if hashes != 1:
            yield f"{name}: {hashes} hashes in its name"
        policy = headers.get("cache-control", "")
        age = re.search(r"max-age=(\d+)", policy)
        if "immutable" not in policy or not age or int(age[1]) < YEAR:
            yield f"{name}: not immutable, but {policy!r}"
        suffix = PurePosixPath(name).suffix
        content_type = headers.get("content-type", "").partition(";")[0]
        if content_type != TYPES.get(suffix):
            yield f"{name}: content type {content_type!r}, not {TYPES.get(suffix)!r}"
        if suffix in TEXT and headers.get("content-encoding") not in ("br", "gzip"):
            body = response.body()
            # WhiteNoise keeps a compressed twin only if it saves 5 %.
            if len(gzip.compress(body)) < 0.95 * len(body):
                yield f"{name}: {len(body)} bytes of text sent uncompressed"


def source_name(url):
    """Return the path of a static file with every hash taken out of its name."""
    return HASH.sub("", urlsplit(url).path)
