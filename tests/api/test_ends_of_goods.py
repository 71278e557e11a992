"""Documents of goods that are called off, sent back, refused or closed over HTTP: once, and a second time refused."""

from decimal import Decimal

import pytest
from django.utils import timezone

from accounting.services import ensure_party
from backoffice.core.api.auth import make_api_key
from backoffice.core.approval_limits import set_threshold
from backoffice.core.models import User
from backoffice.core.proof import run_checks
from inventory.models import Proposal, StockLevel
from orders.models import ReturnOrder
from orders.services import send_return
from tests.api.conftest import Caller, ended
from tests.api.fuzz.asking import all_scopes
from tests.api.test_returns import DESK, desk_body, sold
from tests.factories.books import ACTOR
from tests.factories.buying import in_days, make_offer, make_purchase, make_supplier
from tests.factories.goods import add_shop, level, make_sku
from tests.factories.moving import moving_facts
from tests.factories.planning import count, open_proposals, sell
from tests.factories.returns import make_policy
from warehouse.services import ReturnedLine, ReturnReceipt, receive_returns

pytestmark = pytest.mark.django_db
D = Decimal
WHY = {"reason": "Not needed"}


@pytest.fixture
def two(world):
    """world.desk may do everything, world.lead as well: he approves what the desk wrote."""
    world.desk = world.caller(*all_scopes(), bound=False, company_id=world.house.id)
    lead = User.objects.create_superuser("lead")
    world.lead = Caller(make_api_key(name="lead", user=lead, scopes=all_scopes(), company_id=world.house.id)[1])
    return world


def made(caller, path, body):
    answer = caller.post(path, body)
    assert answer.status_code == 201, answer.content
    address = f"{path}{answer.json()['id']}/"
    assert caller.get(address).json()["id"] == answer.json()["id"]
    return address, answer.json()


def dear_adjustment(two):
    set_threshold(company_id=two.house.id, action="adjustment", amount=D(1), actor=ACTOR)
    line = {"sku": "MUG", "location": "A1", "quantity": "-3"}
    path, _row = made(two.desk, "adjustments/", {"warehouse": "LON", "reason": "lost", "lines": [line]})
    assert two.desk.post(f"{path}submit/", {}).json()["status"] == "submitted"
    return path


def test_an_adjustment_is_sent_back_and_called_off(two):
    path = dear_adjustment(two)

    assert ended(two.lead, f"{path}send-back/", **WHY)["status"] == "draft"
    assert ended(two.desk, f"{path}cancel/", **WHY)["status"] == "cancelled"

    assert level(two.house, two.mug)[0] == 10 and run_checks().ok


def test_a_transfer_is_called_off_and_what_is_shipped_given_up(two):
    add_shop(two.house.company, "BTH")
    body = {"source": "LON", "target": "BTH", "lines": [{"sku": "MUG", "quantity": "4"}]}
    path, _row = made(two.desk, "transfers/", body)
    assert ended(two.desk, f"{path}cancel/", **WHY)["status"] == "cancelled"

    path, row = made(two.desk, "transfers/", body)
    line = row["lines"][0]["id"]
    for step, given in (
        ("approve", {}), ("allocate", {}), ("ship", {"lines": [{"line": line, "quantity": "3"}]}), ("give-up", WHY),
    ):  # fmt: skip
        answer = two.desk.post(f"{path}{step}/", given)
        assert answer.status_code == 200, (step, answer.content)
    assert StockLevel.objects.get(sku=two.mug, warehouse=two.house.warehouse).reserved == 0
    two.desk.post(f"{path}receive/", {"lines": [{"line": line, "quantity": "3", "location": "A1"}]})
    assert ended(two.desk, f"{path}close/", **WHY)["status"] == "closed"
    assert run_checks().ok


def ordered(two, **values):
    make_supplier(two.house)
    line = {"sku": "MUG", "quantity": "10", "unit_cost": "2.50"}
    body = {"supplier": "SUP", "warehouse": "LON", "expected_date": str(in_days(7)), "lines": [line]}
    return made(two.desk, "purchase-orders/", body | values)


def test_a_purchase_order_is_refused_written_anew_approved_and_called_off(two):
    set_threshold(company_id=two.house.id, action="purchase_order", amount=D(20), actor=ACTOR)
    path, row = ordered(two)
    lines = [{"sku": "CUP", "quantity": "12", "unit_cost": "2.00"}]

    assert two.desk.post(f"{path}submit/", {}).json()["status"] == "submitted"
    assert ended(two.lead, f"{path}refuse/", **WHY)["status"] == "draft"
    assert [row["sku"] for row in two.desk.post(f"{path}lines/", {"lines": lines}).json()["lines"]] == ["MUG", "CUP"]
    two.desk.post(f"{path}submit/", {})
    own = two.desk.post(f"{path}approve/", {})
    assert (own.status_code, own.json()["code"]) == (409, "own_document")
    approved = ended(two.lead, f"{path}approve/")
    more = {"lines": [{"line": approved["lines"][0]["id"], "quantity": "20"}], "reason": "More"}
    assert two.desk.post(f"{path}revise/", more).json()["revisions"][0]["status"] == "pending"
    told = ended(two.lead, f"{path}revisions/1/refuse/", **WHY)
    assert (told["revisions"][0]["status"], told["lines"][0]["quantity"]) == ("refused", "10.000000")
    assert ended(two.desk, f"{path}cancel/", **WHY)["status"] == "cancelled"
    assert run_checks().ok


def test_what_came_over_the_order_is_taken_by_somebody_else_and_receipts_are_told(two):
    order = make_purchase(two.house, two.mug, "10")
    path, line = f"purchase-orders/{order.pk}/", order.lines.get().pk
    body = {"lines": [{"line": line, "quantity": "12", "location": "A1"}], "reference": "DN-1"}
    [over] = two.desk.post(f"{path}receive/", body).json()["waiting"]

    ended(two.lead, f"{path}over-deliveries/{over['id']}/accept/", reason="We need them")

    told = two.desk.get(f"{path}receipts/").json()
    rows = told["results"] if isinstance(told, dict) else told
    assert rows and level(two.house, two.mug)[0] == 22
    assert run_checks().ok


def noticed(two, order):
    line = {"line": order.lines.get().pk, "quantity": "8"}
    body = {"purchase_order": order.pk, "reference": "DN-1", "expected_date": str(in_days(2)), "lines": [line]}
    return made(two.desk, "advance-notices/", body)[0]


def test_a_notice_is_moved_and_called_off_and_what_was_expected_with_it(two):
    path = noticed(two, make_purchase(two.house, two.mug, "10"))

    moved = two.desk.post(f"{path}move/", {"expected_date": str(in_days(5)), "reason": "Late lorry"})
    assert (moved.status_code, moved.json()["expected_date"]) == (200, str(in_days(5))), moved.content
    assert ended(two.desk, f"{path}cancel/", **WHY)["status"] == "cancelled"


def test_a_delivery_does_not_come_and_another_goes_back_whole(two):
    from warehouse.services import expect_receipts

    first = make_purchase(two.house, two.mug, "10")
    noticed(two, first)
    [expected] = expect_receipts(company_id=two.house.id, actor=ACTOR)
    assert ended(two.desk, f"receipts/{expected}/cancel/", **WHY)["status"] == "cancelled"

    bowl = make_sku(two.house, "BOWL")
    second = make_purchase(two.house, bowl, "4")
    line = {"line": second.lines.get().pk, "quantity": "4", "location": "RECEIVING"}
    two.desk.post(f"purchase-orders/{second.pk}/receive/", {"lines": [line], "reference": "DN-2"})
    [receipt] = two.desk.get("receipts/", purchase_order=second.pk).json()["results"]
    assert level(two.house, bowl)[0] == 4
    back = ended(two.desk, f"receipts/{receipt['id']}/post-back/", reason="Wrong colour")
    assert back["receipt"] == receipt["id"] and level(two.house, bowl)[0] == 0
    assert run_checks().ok


def test_goods_for_a_supplier_stay_and_others_are_closed_without_credit(two):
    make_offer(two.house, price="4.00")
    body = {"supplier": "SUP", "warehouse": "LON", "reason": "Cracked", "lines": [{"sku": "MUG", "quantity": "2"}]}
    path, _row = made(two.desk, "supplier-returns/", body)
    assert ended(two.desk, f"{path}cancel/", **WHY)["status"] == "cancelled"

    path, _row = made(two.desk, "supplier-returns/", body)
    for step, given in (("approve", {}), ("ship", {}), ("credit", {"reference": "CN-1"})):
        assert two.desk.post(f"{path}{step}/", given).status_code == 200, step
    assert ended(two.desk, f"{path}close/", **WHY)["status"] == "closed"
    assert level(two.house, two.mug)[0] == 8 and run_checks().ok


def test_customers_returns_are_refused_called_off_lost_and_come_in_part(two):
    _shop, order, line = sold(two)
    make_policy(two.channel, window_days=30)
    desk = two.caller(*DESK)

    def asked(*steps, quantity="1"):
        path, row = made(desk, "returns/", desk_body(order, line, quantity, what="goods"))
        for step in steps:
            assert desk.post(f"{path}{step}/", {}).status_code == 200, step
        return path, row

    assert ended(desk, f"{asked()[0]}reject/", **WHY)["status"] == "rejected"
    assert ended(desk, f"{asked('approve')[0]}cancel/", **WHY)["status"] == "cancelled"
    path, row = asked("approve")
    send_return(row["id"], company_id=two.house.id, actor=ACTOR)
    assert ended(desk, f"{path}close/", **WHY)["status"] == "closed"
    path, row = asked("approve", quantity="2")
    came = [ReturnedLine(row["lines"][0]["id"], D(1), "restock")]
    receive_returns([ReturnReceipt(row["id"], came)], company_id=two.house.id, effective_at=timezone.now(), actor=ACTOR)
    assert ReturnOrder.objects.get(pk=row["id"]).status == "received"
    assert ended(desk, f"{path}inspect/", **WHY)["status"] in ("inspected", "resolved")
    assert run_checks().ok


def test_proposals_are_put_off_until_a_day(two):
    sell(two.house, two.mug, "9", days_ago=9)
    make_offer(two.house, "MUG", price="4.00", lead_time_days=10)
    count(two.house)
    proposal = open_proposals(two.house)["MUG", "LON"]
    body = {"ids": [proposal.pk, 10**9], "until": str(in_days(9)), "reason": "Season is over"}

    answer = two.desk.post("proposals/dismiss/", body)

    assert [row["state"] for row in answer.json()] == ["done", "unknown"], answer.content
    assert Proposal.objects.get().status == "dismissed"
    before = moving_facts()
    assert two.desk.post("proposals/dismiss/", body | {"reason": ""}).status_code == 400
    assert moving_facts() == before


def test_assembly_is_called_off_and_ended_before_all_is_made(two):
    make_sku(two.house, "BOX")
    two.desk.post("bills-of-materials/", {"sku": "BOX", "components": [{"sku": "MUG", "quantity": "1"}]})
    assert [row["sku"] for row in two.desk.get("bills-of-materials/").json()["results"]] == ["BOX"]
    body = {"sku": "BOX", "quantity": "3", "location": two.house.bin}
    path, _row = made(two.desk, "assembly-orders/", body)
    assert ended(two.desk, f"{path}cancel/", **WHY)["status"] == "cancelled"

    path, _row = made(two.desk, "assembly-orders/", body)
    two.desk.post(f"{path}release/", {})
    two.desk.post(f"{path}complete/", {"quantity": "1"})
    assert ended(two.desk, f"{path}finish/", **WHY)["status"] == "done"
    assert level(two.house, two.mug) == (9, 9, 0) and run_checks().ok


def test_a_supplier_is_known_before_goods_go_back(two):
    ensure_party(company_id=two.house.id, code="SUP", name="Supplier", currency="GBP", is_supplier=True)
    before = moving_facts()
    body = {"supplier": "SUP", "warehouse": "LON", "reason": "", "lines": [{"sku": "MUG", "quantity": "2"}]}

    assert two.desk.post("supplier-returns/", body).status_code == 400 and moving_facts() == before
