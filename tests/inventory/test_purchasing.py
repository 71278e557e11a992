"""Purchase orders: priced, approved by another person, changed by revisions, confirmed, closed and opened again."""

from decimal import Decimal

import pytest
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.approval_limits import set_threshold
from backoffice.core.approving import ApprovalRefused
from backoffice.core.errors import IllegalTransition
from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from inventory.errors import PurchaseRefused
from inventory.models import PurchaseOrder, PurchaseOrderLine, PurchaseOrderRevision, Sku, SupplierSku
from inventory.selectors import atp
from inventory.services import (
    ConfirmedLine,
    PurchaseLineInput,
    RevisedLine,
    approve_purchase_order,
    approve_revision,
    cancel_purchase_order,
    close_purchase_order,
    confirm_purchase_order,
    create_purchase_order,
    record_confirmation,
    refuse_purchase_order,
    refuse_revision,
    reopen_purchase_order,
    revise_purchase_order,
    send_purchase_order,
    submit_purchase_order,
)
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, in_days, make_offer, make_purchase, make_supplier
from tests.factories.goods import make_shop, make_sku
from tests.factories.refusals import refused
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db
D = Decimal


def draft(shop, *lines, actor=ACTOR):
    return create_purchase_order(
        [PurchaseLineInput(*line) for line in lines],
        company_id=shop.id,
        supplier_id=make_supplier(shop).pk,
        warehouse_id=shop.warehouse.pk,
        ordered_at=timezone.now(),
        expected_date=in_days(7),
        actor=actor,
    )


def first(order):
    return PurchaseOrderLine.objects.filter(purchase_order=order).earliest("position")


def test_a_line_without_a_price_takes_the_suppliers_for_its_quantity():
    shop = make_shop()
    sku = make_sku(shop)
    make_offer(shop, price="3.00")
    make_offer(shop, price="2.50", from_quantity="100")

    order = draft(shop, (sku, D(40)), (sku, D(60)), (sku, D(5), D("4.00")))

    lines = order.lines.order_by("position").values_list("unit_cost", "list_cost")
    assert list(lines) == [(D("2.50"), D("2.50"))] * 2 + [(D("4.00"), D("2.50"))]


def test_what_is_discontinued_or_has_no_price_is_refused_and_nothing_is_written():
    shop = make_shop()
    mug, cup, pot = (make_sku(shop, code) for code in ("MUG", "CUP", "POT"))
    make_offer(shop, "CUP", price="1", is_discontinued=True)
    Sku.objects.filter(pk=mug).update(status="discontinued")

    for sku, code in ((mug, "discontinued"), (cup, "discontinued_by_supplier"), (pot, "no_price")):
        with refused(PurchaseRefused) as refusal:
            draft(shop, (sku, D(1)))
        assert refusal.value.context["code"] == code
    assert PurchaseOrder.objects.count() == 0


def test_small_orders_are_approved_by_themselves_and_large_ones_by_somebody_else():
    shop = make_shop()
    sku = make_sku(shop)
    author, boss = Actor.of(make_staff("buyer")), Actor.of(make_staff("owner"))
    set_threshold(company_id=shop.id, action="purchase_order", amount=D(100), actor=ACTOR)
    small = draft(shop, (sku, D(10), D(10)), actor=author)
    large = draft(shop, (sku, D(10), D("10.01")), actor=author)

    submitted = [submit_purchase_order(order.pk, company_id=shop.id, actor=author) for order in (small, large)]

    assert [order.status for order in submitted] == ["approved", "submitted"]
    with refused(ApprovalRefused) as refusal:
        approve_purchase_order(large.pk, company_id=shop.id, actor=author)
    assert refusal.value.code == "own_document"
    back = refuse_purchase_order(large.pk, company_id=shop.id, actor=boss, reason="Too dear")
    assert back.status == "draft"
    submit_purchase_order(large.pk, company_id=shop.id, actor=author)
    assert approve_purchase_order(large.pk, company_id=shop.id, actor=boss).status == "approved"


def test_a_change_after_approval_is_a_revision_that_is_approved_and_sent_again():
    shop = make_shop()
    sku = make_sku(shop)
    author, boss = Actor.of(make_staff("buyer")), Actor.of(make_staff("owner"))
    set_threshold(company_id=shop.id, action="purchase_order", amount=D(100), actor=ACTOR)
    order = make_purchase(shop, sku, "10", until="sent", actor=author)
    line = first(order)

    revision = revise_purchase_order(
        order.pk, lines=[RevisedLine(line.pk, D(50))], company_id=shop.id, actor=author, reason="More is sold"
    )

    assert (revision.status, revision.total_before, revision.total_after) == ("pending", 25, 125)
    assert first(order).quantity == 10
    with refused(PurchaseRefused) as refusal:
        send_purchase_order(order.pk, company_id=shop.id, actor=author)
    assert refusal.value.context["code"] == "revision_pending"
    with refused(ApprovalRefused):
        approve_revision(order.pk, number=1, company_id=shop.id, actor=author)
    approve_revision(order.pk, number=1, company_id=shop.id, actor=boss, reason="Fine")
    order.refresh_from_db()
    assert (first(order).quantity, order.status, order.revision, order.sent_revision) == (50, "sent", 1, 0)
    assert send_purchase_order(order.pk, company_id=shop.id, actor=author).sent_revision == 1
    kept = PurchaseOrderRevision.objects.get()
    assert (kept.before[0]["quantity"], kept.after[0]["quantity"]) == ("10", "50")
    assert (kept.reason, kept.made_by_label, kept.decision) == ("More is sold", author.label, "Fine")
    with refused(IllegalTransition):
        send_purchase_order(order.pk, company_id=shop.id, actor=author)


@pytest.mark.parametrize(
    ("quantity", "cost", "code"),
    [
        ("3", "2.50", "below_received"),
        ("-1", "2.50", "bad_line"),
        ("10", "9.99", "price_of_received"),
        ("10", "2.50", "nothing_changed"),
    ],
)
def test_a_revision_that_makes_no_sense_is_refused_and_leaves_the_order(quantity, cost, code):
    shop = make_shop()
    order = make_purchase(shop, make_sku(shop), "10")
    deliver(shop, order, "4")
    line = RevisedLine(first(order).pk, D(quantity), D(cost))

    with refused(PurchaseRefused) as refusal:
        revise_purchase_order(order.pk, lines=[line], company_id=shop.id, actor=ACTOR, reason="x")

    assert refusal.value.context["code"] == code
    assert (first(order).quantity, PurchaseOrderRevision.objects.count()) == (10, 0)


def test_a_line_is_added_and_the_rest_of_another_called_off_by_one_revision():
    shop = make_shop()
    mug, cup = make_sku(shop), make_sku(shop, "CUP")
    order = make_purchase(shop, mug, "10")
    deliver(shop, order, "4")

    revise_purchase_order(
        order.pk,
        lines=[RevisedLine(first(order).pk, D(4)), RevisedLine(None, D(6), D("1.10"), sku_id=cup)],
        company_id=shop.id,
        actor=ACTOR,
        reason="Cups instead",
    )

    lines = list(order.lines.order_by("position").values_list("sku_id", "quantity", "received", "unit_cost"))
    assert lines == [(mug, 4, 4, D("2.50")), (cup, 6, 0, D("1.10"))]
    order.refresh_from_db()
    assert order.status == "partly_received"
    assert run_checks().ok


def test_a_confirmation_as_ordered_confirms_and_one_that_differs_waits_for_a_person():
    shop = make_shop()
    sku = make_sku(shop)
    order = make_purchase(shop, sku, "10", until="sent")
    line = first(order)
    told = ConfirmedLine(line.pk, D(8), in_days(12), D("2.60"))

    found = record_confirmation(order.pk, lines=[told], company_id=shop.id, actor=ACTOR, reference="AB-1")

    assert (found.order.status, found.revision.status, found.revision.kind) == ("sent", "pending", "confirmation")
    line.refresh_from_db()
    assert (line.quantity, line.unit_cost, line.confirmed_quantity) == (10, D("2.50"), 8)
    assert (line.confirmed_date, line.confirmed_cost) == (in_days(12), D("2.60"))
    approve_revision(order.pk, number=1, company_id=shop.id, actor=Actor.of(make_staff("buyer")))
    order.refresh_from_db()
    line.refresh_from_db()
    assert (order.status, order.sent_revision, order.supplier_reference) == ("confirmed", 1, "AB-1")
    assert (line.quantity, line.cancelled, line.unit_cost, line.expected_date) == (10, 2, D("2.60"), in_days(12))
    assert [(p.date, p.quantity) for p in atp(shop.id, [sku])[sku].curve()] == [(in_days(12), 8)]


def test_what_a_supplier_confirmed_differently_can_be_refused_and_asked_again():
    shop = make_shop()
    order = make_purchase(shop, make_sku(shop), "10", until="sent")
    record_confirmation(order.pk, lines=[ConfirmedLine(first(order).pk, D(0))], company_id=shop.id, actor=ACTOR)

    with refused(PurchaseRefused) as refusal:
        record_confirmation(order.pk, lines=[ConfirmedLine(first(order).pk, D(5))], company_id=shop.id, actor=ACTOR)
    assert refusal.value.context["code"] == "revision_pending"
    refuse_revision(order.pk, number=1, company_id=shop.id, actor=ACTOR, reason="We need them")

    line = first(order)
    assert (line.quantity, line.cancelled, line.confirmed_quantity) == (10, 0, None)
    same = record_confirmation(order.pk, lines=[ConfirmedLine(line.pk, D(10))], company_id=shop.id, actor=ACTOR)
    assert (same.order.status, same.revision) == ("confirmed", None)


def test_an_approved_order_is_confirmed_by_phone_without_being_sent():
    shop = make_shop()
    order = make_purchase(shop, make_sku(shop), "10", until="approved")

    confirmed = confirm_purchase_order(order.pk, company_id=shop.id, actor=ACTOR, reason="Phone, Mr Lee")

    assert confirmed.status == "confirmed" and confirmed.sent_at is not None and confirmed.confirmed_at is not None


def test_closing_short_calls_the_rest_off_and_a_late_bill_opens_the_order_again():
    shop = make_shop()
    sku = make_sku(shop)
    order = make_purchase(shop, sku, "10")
    deliver(shop, order, "6")

    close_purchase_order(order.pk, company_id=shop.id, actor=ACTOR, reason="The rest was sold out")

    line = first(order)
    assert (line.received, line.cancelled) == (6, 4)
    assert AuditEvent.objects.filter(action="closed_short", new_value="4").count() == 1
    assert reopen_purchase_order(order.pk, company_id=shop.id, actor=ACTOR, reason="Bill").status == "received"
    with refused(PurchaseRefused):
        deliver(shop, order, "1")
    with refused(IllegalTransition):
        cancel_purchase_order(order.pk, company_id=shop.id, actor=ACTOR, reason="x")
    assert run_checks().ok


def test_only_what_is_beyond_the_tolerance_is_over():
    shop = make_shop()
    sku = make_sku(shop)
    make_offer(shop)
    SupplierSku.objects.update(over_percent=D(10))
    order = make_purchase(shop, sku, "100")

    with refused(PurchaseRefused) as refusal:
        deliver(shop, order, "110.5")
    assert refusal.value.context["code"] == "over_delivery"
    deliver(shop, order, "110")

    order.refresh_from_db()
    assert (order.status, first(order).received) == ("received", 110)
    assert run_checks().ok
