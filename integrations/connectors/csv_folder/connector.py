"""Reads orders/*.csv(.gz|.xz), writes stock/*.csv and tracking/*.csv; read files go to done/ or rejected/."""

import csv
import hashlib
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.connectors.base import (
    BadRow,
    Capabilities,
    Connector,
    FulfilmentPush,
    ItemResult,
    MappedOrder,
    Page,
    RawOrder,
    StockItem,
    Window,
)
from integrations.connectors.csv_folder import login, mapping
from integrations.connectors.login import LoginField
from integrations.errors import ChannelRejected, ChannelUnavailable
from integrations.importing.profiles import Columns, profile_called
from integrations.importing.reading import FileUnreadable, Row, open_table

PAGE = 250
PERSONAL = frozenset({"customer_name", "email", "address1", "address2", "city", "postcode"})
MAX_FILE_BYTES = 256 * 1024 * 1024
ENDINGS = (".csv", ".csv.gz", ".csv.xz")


def _may_be_read(path: Path) -> bool:
    """Whether it lies, with all links followed, below a folder that whoever runs the server has named."""
    whole = path.resolve()
    return any(whole.is_relative_to(Path(root).resolve()) for root in settings.DROP_FOLDERS)


class CsvFolderConnector(Connector):
    """A half-written file is not touched if the shop writes under another name and renames at the end."""

    code: ClassVar[str] = "csv_folder"
    name: ClassVar[Promise | str] = gettext_lazy("CSV drop folder")
    capabilities: ClassVar[Capabilities] = Capabilities(previews=False, stock_batch=5000)
    fields: ClassVar[Sequence[LoginField]] = login.FIELDS
    help: ClassVar[Promise | str] = login.HELP
    setting_names: ClassVar[tuple[str, ...]] = ("path", "profile", "currency")

    @property
    def folder(self) -> Path:
        path = Path(self.account.settings.get("path", ""))
        if not path.is_absolute() or not _may_be_read(path):
            raise ChannelUnavailable(
                _("The folder “%(path)s” is not below one of those that BACKOFFICE_DROP_FOLDERS names.")
                % {"path": path}
            )
        if not path.is_dir():
            raise ChannelUnavailable(_("The folder “%(path)s” is not there.") % {"path": path})
        return path

    def server_time(self) -> datetime:
        """Our own clock; raises ChannelUnavailable where the folder is not there."""
        assert self.folder
        return datetime.now(UTC)

    def list_orders(self, window: Window, resume: str = "") -> Iterator[Page]:
        """Every file that lies there: what was read is moved away, so the window plays no part."""
        waiting = self.folder / "orders"
        for path in sorted(waiting.glob("*")) if waiting.is_dir() else ():
            if path.is_file() and not path.is_symlink() and path.name.endswith(ENDINGS):
                yield from self._pages(path)

    def get_order(self, external_id: str) -> RawOrder:
        raise ChannelRejected(_("A drop folder cannot be asked for an order."))

    def map_order(self, body: bytes) -> MappedOrder:
        return mapping.map_order(body, self.account.settings.get("currency", ""))

    def acknowledge(self, page: Page) -> None:
        if page.receipt:
            self._put_away(Path(page.receipt), "done")

    def push_stock(self, items: Sequence[StockItem]) -> list[ItemResult]:
        rows = [(item.external_sku, f"{item.quantity.normalize():f}") for item in items]
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        self._write("stock", f"stock-{stamp}.csv", ("sku", "quantity"), rows)
        return [ItemResult(item.external_id) for item in items]

    def push_fulfilment(self, push: FulfilmentPush) -> str:
        """One file for a shipment, named by its key: writing it twice leaves one."""
        heading = ("order_id", "line_id", "sku", "quantity", "carrier", "service", "tracking_number", "shipped_at")
        shipped_at = push.shipped_at.astimezone(UTC).isoformat()
        rows = [
            (
                push.order_external_id, line.external_id, line.external_sku, f"{line.quantity.normalize():f}",
                push.carrier, push.service, push.tracking_number, shipped_at,
            )
            for line in push.lines
        ]  # fmt: skip
        self._write("tracking", f"{push.key}.csv", heading, rows)
        return push.key

    def _pages(self, path: Path) -> Iterator[Page]:
        """The file's orders; the last page carries the receipt. A file that cannot be read to its end gives none."""
        profile = profile_called(self.account.settings.get("profile", "order-lines"))
        modified_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        groups: dict[str, list[Row]] = {}
        bad: list[BadRow] = []
        try:
            table = open_table(path, delimiter=profile.delimiter, encoding=profile.encoding, max_bytes=MAX_FILE_BYTES)
            columns = Columns(profile, table)
            for row in table.rows:
                if order_id := columns.text(row, "order_id"):
                    groups.setdefault(order_id[:120], []).append(row)
                else:
                    why = _("Line %(line)s has no order id.") % {"line": row.number}
                    bad.append(BadRow(path.name, row.number, "", _impersonal(columns.cells(row)), "no_order_id", why))
        except FileUnreadable as error:
            self._reject(path, error)
            yield Page([], [BadRow(path.name, error.context["line"], "", {}, error.code, error.detail)])
            return
        orders = []
        for order_id, rows in groups.items():
            body, version = mapping.pack(profile.code, table.columns, rows)
            orders.append(RawOrder(order_id, version, modified_at, body))
        for start in range(0, max(len(orders), 1), PAGE):
            last = start + PAGE >= len(orders)
            yield Page(orders[start : start + PAGE], bad if last else (), str(path) if last else "")

    def _reject(self, path: Path, error: FileUnreadable) -> None:
        moved = self._put_away(path, "rejected")
        moved.with_name(moved.name + ".reason.txt").write_text(error.detail + "\n")

    def _put_away(self, path: Path, folder: str) -> Path:
        """Moved beside earlier files of that name, never over them."""
        target = self.folder / folder / path.name
        target.parent.mkdir(exist_ok=True)
        if target.exists():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
            target = target.with_name(f"{digest}-{path.name}")
        os.replace(path, target)
        return target

    def _write(self, folder: str, name: str, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        target = self.folder / folder / name
        target.parent.mkdir(exist_ok=True)
        unfinished = target.with_name(f".{name}.part")
        with unfinished.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(heading)
            writer.writerows(rows)
        os.replace(unfinished, target)


def _impersonal(cells: dict[str, str]) -> dict[str, str]:
    """What may be kept outside the payloads that can be erased."""
    return {field: cell for field, cell in cells.items() if field not in PERSONAL}
