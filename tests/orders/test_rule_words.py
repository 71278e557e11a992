"""Every trigger, every field that conditions look at, and every action that the program names: each is tried.

A trigger, field or action that is added without a line here fails the first test of its table.
"""

import datetime
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone

from accounting.models import Invoice
from backoffice.core.models import AuditEvent, OutboxEvent, StaffTask
from backoffice.core.proof import run_checks
from integrations.services.alarms import raise_alarm
from inventory.models import Brand, Category, Lot, PurchaseOrder, ReorderRule, Sku, StockAlert, Transfer
from inventory.services import create_warehouse, plan_replenishment
from orders.automation.actions import ACTIONS, in_words
from orders.automation.conditions import OPERATORS, Conditions
from orders.automation.fields import ALARM_FIELDS, ALERT_FIELDS, ORDER_FIELDS, PURCHASE_FIELDS, Kind
from orders.inputs import AddressInput, ContactInput
from orders.models import (
    AutomationRule,
    Channel,
    Contact,
    CustomerGroup,
    DocumentMail,
    DropShipRule,
    Fulfilment,
    Hold,
    Order,
    OrderTag,
    RuleDue,
    RuleFiring,
    RuleTrigger,
)
from orders.selectors.rule_facts import alert_subjects, order_subjects, purchase_subjects
from orders.services import (
    PaymentInput,
    place_hold,
    release_orders,
    take_payments,
)
from orders.services.automation import add_tags, notice_alerts, sweep
from orders.services.requesting import ReturnInput, request_return
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, make_offer, make_purchase
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.planning import sell
from tests.factories.rules import make_rule, when, work
from tests.factories.sales import dispatch, line, make_channel, order, pack, place, shipping
from tests.factories.tracking import make_lot, make_lot_stock, make_tracked

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
HOME = AddressInput("Ann", line1="1, High St.", city="London", region="LND", postcode="E1", country="GB")
ANN = ContactInput("ann", "Ann", "ann@example.test", country="IE")


class Desk:
    """50 MUG at 5.00 in the category Cups of the brand Larch, none of CUP; the channel web."""

    def __init__(self):
        self.shop = make_shop()
        self.mug, self.cup = make_sku(self.shop, "MUG"), make_sku(self.shop, "CUP")
        made = {"company": self.shop.company}
        mug = Sku.objects.select_related("product").get(pk=self.mug)
        mug.product.category = Category.objects.create(name="Cups", **made)
        mug.product.brand = Brand.objects.create(name="Larch", code="LARCH", **made)
        mug.product.save()
        Sku.objects.filter(pk=self.mug).update(weight_g=300)
        make_stock(self.shop, self.mug, "50", "250.00")
        self.channel = make_channel(self.shop)

    def place(self, external_id="A", *lines, **values):
        given = {"contact": ANN, "shipping_address": HOME, "shipping_service": "standard"} | values
        [made] = place(self.channel, order(external_id, *(lines or (line("MUG", "2"),)), **given))
        return made.order_id

    def ship(self, order_id):
        ids = list(Fulfilment.objects.filter(order=order_id).values_list("pk", flat=True))
        release_orders([order_id], company_id=self.shop.id, actor=ACTOR)
        dispatch(self.shop, [done.shipment_id for done in pack(self.shop, ids)])

    def pay(self, order_id, amount):
        paid = PaymentInput(order_id, "card", D(amount), f"pay-{order_id}", timezone.now())
        take_payments([paid], company_id=self.shop.id, actor=ACTOR)

    def alert(self, kind, **values):
        given = {"sku_id": self.mug, "warehouse_id": self.shop.warehouse.pk, "value": D(250)} | values
        StockAlert.objects.create(company_id=self.shop.id, kind=kind, **given)

    def ask_back(self, order_id):
        first = Order.objects.get(pk=order_id).lines.order_by("position").first()
        request_return(
            order_id, company_id=self.shop.id, lines=[ReturnInput(first.pk, D(1))], reason="Broken",
            requested_at=timezone.now(), actor=ACTOR,
        )  # fmt: skip


def _late(desk):
    desk.place(promise_date=datetime.date(2026, 1, 5))
    RuleDue.objects.all().delete()
    sweep()


def _time(desk):
    desk.place()
    RuleDue.objects.all().delete()
    AutomationRule.objects.update(since=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    sweep()


HAPPENS = {
    RuleTrigger.PLACED: lambda desk: desk.place(),
    RuleTrigger.PAID: lambda desk: desk.pay(desk.place(), "20"),
    RuleTrigger.HELD: lambda desk: place_hold(
        desk.place(), company_id=desk.shop.id, kind="manual", reason="Ring", actor=ACTOR
    ),
    RuleTrigger.RELEASED: lambda desk: release_orders([desk.place()], company_id=desk.shop.id, actor=ACTOR),
    RuleTrigger.BACK_ORDERED: lambda desk: desk.place("A", line("CUP", "1")),
    RuleTrigger.LATE: _late,
    RuleTrigger.SHIPPED: lambda desk: desk.ship(desk.place()),
    RuleTrigger.RETURNED: lambda desk: (desk.ship(pk := desk.place()), desk.ask_back(pk)),
    RuleTrigger.TIME: _time,
    RuleTrigger.STOCK_LOW: lambda desk: desk.alert("low"),
    RuleTrigger.STOCK_OVER: lambda desk: desk.alert("over"),
    RuleTrigger.STOCK_DEAD: lambda desk: desk.alert("dead"),
    RuleTrigger.STOCK_EXPIRY: lambda desk: desk.alert("expiry"),
    RuleTrigger.RECEIVED: lambda desk: deliver(desk.shop, make_purchase(desk.shop, desk.mug, "5"), "5"),
    RuleTrigger.SYNC_FAILED: lambda desk: raise_alarm(
        kind="channel_needs_auth", object_type="x", object_id=1, company_id=desk.shop.id, text="Wrong password"
    ),
}


def test_every_trigger_is_named_here():
    assert set(HAPPENS) == set(RuleTrigger)


@pytest.mark.parametrize("trigger", list(HAPPENS), ids=str)
def test_what_happens_sets_its_rules_off_once(trigger):
    desk = Desk()
    at = {"at_time": datetime.time(0, 0)} if trigger == RuleTrigger.TIME else {}
    task = [{"action": "task", "role": "order_desk", "title": "Look"}]
    rule = make_rule(desk.shop, task, trigger=trigger, scope="open", **at)

    HAPPENS[trigger](desk)
    for _turn in range(2):
        notice_alerts()
        work()

    assert (rule.firings.count(), StaffTask.objects.count()) == (1, 1)
    assert rule.firings.get().state == "done"


def _seen(desk):
    """An order of which every fact is known, and what each field tells of it."""
    now = timezone.now()
    desk.place("BEFORE", placed_at=now - datetime.timedelta(days=9))
    pk = desk.place(
        "A-7", line("MUG", "3", "10", discount=D(4)), line("CUP", "1", "4"), external_number="W-7", priority=40,
        billing_address=replace(HOME, country="IE"),
        note="Leave at the door", placed_at=now - datetime.timedelta(hours=5, minutes=5), promise_date=timezone.localdate() + datetime.timedelta(days=2),
    )  # fmt: skip
    place_hold(pk, company_id=desk.shop.id, kind="fraud", reason="?", actor=ACTOR)
    add_tags([pk], tag="gift", company_id=desk.shop.id, actor=ACTOR, reason="r")
    Order.objects.filter(pk=pk).update(pinned_warehouse=desk.shop.warehouse)
    group = CustomerGroup.objects.create(company=desk.shop.company, code="VIP", name="VIP")
    Contact.objects.filter(order=pk).update(group=group)
    person = Contact.objects.get(order=pk).person
    person.name, person.email = "Nino Beridze", "nino@shop.example"
    person.save()
    desk.pay(pk, "30")
    return pk


ORDER_TELLS = {
    "channel": "web", "status": "placed", "total": 30, "goods_total": 34, "discount_total": 4, "currency": "gbp",
    "priority": 40, "service": "standard", "note": "leave at the door", "external_number": "w-7", "country": "gb",
    "region": "lnd", "postcode": "e1", "city": "london", "bill_country": "ie", "billed_elsewhere": True,
    "weekday": None, "age_hours": 5, "days_to_promise": None, "tags": ["gift"],
    "holds": ["fraud"], "is_held": True, "is_paid": True, "payment_methods": ["card"], "waits": True, "ship_complete": False,
    "warehouses": ["lon"], "pinned": "lon",
    "skus": ["mug", "cup"], "categories": ["cups"], "brands": ["larch"], "line_count": 2, "units": 4, "most_of_one": 3,
    "highest_price": 10, "weight_g": 900, "heaviest_g": 300,
    "is_guest": False, "group": "vip", "buyer_country": "ie", "orders_before": 1,
    "has_email": True, "buyer_name": "nino beridze", "email": "nino@shop.example", "recipient": HOME.name.casefold(),
}  # fmt: skip
ALERT_TELLS = {
    "sku": "mug", "category": "cups", "brand": "larch", "warehouse": "lon", "on_hand": 50, "available": 50, "value": 250,
    "days_left": 20,
}  # fmt: skip
PURCHASE_TELLS = {"supplier": "sup", "warehouse": "lon", "skus": ["mug"]}
ALARM_TELLS = {"kind": "channel_needs_auth", "text": "wrong password"}
# An operator that holds for the value, and one that does not.
HOLDS = {Kind.NUMBER: ("eq", "ne"), Kind.TEXT: ("in", "not_in"), Kind.LIST: ("any", "none"), Kind.FLAG: ("yes", "no")}


def ask(field, subject, facts, told):
    """Whether a condition on this field, as a person types it, holds for what is told and its contrary does not."""
    value = told[0] if isinstance(told, list) else told
    right, wrong = HOLDS[field.kind] if told is not False else reversed(HOLDS[field.kind])
    answers = []
    for op in (right, wrong):
        takes = next(one.takes for one in OPERATORS[field.kind] if one.code == op)
        row = (field.code, op, str(value) if takes else "")
        answers.append(Conditions(when(row), subject=subject).hold(facts))
    return answers == [True, False]


def test_every_field_of_an_order_is_told_and_asked():
    assert set(ORDER_TELLS) == {field.code for field in ORDER_FIELDS}
    desk = Desk()
    pk = _seen(desk)
    facts = order_subjects([pk], now=timezone.now())[pk].facts
    told = ORDER_TELLS | {"weekday": facts["weekday"], "days_to_promise": facts["days_to_promise"]}
    assert facts["days_to_promise"] in (1, 2, 3) and 1 <= facts["weekday"] <= 7  # of the company's day

    assert [field.code for field in ORDER_FIELDS if not ask(field, "order", facts, told[field.code])] == []


def test_every_field_of_stock_receipts_and_trouble_is_told_and_asked():
    desk = Desk()
    today = timezone.localdate(timezone=ZoneInfo(desk.shop.company.time_zone))
    lot = Lot.objects.create(
        company=desk.shop.company, sku_id=desk.mug, code="L1", expiry_date=today + datetime.timedelta(days=20)
    )
    desk.alert("expiry", lot=lot)
    purchase = make_purchase(desk.shop, desk.mug, "5")
    alert = StockAlert.objects.get()
    facts = {
        "alert": alert_subjects([alert.pk], now=timezone.now())[alert.pk].facts,
        "purchase_order": purchase_subjects([purchase.pk], now=timezone.now())[purchase.pk].facts,
        "alarm": {"kind": "channel_needs_auth", "text": "Wrong password"},
    }
    tables = {
        "alert": (ALERT_FIELDS, ALERT_TELLS), "purchase_order": (PURCHASE_FIELDS, PURCHASE_TELLS),
        "alarm": (ALARM_FIELDS, ALARM_TELLS),
    }  # fmt: skip

    for subject, (fields, told) in tables.items():
        assert set(told) == {field.code for field in fields}
        assert [one.code for one in fields if not ask(one, subject, facts[subject], told[one.code])] == []


@pytest.mark.parametrize(
    ("kind", "op", "value", "told", "holds"),
    [
        ("total", "gt", "29", 30, True), ("total", "ge", "30", 30, True), ("total", "lt", "30", 30, False),
        ("total", "le", "30", 30, True), ("days_to_promise", "empty", "", None, True),
        ("note", "contains", "door", "leave at the door", True), ("note", "lacks", "door", "leave at the door", False),
        ("note", "starts", "leave", "leave at the door", True), ("note", "empty", "", "", True),
        ("note", "filled", "", "", False), ("skus", "only", "mug, cup", ["mug"], True),
        ("skus", "any_starts", "mu", ["mug"], True), ("tags", "empty", "", [], True),
    ],
)  # fmt: skip
def test_every_comparison_says_what_it_says(kind, op, value, told, holds):
    assert Conditions(when((kind, op, value)), subject="order").hold({kind: told}) is holds


def test_groups_of_and_and_or_are_nested():
    """(big AND (abroad OR held)) in the form's own words."""
    given = {
        "match": "all",
        "groups": [
            {"match": "all", "rows": [{"field": "total", "op": "gt", "value": "100"}]},
            {"match": "any", "rows": [
                {"field": "country", "op": "not_in", "value": "gb"}, {"field": "is_held", "op": "yes", "value": ""},
            ]},
        ],
    }  # fmt: skip
    asked = Conditions(given, subject="order")
    facts = {"total": 120, "country": "gb", "is_held": False}

    assert [asked.hold(facts | more) for more in ({}, {"country": "de"}, {"is_held": True}, {"is_held": True, "total": 9})] == [
        False, True, True, False,
    ]  # fmt: skip
    either = Conditions(given | {"match": "any"}, subject="order")
    assert [either.hold(facts | more) for more in ({}, {"total": 9}, {"total": 9, "country": "de"})] == [
        True,
        False,
        True,
    ]


def _two_in_one_parcel(desk):
    desk.place("OTHER")
    return desk.place("A")


def _proposed(desk, *, bought):
    """MUG sells and is nearly gone: a supplier has it, or another warehouse."""
    sell(desk.shop, desk.mug, "49", days_ago=9)
    if bought:
        make_offer(desk.shop, "MUG", price="4.00", lead_time_days=10)
    else:
        other = create_warehouse(company_id=desk.shop.id, code="FAR", name="Far", actor=ACTOR)
        shelf = other.locations.create(company=desk.shop.company, code="F1", kind="bin")
        make_stock(desk.shop, desk.mug, "400", "400.00", at=shelf.pk, key="far")
        ReorderRule.objects.create(
            company=desk.shop.company, sku_id=desk.mug, warehouse=desk.shop.warehouse, source=other
        )
    plan_replenishment(company_id=desk.shop.id)
    return desk.place("A", line("MUG", "1"))


def _suppliers(desk):
    supplier = make_purchase(desk.shop, desk.mug, "1").supplier
    DropShipRule.objects.create(company=desk.shop.company, sku_id=desk.cup, supplier=supplier, unit_cost=D(2))
    return desk.place("A", line("CUP", "2"))


def _split(desk):
    make_stock(desk.shop, desk.cup, "5", "10.00", key="cups")
    return desk.place("A", line("MUG", "1"), line("CUP", "1"))


def _only_whole(desk):
    """MUG is there and CUP is not, and nothing leaves before both are."""
    Channel.objects.update(ship_complete=True)
    pk = desk.place("A", line("MUG", "1"), line("CUP", "1"))
    release_orders([pk], company_id=desk.shop.id, actor=ACTOR)
    assert not Fulfilment.objects.filter(order=pk).exists()
    return pk


def read(**fields):
    return lambda pk: all(getattr(Order.objects.get(pk=pk), name) == value for name, value in fields.items())


# action: (its parameters, what there is before, what has to be true afterwards)
DONE = {
    "hold": ({"kind": "manual", "reason": "Ring"}, Desk.place, lambda pk: Hold.objects.filter(order=pk, kind="manual").count() == 1),
    "release_holds": (
        {"reason": "Fine"}, lambda desk: desk.place(holds=(("fraud", "?"),)),
        lambda pk: not Hold.objects.filter(order=pk, released_at=None).exists(),
    ),
    "release": ({}, Desk.place, read(status="released")),
    "add_tag": ({"tag": "gift"}, Desk.place, lambda pk: OrderTag.objects.filter(order=pk, name="gift").exists()),
    "remove_tag": ({"tag": "old"}, Desk.place, lambda pk: not OrderTag.objects.filter(order=pk).exists()),
    "pin": ({"warehouse": "LON", "reason": "Near"}, Desk.place, lambda pk: Order.objects.get(pk=pk).pinned_warehouse.code == "LON"),
    "set_service": ({"service": "express"}, Desk.place, read(shipping_service="express")),
    "set_priority": ({"priority": "7"}, Desk.place, read(priority=7)),
    "split": ({"category": "Cups"}, _split, lambda pk: Fulfilment.objects.filter(order=pk).count() == 2),
    "ship_parts": ({}, _only_whole, lambda pk: Fulfilment.objects.get(order=pk).lines.get().order_line.sku.code == "MUG"),
    "merge": ({}, _two_in_one_parcel, lambda pk: Fulfilment.objects.filter(merge_group__isnull=False).count() == 2),
    "cancel": ({"reason": "Twice"}, Desk.place, read(status="cancelled")),
    "note": ({"text": "Seen"}, Desk.place, lambda pk: AuditEvent.objects.filter(object_id=pk, action="noted").exists()),
    "mail_buyer": ({}, Desk.place, lambda pk: DocumentMail.objects.filter(order=pk).exists()),
    "invoice": (
        {}, lambda desk: desk.place(charges=(shipping("3.50"),), lines=()), lambda pk: Invoice.objects.filter(source_id=pk).exists(),
    ),
    "drop_ship": ({}, _suppliers, lambda pk: Order.objects.get(pk=pk).lines.get().drop_ships.exists()),
    "buy": ({}, lambda desk: _proposed(desk, bought=True), lambda pk: PurchaseOrder.objects.exists()),
    "bring": ({}, lambda desk: _proposed(desk, bought=False), lambda pk: Transfer.objects.exists()),
    "mail": ({"to": "boss@example.com", "subject": "Look"}, Desk.place, lambda pk: len(mail.outbox) == 1),
    "task": ({"role": "order_desk", "title": "Ring"}, Desk.place, lambda pk: StaffTask.objects.filter(source_id=pk).exists()),
    "webhook": ({"event": "big"}, Desk.place, lambda pk: OutboxEvent.objects.filter(topic="RuleFired").exists()),
}  # fmt: skip


def test_an_action_is_said_with_what_its_numbers_mean():
    task = {"action": "task", "role": "order_desk", "title": "Ring", "days": "2"}
    assert in_words(task) == "Give a person a task: order desk, Ring, Due in days: 2"
    assert in_words({"action": "set_priority", "priority": "7"}) == "Set the priority: 7"


def test_every_action_is_named_here():
    assert {*DONE, "move"} == set(ACTIONS)


def test_what_expires_is_moved_where_it_sells_and_never_more_than_is_free():
    desk = Desk()
    far = create_warehouse(company_id=desk.shop.id, code="FAR", name="Far", actor=ACTOR)
    tea = make_tracked(desk.shop, "TEA")
    lot = make_lot(desk.shop, tea, "OLD", days=20)
    make_lot_stock(desk.shop, tea, lot, "9")
    make_rule(
        desk.shop,
        [{"action": "move", "warehouse": "FAR"}],
        trigger="stock_expiry",
        conditions=when(("days_left", "le", "30")),
    )
    place(desk.channel, order("A", line("TEA", "4")))

    desk.alert("expiry", sku_id=tea, lot_id=lot)
    for _turn in range(2):
        notice_alerts()
        work()

    made = Transfer.objects.get()
    assert (made.source, made.target, made.status) == (desk.shop.warehouse, far, "draft")
    assert [(row.lot_id, row.quantity) for row in made.lines.all()] == [(lot, D(5))]
    assert run_checks().ok


def test_nothing_is_taken_from_where_stock_is_low():
    desk = Desk()
    create_warehouse(company_id=desk.shop.id, code="FAR", name="Far", actor=ACTOR)
    rule = make_rule(desk.shop, [{"action": "move", "warehouse": "FAR"}], trigger="stock_low")

    desk.alert("low")
    notice_alerts()
    work()

    assert "Stock is low there" in rule.firings.get().results[0]["detail"] and not Transfer.objects.exists()


@pytest.mark.parametrize("action", list(DONE))
def test_an_action_does_what_it_says_and_its_firing_is_on_the_orders_timeline(action):
    params, before, done = DONE[action]
    desk = Desk()
    rule = make_rule(desk.shop, [{"action": action} | params])
    pk = before(desk)
    if action == "remove_tag":
        add_tags([pk], tag="old", company_id=desk.shop.id, actor=ACTOR, reason="r")

    work()

    results = [result for firing in RuleFiring.objects.filter(rule=rule, order=pk) for result in firing.results]
    assert [result["state"] for result in results] == ["done"], results
    assert done(pk)
    told = AuditEvent.objects.filter(object_type="orders.order", object_id=pk, action="rule_acted")
    assert told.filter(field=rule.name).count() == 1
    assert run_checks().ok
