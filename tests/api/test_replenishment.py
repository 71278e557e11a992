"""Reorder rules, proposals and alerts by API."""

from backoffice.core.proof import run_checks
from inventory.models import Proposal, PurchaseOrder, ReorderRule
from tests.factories.buying import in_days, make_offer
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.planning import count, open_proposals, sell


def needed(world):
    sell(world.house, world.mug, "9", days_ago=9)
    make_offer(world.house, "MUG", price="4.00", lead_time_days=10)
    count(world.house)
    return open_proposals(world.house)["MUG", "LON"]


def test_proposals_are_read_changed_ordered_and_counted(world):
    proposal = needed(world)
    buyer = world.caller("purchasing:read", "purchasing:write", "stock:read", bound=False)

    [row] = buyer.get("proposals/", status="open").json()["results"]
    assert (row["sku"], row["warehouse"], row["supplier"], row["status"]) == ("MUG", "LON", "SUP", "open")
    assert row["facts"]["available"] == "1" and any("lead time" in sentence for sentence in row["why"])
    [alert] = buyer.get("stock-alerts/", open="true", kind="low").json()["results"]
    assert "the limit is" in alert["says"]
    noted = buyer.post(f"stock-alerts/{alert['id']}/note/", {"note": "Called them"}).json()
    assert noted["note"] == "Called them" and noted["seen_at"]

    chosen = buyer.post(f"proposals/{proposal.pk}/choose/", {"quantity": "30"}).json()
    assert chosen["quantity"] == "30.000000"
    answer = buyer.post("proposals/order/", {"ids": [proposal.pk, 999_999]}, key="k1")
    again = buyer.post("proposals/order/", {"ids": [proposal.pk, 999_999]}, key="k1")

    assert answer.content == again.content
    done, unknown = answer.json()
    assert (done["state"], unknown["state"], unknown["code"]) == ("done", "refused", "unknown")
    assert PurchaseOrder.objects.get().pk == done["purchase_order"]
    counted = buyer.post("proposals/count/", {"skus": ["MUG"]}).json()
    assert counted == {"skus": 1, "opened": 0, "changed": 0, "gone": 0, "alerts": 0}
    assert buyer.get("stock-alerts/", open="true", sku="MUG").json()["results"] == []
    assert run_checks().ok


def test_rules_are_set_replaced_and_given_up(world):
    buyer = world.caller("purchasing:read", "purchasing:write", bound=False)

    made = buyer.post("reorder-rules/", {"sku": "MUG", "warehouse": "LON", "reorder_point": "20", "order_up_to": "40"})
    again = buyer.post("reorder-rules/", {"sku": "mug", "warehouse": "LON", "reorder_point": "12"})

    assert (made.status_code, again.json()["id"]) == (201, made.json()["id"])
    assert again.json()["order_up_to"] is None
    count(world.house)
    assert open_proposals(world.house)["MUG", "LON"].quantity == 3  # 10 are there; just above the point
    assert len(buyer.get("reorder-rules/").json()["results"]) == 1
    assert buyer.post(f"reorder-rules/{made.json()['id']}/remove/", {}).status_code == 204
    assert not ReorderRule.objects.exists()


def test_what_makes_no_sense_is_refused_by_field_and_nothing_is_written(world):
    proposal = needed(world)
    buyer = world.caller("purchasing:read", "purchasing:write", bound=False)

    wrong = buyer.post("reorder-rules/", {"sku": "MUG", "warehouse": "LON", "order_up_to": "0", "source": "LON"})
    nobody = buyer.post("reorder-rules/", {"sku": "NONE"})
    below = buyer.post(f"proposals/{proposal.pk}/choose/", {"quantity": "-1"})
    no_reason = buyer.post("proposals/dismiss/", {"ids": [proposal.pk], "until": str(in_days(9)), "reason": " "})

    assert {error["field"] for error in wrong.json()["errors"]} == {"order_up_to", "source"}
    assert nobody.status_code == 400 and below.json()["context"]["code"] == "bad_quantity"
    assert no_reason.status_code == 400
    assert not ReorderRule.objects.exists()
    row = Proposal.objects.get(pk=proposal.pk)
    assert (row.status, row.chosen_quantity) == ("open", None)


def test_a_key_sees_and_changes_only_its_company(world):
    proposal = needed(world)
    other = make_shop("other", "OTH")
    make_stock(other, make_sku(other, "MUG"), "1", "1.00")
    stranger = world.caller("purchasing:read", "purchasing:write", bound=False, company_id=other.id)
    reader = world.caller("purchasing:read", bound=False)

    assert stranger.get("proposals/").json()["results"] == []
    assert stranger.get(f"proposals/{proposal.pk}/").status_code == 404
    [result] = stranger.post("proposals/order/", {"ids": [proposal.pk]}).json()
    assert result["code"] == "unknown"
    assert reader.post("proposals/order/", {"ids": [proposal.pk]}).status_code == 403
    assert Proposal.objects.get(pk=proposal.pk).status == "open"
