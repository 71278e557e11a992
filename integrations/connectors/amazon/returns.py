"""What buyers of the seller's own shipments asked to send back: the report "returns by return date", one row for an item.

Amazon has no call that lists returns: a report is asked for (Reports API 2021-06-30), written there in its own time,
then read. It names no buyer. One report reaches sixty days.
"""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from integrations.connectors.amazon.client import Amazon, utc
from integrations.connectors.changes import ChannelReturn, ReturnedLine, ReturnsRead
from integrations.connectors.fields import Fields
from integrations.connectors.values import Window
from integrations.errors import ChannelRejected, ChannelUnauthorised, PayloadUnreadable

REPORTS = "/reports/2021-06-30"
TYPE = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"
FURTHEST = timedelta(days=60)
WORKING = {"IN_QUEUE", "IN_PROGRESS"}
# How Amazon writes where a request stands; what is not named here is shown and not guessed.
APPROVED, ASKED = {"approved", "completed"}, {"pending", "pendingapproval"}
OVER = {"denied", "declined", "rejected", "cancelled", "canceled", "closed"}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def ask(amazon: Amazon, window: Window) -> str:
    """Have a report written; its id. Raises ChannelRejected where the app may not read returns."""
    since = max(window.since or window.until - FURTHEST, window.until - FURTHEST)
    body = {
        "reportType": TYPE, "marketplaceIds": [amazon.setting("marketplace_id")],
        "dataStartTime": utc(since), "dataEndTime": utc(window.until),
    }  # fmt: skip
    try:
        return str(amazon.call("createReport", "POST", f"{REPORTS}/reports", body=body).json()["reportId"])
    except ChannelUnauthorised as error:
        if error.context.get("http_status") != 403:
            raise
        why = _("Amazon does not let this app read returns: give it the role “Inventory and Order Tracking” and authorise it again.")  # fmt: skip
        raise ChannelRejected(why) from error


def answered(amazon: Amazon, report_id: str) -> ReturnsRead | None:
    """None while it is written. A report that Amazon cancelled had nothing to say. Raises ChannelRejected for a lost one."""
    report = amazon.call("getReport", "GET", f"{REPORTS}/reports/{report_id}").json()
    status = report["processingStatus"]
    if status in WORKING:
        return None
    if status == "CANCELLED":
        return ReturnsRead()
    if status != "DONE":
        raise ChannelRejected(_("Amazon gave the report up: %(status)s.") % {"status": status})
    path = f"{REPORTS}/documents/{report['reportDocumentId']}"
    document = amazon.call("getReportDocument", "GET", path).json()
    content = amazon.download(document["url"])
    return read(gzip.decompress(content) if document.get("compressionAlgorithm") == "GZIP" else content)


def read(content: bytes) -> ReturnsRead:
    """Returns by their number, each with its items."""
    found: dict[str, ChannelReturn] = {}
    bad = []
    for number, row in _rows(content):
        try:
            given = _return(Fields(row))
        except PayloadUnreadable as error:
            bad.append(_("Line %(line)s: %(why)s") % {"line": number, "why": error.detail})
            continue
        if given is None:
            continue
        same = found.get(given.external_id)
        found[given.external_id] = _joined(same, given) if same else given
    return ReturnsRead(list(found.values()), bad)


def _rows(content: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:  # European reports come in the older charset
        text = content.decode("cp1252", "replace")
    for number, row in enumerate(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE), 2):
        yield number, {str(name).strip().lower(): str(value or "").strip() for name, value in row.items()}


def _return(row: Fields) -> ChannelReturn | None:
    """None for one that is over without goods: refused, or called off. Raises PayloadUnreadable."""
    said = row.required("return request status")
    status = "".join(letter for letter in said.lower() if letter.isalpha())
    if status in OVER:
        return None
    if status not in APPROVED | ASKED:
        raise row.bad("return request status", _("“%(status)s” is not known") % {"status": said})
    order = row.required("order id")
    quantity = row.number("return quantity")
    if quantity <= 0:
        raise row.bad("return quantity", _("is not above zero"))
    item = row.text("order item id", "")
    name = row.text("amazon rma id", "") or row.text("merchant rma id", "")
    if not name:
        name = f"{order}-{item or row.required('merchant sku')}"
    return ChannelReturn(
        external_id=f"rma-{name}"[:120],
        order_external_id=order,
        requested_at=_day(row, "return request date"),
        lines=(ReturnedLine(item, row.text("merchant sku", ""), quantity),),
        approved=status in APPROVED,
        reason=row.text("return reason", "")[:120],
    )


def _joined(one: ChannelReturn, other: ChannelReturn) -> ChannelReturn:
    return ChannelReturn(
        one.external_id,
        one.order_external_id,
        min(one.requested_at, other.requested_at),
        [*one.lines, *other.lines],
        one.approved and other.approved,
        one.reason,
    )


def _day(row: Fields, name: str) -> datetime:
    """`23-Sep-2026` whatever the machine's language, or an ISO date or time."""
    text = row.required(name)
    parts = text.split("-")
    try:
        if len(parts) == 3 and parts[1].lower()[:3] in MONTHS:
            return datetime(int(parts[2]), MONTHS.index(parts[1].lower()[:3]) + 1, int(parts[0]), tzinfo=UTC)
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise row.bad(name, _("is no date")) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
