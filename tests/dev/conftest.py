"""The script `dev`, loaded as a module or run as a program."""

import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def project(tmp_path):
    """A project folder with nothing in it but the script and what it cannot do without."""
    folder = tmp_path / "project"
    (folder / "frontend").mkdir(parents=True)
    (folder / ".env.example").write_text("DEBUG=false\n# SECRET_KEY=\n")
    shutil.copy(ROOT / "dev", folder)
    return folder


@pytest.fixture
def dev(project):
    """The script as a module, for that project."""
    loader = importlib.machinery.SourceFileLoader("dev_script", str(project / "dev"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("dev_script", loader))
    sys.modules["dev_script"] = module
    loader.exec_module(module)
    yield module
    del sys.modules["dev_script"]


@pytest.fixture
def run_dev(tmp_path):
    """Return a function that runs `./dev arguments…` from some other folder."""

    def run(*arguments, **variables):
        return subprocess.run(
            [sys.executable, ROOT / "dev", *arguments],
            cwd=tmp_path,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run
