"""Colour profiles for pictures that say in numbers what their colours are.

A PNG can carry a profile, or describe its colours by chromaticities and a gamma, or by the
code numbers of video. From such a description we write the small ICC profile that says the
same (ICC.1:2022), so that one piece of code turns every picture into sRGB.
"""

from __future__ import annotations

import struct

# x and y of white, red, green and blue.
Chromaticities = tuple[float, float, float, float, float, float, float, float]

D65 = (0.3127, 0.3290)
SRGB: Chromaticities = (*D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
BT2020: Chromaticities = (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
DISPLAY_P3: Chromaticities = (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)

# Code numbers of ITU-T H.273, tables 2 and 3, which a PNG's cICP chunk uses. Of the curves
# only those of a display; the two of HDR video (16 and 18) need a tone mapping, no profile.
PRIMARIES = {1: SRGB, 9: BT2020, 12: DISPLAY_P3}
GAMMAS: dict[int, float | None] = {1: None, 6: None, 13: None, 14: None, 15: None, 4: 2.2, 8: 1.0}

D50 = (0.9642, 1.0, 0.8249)  # the white of every profile's connection space
BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # IEC 61966-2-1

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]


def rgb_profile(chromaticities: Chromaticities, gamma: float | None) -> bytes:
    """Return a profile of a display with these primaries; `gamma` None is sRGB's own curve.

    Raises ArithmeticError for numbers that describe no colours.
    """
    white_x, white_y, *rest = chromaticities
    white = _xyz(white_x, white_y)
    columns = [_xyz(rest[n], rest[n + 1]) for n in (0, 2, 4)]
    primaries = _transposed(columns)
    strengths = _times(_inverse(primaries), white)
    to_d50 = _adaptation(white)
    colours = [
        _times(to_d50, (x * strength, y * strength, z * strength))
        for (x, y, z), strength in zip(columns, strengths, strict=True)
    ]
    tags = {b"wtpt": _xyz_tag(D50)}
    for name, colour in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colours, strict=True):
        tags[name] = _xyz_tag(colour)
    curve = _curve_tag(gamma)
    return _profile(b"RGB ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))


def grey_profile(gamma: float) -> bytes:
    """Return a profile of grey with that gamma."""
    return _profile(b"GRAY", {b"wtpt": _xyz_tag(D50), b"kTRC": _curve_tag(gamma)})


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Return header, tag table and tags of a display profile (ICC.1:2022, 7.2 and 7.3)."""
    offset = 128 + 4 + 12 * len(tags)
    table, content = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        table += name + struct.pack(">II", offset + len(content), len(tag))
        content += tag
    header = struct.pack(
        ">I4sI4s4s4s12s4s4sIII8sI",
        offset + len(content),
        b"",
        0x04300000,
        b"mntr",
        space,
        b"XYZ ",
        b"",
        b"acsp",
        b"",
        0,
        0,
        0,
        b"",
        0,
    )
    return (header + _numbers(D50)).ljust(128, b"\0") + table + content


def _xyz_tag(colour: Vector) -> bytes:
    return b"XYZ \0\0\0\0" + _numbers(colour)


def _curve_tag(gamma: float | None) -> bytes:
    """A parametric curve: a power, or sRGB's (ICC.1:2022, 10.18, functions 0 and 3)."""
    if gamma is None:
        return b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + _numbers(SRGB_CURVE)
    return b"para\0\0\0\0" + struct.pack(">HH", 0, 0) + _numbers((gamma,))


def _numbers(values: tuple[float, ...]) -> bytes:
    """s15Fixed16: 65,536 is one. A number too large for it is OverflowError, as of a float."""
    try:
        return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))
    except struct.error as error:
        raise OverflowError from error


def _xyz(x: float, y: float) -> Vector:
    return (x / y, 1.0, (1 - x - y) / y)


def _adaptation(white: Vector) -> Matrix:
    """Return the matrix that makes `white` the white D50, by Bradford's method (annex E)."""
    cone, cone_d50 = _times(BRADFORD, white), _times(BRADFORD, D50)
    scaled = tuple(
        tuple(value * wanted / given for value in row)
        for row, wanted, given in zip(BRADFORD, cone_d50, cone, strict=True)
    )
    back = _inverse(BRADFORD)
    columns = [_times(back, column) for column in _transposed(scaled)]
    return _transposed(columns)


def _times(matrix: Matrix, vector: Vector) -> Vector:
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def _transposed(rows: list[Vector] | tuple[tuple[float, ...], ...]) -> Matrix:
    first, second, third = zip(*rows, strict=True)
    return first, second, third


def _inverse(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return (
        (
            (e * i - f * h) / determinant,
            (c * h - b * i) / determinant,
            (b * f - c * e) / determinant,
        ),
        (
            (f * g - d * i) / determinant,
            (a * i - c * g) / determinant,
            (c * d - a * f) / determinant,
        ),
        (
            (d * h - e * g) / determinant,
            (b * g - a * h) / determinant,
            (a * e - b * d) / determinant,
        ),
    )
