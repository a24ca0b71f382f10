"""The one signal of this room: an authority's answer to a request changed, or a bulletin did.

Sent inside the transaction of the change with `now` and the `request_id` (from CaOrder) or the
`bulletin_id` (from Bulletin). The receiver in the room
above sets its own row's due time and does nothing else.
"""

from django.dispatch import Signal

changed = Signal()
