"""Uploaded files in a bucket that hosts share: in and out through our own pages and API alone, whoever may not is refused."""

import datetime
import logging.config
import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from django.conf import settings as given
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string

from accounting.models import Bill, BillPaper
from backoffice import media as uploads
from backoffice.backups import MANIFEST, MEDIA, check_backup, make_backup, restore_media
from backoffice.core.actor import Actor
from backoffice.core.models import ImportFile, ReportRun
from backoffice.core.proof import run_checks
from backoffice.environment import BadEnvironment
from backoffice.files import NAMES, files_storage
from backoffice.operations.measures import measures
from inventory.models import GrniItem, ProductImage, Sku
from orders.models import ReturnPhoto
from tests.api.conftest import World
from tests.api.test_return_photos import send
from tests.api.test_returns import DESK, body, sold
from tests.dashboard.test_scheduled_reports import make_due, make_report
from tests.factories.bills import written
from tests.factories.books import make_company
from tests.factories.photos import jpeg, png
from tests.factories.staff import sign_in
from tests.infra.servers import PROJECT
from tests.pages.test_bills import ADD, bought, head

SECRET, LOGIN = "wJalrXUtnFEMI-K7MDENG-planted-secret", "AKIAPLANTEDLOGIN"


@dataclass(frozen=True, slots=True)
class Store:
    address: str
    client: Any
    server: Any

    def names(self) -> list[str]:
        return [item["Key"] for item in self.client.list_objects_v2(Bucket="files").get("Contents", [])]

    def configure(self, settings: Any, **changes: str) -> None:
        """As the environment would, from here on."""
        values = {"bucket_name": "files", "endpoint_url": self.address, "region_name": "eu-central-1", "location": "house",
                  "access_key": LOGIN, "secret_key": SECRET} | changes  # fmt: skip
        with pytest.MonkeyPatch.context() as patch:
            for option, value in values.items():
                patch.setenv(NAMES[option], value)
            settings.STORAGES = given.STORAGES | {"default": files_storage()}


@pytest.fixture(scope="module")
def server():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel("ERROR")
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
    yield server
    server.stop()


@pytest.fixture
def store(server, settings, tmp_path):
    """A store with an empty bucket, in which uploaded files lie during the test."""
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=address, region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    client.create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    made = Store(address, client, server)
    settings.MEDIA_ROOT = tmp_path / "nobody-writes-here"
    made.configure(settings)
    yield made
    assert not settings.MEDIA_ROOT.exists()
    for name in made.names():
        client.delete_object(Bucket="files", Key=name)
    client.delete_bucket(Bucket="files")


def make_bill(books: Client, order: Any) -> Bill:
    item = GrniItem.objects.get()
    books.post(
        reverse(ADD), head(order, **{f"pick-item-{item.pk}": "1", f"quantity-item-{item.pk}": "8", "match": "1"})
    )
    return Bill.objects.get()


def content_of(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.status_code
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_pictures_and_papers_go_in_and_out_through_pages_and_nobody_else_gets_them(store, db):
    world = World()
    desk, books = sign_in("buyer"), sign_in("accountant")
    product = Sku.objects.get(pk=world.mug).product
    add = f"/admin/inventory/product/{product.pk}/image/"
    desk.post(add, {"file": SimpleUploadedFile("a.png", png()), "alt": "A mug"})
    image = ProductImage.objects.get()
    bill = make_bill(books, bought(world))
    paper = SimpleUploadedFile("scan.pdf", b"%PDF-1.7 paper")
    books.post(reverse("admin:accounting_bill_add_paper", args=[bill.pk]), {"paper": paper})
    kept = BillPaper.objects.get()
    scan = reverse("admin:accounting_bill_paper", args=[bill.pk, kept.pk])

    assert store.names() == sorted([f"house/{image.file.name}", f"house/{kept.file.name}"])
    assert content_of(desk.get(f"{add}{image.pk}/")) == png()
    assert content_of(books.get(scan)) == b"%PDF-1.7 paper"
    for stranger in (Client(), sign_in("picker")):
        assert stranger.get(scan).status_code in (302, 403)
    pages = [
        desk.get(f"/admin/inventory/product/{product.pk}/change/"),
        books.get(f"/admin/accounting/bill/{bill.pk}/change/"),
    ]
    assert all(store.address not in content_of(page).decode() for page in pages)  # nobody is given an address of it
    for name in store.names():
        grants = store.client.get_object_acl(Bucket="files", Key=name)["Grants"]
        assert [grant["Grantee"]["Type"] for grant in grants] == ["CanonicalUser"]  # the owner; nothing is public
    assert image.file.url == f"/media/{image.file.name}"
    assert run_checks().ok


def test_photos_go_in_and_out_over_the_api_and_are_erased(store, db, django_capture_on_commit_callbacks):
    world = World()
    shop, _order, line = sold(world)
    made = shop.post(f"orders/{_order.pk}/returns/", body(line)).json()
    found = f"returns/{made['id']}/"
    sent = send(shop, f"{found}lines/{made['lines'][0]['id']}/photos/", jpeg())
    photo = ReturnPhoto.objects.get()
    other = world.caller("returns:read", company_id=make_company(code="OTHER").pk, bound=False)

    assert sent.status_code == 201 and store.names() == [f"house/{photo.content.name}"]
    assert content_of(shop.get(f"{found}photos/{photo.pk}/"))[:3] == b"\xff\xd8\xff"
    assert other.get(f"{found}photos/{photo.pk}/").status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert world.caller(*DESK).post(f"{found}photos/erase/", {}).status_code == 200
    assert store.names() == [] and shop.get(f"{found}photos/{photo.pk}/").status_code == 404


def test_a_table_is_read_from_it_and_a_report_written_to_it(store, db):
    World()
    desk = sign_in("buyer")
    table = SimpleUploadedFile("brands.csv", b"code,name\nACME,Acme\n")
    desk.post("/admin/core/importfile/new/", {"noun": "inventory.import_brands", "file": table})
    file = ImportFile.objects.get()
    books = sign_in("accountant")
    from backoffice.dashboard.scheduled import ask_now

    owner = books.get("/admin/").wsgi_request.user
    report = make_report(owner, period="last_month", at_time=datetime.time(6, 0))
    ask_now(report, actor=Actor.of(owner))

    assert make_due() == {"done": 1}
    run = ReportRun.objects.get()
    assert (file.status, store.names()) == ("checked", sorted([f"house/{file.content.name}", f"house/{run.file}"]))
    got = content_of(books.get(reverse("admin:core_reportrun_file", args=[run.pk])))
    assert len(got) == run.size and b"," in got
    assert sign_in("picker").get(reverse("admin:core_reportrun_file", args=[run.pk])).status_code in (403, 404)


def test_while_the_store_is_away_uploads_are_told_so_nothing_is_written_and_the_rest_goes_on(store, settings, db):
    world = World()
    product, buyer = Sku.objects.get(pk=world.mug).product, world.caller("catalogue:write", "catalogue:read")
    kept = ProductImage.objects.create(
        product=product, position=1, file="products/aa/gone.png", sha256="a" * 64, width_px=1, height_px=1
    )
    desk = sign_in("buyer")
    desk.raise_request_exception = False
    store.configure(settings, endpoint_url="http://127.0.0.1:9")
    before = written()

    sent = buyer.client.post(
        f"/api/v1/products/{product.pk}/images/", {"file": SimpleUploadedFile("a.png", png())},
        headers={"authorization": f"Api-Key {buyer.key}"},
    )  # fmt: skip
    shown = desk.get(f"/admin/inventory/product/{product.pk}/image/{kept.pk}/")
    said = desk.post(
        f"/admin/inventory/product/{product.pk}/image/", {"file": SimpleUploadedFile("a.png", png())}, follow=True
    )

    assert (sent.status_code, sent.json()["code"], sent["Retry-After"]) == (503, "unavailable", "5")
    assert (shown.status_code, shown["Retry-After"]) == (
        503,
        "5",
    ) and "file storage is not available" in shown.content.decode()
    assert "file storage is not available" in said.content.decode()
    assert written() == before and ProductImage.objects.get() == kept
    assert desk.get(f"/admin/inventory/product/{product.pk}/change/").status_code == 200
    [bad] = [measure for measure in measures(ask_workers=False) if measure.name == "file_storage_s"]
    assert bad.is_bad and "does not answer" in bad.note
    assert "Something needs a person" in sign_in("auditor").get(reverse("house_status")).content.decode()
    store.configure(settings)
    [good] = [measure for measure in measures(ask_workers=False) if measure.name == "file_storage_s"]
    assert not good.is_bad
    assert (
        desk.get(f"/admin/inventory/product/{product.pk}/image/{kept.pk}/").status_code == 404
    )  # it is there, the file not


def test_a_backup_names_what_is_not_in_it_and_a_folders_files_come_into_the_bucket(
    store, settings, tmp_path, capsys, db
):
    world = World()
    product = Sku.objects.get(pk=world.mug).product
    for position, name in enumerate("ab", 1):
        ProductImage.objects.create(
            product=product, position=position, file=f"products/{name}.png", sha256=name * 64, width_px=1, height_px=1
        )
    old = tmp_path / "old"
    (old / "products").mkdir(parents=True)
    (old / "products" / "a.png").write_bytes(png())
    # An older backup, of the folder.
    made, url = tmp_path / "backups" / "one", _url()
    before = make_backup(tmp_path / "first", url=url, media=old, say=lambda *_said: None)

    with pytest.raises(CommandError, match=r"1 file\(s\) that rows name are not there, the first: products/b.png"):
        call_command("files_to_bucket", str(old))
    assert store.names() == ["house/products/a.png"] and default_storage.open("products/a.png").read() == png()
    made = make_backup(tmp_path / "second", url=url, media=uploads.folder(), say=lambda *_said: None)
    facts = check_backup(made)
    call_command("backup", str(made), "--check")
    told = capsys.readouterr()

    assert f"not in it: the uploaded files, which are in the bucket files at {store.address}" in told.err
    assert not (made / MEDIA).exists() and SECRET not in (made / MANIFEST).read_text()
    assert facts["media_in"] == f"bucket files at {store.address}" and restore_media(made, None) == 0
    store.client.delete_object(Bucket="files", Key="house/products/a.png")
    assert uploads.missing() == ["products/a.png", "products/b.png"]
    assert restore_media(before, None) == 1 and uploads.missing() == ["products/b.png"]
    default_storage.save("products/b.png", ContentFile(png()))
    call_command("files_to_bucket", str(old))
    assert "0 file(s) copied" in capsys.readouterr().out


def _url() -> str:
    host = quote(connection.settings_dict["HOST"] or "", safe="")
    return f"postgresql://{connection.settings_dict['USER']}@/{connection.settings_dict['NAME']}?host={host}"


def test_no_login_of_the_store_is_ever_logged(store):
    """At the most talkative level, of a process that stores, reads and misses."""
    code = (
        "import django; django.setup()\n"
        "from django.core.files.base import ContentFile\nfrom django.core.files.storage import default_storage as files\n"
        "name = files.save('a.txt', ContentFile(b'x'))\nprint(files.open(name).read(), files.exists('none'), files)\n"
        "from backoffice.core.errors import Unavailable\nfiles.endpoint_url = 'http://127.0.0.1:9'\nfiles._connections.connection = None\n"
        "try: files.exists('a')\nexcept Unavailable as error: print(error)\n"
    )
    options = store_options()
    env = {NAMES[option]: value for option, value in options.items()} | {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        "BACKOFFICE_LOG_LEVEL": "DEBUG", "BACKOFFICE_SECRET_KEY": "x" * 60, "HOME": "/nonexistent",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=env, capture_output=True, text=True)

    told = done.stdout + done.stderr
    assert done.returncode == 0 and "b'x' False" in told and "the file storage is away" in told, told
    assert SECRET not in told and LOGIN not in told


def store_options() -> dict[str, str]:
    return dict(given.STORAGES["default"]["OPTIONS"])


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"endpoint_url": "https://store.example"}, "BACKOFFICE_S3_BUCKET is not set"),
        ({"bucket_name": "files", "access_key": "a"}, "go together"),
        ({"bucket_name": "files", "endpoint_url": "store.example:9000"}, "give https://host"),
    ],
)
def test_half_a_setting_is_refused_by_name(monkeypatch, values, named):
    for option, value in values.items():
        monkeypatch.setenv(NAMES[option], value)

    with pytest.raises(BadEnvironment, match=named):
        files_storage()


def test_without_a_bucket_files_lie_in_the_folder():
    chosen = files_storage()

    assert chosen == {"BACKEND": "django.core.files.storage.FileSystemStorage"} and import_string(chosen["BACKEND"])
    assert uploads.bucket() == "" and uploads.folder() == Path(given.MEDIA_ROOT)
