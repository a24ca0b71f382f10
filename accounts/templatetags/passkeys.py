"""What a page tells the browser about passkeys, in an attribute: pages hold no inline script."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()


@register.filter
def as_json(options: Any) -> str:
    return json.dumps(options, cls=DjangoJSONEncoder)
