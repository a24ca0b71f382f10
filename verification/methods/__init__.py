"""How control of a name is proved: one checker file per method.

E-mail has no checker that looks anywhere: the answer comes to us (verification/answers.py).
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from verification.methods import cname, dns, file
from verification.network import Network
from verification.outcome import Outcome, Question

Checker = Callable[[Question, Network, datetime], Outcome]

CHECKERS: Mapping[str, Checker] = {
    "DNS": dns.check,
    "CNAME": cname.check,
    "FILE": file.check,
}
