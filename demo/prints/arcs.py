"""Arcs and circles: the geometry of concert posters."""

from demo.prints.palettes import Colour, Palette
from demo.prints.press import Box, Chance, Sheet


def quarters(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """A grid of quarter and half circles in flat inks."""
    columns = 4
    rows = columns if sheet.height == 1000 else 5
    margin = 80.0
    side = (1000 - 2 * margin) / columns
    top = (sheet.height - rows * side) / 2
    inks = (*palette.inks, palette.key)
    drawing = sheet.flat()
    last: Colour | None = None
    for row in range(rows):
        for column in range(columns):
            x, y = margin + column * side, top + row * side
            ground = chance.choice([ink for ink in (palette.paper, *inks) if ink != last])
            last = ground
            others = chance.shuffled(ink for ink in (*inks, palette.paper) if ink != ground)
            drawing.box(Box(x, y, x + side, y + side), ground)
            kind = chance.unit()
            corners = ((x, y), (x + side, y), (x + side, y + side), (x, y + side))
            if kind < 0.42:
                corner = chance.whole(0, 3)
                cx, cy = corners[corner]
                for index, share in enumerate((1.0, 0.7, 0.4)):
                    drawing.wedge(
                        cx, cy, side * share, corner * 90, corner * 90 + 90, others[index]
                    )
            elif kind < 0.62:
                corner = chance.whole(0, 1)
                for turn in (corner, corner + 2):
                    cx, cy = corners[turn]
                    drawing.wedge(cx, cy, side / 2, turn * 90, turn * 90 + 90, others[0])
            elif kind < 0.8:
                start = chance.whole(0, 3) * 90
                cx, cy = x + side / 2, y + side / 2
                drawing.wedge(cx, cy, side / 2, start, start + 180, others[0])
                drawing.wedge(cx, cy, side / 2, start + 180, start + 360, others[1])
            else:
                cx, cy = x + side / 2, y + side / 2
                drawing.disc(cx, cy, side * 0.5, others[0])
                drawing.disc(cx, cy, side * 0.2, others[1])
    sheet.lay(drawing, Box(margin, top, 1000 - margin, top + rows * side))


def crescendo(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Arcs around one point; each is twice as strong as the one within."""
    drawing = sheet.flat(palette.paper)
    cx, cy = 250.0, sheet.height - 250.0
    rings = []
    radius, width = 58.0, 11.0
    while radius < 1400:
        rings.append((radius, width))
        radius += width * 1.32
        width *= 1.3
    inks = palette.inks[:4]
    for index, (radius, width) in enumerate(reversed(rings)):
        start = 15.0 * chance.whole(10, 13)
        while start < 390:
            span = chance.choice((15, 30, 30, 45, 60))
            if chance.yes(0.66):
                ink = inks[(index + (start > 285)) % len(inks)]
                drawing.wedge(cx, cy, radius + width, start, start + span, ink)
            start += span
        drawing.disc(cx, cy, radius, palette.paper)
    drawing.disc(cx, cy, 40, inks[0])
    sheet.lay(drawing)
