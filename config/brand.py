"""The name on the door: every word of the site's identity that a visitor sees."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True)
class Brand:
    name: str
    tagline: str
    description: str


BRAND = Brand(
    name="Vitrine",
    tagline="Prints, hung with care",
    description="A small gallery of prints, its members and their private papers.",
)


def context(request: HttpRequest) -> dict[str, Any]:
    """Give every template `brand`."""
    return {"brand": BRAND}
