"""What is drawn into radiographs while training: opacities whose place is known, and things that must stay grey."""

import math

import torch
from torch.nn import functional as F


class Noise:
    """Seeded random numbers as batches of scalars, on one device."""

    def __init__(self, seed, device="cpu"):
        self.generator = torch.Generator(device).manual_seed(seed)
        self.device = device

    def random(self, *shape):
        return torch.rand(*shape, generator=self.generator, device=self.device)

    def normal(self, *shape):
        return torch.randn(*shape, generator=self.generator, device=self.device)

    def uniform(self, count, low, high):
        """[count, 1, 1, 1] in [low, high)."""
        return self.random(count, 1, 1, 1) * (high - low) + low

    def log_uniform(self, count, low, high):
        return torch.exp(self.uniform(count, math.log(low), math.log(high)))

    def chance(self, count, probability):
        """1 with this probability, else 0."""
        return (self.random(count, 1, 1, 1) < probability).float()

    def smooth(self, count, cells, side):
        """A normal field of so many cells across, enlarged to [count, 1, side, side]."""
        coarse = self.normal(count, 1, cells, cells)
        return F.interpolate(coarse, size=(side, side), mode="bilinear", align_corners=False)

    def choice(self, of, count):
        """Indices in [0, of), with replacement."""
        return torch.randint(0, of, (count,), generator=self.generator, device=self.device)


def grid(side, device):
    """x and y in [0, 1), each [1, 1, side, side]."""
    line = (torch.arange(side, device=device) + 0.5) / side
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


def patches(noise, lungs):
    """One to four soft, ragged patches inside the lungs, in [0, 1], [n, 1, side, side]."""
    count, side = len(lungs), lungs.shape[-1]
    x, y = grid(side, noise.device)
    field = torch.zeros_like(lungs)
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
    return field * F.avg_pool2d(lungs, 9, 1, 4)


def blurred(grey, side):
    """Mean of the square of so many pixels around each, smaller at the borders."""
    return F.avg_pool2d(grey, side, 1, side // 2, count_include_pad=False)


def changed_by(grey, field, lift, texture):
    """The picture with what was added, and where that is to be seen: both [n, 1, side, side]."""
    seen = (lift > 0.02) & (field > 0.35)
    return (grey + lift + texture).clamp(0, 1), seen.float()


def add_opacities(noise, grey, lungs, donor):
    """Patches that whiten a film, with the fine texture of another one. Returns pictures and labels."""
    count, side = len(grey), grey.shape[-1]
    field = patches(noise, lungs)
    bright = torch.quantile(grey[..., ::4, ::4].reshape(count, -1), 0.93, dim=1)
    room = (bright[:, None, None, None] - grey).clamp_min(0)
    alpha = noise.log_uniform(count, 0.1, 0.85)
    cloud = (1 + 0.25 * noise.smooth(count, 24, side) + 0.15 * noise.smooth(count, 64, side)).clamp(0.3, 1.7)
    grain = noise.uniform(count, 0, 0.9) * alpha * field * (donor - blurred(donor, 17))
    return changed_by(grey, field, alpha * field * room * cloud, grain)


def transplant_opacities(noise, grey, lungs, donor):
    """
    Patches in which a film becomes as dense as another one of the same place, where that is denser, and takes its
    texture: what is labelled looks as opacities do. Returns pictures and labels.
    """
    count = len(grey)
    field = patches(noise, lungs)
    lift = (blurred(donor, 25) - blurred(grey, 25)).clamp_min(0)
    alpha, share = noise.uniform(count, 0.5, 1.1), noise.uniform(count, 0, 0.9)
    texture = (donor - blurred(donor, 17)) - (grey - blurred(grey, 17))
    return changed_by(grey, field, alpha * field * lift, share * field * texture)


def join(noise, first, second):
    """
    Two films across a soft seam, side by side or one above the other; and the share of the first at each pixel. What
    is seen on one side says nothing of the other: a network that fills both lungs for one ill place is wrong here.
    """
    count = len(first)
    x, y = grid(first.shape[-1], noise.device)
    along = torch.where(noise.chance(count, 0.6) > 0, x, y)
    seam, width = noise.uniform(count, 0.35, 0.65), noise.uniform(count, 0.005, 0.03)
    share = torch.sigmoid((seam - along) / width)
    share = torch.where(noise.chance(count, 0.5) > 0, share, 1 - share)
    return first * share + second * (1 - share), share


def add_distractors(noise, grey):
    """Bright bars and discs like letters and electrodes, thin tubes, and shutters: none of it is ever labelled."""
    count = len(grey)
    x, y = grid(grey.shape[-1], noise.device)
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
    sharp = grey + noise.uniform(count, 0.2, 1.2) * (grey - blurred(grey, 9))
    grey = torch.where(which < 0.3, F.avg_pool2d(grey, 3, 1, 1), torch.where(which > 0.7, sharp, grey))
    half = F.interpolate(F.avg_pool2d(grey, 2), size=(side, side), mode="bilinear", align_corners=False)
    grey = torch.where(noise.chance(count, 0.15) > 0, half, grey)
    low, high = noise.uniform(count, 0, 0.15), noise.uniform(count, 0.75, 0.95)
    clipped = torch.minimum(torch.maximum(grey, low), high)
    grey = torch.where(noise.chance(count, 0.15) > 0, clipped, grey)
    grain = noise.normal(*grey.shape) * noise.uniform(count, 0, 0.03)
    return (grey + grain).clamp(0, 1)
