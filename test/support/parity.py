"""
What the training code makes of a picture, and the network without roundings of its activations (model.onnx):
usage: parity.py MODEL-FOLDER NAME PICTURE OUT-FOLDER
"""
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models"))
from training.preprocess import PREPROCESSING, area_mean
from training.quantise import without_roundings
from training.weights import calibration_of, load_exported

torch.set_num_threads(1)
folder, name, picture, out = sys.argv[1:]
file = Path(folder) / "model.onnx"
evidence = name == "evidence"
module = load_exported(name, file, calibration_of(file) if evidence else None)
grey = torch.from_numpy(np.asarray(Image.open(picture).convert("L")).copy())[None, None]
preprocess = PREPROCESSING["rank-equalised" if evidence else "lightness"]
luminance = preprocess(area_mean(grey).double() / 255)
with torch.no_grad():
    said = module(luminance)
results = dict(luminance=luminance)
results.update(zip(module.outputs, said if isinstance(said, tuple) else (said,)))
onnx.save(without_roundings(onnx.load(str(file))), str(Path(out) / "model.onnx"))
for key, value in results.items():
    (Path(out) / f"{key}.f32").write_bytes(value.numpy().astype("<f4").tobytes())
