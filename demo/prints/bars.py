"""Bars: rhythm written as stripes."""

from demo.prints.palettes import Palette
from demo.prints.press import Box, Chance, Sheet


def metronome(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Upright bars, cut across; every cut moves the beat."""
    drawing = sheet.flat()
    box = sheet.area.inset(80)
    cuts = [box.top]
    while cuts[-1] < box.bottom - 60:
        cuts.append(min(box.bottom, cuts[-1] + chance.choice((70.0, 110.0, 180.0, 260.0))))
    cuts[-1] = box.bottom
    inks = (palette.key, palette.key, palette.key, palette.inks[0])
    pitch = box.width / 28
    for top, bottom in zip(cuts, cuts[1:], strict=False):
        weight = chance.choice((0.14, 0.3, 0.5, 0.72))
        swing = chance.between(-0.5, 0.5)
        for beat in range(28):
            x = box.left + (beat + 0.5) * pitch
            wide = pitch * max(0.08, weight + swing * (beat / 27 - 0.5))
            ink = inks[3] if (beat + int(weight * 10)) % 9 == 0 else inks[0]
            drawing.box(Box(x - wide / 2, top, x + wide / 2, bottom), ink)
    sheet.lay(drawing)


def staircase(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Slanted bars in four inks that climb from corner to corner."""
    drawing = sheet.flat(palette.paper)
    h = sheet.height
    inks = palette.inks
    x = -h * 0.75
    index = 0
    slant = h * 0.62
    while x < 1000 + slant:
        wide = chance.choice((14.0, 22.0, 36.0, 58.0, 94.0))
        ink = inks[index % len(inks)]
        top = h * chance.between(0.0, 0.45)
        drop = h * chance.between(0.6, 1.0)

        def at(y: float, x: float = x) -> float:
            return x + slant * (1 - y / h)

        drawing.polygon(
            [(at(top), top), (at(top) + wide, top), (at(drop) + wide, drop), (at(drop), drop)], ink
        )
        x += wide + chance.choice((8.0, 14.0, 30.0))
        index += 1
    box = sheet.area.inset(70)
    drawing.trim(box)
    sheet.lay(drawing)
