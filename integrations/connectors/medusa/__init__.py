"""Medusa 2 over its admin REST API."""
