"""Does a sweep of 1,000,000 files need more memory than one of 10,000?

    .venv/bin/python -m bench.sweep [SIZE…]

Fills a scratch database (SQLite) and a scratch folder with as many documents, one in a hundred of
them without a row and one in a thousand rows without its file, and runs `manage.py sweep_uploads`
on them as a process of its own. Prints its seconds and its peak memory above that of a sweep of
nothing, which is Django; beside them the same for the obvious way, both sides as sets in memory.
What grows with the number of files is the way's, whatever the machine. A million files need as
many inodes, and some minutes to make, in TMPDIR.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
SIZES = (10_000, 100_000, 1_000_000)
BATCH = 10_000
MIB = 1024 * 1024

FILL = """
import os, sys
from uuid import uuid4
from django.utils import timezone
from accounts.models import User
from documents.models import Document
folder, start, stop = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
owner = User.objects.get_or_create(username="bench")[0]
for first in range(start, stop, 10_000):
    rows = []
    for number in range(first, min(first + 10_000, stop)):
        key = f"documents/2026/{number % 100:02}/{uuid4()}.pdf"
        if number % 100:
            rows.append(Document(owner=owner, name="x.pdf", kind="pdf", size=0, file=key))
        if number % 1000 != 1:
            os.close(os.open(f"{folder}/private/{key}", os.O_CREAT | os.O_WRONLY))
    Document.objects.bulk_create(rows, batch_size=1000)
"""
OBVIOUS = """
import os, sys
from documents.models import Document
root = sys.argv[1] + "/private"
named = set(Document.objects.values_list("file", flat=True))
found = {
    os.path.relpath(os.path.join(folder, name), root)
    for folder, _, names in os.walk(root) for name in names
}
print(len(found - named), len(named - found))
"""
SETUP = "import django; django.setup()\n"
SWEEP = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "sweep_uploads", "--older-than=0", "--json"])
"""


def run(environment, code, *arguments):
    """Return seconds, peak bytes of memory and the last line that the code printed."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", SETUP + code, *map(str, arguments)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.DEVNULL,
        )
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if process.returncode not in (0, 1) or (not said.strip() and code != FILL):
        raise SystemExit(f"The bench's own process ended with {process.returncode}: {said}")
    unit = 1 if sys.platform == "darwin" else 1024
    return time.perf_counter() - began, used.ru_maxrss * unit, said


def main():
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as scratch:
        media = Path(scratch) / "media"
        environment = {
            **os.environ,
            "ENV_FILE": "",
            "DEBUG": "false",
            "SECRET_KEY": uuid4().hex * 3,
            "DATABASE_URL": f"sqlite:///{scratch}/db.sqlite3",
            "MEDIA_STORE": "filesystem",
            "MEDIA_DIR": str(media),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        migrate = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
        for number in range(100):
            (media / f"private/documents/2026/{number:02}").mkdir(parents=True)
        ways = {"sweep_uploads": (SWEEP, ()), "two sets": (OBVIOUS, (media,))}
        nothing = {
            way: min(run(environment, code, *arguments)[:2] for _ in range(3))
            for way, (code, arguments) in ways.items()
        }
        print(f"{'files':>10}  {'way':14}{'seconds':>9}{'us/file':>9}{'MiB above nothing':>19}")
        have = 0
        for size in sizes:
            run(environment, FILL, media, have, size)
            have = size
            for way, (code, arguments) in ways.items():
                seconds, peak, _said = run(environment, code, *arguments)
                seconds -= nothing[way][0]
                above = (peak - nothing[way][1]) / MIB
                each = seconds / size * 1e6
                print(f"{size:>10,}  {way:14}{seconds:>9.2f}{each:>9.1f}{above:>19.1f}", flush=True)


if __name__ == "__main__":
    main()
