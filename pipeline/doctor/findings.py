"""What a check yields, and how a system check yields the same."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import wraps
from typing import Any

from django.core.checks import ERROR, INFO, WARNING, CheckMessage

from pipeline.doctor.catalogue import CATALOGUE
from pipeline.doctor.secrecy import masked

MOST_NAMES = 5


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong here: names, paths and values; why it bites; the line that mends."""

    id: str
    severity: str  # "error", "warning" or "info"
    what: str
    why: str
    mend: str
    where: str = ""  # the file, setting or address to look at

    def __post_init__(self) -> None:
        """Mask what no finding may print, here, so that no check can forget it."""
        for name in ("what", "mend", "where"):
            object.__setattr__(self, name, masked(getattr(self, name)))

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def found(id: str, what: str, mend: str = "", where: str = "") -> Finding:
    """Return a finding of the catalogue about what is wrong here."""
    entry = CATALOGUE[id]
    return Finding(entry.id, entry.severity, what, entry.why, mend or entry.mend, where)


class FindingMessage(CheckMessage):
    """A finding as Django's checks print it."""

    def __init__(self, finding: Finding) -> None:
        level = {"error": ERROR, "warning": WARNING, "info": INFO}[finding.severity]
        text = f"{finding.what} {finding.why}"
        super().__init__(level, text, hint=finding.mend, id=finding.id)
        self.finding = finding


def system_check(check: Callable[[], Iterable[Finding]]) -> Callable[..., list[CheckMessage]]:
    """Turn a check into one that Django's registry can run."""

    @wraps(check)
    def run(**kwargs: Any) -> list[CheckMessage]:
        return [FindingMessage(finding) for finding in check()]

    del run.__wrapped__  # Django wants to see the **kwargs
    return run


def some(names: Iterable[str], most: int = MOST_NAMES) -> str:
    """Return the first names, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def each_once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings in their order, none twice."""
    yield from dict.fromkeys(findings)
