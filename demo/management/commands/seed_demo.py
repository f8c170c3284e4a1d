import io
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.transaction import atomic
from django.forms import Form, ModelForm
from django.utils.datastructures import MultiValueDict

from accounts.forms import ProfileForm
from accounts.models import User
from catalog.models import Category, Print
from demo.catalogue import PRINTS, DemoPrint
from demo.members import MEMBERS, DemoMember
from demo.papers import PAPERS, DemoPaper
from documents.forms import UploadForm
from documents.models import Document
from uploads.forms import PictureUpload

PASSWORD = "vitrine-demo"  # noqa: S105 - printed by the command; set under DEBUG and DEMO only
WIDTH = 1280  # pixels: the largest rendition, so nothing is drawn only to be thrown away


def known_passwords() -> bool:
    """Say whether passwords that everybody knows may open this site."""
    return bool(settings.DEBUG or settings.DEMO)


def sent(field: str, name: str, content: bytes) -> MultiValueDict[str, UploadedFile]:
    """Return what a form gets when a browser sends one file."""
    return MultiValueDict({field: [SimpleUploadedFile(name, content)]})


class Command(BaseCommand):
    help = (
        "Fill the site with prints, members and papers, through the same validation and storage "
        "as a visitor's uploads. Run again, it adds only what is missing. The sign-ins are made "
        "under DEBUG or DEMO only; run elsewhere, it takes their passwords away."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-demo",
            action="store_true",
            help="fill the site only if DEMO is on; else only take the known passwords away",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_demo"] and not settings.DEMO:
            self.withdraw()
            return
        steps: list[tuple[str, Callable[[], bool]]] = [
            # The first in hanging order is the newest, which the site shows first.
            *((entry.title, partial(self.hang, entry)) for entry in reversed(PRINTS)),
            *((entry.username, atomic(partial(self.welcome, entry))) for entry in MEMBERS),
            *((entry.name, partial(self.file, entry)) for entry in PAPERS),
        ]
        made = 0
        for number, (label, step) in enumerate(steps, start=1):
            self.progress(number, len(steps), label)
            made += step()
        if self.stdout.isatty():
            self.stdout.write("\r\x1b[K", ending="")
        self.stdout.write(f"Demo data: {made} made, {len(steps) - made} already there.")
        if known_passwords():
            for entry in MEMBERS[:2]:
                role = "staff" if entry.is_staff else "member"
                self.stdout.write(f"  {role}: {entry.username} / {PASSWORD}")

    def withdraw(self) -> None:
        """Close the accounts of the demonstration, where a database of one became another's."""
        closed = []
        for user in User.objects.filter(email__in=[entry.email for entry in MEMBERS]):
            if user.check_password(PASSWORD):
                user.set_password(None)
                user.save(update_fields=["password"])
                closed.append(user.username)
        if closed:
            names = ", ".join(closed)
            self.stdout.write(f"DEMO is off: the known passwords of {names} were taken away.")
        else:
            self.stdout.write("DEMO is off, and nobody has a password of the demonstration.")

    def progress(self, number: int, total: int, label: str) -> None:
        if self.stdout.isatty():
            filled = 24 * number // total
            bar = "█" * filled + "░" * (24 - filled)
            self.stdout.write(f"\r\x1b[K{bar} {number}/{total} {label[:40]}", ending="")
            self.stdout.flush()
        elif number == 1 or number % 10 == 0:
            self.stdout.write(f"  {number}/{total}")

    def hang(self, entry: DemoPrint) -> bool:
        if Print.objects.filter(title=entry.title, artist=entry.artist).exists():
            return False
        category, _ = Category.objects.get_or_create(
            slug=entry.category.slug, defaults={"name": entry.category.name}
        )
        sheet = io.BytesIO()
        entry.picture(WIDTH).save(sheet, "PNG", compress_level=1)
        upload = SimpleUploadedFile("scan.png", sheet.getvalue(), "image/png")
        Print(
            title=entry.title,
            artist=entry.artist,
            year=entry.year,
            medium=entry.medium,
            category=category,
            description=entry.description,
            picture=PictureUpload().clean(upload),
        ).save()
        return True

    def welcome(self, entry: DemoMember) -> bool:
        if user := User.objects.filter(username__iexact=entry.username).first():
            if user.email != entry.email:
                raise CommandError(
                    f"There is a member {user.username!r} who is not of the demo. Run seed_demo "
                    "on a database of its own: set DATABASE_URL."
                )
            # The password is known to everyone: it must not survive a move to production, and
            # must be there again in development. Otherwise it is left alone, since a new hash of
            # the same password signs people out.
            if known_passwords() != user.check_password(PASSWORD):
                user.set_password(PASSWORD if known_passwords() else None)
                user.save(update_fields=["password"])
            return False
        user = User.objects.create_user(
            entry.username,
            entry.email,
            PASSWORD if known_passwords() else None,
            is_staff=entry.is_staff,
            is_superuser=entry.is_staff,
        )
        name, content = entry.avatar_file() if entry.avatar else ("", b"")
        form = ProfileForm(
            {"display_name": entry.display_name, "bio": entry.bio},
            sent("avatar", name, content) if content else None,
            instance=user.profile,
        )
        self.save(form, entry.username)
        return True

    def file(self, entry: DemoPaper) -> bool:
        owner = User.objects.get(username=entry.owner)
        if Document.objects.filter(owner=owner, name=entry.name).exists():
            return False
        form = UploadForm({}, sent("file", entry.name, entry.make()))
        try:
            self.save(form, entry.name, owner_id=owner.pk)
        except ValidationError as refusal:
            # Everybody has the password: somebody filled the shelf, which must not stop the site.
            self.stderr.write(f"{entry.name} was left out: {' '.join(refusal.messages)}")
            return False
        return True

    @staticmethod
    def save(form: Form | ModelForm, label: str, **kwargs: Any) -> None:
        if not form.is_valid():
            raise CommandError(f"{label} was refused: {form.errors.as_json()}")
        form.save(**kwargs)  # type: ignore[union-attr]
