"""Halftone suns: one disc, screened into dots."""

import math
from collections.abc import Callable

from demo.prints.palettes import Palette
from demo.prints.press import Box, Chance, Drawing, Sheet

# How dark a place (x, y) is, from 0 (paper) to 1 (solid ink).
Tone = Callable[[float, float], float]


def _ramp(top: float, bottom: float, start: float, end: float) -> Tone:
    """Return a tone that goes from `start` at `top` to `end` at `bottom`."""
    return lambda _, y: start + (end - start) * (y - top) / (bottom - top)


def _screen(drawing: Drawing, box: Box, pitch: float, angle: float, tone: Tone) -> None:
    """Fill `box` with dots on a grid turned by `angle`; each dot's area follows the tone."""
    cos, sin = math.cos(angle), math.sin(angle)
    cx, cy = box.centre
    bleed = box.inset(-pitch)
    reach = math.ceil(math.hypot(box.width, box.height) / 2 / pitch) + 1
    for row in range(-reach, reach + 1):
        for column in range(-reach, reach + 1):
            x = cx + (column * cos - row * sin) * pitch
            y = cy + (column * sin + row * cos) * pitch
            if not bleed.holds(x, y):
                continue
            amount = tone(x, y)
            if amount > 0.015:
                drawing.disc(x, y, pitch * math.sqrt(amount) * 0.65)


def noon(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """A sun that thins towards the horizon, and its broken light on the water."""
    box = sheet.area.inset(80)
    horizon = box.top + box.height * 0.66
    x = box.left + box.width * chance.choice((0.4, 0.5, 0.6))
    radius = box.width * 0.33
    y = horizon - radius * 0.72
    upper = Box(box.left, box.top, box.right, horizon)
    disc, sky, sun = sheet.stencil(), sheet.stencil(), sheet.stencil()
    disc.disc(x, y, radius)
    disc.trim(upper)
    _screen(sky, upper, 13, 0.26, _ramp(box.top, horizon, 0.85, 0.03))
    sky.trim(upper)
    sky.cut(disc)
    _screen(sun, upper, 14, 0.79, _ramp(y - radius, horizon, 2.0, 0.33))
    sun.keep(disc)
    sheet.ink(sky, palette.inks[1], grain=0.2)
    sheet.ink(disc, palette.inks[2], shift=(-3, 2))
    sheet.ink(sun, palette.inks[0], grain=0.2, shift=(3, -2))

    water, light = sheet.stencil(), sheet.stencil()
    top, band = horizon + 4, 7.0
    while top < box.bottom - 4:
        bottom = min(top + band, box.bottom)
        water.box(Box(box.left, top, box.right, bottom))
        share = (top - horizon) / (box.bottom - horizon)
        half = radius * (0.98 - 0.62 * share) * chance.between(0.72, 1.05)
        middle, drift = (top + bottom) / 2, chance.between(-26, 26)
        light.line([(x - half + drift, middle), (x + half + drift, middle)], (bottom - top) * 0.9)
        top += band * 1.5
        band *= 1.09
    water.cut(light)
    sheet.ink(water, palette.inks[1], grain=0.2)
    sheet.ink(light, palette.inks[0], grain=0.25, shift=(2, 1))


def eclipse(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """A corona in dots around an empty disc, on dark stock."""
    box = sheet.area
    cx, cy = box.centre
    radius = 330.0

    def corona(x: float, y: float) -> float:
        away = math.hypot(x - cx, y - cy) / radius
        return 1.1 * math.exp(-max(0.0, away - 1) * 2.6) - 0.05 if away > 0.9 else 0

    glow, moon, rim = sheet.stencil(), sheet.stencil(), sheet.stencil()
    _screen(glow, box.inset(40), 12.5, chance.between(0.2, 0.6), corona)
    moon.disc(cx, cy, radius)
    glow.cut(moon)
    sheet.ink(glow, palette.inks[0], overprint=False)
    rim.disc(cx, cy, radius)
    rim.disc(cx - 16, cy + 16, radius - 12, 0)
    sheet.ink(rim, palette.inks[1], overprint=False)
