"""Rules: fired by what happens, re-asked when an order changes, at most once for each cause."""

import datetime
from dataclasses import replace

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.core.models import AuditEvent, OutboxEvent, StaffTask, User
from backoffice.core.outbox import deliver_due
from backoffice.core.proof import run_checks
from integrations.services.alarms import raise_alarm
from inventory.models import Sku, Warehouse
from inventory.services import create_warehouse
from orders.inputs import AddressInput
from orders.models import AutomationRule, Hold, Order, OrderTag, RuleDue, RuleFiring
from orders.services import change_order, place_hold, release_orders
from orders.services.automation import (
    add_tags,
    look_at,
    look_at_due,
    notice_alerts,
    notice_changes,
    run_firings,
    sweep,
    switch_off,
    try_rule,
)
from orders.services.changing.edits import OrderEdit
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, make_purchase
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.rules import make_rule, owner, when, work
from tests.factories.sales import line, make_channel, order, place
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_order_that_meets_the_conditions_is_acted_on_once_whatever_changes_later():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    channel = make_channel(shop)
    rule = make_rule(
        shop,
        [{"action": "add_tag", "tag": "big"}, {"action": "hold", "kind": "manual", "reason": "look at it"}],
        conditions=when(("total", "gt", "100")),
    )
    big, small = place(channel, order("A", line(quantity="11")), order("B", line(quantity="2")))

    assert work() == {"done": 1}

    assert list(OrderTag.objects.values_list("order_id", "name", "added_by")) == [(big.order_id, "big", "rule:rule 1")]
    hold = Hold.objects.get()
    assert (hold.order_id, hold.kind, hold.placed_by) == (big.order_id, "manual", "rule:rule 1")
    firing = RuleFiring.objects.get()
    assert firing.looked == {"total": "110"} and [r["state"] for r in firing.results] == ["done", "done"]
    told = AuditEvent.objects.filter(object_type="orders.order", object_id=big.order_id, action="rule_acted")
    assert list(told.values_list("field", "new_value")) == [
        ("rule 1", "Tag: big"),
        ("rule 1", "Hold: Manual, look at it"),
    ]

    change_order(
        big.order_id, edit=OrderEdit(shipping_service="express"), company_id=shop.id, actor=owner(), reason="asked",
        today=datetime.date.today(),
    )  # fmt: skip
    assert work() == {}
    assert rule.firings.count() == 1 and run_checks().ok


def test_an_old_order_is_asked_again_when_it_changes_and_fires_then():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    channel = make_channel(shop)
    [placed] = place(channel, order(placed_at=datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)))
    make_rule(
        shop, [{"action": "set_priority", "priority": "5"}], scope="open", conditions=when(("tags", "any", "VIP, gold"))
    )
    assert work() == {} and not RuleDue.objects.exists()

    add_tags([placed.order_id], tag="vip", company_id=shop.id, actor=owner())

    assert work() == {"done": 1}
    assert Order.objects.get().priority == 5


def test_a_rule_for_new_orders_leaves_the_old_ones_alone():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    channel = make_channel(shop)
    [old] = place(channel, order("old"))
    make_rule(shop, [{"action": "add_tag", "tag": "seen"}])
    [new] = place(channel, order("new"))
    add_tags([old.order_id], tag="changed", company_id=shop.id, actor=owner())

    work()

    assert list(OrderTag.objects.filter(name="seen").values_list("order_id", flat=True)) == [new.order_id]


def test_each_hold_is_a_cause_of_its_own():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    make_rule(shop, [{"action": "task", "role": "order_desk", "title": "Ring the buyer", "days": "2"}], trigger="held")
    [placed] = place(make_channel(shop))
    assert work() == {}

    for kind in ("fraud", "address"):
        place_hold(placed.order_id, company_id=shop.id, kind=kind, reason="odd", actor=owner())
    assert work() == {"done": 2}

    task = StaffTask.objects.first()
    assert (task.title, task.role.name, task.source_type, task.source_id) == (
        "Ring the buyer", "order_desk", "orders.order", placed.order_id,
    )  # fmt: skip


def test_a_task_is_given_to_the_person_the_rule_names_and_where_they_have_left_the_rule_says_so():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    people = [make_staff("picker"), make_staff("buyer")]
    for person, more in zip(people, ({"role": "order_desk"}, {}), strict=True):
        make_rule(shop, [{"action": "task", "person": person.username, "title": "Ring the buyer", **more}])
    place(channel := make_channel(shop))
    work()
    assert list(StaffTask.objects.order_by("pk").values_list("owner", "role")) == [(p.pk, None) for p in people]

    User.objects.update(is_active=False)
    place(channel, order("B"))
    work()

    assert StaffTask.objects.last().role.name == "order_desk" and StaffTask.objects.count() == 3
    [failed] = RuleFiring.objects.exclude(state="done")
    assert failed.results[0]["detail"] == "buyer does not work here any more."


def test_rules_that_undo_each_other_are_stopped_and_somebody_is_told():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    make_rule(shop, [{"action": "hold", "kind": "manual", "reason": "a"}], trigger="released", name="holds")
    free = [{"action": "release_holds", "reason": "b"}]
    make_rule(shop, free, trigger="held", name="frees")
    [placed] = place(make_channel(shop))
    for _turn in range(3):
        work()
    assert not Hold.objects.filter(released_at=None).exists()  # released is a cause once: no circle by itself

    for _turn in range(8):  # somebody, or another system, holds it again and again
        place_hold(placed.order_id, company_id=shop.id, kind="manual", reason="again", actor=owner())
        work()

    stopped = RuleFiring.objects.filter(state="stopped")
    assert stopped.exists() and Hold.objects.filter(released_at=None).exists()
    assert "goes in circles" in StaffTask.objects.first().title
    assert run_checks().ok


def test_a_refusal_of_one_action_is_told_and_the_rest_are_done():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    closed = create_warehouse(company_id=shop.id, code="OLD", name="Old", actor=ACTOR)
    make_rule(shop, [{"action": "pin", "warehouse": "OLD", "reason": "near"}, {"action": "add_tag", "tag": "x"}])
    Warehouse.objects.filter(pk=closed.pk).update(is_active=False)
    place(make_channel(shop))

    assert work() == {"refused": 1}

    results = RuleFiring.objects.get().results
    assert [r["state"] for r in results] == ["refused", "done"] and "OLD" in results[0]["detail"]


def test_a_broken_action_is_tried_again_and_what_was_done_is_not_repeated(monkeypatch):
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    make_rule(shop, [{"action": "note", "text": "first"}, {"action": "set_priority", "priority": "1"}])
    place(make_channel(shop))
    deliver_due(), notice_changes(), look_at_due()
    from orders.services.automation import acting

    real = acting._DO["set_priority"]
    monkeypatch.setitem(acting._DO, "set_priority", lambda action, doing: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_firings()
    monkeypatch.setitem(acting._DO, "set_priority", real)
    assert run_firings() == {}  # it waits a little before it is tried again
    RuleFiring.objects.update(due_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))

    assert run_firings() == {"done": 1}

    assert AuditEvent.objects.filter(action="noted").count() == 1 and Order.objects.get().priority == 1


def test_mails_and_webhooks_leave_the_house():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    actions = [
        {"action": "mail", "to": "boss@example.com", "subject": "A big one", "text": "{{ 7*7 }} {% debug %}"},
        {"action": "webhook", "event": "big-order"},
    ]
    make_rule(shop, actions, conditions=when(("skus", "any", "mug")))
    [placed] = place(make_channel(shop))

    assert work() == {"done": 1}

    [sent] = mail.outbox
    assert sent.to == ["boss@example.com"] and "{{ 7*7 }} {% debug %}" in sent.body  # as typed: no template
    assert f"SO-{placed.order_id:06d}" in sent.body
    event = OutboxEvent.objects.get(topic="RuleFired")
    assert (event.payload["order_id"], event.payload["event"]) == (placed.order_id, "big-order")


def test_what_is_switched_off_does_nothing_any_more():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    rule = make_rule(shop, [{"action": "add_tag", "tag": "x"}])
    place(make_channel(shop))
    deliver_due(), notice_changes(), look_at_due()

    switch_off(rule.pk, company_id=shop.id, actor=owner())

    assert run_firings() == {} and not OrderTag.objects.exists()


def test_late_orders_and_times_of_day_come_by_the_clock():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    channel = make_channel(shop)
    [late, _fine] = place(
        channel,
        order("late", promise_date=datetime.date(2026, 1, 5)),
        order("fine", promise_date=datetime.date(2999, 1, 1)),
    )
    make_rule(shop, [{"action": "add_tag", "tag": "late"}], trigger="late", scope="open")
    daily = make_rule(
        shop, [{"action": "note", "text": "daily"}], trigger="time", scope="open", at_time=datetime.time(0, 0)
    )
    RuleDue.objects.all().delete()
    AutomationRule.objects.filter(pk=daily.pk).update(since=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))

    assert sweep() == 1 + 2
    work()
    assert list(OrderTag.objects.values_list("order_id", "name")) == [(late.order_id, "late")]
    assert AuditEvent.objects.filter(action="noted").count() == 2

    assert sweep() == 0 and work() == {}  # once a day, once for each promise


def test_stock_alerts_set_rules_off():
    from inventory.models import StockAlert

    shop = make_shop()
    sku = make_sku(shop)
    rule = make_rule(
        shop,
        [{"action": "task", "role": "buyer", "title": "Buy mugs"}],
        trigger="stock_low",
        conditions=when(("sku", "in", "mug")),
    )
    alert = StockAlert.objects.create(company_id=shop.id, kind="low", sku_id=sku, warehouse_id=shop.warehouse.pk)
    StockAlert.objects.create(company_id=shop.id, kind="over", sku_id=sku, warehouse_id=shop.warehouse.pk)

    assert notice_alerts() == 1 and work() == {"done": 1}
    assert notice_alerts() == 0

    assert rule.firings.get().subject_id == alert.pk
    assert StaffTask.objects.get().source_type == "inventory.stockalert"


def test_goods_received_and_trouble_with_a_sync_set_rules_off():
    shop = make_shop()
    sku = make_sku(shop)
    make_purchase(shop, sku, "5")
    received = make_rule(
        shop,
        [{"action": "task", "role": "buyer", "title": "Check the price"}],
        trigger="received",
        conditions=when(("supplier", "in", "sup"), ("skus", "any", "mug")),
    )
    failed = make_rule(
        shop,
        [{"action": "task", "role": "order_desk", "title": "Look at the sync"}],
        trigger="sync_failed",
        conditions=when(("text", "contains", "password")),
    )
    purchase = make_purchase(shop, sku, "10")
    assert work() == {}  # ordered is not received

    deliver(shop, purchase, "4")
    for text in ("The password is wrong", "The shop is slow"):
        raise_alarm(kind=text[:8], object_type="x", object_id=1, company_id=shop.id, text=text)

    assert work() == {"done": 2} and work() == {}
    assert (received.firings.get().subject_id, failed.firings.count()) == (purchase.pk, 1)
    assert {task.source_type for task in StaffTask.objects.all()} == {"inventory.purchaseorder", "integrations.alarm"}
    assert run_checks().ok


def test_chosen_orders_are_asked_whenever_they_came():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    one, two = place(make_channel(shop), order("A"), order("B", line(quantity="9")))
    rule = make_rule(shop, [{"action": "add_tag", "tag": "nine"}], conditions=when(("units", "ge", "9")))

    first = look_at(rule, [one.order_id, two.order_id])
    again = look_at(rule, [one.order_id, two.order_id])

    assert first == {one.order_id: "no_match", two.order_id: "fired"}
    assert again == {one.order_id: "no_match", two.order_id: "already"}
    assert run_firings() == {"done": 1}


def test_a_trial_says_before_and_after_and_writes_nothing():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    now = datetime.datetime.now(datetime.UTC)
    place(make_channel(shop), order("A", placed_at=now), order("B", line(quantity="9"), placed_at=now))
    rule = make_rule(
        shop,
        [{"action": "set_priority", "priority": "3"}, {"action": "merge"}],
        on=False,
        conditions=when(("units", "ge", "9")),
    )
    before = AuditEvent.objects.count()

    trial = try_rule(rule, days=7)

    assert (trial.looked_at, trial.matched, trial.is_cut) == (2, 1, False)
    [row] = trial.rows
    assert row.changes == {"priority": ("100", "3")} and row.others == ("Merge with the buyer's other open orders",)
    assert row.looked == {"units": "9"}
    assert (AuditEvent.objects.count(), RuleFiring.objects.count()) == (before, 0)


def test_rules_that_shops_need_act_on_what_they_mean_and_on_nothing_else():
    """Dear orders billed abroad are held, express goes first, heavy goods leave from one place, gifts are tagged."""
    shop = make_shop()
    make_stock(shop, make_sku(shop, "MUG"), "50")
    make_stock(shop, make_sku(shop, "SAFE"), "50", key="safe")
    Sku.objects.filter(code="SAFE").update(weight_g=31_000)
    home = AddressInput("Ann", line1="1, High St.", city="London", postcode="E1", country="GB")
    rules = {
        "held": (when(("total", "gt", "1 500,00"), ("billed_elsewhere", "yes", "")), {"action": "hold", "kind": "fraud", "reason": "Ring"}),
        "first": (when(("service", "in", "Express")), {"action": "set_priority", "priority": "10"}),
        "pinned": (when(("heaviest_g", "ge", "30000")), {"action": "pin", "warehouse": "LON", "reason": "Two people lift it"}),
        "tagged": (when(("note", "contains", "GIFT"), ("tags", "any", "gift"), match="any"), {"action": "add_tag", "tag": "wrap"}),
    }  # fmt: skip
    for name, (conditions, action) in rules.items():
        make_rule(shop, [action], name=name, conditions=conditions)
    abroad = replace(home, country="IE")
    made = place(
        make_channel(shop),
        order("A", line("MUG", "1", "1600"), shipping_address=home, billing_address=abroad),
        order("B", line("MUG", "1", "1400"), shipping_address=home, billing_address=abroad),
        order("C", line("MUG", "1", "1600"), shipping_address=home, billing_address=home),
        order("D", line("MUG", "1", "1600"), shipping_address=home, shipping_service="express"),
        order("E", line("SAFE", "1"), line("MUG", "3")),
        order("F", line("MUG", "900"), note="A gift for Mum"),
    )

    work()

    did = {(firing.order_id, firing.rule.name) for firing in RuleFiring.objects.select_related("rule")}
    number = {name: one.order_id for name, one in zip("ABCDEF", made, strict=True)}
    assert did == {(number["A"], "held"), (number["D"], "first"), (number["E"], "pinned"), (number["F"], "tagged")}
    assert set(RuleFiring.objects.values_list("state", flat=True)) == {"done"} and run_checks().ok


def test_as_many_questions_for_fifty_orders_as_for_two():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "500")
    channel = make_channel(shop)
    make_rule(shop, [{"action": "add_tag", "tag": "x"}], conditions=when(("total", "gt", "0"), ("waits", "no", "")))

    def statements(count: int, first: int) -> int:
        place(channel, *(order(str(first + n)) for n in range(count)))
        notice_changes()
        with CaptureQueriesContext(
            connection,
        ) as caught:
            look_at_due()
        return len(caught)

    assert statements(2, 0) == statements(50, 100)


def test_without_rules_nothing_is_noted():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    [placed] = place(make_channel(shop))
    release_orders([placed.order_id], company_id=shop.id, actor=ACTOR)

    assert notice_changes() > 0 and not RuleDue.objects.exists()
