"""The WSGI application: `gunicorn config.wsgi:application`."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

if settings.BUILD_MODE:
    raise ImproperlyConfigured(
        "BUILD_MODE is on: it is for collectstatic while an image is built, and has neither a "
        "secret nor a database. Unset BUILD_MODE to serve."
    )

for alias in sorted({"default", "public", *settings.STORAGES}):
    storages[alias]  # what is missing or cannot be made stops the start, and not the first upload
