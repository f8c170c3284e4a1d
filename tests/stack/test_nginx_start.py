"""What nginx says, what it is told by its environment, and what it does while Django is away."""

import json
import re
import secrets
import socket
import ssl
import time

import pytest

from tests.servers.stack import docker, fetch, inspect, run, until

HARDENED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp")


def log(stack, service="nginx"):
    """Return what the service's containers said, each on its own lines as it said them."""
    return [
        line for name in stack.containers(service) for line in docker("logs", name).splitlines()
    ]


def line_of(stack, request_id, service="nginx"):
    """Return the line of the access log about one request."""

    def line():
        lines = (json.loads(line) for line in log(stack, service) if f'"{request_id}"' in line)
        return next((line for line in lines if "status" in line), None)

    return until(line)


def test_a_request_can_be_followed_from_nginx_to_django(stack):
    _, headers, body = fetch(f"{stack.url}/prints/?q=secret-wish", User_Agent='a "quoted" name')
    request_id = headers["X-Request-ID"]
    line = line_of(stack, request_id)
    assert (line["method"], line["path"], line["status"]) == ("GET", "/prints/", 200)
    assert line["user_agent"] == 'a "quoted" name'
    assert line["bytes"] > len(body)
    assert line["seconds"] >= 0
    assert re.fullmatch(r"[\d.]+:8000", line["upstream"])
    assert line["upstream_status"] == "200"
    beyond = line_of(stack, request_id, "web")
    assert (beyond["path"], beyond["status"]) == ("/prints/", 200)
    assert "secret-wish" not in "\n".join(log(stack))


def test_every_line_is_json_whatever_a_client_sends(stack):
    host, port = stack.url.removeprefix("http://").split(":")
    for request in (
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b'GET / HTTP/1.1\r\nHost: a"b\r\nUser-Agent: \xff\x01"\r\nConnection: close\r\n\r\n',
        b"GET /prints/\r\n\r\n",  # HTTP/0.9
        b"nonsense\r\n\r\n",
    ):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(request)
            while connection.recv(65536):
                pass
    lines = [line for line in log(stack) if line.startswith("{")]
    assert len(lines) > 4
    for line in lines:
        assert json.loads(line)["logger"] == "nginx"


def test_a_password_reset_link_is_in_no_log_of_nginx(stack):
    token = f"c0ffee-{secrets.token_hex(8)}"
    _, headers, _ = fetch(f"{stack.url}/accounts/password/reset/MQ/{token}/")
    line = line_of(stack, headers["X-Request-ID"])
    assert line["path"] == "/accounts/password/reset/…"
    assert token not in "\n".join(log(stack))


def test_a_client_cannot_say_who_it_is(stack):
    _, headers, _ = fetch(
        f"{stack.url}/prints/",
        X_Forwarded_For="198.51.100.7",
        X_Forwarded_Proto="https",
        X_Forwarded_Ssl="on",
        X_Request_ID="mine",
    )
    assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"])
    line = line_of(stack, headers["X-Request-ID"])
    assert line["client"] == line["peer"] != "198.51.100.7"
    assert line_of(stack, headers["X-Request-ID"], "web")["forwarded_for"] == line["client"]


@pytest.fixture
def another(stack):
    """Start a second nginx before the same Django; return its container and its ports' URLs."""
    names = []

    def start(*options):
        names.append(f"vitrine-test-{secrets.token_hex(4)}")
        docker(
            "run",
            "--detach",
            f"--name={names[-1]}",
            f"--network={stack.project}_front",
            "--publish=127.0.0.1::8080",
            "--publish=127.0.0.1::8443",
            *HARDENED,
            *options,
            "vitrine-nginx",
        )
        until(lambda: inspect(names[-1])["State"]["Health"]["Status"] == "healthy")
        ports = inspect(names[-1])["NetworkSettings"]["Ports"]
        return names[-1], *(int(ports[f"{port}/tcp"][0]["HostPort"]) for port in (8080, 8443))

    yield start
    for name in names:
        docker("rm", "--force", "--volumes", name)


def said_by(name):
    return [json.loads(line) for line in docker("logs", name).splitlines() if line[:1] == "{"]


def test_a_trusted_proxy_is_believed_and_the_last_one_that_is_not_is_the_client(another):
    name, port, _ = another("--env=TRUSTED_PROXIES=172.16.0.0/12, 192.168.0.0/16,10.0.0.0/8,::1")
    fetch(f"http://127.0.0.1:{port}/prints/", X_Forwarded_For="203.0.113.9, 198.51.100.7, 10.1.2.3")
    [line] = until(lambda: [line for line in said_by(name) if line["path"] == "/prints/"])
    assert line["client"] == "198.51.100.7"
    assert line["peer"] != line["client"]


def test_without_django_the_503_page_is_shown_and_static_files_are_served(another):
    _, port, _ = another("--env=UPSTREAM=nobody.invalid:8000")
    url = f"http://127.0.0.1:{port}"
    status, headers, page = fetch(f"{url}/prints/")
    assert status == 503
    assert int(headers["Retry-After"]) > 0
    assert headers["Cache-Control"] == "no-store"
    assert "Closed for a moment" in page.decode()
    css = re.search(r'href="(/static/frontend/\w+\.[0-9a-f]{12}\.css)"', page.decode())[1]
    assert fetch(url + css)[0] == 200
    status, headers, body = fetch(f"{url}/documents/", Accept="application/json")
    assert status == 503
    assert json.loads(body)["errors"][0]["code"] == "unavailable"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("UPSTREAM", "backend"),
        ("UPSTREAM", "http://web:8000"),
        ("UPSTREAM", "web:99999"),
        ("UPSTREAM", "web:80; include /etc/passwd"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TRUSTED_PROXIES", "proxy.example.com"),
        ("TRUSTED_PROXIES", "300.1.1.1"),
        ("TRUSTED_PROXIES", "fe80::zz"),
        ("TRUSTED_PROXIES", "1::2::3"),
        ("TRUSTED_PROXIES", "10.0.0.0/8;}"),
    ],
)
def test_a_wrong_value_stops_the_start_with_its_name(variable, value):
    said = docker("run", "--rm", *HARDENED, f"--env={variable}={value}", "vitrine-nginx", ok=(2,))
    assert said.startswith(variable)
    assert "example" in said
    assert value not in said


def test_https_and_http2_are_one_folder_away(another, tmp_path):
    (tmp_path / "tls").mkdir(mode=0o755)
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout privkey.pem"
    certificate = "-subj /CN=localhost -addext subjectAltName=DNS:localhost -out fullchain.pem"
    command = f"cd {tmp_path}/tls && openssl req -x509 -days 2 {key} {certificate}"
    run(["sh", "-ec", command])
    (tmp_path / "tls/tls.conf").write_text("include snippets/tls.conf;\n")
    for path in (tmp_path / "tls").iterdir():
        path.chmod(0o644)
    _, port, secure = another(f"--volume={tmp_path}/tls:/etc/nginx/server.d:ro")
    trusting = ssl.create_default_context(cafile=tmp_path / "tls/fullchain.pem")
    trusting.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", secure)) as connection,
        trusting.wrap_socket(connection, server_hostname="localhost") as wrapped,
    ):
        assert wrapped.selected_alpn_protocol() == "h2"
        assert wrapped.version() == "TLSv1.3"
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", secure)) as connection,
        old.wrap_socket(connection, server_hostname="localhost") as wrapped,
    ):
        assert wrapped.cipher()[0].startswith("ECDHE-")  # forward secrecy
        wrapped.sendall(b"GET /static/site/logo.svg HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert wrapped.recv(100).startswith(b"HTTP/1.1 200")
    assert fetch(f"http://127.0.0.1:{port}/static/site/logo.svg")[0] == 200


FOLLOWER = r"""
for process in /proc/[0-9]*; do
  if tr '\0' ' ' <"$process/cmdline" 2>/dev/null | grep -q '^/bin/bash /etc/nginx/start'; then
    kill -KILL "${process#/proc/}"
  fi
done
touch --date='2 minutes ago' /tmp/vitrine/followed
"""


def test_an_nginx_that_no_longer_follows_its_upstream_is_unhealthy(another):
    name, port, _ = another()
    assert docker("exec", name, "/etc/nginx/probe") == ""
    docker("exec", name, "bash", "-c", FOLLOWER)
    docker("exec", name, "/etc/nginx/probe", ok=(1,))
    assert fetch(f"http://127.0.0.1:{port}/static/site/logo.svg")[0] == 200  # all else works


def test_a_full_tmp_does_not_end_the_following(another, stack):
    name, _, _ = another("--tmpfs=/tmp:size=1m")
    docker("exec", name, "bash", "-c", "cat /dev/zero > /tmp/filler", ok=(1,))
    stack.up("--scale", "web=2")
    time.sleep(3)  # the follower has met the full disk
    docker("exec", name, "rm", "/tmp/filler")
    addresses = {
        network["IPAddress"]
        for container in stack.containers("web")
        for label, network in inspect(container)["NetworkSettings"]["Networks"].items()
        if label.endswith("_front")
    }
    assert len(addresses) == 2
    read = ("exec", name, "cat", "/tmp/vitrine/upstream.conf")
    until(lambda: all(address in docker(*read) for address in addresses))
    stack.up("--scale", "web=1")
