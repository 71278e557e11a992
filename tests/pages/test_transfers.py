"""Transfers at the pages: asked for, claimed, shipped, received short, settled; what is wrong writes nothing."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounting.services import ensure_party
from backoffice.core.proof import run_checks
from inventory.models import Barcode, Serial, Transfer
from tests.factories.goods import add_shop, level, make_shop, make_sku, make_stock
from tests.factories.moving import lines_of, make_transfer, moving_facts
from tests.factories.staff import said, sign_in
from tests.factories.tracking import make_tracked, make_units

D = Decimal


class Two:
    """London has 10 MUG at 5.00; Bath has none."""

    def __init__(self) -> None:
        self.london = make_shop()
        self.bath = add_shop(self.london.company, "BTH")
        self.mug = make_sku(self.london, "MUG")
        make_stock(self.london, self.mug, "10", "50.00")
        Barcode.objects.create(company=self.london.company, sku_id=self.mug, code="5000001", pack_quantity=D(1))


@pytest.fixture
def two(db):
    return Two()


def form(two, *rows, **values):
    """The form of a new transfer: (sku, quantity) rows."""
    data = {
        "source": two.london.warehouse.pk, "target": two.bath.warehouse.pk, "expected_date": "", "note": "",
        "lines-TOTAL_FORMS": str(len(rows)), "lines-INITIAL_FORMS": "0",
    }  # fmt: skip
    for number, (sku, quantity) in enumerate(rows):
        data |= {f"lines-{number}-sku": sku, f"lines-{number}-quantity": quantity, f"lines-{number}-lot": ""}
    return data | values


def page_of(client, pk):
    return client.get(reverse("admin:inventory_transfer_change", args=[pk])).content.decode()


def press(client, pk, name, **data):
    return client.post(reverse(f"admin:inventory_transfer_{name}", args=[pk]), data)


def test_a_transfer_is_shipped_received_short_and_settled(two):
    lead = sign_in("warehouse_lead")
    response = lead.post(reverse("admin:inventory_transfer_add"), form(two, ("MUG", "8"), ("", "")))
    transfer = Transfer.objects.get()
    assert response.url == reverse("admin:inventory_transfer_change", args=[transfer.pk])
    assert "Approve it" in page_of(lead, transfer.pk)

    step = reverse("admin:inventory_transfer_step", args=[transfer.pk, "approve"])
    lead.post(step)
    assert "Claim the goods" in page_of(lead, transfer.pk)
    press(lead, transfer.pk, "allocate", short="refuse")
    assert "Ship the goods" in page_of(lead, transfer.pk)
    queue = lead.get(reverse("admin:warehouse_queue")).content.decode()
    assert transfer.number in queue and "Transfers to ship" in queue
    [line] = lines_of(transfer.pk)
    ship = reverse("admin:warehouse_transfer_ship", args=[transfer.pk])
    assert "MUG" in lead.get(ship).content.decode()
    lead.post(ship, {f"line-{line.pk}": "8", "carrier": "Van", "tracking_number": "T1"})
    receive = reverse("admin:warehouse_transfer_receive", args=[transfer.pk])
    assert "RECEIVING" in lead.get(receive).content.decode()
    lead.post(receive, {"scans": "5000001\n5000001\nMUG", "location": two.bath.dock})

    assert level(two.bath, two.mug)[0] == D(3)
    page = page_of(lead, transfer.pk)
    assert "Partly received" in page and "What became of the rest?" in page and "T1" in page
    carrier = ensure_party(company_id=two.london.id, code="VAN", name="Van", currency="GBP", is_supplier=True)
    common = {"reason": "Box was open", "location": "", "claim_on": ""}
    press(lead, transfer.pk, "settle", **common | {f"line-{line.pk}": "2", "kind": "loss"})
    press(
        lead, transfer.pk, "settle",
        **common | {f"line-{line.pk}": "3", "kind": "claim", "claim_on": str(carrier.pk)},
    )  # fmt: skip

    page = page_of(lead, transfer.pk)
    assert "Claimed from the carrier" in page and "Box was open" in page and "JE-" in page
    assert Transfer.objects.get().status == "closed"
    listed = lead.get(reverse("admin:inventory_transfer_changelist"), {"status__exact": "closed"}).content.decode()
    assert transfer.number in listed
    assert run_checks().ok


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_written(two):
    buyer = sign_in("buyer")
    before = moving_facts()
    add = reverse("admin:inventory_transfer_add")

    unknown = buyer.post(add, form(two, ("NOPE", "1"))).content.decode()
    empty = buyer.post(add, form(two, ("", ""))).content.decode()
    negative = buyer.post(add, form(two, ("MUG", "-1"))).content.decode()
    itself = buyer.post(add, form(two, ("MUG", "1"), target=two.london.warehouse.pk)).content.decode()

    assert "There is no SKU “NOPE”." in unknown and "Give at least one line." in empty
    assert "greater than or equal" in negative
    assert "A transfer goes to another warehouse than the one it comes from." in itself
    assert moving_facts() == before
    assert sign_in("picker").get(add).status_code == 403


def test_refused_steps_say_why_and_write_nothing(two):
    lead = sign_in("warehouse_lead")
    transfer = make_transfer(two.london, two.bath, {two.mug: "12"}, until="approved")
    other = make_transfer(two.bath, two.london, {two.mug: "1"}, until="draft")
    before = moving_facts()

    short = said(press(lead, transfer, "allocate", short="refuse"))
    assert short == [
        "There is not enough at the source warehouse. MUG: 12 wanted, 10 available."
        " Bring what there is, or wait for more."
    ]
    assert said(press(lead, other, "allocate", short="refuse")) == ["This transfer cannot go from Draft to Allocated."]
    ship = reverse("admin:warehouse_transfer_ship", args=[transfer])
    [line] = lines_of(transfer)
    assert "only an allocated transfer ships" in said(lead.post(ship, {f"line-{line.pk}": "1"}))[0]
    assert "is on no line" in said(lead.post(ship, {"scans": "nonsense"}))[0]
    assert "is not a quantity" in said(lead.post(ship, {f"line-{line.pk}": "NaN"}))[0]
    receive = reverse("admin:warehouse_transfer_receive", args=[transfer])
    assert "Choose where" in said(lead.post(receive, {f"line-{line.pk}": "1", "location": ""}))[0]
    assert said(press(lead, transfer, "settle", kind="nonsense")) == ["Say what became of the goods."]
    assert moving_facts() == before
    assert sign_in("picker").post(receive).status_code == 403


def units(pk, two):
    """(serial number, kind of place) of the phones."""
    rows = Serial.objects.filter(sku=pk).order_by("code").select_related("location__warehouse")
    return [(unit.code, unit.location.code if unit.location.warehouse_id else unit.location.kind) for unit in rows]


def work(client, what, pk, **values):
    return " ".join(said(client.post(reverse(f"admin:warehouse_transfer_{what}", args=[pk]), values)))


def test_units_are_shipped_received_and_lost_by_their_numbers(two):
    phone = make_tracked(two.london, "PHONE", serial=True)
    make_units(two.london, phone, "P-1", "P-2")
    make_units(two.london, phone, "P-3", "P-4", at=two.london.second_bin)
    pk = make_transfer(two.london, two.bath, {phone: "3"})
    line = lines_of(pk)[0].pk
    lead = sign_in("warehouse_lead")
    before = moving_facts()

    number, field = f"line-{line}", f"serials-{line}"
    assert f'name="{field}"' in lead.get(reverse("admin:warehouse_transfer_ship", args=[pk])).content.decode()
    assert "3 go, so name as many" in work(lead, "ship", pk, **{number: "3", field: "P-1\nP-3"})
    assert "3 go, so name as many" in work(lead, "ship", pk, **{number: "3", field: "P-1\nP-3\nP-3"})
    assert "there is no unit “P-9”" in work(lead, "ship", pk, **{number: "3", field: "P-1\nP-3\nP-9"})
    assert moving_facts() == before

    assert "in transit" in work(lead, "ship", pk, **{number: "3", field: "P-1\nP-3\nP-4"})
    assert units(phone, two) == [("P-1", "TRANSIT"), ("P-2", "A1"), ("P-3", "TRANSIT"), ("P-4", "TRANSIT")]

    place = str(two.bath.bin)
    before = moving_facts()
    strange = work(lead, "receive", pk, location=place, **{number: "1", field: "P-2"})
    assert "“P-2” is not in transit on this transfer" in strange
    assert "1 go, so name as many" in work(lead, "receive", pk, location=place, **{number: "1"})
    assert moving_facts() == before
    assert "Received" in work(lead, "receive", pk, location=place, **{number: "1", field: "P-3"})
    owner = sign_in("owner")
    lost = press(owner, pk, "settle", kind="loss", reason="Fell off the van", **{number: "1", field: "P-4"})
    assert "Partly received" in " ".join(said(lost))
    assert "Received" in work(lead, "receive", pk, location=place, **{number: "1"})  # the last one needs no name

    assert units(phone, two)[2] == ("P-3", "A1") and units(phone, two)[3] == ("P-4", "adjustment")
    assert Serial.objects.get(code="P-1").location.warehouse == two.bath.warehouse
    assert Transfer.objects.get(pk=pk).status == "closed"
    assert run_checks().ok
