"""How much one member may keep, how often they may send, and what a request with a file may weigh.

| what           | limit                               | where it is refused                       |
|----------------|-------------------------------------|-------------------------------------------|
| a request      | the file's limit and 1 MiB          | `config/limits.py`, before its body       |
| how often      | 120 at once, then one in 2 seconds  | `config/limits.py`, before its body       |
| our work       | 5 seconds' rest for each of ours    | there, and before the next file's body    |
| what is kept   | 100 files, 500 MiB                  | there when full; in `reserved()` exactly  |

The numbers are in `config/settings.py`, region `media`.
Source: OWASP ASVS 5.0, 5.2.1 (size and volume) and 5.2.4 (quota and number of files per user).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from uploads.models import Allowance, Reservation

View = TypeVar("View", bound=Callable[..., Any])

logger = logging.getLogger(__name__)

MIB = 1024 * 1024
REST = 5  # seconds that a member waits for each second of ours: a sixth of one process at most
LONGEST_REST = timedelta(minutes=10)
RESERVED_FOR = timedelta(minutes=15)  # far longer than any server waits for a file to be stored


@dataclass(frozen=True)
class TakesFile:
    """What is decided about a request for a view before its body is read."""

    most: int  # bytes of the file
    staff: bool = False
    refuse: Callable[[HttpRequest], HttpResponse | None] | None = None

    @property
    def request_bytes(self) -> int:
        return self.most + int(settings.REQUEST_MAX_BYTES)


def takes_file(
    most: int,
    *,
    staff: bool = False,
    refuse: Callable[[HttpRequest], HttpResponse | None] | None = None,
) -> Callable[[View], View]:
    """Mark a view that takes a file of up to `most` bytes; every other takes text alone.

    Who sends to it must be signed in, with `staff` as staff, and each POST counts against their
    rate. `refuse` may answer then, and must not touch `request.POST`. All this is done by
    `config.limits.RequestLimitsMiddleware`, because the check of the CSRF token is the first to
    read the body, and reads all of it.
    """

    def mark(view: View) -> View:
        view.takes_file = TakesFile(most, staff, refuse)  # type: ignore[attr-defined]
        return view

    return mark


# region rate
def charge(user_id: Any) -> int:
    """Count one upload of this member. Return 0, or how many seconds to wait and not count it.

    A token bucket, kept as the moment at which it will be full again: each upload moves that
    moment UPLOAD_SECONDS on, and it may be UPLOAD_BURST uploads ahead. What is refused later
    counts too, since refusing is what costs us the work.
    """
    each = timedelta(seconds=settings.UPLOAD_SECONDS)
    with transaction.atomic(durable=True):
        allowance = _locked(user_id)
        now = timezone.now()
        latest = now + each * settings.UPLOAD_BURST
        # After a clock that was wrong it may lie anywhere; further than `latest` is never meant.
        full_at = min(max(allowance.full_at, now), latest)
        rest = min((allowance.rested_at or now) - now, LONGEST_REST)
        wait = max(full_at + each - latest, rest, timedelta(0))
        allowance.full_at = full_at if wait else full_at + each
        allowance.save(update_fields=["full_at"])
        return math.ceil(wait.total_seconds())


def charge_work(user_id: Any, seconds: float) -> None:
    """Have this member rest for what looking at a file took, as far as it was more than a second.

    Counting files alone, one member with files that take four seconds each, and are sound, could
    keep two processes busy for ever.
    """
    if seconds < 1:
        return
    with transaction.atomic(durable=True):
        allowance = _locked(user_id)
        now = timezone.now()
        rested_at = max(allowance.rested_at or now, now) + timedelta(seconds=seconds * REST)
        allowance.rested_at = min(rested_at, now + LONGEST_REST)
        allowance.save(update_fields=["rested_at"])


# endregion


# region quota
@dataclass(frozen=True)
class Usage:
    """What a member keeps."""

    files: int
    size: int  # bytes

    @property
    def meters(self) -> list[dict[str, float]]:
        """Return used and most: of files, and of mebibytes in tenths, which people call MB."""
        return [
            {"used": self.files, "most": settings.QUOTA_FILES},
            {"used": math.ceil(self.size * 10 / MIB) / 10, "most": settings.QUOTA_BYTES / MIB},
        ]

    def refusal(self, size: int = 1) -> ValidationError | None:
        """Return why a file of `size` bytes has no room beside this, or None."""
        if self.files >= settings.QUOTA_FILES:
            return ValidationError(
                _(
                    "You keep %(used)s of %(limit)s files, so there is no place for another. "
                    "Delete one, and its place is free at once."
                ),
                code="quota_files",
                params={"used": self.files, "limit": settings.QUOTA_FILES},
            )
        if self.size + size > settings.QUOTA_BYTES:
            return ValidationError(
                _(
                    "Your files take up %(used)s of %(limit)s, which leaves too little room for "
                    "this one. Delete some, or send a smaller one."
                ),
                code="quota_bytes",
                params={
                    "used": filesizeformat(self.size),
                    "limit": filesizeformat(settings.QUOTA_BYTES),
                },
            )
        return None


@dataclass(frozen=True)
class Room:
    """Room in somebody's quota, held until `taken()` or the end of `reserved()`."""

    user_id: Any
    size: int
    kept: Callable[[], Usage]
    reservation_id: int

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Save the row in this block: in one transaction it takes the reservation's place.

        Under the lock, so that nobody counts the file twice or not at all. Raises ValidationError
        if storing took so long that the reservation expired and others took the room.
        """
        with transaction.atomic(durable=True):
            allowance = _locked(self.user_id)
            mine = Reservation.objects.filter(pk=self.reservation_id, expires_at__gt=timezone.now())
            if not mine.delete()[0]:
                _refuse_beyond(_promised(allowance, self.kept()), self.size)
            yield


@contextmanager
def reserved(user_id: Any, size: int, kept: Callable[[], Usage]) -> Iterator[Room]:
    """Hold room for a file of `size` bytes while the block stores it and takes the room.

    `kept` counts what the member keeps. Raises ValidationError, `quota_files` or `quota_bytes`,
    if there is no room beside that and what is on its way by other requests.

    Two short transactions, each under the lock of the member's row in `Allowance`, with the
    storage between them: however many requests come at once, no one is promised the last place
    twice, and none waits for another's bytes. A process that is killed leaves a reservation, which
    expires. Source: OWASP ASVS 5.0, 5.2.4.
    """
    with transaction.atomic(durable=True):
        allowance = _locked(user_id)
        _refuse_beyond(_promised(allowance, kept()), size)
        expires_at = timezone.now() + RESERVED_FOR
        made = Reservation.objects.create(allowance=allowance, size=size, expires_at=expires_at)
    try:
        yield Room(user_id, size, kept, made.pk)
    except BaseException:
        try:
            Reservation.objects.filter(pk=made.pk).delete()
        except DatabaseError:
            logger.warning("Reservation %s stays until it expires.", made.pk, exc_info=True)
        raise


def _promised(allowance: Allowance, kept: Usage) -> Usage:
    """Return what is kept and what is on its way, once all that has expired is forgotten."""
    allowance.reservations.filter(expires_at__lte=timezone.now()).delete()
    sizes = list(allowance.reservations.values_list("size", flat=True))
    return Usage(kept.files + len(sizes), kept.size + sum(sizes))


def _refuse_beyond(usage: Usage, size: int) -> None:
    if refusal := usage.refusal(size):
        raise refusal


# endregion


def _locked(user_id: Any) -> Allowance:
    """Return the member's row, locked until the transaction ends."""
    new = {"full_at": timezone.now()}
    return Allowance.objects.select_for_update().get_or_create(user_id=user_id, defaults=new)[0]
