from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from accounts.models import Profile, User

admin.site.register(User, UserAdmin)


@admin.register(Profile)
class ProfileAdmin(admin.ModelAdmin):
    """Names and texts may be moderated here; avatars come only through their owner's form."""

    list_display = ["user", "display_name"]
    list_select_related = ["user"]
    search_fields = ["user__username", "display_name"]
    readonly_fields = ["user", "avatar"]

    def has_add_permission(self, request: object) -> bool:
        return False
