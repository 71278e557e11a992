"""Transfers in every state, stock put right, and who may approve what."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group

from backoffice.core.actor import Actor
from backoffice.core.approval_limits import set_limit, set_threshold
from backoffice.core.staff import StaffRole
from backoffice.demo.company import Demo
from inventory.models import AdjustmentReason, LocationKind, StockLevel, StockQuant, TransferLine
from inventory.selectors import standard_places
from inventory.services import (
    AdjustmentLineInput,
    ReceivedPart,
    ShippedPart,
    TransferDraft,
    TransferLineInput,
    allocate_transfers,
    approve_transfers,
    create_adjustment,
    create_transfers,
    receive_transfer,
    ship_transfer,
    submit_adjustment,
)

# days ago, how far it is, share of each line that arrived
TRANSFERS = [(21, "received", 1), (9, "short", 1), (2, "shipped", 0), (1, "approved", 0), (0, "draft", 0)]
# days ago, hour, reason, sign, who
LOSSES = [
    (57, 11, "damaged", -1, "irena"), (52, 15, "lost", -1, "tomas"), (40, 23, "theft", -1, "rasa"),
    (33, 10, "miscount", -1, "irena"), (31, 10, "found", 1, "irena"), (18, 22, "lost", -1, "rasa"),
    (12, 9, "sample", -1, "tomas"), (5, 16, "damaged", -1, "rasa"), (1, 14, "lost", -1, "irena"),
]  # fmt: skip
LIMITS = (("adjustment", 50, 500), ("write_off", 20, 300))


def move_and_adjust(demo: Demo, dice: random.Random, *, today: datetime) -> None:
    """What goes from the warehouse to the shop, what went missing, and the limits of approval."""
    actor = Actor.job("demo")
    for days_ago, state, arrived in TRANSFERS:
        _transfer(demo, dice, today - timedelta(days=days_ago), state, arrived, actor)
    for days_ago, hour, code, sign, who in LOSSES:
        _adjust(demo, dice, (today - timedelta(days=days_ago)).replace(hour=hour), code, sign, Actor(who))
    _limits(demo, actor)
    _adjust(demo, dice, today, "theft", -1, Actor("tomas"), quantity=12)  # waits for a second person


def _free(demo: Demo, warehouse_id: int) -> list[StockQuant]:
    """What lies free in bins, some of it."""
    plenty = StockLevel.objects.filter(warehouse_id=warehouse_id, owner__isnull=True, available__gte=20)
    rows = StockQuant.objects.filter(
        location__warehouse_id=warehouse_id, location__kind=LocationKind.BIN, quantity__gte=20, claimed=0,
        lot__isnull=True, owner__isnull=True, sku__in=plenty.values("sku"),
    )  # fmt: skip
    return list(rows.order_by("id")[:80])


def _transfer(demo: Demo, dice: random.Random, at: datetime, state: str, arrived: int, actor: Actor) -> None:
    source, target = demo.warehouses[0], demo.warehouses[1]
    goods = dice.sample(_free(demo, source.pk), k=4)
    draft = TransferDraft(
        source.pk,
        target.pk,
        [TransferLineInput(quant.sku_id, Decimal(dice.choice([4, 6, 8]))) for quant in goods],
        (at + timedelta(days=3)).date(),
        note="For the weekend",
    )
    common: dict[str, Any] = {"company_id": demo.company.pk, "actor": actor}
    [made] = create_transfers([draft], company_id=demo.company.pk, actor=actor)
    if made.transfer_id is None or state == "draft":
        return
    approve_transfers([made.transfer_id], company_id=demo.company.pk, actor=actor)
    allocate_transfers([made.transfer_id], company_id=demo.company.pk, actor=actor, short="cut")
    if state == "approved":
        return
    lines = list(TransferLine.objects.filter(transfer=made.transfer_id).order_by("position"))
    parts = [ShippedPart(line.pk, line.to_ship) for line in lines if line.to_ship > 0]
    ship_transfer(made.transfer_id, parts=parts, effective_at=at, carrier="Own van", **common)
    if arrived:
        dock = standard_places(target.pk)["dock"]
        missing = Decimal(1 if state == "short" else 0)
        received = [ReceivedPart(part.line_id, part.quantity - missing, dock) for part in parts]
        receive_transfer(made.transfer_id, parts=received, effective_at=at + timedelta(days=2), **common)


def _adjust(
    demo: Demo, dice: random.Random, at: datetime, code: str, sign: int, actor: Actor, quantity: int = 0
) -> None:
    quant = dice.choice(_free(demo, demo.warehouses[0].pk))
    reason = AdjustmentReason.objects.get(company=demo.company, code=code)
    made = create_adjustment(
        [AdjustmentLineInput(quant.sku_id, quant.location_id, Decimal(sign * (quantity or dice.randint(1, 4))))],
        company_id=demo.company.pk,
        warehouse_id=demo.warehouses[0].pk,
        reason_id=reason.pk,
        actor=actor,
    )
    submit_adjustment(made.pk, company_id=demo.company.pk, effective_at=at, actor=actor)


def _limits(demo: Demo, actor: Actor) -> None:
    roles = dict(Group.objects.filter(name__in=[StaffRole.WAREHOUSE_LEAD, StaffRole.OWNER]).values_list("name", "pk"))
    for action, free, limit in LIMITS:
        set_threshold(company_id=demo.company.pk, action=action, amount=Decimal(free), actor=actor)
        for role, amount in ((StaffRole.WAREHOUSE_LEAD, Decimal(limit)), (StaffRole.OWNER, None)):
            if role in roles:
                set_limit(company_id=demo.company.pk, action=action, amount=amount, group_id=roles[role], actor=actor)
