"""What the goods book can refuse."""

from backoffice.core.errors import DomainError


class StockRefused(DomainError):
    """Goods cannot move as asked; nothing was written.

    context["items"] lists {index, code, sku, location, wanted, there}; quantities as decimal strings. Codes:
    unknown_sku, unknown_location, not_enough_stock, reserved, allocation_mismatch, allocation_too_small,
    bin_claim_mismatch, bin_claim_too_small, return_mismatch, source_key_reused, lot_needed, lot_held, expiry_date_needed,
    serials_needed (one number for each unit), serial_twice, serial_elsewhere (the unit is not where it would
    leave, or has come in before), serial_not_tracked.
    """

    code = "stock_refused"


class EntryKeyReused(DomainError):
    """Moves would join a journal entry that was posted before."""

    code = "entry_key_reused"


class ClaimRefused(DomainError):
    """A claim, its release or its demand cannot change as asked."""

    code = "claim_refused"


class PurchaseRefused(DomainError):
    """A purchase order cannot be changed or received as asked."""

    code = "purchase_refused"


class LotRefused(DomainError):
    """A lot, or what a SKU is tracked by, cannot be as asked; nothing was changed."""

    code = "lot_refused"


class HoldRefused(DomainError):
    """A lot cannot be blocked, or its block lifted, as asked; nothing was written. Codes: see services.holding_lots."""

    def __init__(self, detail: str, *, code: str = "", **context: object) -> None:
        super().__init__(detail, **context)
        self.code = code or "hold_refused"


class InspectionRefused(DomainError):
    """Goods that wait to be inspected cannot be decided on as asked; nothing was written.

    Codes: see decide_inspection, find_held.
    """

    code = "inspection_refused"

    def __init__(self, detail: str, *, code: str = "inspection_refused", **context: object) -> None:
        super().__init__(detail, **context)
        self.code = code


class ConditionRefused(DomainError):
    """Goods cannot be set aside or put back as asked; nothing was written.

    context: code (see set_condition) and the row that is wrong.
    """

    code = "condition_refused"


class NotFound(DomainError):
    """A row named by id or code does not exist in this company."""

    code = "not_found"
    status = 404


class KitRefused(DomainError):
    """A SKU cannot be a kit of these components, or is a kit where goods of its own are meant.

    context: code (see set_kit), and the row of the component that is wrong.
    """

    code = "kit_refused"


class TransferRefused(DomainError):
    """A transfer cannot be made, shipped, received or settled as asked; nothing was written.

    Codes: same_warehouse, unknown_warehouse, unknown_sku, unknown_line, kit, no_lines, bad_quantity, not_enough_stock,
    not_allocated, not_in_bins, over_shipment, not_in_transit, over_receipt, wrong_place, claim_on_nobody, no_reason.
    context["items"], where several lines are meant: {row, sku, wanted, there}.
    """

    code = "transfer_refused"

    def __init__(self, detail: str, *, code: str = "transfer_refused", **context: object) -> None:
        super().__init__(detail, **context)
        self.code = code


class AdjustmentRefused(DomainError):
    """An adjustment cannot be made or posted as asked; nothing was written.

    Codes: no_lines, unknown_sku, unknown_location, unknown_reason, wrong_direction, bad_quantity, kit, not_posted.
    """

    code = "adjustment_refused"

    def __init__(self, detail: str, *, code: str = "adjustment_refused", **context: object) -> None:
        super().__init__(detail, **context)
        self.code = code


class CatalogueRefused(DomainError):
    """Products, SKUs, packs or their codes cannot be as asked; nothing was written. context["code"] says why."""

    code = "catalogue_refused"


class LateCostRefused(DomainError):
    """A cost cannot be added to an arrival: unknown_receipt (no arrival of own goods), with the item's index."""

    code = "late_cost_refused"


class CostRefused(DomainError):
    """A document about cost cannot be made or posted as asked; nothing was written."""

    def __init__(self, detail: str, *, code: str = "", **context: object) -> None:
        super().__init__(detail, **context)
        self.code = code or self.code


class CostMethodRefused(CostRefused):
    """Codes: unknown_method, same_method, kit, no_price."""

    code = "cost_method_refused"


class RevaluationRefused(CostRefused):
    """Codes: no_lines, bad_kind, unknown_sku, twice, kit, bad_cost, standard, no_stock, not_below; row."""

    code = "revaluation_refused"


class LandedCostRefused(CostRefused):
    """Codes: no_lines, bad_line, no_receipts, unknown_receipt, unknown_supplier, no_basis, no_estimate, corrected,
    no_difference."""

    code = "landed_cost_refused"


class BomRefused(CostRefused):
    """Codes: no_components, unknown_sku, itself, twice, bad_quantity, cycle (with the path), kit; row."""

    code = "bom_refused"


class AssemblyRefused(CostRefused):
    """Codes: no_bom, bad_quantity, unknown_place, not_enough_stock, too_many, wrong_parts, no_reason,
    already_reversed."""

    code = "assembly_refused"


class OwnerRefused(DomainError):
    """Goods of another owner, or their terms, cannot be as asked; nothing was written. Codes: see services.owners."""

    def __init__(self, detail: str, *, code: str = "", **context: object) -> None:
        super().__init__(detail, **context)
        self.code = code or self.code

    code = "owner_refused"
