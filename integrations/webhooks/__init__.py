"""Webhooks out: what is told to programs outside, and how it is signed. Pure; the writing is in services/webhooks."""
