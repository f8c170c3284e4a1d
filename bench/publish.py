"""How long does publishing take, beside what people use? `.venv/bin/python -m bench.publish`

A site of 328 files (657 with their hashed twins and the manifest) is published to an S3 server on
this machine, behind a line that holds each request up for 30 ms, as a bucket some hundred
kilometres away does. Each way runs twice, with nothing changed the second time, all in one run;
the last column is the first time as a multiple of ours. Requests are counted on the line.

`aws s3 sync` is measured where `aws` is on the PATH, or at $AWS; it sends an already collected
folder, as publish_static does. The stock way is collectstatic with django-storages'
S3ManifestStaticStorage, which reads, hashes and sends one file after the other.

On two cores, Python 3.11, November 2026 (beside other work, so only the ratios mean something):

    657 files               first  requests     again  requests   ratios
    publish_static          3.1 s       662     1.0 s         2   1.0, 1.0
    aws s3 sync             3.5 s       658     0.8 s         1   1.1, 0.8
    collectstatic to S3    85.7 s      2243    84.9 s      2246   27.3, 81.2

So it is as fast as `aws s3 sync` where there is something to send. Where there is nothing, both
are mostly Python starting, ours with Django: by turns, nine times, 1.03 s against 0.70.
"""

import asyncio
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.environment import ROOT
from tests.servers.child import environment
from tests.servers.s3 import s3_server

FILES = 328
DELAY = 0.030  # seconds
OURS = """
from config.settings import *

STATIC_ROOT = {root!r}
STORAGES["staticfiles"] = {{
    "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
}}
"""
STOCK = """
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATIC_URL = "/static/"
STATICFILES_DIRS = [{sources!r}]
STORAGES = {{"staticfiles": {static!r}}}
"""


class Line:
    """A line to the server that holds every request up, and counts them."""

    def __init__(self, endpoint):
        self.host, self.port = urlsplit(endpoint).hostname, urlsplit(endpoint).port
        self.requests = 0
        self.ready = threading.Event()

    async def connection(self, reader, writer):
        there, onward = await asyncio.open_connection(self.host, self.port)
        is_asking = False

        async def ask():
            nonlocal is_asking
            while data := await reader.read(65536):
                if not is_asking:
                    is_asking = True
                    self.requests += 1
                    await asyncio.sleep(DELAY)
                onward.write(data)
                await onward.drain()
            onward.close()

        async def answer():
            nonlocal is_asking
            while data := await there.read(65536):
                is_asking = data.startswith(b"HTTP/1.1 100")  # it waits for our word, then goes on
                writer.write(data)
                await writer.drain()
            writer.close()

        with contextlib.suppress(ConnectionError):
            await asyncio.gather(ask(), answer())

    async def serve(self):
        server = await asyncio.start_server(self.connection, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self.ready.set()
        async with server:
            await server.serve_forever()

    def start(self):
        threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True).start()
        self.ready.wait()
        return self


def write_sources(folder):
    """Write a tree as a site has it: many small files, CSS that names pictures, some large ones."""
    chance = random.Random(1)
    for number in range(FILES):
        kind = ("svg", "png", "js", "css")[number % 4]
        path = folder / f"part{number % 20}" / f"file{number}.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = chance.randbytes(chance.choice([400, 3000, 20_000])).hex()
        if kind == "css":
            near = number - 63  # an SVG
            named = f"url('../part{near % 20}/file{near}.svg')" if near >= 0 else "none"
            content = f"a {{ background: {named} }} /* {content} */"
        path.write_text(f"/* {content} */" if kind == "js" else content)


def measured(line, *command, env):
    began, before = time.perf_counter(), line.requests
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - began, line.requests - before


def main():
    with s3_server() as s3, tempfile.TemporaryDirectory() as scratch:
        line = Line(s3.endpoint).start()
        folder = Path(scratch)
        write_sources(folder / "sources")
        stock = {
            "BACKEND": "storages.backends.s3.S3ManifestStaticStorage",
            "OPTIONS": {
                "endpoint_url": line.url,
                "region_name": s3.region,
                "access_key": s3.access_key_id,
                "secret_key": s3.secret_access_key,
                "addressing_style": "path",
                "bucket_name": s3.static_bucket,
                "location": "stock",
            },
        }
        root, sources = str(folder / "collected"), str(folder / "sources")
        (folder / "bench_ours.py").write_text(OURS.format(root=root))
        (folder / "bench_stock.py").write_text(STOCK.format(sources=sources, static=stock))
        env = environment(
            ENV_FILE="",
            SECRET_KEY="x" * 50,
            HTTPS="false",
            DATABASE_URL=f"sqlite:///{folder}/db.sqlite3",
            PYTHONPATH=str(folder),
            **(s3.environment | s3.publishing | {"S3_ENDPOINT_URL": line.url}),
        )
        manage = (sys.executable, "manage.py")
        collecting = {**env, "DJANGO_SETTINGS_MODULE": "bench_ours"}
        collect(folder, collecting)
        total = len([p for p in (folder / "collected").rglob("*") if p.is_file()])
        rows = {"publish_static": [measured(line, *manage, "publish_static", env=collecting)]}
        rows["publish_static"] += [measured(line, *manage, "publish_static", env=collecting)]
        aws = os.environ.get("AWS") or shutil.which("aws")
        if aws:
            there = f"s3://{s3.static_bucket}/aws"
            command = [aws, "s3", "sync", "--quiet", str(folder / "collected"), there]
            command += ["--endpoint-url", line.url, "--region", s3.region]
            keys = {
                "AWS_ACCESS_KEY_ID": s3.access_key_id,
                "AWS_SECRET_ACCESS_KEY": s3.secret_access_key,
                "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            }
            rows["aws s3 sync"] = [measured(line, *command, env={**env, **keys}) for _ in range(2)]
        stocked = {**env, "DJANGO_SETTINGS_MODULE": "bench_stock"}
        command = (sys.executable, "-m", "django", "collectstatic", "--no-input")
        rows["collectstatic to S3"] = [measured(line, *command, env=stocked) for _ in range(2)]

        first_of_ours, again_of_ours = (seconds for seconds, _ in rows["publish_static"])
        print(
            f"{total} files     {'first':>9} {'requests':>9} {'again':>9} {'requests':>9}   ratios"
        )
        for name, ((first, asked), (again, asked_again)) in rows.items():
            print(
                f"{name:20} {first:7.1f} s {asked:9} {again:7.1f} s {asked_again:9}   "
                f"{first / first_of_ours:.1f}, {again / again_of_ours:.1f}"
            )
        if not aws:
            print("aws s3 sync was not measured: there is no aws on the PATH, nor at $AWS.")


def collect(folder, env):
    """Collect the sources alone, by the storage that hashes without compressing."""
    code = (
        "import django; django.setup();"
        "from django.contrib.staticfiles.storage import ManifestStaticFilesStorage as Storage;"
        "from django.core.files.storage import FileSystemStorage;"
        "import sys, pathlib;"
        "root, sources = map(pathlib.Path, sys.argv[1:]);"
        "source, storage = FileSystemStorage(sources), Storage(location=str(root));"
        "names = [p.relative_to(sources).as_posix() for p in sources.rglob('*') if p.is_file()];"
        "[storage.save(name, source.open(name)) for name in names];"
        "done = storage.post_process({name: (source, name) for name in names});"
        "assert not [error for _, _, error in done if isinstance(error, Exception)]"
    )
    command = [sys.executable, "-c", code, str(folder / "collected"), str(folder / "sources")]
    subprocess.run(command, cwd=ROOT, env=env, check=True)
    json.loads((folder / "collected" / "staticfiles.json").read_text())


if __name__ == "__main__":
    main()
