"""Typed readers of environment variables; a bad value stops the program with a sentence that names it."""

import os


class BadEnvironment(SystemExit):
    """An environment variable holds a value that cannot be used."""


def env_str(name: str, default: str) -> str:
    return os.environ.get(name, default)


def env_bool(name: str, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    if value.lower() in ("1", "true", "yes", "on"):
        return True
    if value.lower() in ("0", "false", "no", "off"):
        return False
    raise BadEnvironment(f"{name}={value!r}: give 1 or 0.")


def env_int(name: str, default: int) -> int:
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    try:
        return int(value)
    except ValueError:
        raise BadEnvironment(f"{name}={value!r}: give a whole number.") from None


def env_list(name: str, default: list[str]) -> list[str]:
    value = os.environ.get(name)
    return default if not value else [part.strip() for part in value.split(",") if part.strip()]


def env_choice(name: str, default: str, choices: list[str]) -> str:
    value = os.environ.get(name) or default
    if value not in choices:
        raise BadEnvironment(f"{name}={value!r}: give one of {', '.join(choices)}.")
    return value


def refuse_insecure_production() -> None:
    """Stop a web or worker process that would serve the world with the key that everybody knows, or could seal nothing."""
    from django.conf import settings

    if settings.PRODUCTION and settings.SECRET_KEY == settings.INSECURE_SECRET_KEY:
        raise BadEnvironment("BACKOFFICE_SECRET_KEY is not set: give a long random value, the same on every host.")
    if settings.PRODUCTION and not settings.SECRETS_KEYS:
        raise BadEnvironment(
            "BACKOFFICE_SECRETS_KEY is not set: give a key of python -c 'from cryptography.fernet import Fernet;"
            " print(Fernet.generate_key().decode())', the same on every host."
        )
