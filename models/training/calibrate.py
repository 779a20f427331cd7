"""Temperature, bias, gate and dead zone of the evidence network, fitted on a fold of patients of its own."""

import torch
from torch.nn import functional as F

from .data import Pictures, read_index
from .networks import Calibration
from .preprocess import rank_equalised

#: Chroma of full evidence, and what is seen of it.
FULL, VISIBLE = 25.0, 5.0
#: Share of normal films of either collection that may take visible colour.
ALARMS = 0.05
BATCH = 8


@torch.no_grad()
def answers(network, data, fold="validation", limit=None):
    """For each film of a fold: logit, strongest place of the smoothed map, label, collection."""
    films = [film for film in read_index(data) if film.fold == fold]
    if limit is not None:
        groups = {}
        for film in films:
            groups.setdefault((film.collection, film.sick), []).append(film)
        films = [film for group in groups.values() for film in group[:limit]]
    pictures, smooth = Pictures(data, films), Calibration().smooth
    logits, strongest = [], []
    for first in range(0, len(films), BATCH):
        chosen = range(first, min(first + BATCH, len(films)))
        opacity, lung, logit, _ = network(rank_equalised(pictures.grey(chosen)))
        logits.append(logit)
        strongest.append(smooth(torch.sigmoid(opacity) * torch.sigmoid(lung)).flatten(1).amax(1))
    sick = torch.tensor([film.sick for film in films])
    return torch.cat(logits), torch.cat(strongest), sick, [film.collection for film in films]


def weights_of(sick, collections):
    """Every collection and label weighs the same, whatever its number of films."""
    keys = list(zip(collections, sick.tolist()))
    counts = {key: keys.count(key) for key in set(keys)}
    return torch.tensor([1.0 / counts[key] for key in keys]) / len(counts)


def fit_temperature(logits, sick, weights):
    """a and b of sigmoid(a · logit + b) with the least weighted cross-entropy. @see Platt (1999)"""
    constants = torch.tensor([1.0, 0.0], requires_grad=True)
    optimiser = torch.optim.LBFGS([constants], max_iter=200, line_search_fn="strong_wolfe")

    def loss():
        optimiser.zero_grad()
        said = logits * constants[0] + constants[1]
        each = F.binary_cross_entropy_with_logits(said, sick.float(), reduction="none")
        total = (each * weights).sum()
        total.backward()
        return total

    optimiser.step(loss)
    return [float(value) for value in constants.detach()]


def expected_error(probability, sick, bins=15):
    """Expected calibration error."""
    place = (probability * bins).long().clamp(max=bins - 1)
    total = 0.0
    for each in range(bins):
        inside = place == each
        if inside.any():
            gap = abs(float(probability[inside].mean() - sick[inside].float().mean()))
            total += float(inside.float().mean()) * gap
    return total


def area_under(scores, sick):
    """Area under the receiver's curve: how often a sick film scores higher than one without a finding."""
    higher = scores[sick][:, None] - scores[~sick][None]
    return float((higher > 0).float().mean() + (higher == 0).float().mean() / 2)


def fit_gate(probability, strongest, sick, collections):
    """
    Gate and dead zone: of all that let at most 5 % of the normal films of either collection take visible colour
    (or, where none does, as few as can be), the one that lets most sick films.
    """
    names = sorted(set(collections))
    member = {name: torch.tensor([each == name for each in collections]) for name in names}
    s = float(strongest[sick].quantile(0.5))
    best = None
    for first in torch.arange(0.1, 0.96, 0.02).tolist():
        for width in (0.05, 0.1, 0.15, 0.25, 0.4):
            for dead in (0.04, 0.08, 0.12, 0.2):
                if first + width > 1:
                    continue
                gate = ((probability - first) / width).clamp(0, 1)
                gate = gate * gate * (3 - 2 * gate)
                chroma = FULL * ((gate * strongest / s - dead) / (1 - dead)).clamp(0, 1)
                seen = (chroma >= VISIBLE).float()
                alarms = max(float(seen[m & ~sick].mean()) for m in member.values())
                found = sum(float(seen[m & sick].mean()) for m in member.values()) / len(names)
                rank = (-max(alarms, ALARMS), found)
                if best is None or rank > best[0]:
                    best = rank, dict(p0=first, p1=first + width, s=s, t=dead), alarms, found
    return best[1:]


def calibrate(network, data, smoke=False, say=print):
    """A calibration for a trained evidence network, with what it reaches on the fold that it was fitted on."""
    logits, strongest, sick, collections = answers(network, data, limit=2 if smoke else None)
    a, b = fit_temperature(logits, sick, weights_of(sick, collections))
    probability = torch.sigmoid(logits * a + b)
    gate, alarms, found = fit_gate(probability, strongest, sick, collections)
    for name in sorted(set(collections)):
        member = torch.tensor([each == name for each in collections])
        error = expected_error(probability[member], sick[member])
        area = area_under(probability[member], sick[member])
        say(f"{name}: {int(member.sum())} films, expected calibration error {error:.3f}, area under the curve {area:.3f}")
    say(f"normal films with visible colour, worse collection: {alarms:.3f}; sick films: {found:.3f}")
    return Calibration(a=a, b=b, **gate)
