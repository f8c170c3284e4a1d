"""What surrounds the code says the truth about it."""

import re

import pytest

from tests.dev.conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_run_the_command_everyone_runs_and_nothing_else(workflow):
    commands = re.findall(r"^\s*(?:- )?run:(.*)$", workflow.read_text(), re.MULTILINE)
    assert commands
    assert all(command.strip().startswith("./dev ") for command in commands), commands


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_name_their_version(workflow):
    actions = re.findall(r"uses: (.*)$", workflow.read_text(), re.MULTILINE)
    assert actions
    for action in actions:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_read_the_repository_and_nothing_more(workflow):
    text = workflow.read_text()
    assert "\npermissions:\n  contents: read\n" in text
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_file_that_a_page_names_is_there(name):
    text = (ROOT / name).read_text()
    made = {".venv/", ".dev/", "frontend/node_modules/", "frontend/dist/", "staticfiles/", "media/"}
    named = set(re.findall(r"`([\w.-]+(?:/[\w.-]*)+)`", text))
    linked = set(re.findall(r"\]\(([\w./-]+)\)", text))
    for path in (named | linked) - made:
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_command_that_a_page_names_is_one(dev, name):
    named = set(re.findall(r"\./dev (\w[\w-]*)", (ROOT / name).read_text()))
    assert named
    assert named <= set(dev.COMMANDS)


def test_the_readme_prints_the_sign_ins_of_the_demo(dev):
    text = (ROOT / "README.md").read_text()
    for name, password in dev.SIGN_INS.values():
        assert f"| `{name}` | `{password}` |" in text


def test_the_named_regions_and_functions_are_there():
    """In a row of the map, a name follows the file that it is in."""
    table = (ROOT / "README.md").read_text().split("| I want… | open |\n")[1].split("\n\n")[0]
    rows = table.splitlines()[1:]
    assert len(rows) > 10
    for row in rows:
        file = None
        for name in re.findall(r"`([^`]+)`", row):
            if "/" in name or (ROOT / name).exists():
                file = ROOT / name
                assert file.exists(), row
            else:
                text = file.read_text()
                assert f"# region {name}\n" in text or f"def {name}(" in text, f"{file}: {name}"
