"""Problems of deliveries, photos and blind receipts through their pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.factories.goods import level
from tests.factories.photos import png
from tests.factories.staff import said, sign_in
from warehouse.models import Receipt, ReceiptPhoto, ReceiptProblem


@pytest.fixture
def blind(world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return {
        "supplier": world.supplier.pk, "place": world.house.dock, "reference": "DN-1", "note": "No order",
        "sku-0": "CUP", "quantity-0": "3", "cost-0": "2.50",
    }  # fmt: skip


def test_goods_that_nobody_ordered_come_in_and_their_problem_is_told_and_settled(world, blind):
    lead, page = sign_in("warehouse_lead"), reverse("admin:warehouse_receive_blind")
    before = level(world.house, world.cup)[0]
    wrong = lead.post(page, blind | {"sku-1": "NOPE", "quantity-1": "1", "cost-1": "1"})
    assert wrong.status_code == 200 and "There is no SKU “NOPE”" in wrong.content.decode()
    assert not Receipt.objects.filter(is_blind=True).exists() and level(world.house, world.cup)[0] == before

    numbers = lead.post(page, blind | {"serials-0": "S-1"})
    assert "CUP is not tracked by serial number" in numbers.content.decode()
    bare = lead.post(page, blind | {"cost-0": ""})
    assert "Nobody knows what CUP costs" in bare.content.decode()
    assert not Receipt.objects.filter(is_blind=True).exists()

    done = lead.post(page, blind)
    receipt = Receipt.objects.get(is_blind=True)
    assert said(done) == ["Received into stock."] and level(world.house, world.cup)[0] == before + 3
    shown = lead.get(reverse("admin:warehouse_receipt_change", args=[receipt.pk])).content.decode()
    assert "What is wrong" in shown and "Put away" in shown and "No order" in shown
    report = reverse("admin:warehouse_problem_report", args=[receipt.pk])
    bare = lead.post(report, {"kind": "damaged"})
    assert said(bare) == ["How many? Give a quantity above zero."] and not ReceiptProblem.objects.exists()
    photo = SimpleUploadedFile("p.png", png(), content_type="image/png")
    told = lead.post(report, {"kind": "damaged", "sku": world.cup, "quantity": "1", "note": "Cracked", "photo": photo})

    problem = ReceiptProblem.objects.get()
    assert said(told) == [f"{problem.number} is noted: the buyer sees it."]
    picture = ReceiptPhoto.objects.get(problem=problem)
    served = lead.get(reverse("admin:warehouse_receipt_picture", args=[picture.pk]))
    assert served["Content-Type"] == "image/png" and "nosniff" in served["X-Content-Type-Options"]
    buyer = sign_in("buyer")
    assert "Cracked" in buyer.get(reverse("admin:warehouse_receiptproblem_change", args=[problem.pk])).content.decode()
    settle = reverse("admin:warehouse_problem_settle", args=[problem.pk])
    assert said(buyer.post(settle, {"settlement": " "})) == ["Say what was agreed."]
    assert said(buyer.post(settle, {"settlement": "Credit note"})) == ["Settled."]
    assert sign_in("picker").post(settle, {"settlement": "x"}).status_code == 403
    assert buyer.get(reverse("admin:warehouse_receiptproblem_changelist"), {"view": "open"}).status_code == 200
