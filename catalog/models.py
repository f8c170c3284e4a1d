from typing import Any
from uuid import uuid4

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from uploads.fields import PictureField
from uploads.models import FileOwner
from uploads.storages import public_storage

FIRST_YEAR = 1400  # the first dated European woodcut is of 1423


class Category(models.Model):
    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


def picture_path(instance: "Print", filename: str) -> str:
    """Return `prints/2026/11/<uuid>/1280.webp`; all renditions share the random folder."""
    return f"prints/{timezone.now():%Y/%m}/{uuid4()}/{filename}"


def not_in_the_future(year: int) -> None:
    MaxValueValidator(timezone.now().year)(year)


class PrintQuerySet(models.QuerySet["Print"]):
    def search(self, text: str) -> "PrintQuerySet":
        """Return the prints whose words contain every word of `text`, in any order and case.

        One column holds the words of title, artist, medium and year. PostgreSQL finds substrings
        in it through a trigram index; SQLite reads the column.
        """
        found = self
        for word in text.casefold().split():
            found = found.filter(words__contains=word)
        return found


class Print(FileOwner):
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=220, unique=True, editable=False)
    artist = models.CharField(max_length=120)
    year = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(FIRST_YEAR), not_in_the_future]
    )
    medium = models.CharField(max_length=120, blank=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="prints")
    description = models.TextField(max_length=2000, blank=True)
    picture = PictureField(
        upload_to=picture_path,
        storage=public_storage,
        width_field="picture_width",
        height_field="picture_height",
        blank=True,
        help_text=_("JPEG, PNG, WebP or GIF, up to 20 MB and 50 megapixels."),
    )
    picture_width = models.PositiveIntegerField(null=True, editable=False)
    picture_height = models.PositiveIntegerField(null=True, editable=False)
    words = models.TextField(editable=False)

    objects = PrintQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        # A page of one category reads this index backwards and stops after 24 rows.
        indexes = [models.Index(fields=["category", "-id"], name="print_category_newest")]

    def __str__(self) -> str:
        return f"{self.title}, {self.artist}"

    def get_absolute_url(self) -> str:
        return reverse("catalog:detail", args=[self.slug])

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.words = f"{self.title} {self.artist} {self.medium} {self.year}".casefold()
        if self.slug:
            super().save(*args, **kwargs)
        else:
            self._save_with_slug(*args, **kwargs)

    def _save_with_slug(self, *args: Any, **kwargs: Any) -> None:
        """Save a new print; if another takes its slug in this very instant, take the next one.

        The renditions of the attempt that failed are gone from the storage (see FileOwner), so
        the second attempt stores the picture anew.
        """
        shown: Any = self.picture
        picture = shown.file if shown and not shown._committed else None
        self.slug = self._free_slug()
        try:
            super().save(*args, **kwargs)
        except IntegrityError:
            if not Print.objects.filter(slug=self.slug).exists():
                raise
            self.slug = self._free_slug()
            if picture:
                self.picture = picture
            super().save(*args, **kwargs)

    def _free_slug(self) -> str:
        """Return the title as a slug; a second print of that title gets a random ending.

        The ending also serves titles without a Latin letter. The slug is kept when the title
        changes, so links stay good.
        """
        slug = slugify(self.title)[:200]
        if slug and not Print.objects.filter(Q(slug=slug)).exists():
            return slug
        return f"{slug or 'print'}-{uuid4().hex[:8]}"
