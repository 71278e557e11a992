"""What apart.py starts: limits itself, reads what it was given, writes what it found, ends."""

import os
import pickle
import resource
import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Their own beginnings load Celery and the models, which no reader needs and which take a second.
BARE = ("backoffice", "backoffice.core.tabular")
MOST_TOLD = 192 * 1024 * 1024  # bytes handed back: a third of the memory it may take
SYSTEM = [Path(place) for place in ("/lib", "/lib64", "/usr/lib", "/usr/local/lib", "/etc/ld.so.cache")]  # of C
REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "ctypes.")


def main() -> None:
    limit(int(sys.argv[1]), int(sys.argv[2]))
    sys.path.insert(0, str(ROOT))
    for package in BARE:
        sys.modules[package] = bare = ModuleType(package)
        bare.__path__ = [str(ROOT.joinpath(*package.split(".")))]
    module, name, language, args, kwargs = pickle.load(sys.stdin.buffer)  # from our own parent
    speak(language)
    try:
        told = pickle.dumps(answer(module, name, args, kwargs))
    except MemoryError:
        os._exit(1)
    if len(told) > MOST_TOLD:
        os._exit(1)
    sys.stdout.buffer.write(told)
    sys.stdout.flush()
    os._exit(0)  # nothing to tidy up: freeing what was read takes as long as reading it


def limit(memory: int, cpu_s: int) -> None:
    wanted = {"RLIMIT_AS": memory, "RLIMIT_CPU": cpu_s, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    for name, most in wanted.items():
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (ValueError, OSError):  # a lower one holds already; macOS keeps none of memory
            continue


def speak(language: str) -> None:
    """Refusals in the reader's words, by our own catalogues alone."""
    from django.apps import apps
    from django.conf import settings

    settings.configure(
        USE_I18N=True, LANGUAGE_CODE=language, LOCALE_PATHS=[ROOT / "locale", ROOT / "backoffice" / "english"]
    )
    apps.populate(())  # for translations; all of django.setup() takes three times as long


def answer(module: str, name: str, args: Any, kwargs: Any) -> tuple[str, Any]:
    from backoffice.core.errors import DomainError

    try:
        read = getattr(import_module(module), name)
        watch([str(given.resolve()) for given in args if isinstance(given, Path)])
        return "read", read(*args, **kwargs)
    except DomainError as refusal:
        return "refused", (type(refusal), refusal.detail, refusal.code, refusal.context)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 told to the parent, whatever it is
        return "failed", traceback.format_exc()


def readable() -> tuple[str, ...]:
    """Where programs lie, and no setting, key or upload beside them: not the root of the project itself."""
    libraries = [Path(place).resolve() for place in sys.path if place]
    found = [place for place in libraries if place not in (ROOT, *ROOT.parents)]
    found += [place.parent for place in ROOT.glob("*/__init__.py")] + [ROOT / "locale", *SYSTEM]
    return tuple(str(place) for place in found)


def watch(given_places: list[str]) -> None:
    """From here on: no connection, no other program, no file but the programs' own and those given.

    The kernel holds to it (apart_kernel.py) and stops whatever runs; the hook says which step it was, and is all there is
    where the kernel cannot.
    """
    from backoffice.core.apart_kernel import hold

    places = (*readable(), *given_places)
    hold(places)

    def look(event: str, given: tuple[Any, ...]) -> None:
        if event.startswith(REFUSED):
            raise PermissionError(event)
        named = event == "open" and isinstance(given[0], str | bytes | os.PathLike)
        if named and not os.path.abspath(os.fsdecode(given[0])).startswith(places):
            raise PermissionError(event)

    sys.addaudithook(look)


if __name__ == "__main__":
    main()
