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
    batch = 1 if case.endswith("-batch1") else 128
    x, y = torch.randn(batch, 3, 32, 32).contiguous(memory_format=torch.channels_last), torch.randint(0, 10, (batch,))
    opt = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
elif case.startswith("emotion_cnn"):
    # src/Saki.Torch/Networks/EmotionCnn.cs with its default options.
    def block(i, o):
        return [nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True)]
    layers = []
    for i, (a, b) in enumerate(((1, 32), (32, 64), (64, 128), (128, 256))):
        layers += ([nn.MaxPool2d(2)] if i else []) + block(a, b)
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(256, 7)).to(memory_format=torch.channels_last)
    batch = 128
    x, y = torch.randn(batch, 1, 48, 48).contiguous(memory_format=torch.channels_last), torch.randint(0, 7, (batch,))
    opt = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
elif case.startswith("airbench94"):
    # src/Saki.Torch/Networks/Airbench.cs with its default options; normalisation with a shift only, as there.
    class Norm(nn.BatchNorm2d):
        def __init__(self, channels):
            super().__init__(channels, eps=1e-12, momentum=0.4)
            self.weight.requires_grad = False
    class Group(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(i, o, 3, padding=1, bias=False), nn.Conv2d(o, o, 3, padding=1, bias=False)
            self.norm1, self.norm2 = Norm(o), Norm(o)
        def forward(self, x):
            x = F.gelu(self.norm1(F.max_pool2d(self.conv1(x), 2)))
            return F.gelu(self.norm2(self.conv2(x)))
    class Airbench(nn.Module):
        def __init__(self):
            super().__init__()
            self.whiten = nn.Conv2d(3, 24, 2)
            self.whiten.weight.requires_grad = False
            self.groups = nn.Sequential(Group(24, 64), Group(64, 256), Group(256, 256))
            self.head = nn.Linear(256, 10, bias=False)
        def forward(self, x):
            x = self.groups(F.gelu(self.whiten(x)))
            return self.head(F.max_pool2d(x, x.shape[2:]).flatten(1)) / 256
    net = Airbench().to(memory_format=torch.channels_last)
    batch = 128
    x, y = torch.randn(batch, 3, 32, 32).contiguous(memory_format=torch.channels_last), torch.randint(0, 10, (batch,))
    opt = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], 0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
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
    if "bf16" in case:
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
