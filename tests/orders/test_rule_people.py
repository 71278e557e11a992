"""Rules may ask who buys; what they saw of a person is kept nowhere. And values may hold commas."""

import pytest

from inventory.models import Category, Product
from orders.automation.conditions import Conditions
from orders.automation.listed import joined, parts_of
from orders.automation.words import conditions_in_words
from orders.inputs import ContactInput
from orders.models import OrderTag, RuleFiring
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.rules import make_rule, when, work
from tests.factories.sales import make_channel, order, place

BUYER = ContactInput(external_id="c-9", name="Nino Beridze", email="Nino@Trick.example")
NAME = 'Cups, mugs and "bowls"'
TAG = [{"action": "add_tag", "tag": "known"}]


@pytest.fixture
def shop(transactional_db):
    made = make_shop()
    make_stock(made, make_sku(made), "50")
    return made


def test_who_buys_is_asked_and_not_kept_with_what_the_rule_did(shop):
    who = (("email", "contains", "@trick.example"), ("buyer_name", "starts", "nino"), ("total", "gt", "1"))
    make_rule(shop, TAG, conditions=when(*who))
    one, _other = place(make_channel(shop), order("A", contact=BUYER), order("B"))

    work()

    assert list(OrderTag.objects.values_list("order_id", "name")) == [(one.order_id, "known")]
    firing = RuleFiring.objects.get()
    assert firing.looked["email"] == firing.looked["buyer_name"] == "…" and firing.looked["total"] != "…"
    assert "nino" not in str(list(RuleFiring.objects.values())).casefold()


def test_a_category_with_a_comma_is_one_value(shop):
    for name in ("Lamps", NAME):
        category = Category.objects.create(company=shop.company, code=name[:4], name=name)
    Product.objects.update(category=category)
    conditions = when(("categories", "any", joined(["Lamps", NAME])))
    make_rule(shop, TAG, conditions=conditions)
    place(make_channel(shop), order("A"))

    assert work() == {"done": 1}
    assert OrderTag.objects.count() == 1
    words = conditions_in_words(conditions, "order", {})
    assert words.endswith('Lamps, "Cups, mugs and ""bowls"""')


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("web, shop", ["web", "shop"]),
        (' web ,, "Cups, mugs" ,', ["web", "Cups, mugs"]),
        ('"a ""b"", c"', ['a "b", c']),
        ('5" pipes, x', ['5" pipes', "x"]),
        ('"open', ["open"]),
        ("a\nb, c", ["a b", "c"]),
        (" , ", []),
        ("", []),
    ],
)
def test_values_are_parted_by_commas_outside_quotation_marks(text, parts):
    assert parts_of(text) == parts == parts_of(joined(parts))


def test_conditions_take_quoted_values():
    asked = Conditions(when(("categories", "only", joined([NAME, "Lamps"]))), subject="order")

    assert asked.hold({"categories": [NAME]}) and not asked.hold({"categories": ["Cups"]})
    assert asked.looked({"categories": [NAME, "Lamps"]}) == {"categories": f"{joined([NAME])}, Lamps"}
