"""Wiring: settings, addresses, workers, checks. The Celery app is made with the package, so that
a task called from anywhere finds its broker."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
