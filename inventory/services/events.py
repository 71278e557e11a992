"""What the goods book tells the world."""

from collections.abc import Collection

from backoffice.core.outbox import Event, publish


def publish_stock_changed(touched: Collection[tuple[int, int]], *, company_id: int) -> None:
    """Say that the available quantity of these (SKU, warehouse) changed; readers fetch the newest value.

    One event for a call: topic StockChanged, payload {"levels": [[sku_id, warehouse_id], …]}. Statements: 0 or 1.
    """
    if touched:
        publish([Event("StockChanged", f"company:{company_id}", {"levels": sorted(touched)}, company_id)])


def publish_inbound_changed(purchase_order_id: int, sku_ids: Collection[int], *, company_id: int, what: str) -> None:
    """Say that what a purchase order will bring, or when, changed: what was promised from it may move.

    what: the order's new status, "expected" or "trust". Topic InboundChanged. Statements: 0 or 1.
    """
    if sku_ids:
        payload = {"purchase_order_id": purchase_order_id, "what": what, "sku_ids": sorted(sku_ids)}
        publish([Event("InboundChanged", f"purchase_order:{purchase_order_id}", payload, company_id)])


def publish_release_dates_moved(sku_ids: Collection[int], *, company_id: int) -> None:
    """Say that SKUs go to the warehouse from another day on: pre-orders of them are promised, or given out, anew.

    Topic ReleaseDateMoved. Statements: 0 or 1.
    """
    if sku_ids:
        publish([Event("ReleaseDateMoved", f"company:{company_id}", {"sku_ids": sorted(sku_ids)}, company_id)])


def publish_demands_served(demand_ids: Collection[int], *, company_id: int) -> None:
    """Say that demands which had waited hold claims now; their owners pull them. Topic DemandsServed.

    Statements: 0 or 1.
    """
    if demand_ids:
        payload = {"demand_ids": sorted(demand_ids)}
        publish([Event("DemandsServed", f"company:{company_id}", payload, company_id)])


def publish_supplier_stock_changed(supplier_id: int, sku_ids: Collection[int], *, company_id: int) -> None:
    """Say that what a supplier has of SKUs that are promised from their shelf changed. Topic InboundChanged.

    Statements: 0 or 1.
    """
    if sku_ids:
        payload = {"purchase_order_id": None, "what": "supplier_stock", "sku_ids": sorted(sku_ids)}
        publish([Event("InboundChanged", f"supplier:{supplier_id}", payload, company_id)])
