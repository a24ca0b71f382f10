"""The one signal of this room: a proof, a mail answer or an outgoing mail changed.

Sent inside the transaction of the change with `row` and `now`. A receiver in an upper room sets
its own row's due time and does nothing else.
"""

from django.dispatch import Signal

changed = Signal()
