"""A file of SKUs with their products: each row checked against the file and against what is there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.tabular import Plan, Row
from inventory.models import SkuStatus
from inventory.services.importing.lookups import (
    Codes,
    There,
    barcodes_there,
    codes_of,
    options_there,
    products_there,
    skus_there,
)
from inventory.services.importing.work import Twins, Work, check_barcodes, known, look_at_barcodes
from inventory.states import SKU

# Columns that are columns of the SKU too; an empty cell leaves the first ones as they are and clears the others. The
# product's columns are left as they are by an empty cell.
KEPT = ("name", "unit", "cost_method", "status", "is_stocked")
CLEARED = (
    "release_date", "weight_g", "length_mm", "width_mm", "height_mm", "origin_country", "hs_code",
)  # fmt: skip
TEXTS = frozenset({"origin_country", "hs_code", "description"})
PRODUCT = ("category", "brand", "tax_code", "description")


@dataclass(slots=True)
class SkuWork(Work):
    """old: There or None. product: (id or None, code) of its product; fresh_barcodes and options are to be written."""

    product_id: int | None = None
    product_code: str = ""
    fresh_barcodes: list[str] = field(default_factory=list)
    options: tuple[tuple[str, str], ...] = ()
    ids: dict[str, Any] = field(default_factory=dict)


class SkuChecker:
    """See registry.TableImport. Statements for each portion of rows: at most 5; 4 at its beginning."""

    def __init__(self, company_id: int) -> None:
        self.company_id = company_id
        self.codes: Codes = codes_of(company_id)
        self.skus, self.barcodes, self.combinations = Twins(), Twins(), Twins()
        self.of_product: dict[tuple[str, str], tuple[int, Any]] = {}  # (product, column) -> first row and its value
        self.options_of: dict[str, tuple[int, tuple[str, ...]]] = {}  # product -> first row and its options' names

    def look(self, rows: Sequence[Row]) -> None:
        look_at_barcodes(rows, self.barcodes)
        for row in rows:
            values = row.values
            if values.get("sku"):
                self.skus.look(values["sku"].upper(), row.number)
            if not (code := (values.get("product") or "").upper()):
                continue
            for name in (*PRODUCT, "product_name"):
                if values.get(name) is not None:
                    self.of_product.setdefault((code, name), (row.number, values[name]))
            if options := pairs_of(values.get("options")):
                names = tuple(name.casefold() for name, _value in options)
                self.options_of.setdefault(code, (row.number, names))
                self.combinations.look((code, combination(options)), row.number)

    def check(self, rows: Sequence[Row]) -> list[Plan]:
        return [work.plan for work in self.work(rows)]

    def work(self, rows: Sequence[Row]) -> list[SkuWork]:
        """What each row is about to do, with what is wrong with it."""
        there = skus_there(self.company_id, [row.values["sku"] for row in rows if row.values.get("sku")])
        products = products_there(self.company_id, [row.values["product"] for row in rows if row.values.get("product")])
        taken = barcodes_there(self.company_id, [c for row in rows for c in row.values.get("barcodes") or ()])
        works = [SkuWork(row, there.get(row.values.get("sku") or "")) for row in rows]
        for work in works:
            self._place(work, products)
        named = {work.product_id for work in works if work.product_id and work.row.values.get("options")}
        present = options_there(pk for pk in named if pk)
        for work in works:
            self._check(work, products, taken)
            self._check_options(work, *present)
        return works

    def _place(self, work: SkuWork, products: dict[str, Any]) -> None:
        """Find the row's product: that of its SKU, else the one it names."""
        code = work.row.values.get("product") or ""
        old: There | None = work.old
        if old is None:
            work.product_code = code
            work.product_id = products[code][0] if code in products else None
            return
        work.product_id, work.product_code = old.product_id, old.product
        if code and code.upper() != old.product.upper():
            message = _("%(sku)s belongs to product “%(product)s”; an import does not move it.")
            work.wrong("product", message % {"sku": work.row.values["sku"], "product": old.product or "–"}, "fixed")

    def _check(self, work: SkuWork, products: dict[str, Any], taken: Any) -> None:
        values = work.row.values
        if values.get("sku"):
            self.skus.check(work, "sku", values["sku"].upper())
        for name, codes in (
            ("category", self.codes.categories),
            ("brand", self.codes.brands),
            ("tax_code", self.codes.tax_codes),
            ("unit", self.codes.units),
        ):
            work.ids[name] = known(work, name, codes)
        self._check_words(work)
        own = work.old.id if work.old else None
        work.fresh_barcodes = check_barcodes(work, self.barcodes, taken, lambda sku, pack: sku == own and pack is None)
        if work.old is None:
            if (
                "name" not in values
                and not any(error.field == "name" for error in work.row.errors)
                or ("name" in values and not values["name"])
            ):
                work.wrong("name", _("A new SKU needs a name."), "required")
        else:
            self._compare(work)
            if work.fresh_barcodes:
                work.changed("barcodes", "", tuple(work.fresh_barcodes))
        self._check_product(work, products)

    def _check_words(self, work: SkuWork) -> None:
        values = work.row.values
        country, hs_code = values.get("origin_country"), values.get("hs_code")
        if country and not re.fullmatch("[A-Za-z]{2}", country):
            work.wrong("origin_country", _("Two letters, e.g. DE."), "invalid")
        elif country:
            values["origin_country"] = country.upper()
        if hs_code:
            values["hs_code"] = hs_code.replace(".", "").replace(" ", "")
            if not re.fullmatch("[0-9]{6,12}", values["hs_code"]):
                work.wrong("hs_code", _("6 to 12 digits."), "invalid")

    def _compare(self, work: SkuWork) -> None:
        """What of the SKU's own columns would change."""
        old, values = work.old, work.row.values
        for name in (*KEPT, *CLEARED):
            if name not in values or (name in KEPT and values[name] is None):
                continue
            new = work.ids["unit"] if name == "unit" else values[name]
            new = "" if new is None and name in TEXTS else new
            before = getattr(old, name)
            if new != before and not (isinstance(before, str) and before.strip() == new):
                work.changed(name, before, new)
        changed = {name for name, _old, _new in work.changes}
        if "cost_method" in changed:
            work.wrong("cost_method", _("The cost method of a SKU that exists is not changed by an import."), "fixed")
        if "unit" in changed and old.has_moves:
            work.wrong("unit", _("It has stock moves in its unit, which cannot be changed any more."), "fixed")
        if "status" in changed and values["status"] not in SKU[old.status]:
            message = _("It cannot go from “%(old)s” to “%(new)s”.")
            names = {"old": SkuStatus(old.status).label, "new": SkuStatus(values["status"]).label}
            work.wrong("status", message % names, "illegal_transition")

    def _check_product(self, work: SkuWork, products: dict[str, Any]) -> None:
        """What of the product would change, and whether all rows of the file say the same of it."""
        values, code = work.row.values, work.product_code.upper()
        before = self._product_before(work, products)
        for name in (*PRODUCT, "product_name"):
            if values.get(name) is None:
                continue  # its other rows may say it, perhaps in another batch: an empty cell says nothing
            first, said = (
                self.of_product.get((code, name), (work.row.number, values[name])) if code else (0, values[name])
            )
            if not _same(name, said, values[name]):
                message = _("Row %(row)s says “%(value)s” of the same product.") % {"row": first, "value": said}
                work.wrong(name, message, "conflict")
            if before is not None and not _same(name, before[name].strip(), values[name]):
                work.changed(name, before[name], values[name])

    def _product_before(self, work: SkuWork, products: dict[str, Any]) -> dict[str, str] | None:
        if work.old is not None:
            return {name: getattr(work.old, name) for name in (*PRODUCT, "product_name")}
        found = products.get(work.product_code)
        if found is None:
            return None
        return dict(zip(("product_name", "category", "brand", "tax_code", "description"), found[1:], strict=True))

    def _check_options(self, work: SkuWork, names: dict[int, list[str]], values: dict[int, Any]) -> None:
        given = work.row.values.get("options")
        if not given:
            return
        pairs = pairs_of(given)
        if len(pairs) < len(given) or len({name.casefold() for name, _value in pairs}) < len(pairs):
            work.wrong("options", _("Write each option once, like Size=M|Colour=Red."), "invalid")
            return
        if not work.product_code:
            work.wrong("options", _("Variants need the code of their product."), "no_product")
            return
        code = work.product_code.upper()
        own = tuple(name.casefold() for name, _value in pairs)
        first, others = self.options_of.get(code, (work.row.number, own))
        present = [name.casefold() for name in names.get(work.product_id or 0, [])]
        if sorted(own) != sorted(present or others) or sorted(others) != sorted(own):
            said = ", ".join(names.get(work.product_id or 0, []) or others)
            message = _("All variants of a product have a value of the same options: %(names)s.") % {"names": said}
            work.wrong("options", message, "not_complete")
            return
        by_name = {name.casefold(): value for name, value in pairs}
        key = tuple(by_name[name].casefold() for name in present) if present else ()
        for sku_id, has in values.get(work.product_id or 0, {}).items():
            if tuple(value.casefold() for value in has) != key:
                continue
            if work.old is None or work.old.id != sku_id:
                work.wrong("options", _("Another SKU of the product is this combination already."), "combination_taken")
            return
        self.combinations.check(work, "options", (code, combination(pairs)))
        work.options = tuple(pairs)
        if work.old is not None:
            if work.old.id in values.get(work.product_id or 0, {}):
                work.wrong(
                    "options", _("It has another combination already, which an import does not change."), "fixed"
                )
            else:
                work.changed("options", "", tuple(given))


def _same(name: str, old: str, new: str) -> bool:
    """Codes that differ by letter case only mean the same row."""
    return old == new or (name in ("category", "brand", "tax_code") and old.upper() == new.upper())


def pairs_of(given: Sequence[str] | None) -> list[tuple[str, str]]:
    """("Size=M", …) -> [("Size", "M"), …]; what is no pair is left out."""
    parted = [part.partition("=") for part in given or ()]
    return [
        (name.strip()[:60], value.strip()[:60])
        for name, sign, value in parted
        if sign and name.strip() and value.strip()
    ]


def combination(pairs: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    return frozenset((name.casefold(), value.casefold()) for name, value in pairs)
