"""Our nginx configuration in the nginx of this machine, before a site that runs beside it.

The files are nginx/ as they stand; only places and ports are moved, since nothing here is the
image's file system. A machine's nginx may lack the brotli module: then it sends the .gz.
"""

import contextlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from tests.servers.child import (
    PROJECT,
    START_SECONDS,
    STOP_SECONDS,
    ServerError,
    answers,
    free_port,
    log_text,
)
from tests.servers.site import run_python

MODULE = "/usr/lib/nginx/modules/ngx_http_brotli_static_module.so"
PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def nginx(site, folder):
    """Serve the collected files and the site's public media; yield the address."""
    conf = folder / "nginx"
    shutil.copytree(PROJECT / "nginx", conf)
    run_python("manage.py", "nginx_includes", str(conf / "generated"), env=site.settings)
    (folder / "srv").mkdir()
    (folder / "srv" / "static").symlink_to(PROJECT / "staticfiles")
    upstream = site.url.removeprefix("http://")
    (conf / "run").mkdir()
    (conf / "run" / "upstream.conf").write_text(f"upstream site {{ server {upstream}; }}\n")
    (conf / "run" / "trusted.conf").write_text(
        "map $scheme $forwarded_proto { default $scheme; }\n"
    )
    (conf / "run" / "server").mkdir()
    (conf / "run" / "server" / "published.conf").write_text(
        "location @published { error_page 404 = @no-such-static; return 404; }\n"
    )
    port, health = free_port(), free_port()
    moved = {
        "/srv/media": site.settings["MEDIA_DIR"],
        "root /srv;": f"root {folder}/srv;",
        "/etc/nginx/generated": f"{conf}/generated",
        "/tmp/vitrine": f"{conf}/run",
        "/tmp/": f"{folder}/",
        "/var/cache/nginx": str(folder),
        "/dev/stdout": f"{folder}/access.log",
        "listen 8080": f"listen 127.0.0.1:{port}",
        "listen 127.0.0.1:8081": f"listen 127.0.0.1:{health}",
        "worker_processes 2;": "worker_processes 1;" + (" user root;" * (os.geteuid() == 0)),
    }
    if not Path(MODULE).exists():
        moved |= {
            "load_module modules/ngx_http_brotli_static_module.so;": "",
            "brotli_static on;": "",
        }
    else:
        moved["modules/ngx_http"] = MODULE.replace("_brotli_static_module.so", "")
    pattern = re.compile("|".join(map(re.escape, sorted(moved, key=len, reverse=True))))
    for path in [conf / "nginx.conf", *conf.glob("conf.d/*.conf"), *conf.glob("snippets/*.conf")]:
        path.write_text(pattern.sub(lambda found: moved[found[0]], path.read_text()))
    log = folder / "nginx.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [PROGRAM, "-p", str(conf), "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers(f"http://127.0.0.1:{health}/nginx-health"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"nginx does not answer.\n\n{log_text(log)}")
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
