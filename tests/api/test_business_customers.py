"""Business customers over HTTP: their prices, their credit, their blanket orders."""

from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from accounting.models import Party
from accounting.services import ensure_party
from backoffice.core import bulk
from backoffice.core.export import xlsx_chunks
from backoffice.core.models import ImportFile
from backoffice.core.proof import run_checks
from orders.models import BlanketCall, BlanketOrder, Contact, CustomerGroup, Order, PriceList, PriceListItem
from orders.services import PriceRow, set_prices
from tests.api.conftest import order_body
from tests.api.test_catalogue import upload
from tests.factories.books import ACTOR
from tests.factories.sales import orders_written

D = Decimal


def trade(world, limit=None):
    """c-1 is known, in the group "trade" (MUG 8, from 5 on 7.50), with an account of their own."""
    caller = world.caller("orders:write", "orders:read", "prices:read", "credit:read")
    assert caller.post("orders/", order_body("first", lines=[line("1", "0")], charges=[], total="0")).status_code == 201
    group = CustomerGroup.objects.create(company=world.house.company, code="trade", name="Trade")
    prices = PriceList.objects.create(
        company=world.house.company, code="trade", name="Trade", currency="GBP", group=group
    )
    rows = [PriceRow("MUG", D(1), D(8)), PriceRow("MUG", D(5), D("7.5"))]
    set_prices(rows, price_list_id=prices.pk, actor=ACTOR)
    party = ensure_party(company_id=world.house.id, code="ANA", name="Ana Ltd", currency="GBP", is_customer=True)
    Party.objects.filter(pk=party.pk).update(credit_limit=limit, payment_terms_days=30)
    Contact.objects.filter(external_id="c-1").update(group=group, party=party)
    return caller


def line(quantity, price=None, sku="MUG"):
    return {"sku": sku, "quantity": quantity} | ({} if price is None else {"unit_price": price})


def body(external_id, *lines):
    given = order_body(external_id, lines=list(lines), charges=[])
    del given["total"]
    return given


def test_prices_are_the_buyers_own_with_their_breaks(world):
    caller = trade(world)

    answer = caller.post("prices/", {"contact": "c-1", "lines": [line("2"), line("1", sku="cup")]})
    stranger = caller.post("prices/", {"lines": [line("2")]})

    assert answer.status_code == 200, answer.content
    assert answer.json()["lines"] == [
        {
            "sku": "MUG", "quantity": "2.000000", "unit_price": "8.000000", "price_list": "trade",
            "breaks": [
                {"min_quantity": "1.000000", "unit_price": "8.000000"},
                {"min_quantity": "5.000000", "unit_price": "7.500000"},
            ],
        },
        {"sku": "cup", "quantity": "1.000000", "unit_price": None, "price_list": None, "breaks": []},
    ]  # fmt: skip
    assert stranger.json()["lines"][0]["unit_price"] is None


def test_an_unknown_sku_and_a_missing_scope_are_refused(world):
    caller = trade(world)

    answer = caller.post("prices/", {"lines": [line("1", sku="NOPE")]})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "lines.0.sku")
    assert world.caller("orders:read").post("prices/", {"lines": [line("1")]}).status_code == 403


def test_an_order_that_leaves_its_prices_out_takes_the_buyers(world):
    caller = trade(world)

    answer = caller.post("orders/", body("W-9", line("5"), line("1", "3", sku="CUP")))

    assert answer.status_code == 201, answer.content
    assert [row["unit_price"] for row in answer.json()["lines"]] == ["7.500000", "3.000000"]
    assert answer.json()["total"] == "40.500000"


def test_a_line_without_a_price_anywhere_is_named_and_nothing_is_written(world):
    caller = trade(world)
    before = orders_written()

    answer = caller.post("orders/", body("W-9", line("1"), line("1", sku="CUP")))

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "lines.1.unit_price")
    assert orders_written() == before


def test_credit_is_told_and_kept(world):
    caller = trade(world, limit=D(50))
    caller.post("orders/", body("W-1", line("5")))

    told = caller.get("credit/c-1/").json()
    over = caller.post("orders/", body("W-2", line("2"))).json()

    assert (told["limit"], told["ordered"], told["left"], told["payment_terms_days"]) == (
        "50.000000", "37.500000", "12.500000", 30,
    )  # fmt: skip
    assert [hold["kind"] for hold in over["holds"]] == ["credit"]
    assert caller.get("credit/nobody/").status_code == 404
    assert world.caller("orders:read").get("credit/c-1/").status_code == 403


AGREEMENT = {
    "contact": "c-1", "reference": "F-1", "valid_from": "2020-01-01", "valid_to": "2099-12-31",
    "lines": [{"sku": "MUG", "quantity": "8", "unit_price": "6"}],
}  # fmt: skip


def test_a_blanket_order_is_agreed_called_off_and_closed(world):
    caller = trade(world)

    made = caller.post("blanket-orders/", AGREEMENT)
    assert made.status_code == 201, made.content
    pk, line_id = made.json()["id"], made.json()["lines"][0]["id"]
    call = {"external_id": "CALL-1", "lines": [{"line": line_id, "quantity": "5"}]}
    called = caller.post(f"blanket-orders/{pk}/call-off/", call)
    again = caller.post(f"blanket-orders/{pk}/call-off/", call)
    shown = caller.get(f"blanket-orders/{pk}/").json()

    assert (called.status_code, again.status_code) == (201, 200)
    assert called.json()["id"] == again.json()["id"]
    assert called.json()["lines"][0]["unit_price"] == "6.000000"
    assert (shown["lines"][0]["called_off"], shown["lines"][0]["left"]) == ("5.000000", "3.000000")
    assert caller.post(f"blanket-orders/{pk}/close/", {"reason": "season over"}).json()["status"] == "closed"
    assert [r.name for r in run_checks().results if r.state != "ok"] == []


def test_calling_off_too_much_is_refused_and_nothing_is_written(world):
    caller = trade(world)
    made = caller.post("blanket-orders/", AGREEMENT).json()
    before, orders = orders_written(), Order.objects.count()

    answer = caller.post(
        f"blanket-orders/{made['id']}/call-off/",
        {"external_id": "CALL-1", "lines": [{"line": made["lines"][0]["id"], "quantity": "8.5"}]},
    )

    assert (answer.status_code, answer.json()["code"], answer.json()["context"]["left"]) == (409, "call_refused", "8")
    assert (orders_written(), Order.objects.count(), BlanketCall.objects.count()) == (before, orders, 0)


def test_wrong_fields_of_an_agreement_are_named(world):
    caller = trade(world)

    answer = caller.post("blanket-orders/", AGREEMENT | {"contact": "nobody", "lines": [line("1", "1", sku="NOPE")]})
    backwards = caller.post("blanket-orders/", AGREEMENT | {"valid_to": "2019-01-01"})

    assert [e["field"] for e in answer.json()["errors"]] == ["lines.0.sku", "contact"]
    assert [e["field"] for e in backwards.json()["errors"]] == ["valid_to"]
    assert BlanketOrder.objects.count() == 0


def test_another_channels_key_sees_nothing_of_it(world):
    made = trade(world).post("blanket-orders/", AGREEMENT).json()
    from tests.factories.sales import make_channel

    stranger = world.caller("orders:read", "orders:write", channel=make_channel(world.house, "other"))

    assert stranger.get(f"blanket-orders/{made['id']}/").status_code == 404
    assert stranger.post(f"blanket-orders/{made['id']}/close/", {"reason": "x"}).status_code == 404


def test_prices_come_as_a_workbook_by_api_and_need_their_scope(world):
    trade(world)
    caller = world.caller("imports:run", "imports:read", "prices:write")
    sheet = b"".join(xlsx_chunks(["price_list", "sku", "min_quantity", "unit_price"], [["trade", "CUP", 10, D("2.5")]]))

    file = upload(caller, "imports/", noun="orders.import_prices", file=SimpleUploadedFile("p.xlsx", sheet))
    assert (file.status_code, file.json()["new"], file.json()["wrong"]) == (201, 1, 0), file.content
    assert [row["id"] for row in caller.get("imports/").json()["results"]] == [file.json()["id"]]
    job = caller.post(f"imports/{file.json()['id']}/run/", {})
    assert job.status_code == 202, job.content
    bulk.run_job(job.json()["id"])

    assert PriceListItem.objects.get(sku__code="CUP").unit_price == D("2.5")
    whole = caller.get("imports/export/", noun="orders.import_prices").getvalue().decode("utf-8-sig")
    assert "trade,CUP,10,2.5" in whole
    stranger = world.caller("imports:run", "imports:read", "catalogue:write")
    answer = upload(stranger, "imports/", noun="orders.import_prices", file=SimpleUploadedFile("p.xlsx", sheet))
    assert (answer.status_code, ImportFile.objects.count()) == (403, 1)
