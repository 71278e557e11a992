"""Packs of a SKU and the codes that are scanned for it: each with its check digit, each meaning one thing only."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidInput
from inventory.barcodes import barcode_forms, gtin14, is_code_128, is_gtin, looks_like_gtin, own_code
from inventory.errors import NotFound
from inventory.models import Barcode, Pack, Sku, Symbology
from inventory.services.rows import create_row


@dataclass(frozen=True, slots=True)
class BarcodeInput:
    """code: empty for one of the company's own, which is made. pack_id: empty for the base unit."""

    sku_id: int
    code: str = ""
    pack_id: int | None = None


def barcode_problem(code: str) -> tuple[str, str]:
    """(code, sentence) of what is wrong with a barcode by itself; ("", "") if nothing is. Pure."""
    if looks_like_gtin(code) and not is_gtin(code):
        return "check_digit", _("The check digit of %(code)s is wrong: look at the code again.") % {"code": code}
    if not is_code_128(code):
        return "not_printable", _("A barcode has 1 to 60 plain letters, digits and signs, without spaces at its ends.")
    return "", ""


def symbology_of(code: str) -> str:
    """What a code is printed as."""
    return Symbology.GTIN.value if is_gtin(code) else Symbology.CODE_128.value


@transaction.atomic(savepoint=False)
def add_barcodes(rows: Sequence[BarcodeInput], *, company_id: int, actor: Actor) -> list[Barcode]:
    """Give SKUs and packs their codes; an empty code gets one of the company's own (S or P and a number).

    Raises NotFound for a SKU or pack that is not the company's or not the SKU's; InvalidInput naming row and field of
    every code that is wrong or has another meaning already. Nothing is written then. Statements: 5.
    """
    skus = set(
        Sku.objects.filter(company_id=company_id, pk__in={row.sku_id for row in rows}).values_list("pk", flat=True)
    )
    packs = Pack.objects.filter(company_id=company_id).in_bulk({row.pack_id for row in rows if row.pack_id})
    for row in rows:
        pack = packs.get(row.pack_id or 0)
        if row.sku_id not in skus or (row.pack_id and (pack is None or pack.sku_id != row.sku_id)):
            raise NotFound(_("There is no such SKU or pack."), sku_id=row.sku_id)
    codes = [row.code.strip() or own_code(*(("P", row.pack_id) if row.pack_id else ("S", row.sku_id))) for row in rows]
    _refuse(codes, company_id)
    made = Barcode.objects.bulk_create(
        Barcode(
            company_id=company_id,
            sku_id=row.sku_id,
            pack_id=row.pack_id,
            code=code,
            symbology=symbology_of(code),
            pack_quantity=packs[row.pack_id].quantity if row.pack_id else Decimal(1),
        )
        for row, code in zip(rows, codes, strict=True)
    )
    audit.record(
        [
            audit.Change("inventory.sku", barcode.sku_id, "barcode_added", new=barcode.code, company_id=company_id)
            for barcode in made
        ],
        actor=actor,
    )
    return made


def _refuse(codes: Sequence[str], company_id: int) -> None:
    taken = codes_taken(codes, company_id=company_id)
    errors, seen = [], set()
    for place, code in enumerate(codes):
        kind, said = barcode_problem(code)
        if not kind and code in taken:
            kind, said = "unique", _("%(code)s is the code of %(sku)s already.") % {"code": code, "sku": taken[code]}
        if not kind and gtin14(code) in seen:
            kind, said = "twice", _("This stands above already.")
        seen.add(gtin14(code))
        if kind:
            errors.append({"field": "code", "row": place, "message": said, "code": kind})
    if errors:
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=errors)


def codes_taken(codes: Sequence[str], *, company_id: int) -> dict[str, str]:
    """The SKU whose barcode each of the codes is already, whatever its length as a GTIN. Statements: 1."""
    forms = {form for code in codes for form in barcode_forms(code)}
    rows = Barcode.objects.filter(company_id=company_id, code__in=forms).values_list("code", "symbology", "sku__code")
    exact = {code: sku for code, _kind, sku in rows}
    long = {gtin14(code): sku for code, kind, sku in rows if kind == Symbology.GTIN}
    return {
        code: exact.get(code) or long[gtin14(code)]
        for code in codes
        if code in exact or (is_gtin(code) and gtin14(code) in long)
    }


@transaction.atomic(savepoint=False)
def create_pack(pack: Pack, *, codes: Sequence[str] = (), actor: Actor) -> Pack:
    """Make a pack with its barcodes. Raises InvalidInput naming the field; nothing is written. Statements: 3 to 7."""
    create_row(pack, company_id=pack.company_id, actor=actor)
    if codes:
        add_barcodes(
            [BarcodeInput(pack.sku_id, code, pack.pk) for code in codes], company_id=pack.company_id, actor=actor
        )
    return pack
