"""The paper to count on: places and articles, never a quantity."""

import json
from pathlib import Path

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice.core.typesetting import FONTS
from orders.documents.barcodes import code_128
from warehouse.counts import sheet_rows
from warehouse.models import Stocktake

TEMPLATE = Path(__file__).with_name("count_sheet.typ")


def count_sheet(stocktake: Stocktake) -> bytes:
    """The open places of a stocktake as a PDF, in walking order. Statements: 3."""
    import typst

    data = {
        "number": stocktake.number,
        "title": _("Count sheet"),
        "facts": [
            stocktake.warehouse.name,
            *([_("Due %(day)s") % {"day": date_format(stocktake.due_date, "SHORT_DATE_FORMAT")}] if stocktake.due_date else []),
            *([stocktake.note] if stocktake.note else []),
        ],
        "blanks": [_("Counted by"), _("Date and time"), _("Signature")],
        "columns": [_("Place"), _("SKU"), _("Name"), _("Lot"), _("Counted")],
        "rows": [[row.place, row.sku, row.name, row.lot, row.barcode] for row in sheet_rows(stocktake)],
        "barcode": str(code_128(stocktake.number)["svg"]),
    }  # fmt: skip
    made = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    return made[0] if isinstance(made, list) else made
