"""Isometric solids: three inks, three faces."""

import math

from demo.prints.palettes import Colour, Palette
from demo.prints.press import Box, Chance, Drawing, Noise, Sheet

RISE = 0.5774  # an edge of the ground plan climbs tan 30° of what it goes sideways
Faces = tuple[Colour, Colour, Colour]


def _prism(drawing: Drawing, x: float, y: float, half: float, height: float, faces: Faces) -> None:
    """Draw a column whose top face is centred on (x, y - height)."""
    top, left, right = faces
    up, flat = y - height, half * RISE
    drawing.polygon([(x - half, up), (x, up + flat), (x, y + flat), (x - half, y)], left)
    drawing.polygon([(x + half, up), (x, up + flat), (x, y + flat), (x + half, y)], right)
    drawing.polygon([(x, up - flat), (x + half, up), (x, up + flat), (x - half, up)], top)


def city(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Columns on a diamond plan, their heights from smooth noise."""
    noise = Noise(chance)
    count = 13
    half = 33.0
    drawing = sheet.flat(palette.inks[3])
    tops = (palette.paper, palette.paper, palette.paper, palette.inks[2], palette.inks[4])
    cx = 500.0
    cy = sheet.height * 0.5 - (count - 1) * half * RISE + 130
    middle = (count - 1) / 2
    for depth in range(2 * count - 1):
        for column in range(count):
            row = depth - column
            if not 0 <= row < count:
                continue
            x = cx + (column - row) * half
            y = cy + (column + row) * half * RISE
            away = max(abs(column - middle), abs(row - middle)) / middle
            hill = (1 - away) * 0.55 + 0.75 * noise(column * 0.55, row * 0.55) - 0.12
            storeys = max(1, round(13 * hill))
            top = tops[min(len(tops) - 1, storeys // 3)]
            _prism(
                drawing, x, y, half - 1.2, 30.0 * storeys, (top, palette.inks[1], palette.inks[0])
            )
    sheet.lay(drawing)


def blocks(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Tumbling blocks, edge to edge; whole diagonals change their light."""
    half = 42.0
    height = half * 1.155
    rise = half * 0.5774
    drawing = sheet.flat(palette.paper)
    box = sheet.area.inset(80)
    eye_x, eye_y = chance.between(300, 700), chance.between(0.3, 0.7) * sheet.height
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
            away = math.hypot(x - eye_x, y - eye_y) / (half * 4.2)
            top, left, right = sets[2 if int(away) % 2 else 0]
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
