"""Journals kept as plain text, taken into the books: accounts made, each transaction an entry, the same one once."""

from accounting.services.journal_files.files import ImportedJournal, JournalPreview, import_journal, preview_journal
from accounting.services.journal_files.planning import MAX_BYTES

__all__ = ["MAX_BYTES", "ImportedJournal", "JournalPreview", "import_journal", "preview_journal"]
