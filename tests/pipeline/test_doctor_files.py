"""The doctor's checks of files, on a small site of its own that is collected for real."""

import gzip
import json
import os
import shutil
import subprocess
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from pipeline.caching import fingerprinted_names, is_fingerprinted
from pipeline.doctor import (
    collected,
    deployment,
    encodings,
    examination,
    machine,
    shipped,
    templates,
)

ENTRY = "main.0123456789ab.js"
CSS = "a { color: red } /* worth compressing */ " * 40


@pytest.fixture
def site(settings, tmp_path):
    """A project in a folder of its own: sources, a bundle, a template; nothing collected yet."""
    write(tmp_path / "static/site/logo.svg", "<svg/>")
    write(tmp_path / "static/site/css/site.css", CSS)
    write(tmp_path / "frontend/src/main.ts", "export {};")
    manifest = write(
        tmp_path / "frontend/dist/.vite/manifest.json",
        json.dumps({"src/main.ts": {"file": ENTRY, "src": "src/main.ts"}}),
    )
    write(tmp_path / "frontend/dist" / ENTRY, "export {};")
    write(tmp_path / "templates/page.html", "{% load static %}{% static 'site/logo.svg' %}")
    settings.BASE_DIR = tmp_path
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [tmp_path / "static", ("frontend", tmp_path / "frontend/dist")]
    settings.STATIC_ROOT = tmp_path / "staticfiles"
    vite = {**settings.DJANGO_VITE["default"], "manifest_path": manifest}
    settings.DJANGO_VITE = {"default": vite}
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path / "templates"]}]
    fingerprinted_names.cache_clear()
    yield tmp_path
    fingerprinted_names.cache_clear()


@pytest.fixture
def built(site):
    """The same site, collected."""
    call_command("collectstatic", "--noinput", verbosity=0, skip_checks=True)
    fingerprinted_names.cache_clear()
    return site


def write(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def hashed(site, name):
    manifest = json.loads((site / "staticfiles/staticfiles.json").read_text())
    return site / "staticfiles" / manifest["paths"][name]


def only(findings, id):
    """Return what the one finding, which has this id, says is wrong."""
    findings = list(findings)
    assert [finding.id for finding in findings] == [id]
    assert findings[0].why
    assert findings[0].mend
    return findings[0].what


# What is collected


EVERY = [check for check in examination.FILES if check.__module__ == collected.__name__]


@pytest.mark.parametrize("check", EVERY, ids=lambda check: check.__name__)
def test_a_site_that_was_just_collected_has_no_finding(built, check):
    assert list(check()) == []


@pytest.mark.parametrize("check", EVERY, ids=lambda check: check.__name__)
def test_in_development_nobody_reads_what_is_collected(site, settings, check):
    settings.DEBUG = True
    assert list(check()) == []


def test_a_missing_static_root_is_found(site):
    assert "STATIC_ROOT, staticfiles," in only(collected.static_root(), "pipeline.E101")


def test_an_empty_static_root_is_found(site):
    (site / "staticfiles").mkdir()
    assert "staticfiles, is empty" in only(collected.static_root(), "pipeline.E102")


def test_a_source_that_changed_since_is_found_whatever_its_time_says(built):
    source = built / "static/site/css/site.css"
    before = source.stat()
    source.write_text(CSS.replace("red", "tan"))
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    what = only(collected.collected_files_are_of_these_sources(), "pipeline.E103")
    assert "1 differ from their sources: site/css/site.css" in what


def test_a_source_that_is_not_collected_is_found(built):
    write(built / "static/site/new.svg", "<svg/>")
    what = only(collected.collected_files_are_of_these_sources(), "pipeline.E103")
    assert "1 are not collected: site/new.svg" in what


def test_a_copy_with_another_time_is_the_same_file(built):
    os.utime(built / "static/site/logo.svg", (0, 0))
    assert list(collected.collected_files_are_of_these_sources()) == []


def test_only_hashed_files_are_enough(built, settings):
    settings.WHITENOISE_KEEP_ONLY_HASHED_FILES = True
    for name in ("site/logo.svg", "site/css/site.css"):
        (built / "staticfiles" / name).unlink()
    assert list(collected.collected_files_are_of_these_sources()) == []
    hashed(built, "site/logo.svg").write_text("<svg>another</svg>")
    what = only(collected.collected_files_are_of_these_sources(), "pipeline.E103")
    assert "site/logo.svg" in what


def test_a_missing_manifest_is_found(built):
    (built / "staticfiles/staticfiles.json").unlink()
    assert "staticfiles/staticfiles.json" in only(collected.manifest(), "pipeline.E104")


def test_half_a_manifest_is_found(built):
    write(built / "staticfiles/staticfiles.json", '{"paths": {"a')
    assert "Unterminated string" in only(collected.manifest(), "pipeline.E104")


def test_a_manifest_of_another_build_is_found(built):
    gone = hashed(built, "site/logo.svg")
    gone.unlink()
    assert gone.name in only(collected.manifest(), "pipeline.E105")


def test_a_bundle_that_was_built_after_collecting_is_found(built):
    manifest = built / "frontend/dist/.vite/manifest.json"
    manifest.write_text(manifest.read_text().replace("0123456789ab", "ba9876543210"))
    what = only(collected.bundle_is_the_collected_one(), "pipeline.E106")
    assert "frontend/main.ba9876543210.js" in what


def test_no_bundle_is_compared_while_vite_serves(built, settings):
    settings.DJANGO_VITE["default"]["dev_mode"] = True
    shutil.rmtree(built / "staticfiles/frontend")
    assert list(collected.bundle_is_the_collected_one()) == []


def test_a_hashed_file_that_somebody_edited_is_found(built):
    path = hashed(built, "site/css/site.css")
    path.write_text("a { color: green }")
    what = only(collected.contents_have_their_fingerprints(), "pipeline.E107")
    assert path.name in what


@pytest.mark.parametrize("suffix", [".br", ".gz"])
def test_a_compressed_file_that_broke_off_is_found(built, suffix):
    path = hashed(built, "site/css/site.css")
    path = path.with_name(path.name + suffix)
    path.write_bytes(path.read_bytes()[:-5])
    what = only(collected.compressed_files_unpack_to_the_file(), "pipeline.E124")
    assert f"{path.name} (not {suffix.strip('.').replace('gz', 'gzip')}, or cut off)" in what


def test_a_compressed_file_of_an_earlier_build_is_found(built):
    path = built / "staticfiles/site/css/site.css.gz"
    path.write_bytes(gzip.compress(b"a { color: green }"))
    what = only(collected.compressed_files_unpack_to_the_file(), "pipeline.E124")
    assert "1 do not unpack to the file beside them: site/css/site.css.gz (of another" in what


def test_an_archive_without_its_content_beside_it_is_no_compressed_file(built):
    write(built / "staticfiles/site/archive.tar.gz", "an archive")
    assert list(collected.compressed_files_unpack_to_the_file()) == []


def test_without_brotli_its_files_are_said_to_be_unread_and_gzip_is_compared(built, monkeypatch):
    monkeypatch.setattr(encodings, "brotli", None)
    assert encodings.accepted() == "gzip"
    (built / "staticfiles/site/css/site.css.gz").write_bytes(b"cut")
    broken, unread = collected.compressed_files_unpack_to_the_file()
    assert (broken.id, unread.id) == ("pipeline.E124", "pipeline.I125")
    assert "site/css/site.css.br" in unread.what
    with pytest.raises(ValueError, match="pip install brotli"):
        encodings.unpacked(b"", "br")


def test_a_hashed_file_that_is_not_immutable_is_found(built, settings):
    settings.WHITENOISE_IMMUTABLE_FILE_TEST = lambda path, url: (
        "logo" not in url and is_fingerprinted(path, url)
    )
    what = only(collected.exactly_hashed_files_are_immutable(), "pipeline.E114")
    assert hashed(built, "site/logo.svg").name in what


def test_a_file_without_a_fingerprint_that_is_immutable_is_found(built, settings):
    settings.WHITENOISE_IMMUTABLE_FILE_TEST = lambda path, url: True
    what = only(collected.exactly_hashed_files_are_immutable(), "pipeline.E115")
    assert "site/css/site.css, site/logo.svg" in what


def test_unhashed_files_that_are_cached_for_long_are_found(built, settings):
    settings.WHITENOISE_MAX_AGE = 86_400
    assert list(collected.exactly_hashed_files_are_immutable()) == []
    settings.WHITENOISE_MAX_AGE = 31_536_000
    [found] = collected.exactly_hashed_files_are_immutable()
    assert (found.id, found.where) == ("pipeline.E115", "WHITENOISE_MAX_AGE")
    assert "for 31536000 seconds: site/css/site.css, site/logo.svg, " in found.what
    assert "WHITENOISE_MAX_AGE" in found.mend


def test_a_file_that_nginx_may_not_read_is_found(built):
    hashed(built, "site/logo.svg").chmod(0o640)
    what = only(collected.collected_files_can_be_read(), "pipeline.W116")
    assert f"{hashed(built, 'site/logo.svg').name} (640)" in what


# What is shipped


def test_two_files_at_one_path_are_found_and_which_of_them_wins(site, settings):
    assert list(shipped.no_two_files_have_one_path()) == []
    write(site / "another/site/logo.svg", "<svg>another</svg>")
    settings.STATICFILES_DIRS = [*settings.STATICFILES_DIRS, site / "another"]
    what = only(shipped.no_two_files_have_one_path(), "pipeline.W109")
    assert what == (
        "site/logo.svg: static/site/logo.svg wins, and another/site/logo.svg is never served."
    )


def test_an_apps_file_outside_a_folder_of_its_name_is_found(site, monkeypatch):
    app = SimpleNamespace(path=str(site / "shop"), label="shop", name="shops.shop")
    monkeypatch.setattr(shipped, "own_apps", lambda: [app])
    write(site / "shop/static/shop/shop.css")
    assert list(shipped.app_files_are_in_a_folder_of_their_app()) == []
    write(site / "shop/static/css/style.css")
    [found] = shipped.app_files_are_in_a_folder_of_their_app()
    assert found.id == "pipeline.W110"
    assert "shop/static has css beside shop/" in found.what
    assert "{% static 'shop/css' %}" in found.mend


def later(path):
    os.utime(path, (2_000_000_000, 2_000_000_000))


def test_a_source_newer_than_the_bundle_is_found(site):
    assert list(shipped.bundle_is_newer_than_its_sources()) == []
    later(write(site / "frontend/src/styles/late.css"))
    what = only(shipped.bundle_is_newer_than_its_sources(), "pipeline.W108")
    assert "frontend/src/styles/late.css" in what


def test_a_source_whose_text_the_source_map_has_is_not_newer(site):
    later(site / "frontend/src/main.ts")
    kept = {"sources": ["../src/main.ts"], "sourcesContent": ["export {};"]}
    write(site / f"frontend/dist/{ENTRY}.map", json.dumps(kept))
    assert list(shipped.bundle_is_newer_than_its_sources()) == []
    write(site / "frontend/src/main.ts", "export { another };")
    later(site / "frontend/src/main.ts")
    what = only(shipped.bundle_is_newer_than_its_sources(), "pipeline.W108")
    assert "frontend/src/main.ts" in what


# Templates


def test_a_template_that_names_a_missing_static_file_is_found_with_its_line(site):
    assert list(templates.static_names_exist()) == []
    write(site / "templates/a.html", "{% load static %}\n<p>\n{% static 'site/gone.svg' as x %}")
    [found] = templates.static_names_exist()
    assert (found.id, found.where) == ("pipeline.E111", "templates/a.html:3")
    assert "site/gone.svg" in found.what


def test_what_is_commented_out_or_verbatim_or_computed_is_no_name(site):
    write(
        site / "templates/a.html",
        "{# {% static 'gone' %} #}{% comment %}{% static 'gone' %}<a href='/static/gone'>"
        "{% endcomment %}{% verbatim %}{% static 'gone' %}{% endverbatim %}{% static name %}",
    )
    assert list(templates.static_names_exist()) == []
    assert list(templates.addresses_are_not_written_by_hand()) == []


def test_a_name_that_only_the_manifest_knows_is_enough_in_an_image(built):
    shutil.rmtree(built / "static")
    assert list(templates.static_names_exist()) == []


def test_a_template_that_names_an_entry_the_bundle_lacks_is_found(site):
    write(site / "templates/a.html", "{% load django_vite %}{% vite_asset 'src/main.ts' %}")
    assert list(templates.bundle_has_the_entries()) == []
    write(site / "templates/b.html", "{% load django_vite %}{% vite_asset_url 'src/gone.ts' %}")
    [found] = templates.bundle_has_the_entries()
    assert (found.id, found.where) == ("pipeline.E112", "templates/b.html:1")
    assert "src/gone.ts" in found.what


@pytest.mark.parametrize(
    "html",
    ['<img src="/static/site/logo.svg">', "<a\nhref='/media/a.pdf'>", "<p style=url(/static/a)>"],
)
def test_an_address_written_by_hand_is_found(site, html):
    assert list(templates.addresses_are_not_written_by_hand()) == []
    write(site / "templates/a.html", f"<p>files are under /static/ and /media/</p>\n{html}")
    what = only(templates.addresses_are_not_written_by_hand(), "pipeline.W113")
    assert what.startswith(("It says /static/", "It says /media/a.pdf"))


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<img srcset='{{ a.url }} 1x, /static/b.webp 2x'>", ["/static/b.webp:1"]),
        ('<img srcset="{{ a.url }} 2x,\n  /media/b.webp">', ["/media/b.webp:2"]),
        ("<img srcset='\n/static/a.webp 320w,/static/b.webp 1.5x'>", ["a.webp:2", "b.webp:2"]),
        ('{% with x="/static/a.svg" %}{% endwith %}', ["/static/a.svg:1"]),
        ("\n{{ user.avatar|default:'/media/nobody.webp' }}", ["/media/nobody.webp:2"]),
        ('<img src="https://cdn.example/a.svg">', ["https://cdn.example/a.svg:1"]),
        ("<a href=//cdn.example/static/a.pdf>", ["//cdn.example/static/a.pdf:1"]),
        ('{% include "a" with src="http://cdn.example/a.js" %}', ["http://cdn.example/a.js:1"]),
        ('{% if path == "/media/" %}{% endif %}', []),
        ('<link rel="preconnect" href="https://cdn.example/">', []),
        ('<link rel="preconnect" href="https://cdn.example">', []),
        ('<a href="https://cdn.example.org/a">', []),
        ("<p>first /static/a, then /static/b, or https://cdn.example/c", []),
    ],
)
def test_an_address_written_by_hand_is_found_wherever_a_browser_takes_one(
    site, settings, html, said
):
    settings.CDN_URL = "https://cdn.example"
    write(site / "templates/a.html", html)
    findings = list(templates.addresses_are_not_written_by_hand())
    assert {finding.id for finding in findings} <= {"pipeline.W113"}
    told = [f"{f.what.rstrip('.')}:{f.where.rpartition(':')[2]}" for f in findings]
    assert len(told) == len(said)
    assert all(one.endswith(other) for one, other in zip(told, said, strict=True))


# The machine and the deployment


def test_a_folder_that_cannot_be_written_to_is_found(site, settings, tmp_path):
    private = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    new = {**private, "OPTIONS": {"location": tmp_path / "not-there-yet/private"}}
    settings.STORAGES = {**settings.STORAGES, "default": new}
    assert list(machine.folders_are_writable()) == []
    file = write(tmp_path / "a-file", "no folder")
    closed = {**private, "OPTIONS": {"location": file / "private"}}
    settings.STORAGES = {**settings.STORAGES, "default": closed}
    settings.FILE_UPLOAD_TEMP_DIR = str(file)
    findings = list(machine.folders_are_writable())
    assert [f.id for f in findings] == ["pipeline.E117", "pipeline.E117"]
    assert "a-file/private cannot be written to" in findings[0].what
    assert findings[1].where == "FILE_UPLOAD_TEMP_DIR"


def test_collected_files_in_the_repository_are_found(built):
    def git(*arguments):
        subprocess.run(["git", "-C", built, *arguments], check=True, capture_output=True)

    assert list(deployment.collected_files_are_not_committed()) == []
    git("init")
    git("add", "static")
    assert list(deployment.collected_files_are_not_committed()) == []
    git("add", "staticfiles/site/logo.svg")
    what = only(deployment.collected_files_are_not_committed(), "pipeline.W118")
    assert "staticfiles/site/logo.svg" in what


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("Dockerfile", 'FROM x\nCMD sh -c "manage.py \\\n collectstatic && gunicorn"\n', 2),
        ("Dockerfile", 'ENTRYPOINT ["manage.py", "collectstatic"]\n', 1),
        ("docker/entrypoint.sh", "#!/bin/sh\npython manage.py collectstatic\n", 2),
        ("compose.yaml", "services:\n  web:\n    command: manage.py collectstatic\n", 3),
        ("Procfile", "release: python manage.py collectstatic\n", 1),
    ],
)
def test_collecting_at_the_start_is_found(site, name, text, line):
    write(site / "Dockerfile", "FROM x\n# CMD collectstatic\nRUN manage.py collectstatic\nCMD x\n")
    assert list(deployment.nothing_is_collected_at_the_start()) == []
    write(site / name, text)
    [found] = deployment.nothing_is_collected_at_the_start()
    assert (found.id, found.where) == ("pipeline.W119", f"{name}:{line}")


@pytest.mark.parametrize(
    "mount",
    [
        "- static:/app/staticfiles",
        'volumes: ["./staticfiles:/srv/app/staticfiles:ro"]',
        "target: /app/staticfiles",
    ],
)
def test_a_volume_over_the_collected_files_is_found(site, mount):
    write(site / "compose.yaml", "volumes:\n  - media:/srv/media\n  - .:/app\n  # x:/staticfiles\n")
    assert list(deployment.no_volume_hides_the_collected_files()) == []
    write(site / "compose.yaml", f"services:\n  {mount}\n")
    what = only(deployment.no_volume_hides_the_collected_files(), "pipeline.W120")
    assert what.endswith("/staticfiles.")
