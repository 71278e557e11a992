"""Signing in: who somebody is, how often it is tried, and when it is asked again."""
