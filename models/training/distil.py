"""
Teaches one network what several agree on. They look at a film as it is, the student at the same film with other tones,
letters, tubes and frames: so what does not matter is unlearnt, and what one of them made up does not pass.
@see Hinton, Vinyals, Dean (2015), Distilling the Knowledge in a Neural Network, arXiv:1503.02531
"""

import copy

import torch
from torch.nn import functional as F

from .films import TrainingFilms
from .fit import answer, fit
from .preprocess import rank_equalised
from .synthetic import Noise
from .train_evidence import batch, batch_sizes, loss_of

RATE_ENCODER, RATE_DECODER = 2e-4, 5e-4
#: What labels of films weigh beside what the teachers say of them.
TRUST = 0.3


@torch.no_grad()
def agreed(teachers, luminance):
    """Means of opacity and lungs [n, 1, 64, 64] and of the probability of each film [n]."""
    answers = [[torch.sigmoid(each) for each in answer(teacher, luminance)[:3]] for teacher in teachers]
    return [torch.stack(each).mean(0) for each in zip(*answers)]


def taught(said, agreed_on, given):
    """
    How far the student is from the teachers: in lungs everywhere, in probability on labelled films, in opacity there
    and on joined ones, but for parts in which nothing is to be seen, whatever the teachers say.
    """
    opacity, lung, logit, _ = said
    where, lungs, whether = agreed_on
    count, drawn, known = len(given["sick"]), len(given["sick"]) + len(given["label"]), len(where)
    distance = F.binary_cross_entropy_with_logits
    joined = torch.minimum(where[drawn:], 1 - given["quiet"])
    return (
        6 * distance(torch.cat([opacity[:count], opacity[drawn:known]]), torch.cat([where[:count], joined]))
        + distance(logit[:count], whether[:count])
        + distance(lung[:known], lungs)
    )


def distil(data, teachers, steps=2000, seed=1, device="cpu", share=1.0, smoke=False, say=print):
    """The averaged student after so many steps of `share` of a batch; it begins as the first teacher."""
    torch.manual_seed(seed)
    teachers = [teacher.to(device, memory_format=torch.channels_last).eval() for teacher in teachers]
    films = TrainingFilms(data, Noise(seed, device), 2 if smoke else None)
    films.learn_lungs(teachers[0])
    sizes = batch_sizes(share, smoke)

    def loss_at(_, network, __):
        given = batch(films, sizes)
        said = answer(network, given["luminance"])
        return loss_of(said, given, TRUST) + taught(said, agreed(teachers, rank_equalised(given["untouched"])), given)

    rates = dict(encoder=RATE_ENCODER, decoder=RATE_DECODER)
    return fit(copy.deepcopy(teachers[0]), loss_at, steps, rates, smoke, say)
