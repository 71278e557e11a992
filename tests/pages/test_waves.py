"""Waves at the pages: counted, planned, released, cancelled; templates; what is wrong writes nothing."""

from datetime import UTC, datetime, time

import pytest
from django.urls import reverse

from backoffice.core.actor import Actor
from backoffice.core.proof import run_checks
from tests.factories.floor import status_of
from tests.factories.staff import said, sign_in
from warehouse.models import FloorTask, PickRound, PickTask, Wave, WaveTemplate
from warehouse.services.scheduling import due_templates, release_due


def form(world, **values):
    return {
        "warehouse": world.house.warehouse.pk, "method": "batch", "round_orders": "12", "max_orders": "50",
        "max_lines": "", "order_size": "any", "channel": "", "services": "", "note": "",
    } | values  # fmt: skip


def test_a_lead_counts_plans_releases_and_cancels_a_wave(world):
    lead = sign_in("warehouse_lead")
    add = reverse("admin:warehouse_wave_add")
    work = world.fulfilment_of(world.ready)

    counted = lead.post(add, form(world, count="1")).content.decode()
    assert Wave.objects.count() == 0 and 'bo-figure">1<' in counted
    planned = lead.post(add, form(world, plan="1"))
    wave = Wave.objects.get()
    assert planned.url == reverse("admin:warehouse_wave_change", args=[wave.pk])
    assert status_of("orders_fulfilment", work) == "in_wave"
    page = lead.get(planned.url).content.decode()
    assert "Take out" in page and wave.number in lead.get(reverse("admin:warehouse_wave_changelist")).content.decode()
    lead.post(reverse("admin:warehouse_wave_release", args=[wave.pk]))
    page = lead.get(planned.url).content.decode()
    assert "1 / 1" not in page or PickRound.objects.get().number in page
    assert status_of("orders_fulfilment", work) == "picking"
    refused = said(lead.post(reverse("admin:warehouse_wave_cancel", args=[wave.pk]), {"reason": ""}, follow=True))
    assert any("Say why" in text for text in refused)
    lead.post(reverse("admin:warehouse_wave_cancel", args=[wave.pk]), {"reason": "No van"})
    assert (status_of("orders_fulfilment", work), status_of("warehouse_wave", wave.pk)) == ("ready", "cancelled")
    assert run_checks().ok


def test_nothing_ready_is_said_and_nothing_is_written(world):
    lead = sign_in("warehouse_lead")
    written = world.written()

    page = lead.post(reverse("admin:warehouse_wave_add"), form(world, services="Teleport", release="1"))

    assert "Nothing is ready that such a wave could take" in page.content.decode()
    assert (world.written(), Wave.objects.count()) == (written, 0)
    wrong = lead.post(reverse("admin:warehouse_wave_add"), form(world, max_orders="0", release="1")).content.decode()
    assert "bo-error" in wrong and Wave.objects.count() == 0


def test_an_order_is_taken_out_of_a_draft(world):
    lead = sign_in("warehouse_lead")
    lead.post(reverse("admin:warehouse_wave_add"), form(world, plan="1"))
    wave, work = Wave.objects.get(), world.fulfilment_of(world.ready)

    lead.post(reverse("admin:warehouse_wave_take_out", args=[wave.pk, work]))

    assert status_of("orders_fulfilment", work) == "ready"
    lead.post(reverse("admin:warehouse_wave_release", args=[wave.pk]))
    assert status_of("warehouse_wave", wave.pk) == "cancelled"  # nothing was left in it


def test_a_picker_sees_waves_and_makes_none(world):
    picker = sign_in("picker")

    assert picker.get(reverse("admin:warehouse_wave_changelist")).status_code == 200
    assert picker.get(reverse("admin:warehouse_wave_add")).status_code == 403
    assert picker.post(reverse("admin:warehouse_wave_add"), form(world, release="1")).status_code == 403
    assert Wave.objects.count() == 0


def test_a_template_releases_its_wave_before_the_carrier_comes(world):
    lead = sign_in("warehouse_lead")
    lead.post(
        reverse("admin:warehouse_wavetemplate_add"),
        {
            "warehouse": world.house.warehouse.pk, "name": "Evening", "method": "cluster", "round_orders": "6",
            "shipping_services": "", "channel": "", "order_size": "any", "max_orders": "100", "max_lines": "",
            "cut_off": "17:00", "lead_minutes": "90", "weekdays": "12345", "is_active": "on",
        },
    )  # fmt: skip
    template = WaveTemplate.objects.get()
    assert (template.cut_off, template.company_id) == (time(17), world.house.id)
    job = Actor.job("test")
    monday = datetime(2026, 6, 1, tzinfo=UTC)  # London keeps summer time: 17:00 is 16:00 UTC

    assert due_templates(monday.replace(hour=14, minute=29)) == []
    assert [due.cut_off_at for due in due_templates(monday.replace(hour=14, minute=31))] == [monday.replace(hour=16)]
    assert due_templates(monday.replace(hour=16, minute=1)) == []
    assert due_templates(datetime(2026, 6, 6, 15, tzinfo=UTC)) == []  # a Saturday
    [result] = release_due(monday.replace(hour=15), actor=job)
    assert (result.state, result.lists) == ("released", 1)
    assert release_due(monday.replace(hour=15, minute=1), actor=job) == []  # one wave a cut-off
    assert Wave.objects.get().cut_off_at == monday.replace(hour=16)


def test_a_template_makes_a_wave_by_hand(world):
    lead = sign_in("warehouse_lead")
    template = WaveTemplate.objects.create(
        company=world.house.company, warehouse=world.house.warehouse, name="By hand", method="zone"
    )
    press = reverse("admin:warehouse_wavetemplate_make_wave", args=[template.pk])

    made = lead.get(press)

    assert made.url == reverse("admin:warehouse_wave_change", args=[Wave.objects.get().pk])
    again = said(lead.get(press, follow=True))
    assert any("Nothing is ready" in text for text in again)


@pytest.mark.parametrize("wrong", [{"weekdays": "89"}, {"max_orders": "0"}, {"name": ""}])
def test_a_template_that_makes_no_sense_is_refused(world, wrong):
    lead = sign_in("warehouse_lead")
    values = {
        "warehouse": world.house.warehouse.pk, "name": "X", "method": "batch", "round_orders": "6",
        "shipping_services": "", "channel": "", "order_size": "any", "max_orders": "100", "max_lines": "",
        "cut_off": "", "lead_minutes": "90", "weekdays": "12345", "is_active": "on",
    }  # fmt: skip

    assert lead.post(reverse("admin:warehouse_wavetemplate_add"), values | wrong).status_code == 200
    assert WaveTemplate.objects.count() == 0


def test_a_lead_unpicks_and_unpacks_at_the_work_page(world):
    lead = sign_in("warehouse_lead")
    work = world.fulfilment_of(world.ready)
    lead.post(reverse("admin:warehouse_start", args=[work]))
    task = PickTask.objects.get(pick_list__fulfilment=work)
    lead.post(reverse("admin:warehouse_pick", args=[work]), {f"task-{task.pk}": "4"})
    lead.post(reverse("admin:warehouse_pack", args=[work]))
    assert status_of("orders_fulfilment", work) == "packed"

    refused = said(lead.post(reverse("admin:warehouse_unpick", args=[work]), {"reason": "Why not"}, follow=True))
    assert any("unpack it first" in text for text in refused)
    nothing = said(lead.post(reverse("admin:warehouse_unpack", args=[work]), {"reason": ""}, follow=True))
    assert any("Say why" in text for text in nothing)
    assert status_of("orders_fulfilment", work) == "packed"
    lead.post(reverse("admin:warehouse_unpack", args=[work]), {"reason": "Wrong box"})
    told = said(lead.post(reverse("admin:warehouse_unpick", args=[work]), {"reason": "Wrong order"}, follow=True))

    assert any("4 wait in staging to be put back" in text for text in told), told
    assert (status_of("orders_fulfilment", work), FloorTask.objects.get().quantity) == ("ready", 4)
    assert run_checks().ok
