"""Peer of the verb "loader": torchvision's usual way: ImageFolder, RandomCrop with padding, flip, ToTensor, Normalize, DataLoader with two workers, batches of 128.

    python3 bench/peers/loader.py FOLDER SIDE EPOCHS
"""
import json
import statistics
import sys
import time

import torch
from torchvision import datasets, transforms

folder, side, epochs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(1)
turn = transforms.Compose([
    transforms.Resize((side, side)), transforms.RandomCrop(side, padding=4), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
    transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
loader = torch.utils.data.DataLoader(datasets.ImageFolder(folder, turn), batch_size=128, shuffle=True, num_workers=2, drop_last=True, persistent_workers=True)
rates = []
for _ in range(epochs):
    start, images = time.perf_counter(), 0
    for batch, labels in loader:
        images += len(labels)
    rates.append(images / (time.perf_counter() - start))
print(json.dumps({"case": "first epoch, decoding", "value": rates[0], "unit": "images/s"}))
print(json.dumps({"case": "later epochs", "value": statistics.median(rates[1:]), "unit": "images/s"}))
