"""Vendure over its admin GraphQL API."""
