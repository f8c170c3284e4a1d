"""A CDN that pulls: what it is asked for on its own origin, it fetches from the site's."""

import contextlib
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PASSED_ON = (
    "Content-Type",
    "Content-Encoding",
    "Cache-Control",
    "Vary",
    "Access-Control-Allow-Origin",
    "Timing-Allow-Origin",
    "Server-Timing",
)


class Cdn(ThreadingHTTPServer):
    origin = ""  # the site's address, once that is known

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Edge(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        accepted = {"Accept-Encoding": self.headers.get("Accept-Encoding", "identity")}
        request = urllib.request.Request(
            f"{self.server.origin}{self.path}", headers=accepted, method=self.command
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                status, headers, body = response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            with error:
                status, headers, body = error.code, error.headers, error.read()
        self.send_response(status)
        for name in PASSED_ON:
            if name in headers:
                self.send_header(name, headers[name])
        length = headers["Content-Length"] if self.command == "HEAD" else len(body)
        self.send_header("Content-Length", str(length or 0))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        """Stay silent: the browser's own log is the one the tests read."""


@contextlib.contextmanager
def pulling_cdn():
    """Run it on loopback; set `origin` before anybody asks."""
    with Cdn(("127.0.0.1", 0), Edge) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
