"""Leaves and stems, cut with a knife: one half in light, one in shade."""

import math

from demo.prints.palettes import Colour, Palette, mix
from demo.prints.press import Box, Chance, Drawing, Point, Sheet


def _leaf(
    drawing: Drawing, x: float, y: float, angle: float, length: float, width: float,
    light: Colour, dark: Colour, *, sharp: float = 1.0, bend: float = 0.0,
) -> None:  # fmt: skip
    """Draw a leaf that starts at (x, y) and points along `angle` (radians)."""
    spine: list[Point] = []
    sides: tuple[list[Point], list[Point]] = ([], [])
    px, py = x, y
    steps = 22
    for step in range(steps + 1):
        at = step / steps
        heading = angle + bend * at
        if step:
            px += math.cos(heading) * length / steps
            py += math.sin(heading) * length / steps
        half = width / 2 * math.sin(math.pi * at**0.8) ** sharp
        spine.append((px, py))
        sides[0].append((px - math.sin(heading) * half, py + math.cos(heading) * half))
        sides[1].append((px + math.sin(heading) * half, py - math.cos(heading) * half))
    drawing.polygon(spine + sides[0][::-1], light)
    drawing.polygon(spine + sides[1][::-1], dark)


def _stem(
    start: Point, angle: float, length: float, bend: float, steps: int = 60
) -> list[tuple[float, float, float]]:
    """Return points along a stem with the heading at each."""
    x, y = start
    points = [(x, y, angle)]
    for step in range(steps):
        heading = angle + bend * (step / steps)
        x += math.cos(heading) * length / steps
        y += math.sin(heading) * length / steps
        points.append((x, y, heading))
    return points


def branch(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Three tall stems on a coloured ground, the leaves in pairs."""
    ground = palette.inks[3]
    drawing = sheet.flat(ground)
    h = sheet.height
    moon = palette.inks[2]
    drawing.disc(1000 * chance.choice((0.36, 0.64)), h * 0.35, 262, moon)
    stems = (
        (300, 0.86, -0.16, palette.inks[0], palette.inks[1]),
        (690, 0.78, 0.2, palette.paper, palette.inks[4]),
        (500, 0.87, 0.06, palette.key, palette.inks[0]),
    )
    for x, share, bend, dark, light in stems:
        length = h * share
        stem = _stem(
            (x, h + 20), -math.pi / 2 - bend * 0.4, length, bend + chance.between(-0.1, 0.1)
        )
        drawing.ribbon([(px, py) for px, py, _ in stem], [9 - 6 * i / 60 for i in range(61)], dark)
        pairs = chance.whole(8, 10)
        for pair in range(pairs):
            at = 0.2 + 0.78 * pair / (pairs - 1)
            px, py, heading = stem[round(at * 60)]
            size = 214 * (1 - 0.62 * abs(at - 0.36) ** 1.1) * (1.12 - 0.5 * at)
            for way in (-1, 1):
                _leaf(
                    drawing, px, py, heading + way * (1.05 - 0.42 * at), size, size * 0.36,
                    light if way > 0 else dark, dark if way > 0 else light,
                    bend=-way * 0.34,
                )  # fmt: skip
        px, py, heading = stem[-1]
        _leaf(drawing, px, py, heading, 118, 40, light, dark)
    sheet.lay(drawing)


def herbarium(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Twelve sprigs in a grid, each of its own kind."""
    drawing = sheet.flat()
    columns, rows = (3, 4) if sheet.height > 1000 else (3, 3)
    margin, gap = 80.0, 16.0
    wide = (1000 - 2 * margin - (columns - 1) * gap) / columns
    tall = (sheet.height - 2 * margin - (rows - 1) * gap) / rows
    grounds = [palette.inks[0], palette.inks[1], palette.inks[2], palette.inks[3], palette.inks[4]]
    last: Colour | None = None
    kinds = chance.shuffled(range(9))
    for row in range(rows):
        for column in range(columns):
            left = margin + column * (wide + gap)
            top = margin + row * (tall + gap)
            box = Box(left, top, left + wide, top + tall)
            ground = chance.choice([ink for ink in grounds if ink != last])
            last = ground
            drawing.box(box, ground)
            pale = sum(ground) > 440
            dark = palette.key if pale else palette.paper
            light = mix(dark, ground, 0.32)
            _sprig(drawing, box, kinds[(row * columns + column) % 9], dark, light, chance)
    sheet.lay(drawing)


def _sprig(
    drawing: Drawing, box: Box, kind: int, dark: Colour, light: Colour, chance: Chance
) -> None:
    size = min(box.width, box.height) * 1.1
    x, _ = box.centre
    length = size * 0.8
    stem = _stem(
        (x, box.bottom - size * 0.06), -math.pi / 2, length * 0.82, chance.between(-0.2, 0.2)
    )
    drawing.line([(px, py) for px, py, _ in stem], 3.4, dark)
    tip_x, tip_y, tip = stem[-1]
    form = kind
    if form == 0:  # willow
        for pair in range(7):
            px, py, heading = stem[8 + pair * 7]
            for way in (-1, 1):
                _leaf(
                    drawing,
                    px,
                    py,
                    heading + way * 0.8,
                    size * 0.24,
                    size * 0.06,
                    dark,
                    light,
                    bend=-way * 0.3,
                )
        _leaf(drawing, tip_x, tip_y, tip, size * 0.16, size * 0.05, dark, light)
    elif form == 1:  # honesty
        for number in range(7):
            px, py, heading = stem[12 + number * 8]
            way = 1 if number % 2 else -1
            reach = size * (0.26 - 0.022 * number)
            ex, ey = px + math.cos(heading + way) * reach, py + math.sin(heading + way) * reach
            drawing.line([(px, py), (ex, ey)], 2.4, dark)
            drawing.disc(ex, ey, size * (0.085 - 0.006 * number), light)
            drawing.ring(ex, ey, size * (0.085 - 0.006 * number), 2.6, dark)
    elif form == 2:  # fern
        for number in range(15):
            px, py, heading = stem[4 + number * 37 // 10]
            reach = size * 0.3 * math.sin(math.pi * (0.2 + 0.75 * (1 - number / 15)))
            for way in (-1, 1):
                _leaf(
                    drawing,
                    px,
                    py,
                    heading + way * 1.15,
                    reach,
                    size * 0.036,
                    light,
                    dark,
                    bend=-way * 0.4,
                )
    elif form == 3:  # umbel
        for number in range(9):
            heading = tip + (number - 4) * 0.27
            reach = size * 0.3
            px, py, _ = stem[38]
            ex, ey = px + math.cos(heading) * reach, py + math.sin(heading) * reach
            drawing.line([(px, py), (ex, ey)], 2.2, dark)
            drawing.disc(ex, ey, size * 0.04, light if number % 2 else dark)
        for way in (-1, 1):
            px, py, heading = stem[10]
            _leaf(drawing, px, py, heading + way * 0.9, size * 0.28, size * 0.1, light, dark)
    elif form == 4:  # ginkgo
        px, py, _ = stem[34]
        for way, turn in ((-1, 0.62), (1, 0.62), (0, 0.0)):
            heading = tip + way * turn
            cx, cy = px + math.cos(heading) * size * 0.1, py + math.sin(heading) * size * 0.1
            degrees = math.degrees(heading)
            reach = size * 0.26
            drawing.line([(px, py), (cx, cy)], 3, dark)
            drawing.wedge(cx, cy, reach, degrees - 30, degrees - 1.6, dark)
            drawing.wedge(cx, cy, reach, degrees + 1.6, degrees + 30, light)
    elif form == 5:  # poppy heads
        for way, at in ((0, 50), (-1, 22), (1, 30)):
            px, py, heading = stem[at]
            ex, ey = px + way * size * 0.2, py - size * (0.08 if way else 0.0)
            if way:
                drawing.line(
                    [(px, py), (px + way * size * 0.13, py - size * 0.02), (ex, ey)], 2.8, dark
                )
            r = size * (0.12 if way == 0 else 0.085)
            drawing.disc(ex, ey - r * 0.8, r, light)
            drawing.wedge(ex, ey - r * 0.8, r, 90, 270, dark)
            drawing.box(Box(ex - r * 0.7, ey - r * 2.05, ex + r * 0.7, ey - r * 1.7), dark)
    elif form == 6:  # horsetail
        for joint in range(6):
            px, py, heading = stem[6 + joint * 10]
            reach = size * (0.27 - 0.036 * joint)
            for spoke in range(-3, 4):
                if spoke:
                    turn = heading + spoke * 0.4
                    ex, ey = px + math.cos(turn) * reach, py + math.sin(turn) * reach
                    drawing.line([(px, py), (ex, ey)], 3.4, light if abs(spoke) == 2 else dark)
            drawing.disc(px, py, size * 0.022, dark)
    elif form == 7:  # fan palm
        px, py, _ = stem[32]
        for spoke in range(-5, 6):
            turn = tip + spoke * 0.3
            reach = size * (0.46 - 0.02 * abs(spoke))
            _leaf(drawing, px, py, turn, reach, size * 0.085, light, dark, sharp=0.8)
    else:  # beech
        for number in range(4):
            px, py, heading = stem[12 + number * 12]
            for way in (-1, 1):
                reach = size * (0.3 - 0.03 * number)
                _leaf(
                    drawing,
                    px,
                    py,
                    heading + way * 0.95,
                    reach,
                    reach * 0.52,
                    light if way > 0 else dark,
                    dark if way > 0 else light,
                    sharp=0.8,
                )
        _leaf(drawing, tip_x, tip_y, tip, size * 0.17, size * 0.09, light, dark, sharp=0.8)
