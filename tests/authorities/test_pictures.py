"""Pictures as evidence: what is kept is our own encoding of what was seen."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from accounts.refusals import Refused
from authorities.pictures import LARGEST_FILE, read_picture


def drawn(kind: str, size: tuple[int, int] = (40, 30), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, kind, **more)
    return out.getvalue()


def code(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read_picture(data, "licence")
    assert refused.value.obstacles[0].about == "licence"
    return str(refused.value.obstacles[0].code)


@pytest.mark.parametrize(("kind", "told"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_a_picture_is_written_anew(kind: str, told: str) -> None:
    handed_in = drawn(kind) + b"<script>alert(1)</script>"
    picture = read_picture(handed_in)
    assert (picture.content_type, picture.width, picture.height) == (told, 40, 30)
    assert b"script" not in picture.data
    with Image.open(io.BytesIO(picture.data)) as kept:
        assert (kept.format, kept.size) == (kind, (40, 30))


def test_metadata_stay_behind_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "taken at home"
    picture = read_picture(drawn("JPEG", exif=exif))
    assert b"taken at home" not in picture.data
    assert (picture.width, picture.height) == (30, 40)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP"])
def test_other_formats_are_refused(kind: str) -> None:
    assert code(drawn(kind)) == "picture.format"


def test_text_is_no_picture() -> None:
    assert code(b"<svg onload=alert(1)>") == "picture.format"
    assert code(b"") == "picture.format"


def test_a_damaged_picture_is_refused() -> None:
    whole = drawn("PNG", (400, 300))
    assert code(whole[: len(whole) // 2]) == "picture.broken"


def test_a_file_over_the_limit_is_refused() -> None:
    assert code(drawn("PNG") + b"\0" * LARGEST_FILE) == "picture.too_large"


def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    assert code(_png(header)) == "picture.too_large"
    header = struct.pack(">IIBBBBB", 6_000, 6_000, 8, 2, 0, 0, 0)
    assert code(_png(header)) == "picture.too_large"


def _png(header: bytes) -> bytes:
    chunks = b""
    for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")):
        sum_ = zlib.crc32(name + data)
        chunks += struct.pack(">I", len(data)) + name + data + struct.pack(">I", sum_)
    return b"\x89PNG\r\n\x1a\n" + chunks
