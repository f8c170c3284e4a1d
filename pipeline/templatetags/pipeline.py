from django import template

register = template.Library()


@register.filter
def size(number: int) -> str:
    """Return bytes as the X-ray panel writes them: 637 B, 12.3 kB, 1.2 MB, in thousands."""
    if number < 1000:
        return f"{number} B"
    amount, unit = (number / 1000, "kB") if number < 1_000_000 else (number / 1_000_000, "MB")
    return f"{amount:.1f}".removesuffix(".0") + f" {unit}"
