"""How gunicorn serves the site: `gunicorn --config python:config.gunicorn config.wsgi`.

Every number comes from the environment; `.env.example` lists them. What was measured for the
defaults stands in `bench/workers.py`, which measures it again.
"""

import json
import os
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from config.env import Env
from config.logs import JsonFormatter

env = Env()
env.read_file(os.environ.get("ENV_FILE"), default=Path(__file__).resolve().parent.parent / ".env")


# region workers
# Threads, because a request that waits for the database or for the bucket must not make the next
# visitor wait with it; processes, because Python runs one thread at a time in each.
class Worker(ThreadWorker):
    """A thread worker that, told to stop, refuses new connections from that moment on.

    gunicorn's own accepts none either, but keeps its listening socket open until the last request
    is done. The kernel goes on making connections that nobody will ever read, and resets them in
    the end. nginx repeats a GET elsewhere then; a POST it must not repeat is lost. A connection
    that is refused costs nothing: nginx asks the next server before it has sent anything.
    """

    sockets: list[Any]
    nr_conns: int
    alive: bool

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if enabled or self.alive:  # alive: it is merely full
            return
        # Whoever comes between the last accept and the close is lost. A thread at work would hold
        # us up just there, for 5 ms, the interpreter's usual turn.
        usual = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        for listener in self.sockets:
            known = -1
            while known < self.nr_conns:  # those that are waiting to be accepted
                known = self.nr_conns
                self.accept(listener)
            listener.close()
        sys.setswitchinterval(usual)
        self.sockets = []


worker_class = Worker
workers = env.number("WEB_CONCURRENCY", default=2, least=1)
threads = env.number("WEB_THREADS", default=4, least=2)
preload_app = (
    True  # settings that are wrong stop the start once; the workers share the code's memory
)
# endregion


def post_worker_init(worker: Any) -> None:
    """Start the process in which this worker opens uploads, before the first one comes."""
    from uploads import fence

    fence.start()


# region sockets
host = env.text("BIND", default="127.0.0.1")
port = env.number("PORT", default=8000, least=1)
bind = f"{host}:{port}"
keepalive = 75  # seconds; longer than nginx keeps its idle connections (60), so nginx closes first
# Whose X-Forwarded-Proto is believed; it must be the proxy's address and nobody else's.
forwarded_allow_ips = env.text("FORWARDED_ALLOW_IPS", default="127.0.0.1,::1")
# By default SCRIPT_NAME and PATH_INFO are taken from headers of these names, too. Not every proxy
# removes a client's: it could then choose under which path the site thinks it is.
forwarder_headers = ""
# endregion

# region life and death
# At SIGTERM: no new connections, what is under way is finished, idle ones are told to close.
# Docker's own patience (stop_grace_period) must be longer.
graceful_timeout = env.number("GRACEFUL_TIMEOUT", default=30, least=1)
timeout = 60  # seconds without a heartbeat; the thread that beats is not the one that serves
# A heartbeat is a file's time stamp. On a busy or full disk it can stall and end a healthy worker.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
control_socket_disable = True  # it would need a place to write
# endregion


# region log
RESET_LINK = re.compile(r"(/password/reset/).+/.+")  # whoever reads it may set the password


class JsonLogger(Logger):
    """One line of JSON a request, whatever LOG_FORMAT says for the rest.

    Anything a client sends is quoted, so no line can be forged. `client` is who connected,
    `forwarded_for` what that one says of somebody else. Paths are logged without their query,
    which may hold what nobody should read twice.
    """

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        if env.choice("LOG_FORMAT", ["line", "json"], default="line") == "json":
            for handler in self.error_log.handlers:
                handler.setFormatter(JsonFormatter())

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        headers = {name.lower(): value for name, value in getattr(resp, "headers", [])}
        status = int(str(resp.status).partition(" ")[0])
        path = environ.get("PATH_INFO", "")
        if path in ("/healthz", "/readyz") and status < 400:
            return  # a probe a second says nothing
        line = {
            "time": datetime.now().astimezone().isoformat(timespec="milliseconds"),
            "logger": "access",
            "request_id": headers.get("x-request-id", ""),
            "client": environ.get("REMOTE_ADDR", ""),
            "forwarded_for": environ.get("HTTP_X_FORWARDED_FOR", ""),
            "method": environ.get("REQUEST_METHOD", ""),
            "host": environ.get("HTTP_HOST", ""),
            "path": RESET_LINK.sub(r"\1…", path),
            "protocol": environ.get("SERVER_PROTOCOL", ""),
            "status": status,
            "bytes": getattr(resp, "sent", 0) or 0,
            "seconds": round(request_time.total_seconds(), 4),
            "user_agent": environ.get("HTTP_USER_AGENT", ""),
            "pid": os.getpid(),
        }
        self.access_log.info(json.dumps(line))


logger_class = JsonLogger
accesslog = "-"
errorlog = "-"
# endregion
