"""Run as a process of its own by test_handbook: flows of the house through a pooler of two connections."""

import json
import threading

import django
import psycopg
from django.conf import settings
from django.utils import timezone

django.setup()

from django.db import connection  # noqa: E402

from backoffice.core.outbox import deliver_due  # noqa: E402
from backoffice.core.proof import run_checks  # noqa: E402
from inventory.selectors.valuation import Valuation  # noqa: E402
from tests.factories.sales import line, order, place  # noqa: E402
from tests.pages.conftest import World  # noqa: E402


def value(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def roles() -> list[str]:
    """As whom each of the pooler's two connections works."""
    with psycopg.connect(settings.DATABASE_URL) as first, psycopg.connect(settings.DATABASE_URL) as second:
        return [one.execute("SELECT current_user").fetchone()[0] for one in (first, second)]


def main() -> None:
    before = value("SELECT current_setting('work_mem')")
    world = World()  # orders of every state, a shipment with its invoice, a return, a purchase
    world.ship(world.ready)
    from tests.factories.goods import make_sku, make_stock

    last = make_sku(world.house, "LAST")
    make_stock(world.house, last, "5", "10.00")
    placed: list[int] = []

    def buy(number: int) -> None:
        try:
            [result] = place(world.channel, order(f"L-{number}", line("LAST", "1", "10")))
            placed.append(result.order_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliver_due()
    proof = run_checks()
    claimed = value(f"SELECT reserved::int FROM inventory_stocklevel WHERE sku_id = {last}")
    Valuation(world.house.id, timezone.now()).sums()  # sets memory for its transaction
    print(
        json.dumps(
            {
                "sold": claimed, "refused": len(placed) - int(str(claimed)), "proof": proof.ok,
                "wrong": [result.name for result in proof.results if result.state != "ok"],
                "connections": value("SELECT count(*) FROM pg_stat_activity WHERE usename = 'backoffice_web'"),
                "work_mem": before, "work_mem_after": value("SELECT current_setting('work_mem')"),
                "roles": roles(), "import": import_code(),
            }
        )
    )  # fmt: skip


def import_code() -> str:
    from integrations.services.online_retail import run

    try:
        with run._alone(None):  # type: ignore[arg-type]
            return "ran"
    except run.ImportRunning as refusal:
        return refusal.code


if __name__ == "__main__":
    main()
