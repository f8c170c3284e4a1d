"""Still lifes in transparent inks: every overlap is a colour nobody mixed."""

import math

from demo.prints.palettes import Palette
from demo.prints.press import Chance, Drawing, Point, Sheet

# Half widths of vessels from lip to foot, as shares of the widest place.
_VESSELS: tuple[tuple[float, tuple[float, ...]], ...] = (
    (3.6, (0.34, 0.3, 0.3, 0.3, 0.32, 0.62, 0.94, 1.0, 1.0, 1.0, 1.0, 0.98, 0.94)),
    (2.5, (0.62, 0.46, 0.4, 0.46, 0.66, 0.88, 1.0, 1.0, 0.92, 0.8, 0.66, 0.54, 0.5)),
    (1.5, (1.0, 0.99, 0.97, 0.94, 0.9, 0.84, 0.77, 0.68, 0.57, 0.46, 0.4, 0.4, 0.44)),
    (3.0, (0.42, 0.26, 0.22, 0.22, 0.24, 0.34, 0.62, 0.88, 1.0, 0.98, 0.86, 0.66, 0.56)),
    (1.9, (0.5, 0.44, 0.56, 0.78, 0.93, 1.0, 1.0, 0.97, 0.9, 0.8, 0.68, 0.56, 0.5)),
    (4.2, (0.3, 0.36, 0.28, 0.26, 0.26, 0.28, 0.4, 0.66, 0.88, 0.97, 1.0, 1.0, 0.97)),
)


def _profile(widths: tuple[float, ...], at: float) -> float:
    """Return the half width at `at` (0 lip, 1 foot), smoothly between the given ones."""
    place = at * (len(widths) - 1)
    index = min(int(place), len(widths) - 2)
    t = place - index
    p0 = widths[max(0, index - 1)]
    p1, p2 = widths[index], widths[index + 1]
    p3 = widths[min(len(widths) - 1, index + 2)]
    return 0.5 * (
        2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t * t
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )


def _vessel(stencil: Drawing, kind: int, x: float, foot: float, half: float) -> None:
    tall, widths = _VESSELS[kind]
    height = half * tall
    right: list[Point] = []
    left: list[Point] = []
    for step in range(81):
        y = foot - height + height * step / 80
        wide = half * _profile(widths, step / 80)
        right.append((x + wide, y))
        left.append((x - wide, y))
    stencil.polygon(right + left[::-1])
    lip, base = half * widths[0], half * widths[-1]
    s = stencil.scale
    for y, wide in ((foot - height, lip), (foot, base)):
        flat = wide * 0.13
        stencil.image.paste(0, (0, 0, 0, 0))
        stencil.polygon(
            [
                (x + wide * math.cos(a / 24 * math.tau), y + flat * math.sin(a / 24 * math.tau))
                for a in range(24)
            ]
        )
    _ = s


def table(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Bottles, a bowl and fruit on a table, in three inks that miss each other a little."""
    area = sheet.area
    edge = sheet.height * 0.64
    foot = edge + sheet.height * 0.09
    plates = [sheet.stencil() for _ in range(3)]
    cloth = plates[2]
    cloth.polygon([(80, edge), (920, edge), (920, sheet.height - 80), (80, sheet.height - 80)])
    kinds = chance.shuffled((0, 1, 3, 4, 5))[:4]
    xs = [250.0, 420.0, 590.0, 752.0]
    for index, kind in enumerate(kinds):
        tall = _VESSELS[kind][0]
        half = min(150.0, 470 / tall) * chance.between(0.9, 1.08)
        _vessel(
            plates[index % 2], kind, xs[index] + chance.between(-22, 22),
            foot + chance.between(-30, 60), half,
        )
    bowl = chance.choice((330.0, 660.0))
    fruit_y = foot + 118
    for dx, dy, r, plate in ((-70, -64, 58, 2), (26, -74, 62, 0), (92, -52, 50, 2)):
        plates[plate].disc(bowl + dx, fruit_y - 60 + dy, r)
    _vessel(plates[1], 2, bowl, fruit_y + 62, 176)
    shifts = ((0.0, 0.0), (5.0, -3.0), (-4.0, 4.0))
    for plate, ink, shift in zip(plates, palette.inks, shifts, strict=False):
        sheet.ink(plate, ink, shift=shift, grain=0.35)
    _ = area


def shapes(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Cut shapes, balanced: discs, half discs, a bar, a drop."""
    plates = [sheet.stencil() for _ in range(3)]
    cx, cy = sheet.area.centre
    h = sheet.height
    plates[0].disc(cx - 120, cy - h * 0.14, 250)
    plates[1].wedge(cx + 90, cy + h * 0.02, 290, -60, 120)
    plates[2].disc(cx + 150, cy - h * 0.22, 120)
    plates[2].wedge(cx - 140, cy + h * 0.24, 210, 180, 360)
    plates[0].wedge(cx + 150, cy + h * 0.24, 160, 0, 180)
    for number in range(5):
        y = cy + h * 0.07 + number * 34
        plates[1].line([(cx - 340, y), (cx - 60, y)], 12)
    plates[1].disc(cx - 250, cy - h * 0.31, 46)
    for plate, ink, shift in zip(plates, palette.inks, ((0, 0), (6, -4), (-5, 5)), strict=False):
        sheet.ink(plate, ink, shift=shift, grain=0.4)
    _ = chance
