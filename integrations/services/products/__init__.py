"""What listings say: built from our catalogue, sent, compared with what the channel shows."""

from integrations.services.products.comparing import Compared, compare, look_at_listings
from integrations.services.products.offering import change_listing, offer_skus, skus_to_offer
from integrations.services.products.sending import send_products

__all__ = ["Compared", "change_listing", "compare", "look_at_listings", "offer_skus", "send_products", "skus_to_offer"]
