"""Runs the sample shop: a channel of our own that keeps sending orders and takes stock and tracking."""

import secrets
import threading
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.fake_channel.buyers import Ware, make_order
from integrations.fake_channel.server import SampleShop, bind
from integrations.fake_channel.shop import Shop
from integrations.services.sample import connect_sample_shop, rate_of, wares_of
from orders.models import Channel


class Command(BaseCommand):
    help = "Run the sample shop on this machine and connect a channel to it; it keeps sending orders until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--channel", required=True, help="Code of the channel that it is connected to.")
        parser.add_argument("--port", type=int, default=0, help="0 takes a free one.")
        parser.add_argument("--seed", type=int, default=1, help="The same seed sells the same.")
        parser.add_argument("--orders-per-minute", type=float, default=2.0)
        parser.add_argument("--state", type=Path, help="File that keeps the shop's orders over restarts.")

    def handle(self, **options: Any) -> None:
        channel = Channel.objects.select_related("tax_code").filter(code=options["channel"]).first()
        if channel is None:
            raise CommandError(f"there is no channel {options['channel']!r}")
        shop, token = Shop(options["state"]), secrets.token_urlsafe(24)
        server = bind(SampleShop(shop, token), options["port"])
        base_url = f"http://127.0.0.1:{server.server_port}"
        connection = connect_sample_shop(channel_id=channel.pk, base_url=base_url, token=token)
        wares = wares_of(connection)
        if not wares:
            raise CommandError("the company has no active SKU to sell")
        self.stdout.write(f"sample shop at {base_url}, selling {len(wares)} SKUs to channel {channel.code}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            self._sell(shop, wares, channel, options)
        except KeyboardInterrupt:
            pass
        finally:
            server.shutdown()
            server.server_close()
            shop.close()

    def _sell(self, shop: Shop, wares: list[Ware], channel: Channel, options: dict[str, Any]) -> None:
        rate, pause_s = rate_of(channel), 60 / max(options["orders_per_minute"], 0.01)
        # Without a file the numbers begin anew at each start, so their prefix must not.
        prefix = "S" if options["state"] else f"S{int(time.time())}-"
        number = shop.count_orders()
        while True:
            number += 1
            shop.put_order(
                make_order(
                    1000 + number, wares, seed=options["seed"], currency=channel.currency, tax_rate=rate, prefix=prefix
                )
            )
            time.sleep(pause_s)
