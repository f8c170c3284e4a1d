"""Writes what a web server in front must know of the site, so that nobody writes it twice.

The size limits are marks of the views, the fingerprints are in the manifest, the addresses of the
forms are in the URL configuration and the error pages link this build's style sheet: four things
that go stale in silence when they are copied by hand into the configuration of nginx or Apache.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import HttpRequest
from django.template import loader
from django.template.defaultfilters import filesizeformat
from django.urls import resolve, reverse
from django.utils.translation import gettext as _

from pipeline.caching import BRIEF, IMMUTABLE, fingerprinted_names

# Forms that take files, each as large as the mark of its view says (`takes_file`); every other
# address takes little more than text.
UPLOADS = ["documents:list", "profile_edit"]
# And all that begins with the first address, add and change, with the limit of the second.
UPLOADS_BELOW = {"admin:catalog_print_changelist": "admin:catalog_print_add"}
# Forms where a password or an address can be guessed.
SIGN_INS = ["login", "signup", "password_change", "password_reset", "admin:login"]

ERRORS = [400, 404, 413, 429, 503]

SMALL = 128 * 1024  # bytes; as in nginx/conf.d/clients.conf


class Command(BaseCommand):
    help = (
        "Writes limits, caching rules and error pages for the web server in front. Run it after "
        "collectstatic, for each build: the names it writes are this build's."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, help="where to write; made if missing")
        parser.add_argument("--server", choices=sorted(SERVERS), default="nginx")

    def handle(self, *, directory: Path, server: str, **options: Any) -> None:
        _refuse_what_would_be_wrong()
        files = {**SERVERS[server](), **error_pages()}
        for name, text in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.stdout.write(f"{len(files)} files for {server} in {directory}")


def _refuse_what_would_be_wrong() -> None:
    if settings.DEBUG:
        raise CommandError(
            "DEBUG is on, so pages would link files without fingerprints. Run "
            "BUILD_MODE=true DEBUG=false python manage.py nginx_includes."
        )
    if not fingerprinted_names():
        raise CommandError(
            f"There is no manifest in STATIC_ROOT ({settings.STATIC_ROOT}), so no file is known to "
            "be immutable. Run python manage.py collectstatic first."
        )
    if settings.STATIC_PREFIX != "/static/":
        raise CommandError(
            f"STATIC_PREFIX is {settings.STATIC_PREFIX!r}, but nginx/snippets/static.conf and "
            "apache/vitrine.conf serve /static/. Change them and this line together."
        )


class Upload(NamedTuple):
    """An address that takes a file: how large the file may be, and the request, in bytes."""

    path: str
    below: bool  # with all that begins with it
    most: int
    request_bytes: int

    @property
    def pattern(self) -> str:
        return re.escape(self.path) + ("" if self.below else "$")


def uploads() -> list[Upload]:
    """Return the addresses that take files, as their views are marked."""
    marked = [(name, name) for name in UPLOADS] + list(UPLOADS_BELOW.items())
    found = []
    for name, form in marked:
        mark = resolve(reverse(form)).func.takes_file  # type: ignore[attr-defined]
        found.append(Upload(reverse(name), name != form, mark.most, mark.request_bytes))
    return found


# region nginx
def nginx() -> dict[str, str]:
    return {
        "immutable.conf": immutable_map(),
        "limits.conf": too_large_map(),
        "locations.conf": locations(),
        "logged.conf": logged_path(),
    }


def immutable_map() -> str:
    """Return the `map` from a path to its Cache-Control: exact names, no pattern.

    nginx refuses to start when its hash table cannot hold the longest name, so the sizes are
    computed: a bucket holds a pointer, the length, the name rounded up, and a pointer that ends
    it; the table gets twice as many buckets as names.
    """
    prefix = settings.STATIC_PREFIX
    paths = sorted(prefix + name for name in fingerprinted_names())
    longest = max(len(path.encode()) for path in paths)
    lines = [
        f"map_hash_bucket_size {_power_of_two(longest + 32, least=64)};",
        f"map_hash_max_size {_power_of_two(2 * len(paths), least=2048)};",
        "map $uri $static_cache_control {",
        f'  default "{BRIEF}";',
        *(f'  {_quoted(path)} "{IMMUTABLE}";' for path in paths),
        "}",
    ]
    return _lines(lines)


def too_large_map() -> str:
    """Return the `map` from a path to the end of its 413 page's name: which limit that names."""
    lines = [
        f'  {_quoted(f"~^{upload.pattern}")} "{_ending(upload.most)}";' for upload in uploads()
    ]
    return _lines(["map $uri $largest_file {", '  default "";', *lines, "}"])


def locations() -> str:
    """Return the locations that differ from all others, by the addresses Django gives them."""
    lines = []
    for name in SIGN_INS:
        lines.append(f"location = {reverse(name)} {{ include snippets/sign-in.conf; }}")
    for upload in uploads():
        exactly = "" if upload.below else "= "
        limit = f"client_max_body_size {upload.request_bytes};"
        lines.append(f"location {exactly}{upload.path} {{ {limit} include snippets/upload.conf; }}")
    lines.append(f"location ~ {_quoted(_reset_link())} {{ include snippets/secret.conf; }}")
    return _lines(lines)


def logged_path() -> str:
    """Return the `map` from a request to the path that may be logged.

    Without the query, and without the two parts of a password reset link: whoever reads them in
    a log within the hour can set the password.
    """
    named = _reset_link().removeprefix("^").removesuffix("[^/]+/[^/]+")
    return _lines(
        [
            "map $request_uri $requested_path {",
            '  "" "";',
            '  default "(not printable)";',
            f'  {_quoted(f"~^(?<reset_path>{named})[^/?]+/[^?]")} "${{reset_path}}…";',
            '  "~^(?<printable_path>[!->@-~]*)(?:[?]|$)" "$printable_path";',
            "}",
        ]
    )


def _reset_link() -> str:
    link = reverse("password_reset_confirm", kwargs={"uidb64": "UID", "token": "TOKEN"})
    return "^" + re.escape(link.removesuffix("UID/TOKEN/")).replace(r"\-", "-") + "[^/]+/[^/]+"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _power_of_two(number: int, least: int) -> int:
    return max(least, 1 << (number - 1).bit_length())


# endregion


# region apache
def apache() -> dict[str, str]:
    prefix = settings.STATIC_PREFIX
    takes_files = f"^(?:{'|'.join(upload.pattern for upload in uploads())})"
    return {
        # RewriteMap: a space ends the key, and a name with one cannot be in it.
        "immutable.txt": _lines(
            [f"{prefix}{name} immutable" for name in sorted(fingerprinted_names())]
        ),
        "limits.conf": _lines(
            [
                *(_limit(f'"^{upload.pattern}"', upload.request_bytes) for upload in uploads()),
                _limit(f'"!{takes_files}"', SMALL),
            ]
        ),
        "errors/no-such-static.txt": "No such static file in this release.\n",
    }


def _limit(addresses: str, most: int) -> str:
    """Return the rule that answers 413; not again to the error page, which is asked for by it."""
    return (
        'RewriteCond "%{ENV:REDIRECT_STATUS}" "^$"\n'
        f'RewriteCond expr "%{{req_novary:Content-Length}} -gt {most}"\n'
        f"RewriteRule {addresses} - [R=413,L]"
    )


# endregion

SERVERS: dict[str, Callable[[], dict[str, str]]] = {"apache": apache, "nginx": nginx}


def error_pages() -> dict[str, str]:
    """Return the site's own error pages, and for scripts that send files the same as JSON.

    `built_ahead` leaves out of the page's frame what depends on who reads it. Of 413 there is one
    more for each limit of a file.
    """
    pages: dict[str, str] = {}
    largest = sorted({upload.most for upload in uploads()})
    for status, most in [*((status, 0) for status in ERRORS), *((413, most) for most in largest)]:
        context = {"limit": filesizeformat(most) if most else "", "built_ahead": True}
        try:
            page = loader.render_to_string(f"{status}.html", context, HttpRequest())
        except ValueError as error:  # a strict manifest, or Vite's, without a file of the page
            raise CommandError(
                f"templates/{status}.html: {error} Build the bundle and run "
                "python manage.py collectstatic first."
            ) from error
        pages[f"errors/{status}{_ending(most)}.html"] = page
    too_large = _("This upload is larger than %(limit)s, the most that a file may have here.")
    messages = {
        f"413{_ending(most)}": ("request_too_large", too_large % {"limit": filesizeformat(most)})
        for most in largest
    } | {
        "413": ("request_too_large", _("This is larger than anything that is taken here.")),
        "429": (
            "too_many_requests",
            _("Too much came at once from where you are. Wait half a minute and try again."),
        ),
        "503": ("unavailable", _("The site cannot answer right now. Try again in a minute.")),
    }
    for name, (code, message) in messages.items():
        errors = [{"code": code, "message": message}]
        pages[f"errors/{name}.json"] = json.dumps({"errors": errors})
    return pages


def _ending(most: int) -> str:
    return f"-{most}" if most else ""


def _lines(lines: list[str]) -> str:
    return "# Written by `manage.py nginx_includes`; edit that.\n" + "\n".join(lines) + "\n"
