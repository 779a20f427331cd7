"""What is drawn into radiographs while training: opacities whose place is known, and things that must stay grey."""

import math

import torch
from torch.nn import functional as F


class Noise:
    """Seeded random numbers as batches of scalars."""

    def __init__(self, generator):
        self.generator = generator

    def uniform(self, count, low, high):
        """[count, 1, 1, 1] in [low, high)."""
        values = torch.rand(count, 1, 1, 1, generator=self.generator)
        return values * (high - low) + low

    def log_uniform(self, count, low, high):
        return torch.exp(self.uniform(count, math.log(low), math.log(high)))

    def chance(self, count, probability):
        """1 with this probability, else 0."""
        return (torch.rand(count, 1, 1, 1, generator=self.generator) < probability).float()

    def smooth(self, count, cells, side):
        """A normal field of so many cells across, enlarged to [count, 1, side, side]."""
        coarse = torch.randn(count, 1, cells, cells, generator=self.generator)
        return F.interpolate(coarse, size=(side, side), mode="bilinear", align_corners=False)

    def choice(self, of, count):
        """Indices in [0, of), with replacement."""
        return torch.randint(0, of, (count,), generator=self.generator)


def grid(side):
    """x and y in [0, 1), each [1, 1, side, side]."""
    line = (torch.arange(side) + 0.5) / side
    y, x = torch.meshgrid(line, line, indexing="ij")
    return x[None, None], y[None, None]


def warp(noise, grey, mask):
    """The same random turn, stretch, shift and flip for picture and mask; also where the picture still is."""
    count, side = len(grey), grey.shape[-1]
    angle = noise.uniform(count, -0.22, 0.22)
    across = noise.log_uniform(count, 0.75, 1.2)
    down = across * torch.exp(noise.uniform(count, -0.25, 0.25))
    flip = 2 * noise.chance(count, 0.5) - 1
    rows = [
        torch.cat([torch.cos(angle) * across * flip, -torch.sin(angle) * across,
                   noise.uniform(count, -0.13, 0.13)], 3),
        torch.cat([torch.sin(angle) * down * flip, torch.cos(angle) * down,
                   noise.uniform(count, -0.13, 0.13)], 3),
    ]
    theta = torch.cat(rows, 2)[:, 0]
    places = F.affine_grid(theta, (count, 1, side, side), align_corners=False)
    inside = (places.abs() <= 1).all(-1).float()[:, None]
    moved = [F.grid_sample(each, places, align_corners=False) for each in (grey, mask)]
    return moved[0], moved[1], inside


def add_opacities(noise, grey, lungs, donor):
    """
    One to four soft patches inside the lungs, with the texture of another film.
    Returns the pictures and where they were visibly changed, both [n, 1, side, side].
    """
    count, side = len(grey), grey.shape[-1]
    x, y = grid(side)
    field = torch.zeros_like(grey)
    weights = lungs.reshape(count, -1) + 1e-6
    for probability in (1.0, 0.55, 0.35, 0.2):
        place = torch.multinomial(weights, 1, generator=noise.generator)[:, :, None, None]
        centre_x, centre_y = (place % side + 0.5) / side, (place // side + 0.5) / side
        long = noise.log_uniform(count, 0.03, 0.26)
        short = long * noise.uniform(count, 0.45, 1.7)
        turn, soft = noise.uniform(count, 0, math.pi), noise.uniform(count, 0.25, 1.1)
        dx, dy = x - centre_x, y - centre_y
        along = (torch.cos(turn) * dx + torch.sin(turn) * dy) / long
        aside = (torch.cos(turn) * dy - torch.sin(turn) * dx) / short
        ragged = 0.28 * noise.smooth(count, 9, side) + 0.12 * noise.smooth(count, 26, side)
        radius = torch.sqrt(along**2 + aside**2 + 1e-6) + ragged
        patch = torch.sigmoid((1 - radius) / (0.35 * soft)) * noise.chance(count, probability)
        field = torch.maximum(field, patch)
    field = field * F.avg_pool2d(lungs, 9, 1, 4)
    bright = torch.quantile(grey[..., ::4, ::4].reshape(count, -1), 0.93, dim=1)
    room = (bright[:, None, None, None] - grey).clamp_min(0)
    alpha = noise.log_uniform(count, 0.1, 0.85)
    grain = donor - F.avg_pool2d(donor, 17, 1, 8, count_include_pad=False)
    uneven = 1 + 0.25 * noise.smooth(count, 24, side) + 0.15 * noise.smooth(count, 64, side)
    changed = grey + alpha * field * uneven.clamp(0.3, 1.7) * room
    changed = changed + noise.uniform(count, 0, 0.9) * alpha * field * grain
    label = ((alpha * field * room) > 0.02) & (field > 0.35)
    return changed.clamp(0, 1), label.float()


def add_distractors(noise, grey):
    """Bright bars and discs like letters and electrodes, thin tubes, and shutters: none of it is ever labelled."""
    count, side = len(grey), grey.shape[-1]
    x, y = grid(side)
    for _ in range(3):
        left, top = noise.uniform(count, 0, 0.92), noise.uniform(count, 0, 0.94)
        width, height = noise.uniform(count, 0.01, 0.16), noise.uniform(count, 0.01, 0.08)
        inside = (x >= left) & (x < left + width) & (y >= top) & (y < top + height)
        # Letters are strokes with gaps, not slabs.
        strokes = torch.sin(x / noise.uniform(count, 0.004, 0.02)) > noise.uniform(count, -0.5, 0.5)
        value = noise.uniform(count, 0.7, 1)
        on = inside & strokes & (noise.chance(count, 0.3) > 0)
        grey = torch.where(on, value.expand_as(grey), grey)
    disc = (x - noise.uniform(count, 0, 1)) ** 2 + (y - noise.uniform(count, 0, 1)) ** 2
    on = (disc < noise.uniform(count, 0.01, 0.04) ** 2) & (noise.chance(count, 0.2) > 0)
    grey = torch.where(on, noise.uniform(count, 0.75, 1).expand_as(grey), grey)
    sway = noise.uniform(count, 0.02, 0.2) * torch.sin(
        y * noise.uniform(count, 1, 6) + noise.uniform(count, 0, 6)
    )
    tube = (x - noise.uniform(count, 0.2, 0.8) - sway).abs() < noise.uniform(count, 0.002, 0.009)
    on = tube & (y < noise.uniform(count, 0.3, 1)) & (noise.chance(count, 0.3) > 0)
    grey = torch.where(on, (grey + noise.uniform(count, 0.1, 0.4)).clamp(0, 1), grey)
    edge = noise.uniform(count, 0.02, 0.14)
    sides = noise.choice(4, count)[:, None, None, None]
    distance = torch.where(sides == 0, x, torch.where(sides == 1, 1 - x, torch.where(sides == 2, y, 1 - y)))
    shut = (distance < edge) & (noise.chance(count, 0.25) > 0)
    return torch.where(shut, noise.chance(count, 0.3).expand_as(grey), grey)


def change_tone(noise, grey):
    """Looks of other machines: gamma, shading, sharpening or blur, clipped ends, coarse pixels, noise."""
    count, side = len(grey), grey.shape[-1]
    grey = grey.clamp(0, 1) ** torch.exp(noise.uniform(count, -0.6, 0.6))
    shading = noise.chance(count, 0.5) * noise.uniform(count, 0, 0.1)
    grey = grey + shading * noise.smooth(count, 4, side)
    which = noise.uniform(count, 0, 1)
    wide = F.avg_pool2d(grey, 9, 1, 4, count_include_pad=False)
    sharp = grey + noise.uniform(count, 0.2, 1.2) * (grey - wide)
    grey = torch.where(which < 0.3, F.avg_pool2d(grey, 3, 1, 1), torch.where(which > 0.7, sharp, grey))
    half = F.interpolate(F.avg_pool2d(grey, 2), size=(side, side), mode="bilinear", align_corners=False)
    grey = torch.where(noise.chance(count, 0.15) > 0, half, grey)
    low, high = noise.uniform(count, 0, 0.15), noise.uniform(count, 0.75, 0.95)
    clipped = torch.minimum(torch.maximum(grey, low), high)
    grey = torch.where(noise.chance(count, 0.15) > 0, clipped, grey)
    grain = torch.randn(grey.shape, generator=noise.generator) * noise.uniform(count, 0, 0.03)
    return (grey + grain).clamp(0, 1)
