"""Upload handlers: what happens to a file's bytes before any form sees them."""

from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.core.files.uploadhandler import TemporaryFileUploadHandler as DjangoHandler


class TemporaryFileUploadHandler(DjangoHandler):
    """Django's handler, with nothing of the client's filename in the temporary file's.

    Django appends the client's extension, so a large upload called `x.` and 300 letters raises
    an uncaught OSError, "File name too long", before any validation can refuse it.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = TemporaryUploadedFile(
            "upload", self.content_type, 0, self.charset, self.content_type_extra
        )
        self.file.name = self.file_name
