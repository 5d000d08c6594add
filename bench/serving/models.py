"""Writes resnet18 at 224x224 with random weights (batch norms folded, as exporters write it) and the smallest model that returns its input. Needs numpy only.

    python3 bench/serving/models.py FOLDER
"""
import sys

import numpy as np

random = np.random.default_rng(1)


def varint(n):
    out = b""
    while True:
        out += bytes([n & 127 | (128 if n > 127 else 0)])
        n >>= 7
        if not n:
            return out


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def ints(name, *values):
    return field(5, field(1, name) + b"".join(field(8, v) for v in values) + field(20, 7))


def node(op, inputs, output, *attributes):
    return field(1, b"".join(field(1, i) for i in inputs) + field(2, output) + field(3, output) + field(4, op) + b"".join(attributes))


def weights(name, array):
    return field(5, b"".join(field(1, d) for d in array.shape) + field(2, 1) + field(8, name) + field(9, array.astype("<f4").tobytes()))


def value(number, name, *axes):
    shape = b"".join(field(1, field(2, "N") if a < 0 else field(1, a)) for a in axes)
    return field(number, field(1, name) + field(2, field(1, field(1, 1) + field(2, shape))))


def write(path, name, graph):
    with open(path, "wb") as out:
        out.write(field(1, 8) + field(2, "saki bench") + field(7, graph + field(2, name)) + field(8, field(1, "") + field(2, 17)))


def resnet18():
    graph = []

    def conv(x, name, inputs, outputs, kernel, stride):
        graph.append(weights(name + ".w", random.normal(0, (2 / (inputs * kernel * kernel)) ** 0.5, (outputs, inputs, kernel, kernel))))
        graph.append(weights(name + ".b", random.normal(0, 0.01, outputs)))
        pad = kernel // 2
        graph.append(node("Conv", [x, name + ".w", name + ".b"], name, ints("kernel_shape", kernel, kernel), ints("strides", stride, stride), ints("pads", pad, pad, pad, pad)))
        return name

    def relu(x):
        graph.append(node("Relu", [x], x + ".relu"))
        return x + ".relu"

    x = relu(conv("x", "stem", 3, 64, 7, 2))
    graph.append(node("MaxPool", [x], "pool", ints("kernel_shape", 3, 3), ints("strides", 2, 2), ints("pads", 1, 1, 1, 1)))
    x, channels = "pool", 64
    for stage, width in enumerate((64, 128, 256, 512)):
        for block in range(2):
            stride = 2 if block == 0 and stage else 1
            name = f"s{stage}b{block}"
            y = conv(relu(conv(x, name + "a", channels, width, 3, stride)), name + "c", width, width, 3, 1)
            skip = conv(x, name + "d", channels, width, 1, stride) if stride > 1 else x
            graph.append(node("Add", [y, skip], name))
            x, channels = relu(name), width
    graph.append(node("GlobalAveragePool", [x], "mean"))
    graph.append(node("Flatten", ["mean"], "flat"))
    graph.append(weights("fc.w", random.normal(0, 0.04, (1000, 512))))
    graph.append(weights("fc.b", np.zeros(1000)))
    graph.append(node("Gemm", ["flat", "fc.w", "fc.b"], "y", field(5, field(1, "transB") + field(3, 1) + field(20, 2))))
    return b"".join(graph) + value(11, "x", -1, 3, 224, 224) + value(12, "y", -1, 1000)


folder = sys.argv[1]
write(f"{folder}/resnet18.onnx", "resnet18", resnet18())
write(f"{folder}/echo.onnx", "echo", node("Identity", ["x"], "y") + value(11, "x", -1, 4) + value(12, "y", -1, 4))
