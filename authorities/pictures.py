"""Pictures that people hand in as evidence: decoded, bounded and written anew.

What is kept is our own encoding of what was seen: nothing else that a file carried (scripts,
metadata, a second format behind the first) is ever served to anybody.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.refusals import Obstacle, Refused

LARGEST_FILE = 2 * 1024 * 1024  # bytes, as it is handed in and as it is kept
MOST_PIXELS = 25_000_000  # a decoded picture takes four bytes each
TYPES = {"PNG": "image/png", "JPEG": "image/jpeg"}


@dataclass(frozen=True)
class Picture:
    """A picture as we encoded it."""

    data: bytes
    content_type: str  # image/png or image/jpeg
    width: int  # pixels
    height: int


def read_picture(data: bytes, about: str = "") -> Picture:
    """Decode a PNG or JPEG and encode what is seen anew. Raises Refused; `about`: the field."""
    if len(data) > LARGEST_FILE:
        raise _refused("picture.too_large", _("The file is over 2 MB. Scan it smaller."), about)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=list(TYPES)) as opened:
                kind = str(opened.format)
                if opened.width * opened.height > MOST_PIXELS:
                    message = _("The picture has over 25 million pixels. Scan it smaller.")
                    raise _refused("picture.too_large", message, about)
                seen = ImageOps.exif_transpose(opened).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        message = _("The picture has over 25 million pixels. Scan it smaller.")
        raise _refused("picture.too_large", message, about) from error
    except UnidentifiedImageError as error:
        message = _("This is neither a PNG nor a JPEG picture. Hand in one of these.")
        raise _refused("picture.format", message, about) from error
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises for broken files
        message = _("The picture is damaged and cannot be read. Save it anew and hand it in again.")
        raise _refused("picture.broken", message, about) from error
    return _encoded(seen, kind)


def _encoded(seen: Image.Image, kind: str) -> Picture:
    """In the format it came in; a PNG that grows over the limit becomes a JPEG."""
    out = io.BytesIO()
    seen.save(out, kind, **({"quality": 85} if kind == "JPEG" else {"optimize": True}))
    if out.tell() > LARGEST_FILE and kind == "PNG":
        return _encoded(seen, "JPEG")
    return Picture(out.getvalue(), TYPES[kind], seen.width, seen.height)


def _refused(code: str, message: str, about: str) -> Refused:
    return Refused([Obstacle(code, message, about)])
