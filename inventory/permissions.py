"""What the goods book lets each staff role do."""

from backoffice.core.registry import RolePermissions
from backoffice.core.staff import StaffRole

_CATALOGUE = tuple(
    f"inventory.{verb}_{noun}" for verb in ("add", "change") for noun in ("category", "product", "sku", "barcode")
)

PERMISSIONS = (
    *(
        RolePermissions(role, ("inventory.view_*",))
        for role in (
            StaffRole.ORDER_DESK,
            StaffRole.BUYER,
            StaffRole.WAREHOUSE_LEAD,
            StaffRole.PICKER,
            StaffRole.ACCOUNTANT,
        )
    ),
    RolePermissions(
        StaffRole.BUYER,
        (
            *_CATALOGUE,
            "inventory.*_purchaseorder",
            "inventory.*_purchaseorderline",
            "inventory.delete_barcode",
        ),
    ),
    RolePermissions(
        StaffRole.WAREHOUSE_LEAD,
        (
            "inventory.add_location",
            "inventory.change_location",
            "inventory.add_lot",
            "inventory.change_lot",
            "inventory.add_barcode",
            "inventory.change_barcode",
            "inventory.add_stockmove",
        ),
    ),
    RolePermissions(StaffRole.ACCOUNTANT, ("inventory.add_valuechange",)),
)
