"""Radiographs with labels, patients, lung masks and boxes; and which fold each patient belongs to."""

import csv
import hashlib
import io
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from .preprocess import SIDE, area_mean

NORMAL = {"normal", "adult_normal"}
PNEUMONIA = {"bacteria", "virus", "adult_pneumonia"}
KERMANY, NIH = "kermany-224", "nih14"
HELD_OUT = {"heldout_kermany_test", "heldout_adult_boxes"}


@dataclass(frozen=True)
class Film:
    """One row of `index.csv`, with the fold of its patient."""

    collection: str
    tar: str
    file: str
    label: str
    split: str
    patient: str
    mask: str
    fold: str
    boxed: bool

    @property
    def sick(self):
        return self.label in PNEUMONIA


def patient_hash(patient):
    """The first 32 bits of SHA-1: the same fold for a patient on every machine and in every language."""
    return int(hashlib.sha1(patient.encode()).hexdigest()[:8], 16)


def fold_of(row, held, boxed):
    """
    train, validation, test, boxes, paper-test or none. Nobody is in two of them.
    Test: the official test patients of Kermany; of NIH every fifth patient by hash. Boxes: NIH films with a
    box around pneumonia, whoever they are of; other films of their patients go nowhere but into test.
    """
    number = patient_hash(row["patient"])
    if row["label"] not in NORMAL | PNEUMONIA:
        return "none"
    if row["set"] == NIH:
        if number % 5 == 0:
            return "test"
        if boxed:
            return "boxes"
        if row["patient"] in held:
            return "none"
        return "validation" if number % 20 in (1, 6, 11) else "train"
    if row["split"] == "heldout_kermany_test":
        return "test"
    if row["patient"] in held:
        return "none"
    if row["split"] == "paper_test":
        return "paper-test"
    if row["split"] == "val" or number % 10 == 1:
        return "validation"
    return "train"


def boxes_of(folder):
    """Boxes around pneumonia by the stem of the film's name, as (x, y, width, height) in shares of the film."""
    found = {}
    with open(Path(folder) / "boxes.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["class"] != "Pneumonia":
                continue
            width, height = float(row["image_w"]), float(row["image_h"])
            box = (
                float(row["x"]) / width,
                float(row["y"]) / height,
                float(row["w"]) / width,
                float(row["h"]) / height,
            )
            found.setdefault(Path(row["file"]).stem, []).append(box)
    return found


def read_index(folder):
    """All films of `index.csv`, in its order."""
    boxed = boxes_of(folder)
    with open(Path(folder) / "index.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    held = {row["patient"] for row in rows if row["split"] in HELD_OUT}
    films = []
    for row in rows:
        has_box = row["set"] == NIH and Path(row["file"]).stem in boxed
        fold = fold_of(row, held, has_box)
        films.append(
            Film(row["set"], row["tar"], row["file"], row["label"], row["split"], row["patient"],
                 row["lung_mask112"], fold, has_box)
        )
    return films


class Pictures:
    """The pixels of some films, kept as 8-bit greys of their own size and brought to 256 × 256 when asked for."""

    def __init__(self, folder, films):
        wanted = {(film.tar, film.file): index for index, film in enumerate(films)}
        self.pixels = [None] * len(films)

        def decode(index, encoded):
            self.pixels[index] = torch.from_numpy(np.asarray(Image.open(io.BytesIO(encoded)).convert("L")).copy())

        with ThreadPoolExecutor() as threads:
            for name in sorted({film.tar for film in films}):
                with tarfile.open(Path(folder) / f"{name}.tar") as tar:
                    for member in tar:
                        index = wanted.get((name, member.name))
                        if index is not None:
                            threads.submit(decode, index, tar.extractfile(member).read())
        missing = [film.file for film, pixels in zip(films, self.pixels) if pixels is None]
        if missing:
            raise FileNotFoundError(f"{len(missing)} films are in no tar, such as {missing[0]}")

    def grey(self, indices):
        """
        [n, 1, 256, 256] in [0, 1], double: area means, as the product makes them. Films of one size are brought to
        it together: alone, a small product takes less time than its threads take to meet.
        """
        indices = list(indices)
        alike = {}
        for place, index in enumerate(indices):
            alike.setdefault(self.pixels[index].shape, []).append(place)
        grey = torch.empty(len(indices), 1, SIDE, SIDE)
        for places in alike.values():
            grey[places] = area_mean(torch.stack([self.pixels[indices[place]] for place in places])[:, None])
        return grey.double() / 255


class LungMasks:
    """Masks that people drew, [112, 112]; for some films of Kermany only."""

    def __init__(self, folder):
        packed = np.load(Path(folder) / "lungmask112_packed.npz", allow_pickle=False)
        self.rows, self.columns = packed["shape"]
        self.bits = packed["bits"]
        self.row_of = {Path(str(name)).name: row for row, name in enumerate(packed["names"])}
        self.stem_of = {Path(str(name)).stem: row for row, name in enumerate(packed["names"])}

    def row(self, film):
        """Row of a film's mask, or None."""
        if not film.mask:
            return None
        return self.stem_of.get(Path(film.mask).stem)

    def mask(self, film):
        """[1, 1, 256, 256] in {0, 1}, or None."""
        row = self.row(film)
        if row is None:
            return None
        bits = np.unpackbits(self.bits[row])[: self.rows * self.columns]
        small = torch.from_numpy(bits.reshape(self.rows, self.columns).astype(np.float32))
        return F.interpolate(small[None, None], size=(SIDE, SIDE), mode="nearest")
