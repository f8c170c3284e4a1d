"""Which errors mean that something the site depends on is away or full, and which are bugs.

The first are answered 503 and mend themselves, the second 500. A library's class does not tell:
Django's OperationalError is a refused connection, and "no such table" as well.
"""

import errno
import sqlite3

from django.db import InterfaceError, OperationalError, connections

from uploads.fence import ParserUnavailable
from uploads.storages import StorageUnavailable

# PostgreSQL, appendix A: all of class 08 (connection exception), too many connections, a full disk,
# a server that shuts down, has crashed or is starting, and our own patience (DATABASE_TIMEOUT): a
# query or the wait for a lock that took too long.
POSTGRESQL_AWAY = {"53100", "53300", "57P01", "57P02", "57P03", "57014", "55P03"}
FULL = {errno.ENOSPC, errno.EDQUOT}
# "database is locked" after waiting for it, a disk that fails or is full, a file that is gone.
SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


def is_outage(error: BaseException | None) -> bool:
    """Say whether the database, the bucket or the process that opens files is away, so that trying
    again later may help."""
    if isinstance(error, StorageUnavailable | ParserUnavailable):
        return True
    if isinstance(error, OSError):
        return error.errno in FULL  # where files are kept, or where uploads wait
    if isinstance(error, OperationalError):
        return _is_away(error.__cause__)
    # What comes of asking a connection that broke a moment ago; on a sound one it is a bug.
    return isinstance(error, InterfaceError) and any(
        getattr(connection.connection, "closed", False)
        for connection in connections.all(initialized_only=True)
    )


def caused_by_outage(error: BaseException | None) -> bool:
    """Say the same of an error that another one was made of on the way."""
    while error and not is_outage(error):
        error = error.__cause__ or error.__context__
    return error is not None


def _is_away(cause: BaseException | None) -> bool:
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return code & 0xFF in SQLITE_AWAY  # the upper bits say which kind of each
    # psycopg: an error that did not come from a server has no state, the attribute it has.
    state = getattr(cause, "sqlstate", "")
    return state is None or state.startswith("08") or state in POSTGRESQL_AWAY
