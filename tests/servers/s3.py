"""A real S3 server for tests and `./dev s3`, with a CDN in front of its two public buckets.

The server is ministack with `AUTH=true`: it checks presigned signatures,
expiry and POST policies, which moto and s3rver do not. Two things about it
shape this file, and `test_s3.py` holds both:

- requests signed in a header with its *root* key are not verified, so root only
  creates the buckets; the site signs with the key of a user whose policy names
  those buckets, and those signatures are checked;
- a new bucket blocks public policies, as at AWS. It stays so: the public ones are private and an
  origin-access proxy with credentials of its own stands in front of each, which is how AWS
  recommends to publish a bucket. (What a public policy does is tested on the stack's server.)

`python -m tests.servers.s3 [DIRECTORY]` prints one line of JSON, the settings
of a site that uses it, and serves until SIGTERM, SIGINT or its parent's end.
With a directory the objects outlive the process; keys are new at every start.
"""

import argparse
import contextlib
import json
import os
import secrets
import signal
import sys
import tempfile
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.servers.child import ServerError, environment, free_port, running

REGION = "eu-central-1"
PRIVATE_BUCKET = "vitrine-private"
PUBLIC_BUCKET = "vitrine-public"
STATIC_BUCKET = "vitrine-static"  # what publish_static fills
BUCKETS = [PRIVATE_BUCKET, PUBLIC_BUCKET, STATIC_BUCKET]
SITE_MAY = ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
SITE_MAY += ["s3:ListBucketMultipartUploads", "s3:AbortMultipartUpload"]  # sweep_uploads
CDN_MAY = ["s3:ListBucket", "s3:GetObject"]  # without ListBucket a missing object is 403, not 404
ATTEMPTS = 3  # another process may take the free port before ministack binds it


@dataclass(frozen=True)
class S3:
    """A running server: where it is, who may use it, and what the site needs to know."""

    endpoint: str
    public_url: str
    access_key_id: str
    secret_access_key: str
    region: str = REGION
    private_bucket: str = PRIVATE_BUCKET
    public_bucket: str = PUBLIC_BUCKET
    static_bucket: str = STATIC_BUCKET
    cdn_url: str = ""

    @property
    def environment(self):
        """The settings of a site that keeps its media here."""
        return {
            "MEDIA_STORE": "s3",
            "S3_ENDPOINT_URL": self.endpoint,
            "S3_PUBLIC_ENDPOINT_URL": self.endpoint,
            "S3_REGION": self.region,
            "S3_ACCESS_KEY_ID": self.access_key_id,
            "S3_SECRET_ACCESS_KEY": self.secret_access_key,
            "S3_PRIVATE_BUCKET": self.private_bucket,
            "S3_PUBLIC_BUCKET": self.public_bucket,
            "S3_PUBLIC_URL": self.public_url,
        }

    @property
    def publishing(self):
        """The settings of a site that publishes its static files here, beside `environment`."""
        return {"STATIC_STORE": "s3", "S3_STATIC_BUCKET": self.static_bucket}

    @property
    def client(self):
        """A boto3 client with the site's own key."""
        return service("s3", self.endpoint, self.access_key_id, self.secret_access_key, self.region)

    def keys(self, bucket):
        """Return every key in the bucket, sorted."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return sorted(item["Key"] for page in pages for item in page.get("Contents", []))

    def everything(self):
        """Return all keys of both buckets: what an upload left behind shows here."""
        return {bucket: self.keys(bucket) for bucket in (self.private_bucket, self.public_bucket)}


def service(name, endpoint, access_key_id, secret_access_key, region=REGION):
    """Return a boto3 client that talks to the local server and to nothing else."""
    return boto3.client(
        name,
        endpoint_url=endpoint,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        region_name=region,
        config=Config(
            signature_version="s3v4" if name == "s3" else None,
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 1},
        ),
    )


@contextlib.contextmanager
def s3_server(directory=None):
    """Run the server and its CDN; yield an `S3` with its buckets created and empty."""
    with s3_server_and_root(directory) as (server, _root):
        yield server


@contextlib.contextmanager
def s3_server_and_root(directory=None):
    """Run the server and its CDN; yield the `S3` and a client of root, who may do everything.

    With `directory`, objects are kept there and found again by the next start.
    """
    with tempfile.TemporaryDirectory(prefix="vitrine-s3-") as scratch:
        root = (f"ROOT{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30))
        with contextlib.ExitStack() as stack:
            endpoint = stack.enter_context(ministack(Path(scratch), directory, root))
            root_client = service("s3", endpoint, *root)
            create_buckets(root_client)
            iam = service("iam", endpoint, *root)
            site = create_user(iam, "site", SITE_MAY, BUCKETS)
            cdn = create_user(iam, "cdn", CDN_MAY, [PUBLIC_BUCKET, STATIC_BUCKET])
            origin = service("s3", endpoint, *cdn)
            public_url = stack.enter_context(origin_access_proxy(origin, PUBLIC_BUCKET))
            cdn_url = stack.enter_context(origin_access_proxy(origin, STATIC_BUCKET))
            yield S3(endpoint, public_url, *site, cdn_url=cdn_url), root_client


@contextlib.contextmanager
def ministack(scratch, directory, root):
    """Run ministack with S3 and IAM only; yield its endpoint."""
    access_key_id, secret_access_key = root
    settings = {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "SERVICES": "s3,iam",
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret_access_key,
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(scratch),  # its PID file
        # It opens listeners of other services and tidies up Docker containers
        # of other ministacks unless told not to.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{scratch}/no-docker.sock",
    }
    if directory:
        settings |= {"S3_PERSIST": "1", "S3_DATA_DIR": str(Path(directory).resolve())}
    with contextlib.ExitStack() as stack:
        for attempt in range(1, ATTEMPTS + 1):
            port = free_port()
            endpoint = f"http://127.0.0.1:{port}"
            server = running(
                "ministack",
                env=environment(**settings, GATEWAY_PORT=str(port)),
                log=scratch / f"ministack-{attempt}.log",
                ready=f"{endpoint}/_ministack/ready",
            )
            try:
                stack.enter_context(server)
            except ServerError as error:
                if attempt == ATTEMPTS or "already in use" not in str(error):
                    raise
            else:
                break
        yield endpoint


def create_buckets(root_client):
    """Create the buckets, unless the directory of an earlier start holds them."""
    existing = {bucket["Name"] for bucket in root_client.list_buckets()["Buckets"]}
    for bucket in set(BUCKETS) - existing:
        root_client.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )


def create_user(iam, name, actions, buckets):
    """Create a user who may do `actions` in `buckets`; return their key id and secret."""
    resources = [f"arn:aws:s3:::{bucket}{part}" for bucket in buckets for part in ("", "/*")]
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


@contextlib.contextmanager
def origin_access_proxy(client, bucket):
    """Serve the objects of `bucket` to everyone, as a CDN does; yield the base URL."""

    class Edge(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        passed_on = ("Content-Type", "Cache-Control", "Content-Disposition", "ETag")
        passed_on += ("Content-Encoding",)
        conditions = {"If-None-Match": "IfNoneMatch", "Range": "Range"}

        def do_GET(self):
            self.fetch(client.get_object)

        def do_HEAD(self):
            self.fetch(client.head_object)

        def fetch(self, operation):
            key = unquote(urlsplit(self.path).path).lstrip("/")
            asked = {
                parameter: self.headers[header]
                for header, parameter in self.conditions.items()
                if header in self.headers
            }
            if not key:
                self.answer(404)
                return
            try:
                found = operation(Bucket=bucket, Key=key, **asked)
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                headers = error.response["ResponseMetadata"]["HTTPHeaders"]
                self.answer(status, {"ETag": headers["etag"]} if "etag" in headers else {})
                return
            meta = found["ResponseMetadata"]
            headers = {
                name: meta["HTTPHeaders"][name.lower()]
                for name in (*self.passed_on, "Content-Range", "Last-Modified")
                if name.lower() in meta["HTTPHeaders"]
            }
            body = found["Body"].read() if "Body" in found else b""
            self.answer(meta["HTTPStatusCode"], headers, body, found["ContentLength"])

        def answer(self, status, headers=None, body=b"", length=0):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            if "Origin" in self.headers:  # fonts and modules of another origin need it
                self.send_header("Access-Control-Allow-Origin", "*")
            if status != 304:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, format, *arguments):
            """Stay silent: the browser's own log is the one the tests read."""

    class Cdn(ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            """Pass over browsers that leave before the picture is there; show the rest."""
            if not isinstance(sys.exception(), ConnectionError):
                super().handle_error(request, client_address)

    with Cdn(("127.0.0.1", 0), Edge) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.servers.s3",
        description="Serve S3 on loopback; print the site's settings as one line of JSON.",
    )
    parser.add_argument("directory", nargs="?", type=Path, help="keep the objects here")
    directory = parser.parse_args().directory
    if directory:
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            parser.error(f"cannot use {directory}: {error.strerror}")

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    parent = os.getppid()
    try:
        with s3_server(directory) as s3:
            print(json.dumps(s3.environment), flush=True)
            while not ended.wait(0.2) and os.getppid() == parent:
                pass
    except ServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
