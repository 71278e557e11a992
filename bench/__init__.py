"""Measurements: `manage.py bench …` or `make bench`. Imported by nobody."""
