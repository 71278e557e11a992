"""A file of SKUs with products, options and barcodes, from its bytes to the catalogue: read, checked whole, imported."""

import csv
import io
import os
import tempfile
import time
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.collector import calm_collector
from backoffice.core import bulk, tabular
from backoffice.core.actor import Actor
from backoffice.core.models import BulkJob, ImportFile, User
from bench import house as our
from bench.statements import counted
from inventory.barcodes import ean13
from inventory.models import Category, Sku

HEADINGS = ("sku", "name", "product", "product_name", "options", "category", "unit", "barcodes", "weight_g", "hs_code")
SIZES = ("S", "M", "L", "XL")
NOUN = "inventory.import_skus"


def measure(progress: Any, *, rows: int) -> dict[str, Any]:
    """s: from taking the file to the end of its job; parts of it, statements of a batch, and what a second file took."""
    house = our.build(progress, products=10)
    Category.objects.bulk_create(
        Category(company_id=house.company_id, code=f"C{n}", name=f"Category {n}", cost_method="fifo" if n % 2 else "")
        for n in range(20)
    )
    actor = Actor.of(User.objects.create_user("importer"))
    content = _file(rows)
    our.analyse()
    calm_collector()
    with tempfile.TemporaryDirectory() as folder:
        settings.MEDIA_ROOT = folder
        before = Sku.objects.count()
        first = _import(progress, content, rows, house.company_id, actor)
        made = Sku.objects.count() - before
        second = _check(progress, "the same file again", content, house.company_id, actor)
    job = BulkJob.objects.latest("pk")
    return {
        "s": round(first["check_s"] + first["import_s"], 2),
        "rows": rows,
        "rows_per_s": round(rows / (first["check_s"] + first["import_s"])),
        **{name: round(value, 2) for name, value in first.items()},
        "made": made,
        "refused": job.refused,
        "statements_per_batch": _statements(house.company_id, actor),
        "again_changed": second.new + second.changed,
        "again_unchanged": second.unchanged,
        "file_mb": round(len(content) / 1e6, 1),
        "load": round(os.getloadavg()[0], 1),
    }


def _file(rows: int, first: int = 0) -> bytes:
    """Four sizes of each product, a GTIN for each."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    for n in range(first, first + rows):
        product, size = divmod(n, len(SIZES))
        writer.writerow(
            [
                f"B{product:06d}-{SIZES[size]}", f"Shirt {product}, {SIZES[size]}", f"B{product:06d}", f"Shirt {product}",
                f"Size={SIZES[size]}", f"C{product % 20}", "each", ean13(f"29{n:010d}"), 200 + n % 100, "610910",
            ]
        )  # fmt: skip
    return out.getvalue().encode()


def _check(progress: Any, title: str, content: bytes, company_id: int, actor: Actor) -> ImportFile:
    bar = progress.add_task(title, total=1)
    file = tabular.take_file(SimpleUploadedFile("skus.csv", content), noun=NOUN, company_id=company_id, actor=actor)
    if file.status == "waiting":
        tabular.check_file(file.pk)
        file.refresh_from_db()
    progress.update(bar, completed=1)
    return file


def _import(progress: Any, content: bytes, rows: int, company_id: int, actor: Actor) -> dict[str, float]:
    begin = time.monotonic()
    file = _check(progress, "reading and checking", content, company_id, actor)
    checked = time.monotonic()
    if file.wrong or file.new != rows:
        raise SystemExit(f"{file.wrong} rows are wrong, {file.new} new: {file.error}")
    job = tabular.start_import(file.pk, actor=actor)
    bar = progress.add_task("importing", total=rows)
    while bulk.run_job(job.pk, turn_s=2.0) == "queued":
        progress.update(bar, completed=BulkJob.objects.get(pk=job.pk).finished)
    progress.update(bar, completed=rows)
    end = time.monotonic()
    return {"check_s": checked - begin, "import_s": end - checked}


def _statements(company_id: int, actor: Actor) -> int:
    """Of one batch of the job, bookkeeping included, its largest."""
    content = _file(100, 10_000_000)
    file = tabular.take_file(SimpleUploadedFile("more.csv", content), noun=NOUN, company_id=company_id, actor=actor)
    job = tabular.start_import(file.pk, actor=actor)
    with counted() as count:
        bulk.run_job(job.pk)
    return count.statements
