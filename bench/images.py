"""What the app image weighs and how long one waits for it: `.venv/bin/python -m bench.images`.

Needs Docker. Builds the image, then prints its size above the base it starts from; the seconds of
a rebuild after one line of Python changed, in a view, and in the settings, which collectstatic
reads as it does the models and what they import; and those from `docker run` to the first page.
Each beside its target and beside what three well-known templates take, measured the same way on
the same kind of machine. Seconds are medians of several rounds; on a busy machine run it again.
"""

import re
import secrets
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMAGE = "vitrine-bench"
ROUNDS = 5
# django-docker-example, django-base-site, cookiecutter-django
FIELD = {"size": "162, 261, 329", "rebuild": "1.3, 3.4, 13.5", "start": "0.8-1.3, 1.6-1.9, 1.3-2.3"}


def docker(*arguments):
    done = subprocess.run(
        ["docker", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"docker {' '.join(arguments)}\n{done.stderr}")
    return done.stdout.strip()


def build(folder):
    began = time.perf_counter()
    docker("build", "--quiet", "--target=app", f"--tag={IMAGE}", str(folder))
    return time.perf_counter() - began


def size_above_base():
    """Return MB (10^6 bytes, as `docker images` prints them)."""
    base = re.search(r"^FROM (\S+) AS app$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[1]
    whole, below = (
        int(docker("image", "inspect", "--format={{.Size}}", name)) for name in (IMAGE, base)
    )
    return (whole - below) / 1e6


def rebuilds(folder, name):
    """Yield the seconds of a build after one more line in a file."""
    file = folder / name
    for number in range(ROUNDS):
        file.write_text(f"{file.read_text()}\n# line {number}\n")
        yield build(folder)


def starts():
    """Yield the seconds from `docker run` to the first page."""
    settings = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": "sqlite:////tmp/db.sqlite3",
        "HTTPS": "false",
    }
    environment = [f"--env={name}={value}" for name, value in settings.items()]
    hardened = ("--read-only", "--cap-drop=ALL", "--tmpfs=/tmp")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        container = docker(
            "run", "--detach", "--publish=127.0.0.1:18000:8000", *hardened, *environment, IMAGE
        )
        try:
            while not is_a_page("http://127.0.0.1:18000/accounts/sign-in/"):
                if time.perf_counter() - began > 30:
                    raise SystemExit(docker("logs", container))
                time.sleep(0.01)
            yield time.perf_counter() - began
        finally:
            docker("rm", "--force", "--volumes", container)


def is_a_page(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except OSError:
        return False


def copy_of_the_project(folder):
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def line(what, measured, unit, target, field):
    ratio = measured / target
    print(
        f"{what:46}{measured:8.2f} {unit:3}{target:8g} {unit:3}{ratio:8.2f}   {field}", flush=True
    )


def main():
    print(f"{'':46}{'measured':>11}{'target':>12}{'ratio':>8}   others")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        copy_of_the_project(folder)
        build(folder)
        line("image above its base", size_above_base(), "MB", 150, FIELD["size"])
        start = statistics.median(starts())
        view = statistics.median(rebuilds(folder, "catalog/views.py"))
        settings = statistics.median(rebuilds(folder, "config/settings.py"))
    line("rebuild after a line in a view", view, "s", 3, FIELD["rebuild"])
    line("rebuild after a line that collectstatic reads", settings, "s", 3, FIELD["rebuild"])
    line("start to the first page", start, "s", 1.5, FIELD["start"])
    docker("rmi", "--force", IMAGE)


if __name__ == "__main__":
    main()
