#!/usr/bin/env python3
"""Prints the lines of tests/Saki.Vision.Tests/TinyPictures.cs: one 12x9 picture in every format, with Pillow 9.4.0 of Debian 12.

    python3 tests/golden/vision/tiny.py

The AVIF was made from the PNG with sharp 0.35.5: sharp("tiny.png").avif({lossless: true, effort: 0}).
"""
import base64
import io

import numpy as np
from PIL import Image

y, x, c = np.meshgrid(np.arange(9), np.arange(12), np.arange(3), indexing="ij")
pixels = ((x * 20 + y * 9 + c * 40) & 255).astype(np.uint8)
picture = Image.fromarray(pixels)
frames = [picture.rotate(90 * i) for i in range(3)]


def show(name, image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    print(f'    internal static byte[] {name} => Convert.FromBase64String("{base64.b64encode(out.getvalue()).decode()}");')


show("Jpeg", picture, "JPEG", quality=95, subsampling=0)
show("Png", picture, "PNG")
show("Gif", picture, "GIF")
show("WebP", picture, "WEBP", lossless=True)
show("Tiff", picture, "TIFF", compression="tiff_lzw")
show("Rgba", Image.fromarray(np.dstack([pixels, np.full((9, 12), 10, np.uint8)]).astype(np.uint8), "RGBA"), "PNG")
show("Palette", picture.quantize(16), "PNG")
show("Grey16", Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 257, "I;16"), "PNG")
show("Bits", picture.convert("L").convert("1"), "PNG")
show("ThreeFrames", frames[0], "GIF", save_all=True, append_images=frames[1:])
show("CmykTiff", picture.convert("CMYK"), "TIFF", compression="tiff_lzw")
