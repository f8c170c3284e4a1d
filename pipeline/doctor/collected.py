"""STATIC_ROOT: is it there, is it of these sources and of this build, and how is it cached?

With DEBUG on nobody reads it, and none of this is asked.
"""

import filecmp
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from whitenoise.middleware import WhiteNoiseMiddleware

from pipeline.doctor.encodings import SUFFIXES, can_unpack, unpacked
from pipeline.doctor.findings import Finding, found, some
from pipeline.doctor.places import collected_files, collected_root, shown, sources, static_storage

ONE_DAY = 86_400  # seconds: longer, an unhashed file is kept past the next release
WHITENOISE = "whitenoise.middleware.WhiteNoiseMiddleware"
FINGERPRINT = re.compile(r"\.([0-9a-f]{12})(?=\.|$)")


def static_root() -> Iterator[Finding]:
    """pipeline.E101 and E102"""
    root = collected_root()
    if settings.DEBUG or root is None:
        return
    if not root.is_dir():
        yield found(
            "pipeline.E101", f"STATIC_ROOT, {shown(root)}, is not there.", where=shown(root)
        )
    elif not any(collected_files(root)):
        yield found("pipeline.E102", f"STATIC_ROOT, {shown(root)}, is empty.", where=shown(root))


def _root() -> Path | None:
    """Return STATIC_ROOT if there is something in it to look at."""
    root = collected_root()
    if settings.DEBUG or root is None or not any(collected_files(root)):
        return None
    return root


def collected_files_are_of_these_sources() -> Iterator[Finding]:
    """pipeline.E103: by content, since every checkout and every copy has times of its own."""
    if not (root := _root()):
        return
    manifest = _manifest()
    missing, changed = [], []
    seen: set[str] = set()
    for source in sources():
        if source.name in seen:
            continue  # another has this path; pipeline.W109 says so
        seen.add(source.name)
        collected = root / source.name
        if not collected.is_file() and getattr(
            settings, "WHITENOISE_KEEP_ONLY_HASHED_FILES", False
        ):
            collected = root / manifest.get(source.name, source.name)
            if collected.is_file() and collected.suffix in (".css", ".js"):
                continue  # rewritten on the way
        if not collected.is_file():
            missing.append(source.name)
        elif not filecmp.cmp(source.path, collected, shallow=False):
            changed.append(source.name)
    for names, verb in ((changed, "differ from their sources"), (missing, "are not collected")):
        if names:
            yield found(
                "pipeline.E103",
                f"In {shown(root)}, {len(names)} {verb}: {some(names)}.",
                where=shown(root),
            )


def _manifest() -> dict[str, str]:
    return dict(getattr(static_storage(), "hashed_files", None) or {})


def manifest() -> Iterator[Finding]:
    """pipeline.E104 and E105; of a manifest that no storage can read a system check speaks."""
    storage = static_storage()
    if not (root := _root()) or not hasattr(storage, "read_manifest"):
        return
    path = root / storage.manifest_name
    try:
        names = json.loads(path.read_text())["paths"]
    except FileNotFoundError:
        yield found("pipeline.E104", f"There is no {shown(path)}.", where=shown(path))
        return
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield found("pipeline.E104", f"{shown(path)}: {error}.", where=shown(path))
        return
    gone = sorted({stored for stored in names.values() if not (root / stored).is_file()})
    if gone:
        yield found(
            "pipeline.E105",
            f"{shown(path)} names {len(gone)} that are not in {shown(root)}: {some(gone)}.",
            where=shown(path),
        )


def bundle_is_the_collected_one() -> Iterator[Finding]:
    """pipeline.E106: pages take names from Vite's manifest, and visitors take files from here."""
    if not (root := _root()):
        return
    vite = settings.DJANGO_VITE["default"]
    path = Path(vite["manifest_path"])
    if vite["dev_mode"] or not path.is_file():
        return
    prefix = str(vite.get("static_url_prefix", "")).strip("/")
    names: set[str] = set()
    for entry in json.loads(path.read_text()).values():
        names |= {entry["file"], *entry.get("css", []), *entry.get("assets", [])}
    named = [f"{prefix}/{name}" if prefix else name for name in sorted(names)]
    gone = [name for name in named if not (root / name).is_file()]
    if gone:
        yield found(
            "pipeline.E106",
            f"{shown(path)} names {len(gone)} that are not in {shown(root)}: {some(gone)}.",
            where=shown(path),
        )


def contents_have_their_fingerprints() -> Iterator[Finding]:
    """pipeline.E107: for the files Django hashed; Vite's hash is of more than the content."""
    storage = static_storage()
    if not (root := _root()) or not hasattr(storage, "file_hash"):
        return
    for name, stored in _manifest().items():
        path, said = root / stored, FINGERPRINT.findall(stored)
        if stored == name or not said or not path.is_file():
            continue
        with path.open("rb") as file:
            actual = storage.file_hash(name, File(file))
        if actual != said[-1]:
            yield found(
                "pipeline.E107",
                f"{stored} has a content whose fingerprint is {actual}.",
                where=shown(path),
            )


def compressed_files_unpack_to_the_file() -> Iterator[Finding]:
    """pipeline.E124, and I125 where nothing here unpacks brotli."""
    if not (root := _root()):
        return
    wrong, unread = [], []
    for name, path in collected_files(root):
        encoding, file = SUFFIXES.get(path.suffix, ""), path.with_suffix("")
        if not encoding or not file.is_file():
            continue
        if not can_unpack(encoding):
            unread.append(name)
            continue
        try:
            if unpacked(path.read_bytes(), encoding) != file.read_bytes():
                wrong.append(f"{name} (of another content)")
        except ValueError:
            wrong.append(f"{name} (not {encoding}, or cut off)")
    if wrong:
        said = f"{len(wrong)} do not unpack to the file beside them: {some(wrong)}."
        yield found("pipeline.E124", f"In {shown(root)}, {said}", where=shown(root))
    if unread:
        said = f"{len(unread)} were not compared: {some(unread)}."
        yield found("pipeline.I125", f"In {shown(root)}, {said}", where=shown(root))


def exactly_hashed_files_are_immutable() -> Iterator[Finding]:
    """pipeline.E114 and E115: asked of WhiteNoise itself, file by file."""
    if not (root := _root()) or WHITENOISE not in settings.MIDDLEWARE:
        return
    judge = WhiteNoiseMiddleware(lambda request: None)
    prefix = judge.static_prefix
    hashed = set(_manifest().values())
    kept, forgotten, long = [], [], []
    for url in judge.files:
        name = url.removeprefix(prefix)
        if not url.startswith(prefix) or name.endswith(tuple(SUFFIXES)):
            continue
        immutable = judge.immutable_file_test(str(root / name), url)
        if immutable and name not in hashed:
            kept.append(name)
        elif not immutable and name in hashed:
            forgotten.append(name)
        elif not immutable and (judge.max_age or 0) > ONE_DAY:
            long.append(name)
    if long:
        yield found(
            "pipeline.E115",
            f"WHITENOISE_MAX_AGE keeps {len(long)} without a fingerprint for {judge.max_age} "
            f"seconds: {some(sorted(long))}.",
            "Take WHITENOISE_MAX_AGE away, or set it to 60; hashed names do not heed it.",
            "WHITENOISE_MAX_AGE",
        )
    if forgotten:
        yield found(
            "pipeline.E114",
            f"{len(forgotten)} of {len(hashed)} hashed names are cached for "
            f"{judge.max_age or 0} seconds: {some(forgotten)}.",
            where="WHITENOISE_IMMUTABLE_FILE_TEST",
        )
    if kept:
        yield found(
            "pipeline.E115",
            f"{len(kept)} without a fingerprint of the manifest: {some(sorted(kept))}.",
            where="WHITENOISE_IMMUTABLE_FILE_TEST",
        )


def collected_files_can_be_read() -> Iterator[Finding]:
    """pipeline.W116: FILE_UPLOAD_PERMISSIONS is meant for uploads, and collectstatic takes it."""
    if not (root := _root()):
        return
    closed = [
        f"{name} ({stat.S_IMODE(path.stat().st_mode):o})"
        for name, path in collected_files(root)
        if not path.stat().st_mode & stat.S_IROTH
    ]
    if closed:
        yield found(
            "pipeline.W116",
            f"{len(closed)} collected files are closed to other users: {some(closed)}.",
            where=shown(root),
        )
