"""What may be uploaded: the one door for avatars, pictures and documents.

| what     | kinds, by content        | size   | more                               |
|----------|--------------------------|--------|------------------------------------|
| avatar   | JPEG, PNG, WebP, GIF     |  5 MiB | 25 megapixels, redrawn as WebP     |
| picture  | JPEG, PNG, WebP, GIF     | 20 MiB | 50 megapixels, redrawn, six files  |
| document | PDF, Word (.docx)        | 10 MiB | opens whole, runs nothing          |

The extension, the content type and the name that the client sent are claims. None of them
is read here, except the name, to make a safe one of it. (OWASP ASVS 5.0, 5.1.1 and 5.2.2.)

Every refusal is a ValidationError with one message and one stable `code`; nothing else is
raised over a file, however it was made. Validators begin at the first byte wherever the
file stands, leave it there, and never close it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Set
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from uploads import antivirus, fence, images, naming
from uploads.sniffing import HEAD_BYTES, NAMES, sniff
from uploads.storages import CONTENT_TYPES

if TYPE_CHECKING:
    from django.core.files import File
    from django.utils.functional import _StrPromise

MIB = 1024 * 1024
AVATAR_MAX_BYTES = 5 * MIB
PICTURE_MAX_BYTES = 20 * MIB
DOCUMENT_MAX_BYTES = 10 * MIB

PICTURES = frozenset(images.FORMATS)
# By first bytes -> what it must then prove to be. Old and locked Office files begin alike ("ole");
# which of them it is, and the way out, `docx` tells.
DOCUMENTS = {"pdf": "pdf", "zip": "docx", "ole": "docx"}


@dataclass(frozen=True)
class VerifiedDocument:
    """What a document turned out to be. Store these, not what the client said."""

    kind: str
    content_type: str
    extension: str
    size: int
    name: str


def validate_avatar(upload: File[bytes], crop: images.Crop | None = None) -> images.Rendition:
    """Return the avatar to store: a square WebP of at most 512 x 512 pixels, drawn anew."""
    kind = _admit(upload, AVATAR_MAX_BYTES, PICTURES, _("a JPEG, PNG, WebP or GIF picture"))
    images.refuse_too_many_pixels(upload, kind, images.AVATAR_MAX_PIXELS)
    (avatar,) = _examine("avatar", upload, kind, crop and astuple(crop))
    return avatar


def validate_picture(upload: File[bytes]) -> images.Picture:
    """Return the picture in every size to store, each as AVIF and as WebP, drawn anew."""
    kind = _admit(upload, PICTURE_MAX_BYTES, PICTURES, _("a JPEG, PNG, WebP or GIF picture"))
    images.refuse_too_many_pixels(upload, kind, images.PICTURE_MAX_PIXELS)
    renditions = _examine("picture", upload, kind)
    return images.Picture(tuple(renditions), renditions[-1].width, renditions[-1].height)


def validate_document(upload: File[bytes]) -> VerifiedDocument:
    """Return what the document is; its bytes are to be stored as they came."""
    kind = _admit(
        upload, DOCUMENT_MAX_BYTES, DOCUMENTS.keys(), _("a PDF or a Word document (.docx)")
    )
    kind = DOCUMENTS[kind]
    _examine(kind, upload)
    extension = f".{kind}"
    name = naming.safe_display_name(upload.name or "", extension)
    return VerifiedDocument(kind, CONTENT_TYPES[extension], extension, _size(upload), name)


def validate_size(upload: File[bytes], limit: int) -> None:
    """Refuse an empty file and one of more than `limit` bytes.

    Counted, not asked for: `upload.size` is what somebody set. Django's
    DATA_UPLOAD_MAX_MEMORY_SIZE does not limit files at all.
    Source: OWASP ASVS 5.0, 5.2.1.
    """
    size = _size(upload)
    if size == 0:
        raise ValidationError(
            _("This file is empty. Perhaps it was not saved completely; choose it again."),
            code="file_empty",
        )
    if size > limit:
        raise ValidationError(
            _("This file is too large (%(size)s): the limit is %(limit)s. Send a smaller one."),
            code="file_too_large",
            params={"size": filesizeformat(size), "limit": filesizeformat(limit)},
        )


def validate_kind(upload: File[bytes], kinds: Set[str], wanted: str | _StrPromise) -> str:
    """Return the kind of the file, by its first bytes; refuse it unless it is one of `kinds`.

    Source: OWASP ASVS 5.0, 5.2.2.
    """
    upload.seek(0)
    kind = sniff(upload.read(HEAD_BYTES))
    upload.seek(0)
    if kind == "pdf_preceded" and "pdf" in kinds:
        # Such a file is something else to a program that does not look further (ISO 32000-2,
        # 7.5.2: the header is the first line).
        raise ValidationError(
            _(
                "This PDF has something in front of its first line. "
                "Open it and save it again as a PDF."
            ),
            code="pdf_preceded",
        )
    if kind not in kinds:
        raise ValidationError(
            _("This is %(kind)s, not %(wanted)s. Save it as one of those, or choose another file."),
            code="file_kind_refused",
            params={"kind": NAMES[kind], "wanted": wanted},
        )
    return kind


def _admit(upload: File[bytes], limit: int, kinds: Set[str], wanted: str | _StrPromise) -> str:
    """The cheap rules, before any parser sees a byte. Return the kind."""
    validate_size(upload, limit)
    return validate_kind(upload, kinds, wanted)


def _examine(task: str, upload: File[bytes], *arguments: Any) -> list[images.Rendition]:
    """Have the file opened behind the fence, then looked at by the virus scanner if there is one.

    Both get the bytes, at most 20 MiB: so neither can move or close the upload.
    """
    upload.seek(0)
    content = upload.read()
    upload.seek(0)
    drawn = fence.examine(task, content, *arguments)
    antivirus.scan(io.BytesIO(content))
    return drawn


def _size(upload: File[bytes]) -> int:
    upload.seek(0, os.SEEK_END)
    size: int = upload.tell()
    upload.seek(0)
    return size
