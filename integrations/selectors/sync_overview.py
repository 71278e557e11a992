"""How each channel account stands: what ran last, what waits and how long, what went wrong and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection as database
from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.connectors.registry import CONNECTORS
from integrations.models import Connection, ConnectionStatus
from integrations.versions import ending_of

BEHIND_S = 3600
BEHIND, SHUT_OUT, VERSION_ENDS = "channel_behind", "channel_needs_auth", "channel_version_ends"
ROWS_APART, SHIPMENTS_UNTOLD = "channel_rows_apart", "channel_shipments_untold"
LISTINGS_REFUSED = "channel_listings_refused"
ALARMS = (BEHIND, SHUT_OUT, VERSION_ENDS, ROWS_APART, SHIPMENTS_UNTOLD, LISTINGS_REFUSED)


@dataclass(frozen=True, slots=True)
class Problem:
    """text: what is wrong and what to do. url: where. alarm: its kind, where somebody is to be told by mail and webhook."""

    text: str
    url: str
    alarm: str = ""


@dataclass(slots=True)
class Account:
    """lag_s: the age of the oldest thing that waits, 0 if nothing does. blocked_until: the channel's limit, if it is used up.

    rate_left, rate_of: percent of the limit that is nearest to its end, and whose it is; None where nothing was asked yet.
    """

    connection: Connection
    last_run_at: datetime | None = None
    last_job: str = ""
    last_status: str = ""
    last_message: str = ""
    orders_waiting: int = 0
    stock_waiting: int = 0
    tracking_waiting: int = 0
    quarantined: int = 0
    tracking_dead: int = 0
    push_errors: int = 0
    lag_s: int = 0
    blocked_until: datetime | None = None
    rate_left: int | None = None
    rate_of: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_behind(self) -> bool:
        return self.lag_s > BEHIND_S

    @property
    def connector_name(self) -> str:
        kind = CONNECTORS.get(self.connection.connector)
        return str(kind.name) if kind else self.connection.connector

    @property
    def waiting(self) -> int:
        return self.orders_waiting + self.stock_waiting + self.tracking_waiting


_SQL = """
SELECT c.id, r.started_at, coalesce(r.job, ''), coalesce(r.status, ''), coalesce(r.message, ''),
       coalesce(i.waiting, 0), coalesce(l.waiting, 0), coalesce(t.waiting, 0),
       coalesce(q.open, 0), coalesce(t.dead, 0), coalesce(l.wrong, 0),
       coalesce(extract(epoch FROM clock_timestamp() - least(i.since, l.since, t.since)), 0)::bigint, b.until, b.spent
FROM integrations_connection c
LEFT JOIN LATERAL (SELECT started_at, job, status, message FROM integrations_syncrun r
                   WHERE r.connection_id = c.id ORDER BY r.id DESC LIMIT 1) r ON true
LEFT JOIN LATERAL (SELECT count(*) AS waiting, min(m.received_at) AS since FROM core_inboxmessage m
                   JOIN core_inboxwork w ON w.message_id = m.id
                   WHERE m.account = 'connection:' || c.id AND w.status IN ('received', 'processing', 'failed')) i ON true
LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE is_dirty AND l.external_id <> '') AS waiting,
                          min(dirty_since) FILTER (WHERE is_dirty AND l.external_id <> '') AS since,
                          count(*) FILTER (WHERE push_error <> '' OR price_error <> '' OR product_error <> '') AS wrong
                   FROM integrations_listing l WHERE l.connection_id = c.id AND l.is_active) l ON true
LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE p.status = 'due') AS waiting,
                          count(*) FILTER (WHERE p.status = 'dead') AS dead,
                          min(s.shipped_at) FILTER (WHERE p.status = 'due') AS since
                   FROM integrations_trackingpush p JOIN orders_shipment s ON s.id = p.shipment_id
                   WHERE p.connection_id = c.id AND p.status IN ('due', 'dead')) t ON true
LEFT JOIN LATERAL (SELECT count(*) AS open FROM integrations_quarantinedrow q
                   WHERE q.channel_id = c.channel_id AND q.status = 'open') q ON true
LEFT JOIN LATERAL (SELECT max(blocked_until) FILTER (WHERE blocked_until > clock_timestamp()) AS until,
                          json_object_agg(operation, greatest(extract(epoch FROM spent_until - clock_timestamp()), 0)::float8)
                              FILTER (WHERE spent_until IS NOT NULL) AS spent
                   FROM integrations_ratebucket b WHERE b.connection_id = c.id) b ON true
WHERE c.id = ANY(%s)
"""


def accounts(connections: Any) -> list[Account]:
    """How these connections (a queryset) stand, in their order. Statements: 2."""
    found = {row.pk: Account(row) for row in connections.select_related("channel").order_by("channel__name", "pk")}
    with database.cursor() as cursor:
        cursor.execute(_SQL, [list(found)])
        for pk, *values in cursor.fetchall():
            account = found[pk]
            (
                account.last_run_at, account.last_job, account.last_status, account.last_message,
                account.orders_waiting, account.stock_waiting, account.tracking_waiting,
                account.quarantined, account.tracking_dead, account.push_errors, account.lag_s, account.blocked_until, spent,
            ) = values  # fmt: skip
            account.rate_left, account.rate_of = _rate_left(account.connection.connector, spent or {})
    for account in found.values():
        account.problems = _problems(account)
    return list(found.values())


def _rate_left(connector: str, spent: Mapping[str, float]) -> tuple[int | None, str]:
    """spent: by operation, the seconds until its bucket is full again."""
    kind = CONNECTORS.get(connector)
    limits = {name: kind.limits.get(name) or kind.limits.get("*") for name in spent} if kind is not None else {}
    left = [
        (max(0, round(100 - 100 * spent[name] * limit.rate_per_s / limit.burst)), name)
        for name, limit in limits.items()
        if limit is not None
    ]
    return min(left, default=(None, ""))


def _problems(account: Account) -> list[Problem]:
    row, problems = account.connection, []
    page = reverse("admin:integrations_connection_change", args=[row.pk])
    if row.status == ConnectionStatus.DRAFT:
        problems.append(Problem(_("It is being set up: go on there."), page))
    if row.status == ConnectionStatus.NEEDS_AUTH:
        problems.append(Problem(_("The channel refused the login: give new secrets."), page, SHUT_OUT))
    if row.status == ConnectionStatus.PAUSED:
        problems.append(Problem(_("It is paused: resume it when it may go on."), page))
    kind = CONNECTORS.get(row.connector)
    if kind is not None and (ending := ending_of(kind)) is not None:
        problems.append(Problem(ending.sentence, page, VERSION_ENDS))
    if account.is_behind:
        problems.append(Problem(_("It is more than an hour behind: see its last run."), page, BEHIND))
    if account.quarantined:
        text = _("%(count)s rows were not imported: map their codes, then try them again.")
        url = (
            f"{reverse('admin:integrations_quarantinedrow_changelist')}?channel__id__exact={row.channel_id}&status=open"
        )
        problems.append(Problem(text % {"count": account.quarantined}, url, ROWS_APART))
    if account.tracking_dead:
        text = _("%(count)s shipments could not be told: look at the reason, then try them again.")
        url = f"{reverse('admin:integrations_trackingpush_changelist')}?connection__id__exact={row.pk}&status=dead"
        problems.append(Problem(text % {"count": account.tracking_dead}, url, SHIPMENTS_UNTOLD))
    if account.push_errors:
        text = _("%(count)s listings were refused by the channel: see what it says.")
        url = f"{reverse('admin:integrations_listing_changelist')}?connection__id__exact={row.pk}"
        problems.append(Problem(text % {"count": account.push_errors}, url, LISTINGS_REFUSED))
    return problems
