"""How large a table may be. All of it is checked before anything is unpacked or kept."""

MAX_BYTES = 32 * 1024 * 1024  # of the file as it was sent
MAX_ROWS = 200_000  # as many as one bulk job takes
MAX_COLUMNS = 100
MAX_CELLS = 6_000_000
MAX_CELL = 5_000  # characters
# A workbook is a zip: what it says it unpacks to, and how many times its own size.
MAX_UNPACKED = 256 * 1024 * 1024
MAX_RATIO = 150
MAX_PARTS = 1_000
