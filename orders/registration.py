"""What orders add to the ground: proofs, pages of their documents, permissions of the staff's roles."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import (
    ApprovalAction,
    Entry,
    EventConsumer,
    HeldTable,
    Link,
    RolePermissions,
    SourceLink,
)
from backoffice.core.staff import StaffRole
from backoffice.core.tabular import import_entries
from orders import bulk, exporting, mailing, printing, release_calendar
from orders.checks import CHECKS
from orders.models import AutomationRule, OrderCharge, OrderLine, ReservationLine, ReturnLine, ShipmentLine
from orders.recall_panels import RECALL_PANELS
from orders.services.automation import noticing
from orders.services.open_orders import OPEN_ORDERS
from orders.services.price_files import IMPORT as PRICES
from orders.services.refunding import REFUND, RETURN_REFUND

ROLES = (
    RolePermissions(StaffRole.ORDER_DESK, ("orders.*",)),
    RolePermissions(
        StaffRole.ACCOUNTANT,
        ("orders.view_*", "orders.add_orderpayment", "orders.refund_orderpayment", "orders.add_documentmail"),
    ),
    RolePermissions(
        StaffRole.BUYER,
        ("orders.view_order", "orders.view_orderline", "orders.view_channel", "orders.view_linepromise"),
    ),
    RolePermissions(StaffRole.WAREHOUSE_LEAD, ("orders.view_*",)),
)

Resolver = Callable[[Sequence[int]], Mapping[int, Link]]


def _page(prefix: str, model: str) -> Resolver:
    """Documents that have a page of their own: named by their number."""

    def resolve(ids: Sequence[int]) -> Mapping[int, Link]:
        return {pk: Link(f"{prefix}-{pk:06d}", reverse(f"admin:orders_{model}_change", args=[pk])) for pk in ids}

    return resolve


def _line(model: Any, parent: str, prefix: str, page: str) -> Resolver:
    """Lines: shown on their document's page. Statements: 1."""

    def resolve(ids: Sequence[int]) -> Mapping[int, Link]:
        found = model.objects.filter(pk__in=ids).values_list("pk", f"{parent}_id")
        return {
            pk: Link(f"{prefix}-{parent_id:06d}", reverse(f"admin:orders_{page}_change", args=[parent_id]))
            for pk, parent_id in found
        }

    return resolve


def _named(model: Any, page: str) -> Resolver:
    """Rows that are called by their name. Statements: 1."""

    def resolve(ids: Sequence[int]) -> Mapping[int, Link]:
        return {
            row.pk: Link(str(row), reverse(f"admin:orders_{page}_change", args=[row.pk]))
            for row in model.objects.filter(pk__in=ids)
        }

    return resolve


LINKS = (
    SourceLink("orders.order", _page("SO", "order")),
    SourceLink("orders.orderline", _line(OrderLine, "order", "SO", "order")),
    SourceLink("orders.ordercharge", _line(OrderCharge, "order", "SO", "order")),
    SourceLink("orders.fulfilment", _page("FO", "fulfilment")),
    SourceLink("orders.shipment", _page("SH", "shipment")),
    SourceLink("orders.shipmentline", _line(ShipmentLine, "shipment", "SH", "shipment")),
    SourceLink("orders.reservation", _page("CART", "reservation")),
    SourceLink("orders.reservationline", _line(ReservationLine, "reservation", "CART", "reservation")),
    SourceLink("orders.returnorder", _page("RMA", "returnorder")),
    SourceLink("orders.automationrule", _named(AutomationRule, "automationrule")),
    SourceLink("orders.returnline", _line(ReturnLine, "return_order", "RMA", "returnorder")),
)

CONSUMERS = (
    EventConsumer(mailing.MAIL_CONSUMER, mailing.MAIL_TOPICS, mailing.note_mails),
    EventConsumer(noticing.CONSUMER, noticing.TOPICS, noticing.notice_events),
)
IMPORTS = (*import_entries(PRICES), *import_entries(OPEN_ORDERS))
APPROVALS = (
    ApprovalAction(
        REFUND, _("Refund of an order"), _("Who placed the order does not refund it."), from_start=True, jobs=True
    ),
    ApprovalAction(
        RETURN_REFUND, _("Refund of returned goods"), _("Who took goods back does not refund them."), jobs=True
    ),
)

ENTRIES: tuple[Entry, ...] = (
    *APPROVALS,
    *CHECKS, *LINKS, *RECALL_PANELS, *ROLES, *CONSUMERS, *bulk.ENTRIES, *exporting.ENTRIES, *printing.ENTRIES, *IMPORTS,
    *release_calendar.ENTRIES,
    HeldTable("orders_documentmail", only="status IN ('due', 'sending')"),
)  # fmt: skip
