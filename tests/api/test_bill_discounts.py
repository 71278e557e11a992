"""A supplier's early-payment discount over HTTP."""

from django.utils import timezone

from backoffice.core.proof import run_checks
from tests.factories.bills import discounted_bills, written


def test_over_http(world):
    first, second = discounted_bills(world.house, world.cup)
    shop = world.caller("bills:read", "bills:pay", bound=False)

    early = shop.post("bills/pay/", {"bills": [{"bill": first.pk}], "discounts": True})
    assert (early.status_code, len(early.json()["discounts"])) == (201, 1), early.content
    before = written()
    refused = shop.post(f"bills/{second.pk}/discount/", {})
    assert (refused.status_code, refused.json()["code"], written()) == (409, "too_much", before)
    shop.post("bills/pay/", {"bills": [{"bill": second.pk, "amount": "12.25"}]})
    note = shop.post(f"bills/{second.pk}/discount/", {"paid_on": str(timezone.now().date())})

    assert (note.status_code, note.json()["number"], note.json()["total"]) == (201, "B-2-DISCOUNT", "0.250000")
    assert [(one.name, one.row, one.error) for one in run_checks().results if one.state != "ok"] == []
