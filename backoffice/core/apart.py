"""Reading files of others in a process of its own, so that none can eat the host.

A fresh interpreter, not a fork: it has no connection, no secret and no lock of its parent. It may take MEMORY bytes
and CPU_S seconds, opens no connection and no program, writes no file, and reads none but programs: the kernel refuses it
(apart_kernel.py). What it hands back are plain data: texts, numbers, dates, dataclasses of ours and refusals.
"""

import dataclasses
import io
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.core import apart_kernel
from backoffice.core.errors import DomainError

MEMORY = 512 * 1024 * 1024
CPU_S = 30
WALL_S = 90  # on a busy host a second of work takes longer
CHILD = Path(__file__).with_name("apart_child.py")
_PLAIN = {("decimal", "Decimal"), ("datetime", "date"), ("datetime", "datetime"), ("datetime", "time")}
P = ParamSpec("P")
T = TypeVar("T")
_OURS = ("backoffice", "accounting")


def read_apart(read: Callable[P, T], refusal: Callable[[str], DomainError], *args: P.args, **kwargs: P.kwargs) -> T:
    """read(*args, **kwargs) in a process of its own; what it raises of DomainError is raised here.

    read: a function of a module that needs neither settings nor models; of files it reads those beneath the arguments that
    are paths. Raises refusal(sentence) where it takes more than is allowed, or ends the process.
    """
    asked = (read.__module__, read.__qualname__, get_language() or "en", args, kwargs)
    # Found as here, and nothing else of the environment: it holds the keys. Without arenas per thread, which reserve.
    given = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "MALLOC_ARENA_MAX": "1", "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-P", "-B", "-W", "ignore", str(CHILD), str(MEMORY), str(CPU_S)]
    try:
        done = subprocess.run(
            command, input=pickle.dumps(asked), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=given,
            timeout=WALL_S, cwd="/",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise refusal(_too_costly()) from None
    if done.returncode:
        raise refusal(_too_costly())
    kind, told = _Plain(io.BytesIO(done.stdout)).load()
    if kind == "refused":
        raise _refused(*told)
    if kind == "failed":
        raise RuntimeError(f"{read.__qualname__} failed apart:\n{told}")
    return told  # type: ignore[no-any-return]


@cache
def held_by() -> tuple[str, ...]:
    """What of this machine's kernel holds such a process, beside the hook of Python."""
    try:
        return tuple(read_apart(apart_kernel.told, DomainError))
    except DomainError:
        return ()


def _too_costly() -> str:
    return _(
        "The file takes more than %(memory)s MB of memory or %(seconds)s seconds to read. Split it, or have it made anew."
    ) % {"memory": MEMORY >> 20, "seconds": CPU_S}


class _Plain(pickle.Unpickler):
    """Nothing but data: an attacker who owns the child must not own its parent."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if module.partition(".")[0] in _OURS and "." not in name and module in sys.modules:
            found = getattr(sys.modules[module], name, None)
            if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, DomainError)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no plain data")


def _refused(kind: type[DomainError], detail: str, code: str, context: dict[str, Any]) -> DomainError:
    error = kind.__new__(kind, detail)
    DomainError.__init__(error, detail, **context)
    error.code = code
    return error
