"""A supplier's bill from the open receipts to the payment, over HTTP; what is wrong writes nothing."""

from decimal import Decimal

import pytest
from django.utils import timezone

from accounting.models import Bill
from backoffice.core.proof import run_checks
from inventory.models import GrniItem
from tests.factories.bills import grni, make_tax, written
from tests.factories.buying import deliver, make_purchase

SCOPES = ("bills:read", "bills:write", "bills:approve", "bills:post", "bills:pay")
D = Decimal


@pytest.fixture
def bought(world):
    """(caller, order): ten cups at 2.50, eight of them delivered."""
    order = make_purchase(world.house, world.cup, "10")
    deliver(world.house, order, "8")
    return world.caller(*SCOPES, bound=False), order


def body(**changes):
    return {
        "supplier": "SUP",
        "number": "R-77",
        "bill_date": str(timezone.now().date()),
        "total": "20.00",
        "lines": [{"quantity": "8", "unit_price": "2.50", "sku": "CUP"}],
    } | changes


def test_a_bill_goes_from_offer_to_payment(world, bought):
    shop, order = bought
    tax = make_tax(world.house.company)
    offers = shop.get("bills/offers/", supplier="SUP").json()
    assert [(o["sku"], o["order"], o["quantity"], o["receipt"] is None) for o in offers] == [
        ("CUP", order.number, "8.000000", False), ("CUP", order.number, "2.000000", True),
    ]  # fmt: skip
    [found] = shop.post("bills/suggest/", {"supplier": "SUP", "lines": [{"code": "cup", "quantity": "9"}]}).json()
    assert [part["part"] for part in found["parts"]] == ["8.000000", "1.000000"]
    line = {"receipt": offers[0]["receipt"], "quantity": "8", "unit_price": "2.50", "tax_code": tax.code}

    made = shop.post("bills/", body(total="24.00", lines=[line]))
    assert made.status_code == 201, made.content
    pk, tag = made.json()["id"], made.headers["ETag"]
    assert (made.json()["status"], made.json()["tax"], tag) == ("draft", "4.000000", '"1"')
    assert shop.post(f"bills/{pk}/match/", {}).json()["status"] == "approved"
    posted = shop.post(f"bills/{pk}/post/", {}).json()
    assert (posted["status"], posted["open"], grni(world.house)) == ("posted", "24.000000", (0, 0))
    paid = shop.post("bills/pay/", {"bills": [{"bill": pk, "amount": "4"}], "reference": "Run 1"})
    assert paid.status_code == 201, paid.content

    assert shop.get(f"bills/{pk}/").json()["status"] == "partly_paid"
    assert [row["id"] for row in shop.get("bills/", status="partly_paid", supplier="SUP").json()["results"]] == [pk]
    assert shop.get("bills/", status="paid").json()["results"] == []
    assert run_checks().ok


def test_an_exception_is_approved_and_grni_tells_what_is_open(world, bought):
    shop, order = bought
    line = {"order_line": order.lines.get().pk, "quantity": "10", "unit_price": "2.60"}
    pk = shop.post("bills/", body(total="26.00", lines=[line])).json()["id"]

    found = shop.post(f"bills/{pk}/match/", {}).json()
    assert (found["status"], [row["reason"] for row in found["exceptions"]]) == (
        "exception", ["price_over", "not_received"],
    )  # fmt: skip
    assert shop.post(f"bills/{pk}/wait/", {"reason": "On its way"}).json()["waits_for_goods"] is True
    shop.post(f"bills/{pk}/approve/", {"reason": "New price", "credit_expected": "1"})
    assert shop.post(f"bills/{pk}/post/", {}).json()["credit_expected"] == "1.000000"

    [left] = shop.get("grni/").json()["items"]
    assert (left["kind"], left["quantity"], left["value"]) == ("bill", "2.000000", "-5.200000")
    before = shop.get("grni/", as_of="2020-01-01").json()
    assert (before["total"], before["account"], before["items"]) == ("0.000000", "0.000000", [])
    off = shop.post("grni/write-off/", {"items": [left["id"]], "reason": "Never came"})
    assert (off.status_code, off.json()["status"], grni(world.house)) == (201, "posted", (0, 0))
    assert run_checks().ok


def test_a_draft_is_changed_reversed_and_nothing_is_done_on_an_old_reading(world, bought):
    shop, _order = bought
    receipt = GrniItem.objects.get().pk
    line = {"receipt": receipt, "quantity": "8", "unit_price": "2.50"}
    pk = shop.post("bills/", body(lines=[line])).json()["id"]
    assert shop.post(f"bills/{pk}/change/", body(number="R-78", lines=[line])).json()["number"] == "R-78"
    shop.post(f"bills/{pk}/match/", {})
    shop.post(f"bills/{pk}/post/", {})

    before = written()
    old = shop.client.post(
        f"/api/v1/bills/{pk}/reverse/", '{"reason": "Wrong"}', content_type="application/json",
        headers={"authorization": f"Api-Key {shop.key}", "idempotency-key": "old", "if-match": '"1"'},
    )  # fmt: skip
    assert (old.status_code, old.json()["code"], written()) == (412, "bill_changed", before)
    assert shop.post(f"bills/{pk}/reverse/", {"reason": "Wrong"}).json()["status"] == "reversed"
    assert grni(world.house) == (-20, -20)
    assert run_checks().ok


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"total": "20.01"}, 409, "total_differs"),
        ({"supplier": "NOBODY"}, 400, "invalid_input"),
        ({"lines": []}, 400, "invalid_input"),
        ({"lines": [{"quantity": "0", "unit_price": "1"}]}, 400, "invalid_input"),
        ({"lines": [{"kind": "expense", "net": "20.00", "account": "'; DROP"}]}, 400, "invalid_input"),
        ({"lines": [{"kind": "expense", "net": "20.00"}]}, 409, "unknown_account"),
        ({"lines": [{"net": "20.00", "tax_code": "NOPE"}]}, 409, "unknown_tax_code"),
        ({"lines": [{"net": "20.00", "receipt": 1, "order_line": 1}]}, 400, "invalid_input"),
        ({"currency": "ZZZ"}, 409, "unknown_currency"),
        ({"due_date": "2001-01-01"}, 409, "bad_dates"),
        ({"number": "x" * 61}, 400, "invalid_input"),
        ({"total": "NaN"}, 400, "invalid_input"),
        ({"corrects": 10**9}, 409, "unknown_correction"),
    ],
)
def test_what_is_wrong_is_named_and_writes_nothing(world, bought, change, status, code):
    shop, _order = bought
    before = written()

    answer = shop.post("bills/", body(**change))

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert written() == before


def test_a_duplicate_and_a_foreign_bill_are_refused(world, bought):
    shop, _order = bought
    line = {"receipt": GrniItem.objects.get().pk, "quantity": "8", "unit_price": "2.50"}
    assert shop.post("bills/", body(lines=[line])).status_code == 201
    before = written()

    again = shop.post("bills/", body(number="r-77"))
    assert (again.status_code, again.json()["code"]) == (409, "duplicate_number")
    for path in ("match", "post", "discard"):
        assert shop.post(f"bills/{10**9}/{path}/", {}).status_code == 404
    assert world.caller("bills:read", bound=False).post("bills/", body()).status_code == 403
    for wrong in (
        {"bills": []},
        {"bills": [{"bill": Bill.objects.get().pk}]},
        {"bills": [{"bill": 1, "amount": "-1"}]},
    ):
        assert shop.post("bills/pay/", wrong).status_code in (400, 409)
    assert shop.get("grni/", as_of="yesterday").status_code == 400
    assert written() == before
