"""System checks for what would otherwise be found out in production."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning


def bundle_is_built(**kwargs: Any) -> list[CheckMessage]:
    """pipeline.W001: without its manifest no page can name the bundle's files."""
    vite = settings.DJANGO_VITE["default"]
    if vite["dev_mode"] or Path(vite["manifest_path"]).is_file():
        return []
    return [
        Warning(
            f"The Vite bundle is missing: there is no {vite['manifest_path']}.",
            hint="Run `./dev build` (or `npm ci && npm run build` in frontend/). "
            "collectstatic refuses to run until then.",
            id="pipeline.W001",
        )
    ]


def whitenoise_follows_security(**kwargs: Any) -> list[CheckMessage]:
    """pipeline.W002: earlier, HTTPS redirects and nosniff are lost; later, every asset pays for
    sessions and may be answered by another middleware."""
    order = list(settings.MIDDLEWARE)
    security = "django.middleware.security.SecurityMiddleware"
    whitenoise = "whitenoise.middleware.WhiteNoiseMiddleware"
    if whitenoise in order and order[order.index(whitenoise) - 1 : order.index(whitenoise)] == [
        security
    ]:
        return []
    return [
        Warning(
            "WhiteNoiseMiddleware does not stand directly after SecurityMiddleware.",
            hint=f"In MIDDLEWARE, put {whitenoise!r} on the line after {security!r}.",
            id="pipeline.W002",
        )
    ]


def default_storage_is_named(**kwargs: Any) -> list[CheckMessage]:
    """pipeline.E003: a STORAGES that lacks an alias fails at its first use, not before."""
    return [
        Error(
            f"STORAGES has no {alias!r}, so {use} would fail when first used.",
            hint=f"Add the {alias!r} alias in config/settings.py, region media.",
            id="pipeline.E003",
        )
        for alias, use in (
            ("default", "every private upload"),
            ("public", "every avatar and picture"),
            ("staticfiles", "every {% static %}"),
        )
        if alias not in settings.STORAGES
    ]
