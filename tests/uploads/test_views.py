import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile
from django.http import Http404

from uploads.storages import PrivateFiles, public_storage
from uploads.views import private_download

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


@pytest.fixture
def download(tmp_path):
    """Return a function that downloads a key of a private folder with an awkward name."""
    storage = PrivateFiles(location=tmp_path / "é 100%")
    storage.save("documents/one two.pdf", ContentFile(b"%PDF-"))

    def run(key="documents/one two.pdf"):
        field = type("Field", (), {"storage": storage})()
        return private_download(FieldFile(None, field, key), "Loan ä.pdf")

    return run


@pytest.mark.parametrize("front", ["nginx", "apache"])
def test_a_private_file_is_handed_to_the_server_in_front_and_never_read_here(
    download, settings, front, monkeypatch
):
    here = download()
    here.file_to_stream.close()
    settings.MEDIA_SENDFILE = front
    monkeypatch.setattr(PrivateFiles, "open", lambda *args: pytest.fail("opened a file"))
    handed_over = download()
    assert (handed_over.status_code, handed_over.content) == (200, b"")
    ours = {name: value for name, value in handed_over.items() if "-Redirect" not in name}
    ours.pop("X-Sendfile", None)
    assert ours == {name: value for name, value in here.items() if name != "Content-Length"}
    assert {"Content-Type", "Content-Disposition", "Content-Security-Policy"} <= set(ours)


def test_nginx_is_told_the_key_below_its_internal_location(download, settings):
    settings.MEDIA_SENDFILE = "nginx"
    response = download()
    assert response["X-Accel-Redirect"] == "/protected/documents/one%20two.pdf"
    assert "X-Sendfile" not in response


def test_apache_is_told_the_whole_path(download, settings, tmp_path):
    settings.MEDIA_SENDFILE = "apache"
    response = download()
    place = f"{tmp_path}/%C3%A9%20100%25/documents/one%20two.pdf"
    assert response["X-Sendfile"] == place
    assert "X-Accel-Redirect" not in response


@pytest.mark.parametrize("front", ["none", "nginx", "apache"])
def test_a_private_file_that_is_lost_is_a_404_before_the_server_in_front_is_asked(
    download, settings, front
):
    settings.MEDIA_SENDFILE = front
    with pytest.raises(Http404):
        download("documents/none.pdf")


@pytest.mark.parametrize("front", ["none", "nginx", "apache"])
def test_a_key_outside_the_private_folder_is_refused_whoever_sends(download, settings, front):
    settings.MEDIA_SENDFILE = front
    with pytest.raises(SuspiciousFileOperation):
        download("../elsewhere.pdf")
