"""What is in the images, what is not, and how little they need to run."""

import json
import re
import secrets

import pytest

from tests.environment import ROOT
from tests.servers.stack import docker, fetch, inspect, revision, until

IMAGES = ("vitrine", "vitrine-nginx")
HARDENED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp")


def files_in(image):
    """Return the path of every file and folder in the image."""
    listed = docker(
        "run", "--rm", "--network=none", "--user=0", "--entrypoint=find", image, "/", "-xdev"
    )
    return listed.splitlines()


@pytest.fixture(scope="module", params=IMAGES)
def image(request):
    return request.param


def test_an_image_runs_as_nobody_in_particular_and_says_what_it_is(image):
    config = inspect(image)["Config"]
    assert config["User"] == "10001:10001"
    assert config["Healthcheck"]["Test"][0] == "CMD"  # not through a shell
    for command in (config["Cmd"], config["Entrypoint"]):
        assert command is None or not {"sh", "/bin/sh", "bash"} & set(command[:1])
    labels = {name.rpartition(".")[2]: value for name, value in config["Labels"].items()}
    assert labels["revision"] == revision()
    assert (labels["version"], labels["licenses"]) == ("0.1.0", "MIT")
    assert labels["title"].startswith("Vitrine")
    assert labels["description"]


def test_no_layer_and_no_setting_of_an_image_holds_a_secret(image):
    history = docker("history", "--no-trunc", "--format={{.CreatedBy}}", image)
    environment = inspect(image)["Config"]["Env"] or []
    suspicious = re.compile(
        r"secret|passw|token|api_?key|private_?key|credential|://[^/\s]+:[^/\s]+@", re.I
    )
    assert [line for line in [*history.splitlines(), *environment] if suspicious.search(line)] == []


def test_no_image_holds_what_is_not_needed_to_serve(image):
    unwanted = re.compile(
        r"^/app/(tests|docs|bench|nginx|media|\.git|\.dev|dev$|Dockerfile|compose|README)"
        r"|/node_modules(/|$)|/\.git(/|$)|/\.env|\.sqlite3|^/(?!etc/|usr/).*\.(?:key|pfx)$"
        r"|^/app/frontend/(src|package)|\.tsx?$|/root/\.(cache|npm)/."
    )
    assert [path for path in files_in(image) if unwanted.search(path)] == []


def test_the_app_image_holds_the_bundles_manifest_and_every_collected_file():
    files = set(files_in("vitrine"))
    assert "/app/frontend/dist/.vite/manifest.json" in files
    assert "/app/staticfiles/staticfiles.json" in files
    collected = {
        path.removeprefix("/app/staticfiles")
        for path in files
        if path.startswith("/app/staticfiles/")
    }
    served = {
        path.removeprefix("/srv/static")
        for path in files_in("vitrine-nginx")
        if path.startswith("/srv/static/")
    }
    assert served == collected
    assert len(collected) > 300


@pytest.fixture
def started():
    """Start containers that end with the test; return the name of each."""
    names = []

    def start(image, *options):
        names.append(f"vitrine-test-{secrets.token_hex(4)}")
        docker(
            "run",
            "--detach",
            f"--name={names[-1]}",
            "--publish=127.0.0.1::8000",
            "--publish=127.0.0.1::8080",
            *HARDENED,
            *options,
            image,
        )
        return names[-1]

    yield start
    for name in names:
        docker("rm", "--force", "--volumes", name)


def address(name, port):
    bound = inspect(name)["NetworkSettings"]["Ports"][f"{port}/tcp"][0]["HostPort"]
    return f"http://127.0.0.1:{bound}"


def test_the_app_image_is_complete_alone_in_a_read_only_container_without_capabilities(started):
    name = started(
        "vitrine",
        f"--env=SECRET_KEY={secrets.token_urlsafe(50)}",
        "--env=DATABASE_URL=sqlite:////tmp/db.sqlite3",
        "--env=MEDIA_DIR=/tmp/media",
        "--env=HTTPS=false",
    )
    url = address(name, 8000)
    until(lambda: fetch(f"{url}/healthz")[0] == 200)
    docker("exec", name, "python", "manage.py", "migrate", "--no-input")
    assert fetch(f"{url}/readyz")[0] == 200
    status, _, page = fetch(f"{url}/")
    assert status == 200
    css = re.search(r'href="(/static/frontend/style\.[0-9a-f]{12}\.css)"', page.decode())[1]
    status, headers, _ = fetch(f"{url}{css}", Accept_Encoding="br")
    assert (status, headers["Content-Encoding"]) == (200, "br")
    assert "immutable" in headers["Cache-Control"]
    until(lambda: inspect(name)["State"]["Health"]["Status"] == "healthy")
    refused = docker("exec", name, "sh", "-c", "echo x > /app/x", ok=(1, 2))
    assert "Read-only file system" in refused


def test_the_nginx_image_serves_its_files_while_no_app_is_there(started):
    name = started("vitrine-nginx", "--env=UPSTREAM=nobody.invalid:8000")
    url = address(name, 8080)
    until(lambda: fetch(f"{url}/static/site/logo.svg")[0] == 200)
    status, headers, page = fetch(f"{url}/")
    assert (status, headers["Cache-Control"]) == (503, "no-store")
    assert int(headers["Retry-After"]) > 0
    assert b"<h1" in page
    until(lambda: inspect(name)["State"]["Health"]["Status"] == "healthy")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ((), "SECRET_KEY is not set"),
        (("--env=BUILD_MODE=true",), "BUILD_MODE"),
        (("--env=SECRET_KEY=short",), "SECRET_KEY is not at least 50"),
        ((f"--env=SECRET_KEY=demo-only-{'x' * 50}",), "DEMO"),
        (
            ("--env=DEMO=true", f"--env=SECRET_KEY={'x' * 50}", "--env=ALLOWED_HOSTS=example.com"),
            "DEMO",
        ),
    ],
)
def test_a_container_that_may_not_serve_says_which_variable_and_ends(options, named):
    said = docker("run", "--rm", *HARDENED, *options, "vitrine", ok=(1, 3))
    assert named in said


def built(folder, target="app"):
    """Build and return the steps that were not taken from the cache."""
    said = docker(
        "build", "--progress=plain", f"--target={target}", "--tag=vitrine-test-rebuilt", str(folder)
    )
    steps = re.findall(r"^#(\d+) \[([\w-]+) +(\d+/\d+)\] (?!FROM)", said, re.MULTILINE)
    cached = set(re.findall(r"^#(\d+) CACHED", said, re.MULTILINE))
    return {(stage, place) for number, stage, place in steps if number not in cached}


def instructions(stage):
    """Return how many steps the stage has, as BuildKit counts them."""
    text = re.search(
        rf"^FROM \S+ AS {stage}$(.*?)(?=^FROM |\Z)", (ROOT / "Dockerfile").read_text(), re.S | re.M
    )[1]
    return 1 + len(re.findall(r"^(?:RUN|COPY|ADD|WORKDIR)\b", text, re.MULTILINE))


def test_a_line_of_python_rebuilds_its_own_layer_and_nothing_else(checkout):
    built(checkout)
    assert built(checkout) == set()
    views = checkout / "catalog" / "views.py"
    views.write_text(f"{views.read_text()}\n# {secrets.token_hex(8)}\n")  # never built before
    anew = {step for step in built(checkout) if step[0] not in ("source", "collectable")}
    last = instructions("app")
    assert anew == {("app", f"{last}/{last}")}
    docker("rmi", "--force", "vitrine-test-rebuilt")


def test_the_build_stops_where_a_static_file_is_missing(checkout):
    """`collectstatic` judges at build, so that no image exists whose pages would break."""
    css = checkout / "catalog" / "static" / "catalog" / "css" / "catalog.css"
    kept = css.read_text()
    css.write_text(kept + '\n.x { background: url("nowhere.svg"); }\n')
    said = docker("build", "--progress=plain", "--target=app", str(checkout), ok=(1,))
    css.write_text(kept)
    assert "nowhere.svg" in said


def test_the_build_stops_where_a_check_only_warns(checkout):
    """Not for `collectstatic`, which would stop as well: Django's own, which goes on without a
    folder that is missing, stands in for the project's."""
    settings = checkout / "config" / "settings.py"
    stricter = checkout / "pipeline" / "management" / "commands" / "collectstatic.py"
    kept = {path: path.read_text() for path in (settings, stricter)}
    try:
        settings.write_text(
            f'{kept[settings]}\nSTATICFILES_DIRS.append(BASE_DIR / "no-such-folder")\n'
        )
        stricter.unlink()
        said = docker("build", "--progress=plain", "--target=app", str(checkout), ok=(1,))
    finally:
        for path, text in kept.items():
            path.write_text(text)
    assert "SystemCheckError" in said
    assert "(staticfiles.W004)" in said
    assert "no-such-folder' in the STATICFILES_DIRS setting does not exist" in said


def test_what_git_does_not_know_never_reaches_the_builder(checkout):
    for name in (
        ".env",
        "media/private/deed.pdf",
        "db.sqlite3",
        "config/.env.production",
        "config/secrets.json",
        "config/tls.key",
        "config/db.sqlite3",
        "uploads/private/deed.pdf",
    ):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text("a secret that must stay here")
    docker("build", "--target=source", "--tag=vitrine-test-source", str(checkout))
    listed = docker(
        "run",
        "--rm",
        "--entrypoint=grep",
        "vitrine-test-source",
        "-rl",
        "a secret that must stay here",
        "/app",
        ok=(1,),
    )
    docker("rmi", "--force", "vitrine-test-source")
    assert listed == ""


def test_the_images_say_which_python_and_where_it_looks():
    config = inspect("vitrine")["Config"]
    names = {entry.partition("=")[0] for entry in config["Env"]}
    assert {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"} <= names
    assert "DJANGO_SETTINGS_MODULE" not in names  # one settings module; nothing to choose
    assert json.loads(
        docker(
            "run",
            "--rm",
            "vitrine",
            "python",
            "-c",
            "import json, sys; print(json.dumps(sys.version_info[:2]))",
        )
    ) == [3, 13]
