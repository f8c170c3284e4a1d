"""The lockfiles are in step with what is declared; `./dev lock` and `npm install` make them so."""

import json
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.dev.conftest import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SITE = PYPROJECT["project"]["dependencies"]
TOOLS = PYPROJECT["project"]["optional-dependencies"]["dev"]
GROUPS = PYPROJECT.get("dependency-groups", {})
LOCKS = [
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-next.txt",
    "requirements-node.txt",
]


def locked(name):
    """Return each package of a lockfile as name -> (versions, whole entry)."""
    text = (ROOT / name).read_text()
    entries = {}
    for entry in re.split(r"^(?=[a-zA-Z0-9])", text, flags=re.MULTILINE)[1:]:
        package, version = re.match(r"([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", entry).groups()
        versions, before = entries.get(canonicalize_name(package), (set(), ""))
        entries[canonicalize_name(package)] = (versions | {version}, before + entry)
    return entries


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        ("requirements.txt", SITE),
        ("requirements-dev.txt", SITE + TOOLS),
        ("requirements-next.txt", GROUPS.get("next", [])),
        ("requirements-node.txt", GROUPS.get("node", [])),
    ],
)
def test_each_lock_holds_exactly_what_pyproject_declares(lock, declared):
    wanted = {canonicalize_name(r.name): r.specifier for r in map(Requirement, declared)}
    entries = locked(lock)
    for_us = {name for name, (_, entry) in entries.items() if "vitrine (pyproject.toml" in entry}
    assert for_us == set(wanted), "run ./dev lock"
    for name, specifier in wanted.items():
        versions = entries[name][0]
        assert all(version in specifier for version in versions), f"{name}: run ./dev lock"


def test_the_site_runs_on_the_versions_that_were_tested():
    tested = {name: versions for name, (versions, _) in locked("requirements-dev.txt").items()}
    for name, (versions, _) in locked("requirements.txt").items():
        assert versions == tested.get(name), f"{name}: run ./dev lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(lock):
    for name, (_, entry) in locked(lock).items():
        assert "--hash=sha256:" in entry, name
    assert "://" not in (ROOT / lock).read_text()


def test_the_frontend_lock_has_hashes_and_no_addresses():
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    for path, package in packages.items():
        assert "resolved" not in package, path
        assert not path or "integrity" in package, path


def test_the_frontend_lock_is_complete_for_every_platform():
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    for path, package in packages.items():
        for name in package.get("optionalDependencies", {}):
            if "-android-" in name:  # Biome names them without having published them
                continue
            assert f"node_modules/{name}" in packages, f"{path} needs {name}"
