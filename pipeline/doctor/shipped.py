"""The sources: which of two wins, whose folder, and is the bundle as new as they are?"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from pipeline.doctor.findings import Finding, found, some
from pipeline.doctor.places import own_apps, shown, sources


def no_two_files_have_one_path() -> Iterator[Finding]:
    """pipeline.W109: the first that the finders find is collected."""
    found_at: dict[str, list[Path]] = {}
    for source in sources():
        found_at.setdefault(source.name, []).append(source.path)
    for name, paths in found_at.items():
        winner, *losers = dict.fromkeys(paths)
        if losers:
            yield found(
                "pipeline.W109",
                f"{name}: {shown(winner)} wins, and {some(map(shown, losers))} is never served.",
                where=name,
            )


def app_files_are_in_a_folder_of_their_app() -> Iterator[Finding]:
    """pipeline.W110: of the project's own apps; others' can only be reported to others."""
    for app in own_apps():
        folder = Path(app.path) / "static"
        allowed = {app.label, app.name.rpartition(".")[2]}
        allowed |= {name.replace("_", "-") for name in allowed}
        loose = (
            sorted(p.name for p in folder.iterdir() if p.name not in allowed and p.name[0] != ".")
            if folder.is_dir()
            else []
        )
        if loose:
            yield found(
                "pipeline.W110",
                f"{shown(folder)} has {some(loose)} beside {app.label}/.",
                f"Move to {shown(folder / app.label)}/, and write "
                f"{{% static '{app.label}/{loose[0]}' %}}.",
                shown(folder),
            )


def bundle_is_newer_than_its_sources() -> Iterator[Finding]:
    """pipeline.W108: by time, and by content where a source map has kept it.

    A checkout of another branch and back renews times; a map that holds the very text of a source
    proves that nothing changed.
    """
    vite = settings.DJANGO_VITE["default"]
    manifest = Path(vite["manifest_path"])
    if vite["dev_mode"] or not manifest.is_file():
        return
    root = manifest.parent.parent.parent  # dist/.vite/manifest.json
    names = [str(entry.get("src", "")) for entry in json.loads(manifest.read_text()).values()]
    tops = {Path(name).parts[0] for name in names if name and "node_modules" not in name}
    built = _kept_in_maps(manifest.parent.parent)
    newer = []
    for path in sorted(p for top in tops for p in (root / top).rglob("*") if p.is_file()):
        if path.stat().st_mtime <= manifest.stat().st_mtime:
            continue
        if built.get(path.resolve()) != path.read_bytes().decode(errors="replace"):
            newer.append(shown(path))
    if newer:
        yield found(
            "pipeline.W108",
            f"{len(newer)} sources changed after {shown(manifest)} was written: {some(newer)}.",
            where=shown(manifest),
        )


def _kept_in_maps(folder: Path) -> dict[Path, str]:
    texts: dict[Path, str] = {}
    for path in folder.rglob("*.map"):
        content: dict[str, Any] = json.loads(path.read_text())
        for name, text in zip(
            content.get("sources", []), content.get("sourcesContent", []), strict=False
        ):
            texts[(path.parent / name).resolve()] = text
    return texts
