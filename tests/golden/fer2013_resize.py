"""Accuracy of fer2013_mini_xception.onnx on publictest for the ways to bring 48x48 to 64x64.

    python3 tests/golden/fer2013_resize.py ../shared/data /tmp/out && node tests/golden/fer2013_resize.js ../shared/data /tmp/out

Gave (Pillow 9.4, OpenCV 4.6, onnxruntime-node 1.30): pil 2337 of 3589 = 65.12 %, cv2 2352 = 65.53 %.
"""
import bz2, csv, io, os, sys
import cv2
import numpy as np
from PIL import Image

data, out = sys.argv[1:3]
rows = list(csv.reader(io.TextIOWrapper(bz2.open(os.path.join(data, "fer2013/publictest.csv.bz2")))))[1:]
pictures = [np.array(row[1].split(), dtype=np.uint8).reshape(48, 48) for row in rows]
np.array([int(row[0]) for row in rows], dtype=np.uint8).tofile(os.path.join(out, "labels.bin"))
np.stack([np.asarray(Image.fromarray(p).resize((64, 64), Image.BILINEAR)) for p in pictures]).tofile(os.path.join(out, "pil.bin"))
np.stack([cv2.resize(p, (64, 64), interpolation=cv2.INTER_LINEAR) for p in pictures]).tofile(os.path.join(out, "cv2.bin"))
