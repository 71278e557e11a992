"""Uploaded files in a bucket of an S3-compatible store that all hosts share.

Nobody is given an address of the store: files go out through our own views alone, which ask for the reader's rights.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.encoding import filepath_to_uri
from django.utils.translation import gettext as _
from storages.backends.s3 import S3Storage

from backoffice.core.errors import Unavailable

log = logging.getLogger(__name__)
IN_MEMORY = 2 * 1024 * 1024  # a larger file is read by way of a temporary one
# Two tries end before idle_in_transaction_session_timeout: a photo is stored while its return is locked.
CONNECT_S, READ_S, TRIES = 1, 3, 2


class PrivateBucket(S3Storage):
    """Names are never reused and objects get no ACL: the bucket's own rule holds, which must be private.

    Every method raises Unavailable where the store is away or refuses us.
    """

    def __init__(self, **options: Any) -> None:
        style = "path" if options.get("endpoint_url") else "auto"  # stores of one's own rarely answer by bucket's name
        config = Config(
            connect_timeout=CONNECT_S,
            read_timeout=READ_S,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            signature_version="s3v4",
            s3={"addressing_style": style},
            # Stores other than Amazon's often know no checksums but the signature's.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(
            client_config=config, transfer_config=TransferConfig(use_threads=False), default_acl=None, file_overwrite=False,
            max_memory_size=IN_MEMORY, **options,
        )  # fmt: skip

    @property
    def bucket(self) -> Any:
        """A thread's own, as its connection is: boto3 shares none among threads."""
        return self.connection.Bucket(self.bucket_name)

    def url(self, name: str, *_args: Any, **_kwargs: Any) -> str:
        """The address that a folder's files have, of which our own views answer some."""
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name).lstrip("/"))

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _told():
            opened = super()._open(name, mode)
            if "r" in mode:
                opened.file.seek(0)  # read at once: a store that goes away later would break off the answer
            return opened

    def _save(self, name: str, content: Any) -> str:
        with _told():
            return str(super()._save(name, content))

    def exists(self, name: str) -> bool:
        with _told():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with _told():
            super().delete(name)

    def names(self) -> Iterator[str]:
        """All that is stored, by name."""
        prefix = f"{self.location.strip('/')}/" if self.location else ""
        with _told():
            for found in self.bucket.objects.filter(Prefix=prefix):
                yield found.key.removeprefix(prefix)

    def ask(self) -> None:
        """Look whether it answers."""
        with _told():
            self.connection.meta.client.head_bucket(Bucket=self.bucket_name)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error) as error:
        log.error("the file storage is away or refuses us: %s", error)
        raise Unavailable(
            _("The file storage is not available just now; nothing was saved. Please try again soon.")
        ) from error
