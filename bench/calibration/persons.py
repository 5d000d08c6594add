#!/usr/bin/python3
"""Pictures of people that a model does not know: rows of FER2013's PublicTest under one systematic change each, as a webcam, a lamp or a way to hold the head makes.

FER2013 does not say who is who, so a "person" here is a condition: all pictures of one are turned, dimmed, blurred and shifted in the same way, by amounts drawn with the person's number.
Writes OUT/<person>/given/<class>/NNN.png (what the person gives, 12 of each class where there are so many) and OUT/<person>/later/<class>/NNN.png (others of the same condition,
60 of each class: what the model meets afterwards). Debian's python3-pil and python3-numpy.

  persons.py ../shared/data/fer2013/publictest.csv.bz2 OUT PERSONS
"""
import bz2, csv, pathlib, sys
import numpy as np
from PIL import Image, ImageFilter

NAMES = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
GIVEN, LATER = 12, 60


def change(image, draw):
    image = image.rotate(draw["turn"], Image.BILINEAR, translate=draw["shift"], fillcolor=draw["border"]).filter(ImageFilter.GaussianBlur(draw["blur"]))
    pixels = 255 * (np.asarray(image, dtype=np.float32) / 255) ** draw["gamma"] * draw["light"]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def main(source, out, persons):
    with bz2.open(source, "rt") as lines:
        rows = [(int(row["emotion"]), row["pixels"]) for row in csv.DictReader(lines)]
    for person in range(persons):
        random = np.random.default_rng(1000 + person)
        sign = lambda: int(random.choice([-1, 1]))
        draw = {"turn": sign() * random.uniform(18, 30), "shift": (sign() * int(random.integers(2, 6)), sign() * int(random.integers(2, 6))), "border": 30,
                "blur": random.uniform(0.4, 0.9), "gamma": random.uniform(1.2, 1.8), "light": random.uniform(0.35, 0.6)}
        print(f"person {person}:", {key: value if isinstance(value, (tuple, int)) else round(float(value), 2) for key, value in draw.items()})
        for label, name in enumerate(NAMES):
            own = [pixels for emotion, pixels in rows if emotion == label]
            chosen = [own[i] for i in random.permutation(len(own))]
            given = min(GIVEN, len(own) // 3)
            for part, pictures in (("given", chosen[:given]), ("later", chosen[given:given + LATER])):
                folder = pathlib.Path(out) / str(person) / part / name
                folder.mkdir(parents=True, exist_ok=True)
                for i, pixels in enumerate(pictures):
                    change(Image.fromarray(np.array(pixels.split(), dtype=np.uint8).reshape(48, 48)), draw).save(folder / f"{i:03d}.png")


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
