"""What the goods book tells the world."""

from collections.abc import Collection

from backoffice.core.outbox import Event, publish


def publish_stock_changed(touched: Collection[tuple[int, int]], *, company_id: int) -> None:
    """Say that the available quantity of these (SKU, warehouse) changed; readers fetch the newest value.

    One event for a call: topic StockChanged, payload {"levels": [[sku_id, warehouse_id], …]}. Statements: 0 or 1.
    """
    if touched:
        publish([Event("StockChanged", f"company:{company_id}", {"levels": sorted(touched)}, company_id)])
