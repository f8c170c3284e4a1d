from django.contrib import admin

from documents.models import Document


@admin.register(Document)
class DocumentAdmin(admin.ModelAdmin):
    """What there is and how large; not what is in it: private files are their owner's alone."""

    view_on_site = False  # it would download, and that is for the owner
    list_display = ["name", "owner", "kind", "size", "created_at"]
    list_select_related = ["owner"]
    list_filter = ["kind"]
    search_fields = ["name", "owner__username"]
    fields = ["name", "owner", "kind", "size", "created_at"]
    readonly_fields = ["name", "owner", "kind", "size", "created_at"]

    def has_add_permission(self, request: object) -> bool:
        return False
