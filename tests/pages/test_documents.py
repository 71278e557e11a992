"""Purchase orders, receipts, returns and picking, driven through their pages."""

from decimal import Decimal

from django.urls import reverse

from accounting.models import Invoice, PersonalData
from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from inventory.models import PurchaseOrder, StockLevel
from orders.models import Fulfilment, ReturnOrder, Shipment
from tests.factories.staff import said, sign_in
from warehouse.models import PickTask

D = Decimal


def level(sku_id):
    found = StockLevel.objects.get(sku_id=sku_id)
    return found.on_hand, found.reserved


def purchase_form(world, *rows, **head):
    data = {
        "supplier": str(world.supplier.pk),
        "warehouse": str(world.house.warehouse.pk),
        "reference": "Q-1",
        "lines-TOTAL_FORMS": str(max(len(rows), 1)),
        "lines-INITIAL_FORMS": "0",
    } | head
    for number, (sku, quantity, cost) in enumerate(rows):
        data |= {f"lines-{number}-sku": sku, f"lines-{number}-quantity": quantity, f"lines-{number}-unit_cost": cost}
    return data


def test_a_purchase_order_is_written_in_the_form(world):
    client = sign_in("buyer")

    response = client.post(
        reverse("admin:inventory_purchaseorder_add"), purchase_form(world, ("mug", "12", "4.25"), ("", "", ""))
    )

    made = PurchaseOrder.objects.latest("id")
    assert response.url == reverse("admin:inventory_purchaseorder_change", args=[made.pk])
    [line] = made.lines.all()
    assert (made.status, made.reference, made.currency) == ("draft", "Q-1", "GBP")
    assert (line.sku_id, line.quantity, line.unit_cost) == (world.mug, D(12), D("4.25"))
    event = AuditEvent.objects.get(object_type="inventory.purchaseorder", object_id=made.pk)
    assert (event.actor.username, event.action) == ("buyer", "created")
    assert "51.00" in client.get(response.url).content.decode()


def test_wrong_rows_are_named_and_nothing_is_written(world):
    client = sign_in("buyer")
    before = PurchaseOrder.objects.count()
    address = reverse("admin:inventory_purchaseorder_add")

    response = client.post(address, purchase_form(world, ("MUG", "0", "4"), ("MUG", "x", "-1"), supplier=""))
    unknown = client.post(address, purchase_form(world, ("MUG", "1", "4"), ("NOPE", "1", "1")))
    empty = client.post(address, purchase_form(world))

    lines, head = response.context["lines"], response.context["form"]
    assert set(head.errors) == {"supplier"}
    assert [set(form.errors) for form in lines.forms] == [{"quantity"}, {"quantity", "unit_cost"}]
    assert unknown.context["lines"].forms[1].errors == {"sku": ["There is no SKU “NOPE”."]}
    assert "There is no SKU “NOPE”." in unknown.content.decode()
    assert empty.context["lines"].forms[0].errors["sku"] == ["Give at least one line."]
    assert PurchaseOrder.objects.count() == before


def test_a_purchase_order_goes_its_way_and_is_received_for_waiting_orders(world):
    buyer, lead = sign_in("buyer"), sign_in("warehouse_lead")

    def step(name, **data):
        return buyer.post(reverse("admin:inventory_purchaseorder_step", args=[world.purchase, name]), data)

    before = world.written()
    assert said(step("send")) == ["This purchase order cannot go from Draft to Sent."]
    assert world.written() == before
    for name in ("submit", "approve", "send", "confirm"):
        step(name)
    assert PurchaseOrder.objects.get(pk=world.purchase).status == "confirmed"
    page = buyer.get(reverse("admin:inventory_purchaseorder_change", args=[world.purchase])).content.decode()
    assert "Book a delivery in" in page
    assert reverse("admin:inventory_purchaseorder_step", args=[world.purchase, "approve"]) not in page

    line = PurchaseOrder.objects.get(pk=world.purchase).lines.get()
    address = reverse("admin:warehouse_receive", args=[world.purchase])
    before = world.written()
    wrong = lead.post(address, {f"line-{line.pk}": "-1", "location": str(world.house.bin)})
    assert "is not a quantity" in said(wrong)[0]
    assert world.written() == before
    lead.post(address, {f"line-{line.pk}": "8", "location": str(world.house.bin), "reference": "DN-1"})

    assert level(world.cup) == (D(8), D(5))  # the waiting order claims its five
    assert PurchaseOrder.objects.get(pk=world.purchase).status == "partly_received"
    assert step("close", reason="The rest is discontinued").status_code == 302
    assert PurchaseOrder.objects.get(pk=world.purchase).status == "closed"
    events = AuditEvent.objects.filter(object_type="inventory.purchaseorder", object_id=world.purchase).order_by("-id")
    assert (events[0].old_value, events[0].new_value, events[0].reason) == (
        "partly_received",
        "closed",
        "The rest is discontinued",
    )
    assert run_checks().ok


def test_a_return_is_approved_received_and_refunded(world):
    desk, lead = sign_in("order_desk"), sign_in("warehouse_lead")
    found = ReturnOrder.objects.get(pk=world.returned)
    desk.post(reverse("admin:orders_returnorder_step", args=[found.pk, "approve"]))
    line = found.lines.get()
    on_hand, reserved = level(world.mug)

    address = reverse("admin:warehouse_receive_return", args=[found.pk])
    before = world.written()
    wrong = lead.post(address, {f"line-{line.pk}": "5", f"disposition-{line.pk}": "restock"})
    assert said(wrong) and world.written() == before
    lead.post(address, {f"line-{line.pk}": "1", f"disposition-{line.pk}": "restock"})
    assert ReturnOrder.objects.get(pk=found.pk).status == "inspected"
    response = desk.post(reverse("admin:orders_returnorder_refund", args=[found.pk]))

    note = Invoice.objects.get(kind="credit_note")
    assert said(response) == [f"Refunded by credit note {note.number}."]
    assert (ReturnOrder.objects.get(pk=found.pk).status, note.total) == ("resolved", D(10))
    assert level(world.mug) == (on_hand + 1, reserved)
    assert note.number in desk.get(reverse("admin:orders_returnorder_change", args=[found.pk])).content.decode()
    assert run_checks().ok


def test_a_return_is_not_refunded_twice_nor_before_its_time(world):
    desk = sign_in("order_desk")
    before = world.written()

    early = desk.post(reverse("admin:orders_returnorder_refund", args=[world.returned]))
    no_reason = desk.post(reverse("admin:orders_returnorder_step", args=[world.returned, "reject"]))

    assert said(early) and said(no_reason) == ["Say why: the reason is kept with the change."]
    assert ReturnOrder.objects.get(pk=world.returned).status == "requested"
    assert world.written() == before


def test_a_short_pick_ships_the_rest(world):
    picker = sign_in("picker")
    work = world.fulfilment_of(world.ready)

    def press(name, **data):
        return picker.post(reverse(f"admin:warehouse_{name}", args=[work]), data)

    assert said(press("pack")) == ["Pick first: not everything has been picked."]
    assert said(press("start")) == ["The pick list is ready."]
    task = PickTask.objects.get(pick_list__fulfilment=work)
    before = world.written()
    assert said(press("pick", **{f"task-{task.pk}": "5"})) == ["More was given than is asked for."]
    assert said(press("pick", **{f"task-{task.pk}": "-1"}))[0].startswith("MUG: “-1” is not a quantity.")
    assert world.written() == before
    press("pick", **{f"task-{task.pk}": "3"})
    assert said(press("pack")) == ["Packed: the shipment is ready to leave."]
    shipped = said(press("ship", carrier="DHL", tracking_number="T9"))

    assert shipped == ["Shipped and invoiced: INV-000002"]
    shipment = Shipment.objects.get(fulfilment=work)
    assert (shipment.tracking_number, shipment.lines.get().quantity) == ("T9", D(3))
    assert Fulfilment.objects.get(pk=work).status == "shipped"
    assert run_checks().ok


def test_changes_in_forms_stand_in_the_trail(world):
    client = sign_in("owner")
    address = reverse("admin:orders_channel_change", args=[world.channel.pk])
    page = client.get(address).context
    data = {k: value for k, value in page["adminform"].form.initial.items() if value is not None and value is not False}
    for inline in page["inline_admin_formsets"]:
        data |= {f"{inline.formset.prefix}-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}

    response = client.post(address, data | {"name": "Web shop", "change_reason": "New brand"})

    assert response.status_code == 302, response.context["adminform"].form.errors
    event = AuditEvent.objects.get(object_type="orders.channel", object_id=world.channel.pk, field="name")
    assert (event.actor.username, event.old_value, event.new_value, event.reason) == (
        "owner",
        "web",
        "Web shop",
        "New brand",
    )
    assert "New brand" in client.get(address).content.decode()


def test_a_persons_name_never_stands_in_the_trail(world):
    person = PersonalData.objects.create(company=world.house.company, name="Ana")
    client = sign_in("owner")

    client.post(
        reverse("admin:accounting_personaldata_change", args=[person.pk]),
        {"company": str(world.house.id), "name": "Secret Name"},
    )

    event = AuditEvent.objects.get(object_type="accounting.personaldata", object_id=person.pk, field="name")
    assert (event.old_value, event.new_value) == ("", "")


def test_the_page_of_an_sku_leads_to_documents_and_books(world):
    page = sign_in("owner").get(reverse("admin:inventory_sku_change", args=[world.mug])).content.decode()
    shipment = Shipment.objects.get()

    assert "LON" in page
    for figure in ("97", "5", "92", "485.00"):  # on hand, reserved, available, value
        assert figure in page, figure
    assert reverse("admin:orders_shipment_change", args=[shipment.pk]) in page
    entry = world.one("SELECT entry_id FROM inventory_stockmove WHERE entry_id IS NOT NULL ORDER BY id DESC LIMIT 1")
    assert reverse("admin:accounting_journalentry_change", args=[entry]) in page


def test_a_figure_in_the_journal_leads_back_to_its_document(world):
    client = sign_in("accountant")
    invoice = Invoice.objects.get()
    shipment = Shipment.objects.get()

    of_invoice = client.get(reverse("admin:accounting_invoice_change", args=[invoice.pk])).content.decode()
    of_entry = client.get(reverse("admin:accounting_journalentry_change", args=[invoice.entry_id])).content.decode()

    assert reverse("admin:accounting_journalentry_change", args=[invoice.entry_id]) in of_invoice
    for page in (of_invoice, of_entry):
        source = reverse("admin:orders_shipment_change", args=[shipment.pk])
        assert source in page or reverse("admin:accounting_invoice_change", args=[invoice.pk]) in page
    account = world.one("SELECT account_id FROM accounting_journalline WHERE entry_id = %s LIMIT 1", invoice.entry_id)
    ledger = reverse("admin:accounting_journalline_changelist")
    assert f"{ledger}?account__id__exact={account}" in of_entry
    assert client.get(ledger, {"account__id__exact": account}).status_code == 200
