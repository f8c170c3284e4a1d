"""`manage.py ensure_buckets` against a server that behaves as AWS does; at the edge, for AWS."""

import contextlib
import io
import itertools
import json
import threading

import pytest
from botocore.stub import ANY, Stubber
from django.core.management import CommandError, call_command

from tests.servers.child import environment, free_port, running
from tests.servers.s3 import REGION, service
from uploads.management.commands import ensure_buckets
from uploads.management.commands.ensure_buckets import Bucket, Command, is_at_the_bucket
from uploads.storages import PrivateBucket, PublicBucket

ROOT = ("ROOTKEYOFTHESETESTS", "root-secret-of-these-tests")
ORIGINS = ["https://gallery.example", "http://localhost:8080"]
CLOSED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
OPEN = {**CLOSED, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}
numbers = itertools.count()


def server(scratch, port, auth="true"):
    """Run an S3 server without any bucket, whose root key may do everything."""
    settings = {
        "AUTH": auth,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SERVICES": "s3",
        "AWS_ACCESS_KEY_ID": ROOT[0],
        "AWS_SECRET_ACCESS_KEY": ROOT[1],
        "MINISTACK_REGION": REGION,
        "TMPDIR": str(scratch),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{scratch}/no-docker.sock",
    }
    return running(
        "ministack",
        env=environment(**settings),
        log=scratch / "ministack.log",
        ready=f"http://127.0.0.1:{port}/_ministack/ready",
    )


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    port = free_port()
    with server(tmp_path_factory.mktemp("s3"), port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(autouse=True)
def nothing_to_settle(monkeypatch):
    """Ask strangers' rights once: no server here needs time to apply a policy."""
    monkeypatch.setattr(ensure_buckets, "SETTLING_SECONDS", 0)


class Site:
    """A site with two buckets of its own names, and what the server holds of them."""

    def __init__(self, settings, endpoint, key=ROOT, **changed):
        number = next(numbers)
        self.private, self.public = f"private-{number}", f"public-{number}"
        self.client = service("s3", endpoint, *ROOT)
        common = {
            "endpoint_url": endpoint,
            "region_name": REGION,
            "access_key": key[0],
            "secret_key": key[1],
            "addressing_style": "path",
        }
        names = {"private": self.private, "public": self.public}
        names |= {name: changed.pop(name) for name in names if name in changed}
        public_url = changed.pop("public_url", "https://cdn.example")
        common |= changed
        self.common = common
        settings.SITE_ORIGINS = ORIGINS
        settings.STORAGES = {
            **settings.STORAGES,
            "default": {
                "BACKEND": "uploads.storages.PrivateBucket",
                "OPTIONS": {**common, "bucket_name": names["private"]},
            },
            "public": {
                "BACKEND": "uploads.storages.PublicBucket",
                "OPTIONS": {**common, "bucket_name": names["public"], "public_url": public_url},
            },
        }

    def ensure(self, *arguments):
        self.said = io.StringIO()
        call_command("ensure_buckets", *arguments, stdout=self.said)
        return self.said.getvalue()

    def cors(self, bucket):
        return {
            rule["ID"]: (rule["AllowedMethods"], rule["AllowedOrigins"])
            for rule in self.client.get_bucket_cors(Bucket=bucket)["CORSRules"]
        }

    def lifecycle(self, bucket):
        answer = self.client.get_bucket_lifecycle_configuration(Bucket=bucket)
        return {rule["ID"]: rule for rule in answer["Rules"]}

    def statements(self, bucket):
        return json.loads(self.client.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]

    def block(self, bucket):
        answer = self.client.get_public_access_block(Bucket=bucket)
        return answer["PublicAccessBlockConfiguration"]


@pytest.fixture
def site(settings, endpoint):
    return Site(settings, endpoint)


def test_the_first_run_makes_both_buckets_and_the_second_changes_nothing(site):
    first = site.ensure()
    assert first.count(f"created in {REGION}") == 2
    assert site.cors(site.private) == {
        "vitrine-upload": (["POST"], ORIGINS),
        "vitrine-download": (["GET", "HEAD"], ORIGINS),
    }
    assert site.cors(site.public) == {"vitrine-read": (["GET", "HEAD"], ORIGINS)}
    rules = site.lifecycle(site.private)
    assert rules["vitrine-quarantine"]["Filter"] == {"Prefix": "quarantine/"}
    assert rules["vitrine-quarantine"]["Expiration"] == {"Days": 1}
    assert "vitrine-unfinished" in rules
    assert list(site.lifecycle(site.public)) == ["vitrine-unfinished"]
    assert site.block(site.private) == CLOSED

    second = site.ensure()
    assert "created" not in second
    assert "set:" not in second
    assert "refused" not in second
    assert second.count("already") >= 8


def test_the_probe_is_gone_afterwards(site):
    site.ensure()
    for bucket in (site.private, site.public):
        assert site.client.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_origins_on_the_command_line_stand_in_for_those_of_the_site(site):
    site.ensure("--origin", "https://new.example/", "--origin", "http://127.0.0.1:8080")
    expected = (["GET", "HEAD"], ["https://new.example", "http://127.0.0.1:8080"])
    assert site.cors(site.public) == {"vitrine-read": expected}
    with pytest.raises(CommandError, match="is not an origin like"):
        site.ensure("--origin", "https://new.example/path")


def test_without_origins_cors_is_left_as_it_is(site, settings):
    site.ensure()
    settings.SITE_ORIGINS = []
    assert "left as it is: SITE_ORIGINS is empty" in site.ensure()
    assert "vitrine-read" in site.cors(site.public)


def test_rules_of_others_stay_and_outdated_ones_of_ours_go(site):
    site.ensure()
    theirs = {"ID": "theirs", "AllowedOrigins": ["https://t.example"], "AllowedMethods": ["PUT"]}
    ours = {"ID": "vitrine-old", "AllowedOrigins": ["https://o.example"], "AllowedMethods": ["PUT"]}
    site.client.put_bucket_cors(
        Bucket=site.private, CORSConfiguration={"CORSRules": [theirs, ours]}
    )
    logs = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}}
    site.client.put_bucket_lifecycle_configuration(
        Bucket=site.private,
        LifecycleConfiguration={"Rules": [{**logs, "Expiration": {"Days": 30}}]},
    )
    site.ensure()
    assert set(site.cors(site.private)) == {"theirs", "vitrine-upload", "vitrine-download"}
    assert set(site.lifecycle(site.private)) == {
        "logs",
        "vitrine-unfinished",
        "vitrine-quarantine",
    }
    assert "set:" not in site.ensure()


DENY = {"Sid": "KeepIt", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket"}


def test_public_read_lets_strangers_get_objects_and_not_list_them(site):
    site.ensure()
    deny = {**DENY, "Resource": f"arn:aws:s3:::{site.public}"}
    policy = {"Version": "2012-10-17", "Statement": deny}
    site.client.put_bucket_policy(Bucket=site.public, Policy=json.dumps(policy))

    said = site.ensure("--public-read")
    assert "gets 200 for an object, 403 for the list of them" in said
    kept, ours = site.statements(site.public)
    assert kept == deny
    assert (ours["Effect"], ours["Action"]) == ("Allow", "s3:GetObject")
    assert ours["Resource"] == f"arn:aws:s3:::{site.public}/*"
    assert site.block(site.public) == OPEN
    assert "set:" not in site.ensure("--public-read")

    said = site.ensure("--no-public-read")
    assert "gets 200" not in said
    assert site.statements(site.public) == [deny]
    assert site.block(site.public) == CLOSED


def test_the_last_statement_takes_the_policy_with_it(site):
    site.ensure("--public-read")
    site.ensure("--no-public-read")
    with pytest.raises(site.client.exceptions.ClientError, match="NoSuchBucketPolicy"):
        site.statements(site.public)


def test_a_private_bucket_that_was_opened_is_closed_again(site):
    site.ensure()
    site.client.put_public_access_block(Bucket=site.private, PublicAccessBlockConfiguration=OPEN)
    everyone = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{site.private}", f"arn:aws:s3:::{site.private}/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [everyone]}
    site.client.put_bucket_policy(Bucket=site.private, Policy=json.dumps(policy))
    assert site.ensure().count("gets 403 for an object, 403 for the list of them") == 2
    assert site.block(site.private) == CLOSED


def test_a_bucket_behind_a_cdn_is_neither_opened_nor_closed(site):
    site.ensure()
    site.client.put_public_access_block(Bucket=site.public, PublicAccessBlockConfiguration=OPEN)
    assert "left as it is: S3_PUBLIC_URL is not the bucket's own address" in site.ensure()
    assert site.block(site.public) == OPEN


def test_a_bucket_at_its_own_address_is_opened_without_being_asked(settings, endpoint):
    site = Site(settings, endpoint, public="shown", public_url=f"{endpoint}/shown")
    assert "gets 200 for an object, 403 for the list of them" in site.ensure()
    assert site.statements("shown")[0]["Sid"] == "VitrinePublicRead"


def test_a_refused_setting_is_reported_and_the_rest_goes_on(settings, s3):
    """The site's own key may use its buckets and configure nothing."""
    key = (s3.access_key_id, s3.secret_access_key)
    site = Site(settings, s3.endpoint, key, private=s3.private_bucket, public=s3.public_bucket)
    said = site.ensure()
    for setting in ("ownership", "public access", "policy", "CORS", "lifecycle"):
        assert f"  {setting:<14} refused by the server: AccessDenied, " in said
    assert said.count("gets 403 for an object, 403 for the list of them") == 2
    assert s3.everything() == {s3.private_bucket: [], s3.public_bucket: []}


def test_a_server_that_asks_nobody_who_they_are_is_an_error(settings, tmp_path):
    port = free_port()
    with server(tmp_path, port, auth="false"):
        site = Site(settings, f"http://127.0.0.1:{port}")
        with pytest.raises(CommandError) as caught:
            site.ensure()
    assert f"{site.private}: anyone can read it. Remove" in str(caught.value)
    assert f"{site.private}: anyone can list it. Remove" in str(caught.value)
    assert f"{site.public}: anyone can list it. Remove" in str(caught.value)
    assert f"{site.public}: anyone can read it" not in str(caught.value)


def test_it_waits_for_a_server_that_is_starting(settings, tmp_path):
    port = free_port()
    site = Site(settings, f"http://127.0.0.1:{port}")
    with contextlib.ExitStack() as stack:
        late = threading.Timer(1, lambda: stack.enter_context(server(tmp_path, port)))
        late.start()
        said = site.ensure("--wait", "30")
        late.join()
    assert f"Waiting for http://127.0.0.1:{port}: 0 of 30 s" in said
    assert said.count("created in") == 2


@pytest.mark.parametrize("arguments", [[], ["--wait", "1"]])
def test_no_server_is_an_error_with_the_remedy(settings, arguments):
    site = Site(settings, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(CommandError, match=r"no S3 server answered .* mend S3_ENDPOINT_URL"):
        site.ensure(*arguments)


def test_a_wrong_secret_and_an_unknown_key_are_told_apart(settings, s3):
    names = {"private": s3.private_bucket, "public": s3.public_bucket}
    with pytest.raises(CommandError, match="S3_SECRET_ACCESS_KEY is not the secret of"):
        Site(settings, s3.endpoint, (s3.access_key_id, "x" * 40), **names).ensure()
    with pytest.raises(CommandError, match="The server does not know S3_ACCESS_KEY_ID"):
        Site(settings, s3.endpoint, ("AKIANOBODY", "x" * 40), **names).ensure()


def test_missing_credentials_are_an_error_with_the_remedy(
    settings, endpoint, monkeypatch, tmp_path
):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(CommandError, match="Set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY"):
        Site(settings, endpoint, (None, None)).ensure("--wait", "5")


@pytest.mark.parametrize("name", ["Not_A_Name", "not/a/name"])
def test_an_impossible_name_is_an_error_with_the_rule(settings, endpoint, name):
    with pytest.raises(CommandError, match="3 to 63 lowercase letters"):
        Site(settings, endpoint, private=name).ensure()


def test_another_region_than_the_buckets_is_an_error(settings, endpoint):
    site = Site(settings, endpoint)
    site.ensure()
    elsewhere = Site(settings, endpoint, private=site.private, region_name="eu-west-1")
    with pytest.raises(CommandError, match=f"is not eu-west-1, but {REGION}.* set S3_REGION"):
        elsewhere.ensure()


@pytest.fixture
def publishing(settings, endpoint):
    """A site on a filesystem that publishes its static files to a bucket of their own."""
    options = Site(settings, endpoint).common | {"bucket_name": f"static-{next(numbers)}"}
    settings.STORAGES = {
        **{alias: store for alias, store in settings.STORAGES.items() if alias == "staticfiles"},
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "public": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "published": {
            "BACKEND": "pipeline.published.PublishedBucket",
            "OPTIONS": {**options, "location": "static"},
        },
    }
    return options["bucket_name"]


def ensured(*arguments):
    said = io.StringIO()
    call_command("ensure_buckets", *arguments, stdout=said)
    return said.getvalue()


def test_the_bucket_of_static_files_is_public_and_open_to_scripts_of_all_origins(
    publishing, endpoint
):
    client = service("s3", endpoint, *ROOT)
    assert f"{publishing} (static)" in ensured()
    [rule] = client.get_bucket_cors(Bucket=publishing)["CORSRules"]
    assert (rule["AllowedMethods"], rule["AllowedOrigins"]) == (["GET", "HEAD"], ["*"])
    policy = json.loads(client.get_bucket_policy(Bucket=publishing)["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["VitrinePublicRead"]
    assert "set:" not in ensured()


def test_the_bucket_of_static_files_can_be_closed_for_a_cdn_alone(publishing, endpoint):
    ensured("--no-public-read")
    client = service("s3", endpoint, *ROOT)
    answer = client.get_public_access_block(Bucket=publishing)
    assert answer["PublicAccessBlockConfiguration"] == CLOSED


def test_on_a_filesystem_there_is_nothing_to_do():
    with pytest.raises(CommandError, match="With MEDIA_STORE=s3"):
        call_command("ensure_buckets")


def pair(endpoint=None, public_url="", region="eu-central-1", signing=None):
    common = {"endpoint_url": endpoint, "region_name": region, "access_key": "k", "secret_key": "s"}
    return (
        PrivateBucket(bucket_name="papers", signing_endpoint_url=signing, **common),
        PublicBucket(bucket_name="prints", public_url=public_url, **common),
    )


@pytest.mark.parametrize(
    ("url", "at_the_bucket"),
    [
        ("https://prints.s3.eu-central-1.amazonaws.com", True),
        ("https://prints.s3.dualstack.eu-central-1.amazonaws.com", True),
        ("https://s3.eu-central-1.amazonaws.com/prints", True),
        ("https://prints.s3.amazonaws.com", True),
        ("https://d111111abcdef8.cloudfront.net", False),
        ("https://prints.example", False),
        ("https://prints.s3.eu-central-1.amazonaws.com.evil.example", False),
    ],
)
def test_the_buckets_own_address_at_aws_is_known(url, at_the_bucket):
    assert is_at_the_bucket(*pair(public_url=url)) is at_the_bucket


@pytest.mark.parametrize(
    ("url", "at_the_bucket"),
    [
        ("http://localhost:9000/prints", True),
        ("http://s3:9000/prints", True),
        ("http://prints.localhost:9000", True),
        ("http://localhost:8080/prints", False),
    ],
)
def test_the_buckets_own_address_at_another_server_is_known(url, at_the_bucket):
    buckets = pair("http://s3:9000", url, signing="http://localhost:9000")
    assert is_at_the_bucket(*buckets) is at_the_bucket


def test_a_public_url_at_the_server_but_not_at_the_bucket_is_an_error():
    buckets = pair("http://s3:9000", "http://localhost:9000", signing="http://localhost:9000")
    with pytest.raises(CommandError, match="Set it to http://localhost:9000/prints"):
        is_at_the_bucket(*buckets)


# What only AWS answers, at the edge of its SDK.

FOUND = {"ResponseMetadata": {"HTTPStatusCode": 200}}


@pytest.fixture
def aws():
    """Return a function that makes a bucket at AWS, with a stub for the answers it will get."""
    with contextlib.ExitStack() as stack:

        def make(region="eu-central-1"):
            storage, _ = pair(region=region)
            stub = stack.enter_context(Stubber(storage.connection.meta.client))
            return Bucket(storage, lambda setting, outcome: None), stub

        yield make


@pytest.fixture
def ensured_at_aws():
    """Return a function that stubs answers with `prepare` and runs the command for one bucket."""

    def ensure(prepare):
        storage, _ = pair()
        with Stubber(storage.connection.meta.client) as stub:
            prepare(stub)
            return Command(stdout=io.StringIO()).ensure(storage, ORIGINS, readable=False)

    return ensure


@pytest.mark.parametrize(
    ("region", "named"),
    [
        ("us-east-1", {}),
        ("eu-west-3", {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-3"}}),
    ],
)
def test_every_region_is_named_at_creation_except_us_east_1(aws, region, named):
    bucket, stub = aws(region)
    stub.add_client_error("head_bucket", "404", http_status_code=404)
    stub.add_response("create_bucket", {}, {"Bucket": "papers", **named})
    stub.add_response("head_bucket", FOUND, {"Bucket": "papers"})
    stub.add_response("head_bucket", {"BucketRegion": region})
    bucket.exist()
    stub.assert_no_pending_responses()


def test_a_bucket_made_by_somebody_faster_is_as_good(aws):
    bucket, stub = aws()
    stub.add_client_error("head_bucket", "404", http_status_code=404)
    stub.add_client_error("create_bucket", "BucketAlreadyOwnedByYou", "yours", 409)
    stub.add_response("head_bucket", FOUND, {"Bucket": "papers"})
    stub.add_response("head_bucket", {})
    bucket.exist()
    stub.assert_no_pending_responses()


def test_a_name_that_somebody_else_has_is_an_error_with_the_remedy(ensured_at_aws):
    def taken(stub):
        stub.add_client_error("head_bucket", "404", http_status_code=404)
        stub.add_client_error("create_bucket", "BucketAlreadyExists", "Not available.", 409)

    with pytest.raises(CommandError, match="Another account has a bucket of that name"):
        ensured_at_aws(taken)


def test_a_bucket_that_is_not_for_this_key_is_an_error_with_the_remedy(ensured_at_aws):
    def foreign(stub):
        stub.add_client_error("head_bucket", "403", http_status_code=403)
        stub.add_client_error("list_objects_v2", "AccessDenied", "Access Denied", 403)

    with pytest.raises(CommandError, match=r"AccessDenied, Access Denied\. The bucket is another"):
        ensured_at_aws(foreign)


def test_the_region_that_the_server_names_is_passed_on(ensured_at_aws):
    def elsewhere(stub):
        stub.add_client_error("head_bucket", "400", http_status_code=400)
        stub.add_client_error(
            "list_objects_v2",
            "AuthorizationHeaderMalformed",
            "The region is wrong.",
            400,
            service_error_meta={"Region": "eu-west-3"},
        )

    with pytest.raises(CommandError, match=r"S3_REGION is not .* The server says eu-west-3\."):
        ensured_at_aws(elsewhere)


def test_a_region_that_the_sdk_corrects_by_itself_is_an_error_all_the_same(ensured_at_aws):
    def followed(stub):
        stub.add_client_error("head_bucket", "400", http_status_code=400)
        stub.add_response("list_objects_v2", {})
        stub.add_response("head_bucket", {"BucketRegion": "us-east-1"})

    with pytest.raises(CommandError, match="its region is not eu-central-1, but us-east-1"):
        ensured_at_aws(followed)


def test_a_server_in_another_region_is_an_error_before_there_is_a_bucket(ensured_at_aws):
    def elsewhere(stub):
        stub.add_client_error("head_bucket", "400", http_status_code=400)
        stub.add_client_error("list_objects_v2", "NoSuchBucket", http_status_code=404)
        stub.add_client_error("create_bucket", "InvalidLocationConstraint", "Invalid.", 400)

    with pytest.raises(CommandError, match="S3_REGION is not the server's"):
        ensured_at_aws(elsewhere)


def test_a_policy_has_time_to_settle(aws, monkeypatch):
    """At AWS it is obeyed everywhere after seconds only."""
    bucket, stub = aws()
    bucket.changed = True
    stub.add_response("put_object", {})
    stub.add_response("delete_object", {})
    answers = iter([403, 403, 200, 403])  # read and list, twice
    monkeypatch.setattr(bucket, "status", lambda operation, **_: next(answers))
    monkeypatch.setattr(ensure_buckets, "SETTLING_SECONDS", 20)
    assert list(bucket.problems(readable=True)) == []
    stub.assert_no_pending_responses()


def test_a_public_bucket_that_stays_closed_is_an_error_with_the_remedy(aws, monkeypatch):
    bucket, stub = aws()
    stub.add_response("put_object", {})
    stub.add_response("delete_object", {})
    monkeypatch.setattr(bucket, "status", lambda operation, **_: 403)
    [problem] = bucket.problems(readable=True)
    assert "what is in it would not show, a stranger gets 403" in problem
    assert "the account's too" in problem


def test_a_failing_server_is_not_taken_for_one_that_lacks_a_feature(ensured_at_aws):
    def failing(stub):
        stub.add_response("head_bucket", FOUND)
        stub.add_client_error("get_bucket_ownership_controls", "ServiceUnavailable", "Later.", 503)

    with pytest.raises(CommandError, match="ServiceUnavailable, Later"):
        ensured_at_aws(failing)


def test_buckets_in_china_are_named_in_their_partition(aws):
    bucket, stub = aws("cn-north-1")
    stub.add_client_error("get_bucket_policy", "NoSuchBucketPolicy")
    stub.add_response("put_bucket_policy", {}, {"Bucket": "papers", "Policy": ANY})
    written = []
    bucket.client.meta.events.register(
        "provide-client-params.s3.PutBucketPolicy", lambda params, **_: written.append(params)
    )
    bucket.public_read(public=True)
    [statement] = json.loads(written[0]["Policy"])["Statement"]
    assert statement["Resource"] == "arn:aws-cn:s3:::papers/*"


def test_rules_are_recognised_without_their_names_and_in_any_order(aws):
    """Some servers keep no IDs, reorder lists and unwrap lists of one."""
    bucket, stub = aws()
    rule = {
        "AllowedOrigins": list(reversed(ORIGINS)),
        "AllowedMethods": ["HEAD", "GET"],
        "AllowedHeaders": [],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 600,
    }
    stub.add_response("get_bucket_cors", {"CORSRules": [rule]})
    bucket.cors(ORIGINS, {"read": ["GET", "HEAD"]})
    assert bucket.changed is False


def test_the_smallest_size_that_moves_to_cheaper_storage_is_kept(aws):
    """AWS resets it when a lifecycle is written without it."""
    bucket, stub = aws()
    size = {"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}
    stub.add_response("get_bucket_lifecycle_configuration", {"Rules": [], **size})
    stub.add_response(
        "put_bucket_lifecycle_configuration",
        {},
        {"Bucket": "papers", "LifecycleConfiguration": ANY, **size},
    )
    bucket.lifecycle()
    assert bucket.changed is True
