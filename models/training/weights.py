"""Reads the weights of an exported model back into its PyTorch module."""

import onnx
import torch
from onnx import numpy_helper

from .networks import PAPER, Calibration, Colour, Evidence, EvidenceGraph, fold_batch_norm

PRODUCERS = {"Cast", "Mul", "Reshape", "DequantizeLinear"}


def unfold(model):
    """Every constant of a graph as an array, those that are stored compactly unfolded as a runtime would."""
    values = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type not in PRODUCERS or not all(name in values for name in node.input):
            continue
        inputs = [values[name] for name in node.input]
        if node.op_type == "Cast":
            (kind,) = [each.i for each in node.attribute if each.name == "to"]
            result = inputs[0].astype(onnx.mapping.TENSOR_TYPE_TO_NP_TYPE[kind])
        elif node.op_type == "Mul":
            result = inputs[0] * inputs[1]
        elif node.op_type == "DequantizeLinear":
            scale = inputs[1].reshape(-1, *[1] * (inputs[0].ndim - 1))
            result = inputs[0].astype("float32") * scale
        else:
            result = inputs[0].reshape(inputs[1])
        values[node.output[0]] = result
    return values


def module_path(name):
    """`/enc/l1/l1.0/conv1/Conv_output_0` -> `enc.l1.0.conv1`."""
    parts = [part for part in name.split("/")[:-1] if part]
    kept = [
        part
        for part, following in zip(parts, [*parts[1:], ""])
        if not following.startswith(f"{part}.")
    ]
    return ".".join(kept)


def blank(name):
    """The exported form of a shipped model, batch norms folded, weights not yet set."""
    if name == "evidence":
        return fold_batch_norm(EvidenceGraph(Evidence()))
    return fold_batch_norm(Colour(PAPER[name]()))


def sources(graph):
    """The node that each tensor comes from, roundings aside."""
    found = {}
    for node in graph.node:
        is_rounding = node.op_type in ("QuantizeLinear", "DequantizeLinear")
        for name in node.output:
            found[name] = found.get(node.input[0]) if is_rounding else node
    return found


def whole(node, before, values):
    """Weight and bias of a convolution; of one that was divided (`factorise`), those of both parts in one."""
    weight, bias = (torch.from_numpy(values[name].copy()) for name in node.input[1:3])
    if before is None or before.op_type != "Conv":
        return weight, bias
    first, shift = (torch.from_numpy(values[name]) for name in before.input[1:3])
    back = weight[:, :, 0, 0]
    return torch.einsum("kr,rcij->kcij", back, first), bias + back @ shift


def load_exported(name, file, calibration=None):
    """
    The module of a shipped model with the weights of its ONNX file. Constants of the calibration are not read:
    pass them, or take what the module says before them.
    """
    model = onnx.load(str(file))
    values = unfold(model)
    module = blank(name)
    inner = module.m if name == "evidence" else module.n
    wanted = dict(inner.named_modules())
    found = 0
    before = sources(model.graph)
    for node in model.graph.node:
        if node.op_type != "Conv" or len(node.input) < 3 or node.input[1] not in values:
            continue
        path = module_path(node.output[0])
        path = path.removeprefix("m.").removeprefix("n.")
        if path not in wanted:
            continue
        layer = wanted[path]
        layer.weight.data, layer.bias.data = whole(node, before.get(node.input[0]), values)
        found += 1
    convolutions = sum(isinstance(each, torch.nn.Conv2d) for each in wanted.values())
    if found != convolutions:
        raise ValueError(f"{file}: {found} of {convolutions} convolutions found")
    if calibration is not None:
        module.calibration = calibration
    return module.eval()


def calibration_of(file):
    """
    The calibration inside an exported evidence graph: by name where this code wrote it; of an older graph the
    scalars in the order of the formula, without those that the formula itself has.
    """
    graph = onnx.load(str(file)).graph
    named = {each.name: float(numpy_helper.to_array(each).item()) for each in graph.initializer
             if each.name.startswith("calibration.") and each.dims[:] == [1]}
    if named:
        return Calibration(**{name: named[f"calibration.{name}"] for name in Calibration.NAMES})
    scalars = [
        float(numpy_helper.to_array(node.attribute[0].t))
        for node in graph.node
        if node.op_type == "Constant" and numpy_helper.to_array(node.attribute[0].t).ndim == 0
    ]
    own = [value for value in scalars if value not in (0.0, 1.0, 2.0, 3.0) and value > 0.001]
    a, b, p0, width, s, t = own[:6]
    return Calibration(a=a, b=b, p0=p0, p1=p0 + width, s=s, t=t)
