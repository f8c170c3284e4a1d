"""The one storage class for the files we ship, and why it exists.

Vite fingerprints what Vite builds; Django fingerprints everything else. Stock
`CompressedManifestStaticFilesStorage` over a Vite bundle hashes it a second time: the entry is
then `main.<vite>.<django>.js`, but the chunks beside it still import `main.<vite>.js`, so the
browser loads, and runs, the entry module twice. With `WHITENOISE_KEEP_ONLY_HASHED_FILES` those
chunks are gone altogether. Turning Vite's hashing off instead leaves lazy chunks without a
fingerprint, since Django never rewrites a dynamic `import()`.

So: one hash per file, made by whoever knows the file's references.
"""

import re
import warnings
from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

# frontend/vite.config.ts writes `[name].[hash:12].js` in hex, which is Django's own format.
FINGERPRINT = re.compile(r"\.[0-9a-f]{12}\.[^/]+$")


class BundleNames(ManifestStaticFilesStorage):
    """Keeps the names Vite gave to the files of its bundle, and hands Django all others.

    The bundle's files enter the manifest under their own names, so `{% static %}`, django-vite
    and strictness work on them as on any other file.
    """

    bundle = "frontend/"  # the prefix in STATICFILES_DIRS

    def is_built(self, name: str) -> bool:
        return self.clean_name(name).startswith(self.bundle)

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Any:
        self.built = {self.clean_name(name) for name in paths if self.is_built(name)}
        others = {name: path for name, path in paths.items() if not self.is_built(name)}
        yield from super().post_process(others, dry_run=dry_run, **options)
        for name in sorted(self.built):
            if FINGERPRINT.search(name):
                yield name, name, True
            else:
                yield (
                    name,
                    None,
                    ValueError(
                        f"{name} is in the Vite bundle without a 12-digit hex hash in its name: "
                        "it would be cached for ever while its content can change. Restore the "
                        "`[hash:12]` names in frontend/vite.config.ts, or move it to static/."
                    ),
                )

    def save_manifest(self) -> None:
        self.hashed_files.update({name: name for name in self.built})
        super().save_manifest()

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        """Return the fingerprinted name; the bundle's own, and absent source maps', unchanged.

        A missing picture or font breaks a page, so it stays an error. A missing `.map` that some
        library's last line names is seen by nobody but a debugger: it warns.
        """
        if self.is_built(name):
            if content is None and not name.endswith(".map") and not self.exists(name):
                raise ValueError(f"The file '{name}' could not be found with {self!r}.")
            return name
        try:
            return super().hashed_name(name, content, filename)
        except ValueError:
            if not name.endswith(".map"):
                raise
            warnings.warn(
                f"The source map {name} does not exist; its reference is kept.", stacklevel=2
            )
            return name


class StaticFilesStorage(CompressedManifestStaticFilesStorage, BundleNames):
    """Manifest, brotli and gzip for everything; one hash per file.

    The order of the bases matters: WhiteNoise compresses what comes up from the classes after it,
    so with `BundleNames` first, Vite's files would stay uncompressed.
    """
