"""Take away the files that no row names, and tell which rows have lost theirs.

How it tells one from the other, and why it cannot take a file too many: `uploads/sweeping.py`.

The key of the site is enough: s3:ListBucket, s3:GetObject, s3:DeleteObject. To see and end uploads
in parts that a killed process left behind, it needs s3:ListBucketMultipartUploads and
s3:AbortMultipartUpload as well; without them the bucket's lifecycle rule ends those.
"""

import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from config.progress import Progress, Stopped
from uploads.management.commands.ensure_buckets import code_of, explained
from uploads.storages import StorageUnavailable
from uploads.sweeping import LEAST_HOURS, Place, Refused, Sweep, shown, size_of

EXAMPLES = 10  # keys shown of each storage unless all are asked for


class Command(BaseCommand):
    help = (
        "Compares what the storages hold with what rows name. Shows what no row names and which "
        "rows have lost their file; with --delete, deletes the first if it is older than a day. "
        "Ends with status 1 if a row has lost its file or something could not be deleted, and "
        "with 128 + the signal's number when it was stopped: what was deleted until then is "
        "shown, and another run goes on. Needs 20 MB in TMPDIR for a million files."
    )
    requires_system_checks: list[str] = []  # it needs no bundle

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete", action="store_true", help="delete; otherwise only look")
        parser.add_argument(
            "--older-than",
            type=float,
            default=24,
            metavar="HOURS",
            help="leave alone what is younger: an upload under way has no row yet (default: 24)",
        )
        parser.add_argument(
            "--site-is-stopped",
            action="store_true",
            help=f"no upload can be under way, so --older-than may be below {LEAST_HOURS}",
        )
        parser.add_argument(
            "--even-most",
            action="store_true",
            help="delete even if that is most of a storage, or most rows have lost their files",
        )
        parser.add_argument("--list", action="store_true", help="show every unreferenced key")
        parser.add_argument("--json", action="store_true", help="report as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        hours = options["older_than"]
        if not 0 <= hours < 1_000_000:
            raise CommandError("--older-than is a number of hours, 0 or more.")
        if options["delete"] and hours < LEAST_HOURS and not options["site_is_stopped"]:
            raise CommandError(
                f"--older-than {hours:g}: an upload that is under way could lose its file. Say "
                f"{LEAST_HOURS} or more; or stop the site, and say --site-is-stopped."
            )
        progress = Progress(self.stderr)
        problems: list[str] = []
        with _explained():
            sweep = Sweep(progress, hours)
        try:
            with progress.listening(), _explained():
                try:
                    sweep.look()
                    if options["delete"]:
                        sweep.act(options["even_most"])
                except Stopped:
                    problems.append("Stopped before the end. Run it again to go on.")
                except Refused as refusal:
                    problems.append(str(refusal))
            for place in sweep.places:
                problems += place.errors
            if sweep.lost:
                problems.append(
                    f"{sweep.lost} files that rows name are gone. Restore them from a backup under "
                    "the same keys, or delete those rows."
                )
            report = self._report_json if options["json"] else self._report
            report(sweep, options, bool(progress.stop))
        finally:
            sweep.close()
        if progress.stop:
            self.stderr.write("\n".join(problems))
            sys.exit(128 + progress.stop)
        if problems:
            raise CommandError("\n".join(problems))

    # --- reports

    def _report(self, sweep: Sweep, options: dict[str, Any], _stopped: bool) -> None:
        say = self.stdout.write
        for place in sweep.places:
            say(f"{place.name} ({place.where})")
            say(f"  {place.objects:>9,} files, {size_of(place.size)}")
            say(f"  {place.referenced:>9,} named by rows")
            age = f"for {options['older_than']:g} hours or longer"
            say(f"  {place.old:>9,} unreferenced {age}, {size_of(place.old_size)}")
            self._say_keys(sweep, place, ours=True, everything=options["list"])
            if place.young:
                say(f"  {place.young:>9,} unreferenced, but younger: left alone")
            if place.others:
                say(f"  {place.others:>9,} that this site did not make: left alone")
                self._say_keys(sweep, place, ours=False, everything=options["list"])
            if place.unfinished is None:
                say("  Unfinished uploads are not known here; the bucket's lifecycle ends them.")
            elif place.unfinished:
                say(f"  {place.unfinished:>9,} unfinished uploads of that age")
            if options["delete"]:
                say(
                    f"  {place.deleted:>9,} deleted, {size_of(place.deleted_size)}; "
                    f"{place.ended:,} uploads ended; {place.failed:,} failed"
                )
        for model, count in sweep.expired.items():
            say(f"{model}: {count:,} expired, deleted")
        say(f"Rows that have lost a file: {sweep.lost:,}")
        for lost in sweep.ledger.lost():
            say(f"  {lost.model} {lost.pk}, {lost.field}: {shown(lost.key)} in {lost.storage}")
        if not options["delete"]:
            say("Nothing was changed. --delete deletes what is unreferenced and old.")

    def _say_keys(self, sweep: Sweep, place: Place, ours: bool, everything: bool) -> None:
        limit = -1 if everything else EXAMPLES
        for key, size in sweep.ledger.unreferenced(place, ours, limit):
            self.stdout.write(f"{'':11} {shown(key)}, {size_of(size)}")
        more = (place.old if ours else place.others) - EXAMPLES
        if more > 0 and not everything:
            self.stdout.write(f"{'':11} … and {more:,} more; --list shows all")

    def _report_json(self, sweep: Sweep, options: dict[str, Any], stopped: bool) -> None:
        """Write the object piece by piece: its two lists may be longer than memory."""

        def write(text: str) -> None:
            self.stdout.write(text, ending="")

        def write_list(items: Iterable[Any]) -> None:
            write("[")
            for number, item in enumerate(items):
                write((", " if number else "") + json.dumps(item))
            write("]")

        head = {
            "deleting": options["delete"],
            "older_than_hours": options["older_than"],
            "stopped": stopped,
            "storages": [_facts(place) for place in sweep.places],
            "expired": sweep.expired,
            "lost": sweep.lost,
        }
        write(json.dumps(head)[:-1])
        write(', "rows_without_file": ')
        write_list(lost._asdict() for lost in sweep.ledger.lost())
        if options["list"]:
            for name, ours in (("unreferenced", True), ("not_ours", False)):
                write(f', "{name}": ')
                write_list(
                    {"storage": place.name, "key": key, "bytes": size}
                    for place in sweep.places
                    for key, size in sweep.ledger.unreferenced(place, ours)
                )
        write("}\n")


def _facts(place: Place) -> dict[str, Any]:
    return {
        "storage": place.name,
        "place": place.where,
        "files": place.objects,
        "bytes": place.size,
        "referenced": place.referenced,
        "unreferenced_old": place.old,
        "unreferenced_old_bytes": place.old_size,
        "unreferenced_young": place.young,
        "not_ours": place.others,
        "deleted": place.deleted,
        "deleted_bytes": place.deleted_size,
        "failed": place.failed,
        "unfinished_uploads": place.unfinished,
        "unfinished_uploads_ended": place.ended,
    }


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what can fail into one line that names the cause and the remedy."""
    try:
        yield
    except Refused as error:
        raise CommandError(str(error)) from error
    except StorageUnavailable as error:
        raise CommandError(f"{error} Run it again when the bucket answers.") from error
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError) and code_of(error) == "AccessDenied":
            raise CommandError(
                f"The bucket refused ({error}). The key of the site needs s3:ListBucket on the "
                "bucket, s3:GetObject and s3:DeleteObject on what is in it."
            ) from error
        raise explained(error, "The bucket", "S3_ENDPOINT_URL") from error
    except DatabaseError as error:
        raise CommandError(
            f"The database did not answer as it should ({str(error).strip()}). If a table is "
            "missing, run manage.py migrate, or mend DATABASE_URL; if a query took too long, raise "
            "DATABASE_TIMEOUT for this run."
        ) from error
    except sqlite3.Error as error:
        raise CommandError(
            f"The temporary file for the comparison failed ({error}). It needs 20 MB for a "
            "million files; set TMPDIR to a folder with more room."
        ) from error
    except OSError as error:
        raise CommandError(
            f"The media folder cannot be read: {error}. Mount its volume, mend MEDIA_DIR, or let "
            "this user read and write it."
        ) from error
