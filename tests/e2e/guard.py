"""What a visitor's browser must never report, on any page of any journey."""

import re

import pytest

# Every violation becomes a console error, also those that Chromium would report
# only to a listener. The document is not there yet when an init script runs.
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (violation) => {
  console.error(
    `CSP violation: ${violation.effectiveDirective} blocked ${violation.blockedURI || "inline"}`
      + ` at ${violation.sourceFile || violation.documentURI}:${violation.lineNumber}`,
  );
}, { capture: true });
"""


class PageGuard:
    """Collects console errors and warnings, page errors, CSP violations and failed requests.

    A fault that a test means to cause is declared with `expect` before it
    happens. `check` fails on every other fault, and on a declared one that
    never came, so that no declaration outlives its reason.
    """

    def __init__(self):
        self.faults = []
        self.expected = []
        self.contexts = []

    def watch(self, context):
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self.on_console)
        context.on("weberror", lambda error: self.faults.append(f"page error: {error.error}"))
        context.on("requestfailed", self.on_request_failed)
        context.on("response", self.on_response)
        self.contexts.append(context)

    def expect(self, status, path):
        """Declare that answers with this status are meant, at paths matching the pattern."""
        self.expected.append((status, re.compile(path)))

    def on_console(self, message):
        if message.type in ("error", "warning"):
            where = message.location.get("url", "")
            self.faults.append(f"console {message.type}: {message.text} at {where}")

    def on_request_failed(self, request):
        # The browser itself aborts what it no longer needs: a navigation that
        # becomes a download, a picture of a page already left.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"request failed: {request.failure} at {request.url}")

    def on_response(self, response):
        if response.status >= 400:
            self.faults.append(f"status {response.status} at {response.url}")

    def check(self):
        for context in self.contexts:
            for page in context.pages:
                page.title()  # one round trip, so that all earlier events have arrived
        faults, self.faults = self.faults, []
        expected, self.expected = self.expected, []
        for status, path in expected:
            declared = [fault for fault in faults if is_answer(fault, status, path)]
            if not declared:
                faults.append(f"declared, but never seen: status {status} at {path.pattern}")
            faults = [fault for fault in faults if fault not in declared]
        if faults:
            pytest.fail("The browser reported:\n" + "\n".join(faults), pytrace=False)


def is_answer(fault, status, path):
    """Return whether the fault is the answer itself, or Chromium's console line about it."""
    text, _, url = fault.rpartition(" at ")
    ours = text == f"status {status}" or (
        text.startswith("console error: Failed to load resource") and f"status of {status}" in text
    )
    return ours and path.search(url) is not None
