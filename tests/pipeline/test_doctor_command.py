"""`manage.py doctor` itself: what it prints, how it ends, and its silence about a healthy site."""

import io
import json
import subprocess
import sys

import pytest
from django.core.checks import Warning
from django.core.management import call_command

from pipeline.doctor import examination, report
from pipeline.doctor.catalogue import CATALOGUE
from pipeline.doctor.findings import Finding, found, some
from tests.pipeline.test_doctor_storages import allow
from tests.servers.child import PROJECT, environment
from tests.servers.s3 import PRIVATE_BUCKET, s3_server_and_root
from tests.servers.site import site

NOTHING = "Nothing found by "


def doctor(*arguments, **options):
    """Return what the command prints and how it ends, run in this process."""
    output, status = io.StringIO(), 0
    try:
        call_command("doctor", *arguments, stdout=output, **options)
    except SystemExit as ended:
        status = ended.code
    return output.getvalue(), status


def doctor_alone(*arguments, **variables):
    """Run the command in a process of its own, which reads these variables and no others."""
    return subprocess.run(
        [sys.executable, "manage.py", "doctor", *arguments],
        cwd=PROJECT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )


# A healthy site, in every mode


def test_the_site_as_the_tests_run_it_has_no_finding():
    output, status = doctor()
    assert output.startswith(NOTHING)
    assert status == 0


@pytest.fixture(scope="module")
def s3():
    """An S3 server, and the client of its root, who may set CORS rules."""
    with s3_server_and_root() as served:
        yield served


@pytest.mark.parametrize("mode", ["development", "production", "s3"])
def test_a_healthy_site_has_no_finding_live(mode, s3):
    server, client = s3
    variables = {
        "development": {"DEBUG": "true"},
        "production": {},
        "s3": server.environment,
    }[mode]
    with site(variables) as running:
        running.run("tests.e2e.seed")
        allow(client, PRIVATE_BUCKET, running.url)
        before = server.everything()
        output = running.manage("doctor", "--live", f"--url={running.url}", "--json")
        assert json.loads(output) == []
        assert server.everything() == before


# What it prints


@pytest.fixture
def unhealthy(settings):
    """A site with an error and a warning."""
    settings.STATICFILES_STORAGE = "whitenoise.storage.CompressedStaticFilesStorage"
    settings.WHITENOISE_AUTOREFRESH = True


def test_an_error_ends_with_2_and_stands_first(unhealthy):
    output, status = doctor()
    assert status == 2
    assert output.startswith("error    pipeline.E004  STATICFILES_STORAGE\n  what   STATICFILES_")
    assert "\n  why    Django ignores both since 5.1" in output
    assert "\n  mend   Delete the line" in output
    assert "warning  pipeline.W023  WHITENOISE_AUTOREFRESH" in output
    assert "1 error, 1 warning, by " in output


def test_a_warning_ends_with_1(settings):
    settings.WHITENOISE_AUTOREFRESH = True
    assert doctor()[1] == 1


def test_information_ends_with_0():
    info = Finding("pipeline.I999", "info", "what", "", "")
    assert report.exit_status([info]) == 0
    assert report.summary([info], 3) == "1 info, by 3 checks."
    assert "why" not in report.as_table([info], coloured=False, width=80)


def test_json_is_one_array_with_all_parts_of_each_finding(unhealthy):
    output, status = doctor("--json")
    assert status == 2
    findings = {finding["id"]: finding for finding in json.loads(output)}
    assert set(findings) == {"pipeline.E004", "pipeline.W023"}
    ignored = findings["pipeline.E004"]
    assert set(ignored) == {"id", "severity", "what", "why", "mend", "where"}
    assert ignored["severity"] == "error"
    assert ignored["where"] == "STATICFILES_STORAGE"


def test_what_is_silenced_is_not_said(unhealthy, settings):
    settings.SILENCED_SYSTEM_CHECKS = ["pipeline.E004"]
    output, status = doctor()
    assert "pipeline.E004" not in output
    assert status == 1


def test_colours_are_for_terminals_that_want_them(unhealthy, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\033" not in doctor()[0]
    assert "\033[31merror    \033[0m" in doctor(force_color=True)[0]

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for no_color, coloured in (("", True), ("1", False)):
        monkeypatch.setenv("NO_COLOR", no_color)
        terminal = Terminal()
        with pytest.raises(SystemExit):
            call_command("doctor", stdout=terminal, stderr=Terminal())
        assert ("\033[31m" in terminal.getvalue()) is coloured


def test_on_a_terminal_it_says_what_it_is_at():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    call_command("doctor", stdout=io.StringIO(), stderr=terminal)
    assert "static root" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\033[K")


def test_a_name_cannot_give_orders_to_the_terminal():
    finding = found("pipeline.E111", "There is no static file \033[2J.")
    assert "\\x1b[2J" in report.as_table([finding], coloured=False, width=80)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("at http://bob:pw@s3:9000/a: refused", "at http://…@s3:9000/a: refused"),
        ("'//bob:p'w\"<@cdn/' and //cdn/a@b", "'//…@cdn/' and //cdn/a@b"),
        ("at redis://:pw@cache/0.", "at redis://…@cache/0."),
        ("'https://b/a?X-Amz-Date=1&X-Amz-Signature=5ec2e7'", "'https://b/a?…'"),
        ("https://b/a?se=2026&sig=5ec2e7 and https://b/c", "https://b/a?… and https://b/c"),
        ("https://cdn/@vite/client?v=3", "https://cdn/@vite/client?v=3"),
        ("mail bob@example.org", "mail bob@example.org"),
    ],
)
def test_no_finding_prints_a_password_or_a_signature(text, printed):
    finding = Finding("pipeline.E200", "error", text, "", text, text)
    assert {finding.what, finding.mend, finding.where} == {printed}


def test_a_password_in_the_address_of_the_site_is_not_printed(db):
    output, _ = doctor("--live", "--url", "http://bob:hunter2@127.0.0.1:1", "--json")
    assert "http://…@127.0.0.1:1/" in output
    assert "hunter2" not in output


def test_the_list_has_every_id_with_its_severity():
    output, status = doctor("--list")
    assert status == 0
    for entry in CATALOGUE.values():
        assert f"{entry.id}  {entry.severity}" in output
        assert entry.what in output


def test_long_lists_of_names_are_cut():
    assert some(["a", "b"]) == "a, b"
    assert some("abcdefgh") == "a, b, c, d, e and 3 more"


# How it asks


def test_findings_of_djangos_own_checks_are_among_them(settings):
    settings.STATICFILES_DIRS = [*settings.STATICFILES_DIRS, settings.BASE_DIR / "not-there"]
    output, status = doctor()
    assert "warning  staticfiles.W004" in output
    assert "not-there" in output
    assert "\n  why    collectstatic passes over it" in output
    assert "\n  mend   Build what is to be there" in output
    assert status == 1


def test_what_another_says_of_mending_is_not_replaced(monkeypatch):
    said = [
        Warning("a tuple", hint="A comma?", id="staticfiles.E001"),
        Warning("a file", id="uploads.W999"),
    ]
    monkeypatch.setattr(examination.checks, "run_checks", lambda: said)
    one, unknown = examination.system_checks()
    assert one.mend == "A comma?"
    assert one.why.startswith("A string is taken")
    assert (unknown.why, unknown.mend) == ("", "")


def test_a_check_that_breaks_is_a_finding_and_the_others_are_asked_still(monkeypatch):
    def a_broken_check():
        raise RuntimeError("no such luck")
        yield

    def another_check():
        yield found("pipeline.W023", "still asked")

    checks = [a_broken_check, another_check]
    monkeypatch.setattr(examination, "local_checks", lambda nginx: checks)
    output, status = doctor()
    assert "error    pipeline.E100  a broken check" in output
    assert "“a broken check” ended with RuntimeError: no such luck." in output
    assert "still asked" in output
    assert status == 2


def test_messages_of_other_topics_are_not_its_business(monkeypatch):
    messages = [Warning("a model", id="models.W042"), Warning("a file", id="files.E001")]
    monkeypatch.setattr(examination.checks, "run_checks", lambda: messages)
    assert [finding.what for finding in examination.system_checks()] == ["a file"]


def test_the_folder_of_nginx_is_looked_at_when_it_is_named(tmp_path):
    output, status = doctor("--nginx", str(tmp_path))
    assert "error    pipeline.E123" in output
    assert status == 2
    call_command("nginx_includes", tmp_path / "generated", verbosity=0)
    output, _ = doctor("--nginx", str(tmp_path))
    assert output.startswith(NOTHING)


def test_the_site_is_where_one_says_it_is_or_where_browsers_see_it(settings, monkeypatch):
    monkeypatch.setenv("PORT", "8123")
    assert examination.site_address(None) == "http://127.0.0.1:8123/"
    settings.SITE_ORIGINS = ["https://gallery.example"]
    assert examination.site_address(None) == "https://gallery.example/"
    assert examination.site_address("http://localhost:1/") == "http://localhost:1/"


def test_a_site_that_is_away_is_one_finding_and_no_traceback(db):
    output, status = doctor("--live", "--url", "http://127.0.0.1:1")
    assert output.count("pipeline.") == 1
    assert "error    pipeline.E200  http://127.0.0.1:1/" in output
    assert status == 2


def test_it_starts_where_the_settings_have_an_alias_that_cannot_be_made():
    variables = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENV_FILE": "",
        "DEBUG": "true",
        "MEDIA_STORE": "s3",
        "S3_REGION": "eu-central-1",
        "S3_PRIVATE_BUCKET": "letters",
        "S3_PUBLIC_BUCKET": "pictures",
        "S3_PUBLIC_URL": "http://minio:9000",
        "S3_SECRET_ACCESS_KEY": "never-to-be-printed",
    }
    run = doctor_alone(**variables)
    assert "Traceback" not in run.stderr
    assert run.returncode == 2
    assert "pipeline.E013" in run.stdout
    assert "never-to-be-printed" not in run.stdout


@pytest.mark.parametrize(
    ("change", "alias", "expected"),
    [
        ("del STORAGES['default']", "default", "pipeline.E003"),
        ("del STORAGES['public']", "public", "pipeline.E003"),
        ("del STORAGES['staticfiles']", "staticfiles", "pipeline.E003"),
        ("STORAGES['default'] = {'BACKEND': 'nowhere.Storage'}", "default", "pipeline.E020"),
        ("STORAGES['public'] = {'BACKEND': 'nowhere.Storage'}", "public", "pipeline.E020"),
        ("pass", "", None),
    ],
)
def test_it_starts_where_a_storage_is_missing_or_cannot_be_made_and_names_it(
    tmp_path, change, alias, expected
):
    settings = f"from config.settings import *  # noqa: F403\nSTORAGES = {{**STORAGES}}\n{change}\n"
    (tmp_path / "changed_settings.py").write_text(settings)
    variables = {
        "DJANGO_SETTINGS_MODULE": "changed_settings",
        "PYTHONPATH": str(tmp_path),
        "ENV_FILE": "",
        "DEBUG": "true",
    }
    run = doctor_alone("--json", **variables)
    assert "Traceback" not in run.stderr
    findings = {finding["id"]: finding for finding in json.loads(run.stdout)}
    assert "pipeline.E100" not in findings
    assert (run.returncode == 2) is bool(expected)
    assert not expected or f"{alias!r}" in findings[expected]["what"]
