"""AWS Signature Version 4, for the services of Amazon that take no token.

Source: AWS, "Create a signed AWS API request"; checked against AWS's published example.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    secret: str = field(repr=False)


def signed_headers(
    key: Key,
    *,
    method: str,
    path: str,
    headers: Mapping[str, str],
    content: bytes,
    region: str,
    service: str,
    now: datetime | None = None,
) -> dict[str, str]:
    """The headers with the time and the signature over all of them. path: encoded; without a query."""
    moment = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    given = {**headers, "X-Amz-Date": moment}
    lower = {
        name.lower(): " ".join(value.split()) for name, value in sorted(given.items(), key=lambda row: row[0].lower())
    }
    names = ";".join(lower)
    lines = [method, path, "", *[f"{name}:{value}" for name, value in lower.items()], "", names]
    canonical = "\n".join([*lines, hashlib.sha256(content).hexdigest()])
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    secret = f"AWS4{key.secret}".encode()
    for part in (moment[:8], region, service, "aws4_request"):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    authorization = f"AWS4-HMAC-SHA256 Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**given, "Authorization": authorization}
