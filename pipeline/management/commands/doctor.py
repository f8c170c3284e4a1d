"""Says what is wrong with files here, why it bites in production, and what mends it."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pipeline.doctor import examination, report
from pipeline.doctor.findings import Finding, each_once


class Command(BaseCommand):
    help = (
        "Examine static files and uploads: settings, files, and with --live the running site and "
        "its storages. Exit status: 0 nothing found, 1 warnings, 2 errors."
    )
    requires_system_checks = []  # they are among the findings

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--live",
            action="store_true",
            help="also store, read and delete a file in each storage, and fetch the front page "
            "with all its files",
        )
        parser.add_argument(
            "--url",
            help="the site's address for --live; else the first of SITE_ORIGINS, or "
            "http://127.0.0.1:$PORT",
        )
        parser.add_argument(
            "--nginx", type=Path, metavar="DIR", help="nginx's configuration, with generated/ in it"
        )
        parser.add_argument("--json", action="store_true", help="one array of objects")
        parser.add_argument("--list", action="store_true", help="print every check, and stop")

    def handle(self, **options: Any) -> None:
        if options["list"]:
            self.stdout.write(report.catalogue())
            return
        checks = examination.local_checks(options["nginx"])
        if options["live"]:
            checks += examination.live_checks(options["url"])
        findings: list[Finding] = []
        for number, check in enumerate(checks, start=1):
            self.progress(f"{number}/{len(checks)} {examination.name_of(check)}")
            findings += examination.run(check)
        self.progress("")
        findings = [f for f in each_once(findings) if not examination.is_silenced(f)]
        if options["json"]:
            self.stdout.write(report.as_json(findings))
        else:
            self.show(findings, examination.how_many(checks), options)
        if status := report.exit_status(findings):
            sys.exit(status)

    def show(self, findings: list[Finding], asked: int, options: dict[str, Any]) -> None:
        wanted = not options["no_color"] and not os.environ.get("NO_COLOR")
        coloured = options["force_color"] or (self.stdout.isatty() and wanted)
        width = shutil.get_terminal_size((100, 24)).columns if self.stdout.isatty() else 100
        if findings:
            self.stdout.write(report.as_table(findings, coloured=coloured, width=min(width, 120)))
        self.stdout.write(report.summary(findings, asked))

    def progress(self, said: str) -> None:
        """Rewrite one line on a terminal; say nothing elsewhere."""
        if self.stderr.isatty():
            width = shutil.get_terminal_size().columns - 1
            self.stderr.write(f"\r\033[K{said[:width]}", style_func=str, ending="")
            self.stderr.flush()
