"""A meadow in flat shapes: stems, leaves and four kinds of flower."""

import math

from demo.prints.palettes import Colour, Palette
from demo.prints.press import Chance, Drawing, Point, Sheet


def _blade(
    drawing: Drawing, x: float, y: float, angle: float, length: float, width: float, ink: Colour
) -> None:
    """Draw a pointed leaf or petal from (x, y) along `angle` (radians)."""
    cos, sin = math.cos(angle), math.sin(angle)
    outline: list[Point] = []
    for way in (1, -1):
        steps = range(13) if way == 1 else range(12, -1, -1)
        for step in steps:
            along = length * step / 12
            side = way * width / 2 * math.sin(math.pi * step / 12)
            outline.append((x + cos * along - sin * side, y + sin * along + cos * side))
    drawing.polygon(outline, ink)


def _tulip(drawing: Drawing, x: float, y: float, size: float, inks: tuple[Colour, ...]) -> None:
    outer, inner = inks[0], inks[1]
    drawing.polygon([(x - size * 0.3, y), (x, y - size * 1.08), (x + size * 0.3, y)], inner)
    for way in (-1, 1):
        edge = x + way * size * 0.62
        drawing.polygon([(x, y), (edge, y), (edge, y - size), (x, y - size * 0.42)], outer)
    drawing.wedge(x, y - 1, size * 0.62, 0, 180, outer)


def _daisy(drawing: Drawing, x: float, y: float, size: float, inks: tuple[Colour, ...]) -> None:
    petals = 14
    for petal in range(petals):
        angle = petal / petals * math.tau
        _blade(
            drawing,
            x + math.cos(angle) * size * 0.2,
            y + math.sin(angle) * size * 0.2,
            angle,
            size * 0.72,
            size * 0.27,
            inks[0],
        )
    drawing.disc(x, y, size * 0.27, inks[1])


def _clock(drawing: Drawing, x: float, y: float, size: float, inks: tuple[Colour, ...]) -> None:
    rays = 22
    for ray in range(rays):
        angle = ray / rays * math.tau
        reach = size * (0.92 if ray % 2 else 0.72)
        end = (x + math.cos(angle) * reach, y + math.sin(angle) * reach)
        drawing.line([(x, y), end], 2.6, inks[0])
        drawing.disc(*end, size * 0.065, inks[0])
    drawing.disc(x, y, size * 0.17, inks[1])


def _poppy(drawing: Drawing, x: float, y: float, size: float, inks: tuple[Colour, ...]) -> None:
    for turn, ink in ((0, inks[0]), (180, inks[1])):
        drawing.wedge(x, y, size * 0.82, turn - 12, turn + 168, ink)
    drawing.disc(x, y, size * 0.3, inks[2])
    drawing.disc(x, y, size * 0.12, inks[3])


def meadow(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Flowers at four heights, the tallest behind."""
    h = sheet.height
    drawing = sheet.flat()
    box = sheet.area.inset(70)
    ground = palette.inks[0]
    drawing.box(box, ground)
    green, pale = palette.inks[1], palette.inks[2]
    warm, gold, light = (
        palette.inks[3],
        palette.inks[4],
        max(palette.paper, palette.inks[0], key=sum),
    )
    count = 9
    order = chance.shuffled(range(count))
    flowers = (_tulip, _daisy, _clock, _poppy)
    colours = {
        _tulip: ((warm, gold), (light, warm), (gold, warm)),
        _daisy: ((light, gold), (pale, warm)),
        _clock: ((light, gold), (gold, light)),
        _poppy: ((warm, gold, palette.key, light), (gold, light, palette.key, warm)),
    }
    last = chance.whole(0, 3)
    stems = []
    for place in range(count):
        x = box.left + 84 + (box.width - 168) * place / (count - 1)
        last = (last + chance.whole(1, 3)) % 4
        tall = (0.36, 0.5, 0.63, 0.8)[order[place] % 4] + chance.between(-0.03, 0.03)
        stems.append((tall, x + chance.between(-10, 10), flowers[last]))
    for tall, x, flower in sorted(stems, key=lambda stem: -stem[0]):
        foot = box.bottom
        top = foot - box.height * tall
        size = 74 + 22 * (tall - 0.4) + chance.between(-6, 10)
        ink = green if tall > 0.55 else pale
        drawing.line([(x, foot), (x, top)], 6, ink, round_=False)
        for pair in range(2 + int(tall * 4)):
            y = foot - 40 - pair * h * 0.085
            if y < top + size * 1.7:
                break
            for way in (-1, 1):
                _blade(drawing, x, y, -math.pi / 2 + way * 0.74, 104, 32, ink)
        flower(drawing, x, top, size, chance.choice(colours[flower]))
    drawing.trim(box)
    sheet.lay(drawing)
