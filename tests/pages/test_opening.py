"""Opening data: what a company brings on its first days, by file, checked whole, agreeing, once."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile

from accounting.models import JournalEntry, OpenItem, Party
from accounting.selectors.opening import opening_agreement
from accounting.services import post_entries, set_exchange_rate
from backoffice.core import bulk
from backoffice.core.api.auth import make_api_key
from backoffice.core.models import BulkJob, ChecklistDismissal, ImportFile, User
from backoffice.core.proof import run_checks
from backoffice.dashboard.checklist import ITEMS, checklist
from inventory.models import Lot, Sku, StockLevel, StockMove
from inventory.services import create_warehouse
from orders.models import Order
from tests.factories.books import ACTOR, make_company, make_entry
from tests.factories.goods import make_shop, make_sku
from tests.factories.sales import make_channel
from tests.factories.staff import sign_in

D = Decimal
CUSTOMERS = "code,name,currency,payment_terms_days,credit_limit,street,city,country\nC-1,Cafe,GBP,30,5000,High St 1,London,gb\nC-2,Bar,EUR,14,,,,\n"
SUPPLIERS = "code,name,currency\nS-1,Mill,GBP\n"
BALANCES = (
    "account,date,debit,credit\n1020,2025-12-31,1000,\n1110,2025-12-31,300,\n1210,2025-12-31,120,\n"
    "2010,2025-12-31,,220\n3010,2025-12-31,,1200\n"
)
INVOICES = (
    "customer,number,date,due_date,currency,amount\nC-1,A-1,2025-12-05,2026-01-04,,250\nC-1,A-2,2025-12-20,2025-12-20,,-30\n"
    "C-2,A-3,2025-12-20,2026-01-20,EUR,100\n"
)
BILLS = "supplier,number,date,due_date,amount\nS-1,B-1,2025-12-05,2026-01-04,220\n"
STOCK = (
    "sku,warehouse,bin,quantity,unit_cost,date,lot,expiry_date,serials\nMUG,LON,A1,10,5,2025-12-31,,,\n"
    "MILK,LON,A2,4,2.5,2025-12-31,L1,2026-06-30,\nCAM,LON,A2,2,30,2025-12-31,,,S-1|S-2\n"
)
ORDERS = (
    "channel,number,placed,sku,quantity,unit_price,buyer,email,city,country\n"
    "web,1001,2025-12-28,MUG,2,12.5,Ona,ona@example.com,London,GB\nweb,1001,2025-12-28,MILK,1,3,,,,\nweb,1002,2025-12-29,MUG,20,12.5,Bo,bo@example.com,,GB\n"
)
FILES = {
    "accounting.import_customers": CUSTOMERS, "accounting.import_suppliers": SUPPLIERS,
    "accounting.import_balances": BALANCES, "accounting.import_open_invoices": INVOICES,
    "accounting.import_open_bills": BILLS, "inventory.import_opening_stock": STOCK, "orders.import_open_orders": ORDERS,
}  # fmt: skip


@pytest.fixture
def house(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    shop = make_shop()
    for code, tracking in (
        ("MUG", {}),
        ("MILK", {"lot_tracked": True, "expiry_required": True}),
        ("CAM", {"serial_tracked": True}),
    ):
        Sku.objects.filter(pk=make_sku(shop, code)).update(**tracking)
    make_channel(shop, "web")
    set_exchange_rate(company_id=shop.id, currency="EUR", date=datetime.date(2025, 12, 1), rate=D("0.8"))
    return shop


def bring(client, noun: str, text: str) -> ImportFile:
    upload = SimpleUploadedFile("file.csv", text.encode())
    answer = client.post("/admin/core/importfile/new/", {"noun": noun, "file": upload})
    assert answer.status_code == 302, answer.text
    return ImportFile.objects.latest("pk")


def run(client, noun: str, text: str) -> ImportFile:
    file = bring(client, noun, text)
    assert (file.wrong, file.new > 0) == (0, True), list(file.rows.values_list("number", "errors"))
    client.post(f"/admin/core/importfile/{file.pk}/run/")
    job = BulkJob.objects.latest("pk")
    bulk.run_job(job.pk)
    file.refresh_from_db()
    return file


def told(file: ImportFile) -> set[tuple[int, str, str]]:
    return {
        (row.number, error["field"], error["code"]) for row in file.rows.filter(state="wrong") for error in row.errors
    }


def test_all_files_are_brought_agree_and_prove(house):
    client = sign_in("owner")
    for noun, text in FILES.items():
        run(client, noun, text)

    assert not BulkJob.objects.filter(refused__gt=0).exists()
    cafe = Party.objects.get(code="C-1")
    assert (cafe.credit_limit, cafe.address.country, cafe.is_customer) == (5000, "GB", True)
    items = OpenItem.objects.order_by("date", "pk").values_list("kind", "side", "amount", "currency", "base_amount")
    assert set(items) == {
        ("invoice", "debit", 250, "GBP", 250), ("credit_note", "credit", 30, "GBP", 30),
        ("invoice", "debit", 100, "EUR", 80), ("bill", "credit", 220, "GBP", 220),
    }  # fmt: skip
    assert Lot.objects.get().code == "L1"
    assert StockLevel.objects.get(sku__code="CAM").on_hand == 2
    first, second = Order.objects.order_by("external_id")
    assert (first.lines.count(), first.contact.person.name, second.lines.get().quantity) == (2, "Ona", 20)
    agreement = opening_agreement(house.id)
    assert {(total.code, total.difference) for total in agreement.totals} == {("1110", 0), ("1210", 0), ("2010", 0)}
    assert agreement.agrees and agreement.rest == 0
    shown = client.get("/admin/opening/").text
    assert "all agree" in shown and "is empty, as it should be" in shown
    assert run_checks().ok


def test_a_program_brings_a_file_and_reads_what_agrees(house):
    client = sign_in("owner")
    user = User.objects.get(username="owner")
    _key, secret = make_api_key(name="opening", user=user, scopes=("imports:run", "imports:read", "opening:write"))
    call = {"headers": {"authorization": f"Api-Key {secret}", "idempotency-key": "opening-1"}}
    upload = SimpleUploadedFile("b.csv", BALANCES.encode())

    answer = client.post("/api/v1/imports/", {"noun": "accounting.import_balances", "file": upload}, **call)
    job = client.post(
        f"/api/v1/imports/{answer.json()['id']}/run/",
        {},
        content_type="application/json",
        headers=call["headers"] | {"idempotency-key": "opening-2"},
    )
    bulk.run_job(job.json()["id"])

    told_now = client.get("/api/v1/opening/", **call).json()
    assert (told_now["agrees"], D(told_now["rest"])) == (False, 200)
    assert {row["account"]: D(row["difference"]) for row in told_now["totals"]} == {
        "1110": -300,
        "1210": -120,
        "2010": 220,
    }
    assert [file["state"] for file in told_now["files"]].count("started") == 1
    _key, blind = make_api_key(name="blind", user=user, scopes=("orders:read",))
    assert client.get("/api/v1/opening/", headers={"authorization": f"Api-Key {blind}"}).status_code == 403


def test_the_checklist_is_asked_of_the_data(house):
    client = sign_in("owner")
    shown = client.get("/admin/").text
    assert "Still to do" in shown and "Bring the stock" in shown and "Bring the products" not in shown
    assert f'href="/admin/accounting/company/{house.id}/change/"' in shown  # the only company's own form

    run(client, "inventory.import_opening_stock", STOCK)
    post_entries([make_entry(house.company)], company_id=house.id, actor=ACTOR)
    shown = client.get("/admin/").text
    assert "Bring the stock" not in shown and "Bring the opening balances" in shown, "no other entry is the balances"
    run(client, "accounting.import_balances", BALANCES)
    assert "Bring the opening balances" not in client.get("/admin/").text
    assert "Still to do" not in sign_in("picker").get("/admin/").text

    make_company(code="SECOND")
    assert 'href="/admin/accounting/company/"' in client.get("/admin/").text


def test_what_is_not_needed_is_put_away_for_everybody_and_comes_back(house):
    owner, books = sign_in("owner"), sign_in("accountant")
    assert owner.get("/admin/checklist/balances/dismiss/").status_code == 405
    assert owner.post("/admin/checklist/nonsense/dismiss/").status_code == 404
    assert sign_in("picker").post("/admin/checklist/balances/dismiss/").status_code == 403
    assert not ChecklistDismissal.objects.exists()

    total = len(ITEMS)
    assert f"{checklist(User.objects.get(username='owner')).done + 1} of {total} done" in owner.post(
        "/admin/checklist/balances/dismiss/", follow=True
    ).text  # fmt: skip
    assert "Not needed: 1" in books.get("/admin/").text and "Bring the opening balances" in books.get("/admin/").text
    assert 'aria-label="Not needed: Bring the opening balances"' not in books.get("/admin/").text

    books.post("/admin/checklist/balances/dismiss/", {"needed": "1"})
    assert 'aria-label="Not needed: Bring the opening balances"' in owner.get("/admin/").text
    assert not ChecklistDismissal.objects.exists()


def test_every_item_of_the_checklist_asks_tables_and_rights_that_exist(db):
    every = {
        f"{one.content_type.app_label}.{one.codename}" for one in Permission.objects.select_related("content_type")
    }

    found = checklist(User.objects.create_superuser("chief"))

    assert found is not None and found.total == len(ITEMS)
    assert {item.permission for item in ITEMS} <= every
    assert all(str(item.url).startswith("/admin/") for item in ITEMS)


def test_the_same_files_again_change_nothing(house):
    client = sign_in("owner")
    for noun, text in FILES.items():
        run(client, noun, text)
    before = (JournalEntry.objects.count(), OpenItem.objects.count(), StockMove.objects.count(), Order.objects.count())

    for noun, text in FILES.items():
        file = bring(client, noun, text)
        assert (file.new, file.changed, file.wrong) == (0, 0, 0), (noun, told(file))

    after = (JournalEntry.objects.count(), OpenItem.objects.count(), StockMove.objects.count(), Order.objects.count())
    assert after == before


def test_the_page_says_what_does_not_agree_yet(house):
    client = sign_in("accountant")
    run(client, "accounting.import_balances", BALANCES)

    agreement = opening_agreement(house.id)

    assert {total.code: (total.said, total.brought) for total in agreement.totals} == {
        "1110": (300, 0), "1210": (120, 0), "2010": (-220, 0),
    }  # fmt: skip
    assert (agreement.rest, agreement.agrees) == (200, False)
    assert "still holds" in client.get("/admin/opening/").text


BAD_STOCK = (
    "sku,warehouse,bin,quantity,unit_cost,date,lot,serials\nMUG,LON,Z9,1,1,2025-12-31,L,\nMILK,LON,A1,1,1,2025-12-31,,\n"
    "CAM,LON,A1,2,1,2025-12-31,,S\nMUG,LON,A1,0,1,2025-12-31,,\n"
)
BAD_ORDERS = (
    "channel,number,placed,sku,quantity,unit_price\nweb,1,2025-12-28,NONE,1,1\nweb,1,2025-12-28,MUG,1,x\n"
    "shop,2,2025-12-28,MUG,1,1\n"
)
WRONG = [
    (
        "accounting.import_customers",
        "code,name,currency,country\nC-1,,XXX,Great\n",
        {(2, "name", "required"), (2, "currency", "unknown_currency"), (2, "country", "max_length")},
    ),
    (
        "accounting.import_balances",
        BALANCES.replace("1000", "900"),
        {(2, "", "unbalanced")},  # said once, and yet no row is taken
    ),
    (
        "accounting.import_balances",
        "account,date,debit,credit\n9,2025-12-31,5,\n1000,2025-12-30,,5\n",
        {(2, "account", "unknown_account"), (3, "account", "heading"), (2, "date", "dates")},
    ),
    (
        "accounting.import_open_invoices",
        "customer,number,date,due_date,amount\nX,1,2025-12-05,2025-12-01,1.234\n",
        {(2, "customer", "unknown_customer"), (2, "due_date", "before"), (2, "amount", "decimal_places")},
    ),
    (
        "inventory.import_opening_stock",
        BAD_STOCK,
        {
            (2, "bin", "unknown_bin"), (2, "lot", "no_lots"), (3, "lot", "lot_needed"), (4, "serials", "serials_needed"),
            (5, "quantity", "min_value"),
        },
    ),
    (
        "orders.import_open_orders",
        BAD_ORDERS,
        {
            (2, "sku", "unknown_sku"), (2, "number", "order_wrong"), (3, "unit_price", "not_a_number"),
            (4, "channel", "unknown_channel"),
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("noun", "text", "wrong"), WRONG)
def test_what_is_refused_names_row_and_field_and_nothing_is_written(house, noun, text, wrong):
    client = sign_in("owner")
    before = (Party.objects.count(), JournalEntry.objects.count(), StockMove.objects.count(), Order.objects.count())

    file = bring(client, noun, text)
    client.post(f"/admin/core/importfile/{file.pk}/run/")

    assert told(file) == wrong
    assert not BulkJob.objects.exists()
    assert (
        Party.objects.count(),
        JournalEntry.objects.count(),
        StockMove.objects.count(),
        Order.objects.count(),
    ) == before


def test_rows_of_a_refused_balance_are_held_without_saying_it_again(house):
    """Not even the good rows are taken when wrong ones are skipped; the file to mend has them all."""
    client = sign_in("owner")
    file = bring(client, "accounting.import_balances", BALANCES.replace("1000", "900"))

    assert (file.new, file.wrong) == (0, 5)
    client.post(f"/admin/core/importfile/{file.pk}/run/", {"skip_wrong": "on"})
    assert not BulkJob.objects.exists() and not JournalEntry.objects.exists()
    mend = b"".join(client.get(f"/admin/core/importfile/{file.pk}/errors/").streaming_content).decode("utf-8-sig")
    assert len(mend.splitlines()) == 6 and mend.count("must be equal") == 1


def test_another_amount_than_was_brought_in_is_refused(house):
    client = sign_in("owner")
    for noun in (
        "accounting.import_customers",
        "accounting.import_balances",
        "accounting.import_open_invoices",
        "inventory.import_opening_stock",
    ):
        run(client, noun, FILES[noun])

    changed = {
        "accounting.import_balances": BALANCES.replace("1000", "1100").replace(",1200", ",1300"),
        "accounting.import_open_invoices": INVOICES.replace("250", "260"),
        "inventory.import_opening_stock": STOCK.replace("A1,10", "A1,11"),
    }
    for noun, text in changed.items():
        assert {code for _row, _field, code in told(bring(client, noun, text))} == {"brought_in"}, noun


def test_templates_can_be_downloaded_and_hold_an_example(house):
    client = sign_in("owner")

    for noun in FILES:
        text = b"".join(client.get(f"/admin/core/importfile/export/{noun}/?example=1&as=csv").streaming_content).decode(
            "utf-8-sig"
        )
        headings, example = text.splitlines()
        assert headings.split(",")[0] and example.split(",")[0], noun
    assert client.get("/admin/core/importfile/export/orders.import_open_orders/?example=1&as=xlsx").status_code == 200
    assert client.get("/admin/core/importfile/export/orders.import_open_orders/").status_code == 404


def test_a_picker_sees_none_of_it(house):
    assert sign_in("picker").get("/admin/opening/").status_code == 403


def test_lines_beyond_a_portion_take_no_more_statements(house, django_assert_max_num_queries):
    from accounting.services.opening import INVOICES as COLUMNS
    from accounting.services.opening import import_items
    from backoffice.core.actor import Actor
    from backoffice.core.tabular import Line, read_row

    client = sign_in("owner")
    run(client, "accounting.import_customers", CUSTOMERS)
    names = [column for column in COLUMNS if column.name != "base_amount"]

    def rows(start, count):
        return [
            read_row(Line(n, ["C-1", f"N-{n}", "2025-12-05", "2026-01-04", "", "10"]), names) for n in range(start, start + count)
        ]  # fmt: skip

    import_items(rows(0, 1), house.id, Actor.job("test"), "customer")
    with django_assert_max_num_queries(14):
        done = import_items(rows(100, 200), house.id, Actor.job("test"), "customer")
    assert {outcome.state for outcome in done} == {"done"}


def test_the_example_row_of_each_template_is_a_row_that_is_taken(house):
    """A shop fills in what it sees: an empty code, or a debit beside a credit, would be refused."""
    client = sign_in("owner")
    main = create_warehouse(company_id=house.id, code="MAIN", name="Main", actor=ACTOR)
    main.locations.create(company=house.company, code="A-01-1", kind="bin")
    make_channel(house, "shop")

    wrong = {}
    for noun in ("inventory.import_skus", *FILES):
        text = client.get(f"/admin/core/importfile/export/{noun}/?as=csv&example=1").getvalue().decode("utf-8-sig")
        file = bring(client, noun, text)
        client.post(f"/admin/core/importfile/{file.pk}/run/")
        for job in BulkJob.objects.filter(status="queued"):
            bulk.run_job(job.pk)
        wrong[noun] = [error["message"] for row in file.rows.all() for error in row.errors]

    [alone] = wrong.pop("accounting.import_balances")
    assert "debits are 12500.00 and its credits 0" in alone  # one row is half of a balance
    assert {noun: said for noun, said in wrong.items() if said} == {}
    assert Sku.objects.get(code="MUG-0001").status == "active" and Order.objects.get().external_id == "1001"
