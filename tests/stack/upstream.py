"""Stands in for the site behind nginx, and says what reached it. It runs in the app image, by
gunicorn with the site's own configuration (tests/stack/pod.py)."""

import json

LARGE = 16 * 1024 * 1024  # more than all buffers of the kernel on the way to a client together
PIECE = bytes(65536)


def app(environ, start_response):
    environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/large":
        headers = [("Content-Type", "application/octet-stream"), ("Content-Length", str(LARGE))]
        start_response("200 OK", headers)
        return (PIECE for _ in range(LARGE // len(PIECE)))
    said = {name: environ[name] for name in ("REMOTE_ADDR", "REMOTE_PORT", "SERVER_PROTOCOL")}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]
