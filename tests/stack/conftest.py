"""The stack of compose.yaml, for real: only with `--stack`, which `./dev stack-test` gives."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import chromium
from tests.environment import ROOT
from tests.servers.stack import Stack, running_stack


def pytest_ignore_collect(collection_path, config):
    """Collect nothing here without the option: a run without Docker must not pass as one with."""
    if not config.getoption("stack") and Path(__file__).parent in collection_path.parents:
        return True
    return None


@pytest.fixture(scope="session")
def filesystem_stack(stack):
    """The stack with media on a volume instead of in buckets, beside the other one."""
    beside = Stack(
        "vitrine-test-files",
        http_port=stack.http_port + 1,
        s3_port=stack.s3_port + 1,
        files=("compose.yaml", "compose.filesystem.yaml"),
    )
    with running_stack(beside) as running:
        yield running


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, **chromium()}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of what the images are built from, to change at will."""
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder
