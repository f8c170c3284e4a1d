"""The demo members: two who sign in, three who only hang about, and their avatars."""

import io
import math
from dataclasses import dataclass

from PIL import Image

from demo.prints import draw
from demo.prints.palettes import PALETTES, Colour, Palette
from demo.prints.press import Chance, Drawing, Point, Sheet

# Chosen for a strong contrast between first and second ink at 32 pixels.
_CREST_PALETTES = ("orchard", "harbour", "crescendo", "plum", "lagoon", "persimmon", "fjord")


@dataclass(frozen=True)
class DemoMember:
    """A member; `avatar` is "crest", "photo" (a phone's JPEG, lying on its side) or ""."""

    username: str
    email: str
    display_name: str
    bio: str
    seed: int
    avatar: str = "crest"
    is_staff: bool = False

    def avatar_file(self) -> tuple[str, bytes]:
        """Return the name and the bytes of the file this member would upload."""
        if self.avatar == "photo":
            return "IMG_20260814_191502.jpg", phone_photo(self.seed)
        buffer = io.BytesIO()
        avatar(self.seed).save(buffer, "PNG")
        return f"{self.username}.png", buffer.getvalue()


MEMBERS: tuple[DemoMember, ...] = (
    DemoMember(
        username="alice",
        email="alice@example.com",
        display_name="Alice Thornbury",
        bio=(
            "Collects small screenprints and the papers that come with them. Keeps a list of "
            "every frame she has regretted."
        ),
        seed=1,
    ),
    DemoMember(
        username="stella",
        email="stella@example.com",
        display_name="Stella Okonjo-Reyes",
        bio="Hangs the wall, writes the labels, and moves the ladder. Registrar since 2019.",
        seed=11,
        is_staff=True,
    ),
    DemoMember(
        username="ingrid",
        email="ingrid@example.com",
        display_name="Ingrid Fjeldstad",
        bio="Prints in a boathouse when the ink is warm enough. This photograph is from August.",
        seed=8,
        avatar="photo",
    ),
    DemoMember(
        username="wenceslaus",
        email="wenceslaus@example.com",
        display_name="Václav Ondřej Šťastný-Přibyslavský ml.",
        bio=(
            "Bookbinder. Writes to galleries about the grain of their mount board, and is "
            "usually right."
        ),
        seed=0,
    ),
    DemoMember(
        username="noor",
        email="noor@example.com",
        display_name="",
        bio="",
        seed=0,
        avatar="",
    ),
)


def avatar(seed: int, size: int = 640) -> Image.Image:
    """Return a crest: a divided field and one charge, in two or three inks."""
    chance = Chance(seed)
    palette = PALETTES[chance.choice(_CREST_PALETTES)]
    sheet = Sheet(size, "square", palette.paper, seed)
    drawing = sheet.flat(palette.inks[0])
    _divide(drawing, chance, palette)
    charges = (_sun, _sprig, _ring, _star, _moon)
    drawing.disc(500, 500, 330, palette.paper)
    charges[chance.whole(0, len(charges) - 1)](drawing, palette.key, palette.inks[0])
    sheet.lay(drawing)
    return sheet.finish(0.6)


def phone_photo(seed: int, width: int = 1200) -> bytes:
    """Return a JPEG as phones write them: pixels on their side, orientation and place in EXIF.

    A viewer that honours EXIF shows the hills upright, 4:5; the stored picture is 5:4.
    """
    upright = draw("hills", "lagoon", seed, "4:5", width)
    exif = Image.Exif()
    exif[0x010F] = "Vitrine"  # Make
    exif[0x0110] = "Demo phone"  # Model
    exif[0x0112] = 6  # Orientation: turn a quarter clockwise to view
    exif[0x0132] = "2026:08:14 19:15:02"  # DateTime
    place = exif.get_ifd(0x8825)  # GPS: a jetty in the Oslofjord
    place[1], place[2] = "N", (59.0, 40.0, 12.0)
    place[3], place[4] = "E", (10.0, 36.0, 30.0)
    buffer = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(
        buffer, "JPEG", quality=90, exif=exif, comment=b"taken by a demo phone"
    )
    return buffer.getvalue()


def _divide(drawing: Drawing, chance: Chance, palette: Palette) -> None:
    """Divide the field, by the names heralds give the divisions."""
    ink = palette.inks[1]
    division = chance.whole(0, 4)
    if division == 0:  # per bend
        drawing.polygon([(0, 0), (1000, 0), (1000, 1000)], ink)
    elif division == 1:  # quarterly
        drawing.polygon([(0, 0), (500, 0), (500, 500), (0, 500)], ink)
        drawing.polygon([(500, 500), (1000, 500), (1000, 1000), (500, 1000)], ink)
    elif division == 2:  # gyronny
        for turn in range(0, 360, 60):
            drawing.wedge(500, 500, 760, turn, turn + 30, ink)
    elif division == 3:  # paly
        for left in range(0, 1000, 250):
            drawing.polygon([(left, 0), (left + 125, 0), (left + 125, 1000), (left, 1000)], ink)
    else:  # per fess
        drawing.polygon([(0, 500), (1000, 500), (1000, 1000), (0, 1000)], ink)


def _sun(drawing: Drawing, key: Colour, ink: Colour) -> None:
    for turn in range(16):
        angle = turn / 16 * math.tau
        ends = [(500 + r * math.cos(angle), 500 + r * math.sin(angle)) for r in (190, 250)]
        drawing.line(ends, 30, key)
    drawing.disc(500, 500, 140, ink)


def _sprig(drawing: Drawing, key: Colour, ink: Colour) -> None:
    drawing.line([(500, 740), (500, 330)], 20, key)
    for y, reach in ((640, 150), (540, 170), (440, 140)):
        for way in (-1, 1):
            leaf = _leaf(500, y, way * reach, -reach * 0.86)
            drawing.polygon(leaf, ink if way < 0 else key)
    drawing.polygon(_leaf(500, 370, 0, -140), ink)


def _leaf(x: float, y: float, dx: float, dy: float) -> list[Point]:
    sides: tuple[list[Point], list[Point]] = ([], [])
    for step in range(21):
        at = step / 20
        bulge = 0.24 * math.sin(math.pi * at)
        sides[0].append((x + dx * at - dy * bulge, y + dy * at + dx * bulge))
        sides[1].append((x + dx * at + dy * bulge, y + dy * at - dx * bulge))
    return sides[0] + sides[1][::-1]


def _ring(drawing: Drawing, key: Colour, ink: Colour) -> None:
    for radius, colour in ((250, key), (190, ink), (120, key), (60, ink)):
        drawing.ring(500, 500, radius, 34, colour)


def _star(drawing: Drawing, key: Colour, ink: Colour) -> None:
    for point in range(8):
        tip = point / 8 * math.tau - math.pi / 2
        outer = (500 + 270 * math.cos(tip), 500 + 270 * math.sin(tip))
        for way, colour in ((-1, key), (1, ink)):
            side = tip + way * math.tau / 16
            inner = (500 + 120 * math.cos(side), 500 + 120 * math.sin(side))
            drawing.polygon([(500, 500), outer, inner], colour)


def _moon(drawing: Drawing, key: Colour, ink: Colour) -> None:
    drawing.disc(500, 500, 250, key)
    drawing.disc(590, 450, 200, ink)
    drawing.disc(600, 440, 60, key)
