"""The ink cupboard: each palette is a paper stock, a key (the darkest ink) and a few colours."""

from dataclasses import dataclass

Colour = tuple[int, int, int]


def rgb(code: str) -> Colour:
    """Return the colour written as six hexadecimal digits."""
    return int(code[:2], 16), int(code[2:4], 16), int(code[4:], 16)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return `first` with `share` (0..1) of `second` stirred in."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


@dataclass(frozen=True)
class Palette:
    """Colours that were chosen together; `inks` are five, in order of importance."""

    paper: Colour
    key: Colour
    inks: tuple[Colour, ...]


def overprint(first: Colour, second: Colour) -> Colour:
    """Return what two transparent inks make where they overlap."""
    red, green, blue = (a * b // 255 for a, b in zip(first, second, strict=True))
    return red, green, blue


def _palette(paper: str, key: str, *codes: str) -> Palette:
    """Return a palette; inks that are missing from the five are overprints of the first ones."""
    inks = [rgb(code) for code in codes]
    first, second, third = inks[:3]
    inks += [overprint(second, third), overprint(first, third)]
    return Palette(rgb(paper), rgb(key), tuple(inks[:5]))


PALETTES: dict[str, Palette] = {
    # Swiss posters
    "helvetia": _palette("f2eee4", "181615", "d3341f", "181615", "c9bfae"),
    "crescendo": _palette("efe6d4", "1c1b1f", "e2572b", "f0b23e", "24506b", "8fb3ae"),
    # Japanese woodblocks
    "prussian": _palette("efe5d0", "16243c", "1f4470", "6d94a8", "c4cfc3", "cf4f36", "e3bd7c"),
    "persimmon": _palette("f1e6d3", "2b2422", "cf5b34", "e4a064", "5e7467", "2f4a52", "e8cfa6"),
    "plum": _palette("f0e7de", "2a1d2b", "6d3a55", "b9737c", "e2b7a2", "46566b", "d9a441"),
    # mid-century serigraphs
    "orchard": _palette("f3ecda", "22302a", "3c5f49", "8ba26c", "d9b148", "c8623a", "e9d9b4"),
    "harbour": _palette("eee8db", "14252f", "1d4f62", "77a5a2", "e6b56b", "b8452e", "d5d6c6"),
    "kitchen": _palette("f5ecdc", "2c2a29", "d98b2b", "b5402d", "4a7c78", "e9c9a2", "6c5a4a"),
    "lagoon": _palette("f2ecdf", "1b2b2d", "2a6f73", "9cc0ae", "ef8a5b", "f2c879", "d5472f"),
    # risograph inks on warm paper
    "press": _palette("f4eddf", "23252e", "1f5fa8", "ee5a5e", "f3bf3a"),
    "duplicate": _palette("f3ebdc", "1d2b3a", "ef6a4c", "00798a", "f0c04d"),
    "berry": _palette("f4ece1", "30213a", "5a4a9c", "f0788a", "f4c95d"),
    # earth and stone
    "quarry": _palette("efe7d8", "2a2522", "8a5a3c", "c99a6b", "5b6660", "a9aa98", "e0cba8"),
    "desert": _palette("f4e6d0", "3a2320", "b9502f", "de8a4e", "efc27e", "7c3a37", "5c7a80"),
    "fjord": _palette("eef0e8", "12222c", "234a5b", "4f7f8c", "9bb8b4", "d5dccf", "e0653a"),
    # dark stock
    "midnight": _palette("18213a", "0e1428", "f1e3c2", "e2a84a", "54709c", "c75a40", "2a3a5e"),
    "pitch": _palette("1d1c1e", "100f11", "efe6d5", "d9482c", "8f8a80", "e0a83f", "35332f"),
    "pine": _palette("1c2f2b", "0f1c1a", "f0e6cc", "d8a23e", "6f9c80", "cf6443", "2d4a42"),
}
