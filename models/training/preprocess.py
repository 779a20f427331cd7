"""
What stands between a displayed picture and a network: the same arithmetic as `src/imaging/` in the product.
Area means are kept in single precision and everything else is computed in double, so that no grey falls
into another bin.
"""

import numpy as np
import torch

SIDE = 256
BINS = 1024


def area_weights(length, count):
    """[count, length]: shares of the source pixels that each of `count` boxes covers; rows sum to 1."""
    edges = np.arange(count + 1) * (length / count)
    pixels = np.arange(length)
    low = np.maximum(edges[:-1, None], pixels[None])
    high = np.minimum(edges[1:, None], pixels[None] + 1)
    return torch.from_numpy(np.clip(high - low, 0, None) * (count / length))


def area_mean(grey, rows=SIDE, columns=SIDE):
    """Mean of the box that each output pixel covers. [n, 1, H, W] of any range -> [n, 1, rows, columns], float32."""
    down = area_weights(grey.shape[2], rows).to(grey.device)
    across = area_weights(grey.shape[3], columns).to(grey.device)
    return (down @ grey.double() @ across.T).float()


def rank_equalised(grey):
    """
    Ranks of the greys over each picture, in [-1, 1]: any monotone change of tone gives the same input.
    Equal greys, of 1024 bins, share their mean rank. `grey` is [n, 1, h, w] in [0, 1].
    """
    count, pixels = len(grey), grey[0].numel()
    index = (grey.double().clamp(0, 1) * (BINS - 1)).round().long().view(count, -1)
    histogram = torch.zeros(count, BINS, dtype=torch.double, device=grey.device)
    histogram.scatter_add_(1, index, torch.ones_like(index, dtype=torch.double))
    rank = 2 * (histogram.cumsum(1) - histogram / 2) / pixels - 1
    return rank.gather(1, index).view_as(grey).float()


def lightness(grey):
    """CIE L*/50 - 1 of sRGB greys in [0, 1]."""
    grey = grey.double()
    linear = torch.where(grey <= 0.04045, grey / 12.92, ((grey + 0.055) / 1.055) ** 2.4)
    root = linear.clamp_min(1e-12) ** (1 / 3)
    lab_l = torch.where(linear > 216 / 24389, 116 * root - 16, linear * 24389 / 27)
    return (lab_l / 50 - 1).float()


PREPROCESSING = {"rank-equalised": rank_equalised, "lightness": lightness}
