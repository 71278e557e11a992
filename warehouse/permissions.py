"""What each staff role may do in the warehouse."""

from backoffice.core.registry import RolePermissions
from backoffice.core.staff import StaffRole

# Everything but what people earn.
_VIEW = ("warehouse.view_[!w]*", "warehouse.view_wave*")
# Goods and places, and not how much there is: whoever counts must not know. No cost and no supplier's price either.
_GOODS = tuple(
    f"inventory.view_{noun}"
    for noun in (
        "assemblyneed", "assemblyorder", "barcode", "billofmaterials", "bomcomponent", "brand", "category", "kit*", "location",
        "lot", "lothold", "optionvalue", "pack", "pickface", "product", "productimage", "productoption", "serial", "sku",
        "transfer", "transferline", "unit", "warehouse", "zone",
    )
)  # fmt: skip
_SEE = (
    *_VIEW,
    "orders.view_fulfilment",
    "orders.view_fulfilmentline",
    "orders.view_shipment",
    "orders.view_shipmentline",
    "orders.view_trackingevent",
    "orders.view_order",
    "orders.view_orderline",
    "orders.view_cancelrequest",
)
ROLE_PERMISSIONS = (
    RolePermissions(
        StaffRole.WAREHOUSE_LEAD,
        (
            *_SEE,
            "inventory.view_*",
            "warehouse.add_[!w]*",
            "warehouse.add_wave*",
            "warehouse.change_[!w]*",
            "warehouse.change_wave*",
            "warehouse.discount_tillreceipt",
            "warehouse.return_tillreceipt",
            "warehouse.review_stocktake",
            "warehouse.view_wagerate",
            "orders.view_returnorder",
            "orders.view_returnline",
            "orders.change_fulfilment",
            "orders.change_shipment",
            "inventory.add_location",
            "inventory.change_location",
        ),
    ),
    RolePermissions(
        StaffRole.PICKER,
        (
            *_SEE,
            *_GOODS,
            "warehouse.change_picklist",
            "warehouse.change_pickround",
            "warehouse.change_picktask",
            "warehouse.add_countentry",
            "warehouse.add_handlingunit",
            "warehouse.add_manifest",
            "warehouse.change_floortask",
            "warehouse.change_handlingunit",
            "warehouse.add_parcel",
            "orders.change_shipment",
        ),
    ),
    RolePermissions(
        StaffRole.CASHIER,
        (
            "warehouse.view_till",
            "warehouse.view_tillshift",
            "warehouse.add_tillshift",
            "warehouse.change_tillshift",
            "warehouse.view_tillreceipt",
            "warehouse.add_tillreceipt",
            "warehouse.return_tillreceipt",
            "warehouse.add_cashmove",
            "warehouse.view_pickup",
            "warehouse.add_pickup",
            "warehouse.change_pickup",
            "warehouse.view_parkedsale",
            "warehouse.add_parkedsale",
            "inventory.view_sku",
            "inventory.view_stocklevel",
            "orders.view_order",
        ),
    ),
    RolePermissions(StaffRole.ORDER_DESK, (*_VIEW, "warehouse.add_pickup")),
    RolePermissions(
        StaffRole.BUYER,
        (
            "warehouse.view_receipt",
            "warehouse.view_receiptline",
            "warehouse.view_receiptphoto",
            "warehouse.view_receiptproblem",
            "warehouse.change_receiptproblem",
        ),
    ),
    RolePermissions(StaffRole.ACCOUNTANT, ("warehouse.view_*", "warehouse.review_stocktake", "warehouse.*_wagerate")),
)
