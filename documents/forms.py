from contextlib import ExitStack
from typing import Any

from django import forms
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from documents.models import Document
from uploads.forms import DocumentUpload
from uploads.limits import reserved
from uploads.models import delete_files
from uploads.naming import safe_display_name


class UploadForm(forms.Form):
    file = DocumentUpload(
        label=_("Document"),
        help_text=_("PDF or Word (.docx), up to 10 MB. Only you can open it."),
    )

    def save(self, owner_id: Any) -> Document:
        """Store the file and its row. Raises ValidationError if its owner has no room for it.

        The bytes travel between the two transactions of `reserved()`, so nothing is locked
        meanwhile; for the same reason this refuses to run inside a transaction. Whatever fails
        takes the stored file away again, except a commit: if its answer is lost the row may be
        there, and a row without its file is worse than a file without its row.
        """
        upload = self.cleaned_data["file"]
        facts = upload.verified
        document = Document(owner_id=owner_id, name=facts.name, kind=facts.kind, size=facts.size)
        kept = Document.objects.filter(owner=owner_id).usage
        with reserved(owner_id, facts.size, kept) as room, ExitStack() as on_failure:
            document.file.save(facts.name, upload, save=False)
            on_failure.callback(delete_files, document.stored_files())
            with room.taken():
                document.save(force_insert=True)
                on_failure.pop_all()
        return document


class RenameForm(forms.ModelForm):
    class Meta:
        model = Document
        fields = ["name"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    def clean_name(self) -> str:
        """Make the name safe; its extension stays the one of the bytes."""
        return safe_display_name(self.cleaned_data["name"], f".{self.instance.kind}")

    def save(self, commit: bool = True) -> Any:
        """Write the name alone. Raises Http404 if the document was deleted meanwhile."""
        if commit and not Document.objects.filter(pk=self.instance.pk).update(
            name=self.instance.name
        ):
            raise Http404("The document was deleted while its name was being changed.")
        return self.instance
