"""Purchasing over HTTP: suppliers' lists, orders from draft to dock, notices, returns."""

from decimal import Decimal

from django.utils import timezone

from accounting.models import AccountRole, Party, PersonalData
from backoffice.core.approval_limits import set_threshold
from backoffice.core.proof import run_checks
from inventory.models import AdvanceNotice, PurchaseOrder, SupplierPrice, SupplierReturn, SupplierSku
from inventory.selectors.receipts import receipts_of
from orders.models import DocumentMail
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, in_days, make_offer, make_purchase, make_supplier
from tests.factories.goods import balance, level, make_sku, written

D = Decimal
SCOPES = ("purchasing:read", "purchasing:write", "warehouse:write", "warehouse:read")


def buyer(world):
    return world.caller(*SCOPES, bound=False, company_id=world.house.id)


def draft(world, quantity="10", **values):
    make_supplier(world.house)
    body = {
        "supplier": "SUP",
        "warehouse": "LON",
        "expected_date": str(in_days(7)),
        "lines": [{"sku": "MUG", "quantity": quantity, "unit_cost": "2.50"}],
    }
    return buyer(world).post("purchase-orders/", body | values)


def test_a_suppliers_list_is_written_at_once_and_a_feed_tells_what_they_have(world):
    make_supplier(world.house)
    rows = [
        {"sku": "MUG", "code": "A-1", "min_quantity": "10", "price": "3.00", "lead_time_days": 5},
        {"sku": "MUG", "price": "2.50", "from_quantity": "100"},
        {"sku": "CUP", "price": "1.00"},
    ]

    made = buyer(world).post("supplier-skus/", {"supplier": "SUP", "rows": rows})
    fed = buyer(world).post(
        "supplier-skus/",
        {"supplier": "SUP", "as_of": timezone.now().isoformat(), "rows": [{"sku": "a-1", "stock": "40"}]},
    )

    assert (made.status_code, made.json()) == (200, {"made": 2, "changed": 0, "prices": 3, "stale": 0})
    assert fed.json()["changed"] == 1
    [mug] = buyer(world).get("supplier-skus/", code="A-1").json()["results"]
    assert (mug["stock_quantity"], [price["unit_price"] for price in mug["prices"]]) == (
        "40.000000",
        ["3.000000", "2.500000"],
    )


def test_a_wrong_row_of_a_suppliers_list_is_named_and_nothing_is_written(world):
    make_supplier(world.house)

    answer = buyer(world).post(
        "supplier-skus/", {"supplier": "SUP", "rows": [{"sku": "MUG", "price": "1"}, {"sku": "NO", "price": "-1"}]}
    )

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["rows.2.sku", "rows.2.price"]
    assert (SupplierSku.objects.count(), SupplierPrice.objects.count()) == (0, 0)


def test_an_order_goes_from_the_draft_to_the_dock(world):
    call = buyer(world)
    made = draft(world)
    assert made.status_code == 201, made.json()
    pk, [line] = made.json()["id"], made.json()["lines"]

    assert call.post(f"purchase-orders/{pk}/submit/", {}).json()["status"] == "approved"
    assert call.post(f"purchase-orders/{pk}/send/", {}).json()["sent_revision"] == 0
    told = call.post(
        f"purchase-orders/{pk}/confirm/",
        {"reference": "AB-1", "lines": [{"line": line["id"], "quantity": "8", "date": str(in_days(9))}]},
    ).json()
    assert (told["status"], told["revisions"][0]["status"]) == ("sent", "pending")
    assert call.post(f"purchase-orders/{pk}/revisions/1/approve/", {}).json()["status"] == "confirmed"
    notice = call.post(
        "advance-notices/",
        {
            "purchase_order": pk,
            "reference": "DN-1",
            "expected_date": str(in_days(2)),
            "lines": [{"line": line["id"], "quantity": "8", "package": "00340123450000000018"}],
        },
    )
    assert notice.status_code == 201, notice.json()
    came = call.post(
        f"purchase-orders/{pk}/receive/",
        {
            "lines": [{"line": line["id"], "quantity": "9", "location": "A1"}],
            "reference": "DN-1",
            "notice": notice.json()["id"],
        },
    ).json()
    assert (came["state"], came["receipt"]["lines"][0]["quantity"]) == ("received", "8.000000")
    [over] = came["waiting"]
    assert call.get(f"purchase-orders/{pk}/over-deliveries/").json()[0]["quantity"] == "1.000000"
    refused = call.post(f"purchase-orders/{pk}/over-deliveries/{over['id']}/accept/", {})
    assert (refused.status_code, refused.json()["context"]["code"]) == (409, "own_document")
    call.post(f"purchase-orders/{pk}/over-deliveries/{over['id']}/refuse/", {"reason": "Not ordered"})
    order = call.get(f"purchase-orders/{pk}/").json()
    assert (order["status"], order["lines"][0]["received"], order["lines"][0]["cancelled"]) == (
        "received",
        "8.000000",
        "2.000000",
    )
    assert AdvanceNotice.objects.get().status == "received"
    assert call.post(f"purchase-orders/{pk}/close/", {"reason": "Billed"}).json()["status"] == "closed"
    assert call.post(f"purchase-orders/{pk}/reopen/", {"reason": "Late bill"}).json()["status"] == "received"
    assert run_checks().ok


def test_a_change_after_approval_waits_for_somebody_else(world):
    set_threshold(company_id=world.house.id, action="purchase_order", amount=D(30), actor=ACTOR)
    call, made = buyer(world), draft(world).json()
    call.post(f"purchase-orders/{made['id']}/submit/", {})

    body = {"lines": [{"line": made["lines"][0]["id"], "quantity": "20"}], "reason": "More"}
    revised = call.post(f"purchase-orders/{made['id']}/revise/", body).json()

    assert (revised["revisions"][0]["status"], revised["lines"][0]["quantity"]) == ("pending", "10.000000")
    answer = call.post(f"purchase-orders/{made['id']}/revisions/1/approve/", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "own_document")
    assert PurchaseOrder.objects.get().revision == 0


def test_the_suppliers_price_is_taken_and_a_sku_without_one_refused(world):
    make_offer(world.house, price="2.20")
    made = draft(world, lines=[{"sku": "MUG", "quantity": "3"}])
    refused = draft(world, lines=[{"sku": "CUP", "quantity": "3"}])

    assert made.json()["lines"][0]["unit_cost"] == "2.200000"
    assert (refused.status_code, refused.json()["context"]["code"]) == (409, "no_price")
    assert PurchaseOrder.objects.count() == 1


def test_it_is_mailed_once_for_each_asking_and_printed(world):
    made = draft(world).json()
    call, url = buyer(world), f"purchase-orders/{made['id']}/"
    call.post(f"{url}submit/", {})
    nobody = call.post(f"{url}mail/", {})
    assert (nobody.status_code, DocumentMail.objects.count()) == (409, 0)
    person = PersonalData.objects.create(company_id=world.house.id, name="Mr Lee", email="lee@sup.example")
    Party.objects.filter(code="SUP").update(person=person)

    sent = call.post(f"{url}mail/", {}, key="mail-1")
    again = call.post(f"{url}mail/", {}, key="mail-1")

    assert (sent.status_code, again.content) == (202, sent.content)
    assert (DocumentMail.objects.get().kind, PurchaseOrder.objects.get().status) == ("purchase_order", "sent")
    paper = call.get(f"{url}document.pdf", language="ka")
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")


def test_goods_go_back_over_http(world):
    call = buyer(world)
    make_offer(world.house, price="4.00")
    body = {
        "supplier": "SUP",
        "warehouse": "LON",
        "reason": "Cracked",
        "lines": [{"sku": "MUG", "quantity": "2"}],
    }
    made = call.post("supplier-returns/", body)
    assert made.status_code == 201, made.json()
    url = f"supplier-returns/{made.json()['id']}/"

    early = call.post(f"{url}ship/", {})
    assert (early.status_code, level(world.house, world.mug)) == (409, (10, 10, 0))
    call.post(f"{url}approve/", {})
    shipped = call.post(f"{url}ship/", {"carrier": "DPD", "tracking_number": "T1"}).json()
    credited = call.post(f"{url}credit/", {"reference": "CN-1"}).json()

    assert (shipped["expected"], credited["status"], SupplierReturn.objects.get().credit_reference) == (
        "8.000000",
        "credited",
        "CN-1",
    )
    assert level(world.house, world.mug) == (8, 8, 0)
    assert balance(world.house.company, AccountRole.GRNI) == D("8.00")
    assert run_checks().ok


def test_another_companys_key_sees_nothing(world):
    made = draft(world).json()
    other = world.caller("purchasing:read", bound=False, company_id=world.house.id + 1)

    assert other.get(f"purchase-orders/{made['id']}/").status_code == 404
    assert buyer(world).get("purchase-orders/", status="draft", sku="mug").json()["results"][0]["id"] == made["id"]


def test_a_receipt_is_taken_back_over_http(world):
    bowl = make_sku(world.house, "BOWL")
    order = make_purchase(world.house, bowl, "10")
    deliver(world.house, order, "4")
    move = receipts_of(order.pk).get()
    caller = world.caller("purchasing:read", "stock:read", "stock:write", bound=False, company_id=world.house.id)

    back = caller.post(f"stock-moves/{move.pk}/reverse-receipt/", {"reason": "wrong van"}, key="back-1")

    assert (back.status_code, back.json()["reason"], back.json()["value"]) == (201, "receipt_reversal", "-10.000000")
    assert (
        caller.post(f"stock-moves/{move.pk}/reverse-receipt/", {"reason": "wrong van"}, key="back-1").json()
        == back.json()
    )
    assert level(world.house, bowl)[0] == 0
    held = written()
    again = caller.post(f"stock-moves/{move.pk}/reverse-receipt/", {"reason": "again"})
    no_receipt = caller.post(f"stock-moves/{back.json()['id']}/reverse-receipt/", {"reason": "again"})
    assert [(a.status_code, a.json()["context"]["code"]) for a in (again, no_receipt)] == [
        (409, "already_reversed"),
        (409, "not_a_receipt"),
    ]
    assert written() == held and run_checks().ok


def test_suppliers_are_measured_by_what_they_delivered(world):
    make_offer(world.house, "CUP", supplier="SUP", price="2.50")
    for days, came in ((3, "10"), (-2, "10")):  # in time, and late
        deliver(world.house, make_purchase(world.house, world.cup, "10", days), came)

    [card] = buyer(world).get("supplier-scorecards/").json()

    assert (card["supplier"], card["lines"], card["on_time_percent"]) == ("SUP", 2, "50.0")
    assert (card["month"], card["received"], card["in_full_percent"]) == (None, "20.000000", "100.0")
    months = buyer(world).get("supplier-scorecards/months/", supplier="SUP").json()
    assert sum(month["lines"] for month in months) == 2 and all(month["month"] for month in months)
    assert buyer(world).get("supplier-scorecards/", since=str(in_days(1))).json() == []
    for path, asked, field in (
        ("supplier-scorecards/", {"since": "2026-02-30"}, "since"),
        ("supplier-scorecards/months/", {}, "supplier"),
        ("supplier-scorecards/months/", {"supplier": "NOBODY"}, "supplier"),
    ):
        refused = buyer(world).get(path, **asked)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
    assert world.caller("orders:read").get("supplier-scorecards/").status_code == 403
