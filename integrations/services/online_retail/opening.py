"""The SKUs of a file, and the stock that must have been there for the file to be true."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from django.db import transaction

from backoffice.core.actor import Actor
from integrations.importing.online_retail import Sorted
from integrations.importing.online_retail_codes import Meaning
from integrations.importing.online_retail_stock import SkuFacts, facts_of, shortfall, sku_key, unit_cost
from integrations.services.online_retail.setup import Place
from inventory.models import StockLevel
from inventory.services import OpeningLine, SkuInput, ensure_skus, post_opening_stock

JUST_BEFORE = datetime.timedelta(minutes=1)


class Catalogue:
    """SKU ids by the code as the file writes it, for every SKU that the documents move."""

    def __init__(
        self, documents: Sequence[Sorted], meaning_of: Callable[[str], Meaning | None], company_id: int
    ) -> None:
        self._meaning_of = meaning_of
        self._keys: dict[str, str] = {}
        self.facts: Mapping[str, SkuFacts] = facts_of(documents, self.key_of)
        codes = sorted(self.facts)
        ids = ensure_skus([SkuInput(code, self.facts[code].name) for code in codes], company_id=company_id)
        self._ids = dict(zip(codes, ids, strict=True))

    def key_of(self, code: str) -> str:
        if code not in self._keys:
            meaning = self._meaning_of(code)
            assert meaning is not None  # sorted as goods
            self._keys[code] = sku_key(code, meaning)
        return self._keys[code]

    def sku_id_of(self, code: str) -> int:
        return self._ids[self.key_of(code)]

    def cost_of(self, code: str, ratio: Decimal) -> Decimal:
        return unit_cost(self.facts[self.key_of(code)], ratio)

    def id_of_key(self, key: str) -> int:
        return self._ids[key]


@transaction.atomic
def derive_opening_stock(
    parts: Sequence[Sequence[Sorted]],
    catalogue: Catalogue,
    *,
    place: Place,
    cost_ratio: Decimal,
    source_key: str,
    actor: Actor,
) -> int:
    """Bring in what the warehouse lacks to serve the documents in their order; how many SKUs that were.

    Dated just before the first document. What is there already counts, so a second call brings in nothing.
    Cost: cost_ratio x the SKU's median positive price in the file, one penny at least.
    """
    first = min((document.document.at for part in parts for document in part), default=None)
    if first is None:
        return 0
    levels = StockLevel.objects.filter(warehouse_id=place.warehouse_id, owner__isnull=True, available__gt=0)
    available = {code.upper(): units for code, units in levels.values_list("sku__code", "available")}
    missing = shortfall(parts, available, catalogue.key_of)
    lines = [
        OpeningLine(
            sku_id=catalogue.id_of_key(key),
            location_id=place.bin_id,
            quantity=Decimal(units),
            value=units * unit_cost(catalogue.facts[key], cost_ratio),
        )
        for key, units in sorted(missing.items())
    ]
    post_opening_stock(
        lines, company_id=place.company_id, effective_at=first - JUST_BEFORE, source_key=source_key, actor=actor
    )
    return len(lines)
