"""Log lines with what they belong to: request, task, job, user; as JSON for machines or as text for people.

Everything goes through the standard library's logging; structlog makes the lines. Secrets and personal data are taken
out by the names of fields and by their look, for a log is kept where the back office's own rights do not reach.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from backoffice.core.cards import without_cards

GONE = "[removed]"
_NAMES = re.compile(
    r"passw|secret|token|authori[sz]ation|api_?key|cookie|csrf|session|email|e_mail|phone|address|postcode|iban|card"
    r"|first_name|last_name|full_name|buyer|^body$|payload",
    re.IGNORECASE,
)
_LOOKS = (
    (re.compile(r"(?i)\b(api-key|bearer|basic|token)(\s+|=|: ?)[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {GONE}"),
    (re.compile(r"([a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/@]+@"), rf"\1:{GONE}@"),  # a URL's password
    (re.compile(r"(?i)\b(passw(?:or)?d|secret|token|pin)(['\"]?\s*[=:]\s*['\"]?)[^\s'\",}&]+"), rf"\1\2{GONE}"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), GONE),  # a mail address
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"), GONE),  # an IBAN
    (re.compile(r"(?<![\w-])\+\d[\d ()-]{7,16}\d"), GONE),  # a telephone
)
Event = MutableMapping[str, Any]


def without_secrets(_logger: Any, _method: str, event: Event) -> Event:
    """Take secrets and personal data out of an event's fields and texts."""
    return {name: GONE if _NAMES.search(name) and name != "event" else _clean(value) for name, value in event.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        for look, instead in _LOOKS:
            value = look.sub(instead, value)
        return without_cards(value)
    if isinstance(value, Mapping):
        return without_secrets(None, "", dict(value))
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value if isinstance(value, int | float | bool | type(None)) else _clean(str(value))


def _plain_names(_logger: Any, _method: str, event: Event) -> Event:
    """The logger's own name, not its dotted path's object; the message under one name."""
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event


SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
]


def formatter(kind: str, version: str) -> dict[str, Any]:
    """A formatter for LOGGING. kind: "json" or "line"."""
    render: list[Any] = [structlog.processors.format_exc_info, _plain_names, without_secrets]
    if kind == "json":
        render += [_named(version), structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        render += [structlog.dev.ConsoleRenderer(colors=False, sort_keys=False, pad_level=False, pad_event_to=0)]
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": render,
    }


def _named(version: str) -> Any:
    def add(_logger: Any, _method: str, event: Event) -> Event:
        return {**event, "version": version}

    return add


def bind(**fields: Any) -> None:
    """Name what the next lines of this thread belong to."""
    structlog.contextvars.bind_contextvars(**fields)


def clear() -> None:
    structlog.contextvars.clear_contextvars()


def current_request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
