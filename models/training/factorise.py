"""
Makes an exported evidence network smaller: each convolution becomes one of fewer channels and one of 1 × 1 behind it, which
gives back all but what hardly reaches the answers. Nothing is trained.

What a convolution says spreads over few directions, and of those the answers feel some more than others: `C` is the covariance of
its channels, `G` the mean product of their gradients, summed over a film, for answers that are shaken at random. A direction that
is left out then adds its eigenvalue in C under the metric G to the variance of the answers. Those are left out that add least for
the multiplications they cost, whichever convolution they are of.
@see Zhang, Zou, He, Sun (2015), Accelerating Very Deep Convolutional Networks for Classification and Detection, arXiv:1505.06798
"""

from dataclasses import dataclass

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from .networks import fold_batch_norm
from .preprocess import SIDE
from .quantise import is_precise
from .weights import calibration_of, load_exported, module_path

#: The finest stage and the heads stay whole: what one more rounding changes there is drawn at once.
WHOLE = ("u2.", "ev.", "lung.")
#: Channels that are computed at once.
STEP = 8
#: Share of its multiplications above which a convolution stays as it is.
WORTHWHILE = 0.7
#: Share of the mean that is added to the metric, so that no direction counts for nothing.
LEAST_REACH = 0.02
#: A film's probability counts as much as so many cells of one of its two maps of 64 × 64.
PROBABILITY_CELLS = 256
#: Of every third picture gradients are taken, for two shakes each.
SHAKEN, SHAKES = 3, 2
PART = 8


@dataclass
class Seen:
    """What a convolution said on all pictures: sums over their places, sums of products, and of products of gradients."""

    cells: int
    places: int
    total: torch.Tensor
    products: torch.Tensor
    reach: torch.Tensor


@dataclass
class Split:
    """Directions in the order of their worth: into them, back from them, and the variance that each bears."""

    mean: torch.Tensor
    variance: torch.Tensor
    down: torch.Tensor
    up: torch.Tensor


def by_channel(values):
    return values.detach().transpose(0, 1).flatten(1)


def watch(graph, layers, pictures):
    """Shows the pictures [n, 1, 256, 256] to the network; gradients of every third. @returns what each layer said"""
    seen, films, chance = {}, 0, torch.Generator().manual_seed(1)

    def shaken_sum(answer):
        return (torch.randn(answer.shape, generator=chance) * answer).sum()

    def forward_of(path):
        def hook(_, __, said):
            values = by_channel(said)
            channels = len(values)
            if path not in seen:
                square = torch.zeros(channels, channels, dtype=torch.float64)
                seen[path] = Seen(said[0, 0].numel(), 0, torch.zeros(channels, dtype=torch.float64), square, square.clone())
            if torch.is_grad_enabled():
                said.register_hook(backward_of(path))
                return said.clone()
            here = seen[path]
            here.places += values.shape[1]
            here.total += values.double().sum(1)
            here.products += (values @ values.T).double()
            return None

        return hook

    def backward_of(path):
        def hook(gradient):
            values = by_channel(gradient)
            seen[path].reach += (values @ values.T).double()

        return hook

    hooks = [layer.register_forward_hook(forward_of(path)) for path, layer in layers.items()]
    with torch.no_grad():
        for part in pictures.split(PART):
            graph(part)
    for part in pictures[::SHAKEN].split(PART):
        for _ in range(SHAKES):
            _, lung, probability, opacity, _ = graph(part)
            maps = shaken_sum(opacity) + shaken_sum(lung)
            (maps + PROBABILITY_CELLS ** 0.5 * shaken_sum(probability)).backward()
            films += len(part)
    for hook in hooks:
        hook.remove()
    for here in seen.values():
        here.reach /= films
    return seen


def split_of(seen):
    """Directions of a layer by what they add to the answers' variance."""
    mean = seen.total / seen.places
    spread = seen.products / seen.places - torch.outer(mean, mean)
    floor = LEAST_REACH * seen.reach.diagonal().mean()
    strength, turn = torch.linalg.eigh(seen.reach + floor * torch.eye(len(mean), dtype=torch.float64))
    metric = turn @ torch.diag(strength.sqrt()) @ turn.T
    variance, directions = torch.linalg.eigh(metric @ spread @ metric)
    directions = directions.flip(1)
    return Split(mean, variance.flip(0).clamp_min(0), directions.T @ metric, torch.linalg.inv(metric) @ directions)


def costs(layer, cells):
    """Multiplications of a layer as it is, and of each direction that is kept of it."""
    outputs, inputs, height, width = layer.weight.shape
    return outputs * inputs * height * width * cells, (inputs * height * width + outputs) * cells


def ranks_at(least, layers, seen, splits):
    """Of each layer that is worth it: how many directions add more than `least` a multiplication. And all multiplications."""
    ranks, total = {}, 0
    for path, layer in layers.items():
        whole, each = costs(layer, seen[path].cells)
        wanted = int((splits[path].variance / each > least).sum())
        rank = max(STEP, -(-wanted // STEP) * STEP)
        if rank * each <= WORTHWHILE * whole:
            ranks[path] = rank
            total += rank * each
        else:
            total += whole
    return ranks, total


def ranks_for(share, layers, seen, splits):
    """The ranks that leave `share` of all multiplications."""
    whole = sum(costs(layer, seen[path].cells)[0] for path, layer in layers.items())
    low, high = -30.0, 0.0
    for _ in range(60):
        middle = (low + high) / 2
        enough = ranks_at(10 ** middle, layers, seen, splits)[1] <= share * whole
        low, high = (low, middle) if enough else (middle, high)
    return ranks_at(10 ** high, layers, seen, splits)[0]


def turn_of(rank, chance):
    """A turn at random, so that no direction is larger than the others: they are rounded on one scale afterwards."""
    turn, _ = torch.linalg.qr(torch.randn(rank, rank, dtype=torch.float64, generator=chance))
    return turn


def factorise(model, source, pictures, share, seed=1, say=print):
    """
    The plain graph of `source` with that share of the multiplications of its 3 × 3 convolutions. In place.
    @param pictures inputs of the network [n, 1, 256, 256], none of validation or test
    @param seed of the turns: what is left out does not depend on it, what is rounded afterwards does
    """
    chance = torch.Generator().manual_seed(seed)
    graph = fold_batch_norm(load_exported("evidence", source, calibration_of(source)))
    names = {module_path(node.output[0]).removeprefix("m."): node for node in model.graph.node if node.op_type == "Conv"}
    own = dict(graph.m.named_modules())
    layers = {path: own[path] for path, node in names.items()
              if path in own and not is_precise(node.output[0]) and own[path].kernel_size == (3, 3)
              and not path.startswith(WHOLE)}
    seen = watch(graph, layers, pictures)
    splits = {path: split_of(seen[path]) for path in layers}
    ranks = ranks_for(share, layers, seen, splits)
    nodes, constants = [], list(model.graph.initializer)
    chosen = {names[path].output[0]: path for path in ranks}
    for node in model.graph.node:
        path = chosen.get(node.output[0])
        if path is None:
            nodes.append(node)
            continue
        rank = ranks[path]
        say(f"{path}: {rank} of {len(layers[path].weight)}")
        parts, values = divided(node, layers[path], splits[path], rank, turn_of(rank, chance))
        nodes += parts
        constants += values
    used = {name for node in nodes for name in node.input}
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(each for each in constants if each.name in used)
    onnx.checker.check_model(model)
    return model


@torch.no_grad()
def divided(node, layer, split, rank, turn):
    """A convolution as two, into the directions that are kept and back: the nodes and their constants."""
    down, up = turn @ split.down[:rank], split.up[:, :rank] @ turn.T
    weight, bias = layer.weight.double(), layer.bias.double()
    few = node.output[0].replace("/Conv_output_0", "/few/Conv_output_0")
    constants = {
        f"{few}.weight": torch.einsum("rk,kcij->rcij", down, weight),
        f"{few}.bias": down @ (bias - split.mean),
        f"{few}.back.weight": up[:, :, None, None],
        f"{few}.back.bias": split.mean,
    }
    tensors = [numpy_helper.from_array(value.float().numpy(), name) for name, value in constants.items()]
    into, into_bias, back, back_bias = constants
    first = helper.make_node("Conv", [node.input[0], into, into_bias], [few])
    first.attribute.extend(node.attribute)
    return [first, helper.make_node("Conv", [few, back, back_bias], list(node.output), kernel_shape=[1, 1])], tensors


def read_pictures(file):
    """Inputs of the network, as `scripts/training-pictures.mjs` writes them."""
    return torch.from_numpy(np.fromfile(file, "<f4").reshape(-1, 1, SIDE, SIDE))
