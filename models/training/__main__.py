"""One command a step: `python3 -m training --help`, in the folder `models/`."""

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import onnx
import torch

from . import calibrate, distil, export, factorise, pretrain, quantise, restore, train_evidence, train_paper
from .data import Pictures, read_index
from .networks import PAPER, Calibration, Evidence
from .preprocess import rank_equalised

DATA = Path("../../shared/data/cxr")
WORK = Path("training-output")


def prepare(given):
    films = read_index(given.data)
    counts = Counter((film.collection, film.fold, film.label) for film in films)
    for (collection, fold, label), count in sorted(counts.items()):
        print(f"{collection:12} {fold:11} {label:16} {count:5}")
    folds = {}
    for film in films:
        if film.fold != "none":
            folds.setdefault(film.patient, set()).add(film.fold)
    twice = [patient for patient, found in folds.items() if len(found) > 1]
    if twice:
        sys.exit(f"{len(twice)} patients stand in two folds")
    print("no patient stands in two folds")
    Pictures(given.data, films[:4] if given.smoke else films)
    print("every picture can be read")


def pretrain_step(given):
    network = pretrain.train(given.model, given.photographs, 2 if given.smoke else given.steps,
                             given.seed, given.smoke)
    save(given, f"pretrained-{given.model}", network)


def restore_step(given):
    """Norms are met on every 160th film of the train fold, as the evidence network will see it."""
    films = [film for film in read_index(given.data) if film.fold == "train"][::160]
    pictures = rank_equalised(Pictures(given.data, films).grey(range(len(films))))
    name = "evidence" if given.model == "evidence" else f"pretrained-{given.model}"
    save(given, name, restore.restored(given.model, given.source, pictures))


def train_step(given):
    if given.what == "evidence":
        start = load(given.start) if given.start else None
        encoder = start and {k[4:]: v for k, v in start.items() if k.startswith("enc.")}
        network = train_evidence.train(given.data, encoder, 2 if given.smoke else given.steps,
                                       given.seed, given.device, given.batch, given.smoke)
        save(given, "evidence", network)
        return
    names = [given.model] if given.model else list(PAPER)
    table = {}
    for name in names:
        start = load(given.start) if given.start else None
        network, history = train_paper.train(given.data, name, start, 1 if given.smoke else given.epochs,
                                             given.seed, given.smoke)
        save(given, f"paper-{name}", network)
        table[name] = history
    (given.work / "paper.json").write_text(json.dumps(table, indent=1) + "\n")


def distil_step(given):
    teachers = [evidence_of(file) for file in given.teachers]
    network = distil.distil(given.data, teachers, 2 if given.smoke else given.steps, given.seed,
                            given.device, given.batch, given.smoke)
    save(given, "evidence", network)


def calibrate_step(given):
    found = calibrate.calibrate(evidence_of(given.work / "evidence.pt"), given.data, given.smoke)
    (given.work / "calibration.json").write_text(json.dumps(found.constants(), indent=1) + "\n")


def export_step(given):
    if given.model == "evidence":
        file = given.work / "calibration.json"
        constants = json.loads(file.read_text()) if file.exists() else {}
        network, calibration = evidence_of(given.work / "evidence.pt"), Calibration(**constants)
    else:
        network, calibration = PAPER[given.model](), None
        network.load_state_dict(load(given.work / f"{given.weights or 'paper-' + given.model}.pt"))
    export.export(given.model, network, given.work / "models" / given.model, given.version,
                  given.licence, calibration)


def quantise_step(given):
    given.work.mkdir(parents=True, exist_ok=True)
    network = quantise.plain(onnx.load(str(given.source)))
    pictures = quantise.make_pictures(given.data, given.work, export.ROOT, given.smoke)
    if given.share < 1:
        factorise.factorise(network, given.source, factorise.read_pictures(pictures), given.share, given.seed)
    ranges = quantise.seen_ranges(network, given.work, export.ROOT)
    folder = given.work / "models" / "evidence"
    export.install("evidence", quantise.quantise(network, ranges), folder, given.version, given.licence)
    named = given.source.parent / "measuring.json"
    if named.exists():
        shutil.copy(named, folder)


def evaluate_step(given):
    command = ["npm", "run", "evaluate", "--", "--data", str(given.data.resolve()),
               "--models", str((given.work / "models").resolve())]
    sys.exit(subprocess.run(command + (["--limit", "1"] if given.smoke else []), cwd=export.ROOT).returncode)


def evidence_of(file):
    network = Evidence()
    network.load_state_dict(load(file))
    return network.eval()


def load(file):
    return torch.load(file, map_location="cpu")


def save(given, name, network):
    given.work.mkdir(parents=True, exist_ok=True)
    torch.save(network.cpu().state_dict(), given.work / f"{name}.pt")
    print(given.work / f"{name}.pt")


def arguments():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, default=DATA, help="radiographs with index.csv")
    common.add_argument("--work", type=Path, default=WORK, help="where results of the steps lie")
    common.add_argument("--seed", type=int, default=1)
    common.add_argument("--threads", type=int, default=0, help="0: as many as there are cores")
    common.add_argument("--smoke", action="store_true", help="a few films and steps: shows that it runs")
    parser = argparse.ArgumentParser(prog="python3 -m training", description=__doc__)
    steps = parser.add_subparsers(required=True, metavar="STEP")

    def step(name, run, about):
        found = steps.add_parser(name, parents=[common], help=about, description=about)
        found.set_defaults(run=run)
        return found

    step("prepare", prepare, "reads the data, divides it by patient and says what there is")
    each = step("pretrain", pretrain_step, "teaches a network of the paper the colours of photographs")
    each.add_argument("--model", choices=PAPER, default="unet-resnet18")
    each.add_argument("--photographs", type=Path, help="folder of pictures; made-up ones without it")
    each.add_argument("--steps", type=int, default=3000)
    each = step("restore", restore_step, "gives an exported network its batch norms back, to start from")
    each.add_argument("--model", choices=["evidence", *(name for name in PAPER if name != "autoencoder")],
                      default="unet-resnet18")
    each.add_argument("--from", dest="source", type=Path, required=True, help="its model.onnx")
    each = step("train", train_step, "trains evidence, or the networks of the paper by its protocol")
    each.add_argument("what", choices=["evidence", "paper"])
    each.add_argument("--start", type=Path, help="weights to begin with, from pretrain or restore")
    each.add_argument("--device", default="cpu", help="of evidence: cpu or cuda")
    each.add_argument("--batch", type=float, default=1.0, help="of evidence: share of the films of a step, above 0")
    each.add_argument("--steps", type=int, default=5300, help="of evidence")
    each.add_argument("--epochs", type=int, default=3, help="of paper")
    each.add_argument("--model", choices=PAPER, help="of paper; default all three")
    each = step("distil", distil_step, "teaches one evidence network what several agree on")
    each.add_argument("--teachers", type=Path, nargs="+", required=True, help="evidence.pt of each")
    each.add_argument("--steps", type=int, default=2000)
    each.add_argument("--device", default="cpu", help="cpu or cuda")
    each.add_argument("--batch", type=float, default=1.0, help="share of the films of a step, above 0")
    step("calibrate", calibrate_step, "fits temperature, gate and dead zone on patients of their own")
    each = step("export", export_step, "writes a folder that the product can install")
    each.add_argument("--model", choices=["evidence", *PAPER], default="evidence")
    each.add_argument("--weights", help="stem of the weights of a paper network; default paper-MODEL")
    each.add_argument("--version", default="0.0.0")
    each.add_argument("--licence", default="see the card")
    each = step("quantise", quantise_step, "makes an exported evidence network smaller, and rounds it to eight bits")
    each.add_argument("--from", dest="source", type=Path, required=True, help="its model.onnx")
    each.add_argument("--share", type=float, default=1.0,
                      help="of its multiplications that are left; below 1 its convolutions are made smaller before")
    each.add_argument("--version", default="0.0.0")
    each.add_argument("--licence", default="see the card")
    step("evaluate", evaluate_step, "measures what was exported, in the product's own path")
    return parser.parse_args()


given = arguments()
if given.threads:
    torch.set_num_threads(given.threads)
given.run(given)
