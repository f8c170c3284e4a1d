from django.apps import AppConfig
from django.core.checks import Tags, register


class PipelineConfig(AppConfig):
    name = "pipeline"
    verbose_name = "Static files"

    def ready(self) -> None:
        from pipeline import checks

        for check in checks.STATICFILES:
            register(check, Tags.staticfiles)
        for check in checks.FILES:
            register(check, Tags.files)
