"""What the files of a deployment do with collected files: git, Dockerfile, compose, Procfile."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from pipeline.doctor.findings import Finding, found, some
from pipeline.doctor.places import project, shown

COMPOSE = ("compose*.y*ml", "docker-compose*.y*ml", "*/compose*.y*ml")
START = ("*entrypoint*", "*/*entrypoint*", "start*.sh", "*/start*.sh", "Procfile")


def collected_files_are_not_committed() -> Iterator[Finding]:
    """pipeline.W118"""
    git = shutil.which("git")
    if not git or not settings.STATIC_ROOT or not (project() / ".git").exists():
        return
    root = Path(settings.STATIC_ROOT)
    listed = subprocess.run(  # noqa: S603
        [git, "ls-files", "--", str(root)],
        cwd=project(),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    if names := listed.stdout.splitlines():
        yield found(
            "pipeline.W118",
            f"git has {len(names)} files of {shown(root)}: {some(names)}.",
            f"Run `git rm -r --cached {shown(root)}`, and add /{shown(root)}/ to .gitignore.",
            shown(root),
        )


def nothing_is_collected_at_the_start() -> Iterator[Finding]:
    """pipeline.W119: commands of an image, of compose, of an entrypoint, of a Procfile."""
    for path in _files("Dockerfile*", "*/Dockerfile*"):
        for number, line in _instructions(path):
            if re.match(r"(?i)\s*(CMD|ENTRYPOINT)\b", line) and "collectstatic" in line:
                yield _collects(path, number)
    for path in _files(*COMPOSE, *START):
        for number, line in enumerate(_lines(path), start=1):
            if "collectstatic" in line:
                yield _collects(path, number)


def _collects(path: Path, number: int) -> Finding:
    return found(
        "pipeline.W119",
        f"{shown(path)} runs collectstatic at each start.",
        where=f"{shown(path)}:{number}",
    )


def no_volume_hides_the_collected_files() -> Iterator[Finding]:
    """pipeline.W120: by the name of the folder, since in the image it lies elsewhere."""
    if not settings.STATIC_ROOT:
        return
    name = re.escape(Path(settings.STATIC_ROOT).name)
    mounted = re.compile(
        rf"""(?:[\w./$}}{{-]+:|target:\s*["']?)(?P<target>/[\w./-]*/?{name})/?(?::\w+)?["'\s,\]]"""
    )
    for path in _files(*COMPOSE):
        for number, line in enumerate(_lines(path), start=1):
            if match := mounted.search(f"{line} "):
                yield found(
                    "pipeline.W120",
                    f"{shown(path)} mounts a volume over {match['target']}.",
                    where=f"{shown(path)}:{number}",
                )


def _files(*patterns: str) -> list[Path]:
    folders = {path for pattern in patterns for path in project().glob(pattern)}
    return sorted(p for p in folders if p.is_file() and "node_modules" not in p.parts)


def _lines(path: Path) -> list[str]:
    """Return the lines without comments."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return [re.sub(r"(^|\s)#.*", "", line) for line in text.splitlines()]


def _instructions(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each instruction of a Dockerfile, its continued lines joined."""
    whole, began = "", 1
    for number, line in enumerate(_lines(path), start=1):
        began = began if whole else number
        whole += line.removesuffix("\\")
        if not line.endswith("\\"):
            yield began, whole
            whole = ""
