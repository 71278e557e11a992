"""How the demo company sends parcels: a carrier with its rates, boxes, totes, and waves before the van comes."""

from datetime import time
from decimal import Decimal

from accounting.models import Company
from backoffice.core.actor import Actor
from backoffice.demo.company import Demo
from inventory.models import Location, LocationKind, Warehouse
from warehouse.models import Box, CarrierAccount, CarrierRate, CarrierService, PickMethod, WaveTemplate
from warehouse.services import WaveRequest, plan_wave, release_waves

BOXES = (("S", 220, 160, 100, 90, 2000), ("M", 320, 240, 160, 180, 8000), ("L", 480, 360, 280, 420, 20000))
# countries, up to grams, price
RATES = (
    ("LT", 1000, "3.20"),
    ("LT", 5000, "4.60"),
    ("LT", 20000, "8.90"),
    ("LV,EE,PL", 5000, "7.40"),
    ("", 5000, "12.50"),
)


def make_outbound(company: Company, warehouses: list[Warehouse]) -> None:
    carrier = CarrierAccount.objects.create(
        company=company, code="juros", name="Jūros kurjeris", tracking_url="https://parcels.example/{number}"
    )
    service = CarrierService.objects.create(
        carrier=carrier, code="standard", name="Standard", transit_days=2, max_weight_g=20000
    )
    CarrierRate.objects.bulk_create(
        CarrierRate(service=service, countries=countries, up_to_g=grams, price=Decimal(price))
        for countries, grams, price in RATES
    )
    Box.objects.bulk_create(
        Box(
            company=company, code=f"BOX-{code}", name=code, length_mm=length, width_mm=width, height_mm=height,
            tare_g=tare, max_weight_g=most,
        )
        for code, length, width, height, tare, most in BOXES
    )  # fmt: skip
    for warehouse in warehouses:
        Location.objects.bulk_create(
            Location(company=company, warehouse=warehouse, kind=LocationKind.TOTE, code=f"TOTE-{n:02d}")
            for n in range(1, 9)
        )
    WaveTemplate.objects.create(
        company=company, warehouse=warehouses[0], name="Evening van", method=PickMethod.CLUSTER, round_orders=8,
        max_orders=80, cut_off=time(17), lead_minutes=90,
    )  # fmt: skip


def send_waves(demo: Demo) -> None:
    """A wave on the floor, whose round a picker walks with totes, and one that the lead has yet to release."""
    actor, company_id, warehouse_id = Actor.job("demo"), demo.company.pk, demo.warehouses[0].pk
    planned = [
        plan_wave(
            WaveRequest(warehouse_id, PickMethod.CLUSTER, max_orders=orders, round_orders=4, note=note),
            company_id=company_id,
            actor=actor,
        )
        for orders, note in ((4, "Morning van"), (3, "Evening van"))
    ]
    release_waves([planned[0].wave_id], company_id=company_id, actor=actor)
