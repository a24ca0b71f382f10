"""The web tier: WSGI for gunicorn. It never holds a CA signing key (settings.CA_KEYS_ALLOWED)."""

import os

from django.core.wsgi import get_wsgi_application

from config.startup import refuse_to_start_wrong

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["RESEAL_ROLE"] = "web"

application = get_wsgi_application()
refuse_to_start_wrong()
