"""How the site talks to an S3 server, whatever it keeps there."""

from typing import Any

from botocore.config import Config


def client_config(options: dict[str, Any], **more: Any) -> Config:
    """Take what is ours out of a storage's options; return the rest of it as a Config.

    `checksums`: newer SDKs send checksum trailers that several S3-compatible servers refuse, so
    the default is "when_required". `addressing_style`: "virtual" or "path".
    """
    checksums = options.pop("checksums", "when_required")
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": options.pop("addressing_style", "virtual")},
        request_checksum_calculation=checksums,
        response_checksum_validation=checksums,
        connect_timeout=5,
        read_timeout=20,
        **more,
    )
