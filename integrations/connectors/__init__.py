"""One folder for each channel, each with the same files: connector.py (calls), mapping.py (their words into ours)."""
