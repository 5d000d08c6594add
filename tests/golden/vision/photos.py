#!/usr/bin/env python3
"""What Pillow 9.4.0 (Debian 12) makes of the photos that lie beside the repository: upright size and the mean of each cell of a 4x4 grid, per channel of RGB.
Writes photos.json beside this file.

    python3 tests/golden/vision/photos.py ../shared/data/photos
"""
import json
import pathlib
import sys

import numpy as np
from PIL import Image, ImageOps

root = pathlib.Path(sys.argv[1])
names = ["22-canon_tags.jpg", "DSCN0010.jpg", "Channel_digital_image_CMYK_color_no_profile.jpg", "camera.png", "canon_hdr_NO.jpg", "chelsea.png", "4.webp",
         "kodim23.png", "broken/hopper_bad_exif.jpg"]
names += [f"formats/hopper.{e}" for e in ("bmp", "gif", "jpg", "png", "tif", "webp")]
names += [f"orientation/landscape_{i}.jpg" for i in range(1, 9)]
out = []
for name in names:
    picture = np.asarray(ImageOps.exif_transpose(Image.open(root / name)).convert("RGB")).astype(float)
    h, w, _ = picture.shape
    cells = [picture[h * r // 4:h * (r + 1) // 4, w * c // 4:w * (c + 1) // 4].mean((0, 1)) for r in range(4) for c in range(4)]
    out.append(dict(file=name, width=w, height=h, means=[round(float(v), 2) for cell in cells for v in cell]))
lines = ",\n".join(json.dumps(c) for c in out)
pathlib.Path(__file__).with_suffix(".json").write_text(f"[\n{lines}\n]\n")
print(len(out), "photos")
