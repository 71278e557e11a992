"""Where uploaded files lie, read from the environment: a folder, or a bucket. Importing this starts nothing."""

from typing import Any
from urllib.parse import urlsplit

from backoffice.environment import BadEnvironment, env_str

NAMES = {
    "bucket_name": "BACKOFFICE_S3_BUCKET",
    "endpoint_url": "BACKOFFICE_S3_ENDPOINT",
    "region_name": "BACKOFFICE_S3_REGION",
    "location": "BACKOFFICE_S3_PREFIX",
    "access_key": "BACKOFFICE_S3_ACCESS_KEY",
    "secret_key": "BACKOFFICE_S3_SECRET_KEY",
}


def files_storage() -> dict[str, Any]:
    """Django's default storage: the folder BACKOFFICE_MEDIA_ROOT, or the bucket BACKOFFICE_S3_BUCKET of an S3-compatible store."""
    given = {option: env_str(name, "") for option, name in NAMES.items()}
    if not given["bucket_name"]:
        if any(given.values()):
            raise BadEnvironment("BACKOFFICE_S3_BUCKET is not set: give the bucket's name, or none of BACKOFFICE_S3_….")
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    if bool(given["access_key"]) != bool(given["secret_key"]):
        raise BadEnvironment(
            "BACKOFFICE_S3_ACCESS_KEY and BACKOFFICE_S3_SECRET_KEY go together: give both, or neither where the"
            " machine itself has the right."
        )
    endpoint = urlsplit(given["endpoint_url"])
    if given["endpoint_url"] and not (endpoint.scheme in ("http", "https") and endpoint.hostname):
        raise BadEnvironment(
            "BACKOFFICE_S3_ENDPOINT: give https://host or https://host:9000; nothing for Amazon's own."
        )
    options = {option: value for option, value in given.items() if value}
    return {"BACKEND": "backoffice.core.storage.PrivateBucket", "OPTIONS": options}
