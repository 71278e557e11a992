"""Log lines name what they belong to, and hold no secrets and nothing personal."""

import io
import json
import logging
import logging.config

import pytest
from celery import shared_task
from django.test import Client

from backoffice.core import logs


@shared_task
def say_something() -> None:
    logging.getLogger("orders").warning("working")


@pytest.fixture
def lines():
    """What a process writes as JSON while the test runs, one mapping a line."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    config = logs.formatter("json", "v7")
    handler.setFormatter(config.pop("()")(**config))
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    logs.clear()


def test_lines_of_a_request_carry_its_id(lines, db, monkeypatch):
    def fail() -> None:
        raise RuntimeError("away")

    monkeypatch.setattr("backoffice.health._ask_cache", fail)

    answer = Client(headers={"x-request-id": "req-42"}).get("/readyz")

    [line] = [line for line in lines() if line["logger"] == "backoffice.health"]
    assert answer.headers["X-Request-ID"] == "req-42" == line["request_id"]
    assert (line["level"], line["version"]) == ("warning", "v7") and "RuntimeError: away" in line["exception"]


def test_lines_of_a_task_carry_its_id_and_that_of_the_request_that_asked(lines):
    result = say_something.apply(headers={"request_id": "req-42"})

    [line] = [line for line in lines() if line["event"] == "working"]
    assert (line["task_id"], line["task"]) == (result.id, "tests.core.test_logs.say_something")
    assert logs.current_request_id() == ""  # nothing of it is left for the next one


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Api-Key 9f8e7d6c5b4a",
        "Bearer eyJhbGciOi.abc.def",
        "postgresql://web:s3cr3t-word@db:5432/x",
        'body {"password": "s3cr3t-word"}',
        "token=s3cr3t-word",
        "to anna.kalandadze@example.com",
        "IBAN GE29NB0000000101904917",
        "IBAN DE89 3704 0044 0532 0130 00",
        "call +995 555 12 34 56",
    ],
)
def test_secrets_and_people_are_taken_out_by_their_look(lines, text):
    logging.getLogger("x").warning("got %s here", text)

    [line] = lines()
    assert logs.GONE in line["event"] and "here" in line["event"]
    for secret in ("9f8e7d6c5b4a", "eyJhbGciOi", "s3cr3t-word", "anna", "0000000101904917", "0044 0532", "555 12"):
        assert secret not in json.dumps(line)


def test_fields_are_taken_out_by_their_names_and_ordinary_ones_stay(lines):
    logging.getLogger("x").warning(
        "order %s of %s",
        7,
        "SO-0001",
        extra={"phone": "555", "first_name": "Anna", "order_id": 7, "rows": [1, "a@b.ge"]},
    )

    [line] = lines()
    assert line["event"] == "order 7 of SO-0001" and line["order_id"] == 7 and line["rows"] == [1, logs.GONE]
    assert line["phone"] == line["first_name"] == logs.GONE
