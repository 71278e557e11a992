"""Load the demo company: all of it in one transaction, or nothing."""

import random
import sys
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from accounting.models import Company
from accounting.services import ensure_periods
from backoffice.core.actor import Actor
from backoffice.core.admin.proof import prove_now
from backoffice.demo import company as making
from backoffice.demo.agreements import agree
from backoffice.demo.books import keep_books
from backoffice.demo.counter import stand_at_the_counter
from backoffice.demo.counts import count_cycle
from backoffice.demo.history import DAYS, tell
from backoffice.demo.moving import move_and_adjust
from backoffice.demo.other_ways import go_other_ways
from backoffice.demo.outbound import make_outbound, send_waves
from backoffice.demo.owners import keep_for_others
from backoffice.demo.receivables import owe_and_remind
from backoffice.demo.rules import rule
from backoffice.demo.supply import trade_with_suppliers
from backoffice.demo.tracked import make_tracked_goods
from backoffice.demo.variants import dress_catalogue
from inventory.services import plan_replenishment

SEED = 20260401


class Command(BaseCommand):
    help = "Load the demo company: two warehouses, three channels, 300 SKUs, 60 days of trade, a user for each role."

    def handle(self, *args: Any, **options: Any) -> None:
        if Company.objects.exists():
            raise CommandError("This database already has a company: the demo is loaded into an empty one only.")
        dice, today, actor = random.Random(SEED), timezone.now(), Actor.job("demo")
        begin = today - timedelta(days=DAYS + 1)
        with _progress() as bar, transaction.atomic():
            task = bar.add_task("demo company", total=DAYS + 3)
            making.make_people()
            company, vat = making.make_company(actor)
            ensure_periods(company_id=company.pk, dates=[(begin + timedelta(days=n)).date() for n in range(DAYS + 32)])
            warehouses = making.make_places(company, actor)
            bar.update(task, advance=1, description="goods and opening stock")
            skus, bins = making.make_goods(company, warehouses, dice, begin, actor)
            make_tracked_goods(company, bins[warehouses[0].pk][0], begin, actor)
            dress_catalogue(company, skus, actor)
            channels = making.make_channels(company, vat, actor)
            making.make_handhelds(company, warehouses, actor)
            make_outbound(company, warehouses)
            making.make_till(company, vat, warehouses[1], actor)
            demo = making.Demo(company, skus, warehouses, bins, channels, making.make_suppliers(company), vat)
            bar.update(task, advance=1)
            tell(
                demo,
                dice,
                today=today,
                progress=lambda days, last: bar.update(task, advance=days, description=f"trade up to {last}"),
            )
            bar.update(task, description="suppliers and returns")
            trade_with_suppliers(demo, dice, today=today)
            move_and_adjust(demo, dice, today=today)
            count_cycle(demo, today=today)
            agree(demo, dice, today=today)
            go_other_ways(demo, dice, today=today)
            send_waves(demo)
            stand_at_the_counter(demo, random.Random(SEED), today=today)
            rule(demo)
            keep_for_others(demo, today=today)
            owe_and_remind(demo, today=today)
            keep_books(demo, today=today)
            making.hold_apart(company, actor)
            plan_replenishment(company_id=company.pk)
            bar.update(task, completed=DAYS + 3)
        prove_now()


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
