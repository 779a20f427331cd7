"""One way to train: AdamW, warm-up and half a cosine, clipped gradients, and an average of the weights."""

import copy
import math

import torch

DECAY = 0.08
AVERAGE = 0.9985


def schedule(share):
    """Warm-up over 6 % of the steps, then half a cosine."""
    return share / 0.06 if share < 0.06 else 0.5 * (1 + math.cos(math.pi * (share - 0.06) / 0.94))


def follow(average, network, keep):
    """Moves the average towards the network; counters are taken as they are."""
    now = network.state_dict()
    for name, value in average.state_dict().items():
        value.lerp_(now[name], 1 - keep) if value.is_floating_point() else value.copy_(now[name])


def answer(network, luminance):
    """What a network says, in single precision; on a GPU its convolutions are computed in bfloat16."""
    device = luminance.device.type
    with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
        said = network(luminance)
    return tuple(each.float() for each in said)


def fit(network, loss_at, steps, rates, smoke=False, say=print):
    """
    The averaged network after so many steps. `loss_at(step, network, average)` gives the loss of one; `rates` are the
    highest of `encoder` and `decoder`.
    """
    if next(network.parameters()).is_cuda:
        torch.backends.cudnn.benchmark = True
        network = network.to(memory_format=torch.channels_last)
    average = copy.deepcopy(network).eval()
    encoder = list(network.enc.parameters())
    rest = [p for name, p in network.named_parameters() if not name.startswith("enc.")]
    groups = [dict(params=encoder, base=rates["encoder"]), dict(params=rest, base=rates["decoder"])]
    optimiser = torch.optim.AdamW(groups, lr=rates["decoder"], weight_decay=DECAY)
    network.train()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * schedule(step / steps)
        loss = loss_at(step, network, average)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        with torch.no_grad():
            follow(average, network, min(AVERAGE, (step + 1) / (step + 31)))
        if smoke or step % 50 == 0:
            say(f"step {step + 1} of {steps}: loss {loss.item():.3f}")
    return average.to(memory_format=torch.contiguous_format)
