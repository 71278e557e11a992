"""How orders and what belongs to them lead to a channel and a warehouse (backoffice/core/scopes)."""

from backoffice.core.registry import BodyRow, LimitedPage, PageObject, Scope

_OF_ORDER = (
    "Hold", "OrderCharge", "OrderDiscount", "OrderLine", "OrderRevision", "OrderTag", "OrderTax", "SourcingDecision",
    "DocumentMail", "RuleFiring",
)  # fmt: skip
_OF_LINE = ("OrderLineComponent", "DropShipLine", "LinePromise", "PromiseChange")
_OF_SHIPMENT = ("ShipmentLine", "ShipmentKit", "TrackingEvent")
_SOLD = (
    ("orders.order", "orders.Order"),
    ("orders.shipment", "orders.Shipment"),
    ("orders.returnorder", "orders.ReturnOrder"),
)

SCOPES = (
    Scope("orders.Channel", channel=("pk",)),
    # An order is its channel's, and of the warehouses that work on it; before it is sourced, of none.
    Scope("orders.Order", channel=("channel",), many=(("orders.Fulfilment", "order", "warehouse"),)),
    *(Scope(f"orders.{name}", via=("order",)) for name in _OF_ORDER),
    *(Scope(f"orders.{name}", via=("order_line",)) for name in _OF_LINE),
    Scope("orders.OrderPayment", channel=("channel",), via=("order",)),
    Scope("orders.OrderPaymentEvent", via=("payment",)),
    Scope("orders.Fulfilment", warehouse=("warehouse",), channel=("order__channel",)),
    Scope("orders.FulfilmentLine", via=("fulfilment",)),
    Scope("orders.MergeGroup", warehouse=("warehouse",)),
    Scope("orders.CancelRequest", via=("order", "fulfilment")),
    Scope("orders.Shipment", warehouse=("warehouse",), channel=("order__channel",)),
    *(Scope(f"orders.{name}", via=("shipment",)) for name in _OF_SHIPMENT),
    Scope("orders.ReturnOrder", warehouse=("warehouse",), channel=("channel",)),
    Scope("orders.ReturnLine", via=("return_order",)),
    Scope("orders.ReturnPhoto", via=("return_line",)),
    Scope("orders.ReturnedGoods", via=("return_line",)),
    Scope("orders.Contact", channel=("channel",)),
    Scope("orders.DraftOrder", channel=("channel",)),
    Scope("orders.DraftLine", via=("draft",)),
    Scope("orders.DraftCharge", via=("draft",)),
    Scope("orders.BlanketOrder", channel=("channel",)),
    Scope("orders.BlanketLine", via=("blanket",)),
    Scope("orders.BlanketCall", via=("blanket_line",)),
    Scope("orders.Reservation", channel=("channel",)),
    Scope("orders.ReservationLine", via=("reservation",)),
    Scope("orders.PriceList", channel=("channel", "contact__channel")),
    Scope("orders.PriceListItem", via=("price_list",)),
    Scope("orders.ReturnPolicy", channel=("channel",)),
    Scope("orders.RestockingFee", via=("policy",)),
    Scope("orders.MailRule", channel=("channel",)),
    Scope("orders.SourcingRule", warehouse=("warehouse",), channel=("channel",)),
    Scope("orders.DropShipRule", channel=("channel",)),
    Scope("orders.ReleaseDate", channel=("channel",)),
    Scope("accounting.Invoice", sources=_SOLD),
)

PAGES: tuple[BodyRow | LimitedPage | PageObject, ...] = (
    BodyRow("fulfilment", "orders.fulfilment"),
    BodyRow("fulfilments", "orders.fulfilment"),
    BodyRow("invoice", "accounting.invoice"),
    BodyRow("order", "orders.order"),
    BodyRow("order_line", "orders.orderline"),
    BodyRow("shipment", "orders.shipment"),
    BodyRow("shipments", "orders.shipment"),
    LimitedPage("api/v1/orders/<int:pk>/documents/<slug:kind>.pdf", why="takes its order from one's own"),
    PageObject("admin/orders/pricelist/^(?P<pk>", "orders.PriceList"),
    LimitedPage("api/v1/recalls/", why="takes the shipments of one's own"),
    *(
        LimitedPage(f"{room}/{name}/", asks=("warehouse",))
        for room, names in (
            ("admin/reports", ("movers", "quality")),
            ("api/v1", ("movers", "quality", "quality/cases")),
        )
        for name in names
    ),
    *(LimitedPage(f"{room}/margin/", asks=("warehouse", "channel")) for room in ("admin/reports", "api/v1")),
    LimitedPage("admin/orders/draftorder/skus/", why="SKUs are the company's"),
    LimitedPage("admin/orders/draftorder/contacts/", why="the buyers of one's channels"),
    PageObject("admin/orders/order/recall/", ""),  # lots and serial numbers, which every warehouse may have
    PageObject(
        "admin/orders/order/documents/",
        {
            "quote": "orders.DraftOrder",
            "order_confirmation": "orders.Order",
            "packing_slip": "orders.Shipment",
            "invoice": "accounting.Invoice",
            "credit_note": "accounting.Invoice",
            "return_form": "orders.ReturnOrder",
            "purchase_order": "inventory.PurchaseOrder",
        },
    ),
)
