"""Signatures by the Standard Webhooks specification: HMAC-SHA256 over "id.timestamp.body", base64, "v1," before it."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32
TOLERANCE_S = 300


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature, as it stands in the header. Raises ValueError for a secret that is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a secret is base64 after whsec_") from error
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def headers(secrets_now: Sequence[str], *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers; one signature for each secret that is valid now, so that receivers rotate at leisure."""
    signatures = [sign(secret, message_id=message_id, timestamp=timestamp, body=body) for secret in secrets_now]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def is_genuine(secret: str, given: Mapping[str, str], body: bytes, *, now: float) -> bool:
    """What a receiver does: whether one of the signatures is ours and the message is fresh. Headers in lower case."""
    message_id, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not message_id or not stamp.isdecimal() or abs(now - int(stamp)) > TOLERANCE_S:
        return False
    wanted = sign(secret, message_id=message_id, timestamp=int(stamp), body=body)
    return any(hmac.compare_digest(wanted, one) for one in given.get("webhook-signature", "").split())
