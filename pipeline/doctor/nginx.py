"""What the web server in front was told (`manage.py nginx_includes`), against what is true now."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from pipeline.doctor.findings import Finding, found, some
from pipeline.doctor.places import project, shown, static_storage
from pipeline.doctor.routes import that_take_files

UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
OWN_DEFAULT = 1024**2  # nginx's, where nothing is said
LOCATION = re.compile(r"location\s+(=\s+|\^~\s+)?\"?(/[^\s\"{]*)\"?\s*\{([^{}]*)\}")
LIMIT = re.compile(r"client_max_body_size\s+(\d+)([kKmMgG]?)\s*;")


def folder(named: Path | None) -> Path | None:
    """Return the folder of nginx's configuration: the one named, or nginx/ with generated/."""
    if named:
        return named
    usual = project() / "nginx"
    return usual if (usual / "generated").is_dir() else None


def configuration_is_generated(named: Path | None) -> Iterator[Finding]:
    """pipeline.E123"""
    if named and not (named / "generated" / "locations.conf").is_file():
        path = named / "generated" / "locations.conf"
        yield found(
            "pipeline.E123",
            f"There is no {shown(path)}.",
            f"Run `python manage.py nginx_includes {shown(named / 'generated')}`.",
            shown(named),
        )


def limits_agree(directory: Path) -> Iterator[Finding]:
    """pipeline.E121: the address's limit in nginx, and the number that its 413 page names."""
    text = _configuration(directory)
    pages = _text(directory / "generated" / "limits.conf")
    mend = f"Run `python manage.py nginx_includes {shown(directory / 'generated')}`; reload nginx."
    for address in that_take_files():
        allowed, said = _limit_at(address.path, text)
        if allowed != address.request_bytes:
            yield found(
                "pipeline.E121",
                f"{address.path}: nginx takes {allowed} bytes ({said}), the site "
                f"{address.request_bytes}: a file of {address.most} and its form.",
                mend,
                shown(directory),
            )
        if pages and f'"-{address.most}"' not in pages:
            yield found(
                "pipeline.E121",
                f"{address.path}: no 413 page of nginx names its limit, {address.most} bytes.",
                mend,
                shown(directory / "generated" / "limits.conf"),
            )


def _limit_at(path: str, text: str) -> tuple[int, str]:
    """Return what nginx takes at a path, and which line says so: the exact or longest location."""
    outside = LIMIT.search(LOCATION.sub("", text))
    limit, said = (_bytes(outside), "everywhere") if outside else (OWN_DEFAULT, "its own default")
    longest = 0
    for kind, prefix, body in LOCATION.findall(text):
        exact = kind.startswith("=")
        own = LIMIT.search(body)
        if not own or not (path == prefix if exact else path.startswith(prefix)):
            continue
        weight = len(prefix) + exact
        if weight > longest:
            longest, limit, said = weight, _bytes(own), f"location {kind}{prefix}"
    return limit, said


def _bytes(match: re.Match[str]) -> int:
    return int(match[1]) * UNITS[match[2].lower()]


def _configuration(directory: Path) -> str:
    return "\n".join(_text(path) for path in sorted(directory.rglob("*.conf")))


def _text(path: Path) -> str:
    """Return a file of nginx without its comments, "" if it is not there."""
    if not path.is_file():
        return ""
    return re.sub(r"(?m)(^|\s)#.*$", "", path.read_text(encoding="utf-8", errors="replace"))


def immutable_names_are_of_this_build(directory: Path) -> Iterator[Finding]:
    """pipeline.E122"""
    path = directory / "generated" / "immutable.conf"
    stored = set((getattr(static_storage(), "hashed_files", None) or {}).values())
    if not path.is_file() or not stored:
        return
    prefix = getattr(settings, "STATIC_PREFIX", settings.STATIC_URL)
    listed = set(re.findall(rf'"{re.escape(prefix)}([^"]+)" "[^"]*immutable', path.read_text()))
    for names, said in ((stored - listed, "lacks"), (listed - stored, "lists, though gone,")):
        if names:
            yield found(
                "pipeline.E122",
                f"{shown(path)} {said} {len(names)}: {some(sorted(names))}.",
                f"Run `python manage.py nginx_includes {shown(directory / 'generated')}`; reload.",
                shown(path),
            )
