"""Returns that Walmart's buyers asked for (GET /v3/returns), and which orders were refunded with them.

Walmart itself authorises a return when its buyer asks for it. A return may reach over several purchase orders; of each it
is one of ours. What the buyer keeps (isKeepIt, or nothing expected back) is no return: its money comes with the order's
refund. The next page's address is a whole query string.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

from integrations.connectors.base import WebhookEvent, Window
from integrations.connectors.changes import ChannelReturn, ReturnedLine, ReturnsRead
from integrations.connectors.fields import Fields
from integrations.connectors.http import Http
from integrations.errors import ChannelRejected, PayloadUnreadable

COMING, OVER = {"INITIATED", "DELIVERED", "COMPLETED"}, {"CANCELLED"}
CALLED_OFF = "RETURN_CANCELLED"  # so the status COMPLETED of one that was called off is told apart
PAGE, MAX_PAGES = "200", 1000


def question(window: Window) -> str:
    """The window, as it is kept until it is asked."""
    return f"{window.since.isoformat() if window.since else ''}/{window.until.isoformat()}"


def answered(http: Http, kept: str) -> ReturnsRead:
    since, _slash, until = kept.partition("/")
    window = Window(datetime.fromisoformat(since) if since else None, datetime.fromisoformat(until))
    found, bad = [], []
    for row in (row for rows in _pages(http, window) for row in rows):
        try:
            found += read(row)
        except PayloadUnreadable as error:
            bad.append(
                _("Return %(number)s: %(why)s") % {"number": row.values.get("returnOrderId"), "why": error.detail}
            )
    return ReturnsRead(found, bad)


def refunded(http: Http, window: Window) -> Iterator[Sequence[WebhookEvent]]:
    """Orders of which units were refunded with a return: what was given back stands on the order."""
    for rows in _pages(http, window):
        yield [
            WebhookEvent(
                "refund", order, f"{number}-{line.required('returnOrderLineNumber')}-{line.number('refundedQty')}"
            )
            for row in rows
            for number in [row.required("returnOrderId")]
            for line in row.children("returnOrderLines")
            if line.number("refundedQty", "0") > 0 and (order := line.text("purchaseOrderId", ""))
        ]


def read(row: Fields) -> list[ChannelReturn]:
    """A return of each purchase order. Raises PayloadUnreadable naming the field."""
    number, at = row.required("returnOrderId"), row.time("returnOrderDate")
    lines: dict[str, list[Fields]] = {}
    for line in row.children("returnOrderLines"):
        if not line.get("isKeepIt", False) and line.get("returnExpectedFlag", True):
            lines.setdefault(line.required("purchaseOrderId"), []).append(line)
    return [
        ChannelReturn(
            external_id=f"rma-{number}-{order}"[:120],
            order_external_id=order,
            requested_at=at,
            lines=[_line(line) for line in given if not _is_over(line)],
            approved=True,
            reason=str(given[0].get("returnReason", "") or "")[:120],
            over=all(map(_is_over, given)),
        )
        for order, given in lines.items()
    ]


def _line(line: Fields) -> ReturnedLine:
    quantity = line.child("quantity").number("measurementValue")
    if quantity <= 0:
        raise line.bad("quantity.measurementValue", _("is not above zero"))
    return ReturnedLine(line.required("purchaseOrderLineNumber"), line.child("item").text("sku", ""), quantity)


def _is_over(line: Fields) -> bool:
    """Whether the buyer called it off."""
    status = line.required("status")
    if status not in COMING | OVER:
        raise line.bad("status", _("“%(status)s” is not known") % {"status": status})
    told = line.children("returnTrackingDetail") if line.get("returnTrackingDetail", None) else ()
    return status in OVER or any(event.text("eventTag", "") == CALLED_OFF for event in told)


def _pages(http: Http, window: Window) -> Iterator[list[Fields]]:
    query = {"returnLastModifiedEndDate": _utc(window.until), "limit": PAGE}
    if window.since:
        query["returnLastModifiedStartDate"] = _utc(window.since)
    for _number in range(MAX_PAGES):
        told = http.request("GET", "/v3/returns", params=query, operation="returns", expected=frozenset({404}))
        answer = Fields(told.json()) if told.status != 404 else Fields({"returnOrders": []})
        yield list(answer.children("returnOrders"))
        cursor = str((answer.get("meta", None) or {}).get("nextCursor") or "")
        if not cursor:
            return
        query = dict(parse_qsl(cursor.lstrip("?")))
    raise ChannelRejected(_("The channel's pages do not end."))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
