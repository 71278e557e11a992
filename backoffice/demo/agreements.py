"""What the demo shows of selling in other ways: prices for a group, a frame agreement, quotes, a gift set, inspections."""

import random
from datetime import datetime, timedelta
from decimal import Decimal

from backoffice.core.actor import Actor
from backoffice.demo.catalogue import DemoSku
from backoffice.demo.company import Demo
from inventory.models import Inspection, InspectionRule, Location, PurchaseOrder
from inventory.services import (
    Decision,
    KitPart,
    PurchaseLineInput,
    SkuInput,
    approve_purchase_order,
    create_purchase_order,
    decide_inspection,
    ensure_skus,
    send_purchase_order,
    set_kit,
    submit_purchase_order,
)
from orders.drafting import DraftInput, DraftLineInput
from orders.models import Contact, CustomerGroup, PriceList
from orders.services import BlanketLineInput, PriceRow, create_blanket_order, create_draft, quote_draft, set_prices
from warehouse.services import DeliveredLine, receive_purchase

CENT = Decimal("0.01")
PRICED, AGREED, INSPECTED = 24, 4, 5  # SKUs


def agree(demo: Demo, dice: random.Random, *, today: datetime) -> None:
    """After the history: its wholesale buyers are there."""
    actor = Actor.job("demo")
    goods = list(demo.skus.values())
    _prices(demo, goods[:PRICED], actor)
    buyer = Contact.objects.filter(channel=demo.channels["wholesale"]).order_by("pk").first()
    if buyer is not None:
        _frame(demo, buyer, dice.sample(goods, AGREED), today, actor)
        _quotes(demo, buyer, dice.sample(goods, AGREED), today, actor)
    _gift_set(demo, actor)
    _inspect(demo, dice.sample(goods, INSPECTED), today, actor)


def _prices(demo: Demo, goods: list[tuple[int, DemoSku]], actor: Actor) -> None:
    group = CustomerGroup.objects.create(company=demo.company, code="boutiques", name="Boutiques")
    Contact.objects.filter(channel=demo.channels["wholesale"]).update(group=group)
    found = PriceList.objects.create(
        company=demo.company, code="boutiques", name="Boutiques", currency="EUR", group=group, channel=demo.channels["wholesale"]
    )  # fmt: skip
    rows = [
        PriceRow(good.code, Decimal(quantity), (good.price * share / 100).quantize(CENT))
        for _sku_id, good in goods
        for quantity, share in ((1, 62), (24, 58), (96, 54))
    ]
    set_prices(rows, price_list_id=found.pk, actor=actor)


def _frame(demo: Demo, buyer: Contact, goods: list[tuple[int, DemoSku]], today: datetime, actor: Actor) -> None:
    create_blanket_order(
        [BlanketLineInput(sku_id, Decimal(240), (good.price * Decimal("0.55")).quantize(CENT)) for sku_id, good in goods],
        contact_id=buyer.pk, reference="Spring 2027", currency="EUR", valid_from=today.date(),
        valid_to=(today + timedelta(days=180)).date(), actor=actor, note="Called off monthly, free delivery.",
    )  # fmt: skip


def _quotes(demo: Demo, buyer: Contact, goods: list[tuple[int, DemoSku]], today: datetime, actor: Actor) -> None:
    """One is being written, one was offered."""
    for number in range(2):
        draft = create_draft(
            DraftInput(
                lines=[DraftLineInput(sku_id, Decimal(12), (good.price * Decimal("0.6")).quantize(CENT)) for sku_id, good in goods],
                contact_id=buyer.pk,
                note="Shop opening in March." if number else "",
            ),
            channel_id=demo.channels["wholesale"].pk, actor=actor, today=today.date(),
        )  # fmt: skip
    quote_draft(
        draft.pk,
        company_id=demo.company.pk,
        actor=actor,
        valid_until=(today + timedelta(days=21)).date(),
        today=today.date(),
    )


def _gift_set(demo: Demo, actor: Actor) -> None:
    """A mug in a basket; sold as one, claimed and picked as two."""
    (kit,) = ensure_skus([SkuInput("GIFT-SET", "Gift set: mug in a basket")], company_id=demo.company.pk)
    parts = [
        next(sku_id for sku_id, good in demo.skus.values() if good.category == category)
        for category in ("mugs", "baskets")
    ]
    set_kit(kit, parts=[KitPart(part, Decimal(1)) for part in parts], company_id=demo.company.pk, actor=actor)


def _inspect(demo: Demo, goods: list[tuple[int, DemoSku]], today: datetime, actor: Actor) -> None:
    """A supplier whose goods are looked at when they come: a delivery, one part of it decided."""
    supplier, warehouse, company_id = demo.suppliers[0], demo.warehouses[0], demo.company.pk
    order: PurchaseOrder = create_purchase_order(
        [PurchaseLineInput(sku_id, Decimal(24), good.cost) for sku_id, good in goods],
        company_id=company_id, supplier_id=supplier.pk, warehouse_id=warehouse.pk, ordered_at=today - timedelta(days=6),
        expected_date=today.date(), actor=actor,
    )  # fmt: skip
    for step in (submit_purchase_order, approve_purchase_order, send_purchase_order):
        order.refresh_from_db()
        if order.status != "approved" or step is not approve_purchase_order:
            step(order.pk, company_id=company_id, actor=actor)
    InspectionRule.objects.create(
        company=demo.company,
        supplier=supplier,
        mode="sample",
        sample_percent=25,
        note="Cracks in the glaze, even colour.",
    )
    place: Location = demo.bins[warehouse.pk][0]
    received = receive_purchase(
        [DeliveredLine(line.pk, line.quantity, place.pk) for line in order.lines.order_by("position")],
        po_id=order.pk, company_id=company_id, effective_at=today, actor=actor, reference="DN-7781",
    )  # fmt: skip
    first = Inspection.objects.filter(move_id__in=received.move_ids).earliest("pk")
    decide_inspection(
        [Decision("pass", Decimal(21)), Decision("damaged", Decimal(2), "Cracked glaze")],
        inspection_id=first.pk, company_id=company_id, effective_at=today, actor=actor,
    )  # fmt: skip
