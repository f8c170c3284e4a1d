"""`manage.py publish_static`: a release is in the bucket whole or not at all, and sent once."""

import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError, call_command

from config import progress
from pipeline import published, publishing
from pipeline.caching import BRIEF, IMMUTABLE
from pipeline.published import PublishedBucket
from pipeline.publishing import (
    RECORDS,
    Found,
    Pruning,
    Record,
    Release,
    S3Destination,
    StorageDestination,
    UnpublishableError,
    compare,
    publish,
    records_in,
)
from tests.servers.child import free_port
from tests.uploads.test_storages import options

FIRST = {
    "catalog/css/catalog.css": b"a { color: red }",
    "catalog/js/catalog.mjs": b"export default 1",
    "frontend/main.0123456789ab.js": b"import('./chunk.ba9876543210.js')",
    "frontend/main.0123456789ab.js.map": b"{}",
    "frontend/serif.aaaaaaaaaaaa.woff2": b"wOF2",
    "frontend/sharp.bbbbbbbbbbbb.wasm": b"\0asm",
    "site/icon.svg": b"<svg/>",
}
SECOND = {**FIRST, "catalog/css/catalog.css": b"a { color: blue }", "site/new.txt": b"new"}
del SECOND["frontend/main.0123456789ab.js.map"]


def hashed(name, content):
    """The name that the manifest gives: the bundle's own, or with twelve digits of MD5."""
    if name.startswith("frontend/"):
        return name
    stem, dot, extension = name.rpartition(".")
    return f"{stem}.{hashlib.md5(content).hexdigest()[:12]}{dot}{extension}"


@pytest.fixture
def collected(settings, tmp_path, monkeypatch):
    """Return a function that makes STATIC_ROOT hold a tree as collectstatic leaves it."""
    names = set()
    for module in (published, publishing):
        monkeypatch.setattr(module, "fingerprinted_names", lambda: frozenset(names))

    def collect(tree):
        root = settings.STATIC_ROOT = tmp_path / "collected"
        shutil.rmtree(root, ignore_errors=True)
        manifest = {name: hashed(name, content) for name, content in tree.items()}
        names.clear()
        names.update(manifest.values())
        files = {**tree, **{manifest[name]: content for name, content in tree.items()}}
        files["staticfiles.json"] = json.dumps({"paths": manifest}).encode()
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            if name.endswith((".css", ".js")):
                path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, mtime=0))
        return Release.collected()

    return collect


class Counting:
    """Counts the requests of a bucket's client, and may do something before one."""

    def __init__(self, client):
        self.requests = []
        self.before = lambda operation, key: None
        client.meta.events.register("before-parameter-build.s3", self._note)

    def _note(self, model, params, **_):
        key = params.get("Key", "").removeprefix("static/")
        self.requests.append((model.name, key))
        self.before(model.name, key)

    def before_a_record(self, act):
        """Do something at the last moment at which a release does not count yet."""

        def at(operation, key):
            if operation == "PutObject" and key.startswith(RECORDS):
                act()

        self.before = at

    def sent(self):
        return [key for operation, key in self.requests if operation == "PutObject"]


@pytest.fixture
def bucket(s3, settings):
    """An empty bucket, as the alias `published`."""
    given = options(s3, bucket_name=s3.static_bucket, location="static")
    settings.STORAGES = {
        **settings.STORAGES,
        "published": {"BACKEND": "pipeline.published.PublishedBucket", "OPTIONS": given},
    }
    yield PublishedBucket(**given)
    for key in s3.keys(s3.static_bucket):
        s3.client.delete_object(Bucket=s3.static_bucket, Key=key)


@pytest.fixture
def destination(bucket):
    return S3Destination(bucket)


def quietly(items, _what, _total=None):
    return iter(items)


def send(release, destination):
    publish(compare(release, destination), destination, quietly)


def names_in(destination):
    found = {found.name for page in destination.pages("") for found in page}
    return {name for name in found if not name.startswith(RECORDS)}


def current(destination):
    return records_in(destination)[-1].release


# --- what is sent


def test_everything_is_there_under_its_type_and_cached_for_ever_exactly_if_hashed(
    collected, destination, s3
):
    release = collected(FIRST)
    send(release, destination)
    assert names_in(destination) == set(release.files)
    types = {
        "catalog/css/catalog.css": "text/css; charset=utf-8",
        "catalog/js/catalog.mjs": "text/javascript; charset=utf-8",
        "frontend/main.0123456789ab.js": "text/javascript; charset=utf-8",
        "frontend/main.0123456789ab.js.map": "application/json",
        "frontend/serif.aaaaaaaaaaaa.woff2": "font/woff2",
        "frontend/sharp.bbbbbbbbbbbb.wasm": "application/wasm",
        "site/icon.svg": "image/svg+xml",
    }
    for name, content_type in types.items():
        for sent in {name, hashed(name, FIRST[name])}:
            found = s3.client.get_object(Bucket=s3.static_bucket, Key=f"static/{sent}")
            immutable = sent == hashed(name, FIRST[name])
            assert found["ContentType"] == content_type
            assert found["CacheControl"] == (IMMUTABLE if immutable else BRIEF)
            assert "ContentEncoding" not in found
            assert found["Body"].read() == FIRST[name]


def test_the_gzip_twin_can_be_sent_under_the_files_own_name(collected, destination, s3):
    collected(FIRST)
    send(Release.collected("gzip"), destination)
    found = s3.client.get_object(Bucket=s3.static_bucket, Key="static/catalog/css/catalog.css")
    assert (found["ContentEncoding"], found["ContentType"]) == ("gzip", "text/css; charset=utf-8")
    assert gzip.decompress(found["Body"].read()) == FIRST["catalog/css/catalog.css"]
    icon = s3.client.get_object(Bucket=s3.static_bucket, Key="static/site/icon.svg")
    assert "ContentEncoding" not in icon
    # Sent as it is, the same name has other bytes, so it travels again, and only what differs.
    missing = compare(Release.collected(), destination).missing
    assert {s.name.rpartition(".")[2] for s in missing} == {"css", "js"}


def test_an_unchanged_release_is_one_question_and_one_list_whatever_the_times_say(
    collected, destination
):
    send(collected(FIRST), destination)
    release = collected(FIRST)
    for shipped in release.files.values():
        os.utime(shipped.path, (0, 0))
    counting = Counting(destination.client)
    plan = compare(Release.collected(), destination)
    assert plan.is_done
    assert [operation for operation, _key in counting.requests] == ["ListObjectsV2"] * 2


def test_of_a_large_bucket_an_unchanged_release_asks_three_times(collected):
    release = collected({f"a/{n}.txt": b"%d" % n for n in range(2000)})

    class Large:
        asked = 0

        def pages(self, prefix):
            record = Found(f"{RECORDS}20260101T000000.000000Z-{release.id}.json", 1, None)
            names = [] if prefix else sorted(release.files)
            files = release.files
            found = [Found(name, files[name].size, None, files[name].md5) for name in names]
            found = [record, *found]
            for start in range(0, len(found), 1000):
                self.asked += 1
                yield found[start : start + 1000]

    large = Large()
    assert compare(release, large).is_done
    assert large.asked == 3
    assert compare(release, large, everything=True).is_done
    assert large.asked == 3 + 1 + 5


def test_only_what_changed_travels_and_earlier_files_stay(collected, destination):
    first = collected(FIRST)
    send(first, destination)
    second = collected(SECOND)
    counting = Counting(destination.client)
    send(second, destination)
    changed = {"catalog/css/catalog.css", "site/new.txt"}
    expected = changed | {hashed(name, SECOND[name]) for name in changed} | {"staticfiles.json"}
    assert set(counting.sent()[:-1]) == expected
    assert names_in(destination) == set(first.files) | set(second.files)
    assert counting.sent()[-2] == "staticfiles.json"
    assert counting.sent()[-1].startswith(RECORDS)


def test_a_rollback_sends_no_hashed_file_and_becomes_the_current_release(collected, destination):
    first = collected(FIRST)
    send(first, destination)
    send(collected(SECOND), destination)
    again = collected(FIRST)
    assert again.id == first.id
    counting = Counting(destination.client)
    send(again, destination)
    assert set(counting.sent()[:-1]) == {"catalog/css/catalog.css", "staticfiles.json"} | {
        "frontend/main.0123456789ab.js.map"
    } - {hashed(name, content) for name, content in FIRST.items()}
    assert current(destination) == first.id
    assert destination.read("catalog/css/catalog.css") == FIRST["catalog/css/catalog.css"]


def test_what_somebody_deleted_is_noticed_and_sent_again(collected, destination):
    release = collected(FIRST)
    send(release, destination)
    lost = hashed("site/icon.svg", FIRST["site/icon.svg"])
    destination.delete([lost])
    plan = compare(release, destination)
    assert [shipped.name for shipped in plan.missing] == [lost]
    publish(plan, destination, quietly)
    assert compare(release, destination).is_done
    assert len(records_in(destination)) == 1


def test_what_a_run_that_did_not_end_wrote_over_is_noticed(collected, destination):
    """The state of a kill between the manifest and the record: of the same sizes, other bytes."""
    first = collected(FIRST)
    send(first, destination)
    other = {**FIRST, "catalog/css/catalog.css": b"a { color: rex }"}
    for shipped in collected(other).files.values():
        with shipped.path.open("rb") as content:
            destination.put(shipped.name, content, "")
    first = collected(FIRST)
    plan = compare(first, destination)
    assert {s.name for s in plan.missing} == {"catalog/css/catalog.css", "staticfiles.json"}
    publish(plan, destination, quietly)
    assert destination.read("catalog/css/catalog.css") == FIRST["catalog/css/catalog.css"]


def test_a_foreign_file_of_the_same_size_is_replaced(collected, destination):
    release = collected(FIRST)
    send(release, destination)
    name = "frontend/main.0123456789ab.js"
    destination.put(name, io.BytesIO(b"x" * len(FIRST[name])), "")
    send(release, destination)
    assert destination.read(name) == FIRST[name]


def test_a_bucket_that_does_not_tell_the_md5_is_believed_by_sizes(collected, destination):
    """With keys of KMS an ETag is anything, and nothing must be sent each time for that."""
    release = collected(FIRST)
    send(release, destination)

    class Kms(S3Destination):
        def pages(self, prefix):
            for page in super().pages(prefix):
                yield [found._replace(md5="0" * 32) for found in page]

    destination.__class__ = Kms
    assert compare(release, destination).is_done


def test_a_file_whose_type_is_another_now_travels_again(collected, destination, settings):
    send(collected(FIRST), destination)
    settings.WHITENOISE_MIMETYPES = {**settings.WHITENOISE_MIMETYPES, ".svg": "image/x-other"}
    missing = {shipped.name for shipped in compare(collected(FIRST), destination).missing}
    assert missing == {"site/icon.svg", hashed("site/icon.svg", FIRST["site/icon.svg"])}


@pytest.mark.parametrize("content", [b"{}", b"[]", b"not JSON", b'{"files": 1}', b"\xff"])
def test_a_record_that_is_none_is_named_and_what_is_beside_them_is_passed_over(
    collected, destination, content
):
    release = collected(FIRST)
    send(release, destination)
    destination.put(f"{RECORDS}note.json", io.BytesIO(b"not ours"), "")
    assert compare(release, destination).is_done
    broken = f"{RECORDS}29990101T000000.000000Z-0123456789abcdef.json"
    destination.put(broken, io.BytesIO(content), "")
    with pytest.raises(UnpublishableError, match=f"{broken} in the bucket is no record"):
        compare(release, destination)
    with pytest.raises(UnpublishableError, match="Delete that object"):
        Pruning.of(destination, keep=5)


def test_what_is_pruned_from_a_large_bucket_meanwhile_is_sent_again(collected, destination):
    """More than the two pages that an unchanged run looks at."""
    release = collected(FIRST)
    plan = compare(release, destination)
    pages = destination.pages

    def long_list(prefix):
        if not prefix:
            for start in (0, 1000):
                yield [Found(f"a/{n:04}", 1, None) for n in range(start, start + 1000)]
        yield from pages(prefix)

    destination.pages = long_list
    counting = Counting(destination.client)
    taken = "frontend/serif.aaaaaaaaaaaa.woff2"

    counting.before_a_record(lambda: destination.delete([taken]))
    publish(plan, destination, quietly)
    assert destination.read(taken) == FIRST[taken]


def test_a_clock_that_is_behind_does_not_hide_a_release(collected, destination):
    ahead = datetime.now(UTC) + timedelta(days=2)
    old = collected(FIRST)
    name = f"{RECORDS}{ahead.strftime(publishing.TIME)}-{old.id}.json"
    destination.put(name, io.BytesIO(old.record), "")
    new = collected(SECOND)
    send(new, destination)
    assert current(destination) == new.id


# --- interrupted, repeated, at once


class Interrupted(Exception):  # noqa: N818
    pass


def test_interrupted_at_any_request_nothing_counts_and_the_next_run_ends_the_same(
    collected, destination
):
    counting = Counting(destination.client)
    for step in range(1, 7):  # two hashed files, two plain ones, the manifest, the record
        everything = [found.name for page in destination.pages("") for found in page]
        if everything:
            destination.delete(everything)
        first = collected(FIRST)
        send(first, destination)
        second = collected(SECOND)
        left = [step]

        def interrupt(operation, _key, left=left):
            if operation == "PutObject":
                left[0] -= 1
                if left[0] == 0:
                    raise Interrupted

        counting.before = interrupt
        with pytest.raises(Interrupted):
            publish(compare(second, destination), destination, quietly, jobs=1)
        counting.before = lambda *_: None
        assert current(destination) == first.id
        send(second, destination)
        assert current(destination) == second.id
        assert names_in(destination) == set(first.files) | set(second.files)
        for name, content in SECOND.items():
            assert destination.read(name) == content


def test_a_second_run_sends_only_what_the_first_did_not(collected, destination):
    release = collected(FIRST)
    counting = Counting(destination.client)
    sent = []

    def interrupt(operation, key):
        if operation == "PutObject":
            if len(sent) == 3:
                raise Interrupted
            sent.append(key)

    counting.before = interrupt
    with pytest.raises(Interrupted):
        publish(compare(release, destination), destination, quietly, jobs=1)
    counting.before = lambda *_: None
    assert all(release.files[name].is_fingerprinted for name in sent)
    missing = {shipped.name for shipped in compare(release, destination).missing}
    assert missing == set(release.files) - set(sent)


def test_of_two_at_once_the_later_has_the_names_without_a_hash(collected, destination):
    """The second publishes, whole, after the first has sent its files and before its record."""
    second = collected(SECOND)
    first = collected(FIRST)
    counting = Counting(destination.client)
    nested = []

    def publish_the_second(operation, key):
        if operation == "PutObject" and key.startswith(RECORDS) and not nested:
            nested.append(key)
            collected(SECOND)
            send(Release.collected(), destination)
            collected(FIRST)

    counting.before = publish_the_second
    publish(compare(first, destination), destination, quietly)
    assert len(records_in(destination)) == 2
    assert current(destination) in {first.id, second.id}
    tree = FIRST if current(destination) == first.id else SECOND
    for name, content in tree.items():
        assert destination.read(name) == content
    assert names_in(destination) == set(first.files) | set(second.files)


def test_two_at_once_in_earnest_do_no_harm(collected, bucket):
    release = collected(FIRST)
    errors = []
    ready = threading.Barrier(2)

    def run():
        destination = S3Destination(bucket)
        try:
            plan = compare(release, destination)
            ready.wait(10)
            publish(plan, destination, quietly)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    destination = S3Destination(bucket)
    assert compare(release, destination).is_done
    for name, content in FIRST.items():
        assert destination.read(name) == content


def test_what_is_pruned_while_it_was_counted_as_there_is_sent_again(collected, destination):
    send(collected(FIRST), destination)
    second = collected(SECOND)
    counting = Counting(destination.client)
    taken = "frontend/serif.aaaaaaaaaaaa.woff2"

    counting.before_a_record(lambda: destination.delete([taken]))
    send(second, destination)
    assert taken in names_in(destination)


# --- pruning


def test_pruning_takes_only_what_no_kept_release_names(collected, destination):
    first, second = collected(FIRST), None
    send(first, destination)
    second = collected(SECOND)
    send(second, destination)
    assert Pruning.of(destination, keep=2, hours=-1).files == []
    pruning = Pruning.of(destination, keep=1, hours=-1)
    gone = {found.name for found in pruning.files}
    assert gone == set(first.files) - set(second.files)
    assert [record.release for record in pruning.dropped] == [first.id]
    pruning.act(destination, quietly)
    assert names_in(destination) == set(second.files)
    assert [record.release for record in records_in(destination)] == [second.id]
    assert compare(second, destination).is_done


def test_pruning_leaves_what_may_belong_to_a_release_under_way(collected, destination):
    send(collected(FIRST), destination)
    destination.put("frontend/next.cccccccccccc.js", io.BytesIO(b"1"), "")
    pruning = Pruning.of(destination, keep=1)
    assert (pruning.files, pruning.young) == ([], 1)


def test_pruning_stops_when_somebody_publishes_meanwhile(collected, destination):
    first = collected(FIRST)
    send(first, destination)
    send(collected(SECOND), destination)
    pruning = Pruning.of(destination, keep=1, hours=-1)
    send(collected(FIRST), destination)
    with pytest.raises(UnpublishableError, match="published meanwhile"):
        pruning.act(destination, quietly)
    assert set(first.files) <= names_in(destination)


def test_a_release_that_came_back_counts_as_new(collected, destination):
    first = collected(FIRST)
    send(first, destination)
    send(collected(SECOND), destination)
    send(collected(FIRST), destination)
    assert [record.release for record in Pruning.of(destination, keep=1).kept] == [first.id]


def test_where_nothing_was_published_nothing_is_pruned(destination):
    destination.put("frontend/some.cccccccccccc.js", io.BytesIO(b"1"), "")
    with pytest.raises(UnpublishableError, match="publish_static first"):
        Pruning.of(destination, keep=1, hours=-1)


# --- any storage


def test_any_storage_that_writes_over_ends_with_the_same_files(collected, tmp_path):
    storage = FileSystemStorage(location=tmp_path / "there", allow_overwrite=True)
    destination = StorageDestination(storage)
    send(collected(FIRST), destination)
    second = collected(SECOND)
    send(second, destination)
    assert compare(second, destination).is_done
    assert destination.read("catalog/css/catalog.css") == SECOND["catalog/css/catalog.css"]
    pruning = Pruning.of(destination, keep=1, hours=-1)
    pruning.act(destination, quietly)
    assert names_in(destination) == set(second.files)


class Flat:
    """Lists as django-storages lists an Azure container: all, by whole names, and no folders."""

    def __init__(self, location):
        self.location, self.blobs = location, {"media/other.webp": b""}

    def key(self, name):
        return f"{self.location}/{name}".lstrip("/")

    def listdir(self, path):
        return [], [key for key in self.blobs if not path or key.startswith(self.key(path))]

    def open(self, name):
        return io.BytesIO(self.blobs[self.key(name)])

    def save(self, name, content):
        self.blobs[self.key(name)] = content.read()
        return name


@pytest.mark.parametrize("location", ["", "static"])
def test_a_storage_without_folders_is_read_as_one_with_them(collected, location):
    destination = StorageDestination(Flat(location))
    send(collected(FIRST), destination)
    release = collected(SECOND)
    send(release, destination)
    assert compare(release, destination).is_done
    there = names_in(destination)
    assert set(release.files) <= there
    assert ("media/other.webp" in there) == (location == "")


def test_a_storage_that_keeps_both_is_refused_with_the_remedy(collected, tmp_path):
    destination = StorageDestination(FileSystemStorage(location=tmp_path / "there"))
    send(collected(FIRST), destination)
    with pytest.raises(UnpublishableError, match="allow_overwrite"):
        send(collected(SECOND), destination)
    assert destination.read("catalog/css/catalog.css") == FIRST["catalog/css/catalog.css"]
    assert not list(Path(tmp_path / "there/catalog/css").glob("*_*"))


# --- the command


def run(*arguments):
    out = io.StringIO()
    try:
        call_command("publish_static", *arguments, stdout=out, stderr=out)
    except SystemExit as ended:
        return ended.code, out.getvalue()
    return 0, out.getvalue()


def test_check_says_what_is_missing_and_sends_nothing(collected, bucket, destination):
    collected(FIRST)
    status, said = run("--check")
    assert status == 1
    assert "catalog/css/catalog.css" in said
    assert "there is none" in said
    assert names_in(destination) == set()
    assert run()[0] == 0
    assert run("--check") == (0, said.partition(";")[0] + "; 0 to send, 0\xa0bytes.\n")
    destination.delete(["site/icon.svg"])
    status, said = run("--check")
    assert (status, "site/icon.svg" in said) == (1, True)


def test_check_of_a_release_that_is_whole_but_not_current_is_not_done(collected, bucket):
    collected(FIRST)
    run()
    collected(SECOND)
    run()
    collected(FIRST)
    status, said = run("--check")
    assert status == 1
    assert "It is not the current release" in said


def test_pruning_is_a_dry_run_until_told(collected, bucket, destination, monkeypatch):
    collected(FIRST)
    run()
    collected(SECOND)
    run()
    monkeypatch.setattr(Pruning.of.__func__, "__defaults__", (-1,))
    before = names_in(destination)
    _status, said = run("--prune", "--keep", "1")
    assert "would be deleted" in said
    assert "--delete does it" in said
    assert names_in(destination) == before
    _status, said = run("--prune", "--keep", "1", "--delete", "--json")
    assert json.loads(said)["deleted"] is True
    assert names_in(destination) < before


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_a_bar_that_fills_and_a_log_no_line_at_once(collected, bucket, monkeypatch):
    monkeypatch.setattr(progress, "BAR_SECONDS", 0)
    release = collected(FIRST)
    screen = Terminal()
    call_command("publish_static", "--jobs=2", stdout=io.StringIO(), stderr=screen)
    hashed_files = sum(shipped.is_fingerprinted for shipped in release.files.values())
    full = "#" * progress.BAR
    assert f"Sending [{full}] 100% {hashed_files} of {hashed_files}" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")
    log = io.StringIO()
    collected(SECOND)
    call_command("publish_static", stdout=io.StringIO(), stderr=log)
    assert log.getvalue() == ""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_told_to_stop_it_stops_between_two_files_and_the_release_does_not_count(
    collected, bucket, destination, monkeypatch, number, status
):
    first = collected(FIRST)
    run()
    release = collected(SECOND)
    put = S3Destination.put

    def put_and_be_told(self, *arguments):
        put(self, *arguments)
        os.kill(os.getpid(), number)

    with monkeypatch.context() as patch:
        patch.setattr(S3Destination, "put", put_and_be_told)
        ended, said = run("--jobs=1")
    assert (ended, "run it again to go on" in said) == (status, True)
    assert current(destination) == first.id
    assert run()[0] == 0
    assert current(destination) == release.id


def test_a_report_for_a_script_is_one_object(collected, bucket):
    release = collected(FIRST)
    status, said = run("--check", "--json")
    report = json.loads(said)
    assert (status, report["release"], report["was_current"]) == (1, release.id, False)
    assert len(report["missing"]) == report["files"] == len(release.files)


def test_without_a_place_to_publish_to_it_says_which_setting(collected):
    collected(FIRST)
    with pytest.raises(CommandError, match="STATIC_STORE=s3"):
        run()


def test_without_collected_files_it_says_which_command(collected, bucket, settings, tmp_path):
    collected(FIRST)
    settings.STATIC_ROOT = tmp_path / "empty"
    with pytest.raises(CommandError, match="collectstatic"):
        run()


def test_a_manifest_that_names_a_lost_file_is_not_published(collected, bucket, destination):
    release = collected(FIRST)
    release.files["frontend/main.0123456789ab.js"].path.unlink()
    with pytest.raises(CommandError, match=r"main\.0123456789ab\.js, which is not in STATIC_ROOT"):
        run()
    assert names_in(destination) == set()


def test_a_bucket_that_is_not_there_is_named_with_its_remedy(collected, bucket, settings):
    collected(FIRST)
    given = settings.STORAGES["published"]
    there = {**given, "OPTIONS": {**given["OPTIONS"], "bucket_name": "vitrine-nowhere"}}
    settings.STORAGES = {**settings.STORAGES, "published": there}
    # The key of the tests may see three buckets, and a fourth is none of its business.
    with pytest.raises(CommandError, match=r"ensure_buckets|needs s3:ListBucket"):
        run()


def test_a_server_that_is_away_is_an_error_with_a_remedy(collected, bucket, settings):
    collected(FIRST)
    given = settings.STORAGES["published"]
    away = {**given["OPTIONS"], "endpoint_url": f"http://127.0.0.1:{free_port()}"}
    settings.STORAGES = {**settings.STORAGES, "published": {**given, "OPTIONS": away}}
    with pytest.raises(CommandError, match=r"cannot be reached.*S3_ENDPOINT_URL"):
        run()


def test_delete_without_prune_is_refused():
    with pytest.raises(CommandError, match="goes with --prune"):
        run("--delete")


@pytest.mark.parametrize("keep", ["0", "-1", "x"])
def test_it_keeps_at_least_one_release(keep):
    with pytest.raises(CommandError, match="at least 1"):
        run("--prune", f"--keep={keep}")


def test_a_wrong_secret_is_refused_by_the_server_and_said(collected, bucket, settings):
    collected(FIRST)
    given = settings.STORAGES["published"]
    wrong = {**given["OPTIONS"], "secret_key": "wrong"}
    settings.STORAGES = {**settings.STORAGES, "published": {**given, "OPTIONS": wrong}}
    with pytest.raises(CommandError, match="S3_SECRET_ACCESS_KEY"):
        run()


def test_a_record_is_named_by_its_time_and_its_release():
    record = Record(f"{RECORDS}20261126T131958.716699Z-dd438cbfb1b5ac29.json")
    assert record.release == "dd438cbfb1b5ac29"
    assert record.time == datetime(2026, 11, 26, 13, 19, 58, 716699, UTC)


def test_a_failed_request_is_not_taken_for_success(collected, destination):
    release = collected(FIRST)
    counting = Counting(destination.client)

    def refuse(operation, key):
        if key == "frontend/serif.aaaaaaaaaaaa.woff2" and operation == "PutObject":
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject")

    counting.before = refuse
    with pytest.raises(ClientError):
        send(release, destination)
    assert records_in(destination) == []
