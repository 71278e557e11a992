"""An uploaded file is in the storage before its row, outside any transaction and lock; what no row names is swept away."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from accounting.models import Invoice
from accounting.services import attach
from accounting.services.bills.papers import add_paper
from backoffice import media
from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError, Unavailable
from backoffice.core.models import User
from backoffice.core.tabular.files import take_file
from backoffice.operations.tasks import remove_orphaned_files
from inventory.models import ProductImage, PurchaseOrder, Sku
from inventory.services import add_image
from orders.models import ReturnLine, ReturnPhoto
from orders.services import add_photo
from tests.factories.bills import make_bill, order_line
from tests.factories.books import ACTOR
from tests.factories.photos import jpeg, png
from tests.pages.conftest import World
from warehouse.models import ReceiptProblem
from warehouse.services import add_receipt_photo
from warehouse.services.problems import ProblemInput, report_problems


@pytest.fixture
def place(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def uploads(world):
    """Each way in for a file, by what it is."""
    of = {"company_id": world.house.id, "actor": ACTOR}
    line = ReturnLine.objects.get(return_order=world.returned)
    product, invoice = Sku.objects.get(pk=world.mug).product_id, Invoice.objects.first().pk
    bought = PurchaseOrder.objects.get(pk=world.purchase)
    bill = make_bill(world.house, world.supplier.pk, order_line(bought, "1", "2.50"))
    [problem] = report_problems([ProblemInput("other", purchase_order_id=world.purchase, note="Wet")], **of)
    robot = Actor.of(User.objects.create_superuser("robot"))
    table = SimpleUploadedFile("brands.csv", b"code,name\nACME,Acme\n")
    return {
        "photo of a return": lambda: add_photo(world.returned, return_line_id=line.pk, content=jpeg(), **of),
        "photo of a delivery": lambda: add_receipt_photo(png(), problem_id=problem.pk, **of),
        "picture": lambda: add_image(product, upload=SimpleUploadedFile("a.png", png()), **of),
        "paper": lambda: attach(
            SimpleUploadedFile("a.png", png()), object_type="accounting.invoice", object_id=invoice, **of
        ),
        "paper of a bill": lambda: add_paper(SimpleUploadedFile("a.pdf", b"%PDF-1.7 x"), bill_id=bill.pk, **of),
        "table": lambda: take_file(table, noun="inventory.import_brands", company_id=world.house.id, actor=robot),
    }


def names(place: Path) -> list[str]:
    return [path.relative_to(place).as_posix() for path in media.files_of(place)]


@pytest.mark.django_db(transaction=True)
def test_a_slow_storage_keeps_no_transaction_waiting(place, monkeypatch):
    ways, waited, plain = uploads(World()), [], FileSystemStorage._save

    def slow(storage, name, content):
        waited.append(connection.in_atomic_block)
        return plain(storage, name, content)

    monkeypatch.setattr(FileSystemStorage, "_save", slow)
    for way in ways.values():
        way()

    assert waited == [False] * len(ways)
    assert len(names(place)) == len(ways) and media.missing() == []


@pytest.mark.django_db
def test_while_the_storage_is_away_no_row_is_written(place, monkeypatch):
    def away(*_given):
        raise Unavailable("The file storage is not available just now.")

    ways = uploads(World())
    before = media.named_by_rows()
    monkeypatch.setattr(FileSystemStorage, "_save", away)
    for way in ways.values():
        with pytest.raises(Unavailable):
            way()

    assert media.named_by_rows() == before == set()


@pytest.mark.django_db
def test_what_is_refused_or_there_already_leaves_no_file_behind(place):
    world = World()
    way = uploads(world)["photo of a return"]
    first, again = way(), way()
    stored = names(place)

    assert (again.state, again.photo_id, len(stored)) == ("already", first.photo_id, 1)
    with pytest.raises(DomainError):
        add_photo(world.returned, return_line_id=0, content=png(), company_id=world.house.id, actor=ACTOR)
    assert names(place) == stored


@pytest.mark.django_db
def test_what_is_rolled_back_is_named_by_no_row_and_swept_away_after_thirty_days(place, monkeypatch):
    ways = uploads(World())
    ways["photo of a delivery"]()
    [kept] = names(place)
    with transaction.atomic():
        ways["photo of a return"]()
        ways["picture"]()
        transaction.set_rollback(True)
    default_storage.save("logos/old.png", SimpleUploadedFile("old.png", png()))
    default_storage.save("reports/of-last-year.csv", SimpleUploadedFile("r.csv", b"a"))

    assert not ReturnPhoto.objects.exists() and not ProductImage.objects.exists()
    assert (remove_orphaned_files(), len(names(place))) == (0, 5)  # young: its row may be on its way
    now = timezone.now() + timedelta(days=media.KEEP_DAYS + 1)
    monkeypatch.setattr(media.timezone, "now", lambda: now)
    assert remove_orphaned_files() == 2
    assert set(names(place)) == {kept, "logos/old.png", "reports/of-last-year.csv"}
    assert media.missing() == [] and ReceiptProblem.objects.exists()


@pytest.mark.django_db
def test_every_kind_of_upload_lies_in_a_folder_that_is_swept_or_kept_on_purpose(place):
    for way in uploads(World()).values():
        way()

    assert {name.partition("/")[0] for name in names(place)} == media.FOLDERS
