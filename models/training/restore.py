"""Gives an exported network its batch norms back, so that it can be trained on."""

import torch
from torch import nn

from .networks import PAPER, Evidence
from .weights import load_exported


def norms_of(network):
    """Each convolution with the batch norm behind it, by the convolution's name."""
    found = {}
    for path, part in network.named_modules():
        names = [name for name, _ in part.named_children()]
        for first, second in zip(names, names[1:]):
            convolution, norm = getattr(part, first), getattr(part, second)
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                found[f"{path}.{first}".strip(".")] = convolution, norm
    return found


@torch.no_grad()
def restored(name, file, pictures):
    """
    A network from its ONNX file. Export folds a norm into the convolution before it; here each norm takes
    mean and spread of what its convolution says to `pictures` [n, 1, h, w], and gives them back: the function is
    the same, and in training every layer begins with a spread of 1.
    """
    exported = load_exported(name, file)
    folded = exported.m if name == "evidence" else exported.n
    network = (Evidence if name == "evidence" else PAPER[name])().eval()
    pairs = norms_of(network)
    biases = {}
    own = dict(network.named_modules())
    for path, layer in folded.named_modules():
        if isinstance(layer, nn.Conv2d):
            own[path].weight.copy_(layer.weight)
            if path in pairs:
                biases[path] = layer.bias
            else:
                own[path].bias.copy_(layer.bias)

    def adopt(norm, bias):
        def hook(_, given):
            values = given[0]
            norm.running_mean.copy_(values.mean((0, 2, 3)))
            norm.running_var.copy_(values.var((0, 2, 3)))
            norm.weight.copy_((norm.running_var + norm.eps).sqrt())
            norm.bias.copy_(norm.running_mean + bias)

        return hook

    hooks = [norm.register_forward_pre_hook(adopt(norm, biases[path])) for path, (_, norm) in pairs.items()]
    network(pictures)
    for hook in hooks:
        hook.remove()
    return network
