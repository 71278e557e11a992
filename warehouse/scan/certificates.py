"""A certificate authority of one's own for the floor, and the server's certificate by it.

Browsers run a service worker, the camera and secure cookies only over HTTPS with a certificate that they trust;
no public authority signs the name or address of a server in a warehouse.
"""

import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=397)  # iOS takes at most 825 days, other systems less
RENEW_BEFORE = timedelta(days=30)
CA_CERT, CA_KEY, CA_DEVICE = "ca.pem", "ca-key.pem", "ca.crt"  # ca.crt: DER, what phones install
CERT, KEY = "server.pem", "server-key.pem"


def ensure_authority(folder: Path, *, name: str = "Backoffice floor") -> bool:
    """Make the authority if the folder holds none; whether it was made. Keys are readable by their owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / CA_CERT).exists() and (folder / CA_KEY).exists():
        return False
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        _begin(subject, subject, key.public_key(), CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_key(folder / CA_KEY, key)
    (folder / CA_CERT).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / CA_DEVICE).write_bytes(certificate.public_bytes(serialization.Encoding.DER))
    return True


def make_server(folder: Path, names: Sequence[str]) -> x509.Certificate:
    """A new server certificate for these host names and IP addresses, signed by the folder's authority.

    Raises ValueError for an empty list or what is neither a name nor an address.
    """
    if not names:
        raise ValueError("Give the names or addresses under which the handhelds reach the server.")
    alternatives = [_alternative(name) for name in names]
    authority = x509.load_pem_x509_certificate((folder / CA_CERT).read_bytes())
    signer = serialization.load_pem_private_key((folder / CA_KEY).read_bytes(), password=None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    certificate = (
        _begin(subject, authority.subject, key.public_key(), SERVER_LIFE)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write_key(folder / KEY, key)
    chain = [certificate, authority]
    (folder / CERT).write_bytes(b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain))
    return certificate


def names_of(folder: Path) -> list[str]:
    """The names and addresses of the server's certificate; none if there is no certificate."""
    if not (folder / CERT).exists():
        return []
    certificate = x509.load_pem_x509_certificate((folder / CERT).read_bytes())
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))]


def ends_soon(folder: Path, now: datetime | None = None) -> bool:
    """Whether the server's certificate is to be renewed, or there is none."""
    if not (folder / CERT).exists():
        return True
    certificate = x509.load_pem_x509_certificate((folder / CERT).read_bytes())
    return certificate.not_valid_after_utc < (now or datetime.now(UTC)) + RENEW_BEFORE


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # a handheld's clock may be slow
        .not_valid_after(now + life)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    labels = name.split(".")
    if len(name) > 253 or not all(
        0 < len(label) < 64 and label.isascii() and label.replace("-", "").isalnum() and label.strip("-") == label
        for label in labels
    ):
        raise ValueError(f"{name!r} is neither a host name nor an IP address.")
    return x509.DNSName(name)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Made with mode 0600, so that nobody else can read it even for a moment."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
