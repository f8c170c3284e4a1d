"""Phyllotaxis: the golden angle, as a flower counts."""

import math

from demo.prints.palettes import Palette
from demo.prints.press import Chance, Point, Sheet

GOLDEN = math.pi * (3 - math.sqrt(5))


def head(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """A flower head of petals that grow outwards; spirals take turns in ink."""
    cx, cy = sheet.area.centre
    drawing = sheet.flat()
    arms = chance.choice((8, 13, 21))
    inks = palette.inks
    count = 620
    reach = 430.0
    for number in range(count, 0, -1):
        share = number / count
        away = reach * math.sqrt(share)
        angle = number * GOLDEN
        length = 13 + 33 * share**0.75
        width = 6.5 + 10 * share**0.6
        x, y = cx + away * math.cos(angle), cy + away * math.sin(angle)
        ux, uy = math.cos(angle), math.sin(angle)
        outline: list[Point] = []
        for step in range(17):
            along = -1 + step / 8
            side = width * math.cos(along * math.pi / 2) ** 0.7 * (1 + 0.25 * along)
            outline.append(
                (x + ux * along * length - uy * side, y + uy * along * length + ux * side)
            )
        for step in range(16, -1, -1):
            along = -1 + step / 8
            side = -width * math.cos(along * math.pi / 2) ** 0.7 * (1 + 0.25 * along)
            outline.append(
                (x + ux * along * length - uy * side, y + uy * along * length + ux * side)
            )
        arm = number % arms
        ink = inks[0] if arm < arms * 0.4 else inks[1] if arm < arms * 0.7 else inks[2]
        drawing.polygon(outline, palette.paper)
        inner = [(x + (px - x) * 0.84, y + (py - y) * 0.84) for px, py in outline]
        drawing.polygon(inner, ink)
    sheet.lay(drawing)
