"""A task that asks for too much memory fails alone, before the machine kills whatever it likes."""

import sys

MB = 1024 * 1024


def limit_memory(megabytes: int) -> None:
    """From here on this process gets no more than so much of its own: MemoryError beyond. 0: no limit."""
    if not megabytes or sys.platform != "linux":
        return
    import resource

    _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = megabytes * MB
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
