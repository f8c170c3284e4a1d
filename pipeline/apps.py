from django.apps import AppConfig
from django.core.checks import Tags, register


class PipelineConfig(AppConfig):
    name = "pipeline"
    verbose_name = "Static files"

    def ready(self) -> None:
        from pipeline import checks

        register(checks.bundle_is_built, Tags.staticfiles)
        register(checks.whitenoise_follows_security, Tags.staticfiles)
        register(checks.default_storage_is_named, Tags.files)
