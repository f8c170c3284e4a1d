from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.core.signals import request_finished
from django.db.models.signals import post_delete, post_migrate


def make_folders(**kwargs: Any) -> None:
    """Make the folders of `MEDIA_STORE=filesystem` when a site is set up, with its tables.

    Not when a file arrives or a probe asks: a volume that is not mounted must be noticed.
    """
    from uploads.storages import PrivateFiles, PublicFiles, private_storage, public_storage

    for storage in (private_storage(), public_storage()):
        if isinstance(storage, PrivateFiles | PublicFiles):
            Path(storage.location).mkdir(parents=True, exist_ok=True)


class UploadsConfig(AppConfig):
    name = "uploads"
    verbose_name = "Uploads"

    def ready(self) -> None:
        from uploads import checks  # noqa: F401 - importing registers them
        from uploads.models import (
            FileOwner,
            delete_files_of_deleted_row,
            delete_rolled_back_files,
        )

        request_finished.connect(delete_rolled_back_files)
        post_migrate.connect(make_folders, sender=self)

        for model in apps.get_models():
            if issubclass(model, FileOwner):
                post_delete.connect(delete_files_of_deleted_row, sender=model)
