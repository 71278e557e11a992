"""Shipments on their way: what becomes of them is told by hand, or asked of the carrier."""

from warehouse.services.tracking.asking import ask_carriers
from warehouse.services.tracking.telling import record_tracking
from warehouse.services.tracking.watching import ask_again, claim_due, watch_shipments

__all__ = ["ask_again", "ask_carriers", "claim_due", "record_tracking", "watch_shipments"]
