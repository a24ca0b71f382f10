"""The signals of this room: a proof, a mail answer or an outgoing mail changed; proofs were taken.

Sent inside the transaction of the change. A receiver in an upper room sets its own row's due time
and does nothing else.
"""

from django.dispatch import Signal

changed = Signal()  # with `row` and `now`
taken = Signal()  # with `proofs` that somebody else took over, and `now`
