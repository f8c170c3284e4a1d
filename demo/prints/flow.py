"""Flow fields: lines and ribbons that follow an invisible current and never touch."""

import math
from collections import defaultdict

from demo.prints.palettes import Palette
from demo.prints.press import Box, Chance, Noise, Point, Sheet


class _Field:
    """Traces lines through the current and keeps them apart."""

    def __init__(self, box: Box, chance: Chance, *, turns: float, cells: float) -> None:
        self._left, self._top, self._right, self._bottom = box
        self._noise = Noise(chance)
        self._turns = turns
        self._cells = cells
        self._lean = chance.between(0, math.tau)
        self._cell = 64.0
        self._taken: dict[tuple[int, int], list[tuple[float, float, float]]] = defaultdict(list)

    def angle(self, x: float, y: float) -> float:
        height = self._noise(x * self._cells / 1000, y * self._cells / 1000)
        return self._lean + (height - 0.5) * self._turns * math.tau

    def free(self, x: float, y: float, radius: float) -> bool:
        if not (
            self._left + radius <= x <= self._right - radius
            and self._top + radius <= y <= self._bottom - radius
        ):
            return False
        column, row = int(x // self._cell), int(y // self._cell)
        for i in (column - 1, column, column + 1):
            for j in (row - 1, row, row + 1):
                for px, py, other in self._taken.get((i, j), ()):
                    dx, dy, apart = x - px, y - py, radius + other
                    if dx * dx + dy * dy < apart * apart:
                        return False
        return True

    def trace(self, x: float, y: float, radius: float, longest: float, step: float) -> list[Point]:
        """Return a line through (x, y), as long as the free room allows."""
        if not self.free(x, y, radius):
            return []
        halves: list[list[Point]] = []
        for direction in (1, -1):
            half: list[Point] = []
            px, py = x, y
            for _ in range(round(longest / step / 2)):
                angle = self.angle(px, py)
                px += direction * step * math.cos(angle)
                py += direction * step * math.sin(angle)
                if not self.free(px, py, radius):
                    break
                half.append((px, py))
            halves.append(half)
        return [*halves[1][::-1], (x, y), *halves[0]]

    def take(self, points: list[Point], radius: float) -> None:
        for x, y in points:
            self._taken[int(x // self._cell), int(y // self._cell)].append((x, y, radius))


def wind(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Fine lines in the key; where they cross a disc they swell and change ink."""
    box = sheet.area.inset(80)
    field = _Field(box, chance, turns=chance.between(0.9, 1.2), cells=2.1)
    sun_x = box.left + box.width * chance.choice((0.36, 0.62))
    sun_y = box.top + box.height * chance.between(0.34, 0.44)
    sun_r = box.width * chance.between(0.27, 0.31)
    fine, bold, window = sheet.stencil(), sheet.stencil(), sheet.stencil()
    window.disc(sun_x, sun_y, sun_r)
    for _ in range(1700):
        x, y = chance.between(box.left, box.right), chance.between(box.top, box.bottom)
        points = field.trace(x, y, 4.6, 900, 7)
        if len(points) < 8:
            continue
        field.take(points, 4.6)
        fine.line(points, 2.1)
        bold.line(points, 6.4)
    fine.cut(window)
    bold.keep(window)
    sheet.ink(fine, palette.key, grain=0.15)
    sheet.ink(bold, palette.inks[0], grain=0.2)


def ribbons(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Broad ribbons first, then narrower ones into the room that is left."""
    box = sheet.area.inset(70)
    field = _Field(box, chance, turns=0.62, cells=1.5)
    drawing = sheet.flat()
    inks = palette.inks
    for width, tries, longest in ((62, 60, 900), (38, 140, 700), (20, 420, 520), (9, 900, 300)):
        for _ in range(tries):
            x, y = chance.between(box.left, box.right), chance.between(box.top, box.bottom)
            points = field.trace(x, y, width / 2 + 4, longest, 8)
            if len(points) * 8 < width * 2.2:
                continue
            field.take(points, width / 2 + 4)
            ink = chance.choice((*inks, inks[0], inks[1]))
            drawing.ribbon(points, [width] * len(points), ink)
            if width > 30 and chance.yes(0.5):
                drawing.ribbon(points, [width * 0.16] * len(points), palette.paper)
    sheet.lay(drawing)
