"""Sessions in the database, asked only for keys that Django could have made."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Takes a cookie of other characters for no session.

    A quoted cookie may hold a NUL, which PostgreSQL refuses with an error, and so every page
    would answer 500 to that browser.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        made_by_us = bool(key and key.isascii() and key.isalnum())
        return made_by_us and super()._validate_session_key(key)  # type: ignore[misc]
