"""Form fields that judge an upload by its bytes and hand on only what may be stored."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from uploads.fields import PictureFile
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


__all__ = ["DocumentUpload", "PictureUpload", "UploadField", "VerifiedDocument"]
