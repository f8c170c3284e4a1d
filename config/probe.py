"""The container's own health check: `python -m config.probe [PATH]`, no curl needed.

Exits 0 when this machine's own gunicorn answers 200 to PATH (default `/healthz`).
"""

import http.client
import os
import sys


def main(path: str = "/healthz") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), 15)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        print(response.status, response.read(2000).decode(errors="replace").strip())  # noqa: T201
    except (OSError, http.client.HTTPException) as error:
        print(f"No answer on port {connection.port}: {error}")  # noqa: T201
        return 1
    return 0 if response.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
