"""Upload handlers: what happens to a file's bytes before any form sees them."""

import tempfile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.core.files.uploadhandler import TemporaryFileUploadHandler as DjangoHandler


class TemporaryFileUploadHandler(DjangoHandler):
    """Django's handler, with a temporary file that has no name.

    Django's has one, for two ills. It ends with the client's extension, so that `x.` and 300
    letters raise an uncaught OSError, "File name too long", before any validation can refuse it.
    And a process that is killed leaves the file behind: a private document that no sweep knows, in
    a folder that fills. A file without a name is gone with the process that has it open.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = UploadedFile(  # type: ignore[assignment]
            tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR),  # noqa: SIM115 - it is kept
            self.file_name,
            self.content_type,
            0,
            self.charset,
            self.content_type_extra,
        )

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()
