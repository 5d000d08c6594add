"""Peer of the verb "images": torchvision's usual way: PIL.Image.open, Resize (Pillow's antialiased bilinear), ToTensor, Normalize; one thread.

    python3 bench/peers/images_torchvision.py FILE...

PIL's draft mode is used (shrink while loading), as the fastest that a careful person would write.
"""
import io
import json
import pathlib
import sys
import time

import torch
from PIL import Image
from torchvision import transforms

torch.set_num_threads(1)
turn = transforms.Compose([transforms.Resize((224, 224)), transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])


def one(data):
    picture = Image.open(io.BytesIO(data))
    picture.draft("RGB", (448, 448))
    return turn(picture.convert("RGB"))


for file in sys.argv[1:]:
    data = pathlib.Path(file).read_bytes()
    calls = max(1, 3_000_000 // (len(data) + 20_000))
    for _ in range(calls):
        one(data)
    times = []
    for _ in range(9):
        start = time.perf_counter()
        for _ in range(calls):
            one(data)
        times.append((time.perf_counter() - start) * 1e6 / calls)
    print(json.dumps({"case": pathlib.Path(file).stem, "value": sorted(times)[4], "unit": "us"}))
