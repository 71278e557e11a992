"""Purchase orders in every state, and parcels that came back."""

import random
from datetime import datetime, timedelta
from decimal import Decimal

from accounting.services import BillInput, BillLineInput, BillPayment, pay_bills, save_bill
from backoffice.core.actor import Actor
from backoffice.core.money import round_money
from backoffice.demo.company import Demo
from inventory.models import GrniItem, Location, LocationKind, PurchaseOrder
from inventory.services import (
    ConfirmedLine,
    NoticeLine,
    PurchaseLineInput,
    SupplierReturnInput,
    SupplierRow,
    approve_purchase_order,
    approve_supplier_return,
    confirm_purchase_order,
    create_purchase_order,
    create_supplier_return,
    match_bill,
    note_delivery,
    post_matched_bill,
    record_confirmation,
    send_purchase_order,
    ship_supplier_return,
    submit_purchase_order,
    write_supplier_rows,
)
from orders.models import OrderLine, ReturnLine
from orders.services import ReturnInput, approve_returns, request_return
from warehouse.services import DeliveredLine, ReturnedLine, ReturnReceipt, receive_purchase, receive_returns

STEPS = (submit_purchase_order, approve_purchase_order, send_purchase_order, confirm_purchase_order)
PURCHASES = [
    # ordered days ago, steps taken, share received
    (48, 4, "all"),
    (33, 4, "all"),
    (19, 4, "all"),
    (12, 4, "part"),
    (6, 4, "none"),
    (3, 3, "none"),
    (1, 1, "none"),
    (0, 0, "none"),
]
REASONS = ["Arrived broken", "Not as pictured", "Changed my mind", "Wrong size"]


def trade_with_suppliers(demo: Demo, dice: random.Random, *, today: datetime) -> None:
    """Orders to suppliers from draft to received, then some returns from customers."""
    actor = Actor.job("demo")
    _offers(demo, random.Random(9), today, actor)
    for days_ago, steps, share in PURCHASES:
        _purchase(demo, dice, today - timedelta(days=days_ago), steps, share, actor)
    _bills(demo, today, actor)
    _announce(demo, today, actor)
    _answer(demo, today, actor)
    _send_back(demo, today, actor)
    _returns(demo, dice, today, actor)


def _offers(demo: Demo, dice: random.Random, today: datetime, actor: Actor) -> None:
    """Each supplier's list: prices with a break, minimum and pack, lead time, and what they have."""
    for number, supplier in enumerate(demo.suppliers):
        rows = []
        for code, (_sku_id, good) in demo.skus.items():
            price = (good.cost * Decimal(97 + 2 * number) / 100).quantize(Decimal("0.01"))
            pack = Decimal(dice.choice([1, 6, 12]))
            rows += [
                SupplierRow(
                    code,
                    code=f"{supplier.code}-{code}"[:60],
                    price=price,
                    min_quantity=pack * 2,
                    pack_multiple=pack,
                    lead_time_days=dice.randint(5, 21),
                    priority=10 * (number + 1),
                    stock=Decimal(dice.randint(0, 400)),
                ),
                SupplierRow(code, price=(price * Decimal("0.94")).quantize(Decimal("0.01")), from_quantity=Decimal(48)),
            ]
        write_supplier_rows(rows, supplier_id=supplier.pk, company_id=demo.company.pk, actor=actor, as_of=today)


def _announce(demo: Demo, today: datetime, actor: Actor) -> None:
    """The supplier of a confirmed order says that half of it is on its way."""
    order = PurchaseOrder.objects.filter(company=demo.company, status="confirmed").earliest("pk")
    lines = list(order.lines.order_by("position"))
    note_delivery(
        [NoticeLine(line.pk, line.quantity, package=f"00340123450000{line.pk:06d}") for line in lines[::2]],
        purchase_order_id=order.pk,
        company_id=demo.company.pk,
        reference=f"ASN-{order.pk}",
        expected_date=(today + timedelta(days=2)).date(),
        actor=actor,
        carrier="DPD",
        tracking_number="15501234567890",
    )


def _answer(demo: Demo, today: datetime, actor: Actor) -> None:
    """One supplier confirmed less and later than was ordered: somebody has to decide."""
    order = PurchaseOrder.objects.filter(company=demo.company, status="sent").earliest("pk")
    line = order.lines.earliest("position")
    told = ConfirmedLine(line.pk, line.quantity - 12, (today + timedelta(days=20)).date(), line.unit_cost)
    record_confirmation(order.pk, lines=[told], company_id=demo.company.pk, actor=actor, reference="AB-2209")


def _send_back(demo: Demo, today: datetime, actor: Actor) -> None:
    """Cracked goods go back to their supplier."""
    order = PurchaseOrder.objects.filter(company=demo.company, status="received").earliest("pk")
    line = order.lines.earliest("position")
    found = create_supplier_return(
        [SupplierReturnInput(line.sku_id, Decimal(2), line.pk)],
        company_id=demo.company.pk,
        supplier_id=order.supplier_id,
        warehouse_id=order.warehouse_id or 0,
        actor=actor,
        reason="Cracked glaze",
    )
    approve_supplier_return(found.pk, company_id=demo.company.pk, actor=actor, wanted_at=today)
    ship_supplier_return(found.pk, company_id=demo.company.pk, effective_at=today, actor=actor, carrier="DPD")


def _purchase(demo: Demo, dice: random.Random, at: datetime, steps: int, share: str, actor: Actor) -> None:
    company_id, warehouse = demo.company.pk, demo.warehouses[0]
    goods = dice.sample(list(demo.skus.values()), k=dice.randint(6, 12))
    order = create_purchase_order(
        [
            PurchaseLineInput(
                sku_id=sku_id,
                quantity=Decimal(dice.choice([24, 36, 48, 60])),
                unit_cost=(good.cost * Decimal(dice.randint(96, 106)) / 100).quantize(Decimal("0.01")),
            )
            for sku_id, good in goods
        ],
        company_id=company_id,
        supplier_id=dice.choice(demo.suppliers).pk,
        warehouse_id=warehouse.pk,
        ordered_at=at,
        expected_date=(at + timedelta(days=9)).date(),
        reference=f"Q-{at:%y%m%d}",
        actor=actor,
    )
    for step in STEPS[:steps]:
        step(order.pk, company_id=company_id, actor=actor)
    if share != "none":
        _deliver(demo, order, share, at + timedelta(days=9), actor)


def _deliver(demo: Demo, order: PurchaseOrder, share: str, at: datetime, actor: Actor) -> None:
    bins = demo.bins[order.warehouse_id or 0]
    lines = list(order.lines.order_by("position"))
    if share == "part":
        lines = lines[: len(lines) // 2]
    receive_purchase(
        [
            DeliveredLine(po_line_id=line.pk, quantity=line.quantity, location_id=bins[line.pk % len(bins)].pk)
            for line in lines
        ],
        po_id=order.pk,
        company_id=order.company_id,
        effective_at=at,
        actor=actor,
        reference=f"DN-{order.pk}",
    )


def _bills(demo: Demo, today: datetime, actor: Actor) -> None:
    """One billed as received and paid in part, one too dear and waiting for somebody, one draft; the rest is open."""
    received = list(
        PurchaseOrder.objects.filter(company=demo.company, status="received", ship_to__isnull=True).order_by("pk")[:3]
    )
    for number, order in enumerate(received):
        items = GrniItem.objects.filter(po_line__purchase_order=order, kind="receipt").select_related("po_line", "sku")
        lines = [
            BillLineInput(
                "goods",
                item.open_quantity,
                item.po_line.unit_cost + (Decimal("0.40") if number == 1 and place == 0 else 0),
                sku_code=item.sku.code if item.sku else "",
                source_type="inventory.grniitem",
                source_id=item.pk,
            )
            for place, item in enumerate(items.order_by("pk"))
            if item.po_line
        ]
        total = sum((round_money(line.quantity * line.unit_price, 2) for line in lines), Decimal(0))
        at = (today - timedelta(days=30 - 10 * number)).date()
        given = BillInput(order.supplier_id, f"{at:%y}/{4100 + 7 * number}", at, total, lines, currency=order.currency)
        bill = save_bill(given, company_id=order.company_id, actor=actor)
        if number == 2:
            continue
        bill = match_bill(bill.pk, company_id=order.company_id, actor=actor)
        if bill.status == "approved":
            post_matched_bill(bill.pk, company_id=order.company_id, actor=actor)
            half = (total / 2).quantize(Decimal("0.01"))
            pay_bills(
                [BillPayment(bill.pk, half)],
                company_id=order.company_id,
                effective_at=today,
                source_key=f"demo:bill:{bill.pk}",
                actor=actor,
                reference="Run 1",
            )


def _returns(demo: Demo, dice: random.Random, today: datetime, actor: Actor) -> None:
    """A dozen: some only asked for, some approved, some back on the shelf and refunded."""
    company_id = demo.company.pk
    shipped = list(
        OrderLine.objects.filter(
            shipped__gt=0, order__company=demo.company, order__channel__code__in=["shop", "market"]
        )
        .order_by("id")
        .values_list("id", "order_id")
    )
    dock = Location.objects.get(warehouse=demo.warehouses[0], kind=LocationKind.DOCK)
    quarantine = Location.objects.get(warehouse=demo.warehouses[0], kind=LocationKind.QUARANTINE)
    for number, (line_id, order_id) in enumerate(dice.sample(shipped, k=12)):
        return_id = request_return(
            order_id,
            company_id=company_id,
            lines=[ReturnInput(order_line_id=line_id, quantity=Decimal(1))],
            reason=dice.choice(REASONS),
            requested_at=today - timedelta(days=2),
            warehouse_id=demo.warehouses[0].pk,
            actor=actor,
        )
        if number < 3:
            continue
        approve_returns([return_id], company_id=company_id, actor=actor)
        if number < 6:
            continue
        broken = number >= 10
        receive_returns(
            [
                ReturnReceipt(
                    return_order_id=return_id,
                    lines=[
                        ReturnedLine(
                            return_line_id=line.pk,
                            quantity=line.quantity,
                            disposition="quarantine" if broken else "restock",
                            location_id=quarantine.pk if broken else dock.pk,
                        )
                        for line in ReturnLine.objects.filter(return_order=return_id)
                    ],
                )
            ],
            company_id=company_id,
            effective_at=today,
            actor=actor,
        )
