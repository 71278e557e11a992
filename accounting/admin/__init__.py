from accounting.admin import documents, journal, setup, stored_value

__all__ = ["documents", "journal", "setup", "stored_value"]
