"""Every kind of value, read and refused; tests/config/test_settings.py starts the real site."""

import importlib
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import DEMO_MARK, Env


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
        ("url", (), "https://user:password@files.example.com"),
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


@pytest.fixture
def secret(env, monkeypatch, tmp_path):
    """Return a function that hands NAME over as a file and returns a reader."""

    def given(content, value=""):
        path = tmp_path / "secret"
        path.write_bytes(content)
        monkeypatch.setenv("NAME_FILE", str(path))
        return env(value)

    return given


def test_any_variable_may_be_read_from_a_file(secret):
    assert secret(b" hunter2\n").text("NAME") == "hunter2"
    assert secret(b"true\n").flag("NAME", default=False) is True
    assert secret(b"a, b\n").items("NAME") == ["a", "b"]
    found = secret(b"postgres://me:hunter2@db/vitrine\n").database("NAME", default="")
    assert found["PASSWORD"] == "hunter2"


@pytest.mark.parametrize(
    ("content", "said"), [(b" \n", "which is empty"), (b"\xff", "it is not text in UTF-8")]
)
def test_a_file_without_a_value_is_named_and_not_taken_for_the_default(secret, content, said):
    with pytest.raises(ImproperlyConfigured, match=rf"NAME_FILE names /.*{said}.*unset NAME_FILE"):
        secret(content).text("NAME", default="x")


def test_a_file_that_is_not_there_is_named_with_the_remedy(env, monkeypatch, tmp_path):
    monkeypatch.setenv("NAME_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match=r"NAME_FILE names .*No such file.*Mend"):
        env("").text("NAME", default="x")


def test_a_value_and_a_file_at_once_are_refused(secret):
    with pytest.raises(ImproperlyConfigured, match="NAME and NAME_FILE are both set") as caught:
        secret(b"hunter2", value="hunter3").text("NAME")
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize("value", ["demo-only-1234", "postgres://u:demo-only-1234@db/vitrine"])
def test_a_demonstrations_credential_is_refused_elsewhere_and_not_repeated(env, monkeypatch, value):
    assert DEMO_MARK in value
    for demo in ("", "false"):
        monkeypatch.setenv("DEMO", demo)
        with pytest.raises(ImproperlyConfigured, match=r"NAME holds .*DEMO is off") as caught:
            env(value).text("NAME")
        assert "1234" not in str(caught.value)
    monkeypatch.setenv("DEMO", "true")
    assert env(value).text("NAME") == value


def test_a_demonstrations_credential_is_refused_in_a_file_and_in_a_list_too(secret):
    with pytest.raises(ImproperlyConfigured, match="NAME holds"):
        secret(b"demo-only-1234\n").text("NAME")
    with pytest.raises(ImproperlyConfigured, match="NAME holds"):
        secret(b"x, demo-only-1234\n").items("NAME")


def test_origins_are_what_browsers_send(env):
    wanted = ["https://www.example.com", "http://localhost:8080", "http://[::1]:8080"]
    assert env(" ,".join(wanted)).origins("NAME") == wanted
    for bad in ("www.example.com", "https://x.example/", "https://*", "null", "ftp://x.example"):
        with pytest.raises(ImproperlyConfigured, match="NAME is not a list of origins"):
            env(bad).origins("NAME")


def test_a_number_is_whole_and_large_enough(env):
    assert env("").number("NAME", default=3) == 3
    assert env("12").number("NAME", default=3, least=1) == 12
    for bad in ("0", "-1", "1.5", "many", "²"):
        with pytest.raises(ImproperlyConfigured, match="NAME is not a whole number of at least 1"):
            env(bad).number("NAME", default=3, least=1)


@pytest.mark.parametrize(
    "address",
    [
        "tcp://clamd:3310",
        "tcp://my_clamd.example.com:1",
        "tcp://10.0.0.7:65535",
        "tcp://[::1]:3310",
        "unix:///run/clamav/clamd.ctl",
        "unix:///with space?and#more",
        "unix:///" + "x" * 106,
    ],
)
def test_a_daemons_address_is_a_host_with_a_port_or_a_path(env, address):
    assert env(f" {address} ").socket("NAME") == address


def test_a_daemon_may_be_none(env):
    assert env("").socket("NAME") == ""
    assert env("").socket("NAME", default="tcp://clamd:3310") == "tcp://clamd:3310"


@pytest.mark.parametrize(
    "address",
    [
        "clamd",
        "clamd:3310",
        "/run/clamav/clamd.ctl",
        "http://clamd:3310",
        "tcp://clamd",
        "tcp://clamd:",
        "tcp://:3310",
        "tcp://clamd:0",
        "tcp://clamd:65536",
        "tcp://clamd:²",
        "tcp://clamd:٣٣١٠",
        "tcp://clämd:3310",
        "tcp://clamd:3310/",
        "tcp://clamd:3310?x",
        "tcp://me@clamd:3310",
        "tcp://a b:3310",
        "tcp://a..b:3310",
        "tcp://" + "a" * 64 + ":3310",
        "tcp://" + "a." * 150 + "b:3310",
        "tcp://::1:3310",
        "tcp://clamd:3310\nx",
        "unix://run/clamav/clamd.ctl",
        "unix:/run/clamav/clamd.ctl",
        "unix:///",
        "unix:///run/clamav/",
        "unix:///run/a\nb",
        "unix:///" + "x" * 107,
        "unix:///" + "é" * 54,
    ],
)
def test_what_is_no_daemons_address_is_refused(env, address):
    with pytest.raises(ImproperlyConfigured, match=r"NAME is not an address like .*\.env\.example"):
        env(address).socket("NAME")
