#!/usr/bin/env python3
"""Writes networks.json: parameter counts, state names and answers of reference networks on weights that both sides compute, and small files of torch.save.
Run: /usr/bin/python3 tests/golden/networks.py (PyTorch 1.13.1, torchvision 0.14.1)"""
import base64, collections, hashlib, io, json, math, os, pathlib, torch, torchvision
import torch.nn as nn, torch.nn.functional as F

torch.set_num_threads(1)


def wave(count, phase):
    # On a grid of 1/4096, so that both sides get the same bits whatever their sine's last digit.
    return torch.round(torch.sin(torch.arange(count, dtype=torch.float64) * 0.37 + phase) * 4096) / 4096


def set_weights(net):
    """Every tensor from its place and kind, so that no random generator must agree."""
    for i, (name, tensor) in enumerate(net.state_dict().items()):
        if not tensor.is_floating_point():
            continue
        value = wave(tensor.numel(), i).reshape(tensor.shape)
        if tensor.dim() > 1:
            value = value * math.sqrt(2 / (tensor.numel() / tensor.shape[0]))
        elif name.endswith("running_var") or (name.endswith("weight") and tensor.dim() == 1):
            value = 1 + 0.1 * value
        else:
            value = 0.1 * value
        tensor.copy_(value.float())


class Block(nn.Module):  # akamaster/pytorch_resnet_cifar10, option A
    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False), nn.BatchNorm2d(planes)
        self.added = planes - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.added:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.added // 2, self.added // 2))
        return F.relu(y + x)


class CifarResNet(nn.Module):
    def __init__(self, blocks, classes):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        width = 16
        for stage, planes in enumerate((16, 32, 64), 1):
            parts = []
            for i in range(blocks):
                parts.append(Block(width, planes, 2 if i == 0 and stage > 1 else 1))
                width = planes
            setattr(self, f"layer{stage}", nn.Sequential(*parts))
        self.linear = nn.Linear(64, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(F.avg_pool2d(x, x.shape[3]).flatten(1))


class Norm(nn.BatchNorm2d):  # airbench: eps 1e-12, momentum 0.6 (PyTorch counts it the other way), scale fixed at 1
    def __init__(self, channels):
        super().__init__(channels, eps=1e-12, momentum=0.4)
        del self.weight
        self.weight = None


class Group(nn.Module):
    def __init__(self, inputs, outputs, convs):
        super().__init__()
        for i in range(convs):
            setattr(self, f"conv{i + 1}", nn.Conv2d(inputs if i == 0 else outputs, outputs, 3, padding="same", bias=False))
            setattr(self, f"norm{i + 1}", Norm(outputs))
        self.convs = convs

    def forward(self, x):
        x = F.gelu(self.norm1(F.max_pool2d(self.conv1(x), 2)))
        first = x
        x = F.gelu(self.norm2(self.conv2(x)))
        return F.gelu(self.norm3(self.conv3(x)) + first) if self.convs == 3 else x


class Airbench(nn.Module):
    def __init__(self, channels, widths, convs, classes, patch=2):
        super().__init__()
        wide = 2 * channels * patch * patch
        self.whiten = nn.Conv2d(channels, wide, patch)
        self.whiten.weight.requires_grad = False
        for i, width in enumerate(widths):
            setattr(self, f"group{i + 1}", Group(wide, width, convs))
            wide = width
        self.groups = len(widths)
        self.head = nn.Linear(wide, classes, bias=False)

    def forward(self, x):
        x = F.gelu(self.whiten(x))
        for i in range(self.groups):
            x = getattr(self, f"group{i + 1}")(x)
        x = F.max_pool2d(x, x.shape[2:]).flatten(1)
        return self.head(x) / x.shape[1]


def vgg(name):
    net = getattr(torchvision.models, name)()
    net.avgpool, net.classifier = nn.AdaptiveAvgPool2d(1), nn.Sequential(nn.Dropout(), nn.Linear(512, 10))
    return net




def record(net, channels, size):
    with torch.no_grad():
        set_weights(net)
        x = wave(2 * channels * size * size, 0).reshape(2, channels, size, size).float()
        net.eval()
        evaluated = net(x)
        state = net.state_dict()
        # Names that Saki leaves out: a frozen scale and counters that nothing reads.
        lines = "".join(f"{k} {list(v.shape)}\n" for k, v in state.items() if not (isinstance(net, Airbench) and k.endswith("num_batches_tracked")))
        # In training without dropout, which draws.
        for module in net.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0
        # In double precision: normalisation by the statistics of two pictures blows rounding up.
        net.double().train()
        trained = net(x.double())
    return {"parameters": sum(p.numel() for p in net.parameters()), "names": hashlib.sha256(lines.encode()).hexdigest(), "channels": channels, "size": size,
            "eval": [float(f"{v:.9g}") for v in evaluated.flatten().tolist()], "train": [float(f"{v:.9g}") for v in trained.flatten().tolist()]}


def saved(value, legacy=False):
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=not legacy)
    return base64.b64encode(buffer.getvalue()).decode()


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


models = torchvision.models
networks = {
    "resnet34": record(models.resnet34(num_classes=10), 3, 64),
    "resnet50": record(models.resnet50(num_classes=10), 3, 64),
    "mobilenet_v2": record(models.mobilenet_v2(num_classes=10), 3, 64),
    "vgg11_bn": record(vgg("vgg11_bn"), 3, 48),
    "vgg16_bn": record(vgg("vgg16_bn"), 3, 48),
    "resnet20": record(CifarResNet(3, 10), 3, 32),
    "airbench94": record(Airbench(3, (64, 256, 256), 2, 10), 3, 32),
    "airbench96": record(Airbench(1, (16, 32), 3, 7, patch=3), 1, 24),
}
base = torch.arange(24, dtype=torch.float32)
state = collections.OrderedDict([
    ("module.conv.weight", base.reshape(2, 3, 4)), ("module.conv.bias", base[3:9:2]), ("module.turned", base[:6].reshape(2, 3).t()),
    ("module.half", torch.tensor([1.5, -2.0]).half()), ("module.bf16", torch.tensor([1.5, -2.0]).bfloat16()), ("module.count", torch.tensor(7)), ("module.empty", torch.zeros(0, 3)),
])
files = {
    "zip": saved({"epoch": 3, "state_dict": state}), "legacy": saved({"epoch": 3, "state_dict": state}, legacy=True),
    "evil": saved({"state_dict": state, "extra": Evil()}), "evil_legacy": saved({"state_dict": state, "extra": Evil()}, legacy=True),
    "module": saved(nn.Linear(2, 2)), "parameter": saved({"w": nn.Parameter(torch.ones(2, 2))}),
}
path = pathlib.Path(__file__).with_name("networks.json")
path.write_text(json.dumps({"torch": torch.__version__, "networks": networks, "files": files}, indent=1) + "\n")
print(path, path.stat().st_size)
