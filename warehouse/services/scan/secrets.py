"""Codes that people type or scan, and what is kept of them."""

import hashlib
import secrets

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no I, O, 0, 1: they are misread
BADGE_PREFIX = "BO"


def new_code(length: int) -> str:
    """Random letters and digits, 5 bits each."""
    return "".join(secrets.choice(ALPHABET) for _place in range(length))


def digest(text: str) -> bytes:
    """SHA-256: enough for what is random and long; PINs, which are neither, are hashed like passwords."""
    return hashlib.sha256(text.encode()).digest()


def is_trivial(pin: str) -> bool:
    """One digit or pair again and again, or digits in a row, up or down: what everybody tries first."""
    steps = {(int(b) - int(a)) % 10 for a, b in zip(pin, pin[1:], strict=False)}
    pairs = {pin[place : place + 2] for place in range(0, len(pin) - 1, 2)}
    return steps in ({0}, {1}, {9}) or (len(pin) % 2 == 0 and len(pairs) == 1) or pin in ("2580", "0852", "1379")
