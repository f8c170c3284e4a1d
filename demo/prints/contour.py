"""Contour lines by marching squares, over land cut in flat steps."""

from PIL import Image

from demo.prints.palettes import Palette, mix
from demo.prints.press import Box, Chance, Noise, Point, Sheet

# For each of the 16 corner patterns, the cell edges a line joins: 0 top, 1 right, 2 bottom, 3 left.
_EDGES: tuple[tuple[tuple[int, int], ...], ...] = (
    (), ((3, 0),), ((0, 1),), ((3, 1),), ((1, 2),), ((3, 0), (1, 2)), ((0, 2),), ((3, 2),),
    ((2, 3),), ((2, 0),), ((0, 1), (2, 3)), ((2, 1),), ((1, 3),), ((1, 0),), ((0, 3),), (),
)  # fmt: skip


class Terrain:
    """Heights on a grid of cell centres."""

    def __init__(self, box: Box, columns: int, chance: Chance, *, cells: float) -> None:
        self.box = box
        self.columns = columns
        self.cell = box.width / columns
        self.rows = round(box.height / self.cell)
        broad, fine = Noise(chance), Noise(chance)
        self.heights = [
            [
                0.78 * broad(column * cells / columns, row * cells / columns)
                + 0.22 * fine(column * cells * 2.3 / columns, row * cells * 2.3 / columns)
                for column in range(self.columns)
            ]
            for row in range(self.rows)
        ]
        flat = sorted(height for line in self.heights for height in line)
        low, high = flat[0], flat[-1]
        self.heights = [[(h - low) / (high - low) for h in line] for line in self.heights]

    def mask(self, level: float, sheet: Sheet) -> Image.Image:
        """Return a stencil of all land above `level`."""
        grid = Image.new("F", (self.columns, self.rows))
        grid.putdata([height for line in self.heights for height in line])
        left, top, right, bottom = (round(sheet.pixels(value)) for value in self.box)
        size = (right - left, bottom - top)
        large = grid.resize(size, Image.Resampling.BICUBIC)
        steep = 80 * size[0]  # heights run over a width in about three slopes
        cut = large.point(lambda height: height * steep + (127 - level * steep))
        mask = Image.new("L", sheet.size)
        mask.paste(cut.convert("L"), (left, top))
        return mask

    def segments(self, level: float) -> list[tuple[Point, Point]]:
        """Return the contour at `level` as short lines."""
        cell, left, top = self.cell, self.box.left, self.box.top
        found: list[tuple[Point, Point]] = []
        for row in range(self.rows - 1):
            upper, lower = self.heights[row], self.heights[row + 1]
            for column in range(self.columns - 1):
                a, b = upper[column], upper[column + 1]
                d, c = lower[column], lower[column + 1]
                case = (a > level) + 2 * (b > level) + 4 * (c > level) + 8 * (d > level)
                if case in (0, 15):
                    continue
                x, y = left + (column + 0.5) * cell, top + (row + 0.5) * cell
                for first, second in _EDGES[case]:
                    ends = []
                    for edge in (first, second):
                        if edge == 0:
                            ends.append((x + cell * (level - a) / (b - a), y))
                        elif edge == 1:
                            ends.append((x + cell, y + cell * (level - b) / (c - b)))
                        elif edge == 2:
                            ends.append((x + cell * (level - d) / (c - d), y + cell))
                        else:
                            ends.append((x, y + cell * (level - a) / (d - a)))
                    found.append((ends[0], ends[1]))
        return found


def chart(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """A sea chart: depth in steps of one ink, land in another, fine lines over both."""
    box = sheet.area.inset(80)
    land = Terrain(box, 120, chance, cells=3.4)
    inks = palette.inks
    ramp = (
        mix(inks[0], palette.key, 0.35), inks[0], inks[1], mix(inks[1], inks[2], 0.5), inks[2],
        inks[3], palette.paper, inks[4],
    )  # fmt: skip
    ground = sheet.stencil()
    ground.box(box)
    sheet.ink(ground, ramp[0], overprint=False)
    steps = len(ramp)
    for step in range(1, steps):
        sheet.ink(land.mask(step / steps, sheet), ramp[step], overprint=False)
    lines = sheet.stencil()
    for step in range(1, steps * 4):
        width = 2.4 if step % 4 == 0 else 1.0
        for first, second in land.segments(step / (steps * 4)):
            lines.line([first, second], width)
    lines.trim(box)
    sheet.ink(lines, palette.key, strength=0.9)
