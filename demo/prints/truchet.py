"""Truchet tiles on three scales: every edge meets its neighbour, whatever the turn."""

from PIL import ImageChops

from demo.prints.palettes import Palette
from demo.prints.press import Box, Chance, Drawing, Fill, Sheet


def _tile(
    drawing: Drawing, box: Box, chance: Chance, line: Fill, ground: Fill, plain: float
) -> None:
    """Draw one winged tile: its corners and edge knobs reach into the neighbours."""
    x, y, side = box.left, box.top, box.width
    third, middle = side / 3, side / 2
    corners = ((x, y), (x + side, y), (x + side, y + side), (x, y + side))
    knobs = (
        (x + middle, y),
        (x + side, y + middle),
        (x + middle, y + side),
        (x, y + middle),
    )
    drawing.box(box, ground)
    for cx, cy in corners:
        drawing.disc(cx, cy, third, ground)
    for cx, cy in knobs:
        drawing.disc(cx, cy, side / 6, line)
    if chance.yes(plain):
        return
    motif = chance.unit()
    if motif < 0.72:
        first = 0 if chance.yes(0.5) else 1
        for corner in (first, first + 2):
            cx, cy = corners[corner]
            start = corner * 90
            drawing.wedge(cx, cy, 2 * third, start, start + 90, line)
            drawing.wedge(cx, cy, third, start, start + 90, ground)
    elif motif < 0.86:
        drawing.box(Box(x + third, y, x + 2 * third, y + side), line)
        drawing.box(Box(x, y + third, x + side, y + 2 * third), line)
    elif motif < 0.93:
        drawing.box(Box(x + third, y, x + 2 * third, y + side), line)
    else:
        drawing.box(Box(x, y + third, x + side, y + 2 * third), line)


def tiles(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Split squares twice, at random; one roller carries two inks that meet on the way down."""
    columns = 4
    rows = columns if sheet.height == 1000 else 5
    margin = 92.0
    side = (1000 - 2 * margin) / columns
    top = (sheet.height - rows * side) / 2
    box = Box(margin, top, 1000 - margin, top + rows * side)
    stencil = sheet.stencil()
    scales: list[list[Box]] = [[], [], []]
    for row in range(rows):
        for column in range(columns):
            x, y = margin + column * side, top + row * side
            scales[0].append(Box(x, y, x + side, y + side))
    for level, share in ((0, 0.62), (1, 0.34)):
        for square in scales[level]:
            if chance.yes(share):
                half = square.width / 2
                scales[level + 1] += [
                    Box(
                        square.left + i * half,
                        square.top + j * half,
                        square.left + (i + 1) * half,
                        square.top + (j + 1) * half,
                    )
                    for j in (0, 1)
                    for i in (0, 1)
                ]
    for level, squares in enumerate(scales):
        line, ground = (0, 255) if level == 1 else (255, 0)
        for square in squares:
            _tile(stencil, square, chance, line, ground, 0.06)
    stencil.trim(box)
    mask = sheet.reduce(stencil)
    sheet.ink(mask, palette.inks[0], overprint=False)
    roll = sheet.fade(Box(0, box.top + box.height * 0.2, 1000, box.bottom), 0, 1)
    sheet.ink(ImageChops.multiply(mask, roll), palette.inks[2], overprint=False)


def rings(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Quarter turns of a many-lined band; lines pass over each other like ropes."""
    columns = 5
    rows = columns if sheet.height == 1000 else 6
    margin = 85.0
    side = (1000 - 2 * margin) / columns
    top = (sheet.height - rows * side) / 2
    box = Box(margin, top, 1000 - margin, top + rows * side)
    ground = palette.inks[0]
    drawing = sheet.flat()
    drawing.box(box, ground)
    edge, middle, core = palette.inks[1:4]
    stripes = (edge, ground, middle, ground, core, ground, middle, ground, edge, ground)
    band = side * 0.86
    for row in range(rows):
        for column in range(columns):
            x, y = margin + column * side, top + row * side
            corners = ((x, y), (x + side, y), (x + side, y + side), (x, y + side))
            first = chance.whole(0, 3)
            for corner in (first, (first + 2) % 4):
                cx, cy = corners[corner]
                for index, ink in enumerate(stripes):
                    radius = side / 2 + band / 2 - index * band / (len(stripes) - 1)
                    # half a degree more on each side closes the seam between tiles
                    drawing.wedge(cx, cy, radius, corner * 90 - 0.5, corner * 90 + 90.5, ink)
    sheet.lay(drawing, box)
