"""
The protocol of the paper: 400 radiographs to train on and 100 to test on, half of each normal, resized, mean
squared error between the a*b* that a network gives and those of the radiograph.

Radiographs are grey, so their a*b* are 0 at every pixel: the least loss is reached by giving no colour at all.
@see Saini et al. (2024), doi 10.4108/eetpht.10.5540
"""

import torch

from .data import Pictures, read_index
from .networks import PAPER, Colour
from .preprocess import lightness

RATE, BATCH = 1e-4, 16


def films_of(data, split, count):
    """The first `count` films of a split by name, half of them normal."""
    films = sorted((f for f in read_index(data) if f.split == split), key=lambda f: f.file)
    sick = [film for film in films if film.sick][: count // 2]
    return sick + [film for film in films if not film.sick][: count // 2]


def inputs_of(data, films):
    return lightness(Pictures(data, films).grey(range(len(films))))


@torch.no_grad()
def losses_of(network, inputs):
    """Loss and mean C* over films, the network as it is used."""
    network.eval()
    loss = chroma = 0.0
    for part in inputs.split(BATCH):
        said = network(part)
        loss += float((said**2).mean()) * len(part) / len(inputs)
        drawn = Colour.forward(Colour(network), part)
        chroma += float(drawn.pow(2).sum(1).sqrt().mean()) * len(part) / len(inputs)
    return loss, chroma


def train(data, name, start=None, epochs=3, seed=1, smoke=False, say=print):
    """
    One network of the paper by its protocol. Returns it, and for each epoch its losses on both sets and the mean
    C* of what it draws on the test films. Targets are 0, so `said ** 2` is the squared error.
    """
    torch.manual_seed(seed)
    network = PAPER[name]()
    if start is not None:
        network.load_state_dict(start)
    training = inputs_of(data, films_of(data, "paper_train", 4 if smoke else 400))
    test = inputs_of(data, films_of(data, "paper_test", 2 if smoke else 100))
    optimiser = torch.optim.Adam(network.parameters(), RATE)
    before = losses_of(network, test)
    history = [dict(epoch=0, training=None, test=before[0], chroma=before[1])]
    for epoch in range(1, epochs + 1):
        network.train()
        total = 0.0
        for chosen in torch.randperm(len(training)).split(2 if smoke else BATCH):
            loss = (network(training[chosen]) ** 2).mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            total += loss.item() * len(chosen) / len(training)
        test_loss, chroma = losses_of(network, test)
        history.append(dict(epoch=epoch, training=total, test=test_loss, chroma=chroma))
        say(f"{name}, epoch {epoch}: training {total:.5f}, test {test_loss:.5f}, mean C* {chroma:.2f}")
    return network.eval(), history
