"""Still lifes in transparent inks: every overlap is a colour nobody mixed."""

import math

from demo.prints.palettes import Palette
from demo.prints.press import Box, Chance, Drawing, Point, Sheet

# Height by half width, then half widths from lip to foot as shares of the widest place.
_BOTTLE = (4.0, (0.34, 0.3, 0.3, 0.3, 0.3, 0.34, 0.62, 0.94, 1.0, 1.0, 1.0, 1.0, 0.98, 0.95))
_AMPHORA = (2.9, (0.56, 0.42, 0.38, 0.44, 0.66, 0.88, 1.0, 1.0, 0.92, 0.8, 0.66, 0.54, 0.5))
_BOWL = (1.05, (1.0, 0.99, 0.97, 0.94, 0.9, 0.84, 0.76, 0.66, 0.54, 0.42, 0.36, 0.36, 0.4))
_DECANTER = (3.5, (0.4, 0.27, 0.22, 0.21, 0.22, 0.28, 0.5, 0.82, 1.0, 0.99, 0.88, 0.7, 0.58))
_JAR = (2.0, (0.52, 0.44, 0.52, 0.78, 0.93, 1.0, 1.0, 0.97, 0.9, 0.8, 0.68, 0.57, 0.52))
_CARAFE = (4.6, (0.3, 0.36, 0.28, 0.25, 0.24, 0.26, 0.36, 0.62, 0.86, 0.97, 1.0, 1.0, 0.97))
_GOBLET = (2.6, (0.86, 0.97, 1.0, 0.98, 0.9, 0.72, 0.4, 0.14, 0.1, 0.1, 0.12, 0.3, 0.78))

Vessel = tuple[float, tuple[float, ...]]


def _half_width(widths: tuple[float, ...], at: float) -> float:
    """Return the half width at `at` (0 lip, 1 foot) on a Catmull-Rom curve."""
    place = at * (len(widths) - 1)
    index = min(int(place), len(widths) - 2)
    t = place - index
    p0, p1, p2 = widths[max(0, index - 1)], widths[index], widths[index + 1]
    p3 = widths[min(len(widths) - 1, index + 2)]
    return 0.5 * (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t * t
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )


def _vessel(stencil: Drawing, vessel: Vessel, x: float, foot: float, half: float) -> None:
    """Draw a silhouette with an oval lip and foot, seen slightly from above."""
    tall, widths = vessel
    height = half * tall
    right: list[Point] = []
    left: list[Point] = []
    for step in range(81):
        y = foot - height + height * step / 80
        wide = half * _half_width(widths, step / 80)
        right.append((x + wide, y))
        left.append((x - wide, y))
    stencil.polygon(right + left[::-1])
    for y, wide in ((foot - height, half * widths[0]), (foot, half * widths[-1])):
        turns = [turn / 36 * math.tau for turn in range(36)]
        stencil.polygon(
            [(x + wide * math.cos(turn), y + wide * 0.13 * math.sin(turn)) for turn in turns]
        )


def table(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Vessels and fruit on a cloth, in three inks that miss each other a little."""
    h = sheet.height
    first, second, cloth = (sheet.stencil() for _ in range(3))
    edge = h * 0.6
    cloth.box(Box(80, edge, 920, h - 80))
    tall = chance.shuffled((_BOTTLE, _CARAFE, _DECANTER))
    broad = chance.shuffled((_AMPHORA, _JAR, _GOBLET))
    row: tuple[tuple[Drawing, Vessel, float, float, float], ...] = (
        (first, tall[0], 236, 0.7, 0.5),
        (second, broad[0], 400, 0.745, 0.39),
        (first, broad[1], 616, 0.715, 0.42),
        (second, tall[1], 764, 0.755, 0.6),
    )
    for plate, vessel, x, foot, height in row:
        half = min(h * height * chance.between(0.94, 1.04) / vessel[0], 165)
        _vessel(plate, vessel, x + chance.between(-16, 16), h * foot, half)
    middle, foot = chance.between(430, 560), h * 0.87
    bowl = sheet.stencil()
    _vessel(bowl, _BOWL, middle, foot, 190)
    for plate in (first, second):
        plate.cut(bowl)
    for dx, dy, radius, plate in (
        (-96, -196, 62, second), (-2, -214, 70, cloth), (94, -200, 58, second),
    ):  # fmt: skip
        fruit = sheet.stencil()
        fruit.disc(middle + dx, foot + dy, radius)
        fruit.cut(bowl)
        first.cut(fruit)
        second.cut(fruit)
        cloth.cut(fruit)
        plate.disc(middle + dx, foot + dy, radius)
    second.cut(bowl)
    _vessel(first, _BOWL, middle, foot, 190)
    for plate, ink, shift in (
        (cloth, palette.inks[2], (0.0, 0.0)),
        (second, palette.inks[1], (5.0, -3.0)),
        (first, palette.inks[0], (-4.0, 3.0)),
    ):
        sheet.ink(plate, ink, shift=shift, grain=0.3)
