"""Every kind of value, read and refused; tests/config/test_settings.py starts the real site."""

import importlib
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import Env


@pytest.fixture
def env(monkeypatch):
    """Return a function that sets NAME and returns a reader."""

    def given(value):
        monkeypatch.setenv("NAME", value)
        return Env()

    return given


@pytest.mark.parametrize(
    ("method", "arguments", "bad"),
    [
        ("flag", (False,), "ture"),
        ("choice", (["a", "b"], "a"), "c"),
        ("url", (), "ftp://x"),
        ("url", (), "https://x:port"),
        ("url", (), "https://:80"),
        ("database", ("",), "nonsense"),
        ("database", ("",), "postgres://host"),
        ("mailer", ("",), "pigeon://roof"),
        ("mailer", ("",), "smtp://host:port"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name_and_with_the_remedy(
    env, method, arguments, bad
):
    with pytest.raises(ImproperlyConfigured, match=r"NAME is not .*\.env\.example"):
        getattr(env(bad), method)("NAME", *arguments)


def test_an_empty_value_asks_for_the_default(env):
    reader = env("  ")
    assert reader.text("NAME", default="x") == "x"
    assert reader.choice("NAME", ["a"], default="a") == "a"
    assert reader.items("NAME", default=["a"]) == ["a"]
    assert reader.database("NAME", default="sqlite:///x.db")["NAME"] == "x.db"
    with pytest.raises(ImproperlyConfigured, match="NAME is not set"):
        reader.text("NAME")


def test_a_database_url_becomes_djangos_settings(env):
    found = env("postgres://me:p%40ss@db.example:5433/vitrine").database("NAME", default="")
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["USER"], found["PASSWORD"], found["HOST"]) == ("me", "p@ss", "db.example")
    assert (found["PORT"], found["NAME"]) == (5433, "vitrine")


def test_an_env_file_is_needed_only_if_it_was_named(tmp_path, monkeypatch):
    Env().read_file(None, default=tmp_path / "none")
    Env().read_file("", default=tmp_path / "none")
    with pytest.raises(ImproperlyConfigured, match="point ENV_FILE at another"):
        Env().read_file(str(tmp_path / "none"), default=tmp_path / "none")
    (tmp_path / "some").write_text("VITRINE_TEST_ONLY=1\n")
    monkeypatch.setenv("VITRINE_TEST_ONLY", "")
    monkeypatch.delenv("VITRINE_TEST_ONLY")
    Env().read_file(str(tmp_path / "some"), default=tmp_path / "none")
    assert Env().text("VITRINE_TEST_ONLY") == "1"
    monkeypatch.delenv("VITRINE_TEST_ONLY")


@pytest.mark.parametrize(
    ("content", "said"), [(b"A=1\nhunter2\n", "line 2 is neither"), (b"A=\xff\n", "UTF-8")]
)
def test_an_env_file_that_cannot_be_read_is_named_and_not_repeated(tmp_path, content, said):
    (tmp_path / "env").write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=said) as caught:
        Env().read_file(None, default=tmp_path / "env")
    assert "hunter2" not in str(caught.value)


def test_the_application_refuses_to_serve_in_build_mode(settings):
    sys.modules.pop("config.wsgi", None)
    assert callable(importlib.import_module("config.wsgi").application)
    settings.BUILD_MODE = True
    sys.modules.pop("config.wsgi")
    with pytest.raises(ImproperlyConfigured, match="Unset BUILD_MODE"):
        importlib.import_module("config.wsgi")
    sys.modules.pop("config.wsgi", None)
