"""The press: paper, stencils and inks.

Lengths are in sheet units: every sheet is 1000 units wide, and 1000 (square) or 1250 (4:5)
high, so a family draws the same print at any pixel width. Stencils are drawn larger and
reduced, which is where the smooth edges come from: twice the size, small sheets four times.
"""

import hashlib
import math
import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from demo.prints.palettes import Colour

UNITS = 1000
RATIOS = {"square": 1000, "4:5": 1250}

Point = tuple[float, float]
T = TypeVar("T")


class Chance:
    """Seeded chance that gives the same answers on every Python version.

    Only `random.Random.random()` keeps its sequence across versions; `choice`, `shuffle`
    and `gauss` have changed before, so they are written out here.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._source = random.Random(seed)  # noqa: S311 - art, not secrets

    def unit(self) -> float:
        return self._source.random()

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._source.random()

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self._source.random() * (high - low + 1))

    def yes(self, share: float) -> bool:
        return self._source.random() < share

    def choice(self, items: Sequence[T]) -> T:
        return items[int(self._source.random() * len(items))]

    def shuffled(self, items: Iterable[T]) -> list[T]:
        keyed = [(self._source.random(), index, item) for index, item in enumerate(items)]
        return [item for _, _, item in sorted(keyed, key=lambda entry: entry[:2])]


class Noise:
    """Smooth value noise: call it with x and y (in lattice cells) for a number in 0..1."""

    SIZE = 32

    def __init__(self, chance: Chance) -> None:
        self._lattice = [[chance.unit() for _ in range(self.SIZE)] for _ in range(self.SIZE)]

    def __call__(self, x: float, y: float) -> float:
        column, row = math.floor(x), math.floor(y)
        u, v = x - column, y - row
        u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
        mask = self.SIZE - 1
        top, bottom = self._lattice[row & mask], self._lattice[(row + 1) & mask]
        left, right = column & mask, (column + 1) & mask
        upper = top[left] + (top[right] - top[left]) * u
        lower = bottom[left] + (bottom[right] - bottom[left]) * u
        return upper + (lower - upper) * v


class Box(NamedTuple):
    """A rectangle in sheet units."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre(self) -> Point:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def inset(self, by: float) -> "Box":
        return Box(self.left + by, self.top + by, self.right - by, self.bottom - by)

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom


Fill = int | Colour


class Drawing:
    """A large drawing in sheet units: mode "L" is a stencil, mode "RGB" is flat colour."""

    def __init__(self, size: tuple[int, int], scale: float, mode: str, ground: Fill) -> None:
        self.image = Image.new(mode, size, ground)
        self.scale = scale
        self._pen = ImageDraw.Draw(self.image)
        self._ground = ground
        self._full: Fill = 255 if mode == "L" else (0, 0, 0)

    def _px(self, value: float) -> int:
        return round(value * self.scale)

    def disc(self, x: float, y: float, radius: float, fill: Fill | None = None) -> None:
        s = self.scale
        self._pen.ellipse(
            ((x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s),
            fill=self._full if fill is None else fill,
        )

    def ring(
        self, x: float, y: float, radius: float, width: float, fill: Fill | None = None
    ) -> None:
        """Draw a circle line that is centred on `radius`."""
        s, outer = self.scale, radius + width / 2
        self._pen.ellipse(
            ((x - outer) * s, (y - outer) * s, (x + outer) * s, (y + outer) * s),
            outline=self._full if fill is None else fill,
            width=max(1, self._px(width)),
        )

    def wedge(
        self,
        x: float,
        y: float,
        radius: float,
        start: float,
        end: float,
        fill: Fill | None = None,
    ) -> None:
        """Draw a slice of a disc; angles in degrees, clockwise from three o'clock."""
        s = self.scale
        self._pen.pieslice(
            ((x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s),
            start,
            end,
            fill=self._full if fill is None else fill,
        )

    def box(self, box: Box, fill: Fill | None = None) -> None:
        right, bottom = self._px(box.right) - 1, self._px(box.bottom) - 1
        left, top = self._px(box.left), self._px(box.top)
        if right >= left and bottom >= top:
            self._pen.rectangle(
                (left, top, right, bottom), fill=self._full if fill is None else fill
            )

    def polygon(self, points: Sequence[Point], fill: Fill | None = None) -> None:
        s = self.scale
        self._pen.polygon(
            [(round(x * s), round(y * s)) for x, y in points],
            fill=self._full if fill is None else fill,
        )

    def line(
        self,
        points: Sequence[Point],
        width: float,
        fill: Fill | None = None,
        *,
        round_: bool = True,
    ) -> None:
        s, colour = self.scale, self._full if fill is None else fill
        pixels = max(1, round(width * s))
        joint = "curve" if pixels > 3 and len(points) > 2 else None
        self._pen.line([(x * s, y * s) for x, y in points], fill=colour, width=pixels, joint=joint)
        if round_ and pixels > 3:
            for x, y in (points[0], points[-1]):
                self.disc(x, y, width / 2, colour)

    def ribbon(
        self, points: Sequence[Point], widths: Sequence[float], fill: Fill | None = None
    ) -> None:
        """Draw a line whose width changes from point to point."""
        left: list[Point] = []
        right: list[Point] = []
        last = len(points) - 1
        for index, (x, y) in enumerate(points):
            x0, y0 = points[max(0, index - 1)]
            x1, y1 = points[min(last, index + 1)]
            length = math.hypot(x1 - x0, y1 - y0) or 1.0
            half = widths[index] / 2
            nx, ny = (y0 - y1) / length * half, (x1 - x0) / length * half
            left.append((x + nx, y + ny))
            right.append((x - nx, y - ny))
        self.polygon(left + right[::-1], fill)

    def trim(self, box: Box) -> None:
        """Clear everything outside `box`."""
        width, height = self.image.size
        left, top = self._px(box.left), self._px(box.top)
        right, bottom = self._px(box.right), self._px(box.bottom)
        for strip in (
            (0, 0, width, top),
            (0, bottom, width, height),
            (0, 0, left, height),
            (right, 0, width, height),
        ):
            self.image.paste(self._ground, strip)

    def keep(self, other: "Drawing") -> None:
        """Keep only what lies under `other` (both are stencils)."""
        self._replace(ImageChops.multiply(self.image, other.image))

    def cut(self, other: "Drawing") -> None:
        """Remove what lies under `other` (both are stencils)."""
        self._replace(ImageChops.subtract(self.image, other.image))

    def _replace(self, image: Image.Image) -> None:
        self.image = image
        self._pen = ImageDraw.Draw(image)


class Sheet:
    """A sheet of paper in the press."""

    def __init__(self, width: int, ratio: str, paper: Colour, seed: int) -> None:
        self.height = RATIOS[ratio]
        self.size = (width, round(width * self.height / UNITS))
        self.seed = seed
        self.paper = paper
        self.image = Image.new("RGB", self.size, paper)
        self._over = 2 if width > 800 else 4
        self._scale = self._over * width / UNITS
        self._runs = 0

    @property
    def area(self) -> Box:
        return Box(0, 0, UNITS, self.height)

    def stencil(self) -> Drawing:
        """Return an empty stencil: what is drawn on it takes the ink."""
        return Drawing(self._large, self._scale, "L", 0)

    def flat(self, ground: Colour | None = None) -> Drawing:
        """Return a drawing in opaque colours."""
        return Drawing(self._large, self._scale, "RGB", self.paper if ground is None else ground)

    @property
    def _large(self) -> tuple[int, int]:
        return self.size[0] * self._over, self.size[1] * self._over

    def pixels(self, units: float) -> float:
        """Return a length on the finished print in pixels."""
        return units * self.size[0] / UNITS

    def reduce(self, drawing: Drawing) -> Image.Image:
        """Return the drawing at the size of the print, with smooth edges."""
        found = drawing.image.getbbox() if drawing.image.mode == "L" else None
        if found is None:
            return drawing.image.resize(self.size, Image.Resampling.LANCZOS)
        width, height = self.size
        pad, over = 4, self._over  # the filter reaches less than four pixels
        left, top = (max(0, edge // over - pad) for edge in found[:2])
        right = min(width, found[2] // over + 1 + pad)
        bottom = min(height, found[3] // over + 1 + pad)
        mask = Image.new("L", self.size)
        mask.paste(
            drawing.image.resize(
                (right - left, bottom - top),
                Image.Resampling.LANCZOS,
                box=(
                    left * over,
                    top * over,
                    right * over,
                    bottom * over,
                ),
            ),
            (left, top),
        )
        return mask

    def lay(
        self, drawing: Drawing, box: Box | None = None, *, through: Drawing | None = None
    ) -> None:
        """Put a drawing in flat colours on the sheet: all, inside `box`, or under a stencil."""
        image = self.reduce(drawing)
        if through is not None:
            self.image.paste(image, (0, 0), self.reduce(through))
        elif box is not None:
            left, top, right, bottom = (round(self.pixels(value)) for value in box)
            self.image.paste(image.crop((left, top, right, bottom)), (left, top))
        else:
            self.image = image

    def ink(
        self,
        stencil: Drawing | Image.Image,
        colour: Colour,
        *,
        overprint: bool = True,
        shift: Point = (0, 0),
        grain: float = 0.0,
        strength: float = 1.0,
    ) -> None:
        """Print one ink through a stencil.

        Overprinted inks multiply, as transparent inks do; others cover. `shift` is the
        misregistration in units, `grain` (0..1) how much paper shows through the ink.
        """
        mask = self.reduce(stencil) if isinstance(stencil, Drawing) else stencil
        self._runs += 1
        if shift != (0, 0):
            moved = Image.new("L", self.size)
            moved.paste(mask, (round(self.pixels(shift[0])), round(self.pixels(shift[1]))))
            mask = moved
        if grain:
            mask = ImageChops.multiply(mask, self._speckle(grain))
        part = mask.getbbox()
        if part is None:
            return
        mask = mask.crop(part)
        if strength < 1:
            mask = mask.point([round(value * strength) for value in range(256)])
        if overprint:
            bands = [
                mask.point([255 - value * (255 - level) // 255 for value in range(256)])
                for level in colour
            ]
            inked = ImageChops.multiply(self.image.crop(part), Image.merge("RGB", bands))
            self.image.paste(inked, part[:2])
        else:
            self.image.paste(colour, part, mask)

    def fade(self, box: Box, start: float, end: float) -> Image.Image:
        """Return a stencil that goes from `start` to `end` (0..1) down the box: a bokashi."""
        left, top, right, bottom = (round(self.pixels(value)) for value in box)
        ramp = Image.linear_gradient("L").point(
            [round(255 * (start + (end - start) * value / 255)) for value in range(256)]
        )
        mask = Image.new("L", self.size)
        mask.paste(ramp.resize((right - left, bottom - top), Image.Resampling.BICUBIC), (left, top))
        return mask

    def soften(self, mask: Image.Image, radius: float) -> Image.Image:
        """Return the stencil out of focus, blurred at a quarter of its size for speed."""
        blurred = mask.reduce(4).filter(ImageFilter.GaussianBlur(self.pixels(radius) / 4))
        return blurred.resize(mask.size, Image.Resampling.BILINEAR)

    def finish(self, grain: float = 1.0) -> Image.Image:
        """Return the print, with the tooth of the paper in it."""
        reach = 8 * grain
        tooth = self._noise("paper").filter(ImageFilter.GaussianBlur(0.7))
        tooth = tooth.point([round(255 - reach * max(0, 128 - value) / 40) for value in range(256)])
        return ImageChops.multiply(self.image, Image.merge("RGB", (tooth, tooth, tooth)))

    def _speckle(self, amount: float) -> Image.Image:
        fine = self._noise(f"speckle {self._runs}").filter(ImageFilter.GaussianBlur(0.8))
        floor = 255 - round(255 * amount)
        edge = 104  # about a quarter of the blurred noise lies below
        return fine.point(
            [
                255 if value >= edge else max(floor, 255 - round((edge - value) * 14 * amount))
                for value in range(256)
            ]
        )

    def _noise(self, label: str) -> Image.Image:
        """Return white noise; `Image.effect_noise` cannot be seeded, so SHAKE makes it."""
        width, height = self.size
        source = hashlib.shake_128(f"{self.seed} {label}".encode())
        return Image.frombytes("L", self.size, source.digest(width * height))
