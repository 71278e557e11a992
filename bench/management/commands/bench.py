"""manage.py bench: measure in a database of its own."""

import json
import sys
from argparse import SUPPRESS, ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


class Command(BaseCommand):
    help = "Measure the house against bare SQL floors, in a database of its own."
    requires_system_checks: list[str] = []  # they read every page, which no worker does

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True)
        order = kinds.add_parser("order_to_cash", help="whole orders of three lines, from placing to posting")
        order.add_argument("--orders", type=int, default=1000, help="orders in all, over all rounds (default 1000)")
        order.add_argument("--batch", type=int, default=1, help="orders in one transaction (default 1)")
        order.add_argument("--clients", type=int, default=1, help="client processes (default 1)")
        order.add_argument("--path", choices=["straight", "steps"], default="straight")
        hot = kinds.add_parser("hot_sku", help="16 clients on hot SKUs: orders placed and claimed")
        desk = kinds.add_parser("order_list", help="the order list's pages at 10,000 and 1,000,000 orders")
        desk.add_argument("--serve", type=int, default=0, help=SUPPRESS)  # a process with one of the data sets
        desk.add_argument("--small", action="store_true", help="5,000 and 50,000 orders instead: a first look")
        sourcing = kinds.add_parser("sourcing", help="orders placed and claimed where warehouses have to be chosen")
        sourcing.add_argument("--orders", type=int, default=1000, help="orders in one transaction (default 1000)")
        sourcing.add_argument("--warehouses", type=int, default=6, help="to choose from (default 6)")
        skus = kinds.add_parser("import_skus", help="a file of SKUs with products, options and barcodes, imported")
        skus.add_argument("--rows", type=int, default=100_000, help="rows of the file (default 100000)")
        bank = kinds.add_parser("bank", help="a bank statement of many lines taken in and matched")
        bank.add_argument("--lines", type=int, default=10_000, help="lines of the statement (default 10000)")
        wave = kinds.add_parser("wave", help="a wave planned, released with its rounds, and picked scan by scan")
        wave.add_argument("--orders", type=int, default=2000, help="orders of the wave (default 2000)")
        wave.add_argument("--method", choices=["single", "batch", "cluster", "zone"], default="cluster")
        wave.add_argument("--json", action="store_true", help="one JSON object on standard output")
        posting = kinds.add_parser("posting", help="journal entries with the database's triggers and without")
        posting.add_argument("--entries", type=int, default=500, help="entries in one transaction (default 500)")
        last = kinds.add_parser("last_units", help="200 buyers at once want 50 units")
        reorder = kinds.add_parser("reorder", help="proposals and alerts of many SKUs counted anew")
        reorder.add_argument("--skus", type=int, default=100_000, help="SKUs (default 100000)")
        reorder.add_argument("--warehouses", type=int, default=5, help="warehouses that hold each (default 5)")
        scans = kinds.add_parser("scan", help="one scan of a handheld, beside a grown history of floor work")
        scans.add_argument(
            "--scan", choices=["pick", "put_away", "count"], default="pick", help="the kind of work (pick)"
        )
        scans.add_argument("--finished", type=int, default=1_000_000, help="finished tasks (default 1000000)")
        scans.add_argument("--open", type=int, default=20_000, help="open tasks (default 20000)")
        there = kinds.add_parser("availability", help="1,000 SKUs in one call of the API, in a grown stock")
        worth = kinds.add_parser("valuation", help="quantity and value of every SKU, now and half a year ago")
        stocktake = kinds.add_parser(
            "count", help="a stocktake of many lines, all of them different, approved and posted"
        )
        stocktake.add_argument("--rows", type=int, default=5_000, help="lines (default 5000)")
        stocktake.add_argument("--json", action="store_true", help="one JSON object on standard output")
        receipt = kinds.add_parser("receipt", help="a delivery of many lines, in a grown stock")
        receipt.add_argument("--lines", type=int, default=500, help="lines of the delivery (default 500)")
        for kind in (there, worth, receipt):
            kind.add_argument(
                "--skus", type=int, default=100_000, help="SKUs (default 100000), four moves each per warehouse"
            )
            kind.add_argument("--warehouses", type=int, default=5, help="warehouses (default 5)")
        books = kinds.add_parser("statements", help="statements and ageing over millions of journal lines")
        books.add_argument(
            "--invoices", type=int, default=500_000, help="invoices (default 500000), ten journal lines each"
        )
        pulled = kinds.add_parser(
            "channel_import", help="orders of the sample shop, pulled over HTTP, placed and claimed"
        )
        pulled.add_argument("--orders", type=int, default=10_000, help="orders at the channel (default 10000)")
        told = kinds.add_parser("stock_push", help="from a claim to the figure at the channel")
        told.add_argument("--changes", type=int, default=10_000, help="claims (default 10000)")
        hooks = kinds.add_parser("webhook", help="signed webhooks taken")
        hooks.add_argument("--messages", type=int, default=2_000, help="messages (default 2000)")
        hooks.add_argument("--rate", type=int, default=100, help="a second (default 100)")
        for kind in (
            *(pulled, told, hooks, order, hot, desk, sourcing, skus, bank, posting),
            *(last, reorder, scans, there, worth, receipt, books),
        ):
            kind.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=sys.stderr)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f}"))
        with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
            if options.get("serve"):
                from bench.order_list import serve

                serve(options["serve"], progress)
                return
            result = self._measure(options, progress)
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        for key, value in result.items():
            if key != "profiles":
                self.stdout.write(f"{key:28} {value}")
        for profile in result.get("profiles", []):
            self.stdout.write("  ".join(f"{key}={value}" for key, value in profile.items()))

    def _measure(self, options: dict[str, Any], progress: Progress) -> dict[str, Any]:
        if options["kind"] == "hot_sku":
            from bench.hot_sku import measure as hot_sku

            return hot_sku(progress)
        if options["kind"] == "order_list":
            from bench.order_list import measure as order_list

            return order_list(progress, sizes={"5k": 5_000, "50k": 50_000} if options["small"] else None)
        if options["kind"] == "import_skus":
            from bench.import_skus import measure as import_skus

            if not 1 <= options["rows"] <= 200_000:
                raise CommandError("--rows is 1 to 200000")
            return import_skus(progress, rows=options["rows"])
        if options["kind"] == "statements":
            from bench.books import measure as statements

            if options["invoices"] < 1:
                raise CommandError("--invoices is at least 1")
            return statements(progress, invoices=options["invoices"])
        if options["kind"] == "bank":
            from bench.bank import measure as bank

            if not 1 <= options["lines"] <= 200_000:
                raise CommandError("--lines is 1 to 200000")
            return bank(progress, lines=options["lines"])
        if options["kind"] == "wave":
            from bench.waves import measure as wave

            if not 1 <= options["orders"] <= 5000:
                raise CommandError("--orders is 1 to 5000")
            return wave(progress, orders=options["orders"], method=options["method"])
        if options["kind"] == "posting":
            from bench.posting import measure as posting

            if not 1 <= options["entries"] <= 100_000:
                raise CommandError("--entries is 1 to 100000")
            return posting(progress, entries=options["entries"])
        if options["kind"] == "last_units":
            from bench.last_units import measure as last_units

            return last_units(progress)
        if options["kind"] == "count":
            from bench.counts import measure as counts

            if not 100 <= options["rows"] <= 20_000:
                raise CommandError("--rows is 100 to 20000")
            return counts(progress, rows=options["rows"])
        if options["kind"] == "sourcing":
            from bench.sourcing import measure as sourcing

            if options["orders"] < 1 or options["warehouses"] < 1:
                raise CommandError("--orders and --warehouses are at least 1")
            return sourcing(progress, orders=options["orders"], warehouses=options["warehouses"])
        if options["kind"] == "reorder":
            from bench.reorder import measure as reorder

            if options["skus"] < 1 or options["warehouses"] < 1:
                raise CommandError("--skus and --warehouses are at least 1")
            return reorder(progress, skus=options["skus"], warehouses=options["warehouses"])
        if options["kind"] == "scan":
            from bench.scan import TIMES, WARM
            from bench.scan import measure as scan

            if options["finished"] < 0 or options["open"] < WARM + TIMES:
                raise CommandError(f"--open is at least {WARM + TIMES}")
            return scan(progress, kind=options["scan"], finished=options["finished"], open_tasks=options["open"])
        if options["kind"] in ("availability", "valuation", "receipt"):
            from bench import stock

            if min(options["skus"], options["warehouses"], options.get("lines", 1)) < 1:
                raise CommandError("--skus, --warehouses and --lines are at least 1")
            given = {name: options[name] for name in ("skus", "warehouses", "lines") if name in options}
            return getattr(stock, f"measure_{options['kind']}")(progress, **given)  # type: ignore[no-any-return]
        if options["kind"] in ("channel_import", "stock_push", "webhook"):
            from bench import channels

            names = ("orders", "changes", "messages", "rate")
            given = {name: options[name] for name in names if name in options}
            if min(given.values()) < 1:
                raise CommandError("counts are at least 1")
            kind = {"channel_import": "import"}.get(options["kind"], options["kind"])
            return getattr(channels, f"measure_{kind}")(progress, **given)  # type: ignore[no-any-return]
        from bench.order_to_cash import Options, measure

        if min(options["orders"], options["batch"], options["clients"]) < 1:
            raise CommandError("--orders, --batch and --clients are at least 1")
        return measure(Options(options["orders"], options["batch"], options["clients"], options["path"]), progress)
