"""Several values in one text, parted by commas; one that holds a comma itself stands in quotation marks, as in a CSV file."""

import csv
from collections.abc import Iterable


def parts_of(text: str) -> list[str]:
    """'web, "Cups, mugs"' -> ['web', 'Cups, mugs']."""
    row = next(csv.reader([" ".join(text.splitlines())], skipinitialspace=True), [])
    return [part.strip() for part in row if part.strip()]


def joined(values: Iterable[str]) -> str:
    """The other way round: parts_of(joined(values)) are the values."""
    return ", ".join(
        '"' + value.replace('"', '""') + '"' if "," in value or value.startswith('"') else value for value in values
    )
