import pytest
from django.core.files.base import ContentFile

from uploads.storages import public_storage

KEY = "avatars/2026/11/one.webp"


@pytest.fixture
def one():
    public_storage().save(KEY, ContentFile(b"<script>alert(1)</script>"))


def test_a_public_file_is_served_as_inert_bytes_for_ever(client, one):
    response = client.get(f"/media/{KEY}")
    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cross-Origin-Resource-Policy"] == "same-site"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in response


@pytest.mark.parametrize(
    "key",
    [
        "avatars/2026/11/none.webp",
        "avatars",
        "avatars/",
        f"{KEY}/x.webp",
        "../private/x.pdf",
        "%2e%2e/%2e%2e/etc/passwd",
        "x.html",
        "a\x00.webp",
        "x" * 300 + ".webp",
    ],
)
def test_anything_else_under_media_is_a_404(client, db, one, key):
    assert client.get(f"/media/{key}").status_code == 404


def test_nothing_can_be_written_there(client, db, one):
    assert client.post(f"/media/{KEY}").status_code == 405
