import os
import re
import subprocess
import sys

import pytest

from config.env import DEMO_MARK
from demo.keys import MARK, KeysError, make_keys
from tests.environment import ROOT

NAMES = [
    "database_url",
    "postgres_password",
    "s3_access_key_id",
    "s3_secret_access_key",
    "secret_key",
]


def content(directory):
    return {path.name: path.read_text() for path in directory.iterdir()}


def test_each_credential_is_made_once_and_then_kept(tmp_path):
    assert set(make_keys(tmp_path / "keys").values()) == {True}
    first = content(tmp_path / "keys")
    assert sorted(first) == NAMES
    assert set(make_keys(tmp_path / "keys").values()) == {False}
    assert content(tmp_path / "keys") == first


def test_no_two_demonstrations_share_a_credential(tmp_path):
    for name in ("one", "two"):
        make_keys(tmp_path / name)
    one, two = content(tmp_path / "one"), content(tmp_path / "two")
    assert not set(one.values()) & set(two.values())


def test_each_credential_says_that_it_is_for_a_demonstration_only(tmp_path):
    make_keys(tmp_path)
    assert all(MARK in value for value in content(tmp_path).values())
    assert MARK == DEMO_MARK


def test_the_values_are_what_their_readers_take(tmp_path):
    make_keys(tmp_path)
    found = {name: value.strip() for name, value in content(tmp_path).items()}
    assert len(found["secret_key"]) >= 50
    password = found["postgres_password"]
    assert re.fullmatch(r"[a-z0-9-]+", password)  # nothing to escape in a URL
    assert found["database_url"] == f"postgres://vitrine:{password}@db:5432/vitrine"
    assert 16 <= len(found["s3_access_key_id"]) <= 128  # AWS's own limits
    assert len(found["s3_secret_access_key"]) >= 40


def test_every_container_may_read_them_and_none_may_write(tmp_path):
    make_keys(tmp_path)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o444}


def test_what_is_lost_alone_is_made_anew(tmp_path):
    make_keys(tmp_path)
    first = content(tmp_path)
    (tmp_path / "database_url").unlink()
    assert [name for name, new in make_keys(tmp_path).items() if new] == ["database_url"]
    assert content(tmp_path) == first


def test_a_url_with_another_password_is_named_with_the_remedy(tmp_path):
    make_keys(tmp_path)
    (tmp_path / "postgres_password").unlink()
    with pytest.raises(KeysError, match="Remove database_url"):
        make_keys(tmp_path)


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeysError, match="No space left on device"):
        make_keys(tmp_path)
    assert list(tmp_path.iterdir()) == []


def run(*arguments):
    """Run the command as the image does, with none but the standard library at hand."""
    return subprocess.run(
        [sys.executable, "-S", "-m", "demo.keys", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_needs_no_library_and_says_what_it_made_or_kept(tmp_path):
    first, second = run(tmp_path), run(tmp_path)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    for name in NAMES:
        assert f"{tmp_path / name}: made" in first.stdout
        assert f"{tmp_path / name}: kept" in second.stdout
    assert DEMO_MARK not in first.stdout


def test_the_command_names_a_directory_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    failed = run(tmp_path / "file")
    assert failed.returncode == 1
    assert f"{tmp_path / 'file'} cannot hold" in failed.stderr
    assert "Traceback" not in failed.stderr
