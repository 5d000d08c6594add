"""Peer of the verb "images": torchvision's usual way: PIL.Image.open, Resize (Pillow's antialiased bilinear), ToTensor, Normalize; one thread.

    python3 bench/peers/images_torchvision.py [--draft] FILE...

--draft: Pillow shrinks while loading, down to twice the target as Saki does; what a careful person adds by hand.
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

draft = "--draft" in sys.argv
files = [name for name in sys.argv[1:] if name != "--draft"]


def one(data):
    picture = Image.open(io.BytesIO(data))
    if draft:
        picture.draft("RGB", (448, 448))
    return turn(picture.convert("RGB"))


for file in files:
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
