"""The script `dev`, loaded as a module or run as a program."""

import importlib.machinery
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def dev():
    """The script as a module, fresh for every test."""
    loader = importlib.machinery.SourceFileLoader("dev_script", str(ROOT / "dev"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("dev_script", loader))
    sys.modules["dev_script"] = module
    loader.exec_module(module)
    yield module
    del sys.modules["dev_script"]


@pytest.fixture
def project(dev, tmp_path, monkeypatch):
    """An empty project folder that the loaded script takes for its own."""
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "FRONTEND", tmp_path / "frontend")
    monkeypatch.setattr(dev, "STATE", tmp_path / ".dev")
    monkeypatch.setattr(dev, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(dev, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    (tmp_path / "frontend").mkdir()
    (tmp_path / ".env.example").write_text("DEBUG=false\n# SECRET_KEY=\n")
    return tmp_path


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
