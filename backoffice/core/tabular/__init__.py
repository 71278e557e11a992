"""Table files: read safely, checked whole, shown before anything is done, then done as a background job.

A noun declares its columns, how its rows are checked and how a batch of them is done (registry.TableImport), and
registers `import_entries(noun)`; pages, API, export, error file and job are the same for all.
"""

from backoffice.core.tabular.columns import ERRORS, Column, Row, RowError, match_headings, read_row, written
from backoffice.core.tabular.decoding import ENCODINGS
from backoffice.core.tabular.errors import TableRefused, UnknownImport
from backoffice.core.tabular.files import Plan, check_file, due_files, forget_files, noun_of, take_file
from backoffice.core.tabular.reading import Line, Table, open_table
from backoffice.core.tabular.running import (
    Outcome,
    company_of,
    error_headings,
    error_lines,
    import_entries,
    results_of,
    start_import,
)

__all__ = [
    "ENCODINGS",
    "ERRORS",
    "Column",
    "Line",
    "Outcome",
    "Plan",
    "Row",
    "RowError",
    "Table",
    "TableRefused",
    "UnknownImport",
    "check_file",
    "company_of",
    "due_files",
    "error_headings",
    "error_lines",
    "forget_files",
    "import_entries",
    "match_headings",
    "noun_of",
    "open_table",
    "read_row",
    "results_of",
    "start_import",
    "take_file",
    "written",
]
