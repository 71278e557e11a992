"""What a rule may not say, and who may not have it do what: named when it is kept or switched on."""

import pytest

from backoffice.core.errors import InvalidInput, NotPermitted
from inventory.models import Warehouse
from inventory.services import create_warehouse
from orders.models import AutomationRule, OrderTag
from orders.selectors.rule_choices import rule_choices
from orders.services.automation import (
    RuleInput,
    create_rule,
    switch_on,
    update_rule,
)
from tests.factories.books import ACTOR
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.refusals import refused
from tests.factories.rules import ALL, make_rule, owner, when, work
from tests.factories.sales import make_channel, place

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_mistake_is_named_and_nothing_is_kept():
    shop = make_shop()
    bad = RuleInput(
        " ", "placed", when(("total", "gt", "much"), ("shoe_size", "gt", "1"), ("note", "matches", ".*")),
        [{"action": "mail", "to": "nobody", "subject": ""}, {"action": "explode"}],
    )  # fmt: skip

    with pytest.raises(InvalidInput) as refusal:
        create_rule(bad, company_id=shop.id, actor=ACTOR)

    assert [error["field"] for error in refusal.value.context["errors"]] == [
        "name", "conditions.groups[0].rows[0].value", "conditions.groups[0].rows[1].field",
        "conditions.groups[0].rows[2].op", "actions[0].to", "actions[0].subject", "actions[1].action",
    ]  # fmt: skip
    assert not AutomationRule.objects.exists()


def test_what_is_misspelt_in_a_closed_list_is_named_when_it_is_kept_and_when_it_is_switched_on():
    shop = make_shop()
    bad = RuleInput(
        "Abroad", "placed",
        when(("country", "in", "DE, Germany"), ("holds", "any", "frauds"), ("tags", "any", "new"), ("channel", "starts", "w")),
        [{"action": "pin", "warehouse": "NOWHERE", "reason": "r"}, {"action": "split", "category": "Cup"}],
    )  # fmt: skip

    with pytest.raises(InvalidInput) as refusal:
        create_rule(bad, company_id=shop.id, actor=ACTOR)

    assert {error["field"]: error["message"] for error in refusal.value.context["errors"]} == {
        "conditions.groups[0].rows[0].value": "there is no “Germany” to choose from",
        "conditions.groups[0].rows[1].value": "there is no “frauds” to choose from",
        "actions[0].warehouse": "there is no “NOWHERE” to choose from",
        "actions[1].category": "there is no “Cup” to choose from",
    }
    assert not AutomationRule.objects.exists()
    far = create_warehouse(company_id=shop.id, code="FAR", name="Far", actor=ACTOR)
    rule = make_rule(shop, [{"action": "pin", "warehouse": "FAR", "reason": "r"}], on=False)
    Warehouse.objects.filter(pk=far.pk).update(code="FARTHER")
    with refused(InvalidInput):
        switch_on(rule.pk, scope="new", company_id=shop.id, actor=owner(), allowed=ALL)


def test_the_kind_of_trouble_is_one_that_channels_have():
    shop, then = make_shop(), [{"action": "task", "title": "Sign in again", "role": "owner"}]
    trouble = dict(rule_choices(shop.id)["alarms"])
    assert trouble["channel_needs_auth"] == "The channel wants a new sign-in" and len(trouble) == 8

    with pytest.raises(InvalidInput) as refusal:
        create_rule(
            RuleInput("Login", "sync_failed", when(("kind", "in", "login")), then), company_id=shop.id, actor=ACTOR
        )

    assert {error["field"]: error["message"] for error in refusal.value.context["errors"]} == {
        "conditions.groups[0].rows[0].value": "there is no “login” to choose from"
    }


def test_a_task_is_for_somebody_who_is_there_and_a_weekday_is_one_of_seven():
    task = {"action": "task", "title": "Ring the buyer"}
    bad = RuleInput("Ring", "placed", when(("weekday", "ge", "8")), [task, {**task, "person": "nobody"}])

    with pytest.raises(InvalidInput) as refusal:
        create_rule(bad, company_id=make_shop().id, actor=ACTOR)

    assert {error["field"]: error["message"] for error in refusal.value.context["errors"]} == {
        "actions[0].role": "choose one of these",
        "conditions.groups[0].rows[0].value": "there is no “8” to choose from",
        "actions[1].person": "there is no “nobody” to choose from",
    }
    assert not AutomationRule.objects.exists()


def test_nobody_has_a_rule_do_what_they_may_not_do_themselves():
    shop = make_shop()
    rule = make_rule(shop, [{"action": "hold", "kind": "fraud", "reason": "x"}], on=False)

    with refused(NotPermitted):
        switch_on(rule.pk, scope="new", company_id=shop.id, actor=owner(), allowed={"orders.change_order"})
    with refused(InvalidInput):
        switch_on(rule.pk, scope="new", company_id=shop.id, actor=ACTOR, allowed=ALL)

    rule.refresh_from_db()
    assert not rule.is_active
    switch_on(rule.pk, scope="new", company_id=shop.id, actor=owner(), allowed=ALL)
    with refused(NotPermitted):
        update_rule(
            rule.pk,
            RuleInput("other", "placed", {}, [{"action": "buy"}]),
            company_id=shop.id,
            actor=owner(),
            allowed={"orders.add_hold"},
        )


def test_what_people_type_is_a_value_never_an_expression():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    evil = '" or true or "'
    make_rule(
        shop,
        [{"action": "add_tag", "tag": "x"}],
        conditions=when(("note", "contains", evil), ("note", "starts", "$env"), match="any"),
    )
    place(make_channel(shop))

    assert work() == {} and not OrderTag.objects.exists()
