"""Isometric solids: three inks, three faces."""

from demo.prints.palettes import Colour, Palette, mix
from demo.prints.press import Box, Chance, Drawing, Noise, Sheet

RISE = 0.5  # an edge of the ground plan climbs half of what it goes sideways
Faces = tuple[Colour, Colour, Colour]


def _prism(
    drawing: Drawing, x: float, y: float, half: float, height: float, faces: Faces
) -> None:
    """Draw a column whose top face is centred on (x, y - height)."""
    top, left, right = faces
    up, flat = y - height, half * RISE
    drawing.polygon(
        [(x - half, up), (x, up + flat), (x, y + flat), (x - half, y)], left
    )
    drawing.polygon(
        [(x + half, up), (x, up + flat), (x, y + flat), (x + half, y)], right
    )
    drawing.polygon([(x, up - flat), (x + half, up), (x, up + flat), (x - half, up)], top)


def city(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Columns on a diamond plan, their heights from smooth noise."""
    noise = Noise(chance)
    count = 11
    half = 36.0
    drawing = sheet.flat()
    faces: list[Faces] = [
        (palette.inks[3], palette.inks[1], palette.inks[0]),
        (palette.paper, palette.inks[3], palette.inks[1]),
        (palette.inks[2], mix(palette.inks[2], palette.key, 0.35), palette.key),
    ]
    cx = 500.0
    cy = sheet.height * 0.5 - count * half * RISE + 150
    for depth in range(2 * count - 1):
        for column in range(count):
            row = depth - column
            if not 0 <= row < count:
                continue
            x = cx + (column - row) * half
            y = cy + (column + row) * half * RISE
            height = 24 * round(1 + 13 * max(0.0, noise(column * 0.36, row * 0.36) - 0.12) ** 1.3)
            kind = faces[0 if chance.yes(0.66) else 1] if chance.yes(0.86) else faces[2]
            _prism(drawing, x, y, half - 1.5, height, kind)
    sheet.lay(drawing)


def blocks(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Tumbling blocks, edge to edge; whole diagonals change their light."""
    half = 60.0
    height = half * 1.155
    rise = half * 0.5774
    drawing = sheet.flat(palette.paper)
    box = sheet.area.inset(80)
    noise = Noise(chance)
    sets: list[Faces] = [
        (palette.inks[4], palette.inks[1], palette.inks[0]),
        (palette.inks[1], palette.inks[0], palette.key),
        (palette.paper, palette.inks[2], palette.inks[3]),
    ]
    row = 0
    y = -height
    while y < sheet.height + height * 2:
        x = half if row % 2 else 0.0
        while x < 1000 + half * 2:
            pick = noise(x / 260, y / 260)
            top, left, right = sets[0 if pick < 0.48 else 1 if pick < 0.62 else 2]
            drawing.polygon([(x, y - rise), (x + half, y), (x, y + rise), (x - half, y)], top)
            drawing.polygon(
                [(x - half, y), (x, y + rise), (x, y + rise + height), (x - half, y + height)], left
            )
            drawing.polygon(
                [(x + half, y), (x, y + rise), (x, y + rise + height), (x + half, y + height)],
                right,
            )
            x += half * 2
        y += rise + height
        row += 1
    sheet.lay(drawing, Box(*box))
