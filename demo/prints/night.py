"""Night pieces: lit windows and a made-up sky."""

import math

from demo.prints.palettes import Colour, Palette, mix
from demo.prints.press import Box, Chance, Sheet


def windows(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Blocks of flats, three deep; somebody is still up."""
    drawing = sheet.flat()
    box = sheet.area.inset(64)
    drawing.box(box, mix(palette.paper, palette.inks[2], 0.3))
    drawing.disc(
        box.left + box.width * chance.choice((0.28, 0.7)), box.top + 200, 84, palette.inks[0]
    )
    depths: tuple[tuple[float, Colour, float], ...] = (
        (0.3, mix(palette.paper, palette.inks[2], 0.75), 0.1),
        (0.44, mix(palette.paper, palette.inks[2], 0.38), 0.22),
        (0.6, palette.key, 0.34),
    )
    for top, ink, lit in depths:
        x = box.left
        while x < box.right - 1:
            wide = min(chance.choice((92.0, 120.0, 148.0, 176.0)), box.right - x)
            if box.right - x - wide < 70:
                wide = box.right - x
            roof = box.top + box.height * (top + chance.between(-0.1, 0.12))
            drawing.box(Box(x, roof, x + wide, box.bottom), ink)
            columns = max(2, int((wide - 16) // 25))
            pitch = (wide - 16) / columns
            y = roof + 22
            while y < box.bottom - 22:
                for column in range(columns):
                    left = x + 8 + column * pitch + pitch * 0.2
                    pane = Box(left, y, left + pitch * 0.6, y + 20)
                    glow = chance.unit()
                    if glow < lit * 0.72:
                        drawing.box(pane, palette.inks[1])
                    elif glow < lit:
                        drawing.box(pane, palette.inks[0] if chance.yes(0.75) else palette.inks[3])
                    else:
                        drawing.box(pane, mix(ink, palette.inks[2], 0.22))
                y += 34
            x += wide
    drawing.trim(box)
    sheet.lay(drawing, box)


def stars(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """A chart of a sky that is not ours: rings, hours, stars by size, lines between some."""
    drawing = sheet.flat(palette.paper)
    cx, cy = sheet.area.centre
    reach = 400.0
    ink, gold, blue = palette.inks[0], palette.inks[1], palette.inks[2]
    drawing.disc(cx, cy, reach, mix(palette.paper, blue, 0.28))
    for ring in range(1, 5):
        drawing.ring(cx, cy, reach * ring / 4, 1.6, mix(palette.paper, blue, 0.9))
    for hour in range(24):
        angle = hour / 24 * math.tau
        start = reach * (0.25 if hour % 2 else 0.0)
        drawing.line(
            [(cx + start * math.cos(angle), cy + start * math.sin(angle)),
             (cx + reach * math.cos(angle), cy + reach * math.sin(angle))],
            1.2, mix(palette.paper, blue, 0.8), round_=False,
        )  # fmt: skip
    drawing.ring(cx, cy, reach, 4, ink)
    drawing.ring(cx, cy, reach + 16, 1.6, ink)
    for mark in range(120):
        angle = mark / 120 * math.tau
        ends = (reach + 16, reach + (30 if mark % 5 == 0 else 23))
        tick = [(cx + end * math.cos(angle), cy + end * math.sin(angle)) for end in ends]
        drawing.line(tick, 1.8, ink, round_=False)
    places: list[tuple[float, float, float]] = []
    while len(places) < 190:
        angle, away = chance.between(0, math.tau), reach * 0.96 * math.sqrt(chance.unit())
        x, y = cx + away * math.cos(angle), cy + away * math.sin(angle)
        size = 1.6 + 8.5 * chance.unit() ** 5
        if all(math.hypot(x - px, y - py) > 9 + size + other for px, py, other in places):
            places.append((x, y, size))
    bright = sorted(places, key=lambda star: -star[2])[:44]
    free = list(bright)
    while len(free) > 4:
        chain = [free.pop(0)]
        while free and len(chain) < 6:
            x, y, _ = chain[-1]
            near = min(free, key=lambda star: math.hypot(star[0] - x, star[1] - y))
            if math.hypot(near[0] - x, near[1] - y) > 150:
                break
            chain.append(near)
            free.remove(near)
        if len(chain) > 2:
            drawing.line([(x, y) for x, y, _ in chain], 2.4, gold, round_=False)
    for x, y, size in places:
        drawing.disc(x, y, size + 3, mix(palette.paper, blue, 0.28))
        drawing.disc(x, y, size, ink)
    for x, y, size in bright[:5]:
        drawing.disc(x, y, size + 3, palette.inks[3])
    sheet.lay(drawing)
