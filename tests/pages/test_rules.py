"""Rules and tasks for people through their pages."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.core.models import AuditEvent, BulkJobRow, StaffTask
from backoffice.core.proof import run_checks
from backoffice.core.staff_tasks import give_task, role_group
from orders.models import AutomationRule, Order, OrderTag
from orders.services.automation import look_at_due, notice_changes, run_firings
from tests.factories.books import ACTOR
from tests.factories.staff import said, sign_in

RULES = reverse("admin:orders_automationrule_changelist")
BIG = {"match": "all", "groups": [{"match": "all", "rows": [{"field": "total", "op": "gt", "value": "1"}]}]}


def form(**values: object) -> dict[str, object]:
    given = {
        "name": "Big ones", "trigger": "placed", "at_time": "", "position": "10", "conditions": json.dumps(BIG),
        "actions": json.dumps([{"action": "add_tag", "tag": "big"}]),
    }  # fmt: skip
    return given | values


def make(desk: object) -> AutomationRule:
    desk.post(reverse("admin:orders_automationrule_add"), form())
    return AutomationRule.objects.get()


@pytest.mark.django_db(transaction=True)
def test_a_rule_is_made_tried_switched_on_run_on_chosen_orders_and_switched_off(world):
    desk = sign_in("order_desk")
    rule = make(desk)
    page = reverse("admin:orders_automationrule_change", args=[rule.pk])
    assert (rule.name, rule.is_active, rule.position) == ("Big ones", False, 10)
    assert "Then" in desk.get(page).content.decode() and "Big ones" in desk.get(RULES).content.decode()

    tried = desk.get(page, {"days": "365"}).content.decode()
    assert "It would act on" in tried and not OrderTag.objects.exists()

    on = desk.post(reverse("admin:orders_automationrule_on", args=[rule.pk]), {"scope": "open", "version": "1"})
    assert said(on) == ["“Big ones” is switched on."]
    notice_changes(), look_at_due(), run_firings()
    tagged = OrderTag.objects.filter(name="big")
    assert tagged.count() == Order.objects.filter(status__in=["placed", "released", "partly_shipped"]).count() > 0
    order = tagged.first().order
    story = desk.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "Big ones" in story and "Tag: big" in story
    assert order.number in desk.get(page).content.decode()

    off = desk.post(reverse("admin:orders_automationrule_off", args=[rule.pk]))
    assert said(off) == ["“Big ones” is switched off."] and run_checks().ok


def test_what_is_wrong_stands_on_the_form_and_nothing_is_kept(world):
    desk = sign_in("order_desk")
    bad = form(
        name="", conditions='{"groups": [{"rows": [{"field": "total", "op": "gt", "value": "<b>much"}]}]}', actions="["
    )

    answer = desk.post(reverse("admin:orders_automationrule_add"), bad)

    text = answer.content.decode()
    assert answer.status_code == 200 and "give a name" in text and "is not a number" in text
    assert "correct what is marked in red" in text and "conditions.groups[0].rows[0].value:" not in text
    assert "<b>much" not in text and not AutomationRule.objects.exists()


def test_the_second_of_two_editors_is_told(world):
    desk = sign_in("order_desk")
    rule = make(desk)
    page = reverse("admin:orders_automationrule_change", args=[rule.pk])
    assert desk.post(page, form(name="Mine", version="1")).status_code == 302

    answer = desk.post(page, form(name="Theirs", version="1"))

    assert "Somebody changed the rule" in answer.content.decode()
    assert AutomationRule.objects.get().name == "Mine"


@pytest.mark.parametrize("role", ["picker", "accountant"])
def test_who_may_not_make_rules_makes_none(world, role):
    answer = sign_in(role).post(reverse("admin:orders_automationrule_add"), form())

    assert answer.status_code == 403 and not AutomationRule.objects.exists()


def test_a_tag_is_added_found_and_taken_off(world):
    desk, order = sign_in("order_desk"), Order.objects.order_by("pk").first()
    url = reverse("admin:orders_order_tag", args=[order.pk])

    assert said(desk.post(url, {"tag": "vip"})) == ["Tagged “vip”."]
    listed = desk.get(reverse("admin:orders_order_changelist"), {"tag": "vip"}).content.decode()
    assert order.number in listed
    refusal = desk.post(url, {"tag": "a,b"})
    assert "no comma" in said(refusal)[0] and OrderTag.objects.count() == 1
    assert said(desk.post(url, {"remove": "vip"})) == ["Tag “vip” is taken off."]

    assert not OrderTag.objects.exists()
    assert list(AuditEvent.objects.filter(object_id=order.pk, field="tag").order_by("pk").values_list("action", flat=True)) == [
        "tagged", "untagged",
    ]  # fmt: skip


def test_a_task_is_given_handed_on_and_done(world):
    lead = sign_in("warehouse_lead")
    picker = sign_in("picker")
    from django.contrib.auth.models import Group

    role = Group.objects.get(name="picker").pk
    lead.post(reverse("admin:core_stafftask_add"), {"title": "Sweep aisle A", "role": role, "due_date": "2026-01-02"})
    task = StaffTask.objects.get()
    assert "Sweep aisle A" in picker.get(reverse("admin:core_stafftask_changelist")).content.decode()
    assert ">1<" in picker.get(reverse("admin:index")).content.decode().replace(" ", "").replace("\n", "")

    nobody = lead.post(reverse("admin:core_stafftask_add"), {"title": "For nobody"})
    assert "Say who is to do it" in nobody.content.decode() and StaffTask.objects.count() == 1
    foreign = sign_in("accountant").post(reverse("admin:core_stafftask_end", args=[task.pk]), {"status": "done"})
    assert "no task" in said(foreign)[0]
    why = picker.post(reverse("admin:core_stafftask_end", args=[task.pk]), {"status": "dropped"})
    assert said(why) == ["Say why it will not be done."]
    assert said(picker.post(reverse("admin:core_stafftask_end", args=[task.pk]), {"status": "done"})) == [
        "“Sweep aisle A” is ended."
    ]

    task.refresh_from_db()
    assert (task.status, task.ended_by) == ("done", "picker")
    tasks = reverse("admin:core_stafftask_changelist")
    picker.get(tasks)  # with what was said of it
    shown = {
        page: "Sweep aisle A" in picker.get(tasks + page).content.decode() for page in ("", "?view=ended", "?view=all")
    }
    assert shown == {"": False, "?view=ended": True, "?view=all": True}, "the list begins with what is open"
    again = picker.post(reverse("admin:core_stafftask_end", args=[task.pk]), {"status": "done"})
    assert "has ended" in said(again)[0]


def test_the_list_of_tasks_links_to_what_each_is_about_and_a_longer_one_asks_no_more(world):
    lead, orders = sign_in("owner"), Order.objects.order_by("pk")[:2]
    address = reverse("admin:core_stafftask_changelist")

    def give(order: Order) -> str:
        source = ("orders.order", order.pk)
        give_task(title="Ring", role=role_group("picker"), source=source, company_id=order.company_id, actor=ACTOR)
        return reverse("admin:orders_order_change", args=[order.pk])

    give(orders[0]), lead.get(address)
    with CaptureQueriesContext(connection) as one:
        lead.get(address)
    links = [give(order) for order in orders]
    with CaptureQueriesContext(connection) as three:
        shown = lead.get(address).content.decode()

    assert all(f'href="{link}"' in shown for link in links) and len(one) == len(three)


def test_a_rule_runs_on_orders_that_somebody_chooses(world):
    from backoffice.core import bulk
    from backoffice.core.actor import Actor
    from backoffice.core.models import User

    desk = sign_in("order_desk")
    rule = make(desk)
    desk.post(reverse("admin:orders_automationrule_on", args=[rule.pk]), {"scope": "new"})
    orders = Order.objects.order_by("pk")[:1]
    actor = Actor.of(User.objects.get(username="order_desk"))

    job = bulk.start_job("orders.run_rule", rows=orders, params={"rule": "Big ones"}, actor=actor)
    bulk.run_job(job.pk)
    run_firings()

    assert BulkJobRow.objects.get().detail == "The rule acts on it now."
    assert OrderTag.objects.get().order_id == orders[0].pk
