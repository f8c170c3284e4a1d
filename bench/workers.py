"""Which gunicorn worker, and how many: `.venv/bin/python -m bench.workers [SECONDS]`.

Each line is the same site under another configuration, in one run on one machine: pages a second
and the slowest twentieth while sixteen visitors read; the same while four others send their
request at two bytes a second straight to gunicorn, with no proxy in between; and the memory of all
its processes (PSS, so that what they share counts once). Ratios are to the first line, the
default of `config/gunicorn.py`.

On two cores, Python 3.11, November 2026:

                          pages/s  ratio  p95 ms  beside 4 slow  p95 ms  MiB  ratio
    gthread 2 x 4             238   1.00     120            235     140  136   1.00
    gthread 1 x 8              97   0.41     266            106     193   98   0.72
    gthread 4 x 2             200   0.84     217              6      67  208   1.53
    gthread 2 x 16            155   0.65     260            168     208  158   1.16
    sync 2                    262   1.10      67             99      87  133   0.97
    sync 5 (2 x cores + 1)    184   0.77     140            233     117  246   1.81

So: a process for each core, and a few threads in each. Two sync workers are a tenth faster until
somebody is slow; twice as many processes cost half as much memory again and gain nothing, and
four slow senders stop them where each process has no more than two threads.
"""

import contextlib
import http.client
import re
import statistics
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers.site import site

VARIANTS = {
    "gthread 2 x 4": "",
    "gthread 1 x 8": "--workers=1 --threads=8",
    "gthread 4 x 2": "--workers=4 --threads=2",
    "gthread 2 x 16": "--workers=2 --threads=16",
    "sync 2": "--worker-class=sync --workers=2 --threads=1",
    "sync 5 (2 x cores + 1)": "--worker-class=sync --workers=5 --threads=1",
}
READERS = 16
SLOW = 4


def read_pages(host, seconds):
    """Read the list of prints as fast as it comes; return seconds of each page."""
    took = []

    def reader():
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.perf_counter()
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection(host, timeout=seconds)
                connection.request("GET", "/prints/")
                connection.getresponse().read()
                connection.close()
                took.append(time.perf_counter() - began)

    threads = [threading.Thread(target=reader) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


@contextlib.contextmanager
def slow_senders(host):
    """Keep requests open whose bodies come at two bytes a second."""
    over = threading.Event()

    def sender():
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection(host)
            connection.putrequest("POST", "/accounts/sign-in/")
            connection.putheader("Content-Type", "application/x-www-form-urlencoded")
            connection.putheader("Content-Length", "1000")
            connection.endheaders()
            while not over.wait(1):
                connection.send(b"a=")
            connection.close()

    threads = [threading.Thread(target=sender) for _ in range(SLOW)]
    for thread in threads:
        thread.start()
    time.sleep(1.5)
    yield
    over.set()
    for thread in threads:
        thread.join()


def memory(log):
    """Return the MiB of the server's processes, shared pages counted once."""
    pids = {int(pid) for pid in re.findall(r"\[(\d+)\] \[INFO\]", log.read_text())}
    rollups = [Path(f"/proc/{pid}/smaps_rollup") for pid in pids]
    kibibytes = [
        int(re.search(r"^Pss:\s+(\d+)", rollup.read_text(), re.MULTILINE)[1])
        for rollup in rollups
        if rollup.exists()
    ]
    return sum(kibibytes) / 1024


def measure(arguments, seconds):
    with site({"GUNICORN_CMD_ARGS": arguments}) as running:
        running.run("tests.e2e.seed")
        host = urlsplit(running.url).netloc
        read_pages(host, 1)  # everything is imported and connected after this
        alone = read_pages(host, seconds)
        with slow_senders(host):
            beside = read_pages(host, seconds)
        return alone, beside, memory(running.log)


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5
    titles = ("pages/s", "ratio", "p95 ms", f"beside {SLOW} slow", "p95 ms", "MiB", "ratio")
    print(f"{'':26}" + "".join(f"{title:>14}" for title in titles))
    first = None
    for name, arguments in VARIANTS.items():
        alone, beside, mebibytes = measure(arguments, seconds)
        rate, rate_beside = len(alone) / seconds, len(beside) / seconds
        first = first or (rate, mebibytes)
        cells = (
            f"{rate:.0f}",
            f"{rate / first[0]:.2f}",
            f"{1000 * p95(alone):.0f}",
            f"{rate_beside:.0f}",
            f"{1000 * p95(beside):.0f}",
            f"{mebibytes:.0f}",
            f"{mebibytes / first[1]:.2f}",
        )
        print(f"{name:26}" + "".join(f"{cell:>14}" for cell in cells), flush=True)


def p95(took):
    return statistics.quantiles(took, n=20)[-1] if len(took) > 1 else float("nan")


if __name__ == "__main__":
    main()
