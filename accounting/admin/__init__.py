from accounting.admin import documents, journal, setup

__all__ = ["documents", "journal", "setup"]
