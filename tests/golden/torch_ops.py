#!/usr/bin/env python3
"""Writes torch_ops.json: inputs and answers of PyTorch 1.13.1 for tests/Saki.Torch.Tests. Run: /usr/bin/python3 tests/golden/torch_ops.py"""
import json, pathlib, torch, torchvision
import torch.nn as nn, torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(20261121)
cases = {}

def flat(t):
    return {"shape": list(t.shape), "data": [float(f"{v:.9g}") for v in t.detach().double().flatten().tolist()]}

def case(name, function, *inputs, grad=True):
    """Output, and the gradient of sum(output * ramp) for each input, so that wrong positions show."""
    leaves = [i.clone().requires_grad_(grad and i.is_floating_point()) for i in inputs]
    output = function(*leaves)
    entry = {"inputs": [flat(i) for i in inputs], "output": flat(output)}
    if grad:
        ramp = torch.arange(1, output.numel() + 1, dtype=output.dtype).reshape(output.shape) / output.numel()
        (output * ramp).sum().backward()
        entry["grads"] = [flat(l.grad) for l in leaves if l.grad is not None]
    cases[name] = entry

r = torch.randn
x4 = r(2, 4, 7, 6)
case("conv2d", lambda x, w, b: F.conv2d(x, w, b, stride=(2, 1), padding=(1, 2)), x4, r(6, 4, 3, 3), r(6))
case("conv2d_depthwise_dilated", lambda x, w: F.conv2d(x, w, None, padding=2, dilation=2, groups=4), x4, r(8, 1, 3, 3))
case("max_pool2d", lambda x: F.max_pool2d(x, 3, 2, 1), x4)
case("avg_pool2d", lambda x: F.avg_pool2d(x, 3, 2, 1), x4)
case("avg_pool2d_ceil_no_pad", lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False), x4)
case("adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, (3, 2)), x4)
case("batch_norm_train", lambda x, w, b: F.batch_norm(x, torch.zeros(4), torch.ones(4), w, b, True, 0.1, 1e-5), x4, r(4), r(4))
case("batch_norm_eval", lambda x, w, b, m, v: F.batch_norm(x, m, v, w, b, False, 0.1, 1e-3), x4, r(4), r(4), r(4), r(4).abs() + .1, grad=False)
case("layer_norm", lambda x, w, b: F.layer_norm(x, (6,), w, b), r(3, 5, 6), r(6), r(6))
case("linear", F.linear, r(5, 7), r(3, 7), r(3))
for name, f in {"relu": F.relu, "gelu": F.gelu, "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "silu": F.silu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
                "softmax": lambda x: F.softmax(x, 1), "log_softmax": lambda x: F.log_softmax(x, 1)}.items():
    case(name, f, r(3, 11))
target = torch.tensor([0, 3, 2, 1, 3])
case("cross_entropy", lambda x: F.cross_entropy(x, target), r(5, 4))
case("cross_entropy_weighted_smoothed", lambda x, w: F.cross_entropy(x, target, weight=w.detach(), label_smoothing=0.1), r(5, 4), r(4).abs())
case("matmul", torch.matmul, r(2, 3, 4), r(4, 5))
case("var", lambda x: x.var((0, 2)), r(3, 4, 5))
case("std", lambda x: x.std(1, unbiased=False), r(3, 4))
case("mean", lambda x: x.mean((0, 2), keepdim=True), r(3, 4, 5))
case("cat", lambda a, b: torch.cat((a, b), 1), r(2, 3), r(2, 2))
case("pad", lambda x: F.pad(x, (1, 2, 0, 3), value=0.5), x4)
case("interpolate", lambda x: F.interpolate(x, size=(5, 9), mode="bilinear", align_corners=False), x4)
case("broadcast", lambda a, b: (a + b) * a / (b.abs() + 1) - 2 * b, r(3, 1, 4), r(2, 1))

def optimiser(name, make):
    torch.manual_seed(5)
    net = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))
    x, y = torch.randn(12, 6), torch.randint(0, 3, (12,))
    opt = make(net.parameters())
    for _ in range(20):
        opt.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), y).backward()
        opt.step()
    return {"parameters": [flat(p) for p in net.parameters()]}

o = torch.optim
optimisers = {name: optimiser(name, make) for name, make in {
    "sgd": lambda p: o.SGD(p, 0.1, weight_decay=0.01),
    "sgd_momentum": lambda p: o.SGD(p, 0.1, momentum=0.9, dampening=0.1, weight_decay=0.01),
    "sgd_nesterov": lambda p: o.SGD(p, 0.1, momentum=0.9, nesterov=True),
    "adam": lambda p: o.Adam(p, 0.01, weight_decay=0.1),
    "adamw": lambda p: o.AdamW(p, 0.01, betas=(0.8, 0.99), weight_decay=0.1),
}.items()}

torch.manual_seed(11)
resnet = torchvision.models.resnet18(num_classes=10)
image = torch.randn(2, 3, 64, 64)
trained = resnet(image)
resnet.eval()
networks = {"resnet18": {"names": [[k, list(v.shape)] for k, v in resnet.state_dict().items()], "train": flat(trained), "eval": flat(resnet(image)),
                         "running_var": flat(resnet.state_dict()["layer4.1.bn2.running_var"][:8])}}
torch.manual_seed(3)
seeds = {"rand": flat(torch.rand(20)), "randn": flat(torch.randn(20)), "randperm": torch.randperm(10).tolist()}

torch.manual_seed(9)
conv, fc = nn.Conv2d(3, 8, 3, padding=1), nn.Linear(8, 4)
x = torch.randn(2, 3, 8, 8)
with torch.autocast("cpu", dtype=torch.bfloat16):
    y = fc(F.relu(conv(x)).mean((2, 3)))
y.float().sum().backward()
autocast = {"output": flat(y), "conv_grad": flat(conv.weight.grad), "fc_grad": flat(fc.weight.grad)}

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"torch": torch.__version__, "cases": cases, "optimisers": optimisers, "networks": networks, "seeds": seeds, "autocast": autocast}, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
