"""What may be printed of an address: neither who signs in nor what opens a file."""

import re

ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.IGNORECASE)
USERINFO = re.compile(r"(?<=//)[^/?#\s]*@")  # of //host, too, and with any character in it
QUERY = re.compile(r"\?[^#\s]*")
# Parameters of S3, Google, Azure and CloudFront that are a signature, or half of one.
OPENS = re.compile(
    r"[?&;](?:x-(?:amz|goog)-[^=]*|signature|sig|awsaccesskeyid|googleaccessid|policy|key-pair-id|"
    r"[^=&;]*(?:token|secret|password)[^=&;]*)=",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """Return text with "…" for userinfo and for a query with a signature, in each address of it.

    A finding is pasted into tickets and logs. The query goes as a whole: what is left of a
    signature's parameters still says whose key it is.
    """
    return ADDRESS.sub(lambda match: _without_signature(match[0]), USERINFO.sub("…@", text))


def _without_signature(address: str) -> str:
    return QUERY.sub("?…", address, count=1) if OPENS.search(address) else address
