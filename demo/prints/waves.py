"""Waves: woodblock seas with a shaded sky."""

import math

from demo.prints.palettes import Palette, mix
from demo.prints.press import Box, Chance, Noise, Point, Sheet


def scales(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Overlapping wave scales under a bokashi sky, and a low sun."""
    box = sheet.area.inset(70)
    water = box.top + box.height * 0.44
    sky = sheet.stencil()
    sky.box(box)
    sheet.ink(sky, mix(palette.paper, palette.inks[4], 0.35), overprint=False)
    sheet.ink(sheet.fade(Box(box.left, box.top, box.right, water), 0.96, 0), palette.inks[0])
    sun = sheet.stencil()
    sun.disc(box.left + box.width * chance.choice((0.32, 0.66)), water - 56, 168)
    sheet.ink(sun, palette.inks[3], overprint=False, grain=0.12)
    drawing = sheet.flat()
    mask = sheet.stencil()
    row = 0
    radius = 62.0
    y = water
    while y < box.bottom + radius * 1.2:
        x = box.left - radius * 2 + (radius if row % 2 else 0)
        while x < box.right + radius * 2:
            depth = (y - water) / (box.bottom - water)
            deep = mix(palette.inks[1], palette.inks[0], min(1, depth * 1.25))
            crest = chance.yes(0.05)
            mask.disc(x, y, radius)
            for index in range(5):
                share = 1 - index * 0.2
                ink = palette.paper if index % 2 == 0 else deep
                if crest and index % 2:
                    ink = palette.inks[3]
                drawing.disc(x, y, radius * share, ink)
            x += radius * 2
        y += radius * 0.5
        row += 1
    drawing.trim(box)
    mask.trim(box)
    sea = sheet.reduce(drawing)
    sheet.image.paste(sea, (0, 0), sheet.reduce(mask))
    _ = math


def swell(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Row behind row of moving water; each line hides what it passes in front of."""
    box = Box(130, 150, 870, sheet.height - 150)
    noise = Noise(chance)
    rows = 56
    drawing = sheet.flat()
    for row in range(rows):
        base = box.top + 90 + (box.height - 90) * row / (rows - 1)
        points: list[Point] = []
        for step in range(121):
            at = step / 120
            x = box.left + box.width * at
            calm = math.sin(math.pi * at) ** 2.2
            rise = noise(at * 7 + row * 0.07, row * 0.34) ** 2 + 0.4 * noise(at * 22, row * 0.6)
            points.append((x, base - 150 * calm * rise))
        body = [*points, (box.right, base + 40), (box.left, base + 40)]
        drawing.polygon(body, palette.paper)
        drawing.line(points, 3.1, palette.inks[0] if row % 9 == 4 else palette.key)
    sheet.lay(drawing)
