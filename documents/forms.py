from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from documents.models import Document
from uploads.forms import DocumentUpload
from uploads.naming import safe_display_name


class UploadForm(forms.Form):
    file = DocumentUpload(
        label=_("Document"),
        help_text=_("PDF or Word (.docx), up to 10 MB. Only you can open it."),
    )

    def save(self, owner_id: Any) -> Document:
        upload = self.cleaned_data["file"]
        facts = upload.verified
        return Document.objects.create(
            owner_id=owner_id, name=facts.name, kind=facts.kind, size=facts.size, file=upload
        )


class RenameForm(forms.ModelForm):
    class Meta:
        model = Document
        fields = ["name"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    def clean_name(self) -> str:
        """Make the name safe; its extension stays the one of the bytes."""
        return safe_display_name(self.cleaned_data["name"], f".{self.instance.kind}")

    def save(self, commit: bool = True) -> Any:
        if commit:
            self.instance.save(update_fields=["name"])
        return self.instance
