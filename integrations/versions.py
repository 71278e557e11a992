"""API versions that end: said long before, by the system check, on the connection's page and each night in the log."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.connectors.base import Connector
from integrations.connectors.registry import CONNECTORS

WARN_DAYS = 90


@dataclass(frozen=True, slots=True)
class Ending:
    """A connector whose API version ends soon or has ended (days < 0)."""

    connector: str
    version: str
    ends: datetime.date
    days: int

    @property
    def sentence(self) -> str:
        said = {"name": CONNECTORS[self.connector].name, "version": self.version, "day": self.ends.isoformat()}
        if self.days < 0:
            return _("%(name)s ended its API version %(version)s on %(day)s: update Backoffice.") % said
        return _("%(name)s ends its API version %(version)s on %(day)s: update Backoffice before then.") % said


def ending_of(kind: type[Connector], *, on: datetime.date | None = None) -> Ending | None:
    """None where the version lives long enough, or has no end."""
    if kind.api_ends is None:
        return None
    days = (kind.api_ends - (on or timezone.localdate())).days
    return Ending(kind.code, kind.api_version, kind.api_ends, days) if days <= WARN_DAYS else None


def endings(*, on: datetime.date | None = None) -> list[Ending]:
    return [found for kind in CONNECTORS.values() if (found := ending_of(kind, on=on))]


@register(Tags.compatibility)
def check_versions(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    return [Warning(found.sentence, id="integrations.W001") for found in endings()]
