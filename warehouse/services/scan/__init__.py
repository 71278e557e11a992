"""Handhelds: enrolling, signing in, and booking what they send."""

from warehouse.services.scan.badges import check_pin, issue_badge, set_pin, unlock, withdraw
from warehouse.services.scan.commands import Command, CommandResult, apply_commands, open_refusals
from warehouse.services.scan.devices import Enrolment, create_device, device_of, enrol_device, renew_code, revoke_device
from warehouse.services.scan.sessions import (
    SignIn,
    end_sessions,
    idle_time,
    live_session,
    recent_people,
    sign_in_by_badge,
    sign_in_by_pin,
)

__all__ = [
    "Command",
    "CommandResult",
    "Enrolment",
    "SignIn",
    "apply_commands",
    "check_pin",
    "create_device",
    "device_of",
    "end_sessions",
    "enrol_device",
    "idle_time",
    "issue_badge",
    "live_session",
    "open_refusals",
    "recent_people",
    "renew_code",
    "revoke_device",
    "set_pin",
    "sign_in_by_badge",
    "sign_in_by_pin",
    "unlock",
    "withdraw",
]
