"""The rules of the house: which room may know which."""

import ast
import re

import pytest
from django.contrib.staticfiles import finders

from tests.environment import ROOT

FRONT = {"accounts", "catalog", "documents"}
ENGINE = {"pipeline", "uploads"}
ROOMS = FRONT | ENGINE | {"config", "demo"}

# What each room may import of the others. config/ is the wiring; demo/ may know every front room,
# since it fills them, and nobody may know demo/. How far a command is, and
# how to talk to an S3 server, both engine rooms may know.
ALLOWED = {
    "accounts": {"uploads"},
    "catalog": {"uploads"},
    "documents": {"uploads"},
    "uploads": {"config.progress", "config.s3"},
    "pipeline": {"config.progress", "config.s3"},
    "demo": {"accounts", "catalog", "documents", "uploads"},
    "config": {"pipeline", "uploads", "catalog.views"},
}


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; write the whole name"
            yield node.module


def test_every_room_is_named_here():
    packages = {p.parent.name for p in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages == ROOMS == set(ALLOWED)


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_dependencies_point_one_way(room):
    trespasses = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for name in imports_of(path)
        if name.split(".")[0] in ROOMS - {room}
        and not any(f"{name}.".startswith(f"{allowed}.") for allowed in ALLOWED[room])
    ]
    assert trespasses == []


def templates():
    return sorted([*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")])


def test_every_static_literal_in_a_template_names_a_file():
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in templates()
        for name in re.findall(r"""{%\s*static\s+["']([^"']+)["']""", path.read_text())
        if not finders.find(name)
    ]
    assert missing == []


def test_no_template_writes_a_static_or_media_url_by_hand():
    found = [
        f"{path.relative_to(ROOT)}: {url}"
        for path in templates()
        for url in re.findall(r"""["'(](/(?:static|media)/[^"')]*)""", path.read_text())
    ]
    assert found == []


def test_every_picture_in_a_template_has_alt_width_and_height():
    for path in templates():
        for tag in re.findall(r"<img\b[^>]*>", path.read_text()):
            for attribute in ("alt=", "width=", "height="):
                assert attribute in tag, f"{path.name}: {tag} lacks {attribute}"


def test_no_template_holds_an_inline_script_style_or_handler():
    for path in templates():
        html = path.read_text()
        if path.name != "500.html":  # its style is allowed by hash; see config/errors.py
            assert "<style" not in html, path
        assert not re.search(r"<script(?![^>]*\bsrc=)", html), path
        assert not re.search(r"\s(?:style|on[a-z]+)=[\"']", html), path


def test_app_statics_are_namespaced_by_their_app():
    for static in ROOT.glob("*/static"):
        assert [p.name for p in static.iterdir()] == [static.parent.name]
