"""Woven stripes: warp and weft in flat inks, with a thread of shade at every crossing."""

from collections.abc import Callable

from demo.prints.palettes import Colour, Palette, mix
from demo.prints.press import Box, Chance, Sheet

Thread = tuple[float, float, Colour]
Over = Callable[[int, int], bool]


def _weave(
    sheet: Sheet, palette: Palette, box: Box, warp: list[Thread], weft: list[Thread], over: Over
) -> None:
    drawing = sheet.flat()
    drawing.box(box, palette.key)
    shade = sheet.stencil()
    for left, right, ink in warp:
        drawing.box(Box(left, box.top, right, box.bottom), ink)
    for row, (top, bottom, ink) in enumerate(weft):
        dark = mix(ink, palette.key, 0.16)
        drawing.box(Box(box.left, top, box.right, bottom), ink)
        for y in (top + (bottom - top) * 0.33, top + (bottom - top) * 0.67):
            drawing.line([(box.left, y), (box.right, y)], 1.1, dark, round_=False)
        for column, (left, right, thread) in enumerate(warp):
            if over(row, column):
                for edge, way in ((left, -1), (right, 1)):
                    depth = (right - left) * 0.12
                    cut = sorted((edge, edge - way * depth))
                    shade.box(Box(cut[0], top - 3, cut[1], top), 0)
                continue
            gap = 4
            drawing.box(Box(left, top - gap, right, bottom + gap), thread)
            dark = mix(thread, palette.key, 0.16)
            for share in (0.33, 0.67):
                x = left + (right - left) * share
                drawing.line([(x, top - gap), (x, bottom + gap)], 1.1, dark, round_=False)
            reach = min(14.0, (right - left) * 0.3)
            shade.box(Box(left - reach, top, left, bottom))
            shade.box(Box(right, top, right + reach, bottom))
    shade.trim(box)
    sheet.lay(drawing)
    soft = sheet.soften(sheet.reduce(shade), 4)
    sheet.ink(soft, palette.key, strength=0.36)


def twill(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """A fine twill whose diagonal turns, so the cloth shows chevrons."""
    box = sheet.area.inset(84)
    columns = 40
    pitch = box.width / columns
    rows = round(box.height / pitch)
    step = box.height / rows
    inks = palette.inks

    def stripe(count: int, sequence: list[Colour]) -> list[Colour]:
        colours: list[Colour] = []
        while len(colours) < count:
            colours += [chance.choice(sequence)] * chance.choice((2, 4, 4, 6, 8))
        return colours[:count]

    warp = [
        (box.left + i * pitch + 1, box.left + (i + 1) * pitch - 1, ink)
        for i, ink in enumerate(stripe(columns, [palette.paper, palette.paper, inks[1], inks[3]]))
    ]
    weft = [
        (box.top + i * step + 1, box.top + (i + 1) * step - 1, ink)
        for i, ink in enumerate(stripe(rows, [inks[0], palette.key, inks[0], inks[2]]))
    ]
    turn = chance.choice((10, 8, 20))

    def over(row: int, column: int) -> bool:
        way = 1 if (column // turn) % 2 == 0 else -1
        return (row + way * (column % turn)) % 4 < 2

    _weave(sheet, palette, box, warp, weft, over)
