"""BigCommerce over its V2 and V3 REST APIs."""
