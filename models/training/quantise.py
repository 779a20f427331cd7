"""
Rounds weights and activations of an exported evidence network to eight bits, so that a processor computes its convolutions in
integers. Runtimes that cannot do that compute the same in single precision: the roundings stand in the graph.
"""

import json
import subprocess

import numpy as np
import onnx
from onnx import helper, numpy_helper

from .weights import PRODUCERS, unfold

#: What is rounded; the first convolution and the heads' last ones are cheap, and lose most.
ROUNDED = {"Conv", "Relu", "Add", "Concat", "Resize", "MaxPool"}
PRECISE = {"/enc/conv1/Conv_output_0", "/enc/early", "/ev/ev.2/Conv_output_0", "/lung/lung.2/Conv_output_0",
           "/cls/Conv_output_0"}
#: What follows the heads is a few sums.
PARTS = ("/enc/", "/u4/", "/u3/", "/u2/", "/ev/", "/lung/", "/cls/")
EARLY_RELU, EARLY_POOL = "/enc/Relu_output_0", "/enc/pool/MaxPool_output_0"
#: Processors without VNNI sum two products with activations of eight bits in sixteen: so they fit, and the runtime sees it.
LARGEST_WEIGHT = 64
SHARES_OF_WEIGHTS = (1, .97, .94, .91, .88, .85, .82, .79)
SHARES_OF_RANGE = np.linspace(.3, 1, 71)


def short(name):
    """The name of a tensor inside the network: exports name the module around it or not."""
    return name.removeprefix("/m")


def is_precise(name):
    return short(name) in PRECISE or not short(name).startswith(PARTS)


def plain(model):
    """The network with its weights unfolded, in single precision. In place."""
    values, graph = unfold(model), model.graph
    fixed = {node.output[0]: numpy_helper.to_array(node.attribute[0].t)
             for node in graph.node if node.op_type == "Constant"}
    joined = {node.output[0]: np.concatenate([fixed[name] for name in node.input])
              for node in graph.node if node.op_type == "Concat" and all(name in fixed for name in node.input)}
    same = {node.output[0]: values[node.input[0]]
            for node in graph.node if node.op_type == "Identity" and node.input[0] in values}
    values.update(joined | same)
    nodes = [node for node in graph.node if node.output[0] not in joined | same
             and not (node.op_type in PRODUCERS and all(name in values for name in node.input))]
    used = {name for node in nodes for name in node.input}
    nodes = [node for node in nodes if node.op_type != "Constant" or node.output[0] in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(numpy_helper.from_array(np.ascontiguousarray(value), name)
                             for name, value in values.items() if name in used)
    return model


def activations(model):
    """Names of the tensors whose range is to be seen."""
    names = [node.output[0] for node in model.graph.node if node.op_type in ROUNDED]
    return [name for name in names if short(name).startswith(PARTS)]


def make_pictures(data, work, root, smoke=False):
    """Inputs of the network as the product makes them, of films of the train fold, turned films and phantoms: a file."""
    command = ["node", "scripts/training-pictures.mjs", str(work.resolve()), str(data.resolve())]
    subprocess.run([*command, "4"] if smoke else command, cwd=root, check=True)
    return work / "pictures.f32"


def seen_ranges(model, work, root):
    """Histograms and means by channel of all activations on those pictures, in the product's own runtime."""
    names, file = activations(model), work / "all.onnx"
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    whole.graph.output.extend(helper.make_tensor_value_info(name, 1, None) for name in names)
    onnx.save(whole, str(file))
    (work / "activations.json").write_text(json.dumps(names))
    subprocess.run(["node", "scripts/activation-ranges.mjs", str(work.resolve())], cwd=root, check=True)
    return json.loads((work / "ranges.json").read_text())


def pool_first(graph):
    """The greatest of a place, then the rectifier: the same values, and the runtime keeps its blocked layout."""
    nodes = {short(node.output[0]): node for node in graph.node}
    relu, pool = nodes[EARLY_RELU], nodes[EARLY_POOL]
    relu.input[0], pool.input[0] = "/enc/early", relu.input[0]
    pool.output[0], relu.output[0] = "/enc/early", pool.output[0]
    order = list(graph.node)
    at, other = order.index(relu), order.index(pool)
    order[at], order[other] = order[other], order[at]
    del graph.node[:]
    graph.node.extend(order)


def scale_of(histogram):
    """Of ranges narrower and narrower the one with the least squared error. @see the histogram's own script"""
    bins, lo, hi = np.array(histogram["bins"]), histogram["lo"], histogram["hi"]
    edges = np.linspace(lo, hi, len(bins) + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    least, most = min(0, histogram["min"]), max(0, histogram["max"])
    best, best_error = None, 1e99
    for share in SHARES_OF_RANGE:
        low, high = least * share, most * share
        scale = (high - low) / 255
        zero = np.rint(-low / scale)
        rounded = (np.clip(np.rint(middle / scale) + zero, 0, 255) - zero) * scale
        error = (bins * abs(rounded - middle) ** 2.0).sum()
        if error < best_error:
            best, best_error = (low, high), error
    low, high = best
    scale = np.float32((high - low) / 255)
    return scale, int(np.clip(np.rint(-low / scale), 0, 255))


def as_codes(weight):
    """Seven bits and a scale for each output channel; of eight clippings the one with the least squared error."""
    def codes(scale):
        return np.clip(np.rint(weight / along(scale)), -LARGEST_WEIGHT, LARGEST_WEIGHT)

    def along(scale):
        return scale[:, None, None, None]

    most = np.abs(weight).reshape(len(weight), -1).max(1).clip(1e-8)
    scale = error = None
    for share in SHARES_OF_WEIGHTS:
        now = (most * share / LARGEST_WEIGHT).astype(np.float32)
        found = ((codes(now) * along(now) - weight) ** 2).reshape(len(weight), -1).sum(1)
        if scale is None:
            scale, error = now, found
        else:
            scale = np.where(found < error, now, scale).astype(np.float32)
            error = np.minimum(error, found)
    return codes(scale).astype(np.int8), scale


class Rounding:
    """Builds the graph anew, node by node."""

    def __init__(self, graph, ranges):
        self.graph, self.ranges = graph, ranges
        self.values = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        self.readers = {}
        for node in graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)
        self.nodes, self.constants, self.rounded = [], [], {}

    def constant(self, value, name):
        self.constants.append(numpy_helper.from_array(value, name))

    def round(self, tensor):
        """A rounding behind the tensor; the name behind that."""
        if tensor in self.rounded:
            return self.rounded[tensor]
        scale, zero = scale_of(self.ranges[tensor])
        stem = tensor.strip("/").replace("/", ".")
        self.constant(np.array(scale, np.float32), f"{stem}.s")
        self.constant(np.array(zero, np.uint8), f"{stem}.z")
        by = [f"{stem}.s", f"{stem}.z"]
        self.nodes.append(helper.make_node("QuantizeLinear", [tensor, *by], [f"{stem}.q"], name=f"{stem}.Q"))
        self.nodes.append(helper.make_node("DequantizeLinear", [f"{stem}.q", *by], [f"{stem}.dq"], name=f"{stem}.DQ"))
        self.rounded[tensor] = f"{stem}.dq"
        return self.rounded[tensor]

    def convolution(self, node):
        """
        In codes; what its rounded weights miss in the mean, its bias gives back.
        @see Nagel, van Baalen, Blankevoort, Welling (2019), Data-Free Quantization through Weight Equalization and Bias
        Correction, arXiv:1906.04721
        """
        unrounded, output = node.input[0], node.output[0]
        source = self.round(unrounded)
        (scale_in,) = [numpy_helper.to_array(each) for each in self.constants if each.name == f"{source[:-3]}.s"]
        weight = self.values[node.input[1]]
        codes, scale = as_codes(weight)
        missing = (weight - codes * scale[:, None, None, None]).sum((2, 3))
        bias = self.values[node.input[2]] + missing @ np.array(self.ranges[unrounded]["means"], np.float32)
        stem = output.strip("/").replace("/", ".")
        scale_out = (scale * np.float32(float(scale_in))).astype(np.float32)
        self.constant(codes, f"{stem}.w")
        self.constant(scale, f"{stem}.ws")
        self.constant(np.zeros(len(scale), np.int8), f"{stem}.wz")
        self.constant(np.rint(bias / scale_out).astype(np.int32), f"{stem}.b")
        self.constant(scale_out, f"{stem}.bs")
        self.constant(np.zeros(len(scale), np.int32), f"{stem}.bz")
        for part in "w", "b":
            names = [f"{stem}.{part}", f"{stem}.{part}s", f"{stem}.{part}z"]
            self.nodes.append(helper.make_node("DequantizeLinear", names, [f"{stem}.{part}f"], axis=0,
                                               name=f"{stem}.{part}DQ"))
        node.input[0], node.input[1], node.input[2] = source, f"{stem}.wf", f"{stem}.bf"
        node.name = stem
        self.nodes.append(node)
        if not self.rectified(output):
            self.round(output)

    def rectified(self, tensor):
        """A rectifier follows, and is rounded instead: then both become one step."""
        return any(reader.op_type == "Relu" for reader in self.readers[tensor])

    def other(self, node):
        output = node.output[0]
        for at, name in enumerate(node.input):
            if name in self.rounded:
                node.input[at] = self.rounded[name]
        self.nodes.append(node)
        if output not in self.ranges or is_precise(output) or node.op_type not in ROUNDED - {"Conv"}:
            return
        if node.op_type != "Add" or not self.rectified(output):
            self.round(output)

    def run(self):
        for node in list(self.graph.node):
            if node.op_type == "Conv" and not is_precise(node.output[0]):
                self.convolution(node)
            else:
                self.other(node)
        used = {name for node in self.nodes for name in node.input}
        kept = [each for each in self.graph.initializer if each.name in used]
        del self.graph.node[:], self.graph.initializer[:]
        self.graph.node.extend(self.nodes)
        self.graph.initializer.extend(self.constants + kept)


def quantise(model, ranges):
    """The plain network with roundings. In place."""
    pool_first(model.graph)
    Rounding(model.graph, ranges).run()
    onnx.checker.check_model(model)
    return model


def without_roundings(model):
    """The same network with activations in single precision, for comparison; its weights stay rounded. In place."""
    plain(model)
    inner = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "QuantizeLinear"}
    behind = {node.output[0]: inner[node.input[0]] for node in model.graph.node
              if node.op_type == "DequantizeLinear"}
    nodes = [node for node in model.graph.node if node.op_type not in ("QuantizeLinear", "DequantizeLinear")]
    for node in nodes:
        for at, name in enumerate(node.input):
            node.input[at] = behind.get(name, name)
    used = {name for node in nodes for name in node.input}
    constants = [each for each in model.graph.initializer if each.name in used]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(constants)
    onnx.checker.check_model(model)
    return model
