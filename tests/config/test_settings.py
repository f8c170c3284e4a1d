import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import Env
from demo.keys import make_keys
from tests.environment import ROOT, VARIABLES

PRODUCTION = {
    "ENV_FILE": "",
    "SECRET_KEY": "k" * 30 + "0123456789abcdefghijklmnop",
    "ALLOWED_HOSTS": "gallery.example",
    "DATABASE_URL": "sqlite://:memory:",
}
S3 = {
    "MEDIA_STORE": "s3",
    "S3_REGION": "eu-central-1",
    "S3_PRIVATE_BUCKET": "private",
    "S3_PUBLIC_BUCKET": "public",
    "S3_PUBLIC_URL": "https://media.example:8443/prints/",
}


def manage(*arguments, **environment):
    clean = {k: v for k, v in os.environ.items() if k.removesuffix("_FILE") not in VARIABLES}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=clean | PRODUCTION | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def settings_of(**environment):
    names = (
        "DATABASES DEBUG HTTPS SECRET_KEY STORAGES SECURE_CSP SECURE_PROXY_SSL_HEADER "
        "SECURE_HSTS_SECONDS"
    )
    code = (
        "import json; from django.conf import settings; "
        f"print(json.dumps({{n: getattr(settings, n) for n in '{names}'.split()}}, default=str))"
    )
    run = manage("shell", "--no-imports", "-c", code, **environment)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_env_example_lists_exactly_the_variables_that_settings_and_gunicorn_read():
    source = "".join(
        (ROOT / "config" / f"{name}.py").read_text() for name in ("settings", "gunicorn")
    )
    read = re.findall(r"""env\.\w+\(\s*["']([A-Z0-9_]+)["']""", source)
    assert sorted(set(read)) == sorted(VARIABLES)


def test_env_example_is_a_file_that_starts_the_site(tmp_path):
    example = tmp_path / ".env"
    example.write_text((ROOT / ".env.example").read_text())
    run = manage("check", ENV_FILE=str(example), SECRET_KEY="", ALLOWED_HOSTS="", DATABASE_URL="")
    assert run.returncode == 0, run.stderr


def test_the_environment_wins_over_the_env_file(tmp_path):
    (tmp_path / "env").write_text("SECRET_KEY=from-the-file\nHTTPS=false\n")
    found = settings_of(ENV_FILE=str(tmp_path / "env"))
    assert found["SECRET_KEY"] == PRODUCTION["SECRET_KEY"]
    assert found["HTTPS"] is False


def test_debug_is_off_and_https_on_unless_asked_otherwise():
    found = settings_of()
    assert found["DEBUG"] is False
    assert found["HTTPS"] is True
    assert found["SECURE_HSTS_SECONDS"] == 31_536_000
    assert found["SECURE_PROXY_SSL_HEADER"] is None


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"DEBUG": "ture"}, "DEBUG is not true or false"),
        ({"MEDIA_STORE": "ftp"}, "MEDIA_STORE is not one of filesystem, s3"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is not a database URL"),
        ({"DATABASE_URL": "postgres://u:p@host:port/x"}, "DATABASE_URL is not a database URL"),
        ({"EMAIL_URL": "pigeon://roof"}, "EMAIL_URL is not an e-mail URL"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL is not one of"),
        ({"VITE_DEV_SERVER": "localhost:5173"}, "VITE_DEV_SERVER is not a URL"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is not at least 50 characters long"),
        ({"DATABASE_URL": "mysql://u@h/n"}, "DATABASE_URL is not a database URL"),
        ({"ALLOWED_HOSTS": "https://x.example/"}, "ALLOWED_HOSTS is not a list of host names"),
        ({**S3, "S3_PUBLIC_URL": "https://m.example; script-src *"}, "S3_PUBLIC_URL is not a URL"),
        ({"MEDIA_SENDFILE": "lighttpd"}, "MEDIA_SENDFILE is not one of none, nginx, apache"),
        ({"CLAMD_URL": "clamd:3310"}, "CLAMD_URL is not an address like tcp://clamd:3310"),
        ({"SITE_ORIGINS": "www.example.com"}, "SITE_ORIGINS is not a list of origins"),
        ({"SECRET_KEY": "demo-only-" + "x" * 60}, "SECRET_KEY holds a credential"),
        ({"SECRET_KEY_FALLBACKS": "x,demo-only-x"}, "SECRET_KEY_FALLBACKS holds a credential"),
        ({**S3, "S3_PRIVATE_BUCKET": ""}, "S3_PRIVATE_BUCKET is not set"),
        ({**S3, "S3_PUBLIC_URL": "media.example"}, "S3_PUBLIC_URL is not a URL"),
        ({**S3, "S3_PUBLIC_URL": "https://media:99999"}, "S3_PUBLIC_URL is not a URL"),
    ],
)
def test_a_missing_or_invalid_variable_stops_the_start_by_name_and_with_the_remedy(
    environment, named
):
    run = manage("check", **environment)
    last = run.stderr.strip().splitlines()[-1]
    assert run.returncode == 1
    assert named in last
    assert ".env.example" in last


@pytest.mark.parametrize("mode", [{}, {"DEBUG": "true", "BUILD_MODE": "true"}])
def test_a_development_server_for_scripts_is_refused_outside_development(mode):
    run = manage("check", VITE_DEV_SERVER="http://localhost:5173", **mode)
    assert run.returncode == 1
    assert "Unset VITE_DEV_SERVER" in run.stderr


@pytest.mark.parametrize("hosts", ["gallery.example", "localhost,gallery.example", "*", "10.0.0.7"])
def test_a_demonstration_is_refused_where_others_could_reach_it(hosts):
    run = manage("check", DEMO="true", ALLOWED_HOSTS=hosts)
    assert run.returncode == 1
    assert "Set DEMO=false" in run.stderr.strip().splitlines()[-1]


def test_a_demonstration_on_this_machine_starts_with_its_made_up_credentials(tmp_path):
    make_keys(tmp_path)
    run = manage(
        "check",
        DEMO="true",
        ALLOWED_HOSTS="localhost,127.0.0.1",
        SECRET_KEY="",
        SECRET_KEY_FILE=str(tmp_path / "secret_key"),
        DATABASE_URL="",
        DATABASE_URL_FILE=str(tmp_path / "database_url"),
    )
    assert run.returncode == 0, run.stderr


def test_a_proxy_cannot_send_files_that_are_in_a_bucket():
    run = manage("check", **S3, MEDIA_SENDFILE="nginx")
    assert run.returncode == 1
    assert "Unset MEDIA_SENDFILE" in run.stderr


def test_one_bucket_cannot_be_private_and_public():
    run = manage("check", **{**S3, "S3_PUBLIC_BUCKET": "private"})
    assert run.returncode == 1
    assert "Make two buckets" in run.stderr


def test_a_build_needs_no_media_settings_even_where_the_store_is_named():
    bare = {"SECRET_KEY": "", "DATABASE_URL": "", "BUILD_MODE": "true", "MEDIA_STORE": "s3"}
    assert manage("check", "--tag", "staticfiles", **bare).returncode == 0


def test_a_secret_with_a_typo_is_not_printed():
    run = manage("check", DATABASE_URL="postgre://u:hunter2@host/name")
    assert run.returncode == 1
    assert "hunter2" not in run.stderr.strip().splitlines()[-1]


def test_a_secret_key_may_begin_with_a_dollar_sign():
    assert settings_of(SECRET_KEY="$" + "x" * 60)["SECRET_KEY"] == "$" + "x" * 60


def test_with_s3_the_public_origin_and_nothing_more_enters_the_policy():
    found = settings_of(**S3)
    assert found["SECURE_CSP"]["img-src"] == ["'self'", "blob:", "https://media.example:8443"]
    assert found["STORAGES"]["public"]["OPTIONS"]["public_url"] == S3["S3_PUBLIC_URL"].rstrip("/")
    assert found["STORAGES"]["default"]["OPTIONS"]["querystring_expire"] == 60


def test_a_vanished_postgresql_holds_nobody_for_long_unless_the_url_says_otherwise():
    url = "postgres://vitrine:unused@db/vitrine"
    options = settings_of(DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]
    assert options["connect_timeout"] == 5
    assert options["tcp_user_timeout"] == 10_000
    assert options["options"] == "-c statement_timeout=15s -c lock_timeout=15s"
    found = settings_of(DATABASE_URL=f"{url}?connect_timeout=9&sslmode=require")
    options = found["DATABASES"]["default"]["OPTIONS"]
    assert (options["connect_timeout"], options["sslmode"]) == (9, "require")
    assert options["tcp_user_timeout"] == 10_000


def test_inline_styles_are_allowed_only_while_vite_serves():
    assert "'unsafe-inline'" not in str(settings_of()["SECURE_CSP"])
    vite = settings_of(DEBUG="true", VITE_DEV_SERVER="http://localhost:5173")["SECURE_CSP"]
    assert "'unsafe-inline'" in vite["style-src"]
    assert "'unsafe-inline'" not in vite["script-src"]
    assert "ws://localhost:5173" in vite["connect-src"]


def test_build_mode_needs_no_secret_and_no_database_and_refuses_to_serve():
    bare = {"SECRET_KEY": "", "DATABASE_URL": "", "BUILD_MODE": "true"}
    assert manage("check", "--tag", "staticfiles", **bare).returncode == 0
    run = manage("shell", "--no-imports", "-c", "import config.wsgi", **bare)
    assert run.returncode == 1
    assert "Unset BUILD_MODE to serve" in run.stderr


CLAMD = {"CLAMD_URL": "tcp://clamd.example:3310"}


def test_the_deployment_check_is_silent_in_production_shape():
    run = manage("check", "--deploy", "--fail-level", "WARNING", **S3, **CLAMD)
    assert run.returncode == 0, run.stderr


def test_the_deployment_check_says_that_uploads_are_not_scanned():
    run = manage("check", "--deploy", "--fail-level", "WARNING", **S3)
    assert run.returncode == 1
    assert "uploads.W001" in run.stderr
    assert manage("check", "--fail-level", "WARNING", **S3).returncode == 0


def test_the_migrations_are_complete():
    run = manage("makemigrations", "--check", "--dry-run")
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("word", ["true", "1", "YES", "on"])
def test_a_flag_takes_the_usual_words(monkeypatch, word):
    monkeypatch.setenv("FLAG", f" {word} ")
    assert Env().flag("FLAG", default=False) is True
    monkeypatch.setenv("FLAG", "")
    assert Env().flag("FLAG", default=False) is False


def test_lists_and_paths_and_urls_are_read_without_surprises(monkeypatch):
    monkeypatch.setenv("HOSTS", " a.example, ,b.example ")
    monkeypatch.setenv("FOLDER", "~/media")
    monkeypatch.setenv("ADDRESS", "https://cdn.example/x/")
    env = Env()
    assert env.items("HOSTS") == ["a.example", "b.example"]
    assert env.path("FOLDER", Path("/unused")) == Path.home() / "media"
    assert env.url("ADDRESS") == "https://cdn.example/x"
    assert env.url("NOT_SET", default="") == ""
    with pytest.raises(ImproperlyConfigured, match="NOT_SET is not set"):
        env.url("NOT_SET")


def test_a_mail_url_becomes_djangos_settings(monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "smtp+tls://me%40here:p%2Fw@mail.example:587")
    options = Env().mailer("EMAIL_URL", default="")["OPTIONS"]
    assert (options["username"], options["password"]) == ("me@here", "p/w")
    assert (options["host"], options["port"], options["use_tls"]) == ("mail.example", 587, True)
    monkeypatch.setenv("EMAIL_URL", "filemail:///var/mail")
    assert Env().mailer("EMAIL_URL", default="")["OPTIONS"] == {"file_path": "/var/mail"}
    monkeypatch.setenv("EMAIL_URL", "consolemail://")
    assert Env().mailer("EMAIL_URL", default="")["OPTIONS"] == {}
