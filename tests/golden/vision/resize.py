#!/usr/bin/env python3
"""Golden pictures for Resize: Pillow with antialias, OpenCV without. Writes resize.json beside this file.

    python3 tests/golden/vision/resize.py

The inputs are drawn by a formula that ResizeGoldenTests repeats, so only the outputs are stored (base64, rows top to bottom, interleaved).
Made with Pillow 9.4.0 and OpenCV 4.6.0 of Debian 12.
"""
import base64
import json
import pathlib

import cv2
import numpy as np
from PIL import Image


def draw(width, height, channels):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    return ((x * 7 + y * 5 + c * 50 + ((x * 31 ^ y * 17) & 63)) & 255).astype(np.uint8)


PIL = {"Nearest": Image.NEAREST, "Bilinear": Image.BILINEAR, "Bicubic": Image.BICUBIC}
CV = {"Nearest": cv2.INTER_NEAREST, "Area": cv2.INTER_AREA, "Bilinear": cv2.INTER_LINEAR, "Bicubic": cv2.INTER_CUBIC}
SIZES = [((11, 9), (24, 20)), ((64, 48), (20, 15)), ((40, 13), (17, 26)), ((300, 200), (7, 5)), ((16, 16), (16, 31)), ((1, 1), (5, 3)), ((48, 48), (64, 64))]

cases = []
for (w, h), (tw, th) in SIZES:
    for channels in (1, 3):
        if (w, h) == (48, 48) and channels == 3:
            continue
        picture = draw(w, h, channels)
        shrinks = tw < w and th < h
        for antialias, methods in ((True, PIL), (False, CV)):
            for name, method in methods.items():
                if name == "Area" and not shrinks:
                    continue
                if antialias:
                    out = np.asarray(Image.fromarray(picture[:, :, 0] if channels == 1 else picture).resize((tw, th), method))
                else:
                    out = cv2.resize(picture, (tw, th), interpolation=method)
                cases.append(dict(width=w, height=h, channels=channels, toWidth=tw, toHeight=th, interpolation=name, antialias=antialias,
                                  pixels=base64.b64encode(out.astype(np.uint8).tobytes()).decode()))

lines = ",\n".join(json.dumps(c) for c in cases)
pathlib.Path(__file__).with_suffix(".json").write_text(f"[\n{lines}\n]\n")
print(len(cases), "cases")
