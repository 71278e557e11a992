"""Journals kept as plain text (beancount, ledger), read and booked: pure, without database or clock."""
