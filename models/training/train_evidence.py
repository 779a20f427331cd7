"""
Trains the evidence network. Where: from synthetic opacities inside lungs, whose place is known to the pixel.
Whether: from image labels of two collections, split by patient. Normals are pressed to zero.
"""

import copy
import math

import torch
from torch.nn import functional as F

from .data import LungMasks, Pictures, read_index
from .networks import Evidence
from .preprocess import SIDE, rank_equalised
from .synthetic import Noise, add_distractors, add_opacities, change_tone, warp

#: Films of each kind in one step: sick and well of each collection, synthetic, and inverted ones to be refused.
BATCH = dict(labelled=6, synthetic=12, odd=3)
SMOKE_BATCH = dict(labelled=1, synthetic=1, odd=1)
RATE_ENCODER, RATE_DECODER, DECAY = 5e-4, 1.2e-3, 0.08
AVERAGE = 0.9985


class Sampler:
    """Draws balanced batches of training films, with lung masks where people drew them."""

    def __init__(self, folder, noise, limit=None):
        films = [film for film in read_index(folder) if film.fold == "train"]
        groups = {}
        for film in films:
            groups.setdefault((film.collection, film.sick), []).append(film)
        if limit is not None:
            groups = {key: group[:limit] for key, group in groups.items()}
        self.films = [film for group in groups.values() for film in group]
        place = {film.file: index for index, film in enumerate(self.films)}
        self.groups = [[place[film.file] for film in group] for group in groups.values()]
        masks = LungMasks(folder)
        self.masks = [masks.mask(film) for film in self.films]
        self.pictures = Pictures(folder, self.films)
        self.noise = noise
        self.normal_with_mask = [
            index
            for index, film in enumerate(self.films)
            if not film.sick and self.masks[index] is not None
        ]

    def draw(self, indices):
        """Warped greys and masks [n, 1, 256, 256], where the picture is, and which masks are real [n]."""
        grey = self.pictures.grey(indices).float()
        blank = torch.zeros(1, 1, SIDE, SIDE)
        mask = torch.cat([blank if self.masks[i] is None else self.masks[i] for i in indices])
        known = torch.tensor([self.masks[i] is not None for i in indices])
        return (*warp(self.noise, grey, mask), known)

    def choose(self, group, count):
        return [group[int(i)] for i in self.noise.choice(len(group), count)]


def framed(grey, inside):
    """Ranks over the picture alone; what lies outside is -1, as of a film on a black ground."""
    return torch.where(inside > 0.5, rank_equalised(grey), torch.full_like(grey, -1.0))


def dice(said, truth):
    both = (said * truth).sum((1, 2, 3))
    return 1 - (2 * both + 1) / ((said + truth).sum((1, 2, 3)) + 1)


def batch(sampler, sizes):
    """One step's pictures and all that is known of them."""
    noise = sampler.noise
    labelled = [i for group in sampler.groups for i in sampler.choose(group, sizes["labelled"])]
    sick = torch.tensor([float(sampler.films[i].sick) for i in labelled])
    real, real_mask, real_inside, real_known = sampler.draw(labelled)
    chosen = sampler.choose(sampler.normal_with_mask, sizes["synthetic"])
    clear, clear_mask, clear_inside, _ = sampler.draw(chosen)
    donor = real[noise.choice(len(real), len(clear))]
    opaque, label = add_opacities(noise, clear, clear_mask, donor)
    odd = real[noise.choice(len(real), sizes["odd"])]
    grey = torch.cat([real, opaque, 1 - odd])
    inside = torch.cat([real_inside, clear_inside, torch.ones_like(odd)])
    inside = torch.maximum(inside, noise.chance(len(grey), 0.5).expand_as(inside))
    return dict(
        luminance=framed(change_tone(noise, add_distractors(noise, grey)), inside),
        sick=sick,
        label=F.adaptive_avg_pool2d(label, SIDE // 4),
        lungs=F.adaptive_avg_pool2d(torch.cat([real_mask, clear_mask]), SIDE // 4),
        known=torch.cat([real_known, torch.ones(len(clear), dtype=torch.bool)]),
    )


def loss_of(network, given):
    opacity, lung, logit, _ = network(given["luminance"])
    count, synthetic = len(given["sick"]), len(given["label"])
    said, lungs, both = torch.sigmoid(opacity), torch.sigmoid(lung), count + synthetic
    where = F.binary_cross_entropy_with_logits(opacity[count:both], given["label"])
    where = 3 * where + dice(said[count:both], given["label"]).mean()
    known = given["known"]
    anatomy = F.binary_cross_entropy_with_logits(lung[:both][known], given["lungs"][known])
    anatomy = anatomy + dice(lungs[:both][known], given["lungs"][known]).mean()
    inside = said[:count] * lungs[:count].detach()
    strongest = inside.flatten(1).topk((SIDE // 4) ** 2 // 50, 1)[0].mean(1).clamp(1e-4, 1 - 1e-4)
    instance = F.binary_cross_entropy(strongest, given["sick"] * 0.88 + 0.02)
    whether = F.binary_cross_entropy_with_logits(logit[:count], given["sick"] * 0.92 + 0.04)
    quiet = inside[given["sick"] == 0].mean()
    outside = (said[:both] * (1 - lungs[:both].detach())).mean()
    refused = F.binary_cross_entropy_with_logits(logit[both:], torch.full_like(logit[both:], 0.03))
    refused = refused + said[both:].mean()
    return (
        whether + 2 * where + anatomy + 0.5 * instance + 1.5 * quiet + 0.3 * outside + 0.15 * refused
    )


def schedule(share):
    """Warm-up over 6 % of the steps, then half a cosine."""
    return share / 0.06 if share < 0.06 else 0.5 * (1 + math.cos(math.pi * (share - 0.06) / 0.94))


def train(data, start=None, steps=5300, seed=1, smoke=False, say=print):
    """
    The averaged network after so many steps. `start`: state of an encoder that was pre-trained.
    Equal seeds, data and versions give equal weights on one machine.
    """
    torch.manual_seed(seed)
    noise = Noise(torch.Generator().manual_seed(seed))
    sampler = Sampler(data, noise, 2 if smoke else None)
    network = Evidence()
    if start is not None:
        network.enc.load_state_dict(start)
    average = copy.deepcopy(network)
    encoder = list(network.enc.parameters())
    rest = [p for name, p in network.named_parameters() if not name.startswith("enc.")]
    groups = [dict(params=encoder, base=RATE_ENCODER), dict(params=rest, base=RATE_DECODER)]
    optimiser = torch.optim.AdamW(groups, lr=RATE_DECODER, weight_decay=DECAY)
    network.train()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * schedule(step / steps)
        loss = loss_of(network, batch(sampler, SMOKE_BATCH if smoke else BATCH))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        keep = min(AVERAGE, (step + 1) / (step + 31))
        with torch.no_grad():
            now = network.state_dict()
            for name, value in average.state_dict().items():
                value.lerp_(now[name], 1 - keep) if value.is_floating_point() else value.copy_(now[name])
        if smoke or step % 50 == 0:
            say(f"step {step + 1} of {steps}: loss {loss.item():.3f}")
    return average.eval()
