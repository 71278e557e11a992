"""A drop folder: files of orders in, files of stock and tracking out."""

import csv
import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from accounting.services import lay_tax_template
from backoffice.core.proof import run_checks
from integrations import services
from integrations.models import QuarantinedRow
from orders.models import Channel, Order, OrderPayment
from tests.factories import sales
from tests.factories.books import ACTOR
from tests.factories.channels import deliver_outbox
from tests.factories.goods import make_shop, make_sku, make_stock

HEADING = "order_id,placed_at,sku,quantity,unit_price,shipping,customer_id,customer_name,address1,country\n"
FIRST = "C-1,2026-03-10T09:00:00Z,MUG,2,10.00,4.50,k1,Ana,Street 1,GB\n"


class Folder:
    """A company whose channel is a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.house = make_shop()
        self.mug, cup = make_sku(self.house, "MUG"), make_sku(self.house, "CUP")
        make_stock(self.house, self.mug, "10", "50.00")
        make_stock(self.house, cup, "10", "50.00")
        channel = sales.make_channel(self.house, "files")
        settings = {"path": str(path), "currency": "GBP"}
        self.connection = services.create_connection(
            channel_id=channel.pk, connector="csv_folder", settings=settings, secrets={}, actor=ACTOR
        )
        (path / "orders").mkdir()

    def __truediv__(self, name: str) -> Path:
        return self.path / name


@pytest.fixture
def folder(tmp_path, transactional_db):
    return Folder(tmp_path)


def run(folder):
    result = services.pull_orders(connection_id=folder.connection.pk, force=True)
    return result, services.import_orders(connection_id=folder.connection.pk)


def test_orders_of_a_file(folder):
    rows = HEADING + FIRST + "C-2,2026-03-10T10:00:00Z,CUP,1,5,,,,,\n" + "C-1,2026-03-10T09:00:00Z,CUP,1,3,4.50,,,,\n"
    (folder / "orders" / "a.csv.gz").write_bytes(gzip.compress(rows.encode()))

    result, imported = run(folder)

    assert (result.status, imported.counts) == ("done", {"placed": 2})
    order = Order.objects.get(external_id="C-1")
    assert (order.goods_total, order.charges_total, order.total) == (23, Decimal("4.50"), Decimal("27.50"))
    assert order.contact.person.name == "Ana"
    assert Order.objects.get(external_id="C-2").contact is None
    assert [path.name for path in (folder / "done").iterdir()] == ["a.csv.gz"]
    assert list((folder / "orders").iterdir()) == []


def test_a_file_without_taxes_is_taxed_by_rule(folder):
    lay_tax_template(company_id=folder.house.id, template="generic", actor=ACTOR)
    Channel.objects.update(tax_by_rules=True)
    stated = FIRST.replace("C-1", "C-2").strip() + ",1.23\n"
    (folder / "orders" / "a.csv").write_text(HEADING + FIRST)
    (folder / "orders" / "b.csv").write_text(HEADING.strip() + ",tax\n" + stated)

    _result, imported = run(folder)

    assert imported.counts == {"placed": 2}
    assert dict(Order.objects.values_list("external_id", "tax_total")) == {
        "C-1": Decimal("4.90"),
        "C-2": Decimal("1.23"),
    }


def test_what_the_file_says_was_paid_is_recorded_once(folder):
    heading = HEADING.strip() + ",paid,payment_id\n"
    rows = FIRST.strip() + ",24.50,ch_1\n" + FIRST.replace("C-1", "C-2").strip() + ",,\n"
    (folder / "orders" / "a.csv").write_text(heading + rows)

    run(folder)
    (folder / "orders" / "b.csv").write_text(heading + rows)
    run(folder)

    payment = OrderPayment.objects.get()
    assert (payment.order.external_id, payment.external_id, payment.captured) == ("C-1", "ch_1", Decimal("24.50"))
    assert run_checks().ok


def test_the_same_file_again_changes_nothing(folder):
    for name in ("a.csv", "b.csv"):
        (folder / "orders" / name).write_text(HEADING + FIRST)
        result, imported = run(folder)

    assert (result.received, result.new, imported.counts) == (1, 0, {})
    assert Order.objects.count() == 1


def test_a_bad_cell_keeps_its_order_out_and_the_others_go_on(folder):
    rows = HEADING + FIRST + "C-2,2026-03-10T10:00:00Z,CUP,many,5,,,,,\n" + ",2026-03-10T10:00:00Z,CUP,1,5,,,Ana,,\n"
    (folder / "orders" / "a.csv").write_text(rows)

    _result, imported = run(folder)

    assert imported.counts == {"placed": 1, "quarantined": 1}
    kept = {row.code: row for row in QuarantinedRow.objects.all()}
    assert "Line 3, column quantity: “many” is no number" in kept["payload_unreadable"].reason
    assert kept["no_order_id"].row_number == 4
    assert "Ana" not in str(kept["no_order_id"].raw)


def test_a_damaged_file_is_put_aside_with_its_reason(folder):
    (folder / "orders" / "a.csv").write_bytes((HEADING + FIRST).encode() + b"C-2,\xff\n")
    (folder / "orders" / "b.csv").write_text(HEADING + FIRST.replace("C-1", "C-3"))

    _result, imported = run(folder)

    assert imported.counts == {"placed": 1}
    assert sorted(path.name for path in (folder / "rejected").iterdir()) == ["a.csv", "a.csv.reason.txt"]
    assert "Line 3" in (folder / "rejected" / "a.csv.reason.txt").read_text()
    assert "Line 3" in QuarantinedRow.objects.get().reason


def test_a_missing_column_is_told(folder):
    (folder / "orders" / "a.csv").write_text("order_id,sku\nC-1,MUG\n")

    run(folder)

    assert "placed_at, quantity, unit_price is missing" in QuarantinedRow.objects.get().reason


@pytest.mark.parametrize("way", ["beside", "up", "link"])
def test_nothing_is_read_outside_the_folders_that_were_named(folder, settings, tmp_path, way):
    allowed, secret = tmp_path / "allowed", tmp_path / "secret"
    for place in (allowed, secret / "orders"):
        place.mkdir(parents=True)
    (secret / "orders" / "a.csv").write_text("order_id,sku\nC-1,MUG\n")
    (allowed / "link").symlink_to(secret)
    settings.DROP_FOLDERS = [str(allowed)]
    paths = {"beside": secret, "up": allowed / ".." / "secret", "link": allowed / "link"}
    folder.connection.settings = {"path": str(paths[way])}
    folder.connection.save()

    result, _imported = run(folder)

    assert result.status == "failed" and "BACKOFFICE_DROP_FOLDERS" in result.message
    assert (secret / "orders" / "a.csv").exists() and not QuarantinedRow.objects.exists()


def test_a_missing_folder_is_away_not_broken(folder):
    folder.connection.settings = {"path": str(folder / "gone")}
    folder.connection.save()

    result, _imported = run(folder)

    assert result.status == "failed"
    assert "is not there" in result.message


def test_stock_and_tracking_are_written(folder):
    services.list_skus(connection_id=folder.connection.pk, listings={"L1": (folder.mug, "MUG")})
    (folder / "orders" / "a.csv").write_text(HEADING + FIRST)
    run(folder)
    order = Order.objects.get()
    packed = sales.pack(folder.house, order.fulfilments.values_list("pk", flat=True))
    sales.dispatch(folder.house, [item.shipment_id for item in packed])
    deliver_outbox()

    services.push_stock(connection_id=folder.connection.pk)
    services.push_tracking(connection_id=folder.connection.pk)

    [stock] = (folder / "stock").iterdir()
    assert list(csv.reader(stock.open())) == [["sku", "quantity"], ["MUG", "8"]]
    [tracking] = (folder / "tracking").iterdir()
    shipment = order.shipments.get()
    assert tracking.name == f"shipment-{shipment.pk}.csv"
    [row] = csv.DictReader(tracking.open())
    assert (row["order_id"], row["sku"], row["quantity"]) == ("C-1", "MUG", "2")
    assert row["tracking_number"] == shipment.tracking_number
    assert run_checks().ok
