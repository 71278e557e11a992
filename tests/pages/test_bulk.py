"""Many orders at once from the list: chosen, asked why, worked on by a job, told row by row."""

import pytest
from django.urls import reverse

from backoffice.core import bulk
from backoffice.core.admin.bulk import job_url
from backoffice.core.models import BulkJob, BulkJobRow
from backoffice.core.proof import run_checks
from orders.models import Hold, Order
from tests.factories.sales import line
from tests.factories.sheets import read_xlsx
from tests.factories.staff import said, sign_in

LIST = "/admin/orders/order/"
BOX = "_selected_action"


def press(client, action, ids=(), *, query="", across=False, **fields):
    body = {"action": f"bulk:{action}", "index": "0", BOX: list(ids) or ["0"], "select_across": "1" if across else "0"}
    return client.post(f"{LIST}{query}", body | {f"bulk_{name}": value for name, value in fields.items()})


def work(response):
    """Follow to the job's page after a worker had its turn."""
    job = BulkJob.objects.get()
    assert response.headers["Location"] == job_url(job.pk)
    bulk.run_job(job.pk)
    job.refresh_from_db()
    return job


def results(job):
    return {row.object_id: (row.state, row.code) for row in BulkJobRow.objects.filter(job=job).exclude(state="waiting")}


def test_orders_are_released_with_a_result_for_each(world):
    client = sign_in("order_desk")
    placed = world.place("P-1", line("MUG", "1", "10"))
    Order.objects.filter(pk=placed).update(status="placed")

    response = press(client, "orders.release", [placed, world.ready, world.held, world.shipped])
    job = work(response)

    assert results(job) == {
        placed: ("done", ""),
        world.ready: ("already", ""),
        world.held: ("refused", "order_held"),
        world.shipped: ("refused", "illegal_transition"),
    }
    assert Order.objects.get(pk=placed).status == "released"
    page = client.get(job_url(job.pk)).content.decode()
    assert "4 of 4 rows (100" in page and "Release its holds first." in page and f"SO-{world.held:06d}" in page
    assert f"bulkjob/{job.pk}/progress/" not in page  # it has ended: nothing more to ask for
    refused = client.get(job_url(job.pk), {"state": "refused"}).content.decode()
    assert f"SO-{world.held:06d}" in refused and f"SO-{world.ready:06d}" not in refused
    assert run_checks().ok


def test_all_that_match_are_cancelled_without_sending_ids(world):
    client = sign_in("order_desk")

    asked = press(client, "orders.cancel", query="?held=1", across=True)
    page = asked.content.decode()
    started = press(client, "orders.cancel", query="?held=1", across=True, confirmed="1", reason="Buyer gone")
    job = work(started)

    assert "2 rows: all that match" in page and f'value="{world.held}"' not in page
    assert (job.selection, job.total, job.done) == ("held=1", 2, 2)
    assert set(Order.objects.filter(status="cancelled").values_list("pk", flat=True)) == {world.held, world.unknown}
    assert Order.objects.get(pk=world.ready).status == "released"
    assert run_checks().ok


def test_orders_are_held_and_freed_with_the_reason_of_a_named_user(world):
    client = sign_in("order_desk")

    held = work(press(client, "orders.hold", [world.ready, world.held], confirmed="1", kind="fraud", reason="Odd card"))
    BulkJob.objects.all().delete()
    freed = work(
        press(
            client,
            "orders.release_hold",
            [world.ready, world.held, world.waiting],
            confirmed="1",
            kind="",
            reason="Called",
        )
    )

    assert (held.done, held.already) == (1, 1)
    assert results(freed)[world.waiting] == ("already", "")
    hold = Hold.objects.get(order_id=world.ready)
    assert (hold.kind, hold.reason, hold.released_by.username, hold.release_reason) == (
        "fraud", "Odd card", "order_desk", "Called",
    )  # fmt: skip
    assert run_checks().ok


def test_back_orders_are_tried_again(world):
    from tests.factories.goods import make_stock

    client = sign_in("order_desk")
    first = work(press(client, "orders.retry_back_orders", [world.waiting, world.ready]))
    assert results(first) == {world.waiting: ("refused", "out_of_stock"), world.ready: ("already", "")}
    BulkJob.objects.all().delete()
    make_stock(world.house, world.cup, "5", "10.00")

    again = work(press(client, "orders.retry_back_orders", [world.waiting]))

    assert results(again)[world.waiting][0] in ("done", "already")  # goods received may have claimed by themselves
    assert world.fulfilment_of(world.waiting)


@pytest.mark.parametrize("fields", [{}, {"confirmed": "1", "reason": "  "}, {"confirmed": "1", "reason": "x" * 301}])
def test_without_a_reason_nothing_begins(world, fields):
    client = sign_in("order_desk")
    before = world.written()

    response = press(client, "orders.cancel", [world.ready], **fields)

    assert response.status_code == 200 and b"bulk_reason" in response.content
    assert not BulkJob.objects.exists() and world.written() == before


def test_who_may_not_has_no_such_action(world):
    picker, accountant = sign_in("picker"), sign_in("accountant")
    before = world.written()

    response = press(accountant, "orders.cancel", [world.ready], confirmed="1", reason="x")

    assert response.status_code in (200, 302) and not BulkJob.objects.exists() and world.written() == before
    assert "bulk:orders.cancel" not in accountant.get(LIST).content.decode()
    job = work(press(sign_in("order_desk"), "orders.cancel", [world.ready], confirmed="1", reason="x"))
    assert picker.get(job_url(job.pk)).status_code == 403
    for name in ("progress", "rows", "file"):
        assert accountant.get(reverse(f"admin:core_bulkjob_{name}", args=[job.pk])).status_code == 404
    assert accountant.post(reverse("admin:core_bulkjob_stop", args=[job.pk])).status_code == 404


def test_a_job_is_stopped_and_resumed_on_its_page(world):
    client = sign_in("order_desk")
    press(client, "orders.cancel", [world.ready, world.held], confirmed="1", reason="x")
    job = BulkJob.objects.get()
    assert f"bulkjob/{job.pk}/progress/" in client.get(job_url(job.pk)).content.decode()

    client.post(reverse("admin:core_bulkjob_stop", args=[job.pk]))
    assert bulk.run_job(job.pk) == "busy"
    again = client.post(reverse("admin:core_bulkjob_stop", args=[job.pk]))
    assert said(again) == ["This job has ended already."]
    client.post(reverse("admin:core_bulkjob_resume", args=[job.pk]))

    assert bulk.run_job(job.pk) == "done"
    assert b"100" in client.get(reverse("admin:core_bulkjob_progress", args=[job.pk])).content


def test_results_are_downloaded_and_no_cell_is_a_formula(world):
    client = sign_in("order_desk")
    job = work(press(client, "orders.cancel", [world.ready, world.shipped], confirmed="1", reason="x"))
    BulkJobRow.objects.filter(job=job, state="refused").update(detail="=1+1")
    address = reverse("admin:core_bulkjob_rows", args=[job.pk])

    text = client.get(address, {"as": "csv"}).getvalue().decode()
    sheet = client.get(address, {"as": "xlsx", "state": "refused"}).getvalue()

    assert f"SO-{world.ready:06d},Done" in text and ",'=1+1" in text
    assert read_xlsx(sheet) == [
        ["Row", "Result", "Code", "Detail"],
        [f"SO-{world.shipped:06d}", "Refused", "not_ready", "=1+1"],
    ]


def test_the_job_page_asks_as_many_questions_for_many_rows(world, django_assert_max_num_queries):
    client = sign_in("order_desk")
    ids = [world.place(f"Q-{n}", line("MUG", "1", "10")) for n in range(20)]
    job = work(press(client, "orders.hold", ids, confirmed="1", kind="manual", reason="x"))

    client.get(job_url(job.pk))
    with django_assert_max_num_queries(9):
        client.get(job_url(job.pk))


def test_chosen_orders_are_exported_by_a_job(world):
    client = sign_in("order_desk")
    job = work(press(client, "orders.export", [world.ready, world.shipped]))

    page = client.get(job_url(job.pk)).content.decode()
    answer = client.get(reverse("admin:core_bulkjob_file", args=[job.pk]))
    lines = answer.getvalue().decode("utf-8-sig").splitlines()

    assert "Download the file" in page and 'filename="orders.csv"' in answer.headers["Content-Disposition"]
    assert lines[0].startswith("Order,Channel,External id") and len(lines) == 3
    assert {line.partition(",")[0] for line in lines[1:]} == {f"SO-{world.ready:06d}", f"SO-{world.shipped:06d}"}


def test_many_orders_get_another_promised_day_and_service(world):
    client = sign_in("order_desk")
    fields = {"confirmed": "1", "service": "express", "promise_date": "2030-01-05", "reason": "Strike"}

    asked = press(client, "orders.change", [world.ready]).content.decode()
    job = work(press(client, "orders.change", [world.ready, world.held, world.shipped], **fields))

    assert 'type="date" id="bulk_promise_date"' in asked
    assert results(job) == {
        world.ready: ("done", ""), world.held: ("done", ""), world.shipped: ("refused", "not_ready"),
    }  # fmt: skip
    assert Order.objects.get(pk=world.ready).shipping_service == "express"
    assert str(Order.objects.get(pk=world.held).promise_date) == "2030-01-05"
    BulkJob.objects.all().delete()
    again = work(press(client, "orders.change", [world.ready], **fields))
    assert results(again) == {world.ready: ("already", "")}
    assert run_checks().ok


def test_a_day_that_is_none_starts_no_job(world):
    client = sign_in("order_desk")

    page = press(client, "orders.change", [world.ready], confirmed="1", promise_date="2030-02-30", reason="x")

    assert "“2030-02-30” is not a date." in page.content.decode()
    assert BulkJob.objects.count() == 0 and Order.objects.get(pk=world.ready).promise_date is None
