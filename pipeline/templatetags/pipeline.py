import re

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def size(number: int) -> str:
    """Return bytes as the X-ray panel writes them: 637 B, 12.3 kB, 1.2 MB, in thousands."""
    if number < 1000:
        return f"{number} B"
    amount, unit = (number / 1000, "kB") if number < 1_000_000 else (number / 1_000_000, "MB")
    return f"{amount:.1f}".removesuffix(".0") + f" {unit}"


@register.filter
def pathwise(text: str) -> SafeString:
    """Let a long path break its line after a slash or a dot, so that `css` stays one word."""
    return _breakable(re.split(r"(?<=[/.])", text))


@register.filter
def wordwise(text: str) -> SafeString:
    """Let the name of a class break its line between its words."""
    return _breakable(re.split(r"(?<=[a-z])(?=[A-Z])", text))


def _breakable(parts: list[str]) -> SafeString:
    return format_html_join("", "{}<wbr>", ((part,) for part in parts if part))
