"""Trains small models and writes the sample logs that Eventglass is shipped with.

    python packaging/make_sample.py [FOLDER]

Needs torch, tensorboard, scikit-learn and Pillow (none of which Eventglass needs). Everything in
the logs comes from training that happened: five classifiers of the handwritten digits that
scikit-learn bundles, and one network that learns a sound. One classifier is stopped and resumed
from an older checkpoint, one is given far too high a learning rate and ends in NaN.
"""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from sklearn.datasets import load_digits
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
from torch import nn
from torch.nn import functional
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import custom_scalars

LIMIT_BYTES = 1_500_000
BATCH = 128
HISTOGRAM_BINS = 48
RNG_SEED = 7

NOTES = """\
## Handwritten digits

1,797 pictures of 8 × 8 pixels, one fifth held back for validation.

* `baseline` – two convolutions, Adam at 1e-3
* `wide` – twice the channels, Adam at 3e-4, cosine schedule
* `dropout` – as the baseline with 30 % dropout; **stopped at step 1,400 and resumed from the
  checkpoint of step 1,000**
* `mlp` – no convolution, plain SGD with momentum
* `too-hot` – the MLP at a learning rate of 5: the loss overflows, and ends as NaN
* `tone` – a sine network that learns half a second of sound
"""


@dataclass(frozen=True)
class Experiment:
    """What is varied between the classifiers."""

    name: str
    network: str = "conv"
    channels: int = 8
    dropout: float = 0.0
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    steps: int = 2400
    rich: bool = False
    new_style: bool = False
    interrupted_at: int = 0
    resumed_from: int = 0


EXPERIMENTS = (
    Experiment("baseline", rich=True),
    Experiment("wide", channels=16, learning_rate=3e-4, schedule="cosine", new_style=True),
    Experiment("dropout", dropout=0.3, interrupted_at=1400, resumed_from=1000),
    Experiment("mlp", network="mlp", optimizer="sgd", learning_rate=0.05),
    Experiment("too-hot", network="mlp", optimizer="sgd", learning_rate=5.0, steps=240),
)


class Classifier(nn.Module):
    """A small network from (n, 1, 8, 8) pictures to (n, 10) logits."""

    def __init__(self, network: str, channels: int, dropout: float) -> None:
        super().__init__()
        if network == "conv":
            self.body: nn.Module = nn.Sequential(
                nn.Conv2d(1, channels, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1),
                nn.ReLU(),
                nn.Flatten(),
                nn.Dropout(dropout),
                nn.Linear(2 * channels * 16, 16),
                nn.ReLU(),
            )
        else:
            self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 16))
        self.head = nn.Linear(16, 10)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Logits (n, 10) of pictures (n, 1, 8, 8)."""
        return self.head(self.body(pictures))


@dataclass(frozen=True)
class Data:
    """Pictures (n, 1, 8, 8) in 0..1 and their labels (n,)."""

    train: torch.Tensor
    train_labels: torch.Tensor
    val: torch.Tensor
    val_labels: torch.Tensor


def digits() -> Data:
    """Split scikit-learn's digits, one fifth for validation."""
    bunch = load_digits()
    pictures = torch.tensor(bunch.images, dtype=torch.float32)[:, None] / 16.0
    labels = torch.tensor(bunch.target)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(RNG_SEED))
    val, train = order[:360], order[360:]
    return Data(pictures[train], labels[train], pictures[val], labels[val])


@contextmanager
def writer(folder: Path) -> Iterator[SummaryWriter]:
    """Write to one event file of `folder`; its name is stripped of the machine's."""
    before = set(folder.glob("events.*")) if folder.is_dir() else set()
    out = SummaryWriter(str(folder), max_queue=10_000, flush_secs=3600)
    try:
        yield out
    finally:
        out.close()
        for path in set(folder.glob("events.*")) - before:
            started = path.name.split(".")[3]
            path.rename(folder / f"events.out.tfevents.{started}.sample.{len(before) + 1}.0")


# --- pictures -----------------------------------------------------------------------------------


def prediction_grid(data: Data, logits: torch.Tensor) -> np.ndarray:
    """Picture (h, w, 3) uint8 of 24 validation digits, wrong predictions marked red."""
    columns, rows, cell = 8, 3, 40
    sheet = Image.new("RGB", (columns * cell, rows * (cell + 12)), "white")
    pen = ImageDraw.Draw(sheet)
    predicted = logits.argmax(1)
    for i in range(columns * rows):
        x, y = (i % columns) * cell, (i // columns) * (cell + 12)
        grey = (255 - data.val[i, 0].numpy() * 255).astype(np.uint8)
        sheet.paste(
            Image.fromarray(grey).resize((cell - 2, cell - 2), Image.Resampling.NEAREST),
            (x + 1, y + 1),
        )
        right = bool(predicted[i] == data.val_labels[i])
        pen.text(
            (x + 4, y + cell - 1),
            f"{int(predicted[i])}"
            if right
            else f"{int(predicted[i])} not {int(data.val_labels[i])}",
            fill=(60, 120, 60) if right else (200, 30, 30),
        )
    return np.asarray(sheet)


def confusion_picture(data: Data, logits: torch.Tensor) -> np.ndarray:
    """Picture (220, 220, 3) uint8: rows the true digit, columns the predicted one."""
    matrix = np.zeros((10, 10))
    np.add.at(matrix, (data.val_labels.numpy(), logits.argmax(1).numpy()), 1.0)
    share = np.sqrt(matrix / np.maximum(matrix.sum(1, keepdims=True), 1.0))
    low, high = np.array([247.0, 250.0, 252.0]), np.array([12.0, 74.0, 110.0])
    colours = low + share[:, :, None] * (high - low)
    return np.kron(colours, np.ones((22, 22, 1))).astype(np.uint8)


def filter_picture(model: Classifier) -> np.ndarray:
    """Picture (h, w, 1) uint8 of the first layer's 3 × 3 kernels."""
    kernels = model.body[0].weight.detach().numpy()[:, 0]  # type: ignore[index]
    scaled = (kernels - kernels.min()) / (np.ptp(kernels) + 1e-9) * 255
    tiles = [np.pad(np.kron(k, np.ones((8, 8))), 2, constant_values=255) for k in scaled]
    return np.concatenate(tiles, axis=1).astype(np.uint8)[:, :, None]


def loss_surface(model: Classifier, data: Data, reach: float = 1.0) -> tuple[np.ndarray, ...]:
    """Vertices (n, 3), colours (n, 3), faces (m, 3) of the loss along two random directions.

    The directions are scaled per parameter to the parameter's own length (filter normalisation,
    Li et al. 2018), so that the picture doesn't depend on the scale of the weights.
    """
    side = 25
    generator = torch.Generator().manual_seed(RNG_SEED)
    origin = [p.detach().clone() for p in model.parameters()]
    axes = []
    for _ in range(2):
        direction = [torch.randn(p.shape, generator=generator) for p in origin]
        axes.append(
            [d * p.norm() / (d.norm() + 1e-9) for d, p in zip(direction, origin, strict=True)]
        )
    ticks = np.linspace(-reach, reach, side)
    heights = np.empty((side, side))
    with torch.no_grad():
        for i, a in enumerate(ticks):
            for j, b in enumerate(ticks):
                for parameter, p, u, v in zip(model.parameters(), origin, *axes, strict=True):
                    parameter.copy_(p + a * u + b * v)
                heights[i, j] = functional.cross_entropy(model(data.val), data.val_labels).item()
        for parameter, p in zip(model.parameters(), origin, strict=True):
            parameter.copy_(p)
    x, y = np.meshgrid(ticks, ticks, indexing="ij")
    z = np.log1p(heights)
    vertices = np.stack([x, y, z * (1.2 / z.max())], axis=-1).reshape(-1, 3).astype(np.float32)
    t = ((z - z.min()) / np.ptp(z)).reshape(-1, 1)
    low, high = np.array([[24.0, 92.0, 128.0]]), np.array([[240.0, 178.0, 86.0]])
    colours = (low + t * (high - low)).astype(np.uint8)
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)[None, :]).ravel()
    faces = np.concatenate(
        [
            np.stack([corner, corner + side, corner + 1], axis=1),
            np.stack([corner + 1, corner + side, corner + side + 1], axis=1),
        ]
    ).astype(np.int32)
    return vertices, colours, faces


# --- training -----------------------------------------------------------------------------------


def write_hparams(folder: Path, experiment: Experiment, started_s: float) -> None:
    """Write the session of one experiment, its metrics being those of its ``val`` run."""
    values = {
        key: value
        for key, value in asdict(experiment).items()
        if key in {"network", "channels", "dropout", "optimizer", "learning_rate", "schedule"}
    }
    infos = [
        api_pb2.HParamInfo(
            name=key,
            type=api_pb2.DATA_TYPE_STRING if isinstance(value, str) else api_pb2.DATA_TYPE_FLOAT64,
        )
        for key, value in values.items()
    ]
    metrics = [
        api_pb2.MetricInfo(name=api_pb2.MetricName(group="val", tag=tag), display_name=title)
        for tag, title in (("metrics/accuracy", "accuracy"), ("metrics/loss", "loss"))
    ]
    start = plugin_data_pb2.SessionStartInfo(start_time_secs=started_s)
    for key, value in values.items():
        if isinstance(value, str):
            start.hparams[key].string_value = value
        else:
            start.hparams[key].number_value = value
    end = plugin_data_pb2.SessionEndInfo(status=api_pb2.STATUS_SUCCESS, end_time_secs=time.time())
    about = api_pb2.Experiment(
        description="Handwritten digits", hparam_infos=infos, metric_infos=metrics
    )
    with writer(folder) as out:
        for name, content in (
            ("experiment", plugin_data_pb2.HParamsPluginData(experiment=about)),
            ("session_start_info", plugin_data_pb2.HParamsPluginData(session_start_info=start)),
            ("session_end_info", plugin_data_pb2.HParamsPluginData(session_end_info=end)),
        ):
            plugin = SummaryMetadata.PluginData(
                plugin_name="hparams", content=content.SerializeToString()
            )
            value = Summary.Value(
                tag=f"_hparams_/{name}", metadata=SummaryMetadata(plugin_data=plugin)
            )
            out._get_file_writer().add_summary(Summary(value=[value]))


def evaluate(
    model: Classifier, data: Data, out: SummaryWriter, step: int, experiment: Experiment
) -> None:
    """Write the validation summaries of one step."""
    model.eval()
    with torch.no_grad():
        logits = model(data.val)
    model.train()
    style = experiment.new_style
    predicted = logits.argmax(1)
    correct = (predicted == data.val_labels).float()
    loss = functional.cross_entropy(logits, data.val_labels).item()
    out.add_scalar("metrics/loss", loss, step, new_style=style)
    out.add_scalar("metrics/accuracy", correct.mean().item(), step, new_style=style)
    if step % 150 == 0:
        for digit in range(10):
            of_digit = data.val_labels == digit
            recall = correct[of_digit].mean().item()
            out.add_scalar(f"recall/{digit}", recall, step, new_style=style)
    if experiment.steps < 1000 or step % 400:
        return
    out.add_image("confusion", confusion_picture(data, logits), step, dataformats="HWC")
    if experiment.rich or experiment.name == "mlp":
        out.add_image("predictions", prediction_grid(data, logits), step, dataformats="HWC")
        for digit in (1, 8):
            out.add_pr_curve(
                f"precision_recall/{digit}",
                (data.val_labels == digit).int(),
                logits.softmax(1)[:, digit],
                step,
                num_thresholds=51,
            )


def write_rich(model: Classifier, data: Data, out: SummaryWriter, step: int) -> None:
    """Write the summaries that only the first experiment has."""
    model.eval()
    with torch.no_grad():
        features = model.body(data.val)
    model.train()
    shown = features[:240]
    centred = shown - shown.mean(0)
    _, _, axes = torch.linalg.svd(centred, full_matrices=False)
    cloud = centred @ axes[:3].T
    palette = np.array(
        [
            [31, 119, 180],
            [255, 127, 14],
            [44, 160, 44],
            [214, 39, 40],
            [148, 103, 189],
            [140, 86, 75],
            [227, 119, 194],
            [127, 127, 127],
            [188, 189, 34],
            [23, 190, 207],
        ]
    )
    colours = torch.tensor(palette[data.val_labels[:240].numpy()], dtype=torch.uint8)
    out.add_mesh("features", cloud[None] / cloud.abs().max(), colours[None], global_step=step)
    if step in (0, 2400):
        vertices, shades, faces = loss_surface(model, data)
        out.add_mesh(
            "loss_surface",
            torch.tensor(vertices)[None],
            torch.tensor(shades)[None],
            torch.tensor(faces)[None],
            global_step=step,
            config_dict={"camera": {"cls": "PerspectiveCamera", "fov": 60}},
        )
    if step == 2400:
        out.add_embedding(
            shown,
            metadata=[[str(int(d))] for d in data.val_labels[:240]],
            metadata_header=["digit"],
            label_img=1.0 - data.val[:240],
            global_step=step,
            tag="features",
        )


def train(experiment: Experiment, data: Data, folder: Path) -> None:
    """Train one experiment, in two sittings when it is interrupted."""
    started_s = time.time()
    torch.manual_seed(RNG_SEED)
    model = Classifier(experiment.network, experiment.channels, experiment.dropout)
    if experiment.optimizer == "adam":
        optimizer: torch.optim.Optimizer = torch.optim.Adam(
            model.parameters(), experiment.learning_rate
        )
    else:
        optimizer = torch.optim.SGD(model.parameters(), experiment.learning_rate, momentum=0.9)
    sittings = [(0, experiment.steps)]
    if experiment.interrupted_at:
        sittings = [(0, experiment.interrupted_at), (experiment.resumed_from, experiment.steps)]
    checkpoint: tuple[dict[str, object], dict[str, object]] | None = None
    for number, (first, last) in enumerate(sittings):
        if number:
            time.sleep(1.2)  # the second file needs a later second in its name
            assert checkpoint is not None
            model.load_state_dict(checkpoint[0])
            optimizer.load_state_dict(checkpoint[1])
        with writer(folder / "train") as out, writer(folder / "val") as val:
            if number == 0:
                table = "\n".join(f"| {k} | {v} |" for k, v in asdict(experiment).items())
                out.add_text("config", f"| setting | value |\n|---|---|\n{table}", 0)
                if experiment.network == "conv" and experiment.rich:
                    out.add_graph(model, data.train[:1])
                if experiment.rich:
                    out.add_text("notes", NOTES, 0)
            for step in range(first, last + 1):
                if step % 50 == 0:
                    evaluate(model, data, val, step, experiment)
                if experiment.rich and step % 800 == 0:
                    write_rich(model, data, val, step)
                if step == experiment.resumed_from:
                    checkpoint = (
                        {k: v.clone() for k, v in model.state_dict().items()},
                        _copy_of(optimizer.state_dict()),
                    )
                train_step(experiment, model, optimizer, data, out, step)
            if number + 1 == len(sittings):
                note = "Finished" if experiment.steps > 1000 else "Stopped: the loss is NaN"
                out.add_text("notes", f"{note} after **{last:,}** steps", last)
    write_hparams(folder, experiment, started_s)


def _copy_of(state: dict[str, object]) -> dict[str, object]:
    import copy

    return copy.deepcopy(state)


def train_step(
    experiment: Experiment,
    model: Classifier,
    optimizer: torch.optim.Optimizer,
    data: Data,
    out: SummaryWriter,
    step: int,
) -> None:
    """Take one step of the optimiser and write about it."""
    rate = experiment.learning_rate * min(1.0, (step + 1) / 100)
    if experiment.schedule == "cosine":
        rate *= 0.5 * (1 + math.cos(math.pi * step / experiment.steps))
    for group in optimizer.param_groups:
        group["lr"] = rate
    chosen = torch.randint(len(data.train), (BATCH,))
    pictures, labels = data.train[chosen], data.train_labels[chosen]
    # Shifted by a pixel and noisy, or the task would be learnt in a second.
    moved = [
        part.roll((int(torch.randint(-1, 2, ())), int(torch.randint(-1, 2, ()))), dims=(2, 3))
        for part in pictures.chunk(8)
    ]
    pictures = torch.cat(moved) + 0.2 * torch.randn(pictures.shape)
    logits = model(pictures)
    loss = functional.cross_entropy(logits, labels)
    optimizer.zero_grad()
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    norm = torch.stack([g.norm() for g in gradients]).norm().item()
    style = experiment.new_style
    if step % 4 == 0:
        accuracy = (logits.argmax(1) == labels).float().mean().item()
        out.add_scalar("metrics/loss", loss.item(), step, new_style=style)
        out.add_scalar("metrics/accuracy", accuracy, step, new_style=style)
    if step % 16 == 0:
        out.add_scalar("optimizer/learning_rate", rate, step, new_style=style)
        out.add_scalar("optimizer/gradient_norm", norm, step, new_style=style)
    if step % 160 == 0 and not experiment.new_style and experiment.steps > 1000:
        for name, parameter in model.named_parameters():
            if name.endswith("weight"):
                tag = name.replace(".", "/")
                out.add_histogram(f"weights/{tag}", parameter.detach(), step, HISTOGRAM_BINS)
                if experiment.rich:
                    out.add_histogram(f"gradients/{tag}", parameter.grad, step, HISTOGRAM_BINS)
        if experiment.rich:
            out.add_image("filters", filter_picture(model), step, dataformats="HWC")
    optimizer.step()


# --- the sound ----------------------------------------------------------------------------------


class SineNetwork(nn.Module):
    """Sound as a function of time, with sines between the layers (SIREN, Sitzmann et al. 2020)."""

    def __init__(self, width: int = 48) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(1, width), nn.Linear(width, width)])
        self.out = nn.Linear(width, 1)
        nn.init.uniform_(self.layers[0].weight, -1, 1)
        bound = math.sqrt(6 / width) / 30
        nn.init.uniform_(self.layers[1].weight, -bound, bound)
        nn.init.uniform_(self.out.weight, -bound, bound)

    def forward(self, times: torch.Tensor) -> torch.Tensor:
        """Amplitude (n, 1) at times (n, 1) in -1..1."""
        wave = torch.sin(1500 * self.layers[0](times))
        return self.out(torch.sin(30 * self.layers[1](wave)))


def train_tone(folder: Path) -> None:
    """Train a network to be half a second of a fading chord."""
    torch.manual_seed(RNG_SEED)
    rate_hz, count = 8000, 4000
    seconds = torch.arange(count) / rate_hz
    chord = sum(torch.sin(2 * math.pi * f * seconds) for f in (261.63, 329.63, 392.0))
    target = (chord / 3.2 * torch.exp(-3 * seconds))[:, None]
    times = torch.linspace(-1, 1, count)[:, None]
    model = SineNetwork()
    optimizer = torch.optim.Adam(model.parameters(), 3e-4)
    with writer(folder) as out:
        out.add_text("notes", "Half a second of **C major**, learnt from its samples", 0)
        out.add_audio("target", target.T, 0, sample_rate=rate_hz)
        for step in range(1201):
            guess = model(times)
            loss = functional.mse_loss(guess, target)
            if step % 4 == 0:
                out.add_scalar("metrics/loss", loss.item(), step)
                noise = target.pow(2).mean().item() / max(loss.item(), 1e-12)
                out.add_scalar("metrics/signal_to_noise_db", 10 * math.log10(noise), step)
            if step in (0, 100, 300, 1200):
                out.add_audio("learnt", guess.detach().T.clamp(-1, 1), step, sample_rate=rate_hz)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def write_layout(folder: Path) -> None:
    """Write a custom-scalars layout for the whole log directory."""
    layout = {
        "Training": {
            "Loss": ["Multiline", ["metrics/loss"]],
            "Accuracy": ["Multiline", ["metrics/accuracy"]],
        },
        "Digits that look alike": {"Recall of 1, 7, 8, 9": ["Multiline", ["recall/[1789]"]]},
    }
    with writer(folder) as out:
        out._get_file_writer().add_summary(custom_scalars(layout))


def main() -> None:
    """Write everything anew."""
    default = Path(__file__).resolve().parent.parent / "resources" / "sample"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    shutil.rmtree(folder, ignore_errors=True)
    torch.set_num_threads(1)  # sums in one order, whatever the machine
    data = digits()
    for experiment in EXPERIMENTS:
        started = time.monotonic()
        train(experiment, data, folder / experiment.name)
        print(f"{experiment.name}: {time.monotonic() - started:.1f} s")
    train_tone(folder / "tone")
    write_layout(folder)
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{total:,} bytes in {folder}")
    if total > LIMIT_BYTES:
        sys.exit(f"More than {LIMIT_BYTES:,} bytes")


if __name__ == "__main__":
    main()
