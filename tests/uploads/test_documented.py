"""docs/uploads.md names every code, and no other."""

import ast
import re

from tests.environment import ROOT

PAGE = (ROOT / "docs" / "uploads.md").read_text()
ELSEWHERE = {"username_without_letter"}  # a refusal, but of no file
NO_REFUSAL_OF_A_FILE = {"csrf", "signed_out", "unavailable"}


def codes_in(path):
    """Return every literal given as `code=` or as the value of a key "code"."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.keyword) and node.arg == "code":
            values = [node.value]
        elif isinstance(node, ast.Dict):
            values = [
                value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value == "code"
            ]
        else:
            continue
        for value in values:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


def test_every_code_of_a_refusal_is_documented_and_none_that_is_not():
    sources = [
        *(ROOT / "uploads").glob("*.py"),
        *(ROOT / "config").glob("*.py"),
        *(ROOT / "documents").glob("*.py"),
        *(ROOT / "accounts").glob("*.py"),
    ]
    raised = {code for path in sources for code in codes_in(path)}
    table = PAGE.partition("## Refusals")[2].partition("## Decisions")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    documented = {code for row in rows for code in re.findall(r"`(\w+)`", row)}
    assert documented == raised - ELSEWHERE - NO_REFUSAL_OF_A_FILE


def test_every_code_has_a_hostile_file_or_a_test_of_its_own():
    table = PAGE.partition("## Refusals")[2].partition("## Decisions")[0]
    tests = "".join(p.read_text() for p in (ROOT / "tests").rglob("*.py"))
    for code in re.findall(r"`(\w+)`", table):
        assert f'"{code}"' in tests, f"no test asks for {code}"


def test_every_file_that_the_page_names_is_there():
    for name in re.findall(r"`((?:uploads|config|tests|docs)/[\w./]+)`", PAGE):
        assert (ROOT / name).exists(), name
    for link in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
