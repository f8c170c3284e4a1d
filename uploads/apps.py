from django.apps import AppConfig, apps
from django.db.models.signals import post_delete


class UploadsConfig(AppConfig):
    name = "uploads"
    verbose_name = "Uploads"

    def ready(self) -> None:
        from uploads.models import FileOwner, delete_files_of_deleted_row

        for model in apps.get_models():
            if issubclass(model, FileOwner):
                post_delete.connect(delete_files_of_deleted_row, sender=model)
