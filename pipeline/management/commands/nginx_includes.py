"""Writes what a web server in front must know of the site, so that nobody writes it twice.

The size limit is a setting, the fingerprints are in the manifest, the addresses of the forms are
in the URL configuration and the error pages link this build's style sheet: four things that go
stale in silence when they are copied by hand into the configuration of nginx or Apache.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import HttpRequest
from django.template import loader
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from pipeline.caching import fingerprinted_names

IMMUTABLE = "max-age=315360000, public, immutable"  # WhiteNoise's words, so that both agree
BRIEF = "max-age=60, public"

# Forms that take files, `REQUEST_MAX_BYTES` each; every other address takes little more than text.
UPLOADS = ["documents:list", "profile_edit"]
UPLOADS_BELOW = ["admin:catalog_print_changelist"]  # and all that begins with it: add, change
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
    if urlsplit(settings.STATIC_URL).path != "/static/":
        raise CommandError(
            f"STATIC_URL is {settings.STATIC_URL!r}, but nginx/snippets/static.conf and "
            "apache/vitrine.conf serve /static/. Change them and this line together."
        )


# region nginx
def nginx() -> dict[str, str]:
    return {
        "immutable.conf": immutable_map(),
        "limits.conf": f"client_max_body_size {settings.REQUEST_MAX_BYTES};\n",
        "locations.conf": locations(),
        "logged.conf": logged_path(),
    }


def immutable_map() -> str:
    """Return the `map` from a path to its Cache-Control: exact names, no pattern.

    nginx refuses to start when its hash table cannot hold the longest name, so the sizes are
    computed: a bucket holds a pointer, the length, the name rounded up, and a pointer that ends
    it; the table gets twice as many buckets as names.
    """
    prefix = urlsplit(settings.STATIC_URL).path
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


def locations() -> str:
    """Return the locations that differ from all others, by the addresses Django gives them."""
    lines = []
    for name in SIGN_INS:
        lines.append(f"location = {reverse(name)} {{ include snippets/sign-in.conf; }}")
    for name in UPLOADS:
        lines.append(f"location = {reverse(name)} {{ include snippets/upload.conf; }}")
    for name in UPLOADS_BELOW:
        lines.append(f"location {reverse(name)} {{ include snippets/upload.conf; }}")
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
    prefix = urlsplit(settings.STATIC_URL).path
    uploads = [f"{re.escape(reverse(name))}$" for name in UPLOADS]
    uploads += [re.escape(reverse(name)) for name in UPLOADS_BELOW]
    takes_files = f"^(?:{'|'.join(uploads)})"
    return {
        # RewriteMap: a space ends the key, and a name with one cannot be in it.
        "immutable.txt": _lines(
            [f"{prefix}{name} immutable" for name in sorted(fingerprinted_names())]
        ),
        "limits.conf": _lines(
            [
                _limit(f'"{takes_files}"', settings.REQUEST_MAX_BYTES),
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

    `built_ahead` leaves out of the page's frame what depends on who reads it.
    """
    limit = filesizeformat(settings.REQUEST_MAX_BYTES)
    pages: dict[str, str] = {}
    for status in ERRORS:
        context = {"limit": limit, "built_ahead": True}
        try:
            page = loader.render_to_string(f"{status}.html", context, HttpRequest())
        except ValueError as error:  # a strict manifest, or Vite's, without a file of the page
            raise CommandError(
                f"templates/{status}.html: {error} Build the bundle and run "
                "python manage.py collectstatic first."
            ) from error
        pages[f"errors/{status}.html"] = page
    messages = {
        413: (
            "request_too_large",
            _("This upload is larger than %(limit)s, the most one request may carry.")
            % {"limit": limit},
        ),
        429: (
            "too_many_requests",
            _("Too much came at once from where you are. Wait half a minute and try again."),
        ),
        503: ("unavailable", _("The site cannot answer right now. Try again in a minute.")),
    }
    for status, (code, message) in messages.items():
        errors = [{"code": code, "message": message}]
        pages[f"errors/{status}.json"] = json.dumps({"errors": errors})
    return pages


def _lines(lines: list[str]) -> str:
    return "# Written by `manage.py nginx_includes`; edit that.\n" + "\n".join(lines) + "\n"
