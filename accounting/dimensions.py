"""What a journal line is analysed by: axes and their codes. Pure."""

Dimensions = tuple[tuple[str, str], ...]

# The axes that the house fills by itself; an entry by hand may name others.
CHANNEL, WAREHOUSE, CATEGORY = "channel", "warehouse", "category"
AXES = (CHANNEL, WAREHOUSE, CATEGORY)


def with_code(dimensions: Dimensions, axis: str, code: str | None) -> Dimensions:
    """These and one more, if there is a code; characters that keys reserve are replaced."""
    return (*dimensions, (axis, code.replace(";", ","))) if code else dimensions


def set_key(dimensions: Dimensions) -> str:
    """`axis=code;axis=code`, sorted by axis. ValueError for an empty or repeated axis or a reserved character."""
    pairs = sorted(dimensions)
    if len({axis for axis, _ in pairs}) < len(pairs):
        raise ValueError(f"an axis is named twice: {dimensions!r}")
    for axis, code in pairs:
        if not axis or not code or "=" in axis or ";" in axis or ";" in code:
            raise ValueError(f"an axis and a code are needed, without ';' (and no '=' in the axis): {axis!r}={code!r}")
    return ";".join(f"{axis}={code}" for axis, code in pairs)


def read_key(key: str) -> Dimensions:
    """The pairs that set_key wrote."""
    pairs = (pair.partition("=") for pair in key.split(";") if pair)
    return tuple((axis, code) for axis, _, code in pairs)
