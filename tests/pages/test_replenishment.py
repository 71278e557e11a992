"""Replenishment as the buyer sees it: proposals with their reason, orders made of them, alerts that close themselves."""

import re

import pytest
from django.urls import reverse

from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from inventory.models import Proposal, PurchaseOrder, ReorderRule, Sku, StockAlert
from tests.factories.buying import make_offer
from tests.factories.planning import count, open_proposals, sell
from tests.factories.staff import said, sign_in


@pytest.fixture
def proposal(world):
    """A mug a day was sold; 1 is free, the supplier takes ten days."""
    sell(world.house, world.mug, "91", days_ago=9)
    make_offer(world.house, "MUG", price="4.00", lead_time_days=10)
    count(world.house)
    return open_proposals(world.house)["MUG", "LON"]


def page(client, row):
    return client.get(reverse(f"admin:inventory_{row._meta.model_name}_change", args=[row.pk])).content.decode()


def press(client, row, button, **data):
    return client.post(reverse(f"admin:inventory_{row._meta.model_name}_{button}", args=[row.pk]), data)


def test_a_proposal_says_why_and_becomes_an_order(world, proposal):
    client = sign_in("buyer")
    listed = client.get(reverse("admin:inventory_proposal_changelist")).content.decode()
    assert "MUG" in listed and "Supplier" in listed
    text = page(client, proposal)
    assert "days of lead time" in text and "Make a purchase order" in text

    assert said(press(client, proposal, "choose", quantity="25")) == ["The quantity is kept."]
    answer = press(client, proposal, "order")

    purchase = PurchaseOrder.objects.latest("pk")
    assert said(answer) == [f"{purchase.number} is a draft."]
    assert purchase.lines.get().quantity == 25
    text = page(client, proposal)
    assert purchase.number in text and "Make a purchase order" not in text
    event = AuditEvent.objects.filter(object_type="inventory.proposal").latest("id")
    assert (event.actor.username, event.old_value, event.new_value) == ("buyer", "open", "ordered")
    assert (
        "From proposals"
        in client.get(reverse("admin:inventory_purchaseorder_change", args=[purchase.pk])).content.decode()
    )
    assert run_checks().ok


def test_one_is_dismissed_with_a_reason_and_an_alert_gets_a_note(world, proposal):
    client = sign_in("buyer")
    alert = StockAlert.objects.get(kind="low")
    assert "the limit is" in page(client, alert)

    assert said(press(client, alert, "note", note="Asked SUP")) == ["The note is kept."]
    assert said(press(client, proposal, "dismiss", days="7", reason="")) == [
        "Say why: the reason is kept with the change."
    ]
    press(client, proposal, "dismiss", days="7", reason="Sold out at the fair")

    proposal.refresh_from_db()
    assert (proposal.status, proposal.reason) == ("dismissed", "Sold out at the fair")
    assert "Asked SUP" in page(client, alert)
    assert (
        "MUG"
        not in re.sub(
            r"(?s)<nav.*?</nav>", "", client.get(reverse("admin:inventory_proposal_changelist")).content.decode()
        ).split("<tbody", 1)[-1]
    )


def test_a_rule_is_set_in_its_form_and_what_makes_no_sense_is_refused_by_field(world):
    client = sign_in("buyer")
    form = {
        "company": world.house.id, "sku": world.mug, "warehouse": world.house.warehouse.pk, "reorder_point": "100",
        "order_up_to": "10", "source": world.house.warehouse.pk, "is_active": "on",
    }  # fmt: skip
    address = reverse("admin:inventory_reorderrule_add")

    refused = client.post(address, form).content.decode()

    assert "above the reorder point" in refused and "another warehouse than the one" in refused
    assert not ReorderRule.objects.exists()
    answer = client.post(address, form | {"order_up_to": "140", "source": ""})
    assert answer.status_code == 302
    count(world.house)
    assert open_proposals(world.house)["MUG", "LON"].quantity == 48  # 92 are free
    assert "Planning" in client.get(reverse("admin:inventory_sku_change", args=[world.mug])).content.decode()


def test_who_may_not_order_orders_nothing(world, proposal):
    picker = sign_in("picker")

    answers = [
        press(picker, proposal, name, days="7", reason="x", quantity="1") for name in ("order", "dismiss", "choose")
    ]

    assert {answer.status_code for answer in answers} == {403}
    proposal.refresh_from_db()
    assert (proposal.status, proposal.chosen_quantity) == ("open", None)
    assert PurchaseOrder.objects.get().pk == world.purchase


def test_nobody_known_who_sells_it_is_said_and_nothing_is_written(world):
    cup = Sku.objects.get(pk=world.cup)
    client = sign_in("buyer")
    ReorderRule.objects.create(
        company_id=world.house.id, sku=cup, reorder_point=30
    )  # none is there, 20 are on a draft, 5 are waited for
    count(world.house)
    row = Proposal.objects.get(sku=cup)

    answer = press(client, row, "order")

    assert said(answer) == ["Nobody is known who sells CUP: add it to a supplier's SKUs."]
    row.refresh_from_db()
    assert row.status == "open" and PurchaseOrder.objects.get().pk == world.purchase
