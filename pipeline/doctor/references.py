"""Which files a page, a style sheet or a script names."""

import re
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit

FONTS = (".woff2", ".woff", ".ttf", ".otf")
IMAGES = ("image", "apple-touch-icon", "icon", "shortcut icon", "mask-icon")
URL = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"'\s]+))\s*\)""")
CSS_IMPORT = re.compile(r"""@import\s+(?:url\(\s*)?["']?([^"')\s;]+)""")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# `import x from "…"`, `import "…"`, `export … from "…"`, `import("…")`; and the list in which Vite
# keeps what a lazy chunk needs.
IMPORT = re.compile(
    r"""(?:\bimport|\bexport)\s*(?:[\w$*{}\s,]+?\bfrom\s*)?\(?\s*["'`]((?:\.{0,2}/|https?:)[^"'`\s]+)["'`]"""
)
VITE_LIST = re.compile(r"""\bm\.f\s*=\s*\[([^\]]*)\]""")
PRELOADED = {"script": "script", "style": "style", "image": "img", "font": "font"}


class Reference(NamedTuple):
    """A file that is loaded: for what, and whether the browser asks with CORS."""

    url: str
    kind: str  # script, style, img, font, media, manifest
    cors: bool
    named_in: str

    @property
    def directive(self) -> str:
        return f"{self.kind}-src"


def of_page(html: str, url: str) -> list[Reference]:
    """Return what the page loads by itself, absolute, each once."""
    parser = _Page(url)
    parser.feed(html)
    return _each_once(parser.found)


def of_style(css: str, url: str) -> list[Reference]:
    css = COMMENT.sub("", css)
    imports = [
        Reference(urljoin(url, name), "style", False, url) for name in CSS_IMPORT.findall(css)
    ]
    rest = CSS_IMPORT.sub("", css)
    found = []
    for names in URL.findall(rest):
        name = next(filter(None, names), "")
        if name and not name.startswith("#"):
            font = urlsplit(name).path.lower().endswith(FONTS) or name.startswith("data:font")
            kind = "font" if font else "img"
            found.append(Reference(urldefrag(urljoin(url, name)).url, kind, font, url))
    return _each_once([*imports, *found])


def of_script(script: str, url: str) -> list[Reference]:
    """Return a module's imports, static and dynamic, and the styles its lazy chunks need."""
    names = IMPORT.findall(script)
    for listed in VITE_LIST.findall(script):
        names += re.findall(r"""["']([^"']+)["']""", listed)
    found = []
    for name in names:
        style = urlsplit(name).path.endswith(".css")
        found.append(Reference(urljoin(url, name), "style" if style else "script", not style, url))
    return _each_once(found)


def _each_once(references: list[Reference]) -> list[Reference]:
    return list({(r.url, r.kind): r for r in references}.values())


class _Page(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url = self.base = url
        self.found: list[Reference] = []
        self.style: list[str] | None = None  # the text of the <style> that is open

    def add(self, url: str | None, kind: str, cors: bool = False) -> None:
        if url and url.strip():
            address = urldefrag(urljoin(self.base, url.strip())).url
            self.found.append(Reference(address, kind, cors, self.url))

    def add_style(self, css: str) -> None:
        self.found += [r._replace(named_in=self.url) for r in of_style(css, self.base)]

    def add_set(self, value: str | None) -> None:
        for candidate in re.split(r",\s+", value or ""):
            self.add((candidate.split() or [""])[0], "img")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        self.add_style(str(has.get("style") or ""))
        if tag == "style":
            self.style = []
        elif tag == "base" and has.get("href"):
            self.base = urljoin(self.url, str(has["href"]))
        elif tag == "script":
            self.add(has.get("src"), "script", has.get("type") == "module" or "crossorigin" in has)
        elif tag in ("img", "source", "input"):
            in_player = tag == "source" and "srcset" not in has
            self.add(has.get("src"), "media" if in_player else "img", "crossorigin" in has)
            self.add_set(has.get("srcset"))
        elif tag in ("video", "audio"):
            self.add(has.get("src"), "media")
            self.add(has.get("poster"), "img")
        elif tag == "link":
            self.link(has)
        elif tag == "use":
            sprite = str(has.get("href") or has.get("xlink:href") or "")
            self.add(sprite.partition("#")[0], "img")  # #name alone is a symbol of the page itself

    def handle_data(self, data: str) -> None:
        if self.style is not None:
            self.style.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "style" and self.style is not None:
            self.add_style("".join(self.style))
            self.style = None

    def link(self, has: dict[str, str | None]) -> None:
        rel = str(has.get("rel") or "").lower()
        kind, cors = "", "crossorigin" in has
        if "stylesheet" in rel.split():
            kind = "style"
        elif rel == "modulepreload":
            kind, cors = "script", True
        elif rel == "preload":
            kind = PRELOADED.get(str(has.get("as")), "")
            cors = cors or kind == "font"
        elif rel in IMAGES:
            kind = "img"
        elif rel == "manifest":
            kind = "manifest"
        if kind:
            self.add(has.get("href"), kind, cors)

    handle_startendtag = handle_starttag
