from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from catalog.views import home
from uploads.views import public_file

urlpatterns = [
    path("", home, name="home"),
    path("prints/", include("catalog.urls")),
    path("", include("accounts.urls")),
    path("documents/", include("documents.urls")),
    path("pipeline/", include("pipeline.urls")),
    path("admin/", admin.site.urls),
]
if settings.MEDIA_STORE == "filesystem":
    urlpatterns.append(path(f"{settings.MEDIA_URL.strip('/')}/<path:key>", public_file))

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"
