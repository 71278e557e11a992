"""A real retailer's file from its first line to the books, and the proof over it."""

import csv
import json
import lzma
from collections import Counter
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounting.models import Invoice, JournalLine, OpenItem
from backoffice.core.actor import Actor
from backoffice.core.proof import run_checks
from integrations.importing.online_retail import read_documents, read_rows
from integrations.models import CodeMapping, QuarantinedRow, SyncRun
from integrations.services.online_retail import run as importer
from integrations.services.replaying import replay_quarantined
from inventory.models import CostLayer, StockLevel, StockMove
from orders.models import Channel, Contact, Order, OrderLine, ReturnOrder
from orders.selectors.sales import sales_by_month

SAMPLE = Path(__file__).parent.parent / "data" / "online_retail_sample.csv"
pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments, path=SAMPLE):
    """The command's JSON."""
    out, err = StringIO(), StringIO()
    given = [str(path)] if path else []
    call_command(
        "import_orders",
        *given,
        "--channel",
        "retail",
        "--profile",
        "online-retail",
        "--json",
        *arguments,
        stdout=out,
        stderr=err,
    )
    return json.loads(out.getvalue())


def report():
    return sales_by_month(company_id=Channel.objects.get(code="retail").company_id)


def assert_proved():
    proof = run_checks()
    assert proof.ok, [result for result in proof.results if result.state != "ok"]


def assert_reported(months):
    """The command says the same as text, CSV and JSON."""
    told = {}
    for form in ((), ("--csv",), ("--json",)):
        out = StringIO()
        call_command("report", "sales", "--by", "month", *form, stdout=out)
        told[form] = out.getvalue()
    rows = json.loads(told["--json",])
    assert [(row["month"], Decimal(row["total"])) for row in rows] == [(f"{m.month:%Y-%m}", m.total) for m in months]
    assert {tuple(row.items()) for row in csv.DictReader(StringIO(told["--csv",]))} == {
        tuple((name, str(value)) for name, value in row.items()) for row in rows
    }
    assert "3,807.703" in told[()]
    april = next(row for row in rows if row["month"] == "2011-04")
    assert (april["total"], april["rounding"], april["books"]) == ("2686.581", "-0.001", "2686.58")


def months_of_the_file(path=SAMPLE):
    sums = Counter()
    for document in read_documents(read_rows(path)):
        sums[f"{document.at:%Y-%m}"] += sum(row.value for row in document.rows)
    return dict(sums)


def fingerprint():
    """Counts of everything that an import writes."""
    models = (
        Order,
        OrderLine,
        Invoice,
        JournalLine,
        OpenItem,
        StockMove,
        CostLayer,
        ReturnOrder,
        Contact,
        QuarantinedRow,
    )
    return {model.__name__: model.objects.count() for model in models}


def test_the_sample_is_shipped_billed_and_proved():
    figures = run("--ship")

    assert figures.keys() == {
        "lines_imported",
        "lines_quarantined",
        "value_imported",
        "value_quarantined",
        "orders",
        "credits",
        "seconds",
    }
    assert figures["lines_imported"] == 908
    assert figures["lines_quarantined"] == 3
    assert figures["value_imported"] == "3807.703"
    assert figures["value_quarantined"] == "0.00"
    assert (figures["orders"], figures["credits"]) == (60, 14)

    assert Order.objects.count() == 60
    assert set(Order.objects.values_list("status", flat=True)) == {"shipped"}
    assert OrderLine.objects.count() == 829
    assert ReturnOrder.objects.filter(credit_note__isnull=False).count() == 14
    assert StockMove.objects.filter(source_type="orders.channel").count() == 8
    assert set(QuarantinedRow.objects.values_list("code", flat=True)) == {"no_goods_no_money"}
    assert SyncRun.objects.get().status == "done"
    assert_proved()

    months = report()
    assert {f"{month.month:%Y-%m}": month.total for month in months} == months_of_the_file()
    assert all(month.unbilled == 0 for month in months)
    assert sum(month.goods for month in months) == Decimal("92558.46")
    assert sum(month.books for month in months) == sum(month.total + month.rounding for month in months)
    assert_reported(months)
    owed = OpenItem.objects.values_list("side", "amount")
    assert sum(amount if side == "debit" else -amount for side, amount in owed) == sum(m.books for m in months)


def test_a_second_run_changes_nothing():
    run("--ship")
    before = fingerprint()

    figures = run("--ship")

    assert figures["lines_imported"] == figures["lines_quarantined"] == figures["orders"] == figures["credits"] == 0
    assert figures["value_imported"] == figures["value_quarantined"] == "0.00"
    assert fingerprint() == before


def test_a_run_that_was_cut_off_is_taken_up(monkeypatch):
    booked = []
    plain = importer.Booker.book

    def book(self, part):
        if len(booked) == 4:
            raise KeyboardInterrupt
        booked.append(part)
        plain(self, part)

    monkeypatch.setattr(importer.Booker, "book", book)
    with pytest.raises(CommandError, match="stopped"):
        run("--ship", "--batch", "10")
    monkeypatch.undo()
    first = OrderLine.objects.count()
    assert 0 < first < 829

    figures = run("--ship", "--batch", "10")

    assert 0 < figures["lines_imported"] < 908
    assert OrderLine.objects.count() == 829
    assert {f"{month.month:%Y-%m}": month.total for month in report()} == months_of_the_file()
    assert list(SyncRun.objects.order_by("pk").values_list("status", flat=True)) == ["stopped", "done"]
    assert_proved()


def test_the_outcome_does_not_depend_on_the_batches():
    run("--ship", "--batch", "7")

    assert {f"{month.month:%Y-%m}": month.total for month in report()} == months_of_the_file()
    assert Order.objects.exclude(status="shipped").count() == 0
    assert_proved()


def test_without_ship_orders_wait_and_a_later_run_ships_them():
    run()

    assert Order.objects.filter(lines__isnull=False).exclude(status="released").count() == 0
    assert Invoice.objects.filter(kind="invoice").count() == 0
    assert {f"{month.month:%Y-%m}": month.total for month in report()} == months_of_the_file()

    figures = run("--ship")

    assert figures["lines_imported"] == 0
    assert set(Order.objects.values_list("status", flat=True)) == {"shipped"}
    assert all(month.unbilled == 0 for month in report())
    assert_proved()


def test_without_opening_stock_orders_are_back_ordered_and_write_offs_kept_aside():
    run("--opening-stock", "none", "--ship")

    assert not StockMove.objects.filter(source_type="inventory.opening").exists()
    assert Order.objects.filter(status="released").exists()
    assert StockLevel.objects.filter(on_hand__lt=0).count() == 0
    assert "not_enough_stock" in QuarantinedRow.objects.values_list("code", flat=True)
    assert_proved()


def test_details_are_kept_as_the_file_says():
    run("--ship")

    order = Order.objects.get(external_id="536365")
    assert order.placed_at.isoformat() == "2010-12-01T08:26:00+00:00"
    assert order.contact.external_id == "17850"
    assert order.goods_total == Decimal("139.12")
    assert order.shipments.get().shipped_at == order.placed_at
    assert Order.objects.filter(contact__isnull=True).exists()
    lower = OrderLine.objects.filter(channel_sku__regex="[0-9]{5}[a-z]$").first()
    assert lower.sku.code == lower.channel_sku.upper()
    assert StockMove.objects.filter(returns_move__isnull=False).exists()
    summer = Order.objects.filter(placed_at__month=7).first()
    source = {document.number: document.at for document in read_documents(read_rows(SAMPLE))}
    assert summer.placed_at == source[summer.external_id]


@pytest.mark.parametrize("by_page", [False, True])
def test_rows_are_kept_aside_with_a_reason_and_rerun_after_mapping(tmp_path, by_page):
    path = tmp_path / "odd.csv"
    path.write_text(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "1,22423,CAKE STAND,2,2011-01-05 10:00:00,12.75,12345,France\n"
        "1,WRAP,GIFT WRAP,1,2011-01-05 10:00:00,1.50,12345,France\n"
        "2,22423,CAKE STAND,1,2011-01-05 11:00:00,12.75,12346,France\n"
        "3,22423,CAKE STAND,three,2011-01-05 12:00:00,12.75,12346,France\n"
    )
    first = run("--ship", path=path)
    assert (first["lines_imported"], first["lines_quarantined"]) == (1, 3)
    assert (first["value_imported"], first["value_quarantined"]) == ("12.75", "27.00")
    channel = Channel.objects.get(code="retail")
    CodeMapping.objects.create(
        company_id=channel.company_id,
        channel=channel,
        pattern="WRAP",
        meaning="charge",
        charge_kind="gift_wrap",
        account_role="other_revenue",
    )
    if by_page:
        unknown = QuarantinedRow.objects.get(code="unknown_code")
        done = replay_quarantined(row_ids=[unknown.pk], actor=Actor.job("test"))
        assert (done.resolved, done.still_open) == (1, 0)
    else:
        second = run("--ship", "--rerun-quarantine", path=None)
        assert (second["lines_imported"], second["orders"]) == (2, 1)
        assert second["value_imported"] == "27.00"

    order = Order.objects.get(external_id="1")
    assert (order.goods_total, order.charges_total) == (Decimal("25.50"), Decimal("1.50"))
    assert set(QuarantinedRow.objects.values_list("code", "status")) == {
        ("incomplete_document", "resolved"),
        ("unknown_code", "resolved"),
        ("unreadable", "open"),
    }
    assert_proved()


@pytest.mark.parametrize(
    "damage, said",
    [
        (lambda text: text.replace(b"UnitPrice", b"Price", 1), "Line 1: column UnitPrice"),
        (lambda text: text.replace(b"WHITE METAL", b"WHITE \xff METAL", 1), "Line 3: byte 0xff"),
        (lambda text: text[: text.index(b"\n", 40_000) - 9], r"Line \d+: the last line has no line end"),
        (lambda text: text[: text.index(b"\n", 40_000) - 30], r"Line \d+: .*cut off here"),
    ],
)
def test_a_damaged_file_is_refused_with_its_line_and_what_was_there_stays(tmp_path, damage, said):
    run("--ship")
    before = fingerprint()
    path = tmp_path / "damaged.csv"
    path.write_bytes(damage(SAMPLE.read_bytes()))

    with pytest.raises(CommandError, match=said):
        run("--ship", path=path)

    assert fingerprint() == before


def test_a_truncated_archive_is_told(tmp_path):
    path = tmp_path / "cut.csv.xz"
    path.write_bytes(lzma.compress(SAMPLE.read_bytes())[:5000])

    with pytest.raises(CommandError, match=r"cut.csv.xz: Line \d+: .*cut off"):
        run(path=path)

    assert not Channel.objects.exists()


def test_an_invoice_with_other_lines_is_kept_aside(tmp_path):
    text = SAMPLE.read_text().splitlines(keepends=True)
    first = tmp_path / "first.csv"
    first.write_text("".join(text[:4]))
    run("--ship", path=first)

    figures = run("--ship", path=SAMPLE)

    changed = QuarantinedRow.objects.filter(code="changed_after_import")
    assert changed.count() == 7
    assert set(changed.values_list("external_id", flat=True)) == {"536365"}
    assert figures["lines_imported"] == 901
    assert_proved()
