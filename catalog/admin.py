from typing import Any, cast

from django.contrib import admin
from django.db.models import CharField, Field, QuerySet, TextField
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.models import Category, Print, PrintQuerySet
from uploads.fields import PictureFieldFile
from uploads.forms import VisibleLines, VisibleText
from uploads.limits import takes_file
from uploads.validators import PICTURE_MAX_BYTES

VISIBLE: dict[type[Field], dict[str, Any]] = {
    CharField: {"form_class": VisibleText},
    TextField: {"form_class": VisibleLines},
}


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    formfield_overrides = VISIBLE
    list_display = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Print)
class PrintAdmin(admin.ModelAdmin):
    """Staff hang prints here. The picture is judged and redrawn by the same form field as any
    other upload, and previewed before it is sent (`catalog/js/picture-preview.js`)."""

    formfield_overrides = VISIBLE
    list_display = ["thumbnail", "title", "artist", "year", "category"]
    list_display_links = ["thumbnail", "title"]
    list_filter = ["category"]
    list_select_related = ["category"]
    list_per_page = 50
    search_fields = ["words"]  # shows the box; get_search_results does the work
    show_full_result_count = False
    fields = ["title", "artist", "year", "medium", "category", "description", "picture", "preview"]
    readonly_fields = ["preview"]

    class Media:
        css = {"all": ["catalog/css/admin.css"]}
        js = [Script("catalog/js/picture-preview.js", defer=True)]

    @takes_file(PICTURE_MAX_BYTES, staff=True)
    def add_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().add_view(*args, **kwargs)

    @takes_file(PICTURE_MAX_BYTES, staff=True)
    def change_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().change_view(*args, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Print], search_term: str
    ) -> tuple[QuerySet[Print], bool]:
        """Search as the site does: the admin's own `icontains` cannot use the index."""
        return cast("PrintQuerySet", queryset).search(search_term), False

    @admin.display(description="picture")
    def thumbnail(self, shown: Print) -> SafeString | str:
        return self._picture(shown, css="catalog-thumbnail", index=0) or "-"

    @admin.display(description="preview")
    def preview(self, shown: Print) -> SafeString | str:
        stored = self._picture(shown, css="catalog-preview", index=-1)
        return format_html(
            '<output data-picture-preview for="id_picture">{}</output>', stored or "No picture yet."
        )

    @staticmethod
    def _picture(shown: Print, css: str, index: int) -> SafeString | None:
        # An uncommitted one came with a form that has an error elsewhere, and is not stored.
        if not shown.picture or not shown.picture._committed:  # type: ignore[attr-defined]
            return None
        source = cast("PictureFieldFile", shown.picture).sources("webp")[index]
        return format_html(
            '<img class="{}" src="{}" alt="" width="{}" height="{}" loading="lazy">',
            css,
            source.url,
            source.width,
            source.height,
        )
