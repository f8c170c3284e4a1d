"""Generative prints: a family, a palette, a seed and a ratio make one print, always the same."""

from collections.abc import Callable

from PIL import Image

from demo.prints import (
    arcs,
    contour,
    flow,
    land,
    leaves,
    meadow,
    night,
    seeds,
    solids,
    still,
    suns,
    truchet,
    waves,
    weave,
)
from demo.prints.palettes import PALETTES, Palette
from demo.prints.press import RATIOS, Chance, Sheet

Family = Callable[[Sheet, Palette, Chance], None]

SMALLEST = 16

FAMILIES: dict[str, Family] = {
    "wind": flow.wind,
    "ribbons": flow.ribbons,
    "tiles": truchet.tiles,
    "rings": truchet.rings,
    "twill": weave.twill,
    "chart": contour.chart,
    "quarters": arcs.quarters,
    "crescendo": arcs.crescendo,
    "noon": suns.noon,
    "eclipse": suns.eclipse,
    "city": solids.city,
    "blocks": solids.blocks,
    "seed-head": seeds.head,
    "hills": land.hills,
    "fields": land.fields,
    "table": still.table,
    "branch": leaves.branch,
    "meadow": meadow.meadow,
    "herbarium": leaves.herbarium,
    "scales": waves.scales,
    "swell": waves.swell,
    "windows": night.windows,
    "stars": night.stars,
}


def draw(family: str, palette: str, seed: int, ratio: str, width: int = 1600) -> Image.Image:
    """Return one print, `width` pixels wide.

    `family` is a key of `FAMILIES`, `palette` of `PALETTES`, `ratio` is "4:5" or "square".
    The same arguments give the same pixels; another width gives the same composition.
    """
    for name, value, known in (
        ("family", family, FAMILIES),
        ("palette", palette, PALETTES),
        ("ratio", ratio, RATIOS),
    ):
        if value not in known:
            raise ValueError(f"There is no {name} {value!r}; choose from {', '.join(known)}.")
    if width < SMALLEST:
        raise ValueError(f"A print is at least {SMALLEST} pixels wide, not {width}.")
    inks = PALETTES[palette]
    sheet = Sheet(width, ratio, inks.paper, seed)
    FAMILIES[family](sheet, inks, Chance(seed))
    return sheet.finish()
