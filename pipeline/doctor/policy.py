"""What a Content-Security-Policy allows, as far as addresses of files go (CSP Level 3, 6.7.2)."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

Policy = Mapping[str, Iterable[str]]

FALLBACKS = {
    "script-src": ["script-src-elem", "script-src", "default-src"],
    "style-src": ["style-src-elem", "style-src", "default-src"],
}
PORTS = {"http": 80, "https": 443}


def origin(url: str) -> str:
    """Return scheme://host[:port] of a URL, or "" for one without a host."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if host else ""


def parsed(header: str) -> dict[str, list[str]]:
    """Return a policy from its header; of a directive that comes twice the first counts."""
    policy: dict[str, list[str]] = {}
    for part in header.split(";"):
        name, *values = part.split() or [""]
        if name:
            policy.setdefault(name.lower(), values)
    return policy


def allows(policy: Policy, directive: str, url: str, page: str = "") -> bool:
    """Return whether a file at `url` may be loaded by a page at `page` (for 'self')."""
    for name in FALLBACKS.get(directive, [directive, "default-src"]):
        if name in policy:
            return any(_matches(str(source), url, page) for source in policy[name])
    return True


def _matches(source: str, url: str, page: str) -> bool:
    address = urlsplit(url)
    if source == "'self'":
        return bool(page) and _same(origin(page), origin(url))
    if source.startswith("'"):
        # A nonce or 'strict-dynamic' allows by what the tag says, which no address tells.
        return source.startswith(("'nonce-", "'strict-dynamic"))
    if source == "*":
        return address.scheme in ("http", "https")
    if source.endswith(":"):
        return address.scheme == source[:-1]
    if "://" not in source:
        source = f"{urlsplit(page).scheme or address.scheme}://{source}"
    wanted = urlsplit(source)
    host, port = (wanted.hostname or ""), wanted.netloc.rpartition(":")[2]
    here = address.hostname or ""
    fits = here.endswith(host[1:]) if host.startswith("*.") else here == host
    if not fits or wanted.scheme not in (address.scheme, address.scheme.removesuffix("s")):
        return False
    usual = str(PORTS.get(address.scheme, ""))
    asked = str(address.port or usual)
    if port != "*" and asked != (port if port.isdigit() else usual):
        return False
    if not wanted.path or wanted.path.endswith("/"):
        return address.path.startswith(wanted.path)
    return address.path == wanted.path


def _same(one: str, other: str) -> bool:
    first, second = urlsplit(one), urlsplit(other)
    ports = [part.port or PORTS.get(part.scheme, 0) for part in (first, second)]
    upgraded = (first.scheme, second.scheme) == ("http", "https")
    same_scheme = first.scheme == second.scheme and ports[0] == ports[1]
    return first.hostname == second.hostname and (same_scheme or upgraded)
