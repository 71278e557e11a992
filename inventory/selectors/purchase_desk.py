"""What a buyer has to do now: decide, send, chase, receive, match."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from inventory.models import PurchaseOrder, PurchaseOrderRevision, RevisionStatus, SupplierTerms

LIMIT = 50
USUAL_CONFIRM_DAYS = 3


@dataclass(frozen=True, slots=True)
class DeskRow:
    """An order and why it stands there. days: how many it is late, or since when it waits."""

    order: PurchaseOrder
    why: str
    days: int


Orders = QuerySet[PurchaseOrder]


def _all(company_id: int | None) -> Orders:
    rows = PurchaseOrder.objects.select_related("supplier__person", "warehouse")
    return rows if company_id is None else rows.filter(company_id=company_id)


def to_approve(company_id: int | None = None) -> list[DeskRow]:
    """Drafts that ask for approval, and changes that wait for it. Statements: 2."""
    pending = PurchaseOrderRevision.objects.filter(purchase_order=OuterRef("pk"), status=RevisionStatus.PENDING)
    asked = _all(company_id).filter(status="submitted").order_by("pk")[:LIMIT]
    changed = _all(company_id).filter(Exists(pending)).order_by("pk")[:LIMIT]
    return [DeskRow(order, "submitted", 0) for order in asked] + [DeskRow(order, "revision", 0) for order in changed]


def to_send(company_id: int | None = None) -> list[DeskRow]:
    """Approved and not sent, or changed since. Statements: 1."""
    rows = _all(company_id).filter(
        Q(status="approved") | Q(status__in=["sent", "confirmed", "partly_received"], sent_revision__lt=F("revision"))
    )
    return [
        DeskRow(order, "approved" if order.status == "approved" else "changed", 0)
        for order in rows.order_by("pk")[:LIMIT]
    ]


def to_chase(today: date, company_id: int | None = None) -> list[DeskRow]:
    """Not confirmed in the days that the supplier's terms give, or due and not all there; the latest first.

    Statements: 3.
    """
    terms = {
        (row.company_id, row.supplier_id): row.confirm_days
        for row in SupplierTerms.objects.only("company_id", "supplier_id", "confirm_days")
    }
    found = []
    for order in _all(company_id).filter(status="sent", sent_at__isnull=False).order_by("sent_at")[: LIMIT * 4]:
        usual = terms.get((order.company_id, None), USUAL_CONFIRM_DAYS)
        limit = terms.get((order.company_id, order.supplier_id), usual)
        assert order.sent_at is not None
        late = (today - order.sent_at.date()).days - limit
        if late > 0:
            found.append(DeskRow(order, "unconfirmed", late))
    overdue = _all(company_id).filter(
        status__in=["sent", "confirmed", "partly_received"], expected_date__lt=today, ship_to__isnull=True
    )
    for order in overdue.order_by("expected_date")[:LIMIT]:
        assert order.expected_date is not None
        found.append(DeskRow(order, "overdue", (today - order.expected_date).days))
    return sorted(found, key=lambda row: (-row.days, row.order.pk))[: LIMIT * 2]


def to_receive(today: date, company_id: int | None = None) -> list[DeskRow]:
    """What should come today and in the next days. days: until then. Statements: 1."""
    rows = _all(company_id).filter(
        status__in=["sent", "confirmed", "partly_received"], expected_date__gte=today, ship_to__isnull=True
    )
    return [
        DeskRow(order, "expected", (order.expected_date - today).days)  # type: ignore[operator]  # filtered
        for order in rows.order_by("expected_date", "pk")[:LIMIT]
    ]


def to_match(company_id: int | None = None) -> list[DeskRow]:
    """All there, and not closed: the bill is to come. Statements: 1."""
    return [
        DeskRow(order, "received", 0) for order in _all(company_id).filter(status="received").order_by("pk")[:LIMIT]
    ]
