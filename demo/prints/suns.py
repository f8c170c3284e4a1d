"""Halftone suns: one disc, screened into dots."""

import math

from demo.prints.palettes import Palette
from demo.prints.press import Box, Chance, Drawing, Sheet


def _screen(
    drawing: Drawing, box: Box, pitch: float, angle: float, tone: "Tone"
) -> None:
    """Fill `box` with dots on a turned grid; `tone` (0..1) sets how much of each cell is ink."""
    cos, sin = math.cos(angle), math.sin(angle)
    cx, cy = box.centre
    reach = math.ceil(math.hypot(box.width, box.height) / 2 / pitch)
    for row in range(-reach, reach + 1):
        for column in range(-reach, reach + 1):
            x = cx + (column * cos - row * sin) * pitch
            y = cy + (column * sin + row * cos) * pitch
            if not box.holds(x, y):
                continue
            amount = tone(x, y)
            if amount > 0.015:
                drawing.disc(x, y, pitch * math.sqrt(min(amount, 1.0)) * 0.71)


class Tone:
    """How dark a place is, from 0 (paper) to 1 (solid ink)."""

    def __call__(self, x: float, y: float) -> float:
        raise NotImplementedError


class _Disc(Tone):
    def __init__(self, x: float, y: float, radius: float, top: float, bottom: float) -> None:
        self._x, self._y, self._radius = x, y, radius
        self._top, self._bottom = top, bottom

    def __call__(self, x: float, y: float) -> float:
        if math.hypot(x - self._x, y - self._y) > self._radius:
            return 0
        share = (y - self._y + self._radius) / (2 * self._radius)
        return self._top + (self._bottom - self._top) * share


class _Sky(Tone):
    def __init__(self, top: float, bottom: float, start: float, end: float) -> None:
        self._top, self._bottom, self._start, self._end = top, bottom, start, end

    def __call__(self, x: float, y: float) -> float:
        share = (y - self._top) / (self._bottom - self._top)
        return self._start + (self._end - self._start) * share


def noon(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """A sun that thins towards the horizon, and its broken light on the water."""
    box = sheet.area.inset(80)
    horizon = box.top + box.height * 0.66
    x = box.left + box.width * chance.choice((0.4, 0.5, 0.6))
    radius = box.width * 0.33
    y = horizon - radius * 0.72
    sky = sheet.stencil()
    _screen(sky, Box(box.left, box.top, box.right, horizon), 13, 0.26, _Sky(box.top, horizon, 0.62, 0.02))
    sheet.ink(sky, palette.inks[1], grain=0.2)
    sun = sheet.stencil()
    _screen(sun, Box(box.left, box.top, box.right, horizon), 15, 0.79, _Disc(x, y, radius, 1.3, 0.34))
    sheet.ink(sun, palette.inks[0], grain=0.2, shift=(3, -2))
    water = sheet.stencil()
    at, band = horizon + 4, 7.0
    light = sheet.stencil()
    while at < box.bottom - 4:
        bottom = min(at + band, box.bottom)
        water.box(Box(box.left, at, box.right, bottom))
        share = (at - horizon) / (box.bottom - horizon)
        half = radius * (0.98 - 0.62 * share) * chance.between(0.72, 1.05)
        drift = chance.between(-26, 26)
        light.line([(x - half + drift, (at + bottom) / 2), (x + half + drift, (at + bottom) / 2)], (bottom - at) * 0.9)
        at += band * 1.5
        band *= 1.09
    bare = sheet.stencil()
    bare.image.paste(light.image)
    water.cut(light)
    sheet.ink(water, palette.inks[2], grain=0.2)
    sheet.ink(light, palette.inks[0], grain=0.25, shift=(2, 1))


def eclipse(sheet: Sheet, palette: Palette, chance: Chance) -> None:
    """Two screened discs, one over the other, on dark stock."""
    box = sheet.area
    cx, cy = box.centre
    radius = 330.0

    class Glow(Tone):
        def __call__(self, x: float, y: float) -> float:
            away = math.hypot(x - cx, y - cy) / radius
            if away < 1:
                return 0
            return 0.95 * math.exp(-((away - 1) * 2.6)) - 0.04

    glow = sheet.stencil()
    _screen(glow, box.inset(40), 12.5, chance.between(0.2, 0.6), Glow())
    sheet.ink(glow, palette.inks[0], overprint=False)
    rim = sheet.stencil()
    rim.disc(cx, cy, radius)
    rim.disc(cx - 16, cy + 16, radius - 12, 0)
    sheet.ink(rim, palette.inks[1], overprint=False)
