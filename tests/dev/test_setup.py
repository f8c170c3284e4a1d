import os

import pytest


def test_a_fingerprint_follows_content_and_names_but_not_dates(dev, project):
    folder = project / "static"
    folder.mkdir()
    (folder / "a.css").write_text("a {}")
    first = dev.digest(folder)
    os.utime(folder / "a.css", (0, 0))
    assert dev.digest(folder) == first
    (folder / "a.css").write_text("a { color: red }")
    changed = dev.digest(folder)
    assert changed != first
    (folder / "a.css").rename(folder / "b.css")
    assert dev.digest(folder) not in (first, changed)


def test_a_stamp_is_fresh_only_for_what_it_was_set_for(dev, project):
    stamp = project / ".dev" / "stamps" / "build"
    assert not dev.is_fresh(stamp, "one")
    dev.set_stamp(stamp, "one")
    assert dev.is_fresh(stamp, "one")
    assert not dev.is_fresh(stamp, "two")


@pytest.fixture
def built(dev, project, monkeypatch):
    """A project whose build is pretended; returns the list of what was run."""
    ran = []

    def npm_run(script):
        ran.append(script)
        (project / "frontend" / "dist").mkdir(exist_ok=True)

    def manage(*arguments, **options):
        ran.append(arguments[0])
        (project / "staticfiles").mkdir(exist_ok=True)
        (project / "staticfiles" / "staticfiles.json").touch()

    monkeypatch.setattr(dev, "npm_run", npm_run)
    monkeypatch.setattr(dev, "manage", manage)
    (project / "static").mkdir()
    (project / ".venv").mkdir()
    (project / ".venv" / ".dev-stamp").write_text("packages")
    (project / "pipeline").mkdir()
    (project / "frontend" / "main.ts").write_text("let a = 1")
    dev.build(dev.PYTHON)
    assert ran == ["build", "check", "collectstatic"]
    ran.clear()
    return ran


def test_build_does_nothing_when_nothing_changed(dev, built):
    assert dev.build(dev.PYTHON) == "nothing changed"
    assert built == []


@pytest.mark.parametrize("name", ["frontend/main.ts", "static/logo.svg", ".venv/.dev-stamp"])
def test_build_runs_again_when_something_changed(dev, project, built, name):
    (project / name).write_text("changed")
    dev.build(dev.PYTHON)
    assert built == ["build", "check", "collectstatic"]


@pytest.mark.parametrize("product", ["frontend/dist", "staticfiles/staticfiles.json"])
def test_build_runs_again_when_its_product_is_gone(dev, project, built, product):
    (project / product).rename(project / "elsewhere")
    dev.build(dev.PYTHON)
    assert built == ["build", "check", "collectstatic"]


def test_build_runs_again_when_told_to(dev, built):
    dev.build(dev.PYTHON, force=True)
    assert built


def test_a_build_that_failed_is_not_taken_for_done(dev, built, monkeypatch):
    def refuse(*arguments, **options):
        raise dev.Trouble("no bundle")

    with monkeypatch.context() as patch:
        patch.setattr(dev, "manage", refuse)
        with pytest.raises(dev.Trouble):
            dev.build(dev.PYTHON, force=True)
    built.clear()
    dev.build(dev.PYTHON)
    assert built == ["build", "check", "collectstatic"]


@pytest.fixture
def managed(dev, project, monkeypatch):
    """Return the list of management commands that were run."""
    ran = []
    monkeypatch.setattr(dev, "manage", lambda *arguments, **options: ran.append(arguments[0]))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (project / "requirements.txt").touch()
    (project / "catalog" / "migrations").mkdir(parents=True)
    dev.ensure_database({})
    assert ran == ["migrate", "seed_demo"]
    ran.clear()
    (project / "db.sqlite3").touch()
    return ran


def test_a_second_start_neither_migrates_nor_seeds(dev, managed):
    dev.ensure_database({})
    assert managed == []


def test_a_new_migration_is_run_without_seeding_again(dev, project, managed):
    (project / "catalog" / "migrations" / "0002_year.py").touch()
    dev.ensure_database({})
    assert managed == ["migrate"]


def test_a_deleted_database_is_made_again(dev, project, managed):
    (project / "db.sqlite3").unlink()
    dev.ensure_database({})
    assert managed == ["migrate", "seed_demo"]


def test_another_database_has_stamps_of_its_own(dev, managed):
    dev.ensure_database({"DATABASE_URL": "sqlite:///.dev/s3.sqlite3"})
    assert managed == ["migrate", "seed_demo"]


def test_env_file_and_shell_win_over_development_defaults(dev, project, monkeypatch):
    for name in ("DEBUG", "HTTPS", "VITE_DEV_SERVER", "ENV_FILE"):
        monkeypatch.delenv(name, raising=False)
    (project / ".env").write_text("# mine\nDEBUG=false\nHTTPS=\n")
    assert dev.development() == {"HTTPS": "false", "VITE_DEV_SERVER": "http://localhost:5173"}
    monkeypatch.setenv("HTTPS", "true")
    assert dev.development(VITE_DEV_SERVER="http://localhost:5300") == {
        "VITE_DEV_SERVER": "http://localhost:5300"
    }


def test_checks_and_builds_are_not_moved_by_the_shell(dev, project, monkeypatch):
    monkeypatch.setenv("DEBUG", "true")
    monkeypatch.setenv("SECRET_KEY", "from the shell")
    values = dev.isolated(BUILD_MODE="true")
    assert values == {"DEBUG": "", "SECRET_KEY": "", "ENV_FILE": "", "BUILD_MODE": "true"}


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v26.0.0", True),
    ],
)
def test_node_is_taken_only_where_vite_runs_on_it(dev, tmp_path, version, enough):
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {version}\n")
    node.chmod(0o755)
    found = dev.a_node(str(node), "npm")
    assert (found is not None) is enough
    if found:
        assert found.env["PATH"].startswith(f"{tmp_path}{os.pathsep}")


def test_a_chromium_that_does_not_start_is_named(dev, monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    with pytest.raises(dev.Trouble, match="CHROMIUM=/no/such/browser does not start"):
        dev.find_chromium()


def test_where_chromium_cannot_be_brought_the_remedies_are_named(dev, project, monkeypatch):
    monkeypatch.setattr(dev, "find_chromium", lambda: None)
    monkeypatch.setattr(dev, "apt_install", lambda package: False)
    with pytest.raises(dev.Trouble, match="apt-get install chromium") as trouble:
        dev.ensure_chromium()
    assert "playwright install --with-deps chromium" in str(trouble.value)
    assert "CHROMIUM=/path/to/chromium" in str(trouble.value)


def test_where_venv_is_missing_the_remedies_are_named(dev, project, monkeypatch):
    base = project / "python3"
    base.write_text("#!/bin/sh\necho 'ensurepip is not available'\nexit 1\n")
    base.chmod(0o755)
    monkeypatch.setattr(dev, "apt_install", lambda package: False)
    with pytest.raises(dev.Trouble, match=r"apt-get install python3\.\d+-venv"):
        dev.bring_uv(str(base))
