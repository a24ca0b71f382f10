"""The Celery app. Which work there is stands in the database; the one beat entry looks for it."""

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.management.base import SystemCheckError

from config.startup import refuse_to_start_wrong

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("reseal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

WORKER_SOCKET_TIMEOUT = 5  # seconds; a worker has nobody who waits for it


@worker_init.connect
@beat_init.connect
def begin(**_signal: Any) -> None:
    """A worker or beat with a wrong environment ends before it does anything."""
    try:
        refuse_to_start_wrong()
    except SystemCheckError as problems:
        # Celery logs and forgets the exceptions of its signal handlers; SystemExit passes.
        sys.stderr.write(f"{problems}\n")
        raise SystemExit(1) from None
    app.conf.broker_transport_options["socket_timeout"] = WORKER_SOCKET_TIMEOUT
