"""manage.py measure_pages: how fast the list pages of the present database are."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.core.models import User
from bench.list_pages import list_pages, measure
from orders.models import OrderLine


class Command(BaseCommand):
    help = "Time every list page over HTTP for a signed-in user: load a company first, e.g. with import_orders."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", help="who looks (default: the first owner)")
        parser.add_argument("--times", type=int, default=20, help="of which the median is taken (default 20)")
        parser.add_argument("--only", default="", help="pages whose address contains this")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        staff = User.objects.filter(is_active=True, is_staff=True).order_by("pk")
        given = options["user"]
        user = staff.filter(username=given).first() if given else staff.filter(groups__name="owner").first()
        if user is None:
            raise CommandError("There is no such user; name one of the staff with --user.")
        pages = [page for page in list_pages() if options["only"] in page]
        found = sorted(measure(pages, user=user, times=options["times"]), key=lambda timing: -timing.median_ms)
        if options["json"]:
            result = {"order_lines": OrderLine.objects.count(), "pages": [asdict(timing) for timing in found]}
            self.stdout.write(json.dumps(result))
            return
        self.stdout.write(f"{'median':>8} {'worst':>8} {'KiB':>5} {'rows':>5}  page")
        for timing in found:
            self.stdout.write(f"{timing.median_ms:8} {timing.worst_ms:8} {timing.kib:5} {timing.rows:5}  {timing.page}")
