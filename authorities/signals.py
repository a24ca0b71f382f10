"""The one signal of this room: a certificate authority's answer to a request changed.

Sent inside the transaction of the change with `request_id` and `now`. The receiver in the room
above sets its own row's due time and does nothing else.
"""

from django.dispatch import Signal

changed = Signal()
