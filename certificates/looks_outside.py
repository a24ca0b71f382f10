"""How often the pages of a project may ask the outside world, before anything is sent in.

Names are typed freely there: without a limit the portal would ask whatever it is told to.
"""

from __future__ import annotations

from django.core.cache import cache
from django.utils.translation import gettext as _

MOST = 60  # looks of a project within SECONDS: each may be at many names
SECONDS = 3600
MOST_OF_CAA, SECONDS_OF_CAA = 20, 600  # the same for CAA look-ups on the Domains page


def may_look(project_id: int) -> bool:
    """Whether the project has a look left; it is taken."""
    return _taken(f"looks-outside:{project_id}", MOST, SECONDS)


def may_look_up_caa(project_id: int) -> bool:
    """The same for one name's CAA records."""
    return _taken(f"caa-looks:{project_id}", MOST_OF_CAA, SECONDS_OF_CAA)


def too_often() -> str:
    told = _(
        "Your project asked for %(count)d looks within an hour. Nothing is looked at before you"
        " submit; then it is in any case."
    )
    return told % {"count": MOST}


def _taken(place: str, most: int, seconds: int) -> bool:
    cache.add(place, 0, seconds)
    try:
        return cache.incr(place) <= most
    except ValueError:  # it ran out between the two
        return True
