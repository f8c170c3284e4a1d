import hashlib
import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import ImageChops, ImageStat

from demo.catalogue import CATEGORIES, PRINTS
from demo.prints import FAMILIES, PALETTES, draw
from demo.prints.press import Chance, Sheet

FINGERPRINT = """
import hashlib
from demo.catalogue import PRINTS
for entry in PRINTS[:6]:
    print(hashlib.sha256(entry.picture(160).tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def wall():
    """Every print, small."""
    return [entry.picture(240) for entry in PRINTS]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_arguments_give_the_same_pixels(family):
    first = draw(family, "harbour", 42, "4:5", 120)
    assert draw(family, "harbour", 42, "4:5", 120).tobytes() == first.tobytes()


def test_another_process_draws_the_same_pixels(wall):
    def print_in_a_process_of_its_own(hash_seed):
        root = Path(__file__).parents[2]
        return subprocess.run(
            [sys.executable, "-c", FINGERPRINT],
            cwd=root,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()

    here = [hashlib.sha256(entry.picture(160).tobytes()).hexdigest() for entry in PRINTS[:6]]
    assert print_in_a_process_of_its_own("1") == here
    assert print_in_a_process_of_its_own("2") == here


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_draws_square_and_tall(family):
    assert draw(family, "press", 1, "square", 48).size == (48, 48)
    assert draw(family, "midnight", 1, "4:5", 48).size == (48, 60)


@pytest.mark.parametrize("palette", PALETTES)
def test_every_palette_has_the_five_inks_a_family_may_ask_for(palette):
    assert len(PALETTES[palette].inks) == 5
    assert draw("seed-head", palette, 1, "square", 48).size == (48, 48)


@pytest.mark.parametrize("family", FAMILIES)
def test_another_seed_gives_another_print(family):
    first, second = (draw(family, "orchard", seed, "4:5", 64) for seed in (1, 2))
    assert first.tobytes() != second.tobytes()


def test_a_print_has_the_same_composition_at_every_width():
    small, large = (draw("branch", "orchard", 5, "4:5", width) for width in (200, 800))
    difference = ImageChops.difference(small, large.resize(small.size))
    assert max(ImageStat.Stat(difference).mean) < 6


def test_no_two_prints_look_alike(wall):
    small = [picture.resize((16, 16)) for picture in wall]
    for (one, first), (other, second) in itertools.combinations(enumerate(small), 2):
        difference = ImageStat.Stat(ImageChops.difference(first, second)).mean
        assert sum(difference) / 3 > 12, (PRINTS[one].title, PRINTS[other].title)


def test_no_print_is_an_empty_sheet(wall):
    for entry, picture in zip(PRINTS, wall, strict=True):
        assert max(ImageStat.Stat(picture).stddev) > 20, entry.title


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("flwo", "harbour", 1, "4:5"), "There is no family 'flwo'; choose from wind, "),
        (("wind", "harbor", 1, "4:5"), "There is no palette 'harbor'; choose from "),
        (("wind", "harbour", 1, "5:4"), "There is no ratio '5:4'; choose from square, 4:5."),
        (("wind", "harbour", 1, "4:5", 0), "A print is at least 16 pixels wide, not 0."),
    ],
)
def test_an_unknown_name_is_refused_with_the_known_ones(arguments, message):
    with pytest.raises(ValueError, match="^" + message.replace("?", r"\?")):
        draw(*arguments)


def test_chance_keeps_its_sequence_on_every_python():
    chance = Chance(1)
    assert chance.unit() == 0.13436424411240122
    assert [chance.whole(1, 6) for _ in range(8)] == [6, 5, 2, 3, 3, 4, 5, 1]
    assert chance.shuffled("prints") == list("tpisnr")


def test_an_empty_stencil_leaves_the_sheet_as_it_was():
    sheet = Sheet(64, "square", (240, 230, 220), 1)
    sheet.ink(sheet.stencil(), (0, 0, 0))
    assert sheet.image.getcolors() == [(64 * 64, (240, 230, 220))]


def test_the_catalogue_has_24_prints_by_nine_artists():
    assert len(PRINTS) == 24
    assert len({entry.artist for entry in PRINTS}) == 9
    assert len({entry.title for entry in PRINTS}) == 24


@pytest.mark.parametrize("entry", PRINTS, ids=lambda entry: entry.title[:24])
def test_every_text_is_within_its_limit(entry):
    assert 0 < len(entry.title) <= 200
    assert 0 < len(entry.artist) <= 120
    assert 0 < len(entry.medium) <= 120
    assert 40 < len(entry.description) <= 2000
    assert 1961 <= entry.year <= 2026
    assert entry.category in CATEGORIES


def test_some_titles_and_names_exercise_the_design():
    assert any(len(entry.title) > 100 for entry in PRINTS)
    assert any(not entry.artist.isascii() for entry in PRINTS)
    assert len({category.slug for category in CATEGORIES}) == len(CATEGORIES)
