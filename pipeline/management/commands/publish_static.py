"""Publish the collected static files for a CDN; how, and why it cannot break a deploy:
`pipeline/publishing.py`.

The key needs s3:ListBucket on the bucket, and s3:GetObject and s3:PutObject on what is in it;
`--prune` also s3:DeleteObject.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from config.progress import Progress, Stopped
from pipeline.published import JOBS, published_storage
from pipeline.publishing import (
    LEAST_HOURS,
    SUFFIXES,
    Destination,
    Plan,
    Pruning,
    Release,
    UnpublishableError,
    compare,
    destination_of,
    publish,
)

EXAMPLES = 10  # names shown, unless all are asked for
REMEDIES = {
    "NoSuchBucket": "The bucket is not there. Run manage.py ensure_buckets, or mend "
    "S3_STATIC_BUCKET.",
    "AccessDenied": "The key may not do this: it needs s3:ListBucket, s3:GetObject, s3:PutObject, "
    "and s3:DeleteObject for --prune.",
    "InvalidAccessKeyId": "The server does not know S3_ACCESS_KEY_ID.",
    "SignatureDoesNotMatch": "S3_SECRET_ACCESS_KEY is not the secret of S3_ACCESS_KEY_ID.",
}


def at_least_one(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")


class Command(BaseCommand):
    help = (
        "Send the collected static files to the bucket that a CDN reads: only what is missing, "
        "in parallel, the list of the release last, so that a release is there whole or not at "
        "all. Earlier releases stay; --prune removes what none of the newest names. May be "
        "interrupted and repeated."
    )
    requires_system_checks: list[str] = []  # it sends what was collected, and asks nothing else

    def add_arguments(self, parser: CommandParser) -> None:
        act = parser.add_mutually_exclusive_group()
        act.add_argument(
            "--check",
            action="store_true",
            help="send nothing, say what would be sent; status 1 if anything is missing",
        )
        act.add_argument(
            "--prune",
            action="store_true",
            help="show which files no kept release names; with --delete, remove them",
        )
        parser.add_argument("--delete", action="store_true", help="with --prune: do it")
        parser.add_argument(
            "--keep",
            type=at_least_one,
            default=5,
            metavar="N",
            help="with --prune: how many releases stay, the newest first (default: 5)",
        )
        parser.add_argument(
            "--verify",
            action="store_true",
            help="list the whole bucket, also where the release is there already and the bucket "
            "holds more than 2,000 objects",
        )
        parser.add_argument(
            "--encoding",
            choices=sorted(SUFFIXES),
            default="",
            help="send what is compressed already under its own name, with Content-Encoding; for "
            "a CDN that does not compress (default: as it is)",
        )
        parser.add_argument(
            "--jobs",
            type=at_least_one,
            default=JOBS,
            metavar="N",
            help=f"files sent at a time (default: {JOBS})",
        )
        parser.add_argument("--list", action="store_true", help="show every name")
        parser.add_argument("--json", action="store_true", help="report as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["delete"] and not options["prune"]:
            raise CommandError("--delete goes with --prune.")
        storage = published_storage()
        if storage is None:
            raise CommandError(
                "There is no place to publish to. Set STATIC_STORE=s3 and S3_STATIC_BUCKET; "
                ".env.example says what they do."
            )
        progress = Progress(self.stderr)
        with _explained(), progress.listening():
            try:
                destination = destination_of(storage)
                if options["prune"]:
                    self._prune(destination, progress, options)
                else:
                    self._publish(destination, progress, options)
            except Stopped:
                self.stderr.write("Stopped. Nothing of it counts yet; run it again to go on.")
                sys.exit(128 + progress.stop)

    def _publish(self, destination: Destination, progress: Progress, options: Any) -> None:
        began = time.monotonic()
        release = Release.collected(options["encoding"])
        everything = options["verify"] or options["check"]
        plan = compare(release, destination, everything=everything)
        self._say_plan(plan, options)
        if options["check"]:
            if not plan.is_done:
                sys.exit(1)
            return
        if not plan.is_done:
            publish(plan, destination, progress, options["jobs"])
        if not options["json"]:
            took = time.monotonic() - began
            done = "Nothing to do" if plan.is_done else "Published"
            self.stdout.write(f"{done}: release {release.id} is the current one ({took:.1f} s).")

    def _say_plan(self, plan: Plan, options: Any) -> None:
        files, missing = plan.release.files.values(), plan.missing
        if options["json"]:
            report = {
                "release": plan.release.id,
                "was_current": plan.is_current,
                "files": len(files),
                "bytes": sum(shipped.size for shipped in files),
                "missing": [shipped.name for shipped in missing],
                "missing_bytes": sum(shipped.size for shipped in missing),
                "releases": list(dict.fromkeys(r.release for r in reversed(plan.records))),
            }
            self.stdout.write(json.dumps(report))
            return
        self.stdout.write(
            f"Release {plan.release.id}: {_counted(len(files))}, "
            f"{filesizeformat(sum(shipped.size for shipped in files))}; "
            f"{len(missing)} to send, {filesizeformat(sum(shipped.size for shipped in missing))}."
        )
        if options["check"] and not plan.is_current:
            was = f"release {plan.newest.release} is" if plan.newest else "there is none"
            self.stdout.write(f"It is not the current release: {was}.")
        if options["check"] or options["list"]:
            self._say_names([shipped.name for shipped in missing], options["list"])

    def _say_names(self, names: list[str], everything: bool) -> None:
        for name in names if everything else names[:EXAMPLES]:
            self.stdout.write(f"  {name}")
        if len(names) > EXAMPLES and not everything:
            self.stdout.write(f"  … and {len(names) - EXAMPLES} more; --list shows all")

    def _prune(self, destination: Destination, progress: Progress, options: Any) -> None:
        pruning = Pruning.of(destination, options["keep"])
        names = [found.name for found in pruning.files]
        if options["delete"]:
            pruning.act(destination, progress)
        if options["json"]:
            report = {
                "deleted": options["delete"],
                "kept": [record.release for record in reversed(pruning.kept)],
                "dropped": [record.name for record in pruning.dropped],
                "files": names,
                "too_young": pruning.young,
            }
            self.stdout.write(json.dumps(report))
            return
        self.stdout.write(f"{len(pruning.kept)} of {options['keep']} releases that may stay:")
        for record in reversed(pruning.kept):
            self.stdout.write(f"  {record.release}, published {record.time:%Y-%m-%d %H:%M} UTC")
        done = "deleted" if options["delete"] else "would be deleted"
        self.stdout.write(
            f"{_counted(len(names))} that none of them names {done}, and "
            f"{len(pruning.dropped)} older records."
        )
        if pruning.young:
            self.stdout.write(
                f"{_counted(pruning.young)} that nobody names stay: they are younger than "
                f"{LEAST_HOURS} hours, and may be of a release that is being published."
            )
        self._say_names(names, options["list"])
        if names and not options["delete"]:
            self.stdout.write("This was a dry run; --delete does it.")


def _counted(number: int) -> str:
    return f"{number} file{'' if number == 1 else 's'}"


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what can fail into one line that names the cause and the remedy."""
    try:
        yield
    except UnpublishableError as error:
        raise CommandError(str(error)) from error
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        remedy = REMEDIES.get(code, "See the server's log, and run it again.")
        raise CommandError(f"{error}. {remedy} Nothing of the release counts yet.") from error
    except BotoCoreError as error:
        raise CommandError(
            f"The bucket cannot be reached: {error}. Mend S3_ENDPOINT_URL, S3_REGION or the "
            "credentials, and run it again; what was sent is not sent twice."
        ) from error
    except OSError as error:
        raise CommandError(f"{error}. Mend that and run it again; nothing is lost.") from error
