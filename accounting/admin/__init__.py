from accounting.admin import approving, documents, journal, setup, stored_value

__all__ = ["approving", "documents", "journal", "setup", "stored_value"]
