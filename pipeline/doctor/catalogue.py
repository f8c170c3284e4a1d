"""Every finding the doctor knows: its id, and the words that are the same wherever it is made.

An id keeps its meaning for ever. E is an error, W a warning, I for information; 0xx needs nothing
but the settings (a system check), 1xx reads files, 2xx acts (`--live`). docs/doctor.md prints these
tables.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """What is wrong, why it bites, and what mends it, in general; a finding names the values."""

    id: str
    what: str
    why: str
    mend: str

    @property
    def severity(self) -> str:
        return {"E": "error", "W": "warning", "I": "info"}[self.id.rpartition(".")[2][0]]


SETTINGS = [
    Entry(
        "pipeline.W001",
        "The Vite bundle is missing.",
        "Without its manifest no page can name the bundle's files.",
        "Run `./dev build` (or `npm ci && npm run build` in frontend/).",
    ),
    Entry(
        "pipeline.W002",
        "WhiteNoise is missing from MIDDLEWARE, or does not follow SecurityMiddleware.",
        "Earlier, files escape the redirect to HTTPS and lack nosniff; later, each file pays for "
        "sessions, and another middleware may answer first. Without it nothing serves them.",
        "Put 'whitenoise.middleware.WhiteNoiseMiddleware' on the line after "
        "'django.middleware.security.SecurityMiddleware'.",
    ),
    Entry(
        "pipeline.E003",
        "STORAGES lacks default, public or staticfiles.",
        "Django notices at the first use: the first upload, or the first page, ends in a 500.",
        "Add the alias in config/settings.py, region media.",
    ),
    Entry(
        "pipeline.E004",
        "STATICFILES_STORAGE or DEFAULT_FILE_STORAGE is set.",
        "Django ignores both since 5.1, without a word: files go where nobody meant them to, "
        "uploads to a disk that the next deploy replaces.",
        "Delete the line, and name the class as BACKEND in STORAGES.",
    ),
    Entry(
        "pipeline.W005",
        "A setting AWS_… is read by nobody.",
        "It looks like configuration and is none: what it was to ensure does not hold.",
        "Delete it; an option of a bucket stands in the OPTIONS of its alias in STORAGES.",
    ),
    Entry(
        "pipeline.W006",
        "A backend is named by its old path, storages.backends.s3boto3.",
        "That module is a shim for old projects. The day it goes, no process starts.",
        "Write storages.backends.s3.S3Storage (S3StaticStorage, S3ManifestStaticStorage).",
    ),
    Entry(
        "pipeline.E007",
        "STATIC_ROOT and a folder of sources lie in each other.",
        "collectstatic then collects its own output, and --clear deletes what you wrote.",
        "Give STATIC_ROOT a folder of its own, as BASE_DIR / 'staticfiles', and let git ignore it.",
    ),
    Entry(
        "pipeline.E008",
        "Uploads and static files lie in each other's folder.",
        "What people send is published as if you had shipped it, private files too; or "
        "`collectstatic --clear` deletes it.",
        "Move MEDIA_DIR out of STATIC_ROOT, WHITENOISE_ROOT and every source of static files.",
    ),
    Entry(
        "pipeline.E009",
        "Two aliases of STORAGES keep their files in the same place.",
        "Who may read the one may read the other, and whatever tidies up the one deletes files of "
        "the other. Caching and lifetime can fit one of them only.",
        "Give each a bucket of its own, or prefixes of which none begins with another.",
    ),
    Entry(
        "pipeline.E010",
        "A storage of uploads overwrites files of the same name.",
        "Two people who send photo.jpg share one file: the second replaces the first's.",
        "Set file_overwrite=False in the OPTIONS of the alias (allow_overwrite on a disk).",
    ),
    Entry(
        "pipeline.W011",
        "A storage of uploads sends an ACL with each file.",
        "Buckets made since April 2023 refuse ACLs, so each upload fails; where they work, "
        "public-read opens a file past the bucket's policy.",
        "Set default_acl=None, and say who may read in the bucket's policy.",
    ),
    Entry(
        "pipeline.E012",
        "The private storage hands out URLs without a signature.",
        "Either nobody can open a private file, or everybody can. With custom_domain and no "
        "CloudFront key django-storages signs nothing, whatever querystring_auth says.",
        "Set querystring_auth=True and no custom_domain, or give a CloudFront key.",
    ),
    Entry(
        "pipeline.E013",
        "URLs lead to a host that browsers cannot reach.",
        "The name exists in your network only. For signed URLs it cannot be replaced afterwards, "
        "because the host is part of what is signed.",
        "Name the server as browsers see it; signed URLs: S3_PUBLIC_ENDPOINT_URL.",
    ),
    Entry(
        "pipeline.E014",
        "The site is on HTTPS, and files are to come over http://.",
        "Browsers block scripts, styles and fonts from http:// on a page from https://.",
        "Write https://, and let the CDN or the bucket answer there.",
    ),
    Entry(
        "pipeline.E015",
        "The Content-Security-Policy does not allow the origin of STATIC_URL.",
        "The browser refuses the files although the server sends them: an unstyled page, and the "
        "reason only in its console.",
        "Add the origin to that directive of SECURE_CSP; CDN_URL does it by itself.",
    ),
    Entry(
        "pipeline.E016",
        "The Content-Security-Policy does not allow the origin of uploaded pictures.",
        "Every avatar and picture is a broken image, and the reason is only in the console.",
        "Add the origin to img-src of SECURE_CSP; S3_PUBLIC_URL does it by itself.",
    ),
    Entry(
        "pipeline.E017",
        "STATIC_URL, CDN_URL and the place where files are served are at odds.",
        "Pages ask for files where nobody has them: 404 for each, in production only.",
        "Let STATIC_URL = CDN_URL + STATIC_PREFIX and WHITENOISE_STATIC_PREFIX = STATIC_PREFIX.",
    ),
    Entry(
        "pipeline.E018",
        "Uploads are served by django.views.static.serve, and DEBUG is off.",
        "It is made for development: it takes the type from the name, so an uploaded page runs "
        "scripts as your site, sends no caching, and keeps a worker for each slow download.",
        "Take the route out of urls.py; let the web server, the bucket or a view of yours serve.",
    ),
    Entry(
        "pipeline.E019",
        "django.contrib.staticfiles is not installed.",
        "There is no collectstatic, and {% static %} only joins strings: no hash, no error.",
        "Add 'django.contrib.staticfiles' to INSTALLED_APPS.",
    ),
    Entry(
        "pipeline.E020",
        "A storage of STORAGES cannot be made.",
        "The same error meets the first visitor who needs it.",
        "Mend its BACKEND and OPTIONS in config/settings.py.",
    ),
    Entry(
        "pipeline.W021",
        "The storage of static files writes no manifest.",
        "Names carry no fingerprint, so after a deploy browsers keep the old script with the new "
        "page, or nothing can be cached.",
        "Use 'pipeline.storage.StaticFilesStorage' for STORAGES['staticfiles'].",
    ),
    Entry(
        "pipeline.W022",
        "The manifest is not strict.",
        "A name that is missing becomes a 404 in somebody's browser instead of a failing build.",
        "Take manifest_strict=False away, and mend the names that then fail.",
    ),
    Entry(
        "pipeline.W023",
        "WhiteNoise runs as in development, and DEBUG is off.",
        "It looks for each file on the disk at each request, and serves files nobody collected: "
        "what works so, breaks on the next machine.",
        "Take WHITENOISE_AUTOREFRESH and WHITENOISE_USE_FINDERS away; they follow DEBUG.",
    ),
    Entry(
        "pipeline.E024",
        "Nothing limits the size of an upload before it is read.",
        "DATA_UPLOAD_MAX_MEMORY_SIZE counts no files: 5 MB pass a limit of 1 KB. The check of the "
        "CSRF token then reads all of the body, onto the disk if it is large.",
        "Put 'config.limits.RequestLimitsMiddleware' above CsrfViewMiddleware in MIDDLEWARE.",
    ),
]

FILES = [
    Entry(
        "pipeline.E100",
        "A check could not be finished.",
        "What it was to say is unknown.",
        "Mend what the message names, and run doctor again.",
    ),
    Entry(
        "pipeline.E101",
        "STATIC_ROOT is missing.",
        "With DEBUG on, files come from their sources; with DEBUG off, from here alone. So it "
        "works on your machine, and in production every file is 404.",
        "Run `python manage.py collectstatic --no-input` while the image is built.",
    ),
    Entry(
        "pipeline.E102",
        "STATIC_ROOT is empty.",
        "Every static file is 404. Often an empty volume is mounted over it.",
        "Run `python manage.py collectstatic --no-input`, and mount nothing there.",
    ),
    Entry(
        "pipeline.E103",
        "What is collected is not what the sources hold.",
        "Visitors get the files of an earlier build.",
        "Run `python manage.py collectstatic --no-input` after each change and each build.",
    ),
    Entry(
        "pipeline.E104",
        "The manifest of the collected files is missing or cannot be read.",
        "Each {% static %} raises ValueError: every page is a 500.",
        "Run `python manage.py collectstatic --no-input`; copy staticfiles.json with the files.",
    ),
    Entry(
        "pipeline.E105",
        "The manifest names files that are not there.",
        "It is of another build than the files: pages link what is 404.",
        "Run `python manage.py collectstatic --no-input --clear`, and deploy all of STATIC_ROOT.",
    ),
    Entry(
        "pipeline.E106",
        "The bundle's manifest is of another build than the collected files.",
        "Pages name scripts and styles of one build and the server has the other's.",
        "Run `python manage.py collectstatic --no-input` after each build of the bundle.",
    ),
    Entry(
        "pipeline.E107",
        "A file's content does not have the fingerprint in its name.",
        "Somebody changed it after it was hashed, or a copy broke off. Caches that hold the name "
        "never ask again, so some visitors have the one and some the other.",
        "Change the source, and run `python manage.py collectstatic --no-input --clear`.",
    ),
    Entry(
        "pipeline.W108",
        "The bundle is older than its sources.",
        "What you see with hot reload is not what will be deployed.",
        "Run `./dev build --force` (or `npm run build` in frontend/).",
    ),
    Entry(
        "pipeline.W109",
        "Two files have the same static path.",
        "Only the first is collected. Which one that is follows from the order of the finders and "
        "apps: a new app can turn it round.",
        "Rename one, or move it into a folder named like its app.",
    ),
    Entry(
        "pipeline.W110",
        "An app's static files are not in a folder named like the app.",
        "css/style.css of two apps is one path, and one of the files is never served.",
        "Move them to <app>/static/<app>/, and name them so in templates.",
    ),
    Entry(
        "pipeline.E111",
        "A template names a static file that does not exist.",
        "With DEBUG on it is a quiet 404; with a manifest the page is a 500.",
        "Mend the name, or add the file.",
    ),
    Entry(
        "pipeline.E112",
        "A template names an entry that the bundle does not have.",
        "The page is a 500 as soon as the dev server is not there.",
        "Mend the name; it is the path of the source, as in the bundle's manifest.",
    ),
    Entry(
        "pipeline.W113",
        "A template writes a /static/, /media/ or CDN address by hand.",
        "It has no fingerprint, so it is cached too long or not at all, and it stays behind when "
        "files move to a CDN or a bucket.",
        "Write {% static '…' %}, or the file's own .url.",
    ),
    Entry(
        "pipeline.E114",
        "A hashed file is not immutable.",
        "Browsers ask for it again and again, for nothing.",
        "Set WHITENOISE_IMMUTABLE_FILE_TEST to pipeline.caching.is_fingerprinted.",
    ),
    Entry(
        "pipeline.E115",
        "A file without a fingerprint is immutable, or cached for longer than a day.",
        "Who has it keeps it for years: a change reaches only new visitors.",
        "Decide by the manifest and not by a pattern: pipeline.caching.is_fingerprinted.",
    ),
    Entry(
        "pipeline.W116",
        "A collected file cannot be read by other users.",
        "nginx is another user than the one who collected, and answers 403.",
        "Set file_permissions_mode=0o644 for STORAGES['staticfiles'], and collect with --clear.",
    ),
    Entry(
        "pipeline.E117",
        "A folder that uploads need is not writable.",
        "The first upload, or the first large one, is a 500. On a read-only root file system each "
        "such folder must be a volume or a tmpfs.",
        "Mount a volume there that belongs to the site's user.",
    ),
    Entry(
        "pipeline.W118",
        "Collected files are in the repository.",
        "They are a build's result: each commit conflicts with the next, and a deploy may serve "
        "the committed ones instead of its own.",
        "Run `git rm -r --cached` on the folder, and add it to .gitignore.",
    ),
    Entry(
        "pipeline.W119",
        "collectstatic runs when a container starts.",
        "Each start is slower, machines can differ, and on a read-only file system it fails.",
        "Run it in the Dockerfile, so that the image carries the result.",
    ),
    Entry(
        "pipeline.W120",
        "A volume is mounted over STATIC_ROOT.",
        "A named volume is filled once: after the next build it still has the first one's files.",
        "Take the mount away; copy the files into the image (COPY --from=…).",
    ),
    Entry(
        "pipeline.E121",
        "The web server and the site disagree on how large an upload may be.",
        "Where the server allows less, it answers 413 to files that the form accepts; where it "
        "allows more, it takes in what the site then throws away.",
        "Run `python manage.py nginx_includes DIR/generated`, and reload nginx.",
    ),
    Entry(
        "pipeline.E122",
        "The web server's list of immutable files is of another build.",
        "New files are cached for a minute only; names that are gone are remembered.",
        "Run `python manage.py nginx_includes DIR/generated` for each build.",
    ),
    Entry(
        "pipeline.E123",
        "There is no generated configuration in the folder named by --nginx.",
        "nginx does not start without the files it includes.",
        "Run `python manage.py nginx_includes DIR/generated`.",
    ),
    Entry(
        "pipeline.E124",
        "A compressed file does not unpack to the file beside it.",
        "Browsers that accept the encoding, which are all, get an old file or none; without it, "
        "as with curl, all looks well.",
        "Run `python manage.py collectstatic --no-input --clear`, and deploy all of STATIC_ROOT.",
    ),
    Entry(
        "pipeline.I125",
        "Brotli files were not compared: the module brotli is missing.",
        "Whether they unpack to the files beside them is unknown.",
        "Run `pip install brotli`; requirements.txt has it, through whitenoise[brotli].",
    ),
]

LIVE = [
    Entry(
        "pipeline.E200",
        "The site or a storage does not answer.",
        "Neither do visitors get an answer.",
        "Start it, or mend the address.",
    ),
    Entry(
        "pipeline.E201",
        "A file cannot be stored.",
        "Every upload fails.",
        "Mend the bucket's name, the credentials, or the policy of the key (s3:PutObject).",
    ),
    Entry(
        "pipeline.E202",
        "A signed URL does not open the file it was signed for.",
        "Nobody can download what they own.",
        "Sign for the host that is asked (S3_PUBLIC_ENDPOINT_URL), set the region, the clock.",
    ),
    Entry(
        "pipeline.E203",
        "A private file opens without a signature.",
        "Whoever learns or guesses an address has the file.",
        "Close the bucket: block public access, and delete its public policy.",
    ),
    Entry(
        "pipeline.E204",
        "A public file cannot be read by everybody.",
        "Avatars and pictures are broken images.",
        "Let the CDN read the bucket with credentials of its own, or open the bucket for reading.",
    ),
    Entry(
        "pipeline.E205",
        "A signed URL works after it has expired.",
        "A link that was mailed on or logged is the file, for ever.",
        "Find what answers in the bucket's place (a cache, a proxy), or set the server's clock.",
    ),
    Entry(
        "pipeline.E206",
        "A file cannot be deleted.",
        "What people delete stays, and is paid for.",
        "Allow the key s3:DeleteObject.",
    ),
    Entry(
        "pipeline.W207",
        "URLs of public files are signed.",
        "Each page has new URLs, so no cache ever has the picture, and they end.",
        "Set querystring_auth=False for the public alias.",
    ),
    Entry(
        "pipeline.W208",
        "The bucket's CORS rules do not let the site's pages send files.",
        "The browser asks the bucket first, and never sends the upload.",
        "Set SITE_ORIGINS, and run `python manage.py ensure_buckets`.",
    ),
    Entry(
        "pipeline.E210",
        "The front page is not a page.",
        "Visitors see an error.",
        "Read the site's log; a 400 is a host that ALLOWED_HOSTS lacks.",
    ),
    Entry(
        "pipeline.E211",
        "A file of the front page is not there.",
        "The page lacks its style, script, font or picture.",
        "Collect and deploy the files of this build (E101 to E106); uploads: mend MEDIA_DIR.",
    ),
    Entry(
        "pipeline.E212",
        "A file of the front page has the wrong type, or is not in the encoding it claims.",
        "With nosniff a browser runs no script and applies no style of another type.",
        "Mend the server's table of types (nginx/conf.d/types.conf), or the object's metadata.",
    ),
    Entry(
        "pipeline.W213",
        "A text file of the front page is sent uncompressed.",
        "It takes three to five times as long to arrive.",
        "Let WhiteNoise compress while collecting, nginx use brotli_static and gzip_static, or the "
        "CDN compress.",
    ),
    Entry(
        "pipeline.W214",
        "A hashed file of the front page is not sent as immutable.",
        "Each visit asks for it again.",
        "Send Cache-Control: max-age=315360000, public, immutable for names of the manifest.",
    ),
    Entry(
        "pipeline.E215",
        "A file without a fingerprint is sent as immutable.",
        "Who has it keeps it: the next release does not reach them.",
        "Send that header for the names of the manifest and no others.",
    ),
    Entry(
        "pipeline.E216",
        "A font or module of another origin comes without CORS.",
        "Browsers load both from another origin only with Access-Control-Allow-Origin.",
        "Let the CDN or the bucket send Access-Control-Allow-Origin for static files.",
    ),
    Entry(
        "pipeline.E217",
        "The page's Content-Security-Policy does not allow one of its files.",
        "The browser refuses it, and says so in its console only.",
        "Add the origin to that directive of SECURE_CSP.",
    ),
    Entry(
        "pipeline.E218",
        "A page from https:// names a file at http://.",
        "Browsers block it.",
        "Write https:// in CDN_URL, S3_PUBLIC_URL or the template.",
    ),
    Entry(
        "pipeline.W219",
        "The page links files of another build than the one here.",
        "The site runs another release than the settings and files you look at.",
        "Deploy, or run doctor in the release that serves the site.",
    ),
    Entry(
        "pipeline.W220",
        "The 404 of a missing static file may be cached.",
        "During a deploy somebody asks too early, and the cache then says 404 to everybody.",
        "Send Cache-Control: no-store with it, as nginx/snippets/static.conf does.",
    ),
    Entry(
        "pipeline.E221",
        "The site hands out a private path to anybody.",
        "Private documents can be read by whoever asks.",
        "Mark the location internal (nginx/snippets/protected.conf), and let a view decide.",
    ),
    Entry(
        "pipeline.E222",
        "The site does not serve a public file that was just stored.",
        "What people upload does not appear: the server looks into another folder or volume.",
        "Mount the same MEDIA_DIR into the site and the web server.",
    ),
    Entry(
        "pipeline.I223",
        "The front page leads to more files than the doctor follows.",
        "Of the others nothing is known.",
        "Nothing need be mended; name --url of a page with fewer files to see the rest.",
    ),
]

# Checks of Django's own, whose messages say what is wrong and nothing else.
DJANGOS = [
    Entry(
        "staticfiles.E001",
        "STATICFILES_DIRS is not a list.",
        "A string is taken letter by letter, so none of its files is found or collected.",
        "Write a list: STATICFILES_DIRS = [BASE_DIR / 'static'].",
    ),
    Entry(
        "staticfiles.E002",
        "STATIC_ROOT is one of STATICFILES_DIRS.",
        "collectstatic would collect its own output, and --clear delete what you wrote.",
        "Take it out of STATICFILES_DIRS; STATIC_ROOT is written by collectstatic alone.",
    ),
    Entry(
        "staticfiles.E003",
        "A prefix in STATICFILES_DIRS ends with a slash.",
        "Names get two slashes, and {% static %} with one finds nothing.",
        "Take the slash away: ('frontend', BASE_DIR / 'frontend' / 'dist').",
    ),
    Entry(
        "staticfiles.W004",
        "A folder of STATICFILES_DIRS does not exist.",
        "collectstatic passes over it without a word, so all of its files are 404 in production; "
        "of a bundle, every page is a 500.",
        "Build what is to be there (`./dev build` for frontend/dist), or take the folder out of "
        "STATICFILES_DIRS.",
    ),
    Entry(
        "staticfiles.E005",
        "STORAGES has no staticfiles.",
        "Each {% static %} raises an error: every page is a 500.",
        "Add the alias in config/settings.py, region media.",
    ),
    Entry(
        "files.E001",
        "FILE_UPLOAD_TEMP_DIR is a folder that does not exist.",
        "The first upload that is too large for memory (2.5 MB) is a 500.",
        "Make the folder, or take the setting away: the system's own is used then.",
    ),
]

CATALOGUE = {entry.id: entry for entry in [*SETTINGS, *FILES, *LIVE]}
