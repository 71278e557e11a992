from django.apps import AppConfig


class BenchConfig(AppConfig):
    """Only gives manage.py its `bench` command; has no tables."""

    name = "bench"
