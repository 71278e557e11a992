"""Backoffice: orders, stock, warehouse and books of shops that sell over many channels."""

from backoffice.celery import app as celery_app  # so that `shared_task` finds its app in every process

__all__ = ["celery_app"]
