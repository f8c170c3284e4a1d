"""The same images with real credentials, HTTPS and nothing of the demonstration."""

import http.client
import json
import secrets
import socket
import ssl
from dataclasses import replace

import pytest

from tests.servers.stack import Stack, fetch, inspect, run, running_stack, until

FILES = ("compose.yaml", "compose.filesystem.yaml", "compose.production.yaml")
HTTPS_PORT = 8443


@pytest.fixture(scope="module")
def production(stack, tmp_path_factory):
    """A stack as docs/production.md makes it, with a certificate of its own."""
    folder = tmp_path_factory.mktemp("production")
    folder.chmod(0o755)
    password = secrets.token_urlsafe(30)
    values = {
        "secret_key": secrets.token_urlsafe(50),
        "postgres_password": password,
        "database_url": f"postgres://vitrine:{password}@db:5432/vitrine",
        "email_url": "filemail:///tmp/mail",
    }
    for name, value in values.items():
        (folder / name).write_text(value + "\n")
    run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-subj /CN=localhost -addext subjectAltName=DNS:localhost "
        f"-keyout {folder}/privkey.pem -out {folder}/fullchain.pem".split()
    )
    (folder / "privkey.pem").chmod(0o644)  # the folder is this test's
    (folder / "tls.conf").write_text("include snippets/tls.conf;\n")
    beside = Stack(
        "vitrine-test-production",
        http_port=stack.http_port + 2,
        files=(*FILES, "compose.tls.yaml"),
        variables={
            "SITE_HOST": "localhost",
            "SECRETS": str(folder),
            "TLS": str(folder),
            "HTTPS_PORT": str(HTTPS_PORT),
        },
    )
    with running_stack(beside) as running:
        running.certificate = folder / "fullchain.pem"
        yield running


@pytest.fixture
def behind_a_proxy(production):
    """The same stack without TLS of its own, where a proxy on this machine would find it."""
    beside = replace(production, files=FILES)
    beside.up()
    yield beside
    production.up()


def over_https(production, path):
    context = ssl.create_default_context(cafile=production.certificate)
    connection = http.client.HTTPSConnection("localhost", HTTPS_PORT, context=context)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.headers, body


def test_http_leads_to_https_and_https_says_it_stays(production):
    status, headers, _ = fetch(f"{production.url}/prints/")
    assert (status, headers["Location"][:8]) == (301, "https://")
    status, headers, _ = over_https(production, "/accounts/sign-in/")
    assert status == 200
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "Secure" in headers["Set-Cookie"]


def test_http_2_is_offered(production):
    context = ssl.create_default_context(cafile=production.certificate)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("localhost", HTTPS_PORT)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        assert secured.selected_alpn_protocol() == "h2"
        assert secured.version() in ("TLSv1.2", "TLSv1.3")


def test_nothing_of_the_demonstration_is_there(production):
    status, _, page = over_https(production, "/prints/")
    assert status == 200
    assert b"/prints/paper-moon" not in page
    count = "from accounts.models import User; print('members:', User.objects.count())"
    assert "members: 0" in production.manage("shell", "--no-imports", "-c", count)
    assert production.containers("s3") == []


def test_the_deploy_checks_find_nothing(production):
    check = ("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    said = production.run("env", "CLAMD_URL=tcp://clamd:3310", *check)
    assert "no issues" in said


def test_no_credential_is_in_the_environment_of_a_container(production):
    for service in ("db", "web", "nginx"):
        [container] = production.containers(service)
        environment = "\n".join(inspect(container)["Config"]["Env"])
        for name in ("secret_key", "postgres_password"):
            value = (production.certificate.parent / name).read_text().strip()
            assert value not in environment


def test_files_that_nginx_sends_say_that_https_stays_too(production):
    said = {
        over_https(production, path)[1]["Strict-Transport-Security"]
        for path in ("/prints/", "/static/site/logo.svg", "/static/gone.js")
    }
    assert said == {"max-age=31536000; includeSubDomains; preload"}  # the last one counts


def test_a_proxy_on_this_machine_is_believed_and_nobody_else_can_ask(behind_a_proxy):
    from_proxy = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "192.0.2.7"}
    status, headers, _ = fetch(f"{behind_a_proxy.url}/prints/", **from_proxy)
    assert (status, headers["Strict-Transport-Security"][:16]) == (200, "max-age=31536000")
    assert fetch(f"{behind_a_proxy.url}/prints/")[0] == 301
    line = '"client":"192.0.2.7"'
    until(lambda: line in behind_a_proxy.compose("logs", "--no-log-prefix", "nginx"))
    [container] = behind_a_proxy.containers("nginx")
    bound = inspect(container)["NetworkSettings"]["Ports"]
    assert {port["HostIp"] for ports in bound.values() for port in ports or ()} == {"127.0.0.1"}


def test_accounts_of_a_demonstration_are_closed_at_the_next_release(production):
    make = (
        "from accounts.models import User; "
        "User.objects.create_superuser('stella', 'stella@example.com', 'vitrine-demo')"
    )
    production.manage("shell", "--no-imports", "-c", make)
    said = production.compose("run", "--rm", "setup")
    assert "the known passwords of stella were taken away" in said
    ask = (
        "from accounts.models import User; "
        "print(User.objects.get(username='stella').has_usable_password())"
    )
    assert "False" in production.manage("shell", "--no-imports", "-c", ask)


def test_a_wrong_database_password_does_not_advise_to_forget_the_database(production):
    wrong = "postgres://vitrine:wrong@db:5432/vitrine"
    other = ("--env", "DATABASE_URL_FILE=", "--env", f"DATABASE_URL={wrong}")
    said = production.compose("run", "--rm", *other, "setup", ok=(1,))
    assert "The database cannot be set up" in said
    assert "down -v" not in said


def test_with_buckets_the_credentials_are_files_and_the_rest_is_named():
    """What needs AWS to run is read as compose reads it."""
    files = ("compose.yaml", "compose.bucket.yaml", "compose.production.yaml")
    buckets = {
        "SITE_HOST": "gallery.example",
        "S3_PRIVATE_BUCKET": "private",
        "S3_PUBLIC_BUCKET": "public",
        "S3_REGION": "eu-central-1",
        "S3_PUBLIC_URL": "https://media.example",
    }
    stack = Stack("vitrine-test-bucket", files=files, variables=buckets)
    services = json.loads(stack.compose("config", "--format", "json"))["services"]
    assert set(services) == {"db", "setup", "web", "nginx"}
    for name in ("setup", "web"):
        environment = services[name]["environment"]
        assert environment["MEDIA_STORE"] == "s3"
        assert environment["S3_PUBLIC_URL"] == "https://media.example"
        assert not environment["S3_ENDPOINT_URL"]
        for secret in ("s3_access_key_id", "s3_secret_access_key"):
            assert environment[f"{secret.upper()}_FILE"] == f"/run/secrets/{secret}"
            assert secret in {entry["source"] for entry in services[name]["secrets"]}
    missing = stack.compose("config", ok=(1, 14, 15), S3_REGION="")
    assert "the region of both buckets" in missing
