"""Fill a fresh site for the journeys: people who can sign in, and prints on the wall.

Runs with the settings of that site, in a process of its own, and stores its
pictures the way the admin does: judged, redrawn, in both formats.
"""

import django

django.setup()

from django.core.files.base import ContentFile  # noqa: E402 - Django comes first

from accounts.models import User  # noqa: E402
from catalog.models import Category, Print  # noqa: E402
from tests.e2e.files import BLUE, RED, picture  # noqa: E402
from tests.e2e.people import PASSWORD, PEOPLE  # noqa: E402
from uploads.fields import PictureFile  # noqa: E402
from uploads.validators import validate_picture  # noqa: E402

PRINTS = 30  # more than a page of 24
HUNG = 8  # those on the home page, with pictures; the others are still being photographed

for name, may in PEOPLE.items():
    User.objects.create_user(name, f"{name}@example.org", PASSWORD, **may)

categories = [
    Category.objects.create(name=name, slug=name.lower()) for name in ("Woodcut", "Etching")
]
# Two pictures are enough to look at, and encoding AVIF is what takes the time.
small, large = (
    validate_picture(ContentFile(picture(colour, *size), name="scan.png"))
    for colour, size in ((RED, (400, 500)), (BLUE, (1000, 1250)))
)
for number in range(1, PRINTS + 1):
    hung = Print(
        title=f"Study {number}",
        artist="Ada Hiroshige" if number % 2 else "Katsushika Lovelace",
        year=1830 + number,
        category=categories[number % 2],
        medium="Colour woodcut on paper",
        description=f"Study {number} of {PRINTS}.",
    )
    if number > PRINTS - HUNG:
        hung.picture = PictureFile(large if number == PRINTS else small)
    hung.save()
