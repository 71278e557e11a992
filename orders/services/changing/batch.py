"""Writing edits of many orders: each kind of row in one statement, however many orders."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.audit import record
from inventory.models import Sku
from inventory.services import raise_demands
from orders.changes import LineMoney
from orders.errors import ChangeRefused
from orders.models import BlanketCall, Order, OrderLine, OrderRevision
from orders.selectors.prices import prices_of
from orders.services.changing.charges import write_charges
from orders.services.changing.rounding import settle_all
from orders.services.changing.taxes import tax_again, taxes_of_added
from orders.services.changing.writing import Edit
from orders.services.contacts import store_addresses
from orders.services.holding import demand_lines

_HEAD = (
    "goods_total", "charges_total", "discount_total", "tax_total", "total", "version", "shipping_address",
    "shipping_service", "promise_date", "note",
)  # fmt: skip


def write_lines(works: Sequence[Edit], company_id: int) -> None:
    """Quantities that rise, and prices. Statements: at most 4. Raises ChangeRefused."""
    higher = {pk: more for work in works for pk, more in work.plan.higher.items()}
    _refuse_more_of_calls(higher)
    _update_lines([row for work in works for row in work.changed_lines()])
    demands = {pk: line.demand_id for work in works for pk, line in work.lines.items()}
    raise_demands([(demands[pk] or 0, more) for pk, more in higher.items()], company_id=company_id)


def _refuse_more_of_calls(higher: Mapping[int, Decimal]) -> None:
    """What was called off of a blanket order is raised by another call, which looks at what is left. Statements: 1, or 0."""
    if not higher:
        return
    called = BlanketCall.objects.filter(order_line_id__in=higher).select_related("blanket_line__blanket").first()
    if called is not None:
        raise ChangeRefused(
            _("This line was called off of %(number)s: call off more of it instead.")
            % {"number": called.blanket_line.blanket.number},
            field="quantity",
            line=called.order_line_id,
        )


def _update_lines(touched: Sequence[tuple[int, LineMoney]]) -> None:
    if not touched:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_orderline l SET quantity = n.quantity, unit_price = n.price, discount = n.discount, tax = n.tax"
            " FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[])"
            " AS n(id, quantity, price, discount, tax) WHERE l.id = n.id",
            [
                [pk for pk, _money in touched],
                [money.quantity for _pk, money in touched],
                [money.unit_price for _pk, money in touched],
                [money.discount for _pk, money in touched],
                [money.tax for _pk, money in touched],
            ],
        )


def write_all_charges(works: Sequence[Edit], today: date) -> None:
    """Statements: at most 3 and those of the taxes of new charges."""
    billing = [work for work in works if work.billing]
    taxes = taxes_of_added(
        [work.new_charges() for work in billing], [list(work.lines.values()) for work in billing], today
    )
    write_charges([work.changed_charges(own) for work, own in zip(billing, taxes, strict=True)])


def add_lines(works: Sequence[Edit], company_id: int, today: date) -> None:
    """New lines with their demands. Raises ChangeRefused, TaxRuleMissing.

    Statements: 0 without, else at most 8, those of their taxes, and 2 for each buyer whose prices are asked.
    """
    adding = [work for work in works if work.plan.added]
    if not adding:
        return
    wanted = {item.sku_id for work in adding for item in work.plan.added}
    skus = Sku.objects.filter(company_id=company_id).in_bulk(wanted)
    prices = [_prices(work, today) for work in adding]
    taxes = taxes_of_added([work.new_goods() for work in adding], [()] * len(adding), today)
    made = [
        line
        for work, own_prices, own_taxes in zip(adding, prices, taxes, strict=True)
        for line in work.added_lines(skus, own_prices, own_taxes)
    ]
    saved = OrderLine.objects.bulk_create(made)
    demand_lines(saved, {work.order.pk: work.order for work in adding}, company_id)
    OrderLine.objects.bulk_update([line for line in saved if line.demand_id], ["demand"])


def _prices(work: Edit, today: date) -> dict[int, Decimal]:
    """Lists have breaks and buyers: each order asks for its own."""
    order = work.order
    return prices_of(
        work.unpriced(),
        channel_id=order.channel_id,
        currency=order.currency,
        inclusive=order.prices_include_tax,
        contact_id=order.contact_id,
        on=today,
    )


def settle_taxes(works: Sequence[Edit], company_id: int, today: date) -> None:
    """Taxes that the rules decided follow the goods to another address; then each document's cents are put right.

    Statements: at most 5, and for other addresses 4 and those of their taxes.
    """
    moved = [work for work in works if work.edit.shipping_address is not None]
    for work, (deltas, told) in zip(moved, tax_again([work.asks(()) for work in moved], today), strict=True):
        work.take(deltas, told)
    for work, cents in zip(works, settle_all([work.rounding for work in works], company_id), strict=True):
        work.take(cents)


def write_heads(works: Sequence[Edit], company_id: int) -> None:
    """Addresses are stored, the orders keep theirs in memory. Statements: 0 or 2."""
    moved = [work for work in works if work.edit.shipping_address is not None]
    ids: list[int] = []
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence('accounting_address', 'id')) FROM generate_series(1, %s)",
                [len(moved)],
            )
            ids = [pk for (pk,) in cursor.fetchall()]
    addresses = dict(zip((work.order.pk for work in moved), ids, strict=True))
    store_addresses(
        [(addresses[work.order.pk], work.edit.shipping_address) for work in moved if work.edit.shipping_address],
        company_id=company_id,
    )
    for work in works:
        work.change_head(addresses.get(work.order.pk))


def write_orders(works: Sequence[Edit], actor: Actor, reason: str) -> None:
    """Totals, versions, revisions, audit trail, outbox. Statements: 4. Raises ChangeRefused."""
    for work in works:
        work.total_up()
    Order.objects.bulk_update([work.order for work in works], _HEAD)
    OrderRevision.objects.bulk_create([work.revision(reason, actor) for work in works])
    record([change for work in works for change in work.trail(reason)], actor=actor)
    outbox.publish([work.event() for work in works])
