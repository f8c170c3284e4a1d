from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Count, Sum
from django.urls import reverse
from django.utils import timezone

from uploads.limits import Usage
from uploads.models import FileOwner
from uploads.storages import private_storage


def document_path(instance: "Document", filename: str) -> str:
    """Return a random key, `documents/2026/11/<uuid>.pdf`; the type is the one in the bytes.

    The name people see lives in the database only.
    """
    return f"documents/{timezone.now():%Y/%m}/{uuid4()}.{instance.kind}"


class DocumentQuerySet(models.QuerySet["Document"]):
    def usage(self) -> Usage:
        """Return how many these are and how large together; `size` is what the storage holds."""
        sums = self.aggregate(files=Count("pk"), size=Sum("size", default=0))
        return Usage(sums["files"], sums["size"])


class Document(FileOwner):
    """A private file. Every query starts from its owner, so a stranger's answer is 404."""

    class Kind(models.TextChoices):
        PDF = "pdf", "PDF"
        DOCX = "docx", "Word"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="documents"
    )
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=4, choices=Kind)
    size = models.PositiveBigIntegerField(help_text="in bytes")
    file = models.FileField(upload_to=document_path, storage=private_storage)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["owner", "-created_at", "-id"], name="document_of_owner")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("documents:download", args=[self.pk])
