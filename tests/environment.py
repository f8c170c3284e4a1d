"""The environment of every test, set before Django reads it (`-p tests.environment`).

It is the production shape: DEBUG off, HTTPS as on a server behind none, statics collected and
hashed. Whatever the machine or a developer's .env says is put aside first.
"""

import os
import re
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

EXAMPLE = (ROOT / ".env.example").read_text()
VARIABLES = re.findall(r"^#?([A-Z][A-Z0-9_]+)=", EXAMPLE, re.MULTILINE)
KEPT = {"DATABASE_URL"}  # the suite also runs on PostgreSQL: DATABASE_URL=postgres://… ./dev test

for name in set(VARIABLES) - KEPT:
    os.environ.pop(name, None)
    os.environ.pop(f"{name}_FILE", None)

os.environ |= {
    "ENV_FILE": "",
    "SECRET_KEY": "only-for-tests-" + "x" * 50,
    "HTTPS": "false",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "EMAIL_URL": "memorymail://",
    "MEDIA_DIR": tempfile.mkdtemp(prefix="vitrine-tests-"),
}
os.environ.setdefault("DATABASE_URL", f"sqlite:///{os.environ['MEDIA_DIR']}/unused.sqlite3")
