"""`manage.py check_upload`: what the forms say, for a script, of any number of files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.environment import ROOT
from tests.files import make
from uploads.management.commands import check_upload

FILES = Path(make.__file__).parent


def verdicts(capsys, *paths, kind="document"):
    """Return (exit status, one dict for each file)."""
    try:
        call_command("check_upload", *map(str, paths), kind=kind, json=True)
        status = 0
    except SystemExit as end:
        status = end.code
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_accepted_file(capsys):
    status, [verdict] = verdicts(capsys, FILES / "honest/strict.docx")
    assert status == 0
    assert list(verdict) == ["path", "accepted", "code", "message", "type", "seconds", "peak_mib"]
    assert verdict["path"] == str(FILES / "honest/strict.docx")
    assert (verdict["accepted"], verdict["code"], verdict["message"]) == (True, "", "")
    assert verdict["type"] == "docx"
    assert 0 < verdict["seconds"] < 10
    assert 10 < verdict["peak_mib"] < 1024


def test_a_refused_file_has_the_code_and_the_words_of_the_form(capsys, upload):
    status, [verdict] = verdicts(capsys, FILES / "hostile/sheet.xlsx.docx")
    assert status == 1
    assert verdict["accepted"] is False
    assert verdict["code"] == "docx_not_word"
    assert verdict["message"].startswith("This is an Excel workbook, not a Word document.")


@pytest.mark.parametrize(
    ("kind", "name", "found"),
    [
        ("avatar", "honest/phone.jpg", "jpeg"),
        ("picture", "honest/animated.gif", "gif"),
        ("document", "honest/two-pages.pdf", "pdf"),
    ],
)
def test_each_kind_is_judged_as_its_form_does(capsys, kind, name, found):
    status, [verdict] = verdicts(capsys, FILES / name, kind=kind)
    assert (status, verdict["accepted"], verdict["type"]) == (0, True, found)
    status, [verdict] = verdicts(capsys, FILES / "hostile/drawing.svg", kind=kind)
    assert (status, verdict["code"], verdict["type"]) == (1, "file_kind_refused", "svg")


def test_no_file_stops_the_run(capsys, tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "nothing").write_bytes(b"")
    strange = tmp_path / "\udcff\n\u202e.pdf"
    strange.write_bytes((FILES / "honest/two-pages.pdf").read_bytes())
    with (tmp_path / "endless").open("wb") as sparse:
        sparse.truncate(1 << 40)
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    paths = [
        tmp_path,
        tmp_path / "pipe",
        "/dev/zero",
        tmp_path / "not there",
        tmp_path / "circle",
        tmp_path / "nothing",
        tmp_path / "endless",
        strange,
        FILES / "honest/two-pages.pdf",
    ]
    status, found = verdicts(capsys, *paths)
    assert status == 1
    assert [verdict["code"] for verdict in found] == [
        *["file_unreadable"] * 5,
        "file_empty",
        "file_too_large",
        "",
        "",
    ]
    assert found[7]["path"] == str(strange)


def test_a_fault_of_ours_with_one_file_does_not_hide_the_others(capsys, monkeypatch):
    def broken(file):
        raise LookupError("oh")

    monkeypatch.setitem(check_upload.VALIDATORS, "document", broken)
    status, found = verdicts(capsys, FILES / "honest/two-pages.pdf", FILES / "honest/strict.docx")
    assert status == 1
    assert [(v["accepted"], v["code"]) for v in found] == [(False, "check_failed")] * 2


def test_lines_for_people(capsys, tmp_path):
    strange = tmp_path / "\udcff\n\x1b[31m.pdf"
    strange.write_bytes(b"%PDF-1.7 and nothing else")
    with pytest.raises(SystemExit):
        call_command(
            "check_upload", str(FILES / "honest/two-pages.pdf"), str(strange), kind="document"
        )
    accepted, refused, words, summary = capsys.readouterr().out.splitlines()
    assert accepted.startswith(f"accepted  {FILES}/honest/two-pages.pdf  (pdf; ")
    assert refused.startswith(f"refused   {tmp_path}/\\xff\\n\\x1b[31m.pdf  (pdf; ")
    assert words.strip().startswith("pdf_damaged: This PDF is damaged")
    assert summary == "1 accepted, 1 refused"


def test_a_terminal_without_the_letters_does_not_stop_the_run(tmp_path):
    path = tmp_path / "été.pdf"
    path.write_bytes(b"%PDF-1.7")
    told = subprocess.run(
        [sys.executable, "manage.py", "check_upload", "--kind=document", str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (1, "")
    assert "\\xe9t\\xe9.pdf" in told.stdout


def test_nothing_is_stored(capsys, stored):
    verdicts(capsys, FILES / "honest/two-pages.pdf", FILES / "hostile/javascript.pdf")
    assert stored() == []
