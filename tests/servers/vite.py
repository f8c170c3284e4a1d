"""Django's runserver with Vite's dev server beside it, as `./dev run` starts them."""

import contextlib
import importlib.machinery
import importlib.util
import os
import shutil
import sys

from tests.servers.child import PROJECT, environment, free_port, running
from tests.servers.site import Site

FRONTEND = PROJECT / "frontend"


@contextlib.contextmanager
def development_site(settings, folder):
    """Run both on loopback with these settings and DEBUG; yield the site and Vite's address."""
    port, vite_port = free_port(), free_port()
    vite = f"http://localhost:{vite_port}"
    settings = {**settings, "DEBUG": "true", "VITE_DEV_SERVER": vite}
    log = folder / "runserver.log"
    with contextlib.ExitStack() as stack:
        stack.enter_context(
            running(
                "tests.servers.vite",
                str(vite_port),
                env=environment(),
                log=folder / "vite.log",
                ready=f"{vite}/static/frontend/@vite/client",
            )
        )
        url = f"http://127.0.0.1:{port}"
        address = f"127.0.0.1:{port}"
        stack.enter_context(
            running(
                "manage",
                "runserver",
                "--noreload",
                address,
                env=environment(**settings, DJANGO_RUNSERVER_HIDE_WARNING="true"),
                log=log,
                ready=f"{url}/healthz",
            )
        )
        yield Site(url, log, settings), vite


def find_node():
    """Return the Node.js that ./dev uses."""
    loader = importlib.machinery.SourceFileLoader("dev_script", str(PROJECT / "dev"))
    dev = importlib.util.module_from_spec(importlib.util.spec_from_loader("dev_script", loader))
    sys.modules["dev_script"] = dev
    loader.exec_module(dev)
    return dev.ensure_node()


def main():
    """Become Vite: it ends with its standard input, which our parent holds open."""
    path = find_node().env["PATH"]
    node = shutil.which("node", path=path)
    os.chdir(FRONTEND)
    vite = FRONTEND / "node_modules" / "vite" / "bin" / "vite.js"
    arguments = [node, str(vite), "--port", sys.argv[1], "--strictPort"]
    os.execve(node, arguments, {**os.environ, "PATH": path})


if __name__ == "__main__":
    main()
