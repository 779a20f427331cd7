"""The films that the evidence network learns from, on the device that it learns on."""

import torch
from torch.nn import functional as F

from .data import LungMasks, Pictures, read_index
from .preprocess import SIDE, rank_equalised
from .synthetic import warp

#: Films that are brought to the network's size, or are looked at by it, at once.
PART = 64
#: Lungs smaller than this share of a film are not believed.
LEAST_LUNGS = 0.06


class TrainingFilms:
    """
    Films of the train fold: greys [n, 1, 256, 256], lung masks where people drew them, and who is sick. Lung masks of
    the others are the network's own, told by `learn_lungs`: opacities are placed in them, and nobody is taught by them.
    """

    def __init__(self, folder, noise, limit=None):
        films = [film for film in read_index(folder) if film.fold == "train"]
        groups = {}
        for film in films:
            groups.setdefault((film.collection, film.sick), []).append(film)
        films = [film for group in groups.values() for film in group[:limit]]
        self.noise, device = noise, noise.device
        pictures = Pictures(folder, films)
        parts = torch.arange(len(films)).split(PART)
        self.grey = torch.cat([pictures.grey(part.tolist()).float().to(device) for part in parts])
        self.lungs = torch.zeros(len(films), 1, SIDE, SIDE, dtype=torch.uint8, device=device)
        self.drawn = torch.zeros(len(films), dtype=torch.bool, device=device)
        masks = LungMasks(folder)
        for index, film in enumerate(films):
            mask = masks.mask(film)
            if mask is not None:
                self.lungs[index], self.drawn[index] = mask[0].to(torch.uint8).to(device), True
        self.sick = torch.tensor([float(film.sick) for film in films], device=device)
        self.groups = {
            key: torch.tensor([i for i, film in enumerate(films) if (film.collection, film.sick) == key], device=device)
            for key in groups
        }
        self.collections = sorted({collection for collection, _ in groups})
        self.hosts = self.films_with_lungs()

    def some(self, group, count):
        """Indices of so many films of a group, with replacement."""
        return group[self.noise.choice(len(group), count)]

    def films_with_lungs(self):
        """Of each collection, films without a finding whose lungs are known."""
        groups = [self.groups[collection, False] for collection in self.collections]
        shares = [self.lungs[group].flatten(1).float().mean(1) for group in groups]
        return [group[share > LEAST_LUNGS] for group, share in zip(groups, shares)]

    def draw(self, indices):
        """Greys and lungs, turned and stretched [n, 1, 256, 256], and where the picture still is."""
        return warp(self.noise, self.grey[indices], self.lungs[indices].float())

    @torch.no_grad()
    def learn_lungs(self, network):
        """Takes the network's lungs for films where nobody drew them."""
        for part in (~self.drawn).nonzero()[:, 0].split(PART):
            lung = network(rank_equalised(self.grey[part]))[1]
            large = F.interpolate(lung, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
            self.lungs[part] = (large > 0).to(torch.uint8)
        self.hosts = self.films_with_lungs()
