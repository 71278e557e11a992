"""Many workers ask the same rules of the same orders at once: each rule acts once for each cause."""

import pytest

from orders.models import AutomationRule, OrderTag, RuleDue, RuleFiring
from orders.services.automation import look_at, looking, run_firings
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.rules import make_rule
from tests.factories.sales import make_channel, order, place
from tests.races.test_last_unit import together

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


def asked_by_eight():
    """Eight workers ask one rule of one order, and then all of them do what is due; the notes that were written."""
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    [placed] = place(make_channel(shop), order("A"))
    RuleDue.objects.all().delete()
    rule = make_rule(shop, [{"action": "note", "text": "once"}, {"action": "add_tag", "tag": "seen"}], scope="open")
    RuleDue.objects.all().delete()

    def work(_number):
        mine = AutomationRule.objects.get(pk=rule.pk)
        told = look_at(mine, [placed.order_id])[placed.order_id]
        run_firings()
        return told

    told = together(work, THREADS)
    run_firings()
    return placed.order_id, told


def notes(order_id):
    from backoffice.core.models import AuditEvent

    return AuditEvent.objects.filter(object_type="orders.order", object_id=order_id, action="noted").count()


def test_eight_who_ask_at_once_have_it_done_once():
    order_id, told = asked_by_eight()

    assert set(told) <= {"fired", "already"}
    assert (RuleFiring.objects.count(), OrderTag.objects.count(), notes(order_id)) == (1, 1, 1)
    assert RuleFiring.objects.get().state == "done"


def test_negative_control_without_the_key_of_the_cause_it_is_done_again_and_again(monkeypatch):
    """A cause that is named anew by each who asks is another cause."""
    plain = looking._write
    counted = iter(range(1000))

    def anew(rows):
        return plain([(*row[:5], f"{row[5]}:{next(counted)}", *row[6:]) for row in rows])

    monkeypatch.setattr(looking, "_write", anew)

    order_id, _told = asked_by_eight()

    assert RuleFiring.objects.count() > 1 and notes(order_id) > 1
