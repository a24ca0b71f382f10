"""How control of a name is proved: one checker file per method.

E-mail has no checker that looks anywhere: the answer comes to us (verification/answers.py).
"""

from collections.abc import Mapping

from verification.corroboration import Checker, from_all_sides, then_from_all_sides
from verification.methods import cname, dns, file

CHECKERS: Mapping[str, Checker] = {
    "DNS": from_all_sides(dns.check, dns.glance),
    "CNAME": from_all_sides(cname.check, cname.glance),
    "FILE": then_from_all_sides(file.check, file.glance),
}
