from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Something to look at. Nothing imports this room: remove its line and its folder, and the
    site is the same without it."""

    name = "demo"
    verbose_name = "Demo data"
