"""Each server says on a file that it was the one who sent it; X-ray reads that in the browser.

The names are constants: nothing is measured, and nothing about a visitor is told. nginx and Apache
have the same line in their own configuration.
"""

from collections.abc import MutableMapping


def served_by(server: str) -> str:
    """Return the value of a Server-Timing header that names who sent the answer."""
    return f'served;desc="{server}"'


def say_whitenoise(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """Tell that WhiteNoise sent the file (`WHITENOISE_ADD_HEADERS_FUNCTION`).

    On another origin, a CDN's, scripts may read this and the sizes only where the file allows it.
    Our static files are the same for everyone, so they allow it to all.
    """
    headers["Server-Timing"] = served_by("WhiteNoise")
    headers["Timing-Allow-Origin"] = "*"
