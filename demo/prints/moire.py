"""Moiré: two plain gratings, one interference."""

import math

from demo.prints.palettes import Palette
from demo.prints.press import Chance, Sheet


def pond(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Two sets of rings in two inks, a hand's breadth apart."""
    box = sheet.area.inset(80)
    cx, cy = box.centre
    apart = chance.between(70, 110)
    tilt = chance.between(-0.5, 0.5)
    pitch = 15.0
    for ink, way in ((palette.inks[0], -1), (palette.inks[1], 1)):
        stencil = sheet.stencil()
        x = cx + way * apart * math.cos(tilt)
        y = cy + way * apart * math.sin(tilt)
        for index in range(90):
            stencil.ring(x, y, pitch * (index + 0.6), pitch * 0.5)
        stencil.trim(box)
        sheet.ink(stencil, ink, grain=0.2)


def lens(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Upright lines that bend around two unseen stones."""
    box = sheet.area.inset(80)
    stones = [
        (
            box.left + box.width * x + chance.between(-30, 30),
            box.top + box.height * y + chance.between(-30, 30),
            radius,
        )
        for x, y, radius in ((0.36, 0.36, 250.0), (0.66, 0.68, 190.0))
    ]
    for ink, turn in ((palette.inks[0], 0.0), (palette.inks[1], 0.045)):
        stencil = sheet.stencil()
        for index in range(-10, 66):
            points = []
            for step in range(-8, 110):
                y = box.top + step * box.height / 100
                x = box.left + index * box.width / 56 + (y - box.centre[1]) * turn
                for sx, sy, radius in stones:
                    dx, dy = x - sx, y - sy
                    push = math.exp(-(dx * dx + dy * dy) / (radius * radius) * 1.6)
                    x += dx * push * 0.55
                points.append((x, y))
            stencil.line(points, 7.2)
        stencil.trim(box)
        sheet.ink(stencil, ink, grain=0.2)
