"""How the portal logs: one stream, every line with its reference and scrubbed of secrets."""

from __future__ import annotations

from typing import Any


def logging_to_stderr(level: str) -> dict[str, Any]:
    """Django's LOGGING from `level` (a name of the logging module) upwards."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "reference": {"()": "config.errors.ReferenceFilter"},
            "scrub": {"()": "config.scrubbing.ScrubFilter"},
        },
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "filters": ["reference", "scrub"],
                "formatter": "line",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        # Django's own handlers would print past the filter.
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "celery.beat": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }
