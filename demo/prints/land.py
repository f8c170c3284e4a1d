"""Cut-paper landscapes: hills laid over hills, each with its own shadow."""

from demo.prints.palettes import Colour, Palette, mix
from demo.prints.press import Box, Chance, Drawing, Noise, Point, Sheet


def _ridge(
    noise: Noise, box: Box, base: float, height: float, cells: float, offset: float
) -> list[Point]:
    points: list[Point] = []
    for step in range(161):
        x = box.left - 10 + step * (box.width + 20) / 160
        place = step / 160 * cells + offset
        rise = 0.74 * noise(place, offset) + 0.26 * noise(place * 2.7, offset + 9)
        points.append((x, base - height * rise))
    return points


def _cut_paper(sheet: Sheet, shape: Drawing, ink: Colour, shade: Colour, depth: float) -> None:
    """Lay one sheet of coloured paper with a soft shadow above its edge."""
    mask = sheet.reduce(shape)
    sheet.ink(sheet.soften(mask, depth), shade, strength=0.42, shift=(0, -depth * 0.5))
    sheet.ink(mask, ink, overprint=False)


def hills(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Seven sheets of paper from the pale distance to the dark foreground, and a moon."""
    box = sheet.area.inset(70)
    noise = Noise(chance)
    sky = sheet.stencil()
    sky.box(box)
    far, near = palette.inks[3], palette.inks[0]
    sheet.ink(sky, mix(far, palette.paper, 0.55), overprint=False)
    moon = sheet.stencil()
    moon.disc(
        box.left + box.width * chance.choice((0.3, 0.68)),
        box.top + box.height * 0.25,
        box.width * 0.115,
    )
    sheet.ink(moon, palette.inks[4], overprint=False)
    layers = 7
    for layer in range(layers):
        share = layer / (layers - 1)
        base = box.top + box.height * (0.52 + 0.46 * share)
        height = box.height * (0.3 - 0.12 * share)
        ridge = _ridge(noise, box, base, height, 2.2 + share * 1.4, layer * 3.7)
        shape = sheet.stencil()
        shape.polygon([*ridge, (box.right + 10, box.bottom), (box.left - 10, box.bottom)])
        shape.trim(box)
        stops = (far, palette.inks[2], palette.inks[1], near, palette.key)
        at = share * (len(stops) - 1)
        first = min(int(at), len(stops) - 2)
        tint = mix(stops[first], stops[first + 1], at - first)
        _cut_paper(sheet, shape, tint, palette.key, 9)
    frame = sheet.stencil()
    frame.box(sheet.area)
    inner = sheet.stencil()
    inner.box(box)
    frame.cut(inner)
    sheet.ink(frame, palette.paper, overprint=False)


def fields(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Ploughed land from above the gate: furrows run to one point, parcel by parcel."""
    box = sheet.area.inset(70)
    noise = Noise(chance)
    horizon = box.top + box.height * 0.36
    ground = sheet.stencil()
    ground.box(box)
    sheet.ink(ground, mix(palette.inks[2], palette.paper, 0.5), overprint=False)
    sheet.ink(
        sheet.fade(Box(box.left, box.top, box.right, horizon + 60), 1.0, 0.0),
        palette.inks[4],
        overprint=False,
    )
    sun = sheet.stencil()
    sun_x = box.left + box.width * chance.choice((0.26, 0.74))
    sun.disc(sun_x, horizon - 70, 82)
    sheet.ink(sun, palette.inks[0], overprint=False)
    parcels = 6
    inks = [palette.inks[2], palette.inks[1], palette.inks[0], palette.inks[3], palette.key]
    last = inks[0]
    drawing, land = sheet.flat(), sheet.stencil()
    for parcel in range(parcels):
        share = (parcel / parcels) ** 1.35
        base = horizon + (box.bottom - horizon) * share + 40
        ridge = _ridge(noise, box, base, 90 + 60 * share, 1.3, parcel * 5.1)
        shape = [*ridge, (box.right + 10, box.bottom), (box.left - 10, box.bottom)]
        ink = chance.choice([one for one in inks[: 3 + parcel // 2] if one != last])
        last = ink
        land.polygon(shape)
        drawing.polygon(shape, ink)
        line = palette.paper if ink == palette.key else mix(ink, palette.key, 0.34)
        vanish = (box.left + box.width * chance.between(-0.3, 1.3), base - 420)
        for number in range(-70, 71):
            reach = number * (26 + 30 * share)
            furrow = _furrow(ridge, vanish, reach, box.bottom + 300, 4.5 + 7 * share)
            if furrow:
                drawing.polygon(furrow, line)
    land.trim(box)
    sheet.lay(drawing, through=land)


def _furrow(
    ridge: list[Point], vanish: Point, reach: float, foot: float, half: float
) -> list[Point]:
    """Return a furrow from where it comes over the ridge, or nothing if that is off the sheet."""
    left, spacing = ridge[0][0], ridge[1][0] - ridge[0][0]
    for step in range(61):
        at = step / 60
        x = vanish[0] + reach * (0.12 + 1.68 * at)
        y = vanish[1] + (foot - vanish[1]) * at
        place = int((x - left) / spacing)
        if 0 <= place < len(ridge) and y >= ridge[place][1]:
            at -= (y - ridge[place][1]) / (foot - vanish[1])  # back to the ridge itself
            x, y = vanish[0] + reach * (0.12 + 1.68 * at), ridge[place][1]
            end = vanish[0] + reach * 1.8
            wide = half * at
            return [(x - wide, y), (x + wide, y), (end + half, foot), (end - half, foot)]
    return []
