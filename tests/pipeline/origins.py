"""An HTTP server that answers as a test wants: a site, a CDN or a bucket with one thing wrong."""

import contextlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.core.files.storage import Storage


@dataclass
class Origin:
    """A running server; `pages` holds path -> (status, headers, body), and anything else is 404."""

    url: str = ""
    pages: dict = field(default_factory=dict)
    missing: tuple = (404, {"Cache-Control": "no-store", "Content-Type": "text/plain"}, b"")
    asked: list = field(default_factory=list)

    def put(self, path, content_type, body, status=200, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, {"Content-Type": content_type, **named}, body)


@contextlib.contextmanager
def running_origin():
    origin = Origin()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            origin.asked.append((self.command, self.path))
            path = self.path.partition("?")[0]
            status, headers, body = origin.pages.get(path, origin.missing)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_OPTIONS = do_GET  # noqa: N815

        def log_message(self, format, *arguments):
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        origin.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield origin
        finally:
            server.shutdown()


class OpenBucket(Storage):
    """A bucket of an `Origin` that asks nobody for a signature; each mistake is an attribute."""

    bucket_name, location = "open", ""

    def __init__(self, origin, signed="?X-Amz-Signature=5ec2e7", **mistakes):
        self.origin, self.signed = origin, signed
        for name, value in mistakes.items():
            setattr(self, name, value)

    def _save(self, name, content):
        self.origin.put(f"/{name}", "application/pdf", content.read())
        return name

    def delete(self, name):
        del self.origin.pages[f"/{name}"]

    def exists(self, name):
        return f"/{name}" in self.origin.pages

    def url(self, name, expire=None):
        return f"{self.origin.url}/{name}{self.signed}"
