"""The one way out: bounded, and failures told apart."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from integrations.connectors.http import Http, retry_after
from integrations.errors import ChannelRejected, ChannelUnauthorised, ChannelUnavailable
from integrations.fake_channel.server import bind

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def serving(status: str, headers: list[tuple[str, str]], body: bytes) -> Iterator[Http]:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response(status, headers)
        return [body]

    server = bind(app)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    http = Http(
        name="peer", base_url=f"http://127.0.0.1:{server.server_port}", headers={}, read_timeout_s=2, max_bytes=1000
    )
    try:
        yield http
    finally:
        http.close()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("401 Unauthorized", ChannelUnauthorised),
        ("403 Forbidden", ChannelUnauthorised),
        ("404 Not Found", ChannelRejected),
        ("422 Unprocessable Entity", ChannelRejected),
        ("302 Found", ChannelRejected),
        ("408 Request Timeout", ChannelUnavailable),
        ("429 Too Many Requests", ChannelUnavailable),
        ("500 Internal Server Error", ChannelUnavailable),
        ("503 Service Unavailable", ChannelUnavailable),
    ],
)
def test_statuses_are_told_apart(status, error):
    with serving(status, [("Location", "http://127.0.0.1:9/")], b"why") as http, pytest.raises(error) as caught:
        http.request("GET", "/")

    assert isinstance(caught.value, ChannelUnavailable) == (error is ChannelUnavailable)


def test_an_answer_over_the_cap_is_refused():
    with serving("200 OK", [], b"x" * 1001) as http, pytest.raises(ChannelRejected, match="too large"):
        http.request("GET", "/")


def test_html_where_json_was_promised_is_refused():
    with serving("200 OK", [], b"<html>") as http, pytest.raises(ChannelRejected, match="no JSON"):
        http.request("GET", "/").json()


def test_money_in_json_numbers_stays_exact():
    with serving("200 OK", [], b'{"a": 0.1000000000000000055, "b": 3}') as http:
        assert http.request("GET", "/").json() == {"a": "0.1000000000000000055", "b": 3}


def test_a_closed_door_is_unavailable_and_certain():
    http = Http(name="peer", base_url="http://127.0.0.1:1", headers={})

    with pytest.raises(ChannelUnavailable, match="cannot be reached") as caught:
        http.request("POST", "/", body={})

    assert caught.value.uncertain is False


def test_a_5xx_after_a_post_is_uncertain():
    with serving("502 Bad Gateway", [], b"") as http, pytest.raises(ChannelUnavailable) as caught:
        http.request("POST", "/", body={})

    assert caught.value.uncertain is True


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "999999"}, 3600),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        (
            {"retry-after": "Tue, 10 Mar 2026 12:00:30 GMT", "date": "Tue, 10 Mar 2026 12:00:00 GMT"},
            30,
        ),
    ],
)
def test_retry_after(headers, seconds):
    assert retry_after(headers) == seconds
