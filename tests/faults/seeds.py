"""What a site begins with: python -m tests.faults.seeds PORT-OF-THE-SAMPLE-SHOP; prints it as JSON."""

import json
import os
import sys

import django


def main(port: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
    django.setup()
    from backoffice.core.api.auth import make_api_key
    from backoffice.core.models import User
    from integrations import services
    from orders.models import Order
    from tests.factories import sales
    from tests.factories.books import ACTOR
    from tests.factories.channels import TOKEN
    from tests.factories.goods import make_shop, make_sku, make_stock

    house = make_shop()
    mug, cup = make_sku(house, "MUG"), make_sku(house, "CUP")
    for sku_id in (mug, cup):
        make_stock(house, sku_id, "100000", "500000.00")
    sample, web = sales.make_channel(house, "sample"), sales.make_channel(house, "web")
    connection = services.create_connection(
        channel_id=sample.pk, connector="fake", settings={"base_url": f"http://127.0.0.1:{port}", "read_timeout_s": 3},
        secrets={"token": TOKEN}, actor=ACTOR,
    )  # fmt: skip
    services.set_webhook_secrets(connection_id=connection.pk, secrets={"now": "hook"}, actor=ACTOR)
    services.list_skus(connection_id=connection.pk, listings={"L1": (mug, "MUG"), "L2": (cup, "CUP")})
    services.pull_orders(connection_id=connection.pk, force=True)
    services.import_orders(connection_id=connection.pk)
    fulfilments = list(Order.objects.values_list("fulfilments__pk", flat=True).order_by("pk"))
    packed = sales.pack(house, fulfilments)
    sales.dispatch(house, [item.shipment_id for item in packed])
    robot = User.objects.create_superuser("robot")
    key = make_api_key(name="shop", user=robot, scopes=["orders:write", "orders:read"], channel_id=web.pk)[1]
    print(json.dumps({"connection": connection.pk, "key": key, "sample": sample.pk, "web": web.pk}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
