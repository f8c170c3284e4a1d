"""How findings are printed: for people, or as JSON."""

import json
import textwrap
from collections.abc import Iterable

from pipeline.doctor.catalogue import CATALOGUE
from pipeline.doctor.findings import Finding

COLOURS = {"error": 31, "warning": 33, "info": 36, "bold": 1}
STATUS = {"info": 0, "warning": 1, "error": 2}
LABEL = 9  # "severity" and two spaces


def exit_status(findings: Iterable[Finding]) -> int:
    """Return 2 if there is an error, 1 if there is a warning, else 0."""
    return max((STATUS[finding.severity] for finding in findings), default=0)


def as_json(findings: list[Finding]) -> str:
    return json.dumps([finding.as_dict() for finding in findings], indent=2, ensure_ascii=False)


def as_table(findings: list[Finding], *, coloured: bool, width: int) -> str:
    """Return the findings, the worst first, each with its four questions in a column."""
    worst_first = sorted(findings, key=lambda finding: -STATUS[finding.severity])
    return "\n".join(_block(finding, coloured, width) for finding in worst_first)


def _block(finding: Finding, coloured: bool, width: int) -> str:
    def paint(text: str, colour: str) -> str:
        return f"\033[{COLOURS[colour]}m{text}\033[0m" if coloured else text

    head = f"{finding.severity:<{LABEL}}"
    where = f"  {printable(finding.where)}" if finding.where else ""
    lines = [f"{paint(head, finding.severity)}{paint(finding.id, 'bold')}{where}"]
    for label, text in (("what", finding.what), ("why", finding.why), ("mend", finding.mend)):
        if text:
            lines += textwrap.wrap(
                printable(text),
                max(width, 40),
                initial_indent=f"  {label:<{LABEL - 2}}",
                subsequent_indent=" " * LABEL,
                break_long_words=False,
                break_on_hyphens=False,
            )
    return "\n".join(lines) + "\n"


def summary(findings: list[Finding], asked: int) -> str:
    if not findings:
        return f"Nothing found by {asked} checks."
    counts = {
        name: sum(finding.severity == name for finding in findings)
        for name in ("error", "warning", "info")
    }
    parts = [
        f"{n} {name}{'s' if n > 1 and name != 'info' else ''}" for name, n in counts.items() if n
    ]
    return f"{', '.join(parts)}, by {asked} checks."


def printable(text: str) -> str:
    """Return text without control characters: names and headers come from elsewhere."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def catalogue() -> str:
    return "\n".join(
        f"{entry.id}  {entry.severity:<{LABEL}}{entry.what}" for entry in CATALOGUE.values()
    )
