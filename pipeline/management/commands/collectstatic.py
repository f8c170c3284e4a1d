from typing import Any

from django.contrib.staticfiles.management.commands import collectstatic
from django.core import checks


class Command(collectstatic.Command):
    """Django's collectstatic, which stops at a warning of the static file checks.

    A missing Vite build is only the warning staticfiles.W004: Django's own command goes on,
    collects a site without its scripts and styles, and exits 0.
    """

    def check(self, *args: Any, **kwargs: Any) -> None:
        super().check(*args, **{**kwargs, "fail_level": checks.WARNING})
