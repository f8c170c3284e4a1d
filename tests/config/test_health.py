import shutil
import time

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import OperationalError

from config import health
from config.health import hanging_up_after
from uploads.apps import make_folders

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folders():
    make_folders()
    health.away.clear()


def test_healthz_answers_without_touching_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]


def test_readyz_answers_200_when_every_part_is_there(client):
    response = client.get("/readyz")
    assert response.status_code == 200, response.json()
    assert response.json()["ready"] is True


def refused_part(client):
    response = client.get("/readyz")
    assert response.status_code == 503
    bad = {name: said for name, said in response.json()["checks"].items() if said != "ok"}
    assert len(bad) == 1
    return bad.popitem()


def test_readyz_names_a_database_that_does_not_answer(client, monkeypatch):
    def refuse(*args, **kwargs):
        raise OperationalError("password for user vitrine is hunter2")

    monkeypatch.setattr("config.health.connection.cursor", refuse)
    response = client.get("/readyz")
    assert response.status_code == 503
    checks = response.json()["checks"]
    assert checks["database"] == "does not answer"
    assert checks["migrations"] == "unknown without the database"
    assert "hunter2" not in response.content.decode()


def test_readyz_hangs_up_on_a_database_that_keeps_it_waiting():
    if connection.vendor != "postgresql":
        return  # nothing to wait for: SQLite is a file
    start = time.monotonic()
    with (
        pytest.raises(OperationalError),
        hanging_up_after(0.2),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_sleep(30)")
    assert time.monotonic() - start < 5
    connection.close()


def test_readyz_counts_the_migrations_that_are_missing(client):
    MigrationRecorder(connection).record_unapplied("catalog", "0002_search_index")
    assert refused_part(client) == ("migrations", "1 not applied; run manage.py migrate")


@pytest.mark.parametrize(
    ("alias", "part"), [("default", "private storage"), ("public", "public storage")]
)
def test_readyz_names_a_storage_that_does_not_answer(client, monkeypatch, alias, part):
    def refuse():
        raise OSError("disk gone")

    monkeypatch.setattr(storages[alias], "ping", refuse)
    assert refused_part(client) == (part, "does not answer")


def test_readyz_names_a_folder_that_is_not_writable(client, monkeypatch):
    monkeypatch.setattr("uploads.storages.os.access", lambda path, mode: False)
    checks = client.get("/readyz").json()["checks"]
    assert checks["private storage"] == checks["public storage"] == "does not answer"


def test_readyz_names_a_missing_static_manifest(client, monkeypatch):
    monkeypatch.setattr(storages["staticfiles"], "manifest_hash", "")
    assert refused_part(client)[0] == "manifest"


def test_readyz_names_a_missing_bundle(client, settings, tmp_path):
    settings.DJANGO_VITE = {"default": {"manifest_path": tmp_path / "manifest.json"}}
    assert refused_part(client) == ("manifest", "no Vite manifest; run ./dev build")


def test_in_development_no_manifest_is_needed(client, settings, monkeypatch):
    settings.DEBUG = True
    monkeypatch.setattr(storages["staticfiles"], "manifest_hash", "")
    assert client.get("/readyz").status_code == 200


def test_a_probe_by_address_over_plain_http_is_answered(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    for path in ("/healthz", "/readyz"):
        assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/", headers={"host": "10.0.0.7:8000"}).status_code == 400
    assert client.get("/").status_code == 301


def test_a_volume_that_is_not_mounted_is_noticed_and_not_papered_over(client, settings):
    shutil.rmtree(settings.MEDIA_DIR)
    checks = client.get("/readyz").json()["checks"]
    assert checks["private storage"] == checks["public storage"] == "does not answer"
    assert not settings.MEDIA_DIR.exists()


def test_an_outage_is_logged_when_it_begins_and_when_it_ends_and_not_with_each_probe(
    client, monkeypatch, caplog
):
    caplog.set_level("INFO", "config.health")

    def broken():
        raise OSError("away")

    with monkeypatch.context() as patch:
        patch.setitem(health.CHECKS, "private storage", broken)
        for _ in range(3):
            assert client.get("/readyz").status_code == 503
    for _ in range(2):
        assert client.get("/readyz").status_code == 200
    said = [record.getMessage() for record in caplog.records if record.name == "config.health"]
    assert said == [
        "/readyz: private storage does not answer",
        "/readyz: private storage answers again",
    ]
