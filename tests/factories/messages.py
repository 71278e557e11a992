"""Messages to workers, as the program sends them: written down instead of sent, or with nobody to take them."""

from kombu.exceptions import OperationalError

from backoffice.core import waking


def written_down(monkeypatch):
    """(task, id) of each message, as they are sent."""
    sent = []
    monkeypatch.setattr(waking.current_app, "send_task", lambda task, args, **_options: sent.append((task, *args)))
    return sent


def refuse(*_args, **_options):
    """What asking the broker says while it is away."""
    raise OperationalError("Error 111 connecting to broker. Connection refused.")


def broker_away(monkeypatch):
    monkeypatch.setattr(waking.current_app, "send_task", refuse)
