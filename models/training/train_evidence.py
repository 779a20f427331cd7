"""
Trains the evidence network. Where: from opacities drawn into lungs, whose place is known to the pixel. Whether: from
image labels of two collections, split by patient. Normals, and normal parts of joined films, are pressed to zero.
"""

import torch
from torch.nn import functional as F

from .films import TrainingFilms
from .fit import answer, fit
from .networks import Evidence
from .preprocess import SIDE, rank_equalised
from .synthetic import Noise, add_distractors, add_opacities, change_tone, join, transplant_opacities, warp

#: Films in one step: sick and well of each collection, with drawn opacities (of each collection), joined from
#: two (likewise), and inverted ones to be refused.
BATCH = dict(labelled=10, synthetic=13, joined=9, odd=4)
SMOKE_BATCH = dict(labelled=1, synthetic=2, joined=1, odd=1)
RATE_ENCODER, RATE_DECODER = 5e-4, 1.2e-3
#: Shares of the steps after which the lungs of films without a drawn mask are learnt anew.
LUNGS_AT = (0.08, 0.23, 0.38, 0.53, 0.68, 0.83)


def batch_sizes(share, smoke):
    """A share of a step's films: what a smaller machine can take."""
    return SMOKE_BATCH if smoke else {kind: max(1, round(count * share)) for kind, count in BATCH.items()}


def framed(grey, inside):
    """Ranks over the picture alone; what lies outside is -1, as of a film on a black ground."""
    return torch.where(inside > 0.5, rank_equalised(grey), torch.full_like(grey, -1.0))


def ranked(grey):
    """Ranks in [0, 1], so that films of two machines can be joined."""
    return (rank_equalised(grey) + 1) / 2


def quarter(picture):
    return F.adaptive_avg_pool2d(picture, SIDE // 4)


def dice(said, truth):
    both = (said * truth).sum((1, 2, 3))
    return 1 - (2 * both + 1) / ((said + truth).sum((1, 2, 3)) + 1)


def synthetic_films(films, count, donors):
    """Films without a finding, half of them with patches that whiten, half with transplanted ones."""
    noise = films.noise
    chosen = torch.cat([films.some(group, count) for group in films.hosts if len(group) > 0])
    grey, lungs, inside = films.draw(chosen)
    donor = donors[noise.choice(len(donors), len(grey))]
    first, second = slice(0, None, 2), slice(1, None, 2)
    drawn, label = torch.empty_like(grey), torch.empty_like(grey)
    drawn[first], label[first] = add_opacities(noise, grey[first], lungs[first], donor[first])
    drawn[second], label[second] = transplant_opacities(
        noise, ranked(grey[second]), lungs[second], ranked(donor[second])
    )
    return drawn, label, lungs, inside, films.drawn[chosen]


def joined_films(films, count):
    """
    Films of one collection joined, a third of them of two normal ones; in which parts nothing is to be seen; and
    where the picture still is.
    """
    noise, firsts, seconds, calm = films.noise, [], [], []
    for collection in films.collections:
        sick, well = (films.groups[collection, each] for each in (True, False))
        first = torch.where(noise.random(count) < 2 / 3, films.some(sick, count), films.some(well, count))
        firsts.append(films.grey[first])
        seconds.append(films.grey[films.some(well, count)])
        calm.append(films.sick[first] == 0)
    picture, share = join(noise, ranked(torch.cat(firsts)), ranked(torch.cat(seconds)))
    quiet = torch.maximum((share < 0.05).float(), torch.cat(calm)[:, None, None, None].float())
    return warp(noise, picture, quiet)


def batch(films, sizes):
    """One step's pictures and all that is known of them: labelled, synthetic, joined and odd ones, in this order."""
    noise = films.noise
    labelled = torch.cat([films.some(group, sizes["labelled"]) for group in films.groups.values()])
    real, real_lungs, real_inside = films.draw(labelled)
    opaque, label, lungs, inside, drawn = synthetic_films(films, sizes["synthetic"], real)
    joined, quiet, joined_inside = joined_films(films, sizes["joined"])
    odd = real[noise.choice(len(real), sizes["odd"])]
    grey = torch.cat([real, opaque, joined, 1 - odd])
    inside = torch.cat([real_inside, inside, joined_inside, torch.ones_like(odd)])
    inside = torch.maximum(inside, noise.chance(len(grey), 0.5).expand_as(inside))
    return dict(
        luminance=framed(change_tone(noise, add_distractors(noise, grey)), inside),
        untouched=torch.cat([real, opaque, joined]),
        sick=films.sick[labelled],
        label=quarter(label),
        lungs=quarter(torch.cat([real_lungs, lungs])),
        known=torch.cat([films.drawn[labelled], drawn]),
        quiet=(quarter(quiet) > 0.95).float(),
    )


def loss_of(answer, given, trust=1.0):
    """What is wrong with an answer; labels of films weigh `trust`, where a teacher is asked as well."""
    opacity, lung, logit, _ = answer
    count, synthetic = len(given["sick"]), len(given["label"])
    both = count + synthetic
    all_but_odd = both + len(given["quiet"])
    said, lungs = torch.sigmoid(opacity), torch.sigmoid(lung)
    where = F.binary_cross_entropy_with_logits(opacity[count:both], given["label"])
    where = 3 * where + dice(said[count:both], given["label"]).mean()
    known = given["known"]
    anatomy = F.binary_cross_entropy_with_logits(lung[:both][known], given["lungs"][known])
    anatomy = anatomy + dice(lungs[:both][known], given["lungs"][known]).mean()
    inside = said * lungs.detach()
    strongest = inside[:count].flatten(1).topk((SIDE // 4) ** 2 // 50, 1)[0].mean(1).clamp(1e-4, 1 - 1e-4)
    instance = F.binary_cross_entropy(strongest, given["sick"] * 0.88 + 0.02)
    whether = F.binary_cross_entropy_with_logits(logit[:count], given["sick"] * 0.92 + 0.04)
    calm = inside[:count][given["sick"] == 0].mean()
    joined = (inside[both:all_but_odd] * given["quiet"]).sum() / given["quiet"].sum().clamp_min(1)
    outside = (said[:all_but_odd] * (1 - lungs[:all_but_odd].detach())).mean()
    odd = logit[all_but_odd:]
    refused = F.binary_cross_entropy_with_logits(odd, torch.full_like(odd, 0.03)) + said[all_but_odd:].mean()
    of_films = whether + 0.5 * instance + 1.5 * calm
    return trust * of_films + 2 * where + anatomy + 1.5 * joined + 0.3 * outside + 0.15 * refused


def train(data, start=None, steps=5300, seed=1, device="cpu", share=1.0, smoke=False, say=print):
    """
    The averaged network after so many steps of `share` of a batch. `start`: state of an encoder that was pre-trained.
    Equal seeds, data and versions give equal weights on the processors of one machine; on a GPU, up to rounding.
    """
    torch.manual_seed(seed)
    films = TrainingFilms(data, Noise(seed, device), 2 if smoke else None)
    network = Evidence()
    if start is not None:
        network.enc.load_state_dict(start)
    sizes = batch_sizes(share, smoke)
    lungs_at = {int(share * steps) for share in LUNGS_AT}

    def loss_at(step, network, average):
        if step in lungs_at:
            films.learn_lungs(average)
        given = batch(films, sizes)
        return loss_of(answer(network, given["luminance"]), given)

    rates = dict(encoder=RATE_ENCODER, decoder=RATE_DECODER)
    return fit(network.to(device), loss_at, steps, rates, smoke, say)
