"""Handing out stored files: public ones in filesystem mode, private ones for their owners."""

import errno
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from uploads.naming import content_disposition
from uploads.storages import PrivateBucket, content_type_of, public_storage

NO_SUCH_FILE = {errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG}
INERT = "default-src 'none'; sandbox"  # whatever the bytes are, a browser runs none of them
PROTECTED = "/protected/"  # nginx/ has the same, as an internal location


def _inert_file(file: Any, key: str) -> HttpResponseBase:
    return _inert(FileResponse(file, content_type=content_type_of(key)))


def _inert(response: HttpResponseBase) -> HttpResponseBase:
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
    response["Server-Timing"] = 'served;desc="Django"'  # X-ray shows who served what
    patch_cache_control(response, public=True, max_age=31_536_000, immutable=True)
    return response


def private_download(file: FieldFile, filename: str) -> HttpResponseBase:
    """Return the response that downloads a private file under `filename`.

    From a bucket, a redirect to a URL signed for SIGNED_URL_SECONDS; from a filesystem, the
    bytes, or with MEDIA_SENDFILE a word to the server in front, which sends them. Who may have it
    is the caller's to decide, first. The name and the type are the server's: they are signed into
    the URL, so nobody can turn a document into a page.
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
            if settings.MEDIA_SENDFILE == "none":
                response = _inert_file(file.storage.open(key), key)
            else:
                response = _handed_over(Path(file.storage.path(key)), key)
        except FileNotFoundError as error:
            raise Http404("The file is gone from the storage.") from error
        response["Content-Disposition"] = content_disposition(filename)
        response["Cross-Origin-Resource-Policy"] = "same-origin"
    patch_cache_control(response, private=True, no_store=True)
    return response


def _handed_over(path: Path, key: str) -> HttpResponseBase:
    """Return a response without a body that tells the server in front which file is the body.

    The server takes that header away again and adds length, ranges and validators. Both take the
    value percent-encoded, and neither minds the `Content-Length: 0` of this response. Raises
    FileNotFoundError here, because the server in front would answer with a 404 page of its own.
    """
    if not path.is_file():
        raise FileNotFoundError(path)
    response = HttpResponse(content_type=content_type_of(key))
    if settings.MEDIA_SENDFILE == "nginx":
        response["X-Accel-Redirect"] = PROTECTED + quote(key)
    else:
        response["X-Sendfile"] = quote(str(path))
    return _inert(response)
