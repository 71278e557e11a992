"""Every read of the goods book that has a name."""

from inventory.selectors.catalogue import category_codes, category_cost_methods
from inventory.selectors.classes import tax_classes
from inventory.selectors.inbound import Inbound, inbound_of
from inventory.selectors.kits import KitParts, kit_parts, kits_available, kits_by_warehouse, kits_of
from inventory.selectors.late import late_purchase_orders
from inventory.selectors.lead_times import LeadTime, lead_times
from inventory.selectors.low import low_levels
from inventory.selectors.offers import Offer, best_offers, offers_of, price_for
from inventory.selectors.places import counterpart, counterparts, standard_places
from inventory.selectors.promising import Atp, atp
from inventory.selectors.promising_kits import KitAtp, Releases, atp_of_all
from inventory.selectors.scanning import Scanned, scan, sku_by_barcode
from inventory.selectors.stock import Level, available, levels, skus_by_code, unit_costs, weights_kg
from inventory.selectors.waiting import Waiting, waiting_demands

__all__ = [
    "Atp",
    "Inbound",
    "KitAtp",
    "KitParts",
    "LeadTime",
    "Level",
    "Offer",
    "Releases",
    "Scanned",
    "Waiting",
    "atp",
    "atp_of_all",
    "available",
    "best_offers",
    "category_codes",
    "category_cost_methods",
    "counterpart",
    "counterparts",
    "inbound_of",
    "kit_parts",
    "tax_classes",
    "kits_available",
    "kits_by_warehouse",
    "kits_of",
    "lead_times",
    "levels",
    "late_purchase_orders",
    "low_levels",
    "offers_of",
    "price_for",
    "scan",
    "sku_by_barcode",
    "skus_by_code",
    "standard_places",
    "unit_costs",
    "waiting_demands",
    "weights_kg",
]
