"""Where things are: what is the project's own, which sources there are, how a path is shown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.storage import FileSystemStorage, storages
from django.utils.module_loading import import_string

THEIRS = {"site-packages", "dist-packages", "node_modules"}


class Source(NamedTuple):
    """A static file where it was written."""

    name: str  # what templates call it: "catalog/css/catalog.css"
    path: Path


def project() -> Path:
    return Path(getattr(settings, "BASE_DIR", Path.cwd())).resolve()


def shown(path: Path | str) -> str:
    """Return a path as one would type it in the project's folder."""
    path = Path(path)
    return str(path.relative_to(project())) if path.is_relative_to(project()) else str(path)


def is_ours(path: Path) -> bool:
    """Return whether a path is the project's own and not an installed package's."""
    path = path.resolve()
    return path.is_relative_to(project()) and not THEIRS & set(path.parts)


def own_apps() -> list[AppConfig]:
    return [app for app in apps.get_app_configs() if is_ours(Path(app.path))]


def source_folders() -> list[Path]:
    """Return the folders that collectstatic collects from, in the order of the finders."""
    folders = []
    for finder in finders.get_finders():
        for storage in getattr(finder, "storages", {}).values():
            if isinstance(storage, FileSystemStorage):
                folders.append(Path(storage.location).resolve())
    return folders


def sources() -> Iterator[Source]:
    """Yield every file that collectstatic sees, those that others hide too, first the winner."""
    if not apps.is_installed("django.contrib.staticfiles"):
        return  # pipeline.E019 says so
    ignored = getattr(apps.get_app_config("staticfiles"), "ignore_patterns", [])
    for finder in finders.get_finders():
        for path, storage in finder.list(ignored):
            prefix = getattr(storage, "prefix", None) or ""
            name = f"{prefix}/{path}" if prefix else path
            yield Source(name.replace("\\", "/"), Path(storage.path(path)))


def collected_root() -> Path | None:
    """Return STATIC_ROOT, or None where static files are collected to somewhere else."""
    storage = static_storage()
    if isinstance(storage, FileSystemStorage) and settings.STATIC_ROOT:
        return Path(storage.location)
    return None


def static_storage() -> Any:
    return made("staticfiles")


def made(alias: str) -> Any:
    """Return the storage of an alias, or None if it cannot be made: pipeline.E020 says why."""
    try:
        return storages[alias]
    except Exception:  # whatever a backend's import or constructor raises
        return None


def broken_manifest() -> Path | None:
    """Return the manifest if it alone keeps the storage of static files from being made."""
    if made("staticfiles") is not None:
        return None
    configured = settings.STORAGES.get("staticfiles", {})
    try:
        backend = import_string(configured["BACKEND"])
        # A class that reads no manifest and is the same otherwise.
        blind = type(backend.__name__, (backend,), {"read_manifest": lambda self: None})
        storage = blind(**configured.get("OPTIONS", {}))
        return Path(storage.path(storage.manifest_name))
    except Exception:  # then its class or its options are at fault, which pipeline.E020 says
        return None


def collected_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the path of every file below STATIC_ROOT."""
    for path in sorted(root.rglob("*")):
        if path.is_file():
            yield path.relative_to(root).as_posix(), path
