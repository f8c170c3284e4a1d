"""Waves: woodblock seas with a shaded sky."""

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
    sheet.lay(drawing, through=mask)


def swell(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """A heavy sea in many thin layers; every crest carries a line of bare paper."""
    box = sheet.area.inset(70)
    noise = Noise(chance)
    drawing = sheet.flat()
    drawing.box(box, palette.inks[3])
    drawing.disc(box.left + box.width * 0.7, box.top + box.height * 0.2, 96, palette.inks[4])
    stops = (palette.inks[2], palette.inks[1], palette.inks[0], palette.key)
    rows = 26
    for row in range(rows):
        share = row / (rows - 1)
        base = box.top + box.height * (0.3 + 0.74 * share)
        swing = 46 + 96 * share
        points: list[Point] = []
        for step in range(141):
            at = step / 140
            broad = noise(at * 3.1 + row * 0.23, row * 0.19)
            chop = noise(at * 11 + row * 1.7, row * 0.7 + 11)
            points.append(
                (box.left - 8 + (box.width + 16) * at, base - swing * (broad + 0.16 * chop))
            )
        place = share * (len(stops) - 1)
        first = min(int(place), len(stops) - 2)
        ink = mix(stops[first], stops[first + 1], place - first)
        drawing.polygon(
            [*points, (box.right + 8, box.bottom + 8), (box.left - 8, box.bottom + 8)], ink
        )
        drawing.line(points, 1.6 + 2.2 * share, palette.paper, round_=False)
    drawing.trim(box)
    sheet.lay(drawing)
