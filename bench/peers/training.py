#!/usr/bin/env python3
"""The peer of `Saki.Bench training CASE`: the same step in PyTorch eager, in its best layout (channels-last for images). Prints milliseconds per step.
Run by the benchmark in turn with its own process: /usr/bin/python3 bench/peers/training.py CASE STEPS"""
import sys, time, torch, torchvision
import torch.nn as nn, torch.nn.functional as F

case, steps = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(2)
torch.manual_seed(1)

if case.startswith("resnet18"):
    net = torchvision.models.resnet18(num_classes=10)
    net.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    net.maxpool = nn.Identity()
    net = net.to(memory_format=torch.channels_last)
    x, y = torch.randn(128, 3, 32, 32).contiguous(memory_format=torch.channels_last), torch.randint(0, 10, (128,))
    opt = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
else:
    widths, batch = ((64, 32, 10), 16) if case == "mlp-small" else ((3072, 300, 300, 10), 64)
    layers = []
    for i in range(len(widths) - 1):
        layers += [nn.Linear(widths[i], widths[i + 1])] + ([nn.ReLU(inplace=True)] if i < len(widths) - 2 else [])
    net = nn.Sequential(*layers)
    x, y = torch.randn(batch, widths[0]), torch.randint(0, 10, (batch,))
    opt = torch.optim.Adam(net.parameters(), 1e-3)

def step():
    opt.zero_grad(set_to_none=True)
    if case == "resnet18-bf16":
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = F.cross_entropy(net(x), y)
    else:
        loss = F.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
    return loss

for _ in range(max(1, steps // 10)):
    step()
for _ in range(steps):
    start = time.perf_counter()
    step()
    print((time.perf_counter() - start) * 1e3)
