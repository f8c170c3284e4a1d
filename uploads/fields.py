"""A model field for a picture that is stored as a set of renditions."""

import posixpath
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.core.files.base import ContentFile, File
from django.db import models
from django.db.models.fields.files import FieldFile

from uploads.images import Picture, rendition_height, rendition_widths
from uploads.models import delete_files

FORMATS = {
    "avif": "image/avif",
    "webp": "image/webp",
}  # best first: browsers take the first they know


class Source(NamedTuple):
    url: str
    width: int
    height: int


class AvatarFile(ContentFile):
    """A redrawn avatar on its way into a FileField."""


class PictureFile(ContentFile):
    """A redrawn picture on its way into a PictureField; its name is its largest rendition's."""

    def __init__(self, picture: Picture) -> None:
        super().__init__(b"", name=f"{picture.width}.webp")
        self.picture = picture


class PictureFieldFile(FieldFile):
    """The stored picture.

    The column holds the key of the largest WebP, `prints/2026/11/<uuid>/1280.webp`. The other
    renditions stand beside it under their widths, so a page of pictures costs no query and no
    request to the storage: all URLs follow from this key, the width and the height.
    """

    field: "PictureField"

    @property
    def width(self) -> int:
        return int(getattr(self.instance, self.field.width_field) or 0)

    @property
    def height(self) -> int:
        return int(getattr(self.instance, self.field.height_field) or 0)

    def _key(self, width: int, extension: str) -> str:
        return f"{posixpath.dirname(str(self.name))}/{width}.{extension}"

    def stored_keys(self) -> Iterator[str]:
        """Yield the key of every stored rendition."""
        for width in rendition_widths(self.width):
            for extension in FORMATS:
                yield self._key(width, extension)

    def sources(self, extension: str) -> list[Source]:
        """Return the renditions of one format, narrowest first."""
        return [
            Source(
                self.storage.url(self._key(width, extension)),
                width,
                rendition_height(width, self.width, self.height),
            )
            for width in rendition_widths(self.width)
        ]

    def save(self, name: str | None, content: File, save: bool = True) -> None:
        """Store all renditions, or none: those already stored are deleted if one fails.

        Raises TypeError unless `content` is a PictureFile, that is, a picture that was validated
        and redrawn.
        """
        if not isinstance(content, PictureFile):
            raise TypeError(
                f"{self.field.name} takes a PictureFile, made from uploads.validators."
                f"validate_picture(), not {type(content).__name__}: originals are never stored."
            )
        key = self.field.generate_filename(self.instance, str(content.name))
        stored: list[str] = []
        try:
            for rendition in content.picture.renditions:
                wanted = f"{posixpath.dirname(key)}/{rendition.width}{rendition.extension}"
                stored.append(self.storage.save(wanted, ContentFile(rendition.content)))
                if stored[-1] != wanted:
                    raise FileExistsError(f"{wanted} exists already; keys are never used twice.")
        except BaseException:
            delete_files((self.storage, leftover) for leftover in stored)
            raise
        setattr(self.instance, self.field.width_field, content.picture.width)
        setattr(self.instance, self.field.height_field, content.picture.height)
        self.name = key
        setattr(self.instance, self.field.attname, key)
        self._committed = True
        if save:
            self.instance.save()

    def delete(self, save: bool = True) -> None:
        """Delete every rendition at once. FileOwner's save() and delete() do it on commit."""
        for key in self.stored_keys():
            self.storage.delete(key)
        self.name = None
        setattr(self.instance, self.field.attname, None)
        if save:
            self.instance.save()


class PictureField(models.FileField):
    """A FileField that stores AVIF and WebP renditions, and their size in two other columns."""

    attr_class = PictureFieldFile

    @property
    def size_fields(self) -> tuple[str, str]:
        """The columns that belong to this one and change with it."""
        return self.width_field, self.height_field

    def __init__(
        self, *args: Any, width_field: str = "", height_field: str = "", **kwargs: Any
    ) -> None:
        self.width_field = width_field
        self.height_field = height_field
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return (
            name,
            path,
            args,
            {
                **kwargs,
                "width_field": self.width_field,
                "height_field": self.height_field,
            },
        )

    def formfield(self, **kwargs: Any) -> Any:
        from uploads.forms import PictureUpload

        # max_length is the key's, not that of the client's filename, which is never stored.
        return models.Field.formfield(self, **{"form_class": PictureUpload, **kwargs})
