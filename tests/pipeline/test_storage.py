"""One hasher per file: what StaticFilesStorage does to a small tree, file by file."""

import json
import re
import warnings

import pytest
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from pipeline.storage import BundleNames, StaticFilesStorage

ENTRY = "frontend/main.0123456789ab.js"
CHUNK = "frontend/crop.ba9876543210.js"
LONG = "/* a rule worth compressing */ " * 40

TREE = {
    ENTRY: f'import("./crop.ba9876543210.js");{LONG}\n//# sourceMappingURL={ENTRY[9:]}.map',
    f"{ENTRY}.map": json.dumps({"version": 3, "mappings": "A" * 500}),
    CHUNK: f"export default 1;{LONG}",
    "catalog/css/catalog.css": f'a {{ background: url("../img/frame.svg") }} {LONG}',
    "catalog/img/frame.svg": f"<svg><!--{LONG}--></svg>",
    "site/logo.svg": "<svg/>",
}


@pytest.fixture
def collect(tmp_path):
    """Return a function that runs a tree through collectstatic's two steps."""

    def run(tree, storage_class=StaticFilesStorage):
        sources = FileSystemStorage(location=tmp_path / "sources")
        storage = storage_class(location=tmp_path / "collected", base_url="/static/")
        for name, content in tree.items():
            path = tmp_path / "sources" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
            with sources.open(name) as file:
                storage.save(name, file)
        results = list(storage.post_process({name: (sources, name) for name in tree}))
        return storage, results, tmp_path / "collected"

    return run


def errors_of(results):
    return [done for _, _, done in results if isinstance(done, Exception)]


def test_vite_files_keep_their_names_and_all_others_get_one_hash(collect):
    storage, results, collected = collect(TREE)
    assert errors_of(results) == []
    assert storage.url(ENTRY) == f"/static/{ENTRY}"
    assert storage.url(CHUNK) == f"/static/{CHUNK}"
    assert re.fullmatch(r"/static/site/logo\.[0-9a-f]{12}\.svg", storage.url("site/logo.svg"))
    scripts = sorted(path.name for path in (collected / "frontend").glob("*.js"))
    assert scripts == ["crop.ba9876543210.js", "main.0123456789ab.js"]


def test_vite_files_keep_their_bytes(collect):
    _, _, collected = collect(TREE)
    assert (collected / ENTRY).read_text() == TREE[ENTRY]


def test_every_text_is_compressed_with_brotli_and_gzip_vites_too(collect):
    _, _, collected = collect(TREE)
    for name in (ENTRY, f"{ENTRY}.map", CHUNK):
        assert (collected / f"{name}.br").stat().st_size < (collected / name).stat().st_size
        assert (collected / f"{name}.gz").is_file()
    css = next((collected / "catalog/css").glob("catalog.????????????.css"))
    assert css.with_name(f"{css.name}.br").is_file()


def test_css_refers_to_the_hashed_name_of_its_picture(collect):
    storage, _, collected = collect(TREE)
    css = collected / storage.stored_name("catalog/css/catalog.css")
    frame = storage.stored_name("catalog/img/frame.svg").rpartition("/")[2]
    assert f'url("../img/{frame}")' in css.read_text()


def test_css_may_refer_into_the_bundle_and_the_name_stays_vites(collect):
    picture = "frontend/paper.00112233aabb.png"
    css = 'a { background: url("../../frontend/paper.00112233aabb.png") }'
    storage, results, collected = collect({picture: "png", "site/css/a.css": css})
    assert errors_of(results) == []
    assert (
        "paper.00112233aabb.png" in (collected / storage.stored_name("site/css/a.css")).read_text()
    )


def test_the_manifest_read_back_names_every_file_of_both_hashers(collect):
    storage, _, collected = collect(TREE)
    again = StaticFilesStorage(location=collected, base_url="/static/")
    assert again.hashed_files == storage.hashed_files
    assert set(again.hashed_files) == set(TREE)


def test_a_bundle_file_without_a_hash_in_its_name_stops_the_build(collect):
    _, results, _ = collect({"frontend/main.js": "1"})
    [error] = errors_of(results)
    assert "frontend/main.js is in the Vite bundle without a 12-digit hex hash" in str(error)


def test_a_missing_picture_stops_the_build(collect):
    _, results, _ = collect({"site/css/a.css": 'a { background: url("gone.png") }'})
    [error] = errors_of(results)
    assert "gone.png" in str(error)


def test_a_bundle_file_that_is_missing_stops_the_build_too(collect):
    css = 'a { background: url("../../frontend/gone.00112233aabb.png") }'
    _, results, _ = collect({"site/css/a.css": css})
    [error] = errors_of(results)
    assert "frontend/gone.00112233aabb.png" in str(error)


def test_a_missing_source_map_only_warns(collect):
    tree = {"site/js/lib.js": "1;\n//# sourceMappingURL=lib.js.map\n"}
    with pytest.warns(UserWarning, match=r"lib\.js\.map does not exist"):
        storage, results, collected = collect(tree)
    assert errors_of(results) == []
    script = collected / storage.stored_name("site/js/lib.js")
    assert "sourceMappingURL=lib.js.map" in script.read_text()


def test_an_unknown_name_is_an_error_not_a_broken_link(collect):
    storage, _, _ = collect(TREE)
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        storage.url("catalog/css/catlog.css")


def test_with_whitenoises_option_to_keep_only_hashed_files_vites_are_kept(collect, settings):
    settings.WHITENOISE_KEEP_ONLY_HASHED_FILES = True
    _, _, collected = collect(TREE)
    assert (collected / ENTRY).is_file()
    assert (collected / CHUNK).is_file()
    assert not (collected / "site/logo.svg").exists()


def test_a_dry_run_writes_nothing(collect, tmp_path):
    storage = StaticFilesStorage(location=tmp_path / "dry", base_url="/static/")
    assert list(storage.post_process({}, dry_run=True)) == []
    assert not (tmp_path / "dry").exists()


def test_the_stock_storage_hashes_vites_files_a_second_time(collect):
    """Why StaticFilesStorage exists; should this fail one day, the class can go."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        storage, _, collected = collect(TREE, CompressedManifestStaticFilesStorage)
    assert re.search(r"main\.0123456789ab\.[0-9a-f]{12}\.js$", storage.url(ENTRY))
    entry = (collected / storage.stored_name(ENTRY)).read_text()
    assert './crop.ba9876543210.js"' in entry  # and the chunk's twin is what Django hands out


def test_with_the_bases_the_other_way_round_vites_files_stay_uncompressed(collect):
    """Why the order of the bases matters."""

    class Reversed(BundleNames, CompressedManifestStaticFilesStorage):
        pass

    _, _, collected = collect(TREE, Reversed)
    assert not (collected / f"{ENTRY}.br").exists()
