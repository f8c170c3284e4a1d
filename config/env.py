"""Environment variables, read strictly.

django-environ parses URLs and `.env` files. What it forgives, this module does not:
`DEBUG=ture` would silently be false, a missing variable would be named without a remedy,
and a secret that begins with `$` would be taken for the name of another variable.
"""

import os
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE = {"true", "1", "yes", "on"}
FALSE = {"false", "0", "no", "off"}
LINE = re.compile(r"#|(?:export )?[A-Za-z_0-9]+=")
DATABASES = ("postgres", "postgresql", "sqlite")
DEMO_MARK = "demo-only-"  # in every credential that demo/keys.py makes up
REMEDY = "Set it in the environment or in .env; .env.example says what it does."


class Missing:
    """No default: the variable must be set."""


class Env:
    """One method for each kind of value.

    An empty value means "not set", so that a line `NAME=` in a file asks for the default.
    Where `NAME_FILE` is set, the value of `NAME` is read from that file, as Docker and Kubernetes
    hand over secrets: an environment variable shows in `docker inspect` and in crash reports.
    Every method raises ImproperlyConfigured, naming the variable and the remedy, when the
    value is missing without a default or is not of its kind.
    """

    def read_file(self, named: str | None, default: Path) -> None:
        """Add the lines of an env file; what the environment already holds wins.

        The default file need not exist, one that is named must; an empty name asks for none.
        """
        if named == "" or (named is None and not default.is_file()):
            return
        path = Path(named or default)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(
                f"{path} cannot be read as text in UTF-8: {type(error).__name__}. Mend the file, "
                "or point ENV_FILE at another; empty asks for none."
            ) from error
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip() and not LINE.match(line):
                raise ImproperlyConfigured(
                    f"{path}, line {number} is neither NAME=value nor a comment. Mend that line."
                )
        environ.Env.read_env(path)

    def _raw(self, name: str) -> str:
        value = os.environ.get(name, "").strip()
        if path := os.environ.get(f"{name}_FILE", "").strip():
            if value:
                raise ImproperlyConfigured(
                    f"{name} and {name}_FILE are both set, and only one can be meant. Unset one."
                )
            value = self._content(f"{name}_FILE", Path(path))
        if DEMO_MARK in value and not (name != "DEMO" and self.flag("DEMO", default=False)):
            raise ImproperlyConfigured(
                f"{name} holds a credential of the demonstration ({DEMO_MARK}…), and DEMO is off. "
                "Make one of your own; .env.example says what it does. DEMO=true is for trying "
                "the site on your own machine."
            )
        return value

    def _content(self, name: str, path: Path) -> str:
        """Return what stands in the file that the variable `name` names."""
        try:
            value = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
            raise ImproperlyConfigured(
                f"{name} names {path}, which cannot be read: {reason}. Mend the file or its "
                f"permissions, or unset {name}."
            ) from error
        if not value:
            raise ImproperlyConfigured(
                f"{name} names {path}, which is empty. Write the value into it, or unset {name}."
            )
        return value

    def _missing(self, name: str) -> ImproperlyConfigured:
        return ImproperlyConfigured(f"{name} is not set. {REMEDY}")

    def _invalid(self, name: str, wanted: str) -> ImproperlyConfigured:
        # The value itself stays out of the message: it may be a secret with a typo.
        return ImproperlyConfigured(f"{name} is not {wanted}. {REMEDY}")

    def text(self, name: str, default: str | type[Missing] = Missing) -> str:
        value = self._raw(name)
        if value:
            return value
        if isinstance(default, str):
            return default
        raise self._missing(name)

    def secret(self, name: str, length: int) -> str:
        """Return a value of at least `length` characters; shorter ones can be guessed."""
        value = self.text(name)
        if len(value) < length:
            raise self._invalid(name, f"at least {length} characters long")
        return value

    def hosts(self, name: str, default: Sequence[str]) -> list[str]:
        """Return host names; an address with a scheme would match no request ever."""
        found = self.items(name, default)
        if any("/" in host for host in found):
            raise self._invalid(name, "a list of host names, without scheme and path")
        return found

    def flag(self, name: str, default: bool) -> bool:
        value = self._raw(name).lower()
        if not value:
            return default
        if value in TRUE | FALSE:
            return value in TRUE
        raise self._invalid(name, "true or false")

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self._raw(name) or default
        if value not in choices:
            raise self._invalid(name, "one of " + ", ".join(choices))
        return value

    def items(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """Return the comma-separated values, without blanks."""
        value = self._raw(name)
        return [item.strip() for item in value.split(",") if item.strip()] or list(default)

    def number(self, name: str, default: int, least: int = 0) -> int:
        """Return a whole number of at least `least`."""
        value = self._raw(name)
        if not value:
            return default
        if value.isascii() and value.isdecimal() and int(value) >= least:
            return int(value)
        raise self._invalid(name, f"a whole number of at least {least}")

    def path(self, name: str, default: Path) -> Path:
        return Path(self._raw(name) or default).expanduser().absolute()

    def url(self, name: str, default: str | type[Missing] = Missing) -> str:
        """Return an http(s) URL without a trailing slash."""
        value = self.text(name, default).rstrip("/")
        if value:
            try:
                parts = urlsplit(value)
                valid = parts.scheme in ("http", "https") and bool(parts.hostname)
                valid = valid and "@" not in parts.netloc  # a password would stand in every page
                valid = valid and (parts.port or 1) > 0
                # It enters the Content-Security-Policy, which these characters divide.
                valid = valid and not re.search(r"[\s;,'\"]", value)
            except ValueError:
                valid = False
            if not valid:
                raise self._invalid(name, "a URL like https://files.example.com")
        return value

    def socket(self, name: str, default: str = "") -> str:
        """Return where a daemon listens: tcp://host:port or unix:///path."""
        value = self.text(name, default)
        host = r"(?!.{254})[\w-]{1,63}(?:\.[\w-]{1,63})*|\[[0-9a-f:.]+\]"
        tcp = re.fullmatch(rf"tcp://(?:{host}):(\d{{1,5}})", value, re.ASCII | re.IGNORECASE)
        unix = re.fullmatch(r"unix://(/[^\0-\x1f]*[^\0-\x1f/])", value)
        valid = bool(tcp and 0 < int(tcp[1]) < 65536)
        # Linux has room for 107 bytes of a socket's path.
        valid = valid or bool(unix and len(os.fsencode(unix[1])) <= 107)
        if value and not valid:
            wanted = "an address like tcp://clamd:3310 or unix:///run/clamav/clamd.ctl"
            raise self._invalid(name, wanted)
        return value

    def origins(self, name: str) -> list[str]:
        """Return comma-separated origins: scheme, host and port, as browsers send them."""
        found = self.items(name)
        if not all(re.fullmatch(r"https?://[a-z0-9.:\[\]-]+", origin) for origin in found):
            raise self._invalid(name, "a list of origins like https://www.example.com, no path")
        return found

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Return one entry of DATABASES from a URL like postgres://user:password@host/name."""
        wanted = "a database URL like postgres://user:password@host:5432/name"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # its warning would print the password
                config = environ.Env.db_url_config(self.text(name, default))
        except (ValueError, KeyError, environ.ImproperlyConfigured) as error:
            raise self._invalid(name, wanted) from error
        scheme = self.text(name, default).partition(":")[0]
        if scheme not in DATABASES or not config.get("ENGINE") or not config.get("NAME"):
            raise self._invalid(name, wanted)
        return dict(config)

    def mailer(self, name: str, default: str) -> dict[str, Any]:
        """Return one entry of Django 6.1's MAILERS from smtp+tls://user:password@host:587."""
        try:
            found = environ.Env.email_url_config(self.text(name, default))
        except (ValueError, KeyError, environ.ImproperlyConfigured) as error:
            wanted = "an e-mail URL like smtp+tls://user:password@host:587"
            raise self._invalid(name, wanted) from error
        options: dict[str, Any] = {}
        if found["EMAIL_BACKEND"].endswith(".smtp.EmailBackend"):
            options = {
                "host": found["EMAIL_HOST"] or "localhost",
                "port": found["EMAIL_PORT"] or 25,
                "username": found["EMAIL_HOST_USER"] or "",
                "password": found["EMAIL_HOST_PASSWORD"] or "",
                "use_tls": found.get("EMAIL_USE_TLS", False),
                "use_ssl": found.get("EMAIL_USE_SSL", False),
                "timeout": 10,
            }
        elif found["EMAIL_BACKEND"].endswith(".filebased.EmailBackend"):
            options = {"file_path": "/" + found["EMAIL_FILE_PATH"].lstrip("/")}
        return {"BACKEND": found["EMAIL_BACKEND"], "OPTIONS": options}
