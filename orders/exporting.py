"""Chosen orders as a table: a bulk job, so that a program can ask for it and a person can find it again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.export import CSV, csv_chunks
from backoffice.core.registry import BulkAction, BulkFile, RowResult
from orders.models import Order

PORTION = 1_000


def _rows(order_ids: Sequence[int]) -> Iterator[list[Any]]:
    for start in range(0, len(order_ids), PORTION):
        part = Order.objects.filter(pk__in=order_ids[start : start + PORTION]).select_related(
            "channel", "contact__person"
        )
        for order in part.order_by("-placed_at", "-pk"):
            yield [
                order.number, order.channel.code, order.external_id, order.external_number, order.get_status_display(),
                order.placed_at, order.promise_date, str(order.contact) if order.contact else "", order.currency,
                order.goods_total, order.charges_total, order.discount_total, order.tax_total, order.total,
            ]  # fmt: skip


def _file(order_ids: Sequence[int], params: Mapping[str, str]) -> BulkFile:
    headings = [
        gettext("Order"), gettext("Channel"), gettext("External id"), gettext("External number"), gettext("Status"),
        gettext("Placed"), gettext("Promised"), gettext("Buyer"), gettext("Currency"), gettext("Goods"),
        gettext("Charges"), gettext("Discounts"), gettext("Tax"), gettext("Total"),
    ]  # fmt: skip
    return BulkFile("orders.csv", CSV, csv_chunks(headings, _rows(order_ids)))


def _export(order_ids: Sequence[int], params: Mapping[str, str], actor: Actor) -> list[RowResult]:
    """Nothing is changed: the file is made of the rows at download."""
    known = set(Order.objects.filter(pk__in=order_ids).values_list("pk", flat=True))
    gone = gettext("There is no such order.")
    return [RowResult(pk, "done") if pk in known else RowResult(pk, "refused", "not_found", gone) for pk in order_ids]


ENTRIES = (
    BulkAction(
        "orders.export", _("Export"), "orders.view_order", "orders.order", _export, 5_000, scope="orders:read",
        file=_file, order=80,
    ),
)  # fmt: skip
