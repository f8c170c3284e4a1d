"""docs/doctor.md says what the catalogue says, and every id has a test that sees it fire."""

import re
from pathlib import Path

import django
import pytest
from django.core.management import get_commands

from pipeline.doctor import catalogue
from pipeline.doctor.catalogue import CATALOGUE, DJANGOS, FILES, LIVE, SETTINGS
from tests.environment import ROOT

PAGE = (ROOT / "docs" / "doctor.md").read_text()
SECTIONS = {"Settings": SETTINGS, "Files": FILES, "Live": LIVE}


def row(entry):
    """Return the line of the table that this entry must have."""
    cells = (f"`{entry.id}`", entry.what, entry.why, entry.mend)
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("section", [*SECTIONS, "Django's own"])
def test_the_page_has_the_words_of_every_check_and_no_other_rows(section):
    text = PAGE.partition(f"\n## {section}")[2].partition("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == [row(entry) for entry in SECTIONS.get(section, DJANGOS)]


def test_ids_are_told_apart_by_their_numbers_alone():
    numbers = [id.rpartition(".")[2][1:] for id in CATALOGUE]
    assert len(set(numbers)) == len(numbers)
    assert len(CATALOGUE) == len([*SETTINGS, *FILES, *LIVE])
    for hundreds, entries in enumerate(SECTIONS.values()):
        assert {int(entry.id[-3:]) // 100 for entry in entries} == {hundreds}


def test_every_id_is_made_somewhere_and_seen_by_a_test():
    sources = [*(ROOT / "pipeline").rglob("*.py")]
    code = "".join(p.read_text() for p in sources if p.name != "catalogue.py")
    tests = "".join(p.read_text() for p in (ROOT / "tests/pipeline").glob("test_*.py"))
    for id in CATALOGUE:
        assert f'"{id}"' in code, f"no check makes {id}"
        assert re.search(rf"""["' ]{re.escape(id)}["' ]""", tests), f"no test sees {id} fire"


def test_djangos_own_checks_of_static_files_and_uploads_are_all_explained():
    folder = Path(django.__file__).parent
    named = ("contrib/staticfiles/checks.py", "contrib/staticfiles/finders.py")
    code = "".join((folder / name).read_text() for name in (*named, "core/checks/files.py"))
    made = set(re.findall(r'id="((?:staticfiles|files)\.[EW]\d{3})"', code))
    assert made <= {entry.id for entry in DJANGOS}


def test_no_id_is_made_that_the_catalogue_lacks():
    code = "".join(p.read_text() for p in (ROOT / "pipeline").rglob("*.py"))
    assert set(re.findall(r'"(pipeline\.[EWI]\d{3})"', code)) == set(CATALOGUE)


def test_every_file_and_command_that_the_page_names_is_there():
    for name in re.findall(r"`((?:pipeline|config|nginx|tests|docs)/[\w./]+)`", PAGE):
        assert (ROOT / name).exists(), name
    for link in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
    for name in re.findall(r"manage(?:\.py)? (\w+)", PAGE):
        assert name in get_commands(), name


def test_the_catalogue_speaks_in_sentences_without_tables_in_them():
    for entry in [*CATALOGUE.values(), *DJANGOS]:
        assert "|" not in "".join(entry), entry.id
        assert catalogue.Entry(*entry).severity in ("error", "warning", "info")
        for text in entry[1:]:
            assert text[-1] in ".)", entry.id
