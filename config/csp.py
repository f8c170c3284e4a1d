"""Content-Security-Policy in Django 6's words, on Django 5.2.

`SECURE_CSP`, `CSP.SELF` and the middleware are Django 6's. On Django 6 this module only passes
Django's own on; with the move to it, delete the file and import from Django.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

if django.VERSION >= (6, 0):
    from django.middleware.csp import ContentSecurityPolicyMiddleware  # type: ignore[import-not-found,unused-ignore]
    from django.utils.csp import CSP  # type: ignore[import-not-found,unused-ignore]
else:

    class CSP(StrEnum):  # type: ignore[no-redef,unused-ignore]
        """The source keywords this site uses, quoted as the standard wants them."""

        HEADER_ENFORCE = "Content-Security-Policy"
        NONE = "'none'"
        SELF = "'self'"
        UNSAFE_INLINE = "'unsafe-inline'"

    def build_policy(config: Mapping[str, Iterable[str]]) -> str:
        """Return the header's value; an empty list of sources leaves its directive out."""
        return "; ".join(
            f"{directive} {' '.join(values)}" for directive, values in config.items() if values
        )

    class ContentSecurityPolicyMiddleware(MiddlewareMixin):  # type: ignore[no-redef,unused-ignore]
        """Send `SECURE_CSP`, unless the view has set a policy of its own."""

        def process_response(
            self, request: HttpRequest, response: HttpResponseBase
        ) -> HttpResponseBase:
            if settings.DEBUG and response.status_code in (404, 500):
                return response  # Django's pages for developers are styled inline
            response.headers.setdefault(str(CSP.HEADER_ENFORCE), build_policy(settings.SECURE_CSP))
            return response


__all__ = ["CSP", "ContentSecurityPolicyMiddleware"]
