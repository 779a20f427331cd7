"""From a trained module to a folder that the product can install: compact ONNX, manifest, golden outputs."""

import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from .networks import Colour, EvidenceGraph, fold_batch_norm
from .preprocess import SIDE

OPSET = 16
ROOT = Path(__file__).resolve().parents[2]
#: Tensors of fewer weights are kept as half floats: they weigh little and lose most by eight bits.
LEAST_INTEGER = 100_000
LEAST_HALF = 4096
GROUP = 16

TITLES = {
    "evidence": ("Evidence of opacity",
                 "Colour marks evidence of opacity inside the lungs; grey elsewhere. "
                 "Grey does not mean normal."),
    "autoencoder": ("Autoencoder of the seed paper", "A tint. It has no medical meaning."),
    "unet-resnet18": ("U-Net on ResNet-18 of the seed paper", "A tint. It has no medical meaning."),
    "unet-resnet34": ("U-Net on ResNet-34 of the seed paper", "A tint. It has no medical meaning."),
}


def write_plain(module, file):
    """The module as ONNX in single precision; its batch norms are folded into their convolutions."""
    names = list(module.outputs)
    axes = {name: {0: "n"} for name in ["luminance", *names]}
    torch.onnx.export(
        fold_batch_norm(module), (torch.zeros(2, 1, SIDE, SIDE),), str(file),
        input_names=["luminance"], output_names=names, dynamic_axes=axes, opset_version=OPSET,
        do_constant_folding=False,
    )


def as_integers(array):
    """
    Eight-bit integers with a half-float scale for each output channel and 16 input channels; of five clipping
    ranges the one with the least squared error. Integers and scales, [outputs, groups, …].
    """
    groups = array.shape[1] // GROUP if array.shape[1] % GROUP == 0 and array.shape[2] > 1 else 1
    parts = array.reshape(array.shape[0], groups, -1)
    most = np.abs(parts).max(2, keepdims=True).clip(1e-12)
    best = None
    for share in (1.0, 0.95, 0.9, 0.85, 0.8):
        scale = (most * share / 127).astype(np.float16).astype(np.float32).clip(1e-7)
        codes = np.clip(np.rint(parts / scale), -127, 127)
        error = ((codes * scale - parts) ** 2).sum(2, keepdims=True)
        found = (codes, scale, error)
        best = found if best is None else tuple(
            np.where(error < best[2], new, old) for new, old in zip(found, best)
        )
    return best[0].astype(np.int8), best[1].astype(np.float16)


def pack(source, target):
    """
    Stores the large weights compactly. Cast, Mul and Reshape unfold them when a session is made, so every
    runtime computes in plain single precision. Weights that were packed before come out the same.
    """
    model = onnx.load(str(source))
    graph, constants, nodes = model.graph, [], []
    for tensor in graph.initializer:
        array, name = numpy_helper.to_array(tensor), tensor.name
        if array.dtype != np.float32 or array.ndim != 4 or array.size < LEAST_HALF:
            constants.append(tensor)
        elif array.size < LEAST_INTEGER:
            constants.append(numpy_helper.from_array(array.astype(np.float16), f"{name}_h"))
            nodes.append(helper.make_node("Cast", [f"{name}_h"], [name], to=1))
        else:
            codes, scale = as_integers(array)
            constants += [
                numpy_helper.from_array(codes, f"{name}_q"),
                numpy_helper.from_array(scale, f"{name}_s"),
                numpy_helper.from_array(np.array(array.shape, np.int64), f"{name}_d"),
            ]
            nodes += [
                helper.make_node("Cast", [f"{name}_q"], [f"{name}_f"], to=1),
                helper.make_node("Cast", [f"{name}_s"], [f"{name}_t"], to=1),
                helper.make_node("Mul", [f"{name}_f", f"{name}_t"], [f"{name}_m"]),
                helper.make_node("Reshape", [f"{name}_m", f"{name}_d"], [name]),
            ]
    nodes += list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(constants)
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def manifest_of(name, version, weights, licence):
    """What `manifest.json` says; hash and golden outputs are written by the product's own tool."""
    title, meaning = TITLES[name]
    evidence = name == "evidence"
    outputs = (
        dict(kind="evidence", evidence="evidence", lungs="lung", probability="probability")
        if evidence
        else dict(kind="ab", ab="ab")
    )
    return dict(
        name=name,
        version=version,
        title=title,
        meaning=meaning,
        weights=dict(file=weights.name, sha256=hashlib.sha256(weights.read_bytes()).hexdigest()),
        input=dict(tensor="luminance", rows=SIDE, columns=SIDE,
                   preprocessing="rank-equalised" if evidence else "lightness"),
        outputs=outputs,
        photographic=not evidence,
        licence=licence,
        golden=dict(tolerance=0.005, outputs={}),
    )


def export(name, network, folder, version="0.0.0", licence="not stated", calibration=None, say=print):
    """Writes `model.onnx`, `manifest.json` and, for evidence, `measuring.json`; needs the built product."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    module = EvidenceGraph(network, calibration) if name == "evidence" else Colour(network)
    plain, weights = folder / "plain.onnx", folder / "model.onnx"
    write_plain(module.eval(), plain)
    pack(plain, weights)
    plain.unlink()
    describe(name, folder, weights, version, licence)
    say(f"{folder}: {weights.stat().st_size / 1e6:.1f} MB")


def install(name, model, folder, version, licence):
    """The same folder around a graph that is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "model.onnx"
    onnx.save(model, str(weights))
    describe(name, folder, weights, version, licence)


def describe(name, folder, weights, version, licence):
    """Manifest, golden outputs by the product's own tool, and what else a folder holds."""
    manifest = manifest_of(name, version, weights, licence)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    if name == "evidence":
        measuring = dict(opacity="opacity", classifierMap="classifier_map")
        (folder / "measuring.json").write_text(json.dumps(measuring, indent=2) + "\n")
    tool = ["node", "scripts/manifest-golden.mjs", str(folder.resolve())]
    subprocess.run(tool, cwd=ROOT, check=True)
