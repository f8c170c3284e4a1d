"""Handing out stored files: public ones in filesystem mode, private ones for their owners."""

import errno
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from uploads.naming import content_disposition
from uploads.storages import PrivateBucket, content_type_of, public_storage

NO_SUCH_FILE = {errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG}
INERT = "default-src 'none'; sandbox"  # whatever the bytes are, a browser runs none of them


def _inert_file(file: Any, key: str) -> FileResponse:
    response = FileResponse(file, content_type=content_type_of(key))
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = INERT
    return response


@require_safe
def public_file(request: HttpRequest, key: str) -> HttpResponseBase:
    """Serve a public file of `MEDIA_STORE=filesystem`; with S3 no URL leads here.

    Types come from a fixed table, never from the client or the system's mime.types. In front of
    a busy site nginx takes this path over; the headers are the same.
    """
    try:
        content_type_of(key)
        file = public_storage().open(key)
    except (SuspiciousFileOperation, ValueError) as error:  # outside the folder; a NUL
        raise Http404("No such file.") from error
    except OSError as error:
        if error.errno in NO_SUCH_FILE:
            raise Http404("No such file.") from error
        raise
    response = _inert_file(file, key)
    response["Cross-Origin-Resource-Policy"] = "same-site"
    patch_cache_control(response, public=True, max_age=31_536_000, immutable=True)
    return response


def private_download(file: FieldFile, filename: str) -> HttpResponseBase:
    """Return the response that downloads a private file under `filename`.

    From a bucket, a redirect to a URL signed for SIGNED_URL_SECONDS; from a filesystem, the
    bytes. Who may have it is the caller's to decide, first. The name and the type are the
    server's: they are signed into the URL, so nobody can turn a document into a page.
    Raises Http404 if the storage has lost the file.
    """
    key = str(file.name)
    response: HttpResponseBase
    if isinstance(file.storage, PrivateBucket):
        url = file.storage.url(
            key,
            parameters={
                "ResponseContentDisposition": content_disposition(filename),
                "ResponseContentType": content_type_of(key),
                "ResponseCacheControl": "private, no-store",
            },
        )
        response = HttpResponseRedirect(url)
    else:
        try:
            response = _inert_file(file.storage.open(key), key)
        except FileNotFoundError as error:
            raise Http404("The file is gone from the storage.") from error
        response["Content-Disposition"] = content_disposition(filename)
        response["Cross-Origin-Resource-Policy"] = "same-origin"
    patch_cache_control(response, private=True, no_store=True)
    return response
