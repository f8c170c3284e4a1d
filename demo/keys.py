"""Credentials for a demonstration: `python -m demo.keys DIRECTORY`.

Writes a file for each, once; what is there is kept, since the database and the store remember it.
Each credential is random and contains `demo-only-`, which the site refuses unless DEMO is on: what
was made up here cannot end up in production unnoticed.

Standard library only, so that it runs before there is anything to configure.
"""

import argparse
import os
import secrets
import sys
import tempfile
from pathlib import Path

MARK = "demo-only-"  # DEMO_MARK in config/env.py, which needs Django
DATABASE_URL = "postgres://vitrine:{password}@db:5432/vitrine"


class KeysError(Exception):
    """Says what is wrong with the directory, and what mends it."""


def make_keys(directory: Path) -> dict[str, bool]:
    """Write the credentials that are missing; return for each name whether it was made now.

    Whoever reads a file finds it whole: it is written under another name first. All may read the
    files (mode 0444), for in each container the reader is another user; the directory is the
    demonstration's own. Raises KeysError.
    """
    made: dict[str, bool] = {}

    def once(name: str, value: str) -> str:
        path = directory / name
        made[name] = not path.exists()
        if made[name]:
            write(path, value)
        return path.read_text(encoding="ascii").strip()

    try:
        directory.mkdir(parents=True, exist_ok=True)
        once("secret_key", MARK + secrets.token_urlsafe(50))
        password = once("postgres_password", MARK + secrets.token_hex(16))
        url = once("database_url", DATABASE_URL.format(password=password))
        once("s3_access_key_id", MARK + secrets.token_hex(5))
        once("s3_secret_access_key", MARK + secrets.token_hex(20))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "a file in it is none of ours"
        raise KeysError(
            f"{directory} cannot hold the demonstration's credentials: {reason}. It must be a "
            f"directory that user {os.getuid()} may write to."
        ) from error
    if password not in url:
        raise KeysError(
            f"{directory}/database_url does not hold the password of {directory}/postgres_password."
            " Remove database_url, and it is made anew."
        )
    return made


def write(path: Path, value: str) -> None:
    """Write the whole file or none."""
    descriptor, unfinished = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{value}\n")
            file.flush()
            os.fchmod(descriptor, 0o444)
            os.fsync(descriptor)
        Path(unfinished).rename(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m demo.keys",
        description="Make up a demonstration's credentials, once; keep those that are there.",
    )
    parser.add_argument("directory", type=Path)
    directory = parser.parse_args().directory
    try:
        made = make_keys(directory)
    except KeysError as error:
        sys.exit(str(error))
    for name, new in made.items():
        print(f"{directory / name}: {'made' if new else 'kept'}")  # noqa: T201 - what it is run for


if __name__ == "__main__":
    main()
