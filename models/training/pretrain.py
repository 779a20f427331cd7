"""
Teaches a network of the paper the colours of photographs, before any radiograph: L* with changed tone -> a*b*.
Its encoder is also where the evidence network starts from.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from .colour import lab_of_rgb
from .networks import CHROMA_RANGE, PAPER, Colour
from .synthetic import Noise

SIDE, BATCH, RATE = 128, 16, 1e-3
ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}


def photographs(folder, limit=None):
    """[n, 3, 128, 128] in [0, 1]: the middle square of every picture below a folder, in order of name."""
    files = sorted(f for f in Path(folder).rglob("*") if f.suffix.lower() in ENDINGS)[:limit]
    if not files:
        raise FileNotFoundError(f"no photograph below {folder}")
    squares = []
    for file in files:
        image = Image.open(file).convert("RGB")
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        square = image.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.BICUBIC)
        squares.append(np.asarray(square))
    return torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float() / 255


def made_up(count, generator):
    """Coloured blobs, so that the step can be tried without a photograph."""
    coarse = torch.rand(count, 3, 4, 4, generator=generator)
    return F.interpolate(coarse, size=(SIDE, SIDE), mode="bicubic", align_corners=False).clamp(0, 1)


def changed_tone(noise, light):
    """Gamma, contrast, exposure and inversion: the colour of a thing stays, however it was developed."""
    count = len(light)
    light = light.clamp_min(1e-4) ** torch.exp(noise.uniform(count, -0.7, 0.7))
    light = (light - 0.5) * noise.uniform(count, 0.5, 1.5) + 0.5 + noise.uniform(count, -0.3, 0.3)
    light = light.clamp(0, 1)
    return torch.where(noise.chance(count, 0.12) > 0, 1 - light, light)


def train(name, folder=None, steps=3000, seed=1, smoke=False, say=print):
    """A network of the paper after so many steps on photographs; on made-up blobs where no folder is named."""
    torch.manual_seed(seed)
    noise = Noise(seed)
    size = 4 if smoke else BATCH
    pictures = made_up(8, noise.generator) if folder is None else photographs(folder, 8 if smoke else None)
    network = PAPER[name]()
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.05)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=max(steps, 2))
    network.train()
    for step in range(steps):
        chosen = pictures[noise.choice(len(pictures), size)]
        chosen = torch.where(noise.chance(size, 0.5) > 0, chosen.flip(3), chosen)
        lab = lab_of_rgb(chosen)
        drawn = Colour(network)(changed_tone(noise, lab[:, :1] / 100) * 2 - 1)
        loss = F.mse_loss(drawn / CHROMA_RANGE, lab[:, 1:] / CHROMA_RANGE)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        plan.step()
        if smoke or step % 100 == 0:
            say(f"{name}, step {step + 1} of {steps}: loss {loss.item():.5f}")
    return network.eval()
