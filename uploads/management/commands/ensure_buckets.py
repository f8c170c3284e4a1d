"""Make the buckets what the site relies on, and prove it: the two of uploads, and the one that
static files are published to, if there is one.

Each setting is read first, and written only where it differs. Rules of ours are known by their
names (`vitrine-…`, in a bucket policy `Vitrine…`); what others put beside them stays. A server
that lacks a feature refuses it: that is reported and no more. What must hold is asked of the
server at the end without credentials, as a stranger asks.

On AWS the key needs, on each bucket, s3:CreateBucket, s3:ListBucket, s3:GetObject,
s3:PutObject, s3:DeleteObject, and Get and Put of: BucketOwnershipControls,
BucketPublicAccessBlock, BucketPolicy (and s3:DeleteBucketPolicy), BucketCORS,
LifecycleConfiguration. The site itself needs the four in the middle only, and
s3:AbortMultipartUpload; sweep_uploads also s3:ListBucketMultipartUploads.
"""

import argparse
import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)
from django.conf import settings
from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError, CommandParser
from storages.backends.s3 import S3Storage

from uploads.storages import (
    PROBE,
    QUARANTINE,
    PrivateBucket,
    PublicBucket,
    private_storage,
    public_storage,
)

CORS_SECONDS = 600  # a browser may keep an answer for ten minutes
SETTLING_SECONDS = 20  # AWS applies a policy everywhere after seconds, not at once

NO_ANSWER = (ConnectionError, HTTPClientError)
REMEDIES = {
    "SignatureDoesNotMatch": "S3_SECRET_ACCESS_KEY is not the secret of S3_ACCESS_KEY_ID.",
    "InvalidAccessKeyId": "The server does not know S3_ACCESS_KEY_ID.",
    "XAdminUserNotFound": "The server does not know S3_ACCESS_KEY_ID.",
    "ExpiredToken": "The credentials have expired. Fetch new ones.",
    "RequestTimeTooSkewed": "The clocks differ. Set this machine's.",
    "AccessDenied": (
        "The bucket is another account's (then choose another name), or the policy of the key "
        "lacks a permission: the head of uploads/management/commands/ensure_buckets.py lists them."
    ),
    "BucketAlreadyExists": (
        "Another account has a bucket of that name; names are shared by everyone. Choose "
        "another in S3_PRIVATE_BUCKET, S3_PUBLIC_BUCKET or S3_STATIC_BUCKET."
    ),
    "InvalidBucketName": (
        "A bucket's name has 3 to 63 lowercase letters, digits and hyphens. Mend "
        "S3_PRIVATE_BUCKET, S3_PUBLIC_BUCKET or S3_STATIC_BUCKET."
    ),
    **dict.fromkeys(
        [
            "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException",
            "InvalidLocationConstraint",
            "InvalidRegionName",
            "PermanentRedirect",
        ],
        "S3_REGION is not the server's or the bucket's region.",
    ),
}


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_failing(error: ClientError) -> bool:
    """Return whether the server is in trouble, which says nothing about what it can do."""
    return status_of(error) >= 500 and status_of(error) != 501


def said(error: ClientError) -> str:
    message = str(error.response.get("Error", {}).get("Message") or "no reason given")
    return f"{code_of(error)}, {message.rstrip('.')}"


def explained(error: BotoCoreError | ClientError, bucket: str, endpoint: str) -> CommandError:
    """Return the error for a person: what happened where, and the remedy."""
    if isinstance(error, ClientError):
        remedy = REMEDIES.get(code_of(error), "See the server's log.")
        if region := error.response.get("Error", {}).get("Region"):
            remedy += f" The server says {region}."
        return CommandError(f"{bucket} at {endpoint}: {said(error)}. {remedy}")
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return CommandError(
            f"{bucket} at {endpoint}: there are no credentials, or half of them. Set "
            "S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, or give the machine a role."
        )
    if isinstance(error, ParamValidationError):
        return CommandError(f"{bucket!r} cannot name a bucket. {REMEDIES['InvalidBucketName']}")
    return CommandError(
        f"{bucket} at {endpoint}: no S3 server answered ({error}). Start the server or mend "
        "S3_ENDPOINT_URL and S3_REGION; --wait SECONDS waits for a server that is starting."
    )


def canonical(value: Any) -> Any:
    """Return a value that is equal for two ways of writing the same rule.

    Servers reorder lists, drop what is empty and unwrap lists of one.
    """
    if isinstance(value, dict):
        parts = {name: canonical(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in (None, "", [], {})}
    if isinstance(value, list):
        parts_of_list = sorted((canonical(part) for part in value), key=repr)
        return parts_of_list[0] if len(parts_of_list) == 1 else parts_of_list
    return value


def merged(found: list[Any], ours: list[Any], key: str, prefix: str) -> list[Any]:
    """Return the rules of others and ours; exactly `found` if it says the same already.

    Rules are compared without their names, which some servers forget.
    """

    def body(rule: dict[str, Any]) -> str:
        unnamed = {name: part for name, part in rule.items() if name != key}
        return json.dumps(canonical(unnamed), sort_keys=True)

    bodies = {body(rule) for rule in ours}
    others = [
        rule
        for rule in found
        if not str(rule.get(key, "")).startswith(prefix) and body(rule) not in bodies
    ]
    wanted = [*others, *ours]
    same = {body(rule) for rule in found} == {body(rule) for rule in wanted}
    return found if same else wanted


class Bucket:
    """One bucket, with the storage's own client; `say(setting, outcome)` hears what is done."""

    def __init__(self, storage: S3Storage, say: Callable[[str, str], None]) -> None:
        self.name = storage.bucket_name
        self.client: Any = storage.connection.meta.client
        self.region: str = self.client.meta.region_name
        self.stranger: Any = boto3.client(
            "s3",
            region_name=storage.region_name,
            endpoint_url=storage.endpoint_url,
            use_ssl=storage.use_ssl,
            verify=storage.verify,
            config=storage.client_config.merge(Config(signature_version=UNSIGNED)),
        )
        self.say = say
        self.changed = False

    def exist(self) -> None:
        """Create the bucket unless it is there; raise what stands against either.

        CommandError when it is in another region: the SDK follows a server to its region, and so
        works with a setting with which signed URLs would not.
        """
        outcome = "already there"
        try:
            there = self.client.head_bucket(Bucket=self.name)
        except ClientError as error:
            if self.is_missing(error):
                self.create()
                outcome = f"created in {self.region}"
            there = self.client.head_bucket(Bucket=self.name)
        region = there.get("BucketRegion") or self.region
        if region != self.region:
            raise CommandError(
                f"{self.name}: its region is not {self.region}, but {region}. Signed URLs would "
                "be refused: set S3_REGION to the region of the bucket, or of the server."
            )
        self.say("bucket", outcome)

    def is_missing(self, error: ClientError) -> bool:
        """Return whether HEAD failed because there is no bucket; raise any other reason.

        An answer to HEAD has no body, so no reason: it is asked again in a way that has.
        """
        if status_of(error) == 404:
            return True
        try:
            self.client.list_objects_v2(Bucket=self.name, MaxKeys=1)
        except ClientError as reason:
            if code_of(reason) == "NoSuchBucket":
                return True
            raise
        return False

    def create(self) -> None:
        where = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        if self.region == "us-east-1":  # the one region that must not be named
            where = {}
        try:
            self.client.create_bucket(Bucket=self.name, **where)
        except ClientError as error:
            if code_of(error) != "BucketAlreadyOwnedByYou":  # somebody was faster
                raise
        self.client.get_waiter("bucket_exists").wait(Bucket=self.name)
        self.changed = True

    def setting(
        self,
        label: str,
        shown: str,
        read: Callable[[], Any],
        wanted: Callable[[Any], Any],
        write: Callable[[Any], Any],
    ) -> None:
        """Write what is wanted unless it is what was read; report a refusal."""
        try:
            found = read()
            goal = wanted(found)
            if goal == found:
                self.say(label, f"already so: {shown}")
                return
            write(goal)
        except ClientError as error:
            if is_failing(error):
                raise
            self.say(label, f"refused by the server: {said(error)}")
        else:
            self.changed = True
            self.say(label, f"set: {shown}")

    def found(self, operation: str, absent: str) -> Any:
        try:
            return getattr(self.client, operation)(Bucket=self.name)
        except ClientError as error:
            if code_of(error) == absent:
                return {}
            raise

    def ownership(self) -> None:
        def read() -> Any:
            answer = self.found("get_bucket_ownership_controls", "OwnershipControlsNotFoundError")
            rules = answer.get("OwnershipControls", {}).get("Rules", [])
            return [rule["ObjectOwnership"] for rule in rules]

        def write(goal: list[str]) -> None:
            rules = [{"ObjectOwnership": value} for value in goal]
            self.client.put_bucket_ownership_controls(
                Bucket=self.name, OwnershipControls={"Rules": rules}
            )

        shown = "BucketOwnerEnforced, which turns ACLs off"
        self.setting("ownership", shown, read, lambda _: ["BucketOwnerEnforced"], write)

    def access_block(self, public: bool) -> None:
        def read() -> Any:
            answer = self.found("get_public_access_block", "NoSuchPublicAccessBlockConfiguration")
            return answer.get("PublicAccessBlockConfiguration", {})

        def write(goal: dict[str, bool]) -> None:
            self.client.put_public_access_block(
                Bucket=self.name, PublicAccessBlockConfiguration=goal
            )

        goal = {
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": not public,
            "RestrictPublicBuckets": not public,
        }
        shown = "no public ACLs" if public else "no public ACLs, no public policy"
        self.setting("public access", shown, read, lambda _: goal, write)

    def public_read(self, public: bool) -> None:
        """Let anyone read, one object at a time; listing stays closed."""

        def read() -> Any:
            text = self.found("get_bucket_policy", "NoSuchBucketPolicy").get("Policy", "")
            policy = json.loads(text) if text else {}
            statements = policy.get("Statement", [])
            return {
                "Version": "2012-10-17",
                **policy,
                "Statement": statements if isinstance(statements, list) else [statements],
            }

        def write(goal: dict[str, Any]) -> None:
            if goal["Statement"]:
                self.client.put_bucket_policy(Bucket=self.name, Policy=json.dumps(goal))
            else:
                self.client.delete_bucket_policy(Bucket=self.name)

        statement = {
            "Sid": "VitrinePublicRead",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "s3:GetObject",
            "Resource": f"arn:{self.client.meta.partition}:s3:::{self.name}/*",
        }
        ours = [statement] if public else []
        self.setting(
            "policy",
            "anyone may get an object, nobody may list" if public else "nothing of ours is public",
            read,
            lambda found: {
                **found,
                "Statement": merged(found["Statement"], ours, "Sid", "Vitrine"),
            },
            write,
        )

    def cors(self, origins: list[str], methods: dict[str, list[str]]) -> None:
        """Let scripts of these origins use `methods`, a rule for each purpose."""
        if not origins:
            self.say("CORS", "left as it is: SITE_ORIGINS is empty")
            return
        ours = [
            {
                "ID": f"vitrine-{purpose}",
                "AllowedOrigins": origins,
                "AllowedMethods": allowed,
                "ExposeHeaders": ["ETag"],
                "MaxAgeSeconds": CORS_SECONDS,
            }
            for purpose, allowed in methods.items()
        ]

        def write(goal: list[Any]) -> None:
            self.client.put_bucket_cors(Bucket=self.name, CORSConfiguration={"CORSRules": goal})

        used = ", ".join(method for allowed in methods.values() for method in allowed)
        self.setting(
            "CORS",
            f"{used} from {', '.join(origins)}",
            lambda: self.found("get_bucket_cors", "NoSuchCORSConfiguration").get("CORSRules", []),
            lambda found: merged(found, ours, "ID", "vitrine-"),
            write,
        )

    def lifecycle(self, expiring: str = "") -> None:
        """Forget unfinished uploads after a day, and what lies under `expiring`."""
        ours: list[dict[str, Any]] = [
            {
                "ID": "vitrine-unfinished",
                "Status": "Enabled",
                "Filter": {"Prefix": ""},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            }
        ]
        shown = "unfinished uploads end after 1 day"
        if expiring:
            ours.append(
                {
                    "ID": "vitrine-quarantine",
                    "Status": "Enabled",
                    "Filter": {"Prefix": expiring},
                    "Expiration": {"Days": 1},
                }
            )
            shown += f", {expiring} too"
        kept: dict[str, str] = {}

        def read() -> Any:
            answer = self.found(
                "get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"
            )
            size = "TransitionDefaultMinimumObjectSize"  # a write without it resets it
            kept.update({size: answer[size]} if answer.get(size) else {})
            return answer.get("Rules", [])

        def write(goal: list[Any]) -> None:
            self.client.put_bucket_lifecycle_configuration(
                Bucket=self.name, LifecycleConfiguration={"Rules": goal}, **kept
            )

        self.setting(
            "lifecycle", shown, read, lambda found: merged(found, ours, "ID", "vitrine-"), write
        )

    def problems(self, readable: bool | None) -> Iterator[str]:
        """Yield what a stranger may do and must not, or cannot and should; None: either is well."""
        key = f"{PROBE}{uuid.uuid4()}"
        self.client.put_object(Bucket=self.name, Key=key, Body=b"probe")
        try:
            ended = time.monotonic() + (SETTLING_SECONDS if self.changed else 0)
            while True:
                read = self.status("get_object", Key=key)
                listing = self.status("list_objects_v2", MaxKeys=1)
                right = readable in (None, read == 200) and listing != 200
                if right or time.monotonic() >= ended:
                    break
                time.sleep(1)
        finally:
            self.client.delete_object(Bucket=self.name, Key=key)
        self.say("a stranger", f"gets {read} for an object, {listing} for the list of them")
        if readable is False and read == 200:
            yield (
                f"{self.name}: anyone can read it. Remove the statement of its policy, or the "
                "ACL, that lets them; keep nothing private there until then."
            )
        if readable is True and read != 200:
            yield (
                f"{self.name}: what is in it would not show, a stranger gets {read}. Allow "
                "public policies in Block Public Access, the account's too; or let a CDN read it "
                "with credentials of its own (S3_PUBLIC_URL, CDN_URL) and say --no-public-read."
            )
        if listing == 200:
            yield f"{self.name}: anyone can list it. Remove what grants s3:ListBucket to everyone."

    def status(self, operation: str, **parameters: Any) -> int:
        try:
            answer = getattr(self.stranger, operation)(Bucket=self.name, **parameters)
        except ClientError as error:
            if is_failing(error):
                raise
            return status_of(error)
        if "Body" in answer:
            answer["Body"].close()
        return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def addresses(private: PrivateBucket, public: PublicBucket) -> list[str]:
    """Return where the public bucket itself answers, as host and path, without the scheme."""
    region = public.connection.meta.client.meta.region_name
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    aws = [f"s3.{region}.{suffix}", f"s3.dualstack.{region}.{suffix}", f"s3.{suffix}"]
    known = [public.endpoint_url, private.signing_endpoint_url]
    hosts = [urlsplit(url).netloc for url in known if url] or aws
    name = public.bucket_name
    return [place for host in hosts for place in (f"{host}/{name}", f"{name}.{host}")]


def is_at_the_bucket(private: PrivateBucket, public: PublicBucket) -> bool:
    """Return whether browsers read pictures from the bucket itself and not from a CDN.

    Raises CommandError if the URL is at the server, but not at the bucket.
    """
    places = addresses(private, public)
    url = urlsplit(public.public_url)
    if f"{url.netloc}{url.path}" in places:
        return True
    if url.netloc in {place.partition("/")[0] for place in places}:
        raise CommandError(
            f"S3_PUBLIC_URL is at the S3 server, but not at its bucket {public.bucket_name}. Set "
            f"it to {url.scheme}://{url.netloc}/{public.bucket_name}; if the path is meant, say "
            "--public-read or --no-public-read."
        )
    return False


def origin(text: str) -> str:
    """Return an origin as browsers write it; argparse shows the error."""
    parts = urlsplit(text.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise argparse.ArgumentTypeError(f"{text!r} is not an origin like https://www.example.com")
    return text.rstrip("/").lower()


class Command(BaseCommand):
    help = (
        "Create the buckets and set what the site relies on: no ACLs, no public access but "
        "reading pictures and static files, CORS for the site's origins, an end to what lies in "
        "quarantine. Then ask each as a stranger. Run again, it changes only what differs."
    )
    requires_system_checks: list[str] = []  # it needs no model and no bundle

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--origin",
            action="append",
            type=origin,
            metavar="URL",
            help="let scripts of this origin use the buckets; instead of SITE_ORIGINS",
        )
        parser.add_argument(
            "--wait",
            type=int,
            default=0,
            metavar="SECONDS",
            help="wait so long for a server that is starting",
        )
        parser.add_argument(
            "--public-read",
            action=argparse.BooleanOptionalAction,
            help="let anyone read the public bucket itself, or nobody; by default anyone if "
            "S3_PUBLIC_URL is the bucket's own address, and as it is if that is a CDN's",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        private, public = private_storage(), public_storage()
        published = storages["published"] if "published" in settings.STORAGES else None
        origins = options["origin"] or settings.SITE_ORIGINS
        problems: list[str] = []
        if isinstance(private, PrivateBucket) and isinstance(public, PublicBucket):
            readable = options["public_read"]
            if readable is None and is_at_the_bucket(private, public):
                readable = True
            self.wait(private, options["wait"])
            problems += self.ensure(private, origins, readable=False)
            problems += self.ensure(public, origins, readable=readable)
        elif not isinstance(published, S3Storage):
            raise CommandError(
                "Media are kept on a filesystem, and static files are published nowhere: there are "
                "no buckets. With MEDIA_STORE=s3 or STATIC_STORE=s3 and the S3_… variables of "
                ".env.example there would be."
            )
        if isinstance(published, S3Storage):
            # What is published is public; only who wants a CDN alone to read it closes it.
            readable = options["public_read"] is not False
            problems += self.ensure(published, ["*"], readable=readable)
        if problems:
            raise CommandError("\n".join(problems))

    def wait(self, storage: PrivateBucket, seconds: int) -> None:
        """Return when the server answers anything, or after `seconds`; others will say why."""
        started = time.monotonic()
        told = 0.0
        while (waited := time.monotonic() - started) < seconds:
            try:
                storage.ping()
                return
            except ClientError as error:
                if not is_failing(error):
                    return
            except NO_ANSWER:
                pass
            except BotoCoreError:
                return
            if waited >= told:
                place = storage.endpoint_url or "S3"
                self.stdout.write(f"Waiting for {place}: {waited:.0f} of {seconds} s")
                told = waited + 5
            time.sleep(0.5)

    def ensure(
        self,
        storage: S3Storage,
        origins: list[str],
        readable: bool | None,
    ) -> list[str]:
        """Set up one bucket and return its problems.

        `readable` opens it to every reader or closes it; None leaves that as it is.
        """
        private = isinstance(storage, PrivateBucket)
        endpoint = storage.endpoint_url or f"AWS, {storage.region_name}"
        kind = "private" if private else "public" if isinstance(storage, PublicBucket) else "static"
        self.stdout.write(f"{storage.bucket_name} ({kind}) at {endpoint}")
        try:
            bucket = Bucket(storage, self.say)
            bucket.exist()
            bucket.ownership()
            if readable is None:
                # A CDN may well read it without credentials: closing it would take the pictures.
                self.say("reading", "left as it is: S3_PUBLIC_URL is not the bucket's own address;")
                self.say("", "--public-read opens the bucket, --no-public-read closes it")
            else:
                bucket.access_block(readable)  # before the policy, which it may forbid
                bucket.public_read(readable)
            if private:
                # POST sends a file straight into quarantine; the others fetch signed downloads.
                bucket.cors(origins, {"upload": ["POST"], "download": ["GET", "HEAD"]})
            else:
                bucket.cors(origins, {"read": ["GET", "HEAD"]})
            bucket.lifecycle(expiring=QUARANTINE if private else "")
            return list(bucket.problems(readable))
        except (BotoCoreError, ClientError) as error:
            raise explained(error, storage.bucket_name, endpoint) from error

    def say(self, setting: str, outcome: str) -> None:
        self.stdout.write(f"  {setting:<14} {outcome}")
