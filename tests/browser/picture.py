"""Pictures of pages half as large: PNG with a palette."""

from __future__ import annotations

import base64
import struct
import zlib

from playwright.sync_api import Browser

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# The browser itself reads the picture. Its 256 colours are the most frequent ones that differ, so
# that no small icon loses its own; all else, as the edges of letters, becomes the nearest.
READ = """async (source) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const pixels = new Uint32Array(
    canvas.getImageData(0, 0, image.width, image.height).data.buffer);
  const often = new Map();
  for (const each of pixels) often.set(each, (often.get(each) || 0) + 1);
  const colours = [...often].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([each]) => each);
  const parts = (each) => [each & 255, (each >> 8) & 255, (each >> 16) & 255];
  const palette = [];
  const far = (a, b) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
  for (const apart of [64, 1])
    for (const each of colours.map(parts))
      if (palette.length < 256 && palette.every((other) => far(each, other) >= apart))
        palette.push(each);
  const nearest = new Map(colours.map((each) => {
    let best = 0, least = Infinity;
    palette.forEach((other, at) => {
      const away = far(parts(each), other);
      if (away < least) [best, least] = [at, away];
    });
    return [each, best];
  }));
  const bytes = new Uint8Array(pixels.length);
  pixels.forEach((each, at) => { bytes[at] = nearest.get(each); });
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return {width: image.width, height: image.height, palette: palette.flat(), bytes: btoa(text)};
}"""


def with_palette(browser: Browser, png: bytes) -> bytes:
    """The same picture with at most 256 colours."""
    page = browser.new_page()
    source = "data:image/png;base64," + base64.b64encode(png).decode()
    read = page.evaluate(READ, source)
    page.close()
    width, height = read["width"], read["height"]
    indices = base64.b64decode(read["bytes"])
    rows = b"".join(b"\0" + indices[at * width : (at + 1) * width] for at in range(height))
    return SIGNATURE + b"".join(
        (
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            chunk(b"PLTE", bytes(read["palette"])),
            chunk(b"IDAT", zlib.compress(rows, 9)),
            chunk(b"IEND", b""),
        )
    )


def chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
