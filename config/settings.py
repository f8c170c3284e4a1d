"""All settings, in one file, read from top to bottom.

Environments differ only in values, which come from environment variables; `.env.example` lists
every one with its consequence.
"""

import os
import secrets
from pathlib import Path
from typing import Any

import django
from django.core.exceptions import ImproperlyConfigured

from config.csp import CSP
from config.env import Env
from pipeline.caching import is_fingerprinted
from pipeline.timing import say_whitenoise

BASE_DIR = Path(__file__).resolve().parent.parent

# region environment
env = Env()
env.read_file(os.environ.get("ENV_FILE"), default=BASE_DIR / ".env")

DEBUG = env.flag("DEBUG", default=False)

# True for a demonstration on one machine: its made-up credentials are accepted, which are refused
# everywhere else, and its known sign-ins exist.
DEMO = env.flag("DEMO", default=False)

# True only while an image is built: `check` and `collectstatic` then run without a secret, a
# database or a network, and config/wsgi.py refuses to serve.
BUILD_MODE = env.flag("BUILD_MODE", default=False)

if BUILD_MODE:
    SECRET_KEY = secrets.token_urlsafe(50)
elif DEBUG:
    SECRET_KEY = env.text("SECRET_KEY", default="development-only-" + "0" * 40)
else:
    SECRET_KEY = env.secret("SECRET_KEY", length=50)
SECRET_KEY_FALLBACKS = env.items("SECRET_KEY_FALLBACKS")
# endregion

# region security
HTTPS = env.flag("HTTPS", default=not DEBUG)
BEHIND_PROXY = env.flag("BEHIND_PROXY", default=False)

ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
if DEMO and not {host.lower() for host in ALLOWED_HOSTS} <= {"localhost", "127.0.0.1", "[::1]"}:
    raise ImproperlyConfigured(
        "DEMO is on and ALLOWED_HOSTS names more than this machine (localhost, 127.0.0.1, [::1]), "
        "so anyone could sign in with the demonstration's passwords. Set DEMO=false, and "
        "credentials of your own; .env.example lists them."
    )
CSRF_TRUSTED_ORIGINS = env.items("CSRF_TRUSTED_ORIGINS")
# Under which origins browsers see the site: manage.py ensure_buckets allows them in the buckets.
SITE_ORIGINS = env.origins("SITE_ORIGINS")

SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0  # one year, as the preload list asks
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True  # scripts read the token from the form, as everyone else does
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
# endregion

# region apps
INSTALLED_APPS = [
    "pipeline",  # before staticfiles: its collectstatic is the stricter one
    "uploads",
    "accounts",
    "catalog",
    "documents",
    "demo",
    "django_vite",
    "whitenoise.runserver_nostatic",  # runserver serves statics as production does
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
# endregion

# region middleware
MIDDLEWARE = [
    "config.request_id.RequestIdMiddleware",  # first: every log line belongs to a request
    "config.health.HealthMiddleware",  # early: probes know neither our host name nor HTTPS
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # here and nowhere else
    "config.csp.ContentSecurityPolicyMiddleware",
    "config.limits.RequestLimitsMiddleware",  # above CsrfViewMiddleware, which reads the body
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pipeline.xray.XrayMiddleware",
]
# endregion

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

# region templates
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.brand.context",
                "pipeline.xray.context",
            ],
        },
    }
]
if DEBUG:
    # Read anew for each page. Django keeps templates and forgets a changed one up to a second
    # later; Vite reloads the page at once, and would show the old one.
    TEMPLATES[0]["APP_DIRS"] = False
    TEMPLATES[0]["OPTIONS"]["loaders"] = [
        "django.template.loaders.filesystem.Loader",
        "django.template.loaders.app_directories.Loader",
    ]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
# endregion

# region database
DATABASES: dict[str, Any] = {
    "default": (
        {"ENGINE": "django.db.backends.dummy"}
        if BUILD_MODE
        else {
            **env.database("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}"),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers queue for the lock from the start instead of failing halfway through.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # A server that vanishes must not hold a thread for as long as TCP hopes, which is minutes, nor
    # a query or somebody's lock for ever. Seconds, and where it says so milliseconds. What
    # DATABASE_URL says after ? wins.
    DATABASE_TIMEOUT = env.number("DATABASE_TIMEOUT", default=15)
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": 10_000,  # ms
        "options": f"-c statement_timeout={DATABASE_TIMEOUT}s -c lock_timeout={DATABASE_TIMEOUT}s",
        **DATABASES["default"].get("OPTIONS", {}),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# endregion

# region accounts
AUTH_USER_MODEL = "accounts.User"
SESSION_ENGINE = "config.sessions"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
# endregion

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# region static
# Where browsers fetch static files: the site itself, or a CDN. Pages, their scripts' chunks, CSS
# and fonts all follow from STATIC_URL; the files' own references are relative.
CDN_URL = env.url("CDN_URL", default="")
if CDN_URL and DEBUG:
    raise ImproperlyConfigured(
        "CDN_URL is set, but DEBUG is on: pages would ask the CDN for files that nobody published. "
        "Unset CDN_URL, or set DEBUG=false."
    )
STATIC_PREFIX = "/static/"  # on the site, and below CDN_URL; nginx and Apache serve it, too
STATIC_URL = f"{CDN_URL}{STATIC_PREFIX}"
WHITENOISE_STATIC_PREFIX = STATIC_PREFIX  # whatever STATIC_URL is: a CDN may fetch from here
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [
    BASE_DIR / "static",
    ("frontend", BASE_DIR / "frontend" / "dist"),  # the bundle, namespaced like an app
]
WHITENOISE_IMMUTABLE_FILE_TEST = is_fingerprinted
# What it does not know; nginx/conf.d/types.conf says the same.
WHITENOISE_MIMETYPES = {".map": "application/json", ".webmanifest": "application/manifest+json"}
WHITENOISE_ADD_HEADERS_FUNCTION = say_whitenoise

# The panel that shows how each file of a page was served, for everyone; staff always have it.
XRAY = env.flag("XRAY", default=False)

# The Vite dev server's address while one runs; empty, pages use the built bundle.
VITE_DEV_SERVER = env.url("VITE_DEV_SERVER", default="")
if VITE_DEV_SERVER and (BUILD_MODE or not DEBUG):
    raise ImproperlyConfigured(
        "VITE_DEV_SERVER is set, but DEBUG is off or BUILD_MODE on: pages would run scripts from "
        "a development server. Unset VITE_DEV_SERVER, and build the bundle with ./dev build."
    )
DJANGO_VITE: dict[str, dict[str, Any]] = {
    "default": {
        "dev_mode": bool(VITE_DEV_SERVER),
        "dev_server_protocol": VITE_DEV_SERVER.partition("://")[0],
        "dev_server_host": VITE_DEV_SERVER.partition("://")[2].partition(":")[0],
        "dev_server_port": VITE_DEV_SERVER.partition("://")[2].partition(":")[2],
        "static_url_prefix": "frontend",
        "manifest_path": BASE_DIR / "frontend" / "dist" / ".vite" / "manifest.json",
    }
}
if VITE_DEV_SERVER:
    SILENCED_SYSTEM_CHECKS = ["staticfiles.W004"]  # no bundle is needed while Vite serves
# endregion

# region s3
# One server for media and published static files, each in a bucket of its own.
MEDIA_STORE = env.choice("MEDIA_STORE", ["filesystem", "s3"], default="filesystem")
# Where `manage.py publish_static` puts each release's files: what a CDN serves, and where nginx
# finds what pages of another release ask for.
STATIC_STORE = env.choice("STATIC_STORE", ["none", "s3"], default="none")
if BUILD_MODE:
    MEDIA_STORE, STATIC_STORE = "filesystem", "none"  # a build stores nothing, knows no credentials

S3_OPTIONS: dict[str, Any] = {}
if "s3" in (MEDIA_STORE, STATIC_STORE):
    S3_ENDPOINT_URL = env.url("S3_ENDPOINT_URL", default="")
    S3_OPTIONS = {
        "endpoint_url": S3_ENDPOINT_URL or None,
        "region_name": env.text("S3_REGION"),
        "access_key": env.text("S3_ACCESS_KEY_ID", default="") or None,
        "secret_key": env.text("S3_SECRET_ACCESS_KEY", default="") or None,
        "addressing_style": env.choice(
            "S3_ADDRESSING_STYLE",
            ["path", "virtual"],
            default="path" if S3_ENDPOINT_URL else "virtual",
        ),
        "checksums": env.choice(
            "S3_CHECKSUMS", ["when_required", "when_supported"], default="when_required"
        ),
    }
# endregion

# region media
# `default` is private and signed; `public` is the named exception. Neither is ever guessed from
# the other, and a third-party app that knows only `default` gets the safe one.
# Who sends the bytes of private files from a filesystem: this process, or the server in front.
MEDIA_SENDFILE = env.choice("MEDIA_SENDFILE", ["none", "nginx", "apache"], default="none")
MEDIA_URL = "/media/"
SIGNED_URL_SECONDS = 60

if MEDIA_STORE == "filesystem":
    MEDIA_DIR = env.path("MEDIA_DIR", default=BASE_DIR / "media")
    MEDIA_ROOT = MEDIA_DIR / "public"
    PUBLIC_MEDIA_ORIGIN = ""
    MEDIA_STORAGES: dict[str, Any] = {
        "default": {
            "BACKEND": "uploads.storages.PrivateFiles",
            "OPTIONS": {"location": MEDIA_DIR / "private"},  # outside MEDIA_ROOT: no URL reaches it
        },
        "public": {
            "BACKEND": "uploads.storages.PublicFiles",
            "OPTIONS": {"location": MEDIA_ROOT, "base_url": MEDIA_URL},
        },
    }
elif MEDIA_SENDFILE != "none":
    raise ImproperlyConfigured(
        f"MEDIA_SENDFILE is {MEDIA_SENDFILE}, but with MEDIA_STORE=s3 browsers fetch private files "
        "from the bucket. Unset MEDIA_SENDFILE, or set MEDIA_STORE=filesystem."
    )
else:
    S3_PUBLIC_URL = env.url("S3_PUBLIC_URL")
    PUBLIC_MEDIA_ORIGIN = "/".join(S3_PUBLIC_URL.split("/")[:3])
    S3_PRIVATE_BUCKET = env.text("S3_PRIVATE_BUCKET")
    S3_PUBLIC_BUCKET = env.text("S3_PUBLIC_BUCKET")
    if S3_PRIVATE_BUCKET == S3_PUBLIC_BUCKET:
        raise ImproperlyConfigured(
            "S3_PRIVATE_BUCKET and S3_PUBLIC_BUCKET name the same bucket, so whoever may read "
            "pictures could read documents. Make two buckets."
        )
    MEDIA_STORAGES = {
        "default": {
            "BACKEND": "uploads.storages.PrivateBucket",
            "OPTIONS": {
                **S3_OPTIONS,
                "bucket_name": S3_PRIVATE_BUCKET,
                "signing_endpoint_url": env.url("S3_PUBLIC_ENDPOINT_URL", default="") or None,
                "querystring_expire": SIGNED_URL_SECONDS,
            },
        },
        "public": {
            "BACKEND": "uploads.storages.PublicBucket",
            "OPTIONS": {
                **S3_OPTIONS,
                "bucket_name": S3_PUBLIC_BUCKET,
                "public_url": S3_PUBLIC_URL,
            },
        },
    }

PUBLISHED_STORAGES: dict[str, Any] = {}
if STATIC_STORE == "s3":
    S3_STATIC_BUCKET = env.text("S3_STATIC_BUCKET")
    if MEDIA_STORE == "s3" and S3_STATIC_BUCKET in (S3_PRIVATE_BUCKET, S3_PUBLIC_BUCKET):
        raise ImproperlyConfigured(
            "S3_STATIC_BUCKET is also a bucket of uploads, so publish_static --prune and "
            "sweep_uploads would delete each other's files. Make a third bucket."
        )
    PUBLISHED_STORAGES = {
        "published": {
            "BACKEND": "pipeline.published.PublishedBucket",
            "OPTIONS": {
                **S3_OPTIONS,
                "bucket_name": S3_STATIC_BUCKET,
                "location": STATIC_PREFIX.strip("/"),
            },
        }
    }

STORAGES = {
    **MEDIA_STORAGES,
    **PUBLISHED_STORAGES,
    "staticfiles": {
        "BACKEND": "pipeline.storage.StaticFilesStorage",
        # Readable for whoever serves them. FILE_UPLOAD_PERMISSIONS, below, is meant for uploads,
        # but collectstatic would take it, too: then nginx, another user, answers 403.
        "OPTIONS": {"file_permissions_mode": 0o644},
    },
}

# The clamd that is shown each upload; empty, none is, and `check --deploy` says so.
CLAMD_URL = env.socket("CLAMD_URL")

FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "uploads.handlers.TemporaryFileUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o640
# DATA_UPLOAD_MAX_MEMORY_SIZE does not count files. This does, before the body is read: what a
# request may weigh without its file. A view that takes one adds what that may (takes_file).
REQUEST_MAX_BYTES = 1024 * 1024
# What one member may keep in private, and how often they may send files of any kind: so many at
# once, and then one more each so many seconds. The whole quota fits into one drop on the page.
QUOTA_FILES = 100
QUOTA_BYTES = 500 * 1024 * 1024
UPLOAD_BURST = 120
UPLOAD_SECONDS = 2
# endregion

# region csp
# No inline script and no inline style. `blob:` is the preview of a picture not yet uploaded.
SECURE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "blob:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
if CDN_URL:
    CDN_ORIGIN = "/".join(CDN_URL.split("/")[:3])
    for directive in ("script", "style", "img", "font", "connect", "manifest"):
        SECURE_CSP[f"{directive}-src"].append(CDN_ORIGIN)
if PUBLIC_MEDIA_ORIGIN:
    SECURE_CSP["img-src"].append(PUBLIC_MEDIA_ORIGIN)
if VITE_DEV_SERVER:  # development only: Vite serves modules and injects styles as it reloads them
    SECURE_CSP["script-src"].append(VITE_DEV_SERVER)
    SECURE_CSP["style-src"] += [VITE_DEV_SERVER, CSP.UNSAFE_INLINE]
    SECURE_CSP["font-src"].append(VITE_DEV_SERVER)
    SECURE_CSP["img-src"].append(VITE_DEV_SERVER)
    SECURE_CSP["connect-src"] += [VITE_DEV_SERVER, VITE_DEV_SERVER.replace("http", "ws", 1)]
# endregion

# region email
MAILER = env.mailer("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25")
if django.VERSION >= (6, 1):
    MAILERS = {"default": MAILER}
else:  # the same, in the settings that Django 6.1 deprecates
    EMAIL_BACKEND = MAILER["BACKEND"]
    EMAIL_HOST = MAILER["OPTIONS"].get("host", "localhost")
    EMAIL_PORT = MAILER["OPTIONS"].get("port", 25)
    EMAIL_HOST_USER = MAILER["OPTIONS"].get("username", "")
    EMAIL_HOST_PASSWORD = MAILER["OPTIONS"].get("password", "")
    EMAIL_USE_TLS = MAILER["OPTIONS"].get("use_tls", False)
    EMAIL_USE_SSL = MAILER["OPTIONS"].get("use_ssl", False)
    EMAIL_TIMEOUT = MAILER["OPTIONS"].get("timeout")
    EMAIL_FILE_PATH = MAILER["OPTIONS"].get("file_path")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", default="Vitrine <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# endregion

# region logging
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "config.request_id.RequestIdFilter"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s]: %(message)s"},
        "json": {"()": "config.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": env.choice("LOG_FORMAT", ["line", "json"], default="line"),
        }
    },
    "root": {
        "handlers": ["console"],
        "level": env.choice(
            "LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], default="INFO"
        ),
    },
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": ["console"], "propagate": False},
        # It warns of each answer to HEAD; Django leaves it to the server to send no body.
        "gunicorn.http.wsgi": {"level": "ERROR"},
        "botocore": {"level": "WARNING"},
        "boto3": {"level": "WARNING"},
        "s3transfer": {"level": "WARNING"},
        "PIL": {"level": "INFO"},
        "pikepdf": {"level": "WARNING"},
    },
}
# endregion
