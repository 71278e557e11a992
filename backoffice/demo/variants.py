"""What the demo shows of the catalogue: a shirt in sizes and colours, cases of mugs with their codes, substitutes."""

from collections.abc import Mapping
from typing import Any

from accounting.models import Company
from backoffice.core.actor import Actor
from inventory.models import Brand, Pack, PackKind, Product, SkuStatus
from inventory.services import (
    BarcodeInput,
    OptionInput,
    add_barcodes,
    create_pack,
    create_row,
    create_variants,
    set_options,
    set_substitutes,
)

OPTIONS = (
    OptionInput("Size", (("Small", "S"), ("Medium", "M"), ("Large", "L"))),
    OptionInput("Colour", (("Natural", "NAT"), ("Indigo", "IND"))),
)
CASES = 6


def dress_catalogue(company: Company, skus: Mapping[str, tuple[int, Any]], actor: Actor) -> None:
    """skus: what make_goods made, by code. The shirts are drafts: nothing of them was bought yet."""
    brand = create_row(Brand(company=company, code="LARCH", name="Larch & Loom"), company_id=company.pk, actor=actor)
    shirt = create_row(
        Product(
            company=company, code="SHIRT", name="Linen shirt", brand=brand, description="Washed linen, made in Vilnius."
        ),
        company_id=company.pk,
        actor=actor,
    )
    set_options(shirt.pk, options=OPTIONS, company_id=company.pk, actor=actor)
    create_variants(shirt.pk, pattern="", company_id=company.pk, actor=actor, status=SkuStatus.DRAFT)
    mugs = [sku_id for sku_id, good in skus.values() if good.category == "mugs"][:CASES]
    packs = [
        create_pack(
            Pack(
                company=company, sku_id=sku_id, code="CASE12", kind=PackKind.CASE, quantity=12, weight_g=4800,
                length_mm=400, width_mm=300, height_mm=130,
            ),
            actor=actor,
        )
        for sku_id in mugs
    ]  # fmt: skip
    codes = [BarcodeInput(pack.sku_id, "", pack.pk) for pack in packs]
    add_barcodes(codes, company_id=company.pk, actor=actor)
    set_substitutes(mugs[0], substitute_ids=mugs[1:3], company_id=company.pk, actor=actor, both_ways=True)
