"""The stack of compose.yaml, for real: only with `--stack`, which `./dev stack-test` gives."""

from pathlib import Path

import pytest

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
