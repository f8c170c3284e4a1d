"""Log lines for machines: one object of JSON each, whatever a message holds."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from config.request_id import NONE


class JsonFormatter(logging.Formatter):
    """A traceback's line breaks are escaped, so what a client sent cannot forge a line.

    A message whose arguments do not fit it is written as it stands: logging would put a traceback
    between the lines, and drop the message.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", NONE),
            "message": self._message(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        return json.dumps(line)

    @staticmethod
    def _message(record: logging.LogRecord) -> str:
        try:
            return record.getMessage()
        except (TypeError, ValueError, KeyError):
            return f"{record.msg!r} with {record.args!r}"
