"""After a delivery: what orders wait for is directed to them."""

from typing import Any

from warehouse.services.cross_docking import direct_to_orders, straight_tasks
from warehouse.services.scan.kinds.base import Kind, Scan


def direct(scan: Scan) -> dict[str, Any]:
    """body: empty. A command of its own, for orders are locked before goods. straight: how many tasks wait at the dock."""
    direct_to_orders(scan.warehouse_id, company_id=scan.company_id, actor=scan.actor)
    return {"straight": len(straight_tasks(scan.warehouse_id))}


KINDS = (Kind("direct", "warehouse.add_receipt", direct),)
