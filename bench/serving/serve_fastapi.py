"""What the projects that Saki replaces run: FastAPI and uvicorn in one process, PyTorch eager, JSON lists or a picture through PIL and torchvision. Random weights: only time counts.

    python3 serve_fastapi.py PORT        needs Debian's python3-fastapi python3-uvicorn python3-uvloop python3-httptools python3-torch python3-torchvision python3-pil
"""
import io
import sys

import torch
import torchvision
import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from PIL import Image
from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(), nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        )
        self.stride, self.pad = stride, (outputs - inputs) // 2

    def forward(self, x):
        skip = nn.functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.pad, self.pad)) if self.pad else x
        return torch.relu(self.body(x) + skip)


def resnet20():
    """He et al. 2016, for CIFAR-10, with parameter-free shortcuts."""
    blocks = [Block(inputs, outputs, 2 if i == 0 and outputs > 16 else 1) for outputs in (16, 32, 64) for i in range(3) for inputs in [outputs // 2 if i == 0 and outputs > 16 else outputs]]
    return nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


MODELS = {"resnet20": (resnet20().eval(), 32), "resnet18": (torchvision.models.resnet18().eval(), 224)}
NORMALISE = torchvision.transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
app = FastAPI()


def answer(model, batch):
    with torch.inference_mode():
        return model(batch).tolist()


def picture(body, size):
    image = Image.open(io.BytesIO(body)).convert("RGB").resize((size, size), Image.BILINEAR)
    return NORMALISE(torchvision.transforms.functional.to_tensor(image))[None]


@app.get("/")
def ready():
    return "ready"


@app.post("/v2/models/{name}/infer")
async def tensors(name: str, request: Request):
    asked = (await request.json())["inputs"][0]
    return {"outputs": await run_in_threadpool(lambda: answer(MODELS[name][0], torch.tensor(asked["data"]).reshape(asked["shape"])))}


@app.post("/v1/predict/{name}")
async def pictures(name: str, request: Request):
    model, size = MODELS[name]
    body = await request.body()
    return {"outputs": await run_in_threadpool(lambda: answer(model, picture(body, size)))}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
