"""WooCommerce over its REST API, version 3."""
