"""All checks, in the order in which a reader would ask them, and what happens when one breaks."""

import functools
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.core import checks

from pipeline.checks import FILES as FILES_CHECKS
from pipeline.checks import STATICFILES as STATICFILES_CHECKS
from pipeline.doctor import (
    collected,
    deployment,
    live_page,
    live_storages,
    machine,
    nginx,
    shipped,
    templates,
)
from pipeline.doctor.catalogue import DJANGOS
from pipeline.doctor.findings import Finding, found

Check = Callable[[], Iterable[Finding]]

# Whose system checks belong to the topic: by the part of an id before the dot.
TOPIC = ("pipeline", "staticfiles", "files", "uploads")

FILES: list[Check] = [
    shipped.bundle_is_newer_than_its_sources,
    shipped.no_two_files_have_one_path,
    shipped.app_files_are_in_a_folder_of_their_app,
    templates.static_names_exist,
    templates.bundle_has_the_entries,
    templates.addresses_are_not_written_by_hand,
    collected.static_root,
    collected.collected_files_are_of_these_sources,
    collected.manifest,
    collected.bundle_is_the_collected_one,
    collected.contents_have_their_fingerprints,
    collected.compressed_files_unpack_to_the_file,
    collected.exactly_hashed_files_are_immutable,
    collected.collected_files_can_be_read,
    machine.folders_are_writable,
    deployment.collected_files_are_not_committed,
    deployment.nothing_is_collected_at_the_start,
    deployment.no_volume_hides_the_collected_files,
]


def system_checks() -> Iterator[Finding]:
    """Yield what Django's own run says on the topic, by whichever app."""
    for message in checks.run_checks():
        if isinstance(finding := getattr(message, "finding", None), Finding):
            if not message.is_silenced():
                yield finding
        elif str(message.id).partition(".")[0] in TOPIC and not message.is_silenced():
            severity = "error" if message.level >= checks.ERROR else "warning"
            severity = severity if message.level >= checks.WARNING else "info"
            said = next((entry for entry in DJANGOS if entry.id == message.id), None)
            why = said.why if said else ""
            mend = str(message.hint or (said.mend if said else ""))
            where = str(message.obj or "")
            yield Finding(str(message.id), severity, str(message.msg), why, mend, where)


def local_checks(nginx_folder: Path | None) -> list[Check]:
    """Return the checks that read files; those of nginx where its configuration is found."""
    chosen: list[Check] = [system_checks, *FILES]
    chosen.append(functools.partial(nginx.configuration_is_generated, nginx_folder))
    if directory := nginx.folder(nginx_folder):
        chosen.append(functools.partial(nginx.limits_agree, directory))
        chosen.append(functools.partial(nginx.immutable_names_are_of_this_build, directory))
    return chosen


def how_many(chosen: list[Check]) -> int:
    """Return how many checks those are, with each system check of ours counted."""
    return len(chosen) - 1 + len(STATICFILES_CHECKS) + len(FILES_CHECKS)


def name_of(check: Check) -> str:
    function = check.func if isinstance(check, functools.partial) else check
    return function.__name__.replace("_", " ")


def run(check: Check) -> Iterator[Finding]:
    """Yield what a check finds, and pipeline.E100 if it breaks: the others are asked still."""
    try:
        yield from check()
    except Exception as error:  # a broken file must not hide what the other checks have to say
        yield found(
            "pipeline.E100",
            f"“{name_of(check)}” ended with {type(error).__name__}: {error}.",
            where=name_of(check),
        )


def is_silenced(finding: Finding) -> bool:
    """Return whether SILENCED_SYSTEM_CHECKS names it: one list for both kinds."""
    return finding.id in settings.SILENCED_SYSTEM_CHECKS


def site_address(named: str | None) -> str:
    """Return where the site is: as named, as browsers see it, or where gunicorn listens."""
    origins = getattr(settings, "SITE_ORIGINS", [])
    usual = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
    return f"{(named or next(iter(origins), usual)).rstrip('/')}/"


def live_checks(named: str | None) -> list[Check]:
    """Return the checks that act."""
    site = site_address(named)
    acting = (
        live_page.examine_page,
        live_page.examine_private_pages,
        live_storages.examine_storages,
    )
    return [functools.partial(check, site) for check in acting]
