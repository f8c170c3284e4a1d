"""Form fields that judge an upload by its bytes and hand on only what may be stored."""

import re
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from uploads.fields import PictureFile
from uploads.naming import visible_text
from uploads.validators import VerifiedDocument, validate_document, validate_picture

IMAGE_ACCEPT = "image/jpeg,image/png,image/webp,image/gif"
DOCUMENT_ACCEPT = ".pdf,.docx,application/pdf"


class UploadField(forms.FileField):
    """A file field whose checks are all ours: Django's own looks at the name and the length."""

    def __init__(self, **kwargs: Any) -> None:
        # An empty file is refused by validate_size, with the same words as everywhere else.
        super().__init__(**{**kwargs, "max_length": None, "allow_empty_file": True})


class PictureUpload(UploadField):
    """Return the redrawn picture as a PictureFile, or the stored one when nothing was sent."""

    widget = forms.FileInput(attrs={"accept": IMAGE_ACCEPT})

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        return PictureFile(validate_picture(upload)) if isinstance(upload, UploadedFile) else upload


class DocumentUpload(UploadField):
    """Return the upload, with what its bytes say of it in `verified`."""

    widget = forms.FileInput(attrs={"accept": DOCUMENT_ACCEPT})

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        upload.verified = validate_document(upload)
        return upload


class VisibleText(forms.CharField):
    """One line that strangers will read, without what turns their text around or hides in it.

    Cleaned before it is asked whether anything is there, so a title of invisible characters is
    no title.
    """

    def to_python(self, value: Any) -> str:
        return visible_text(super().to_python(value) or "")


class VisibleLines(forms.CharField):
    """The same for several lines; of empty ones in a row, one remains."""

    def to_python(self, value: Any) -> str:
        lines = [visible_text(line) for line in (super().to_python(value) or "").splitlines()]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


__all__ = [
    "DocumentUpload",
    "PictureUpload",
    "UploadField",
    "VerifiedDocument",
    "VisibleLines",
    "VisibleText",
]
