"""Meshes: a log of large meshes; how long a step takes until it is painted, and its parts.

``python -m tests.benchmarks.bench_meshes``

Colours and faces are written at each step, as PyTorch does. Steps are gone through in an order in
which nothing has been read before.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.benchmarks.make_logs import event_file_name, file_start, framed
from tests.benchmarks.measure import parser, report, rounded
from tests.core import events
from tests.widgets import mesh_logs


def torus(side: int, phase: float) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    """A torus of side² vertices and twice as many faces."""
    turn = np.linspace(0.0, 2.0 * np.pi, side, endpoint=False)
    u, v = np.meshgrid(turn, turn)
    tube = 1.0 + 0.2 * np.sin(5.0 * u + phase)
    places = [
        (2 + tube * np.cos(v)) * np.cos(u),
        (2 + tube * np.cos(v)) * np.sin(u),
        tube * np.sin(v),
    ]
    at = np.arange(side * side).reshape(side, side)
    right, down = np.roll(at, -1, 1), np.roll(at, -1, 0)
    across = np.roll(down, -1, 1)
    faces = [
        np.stack(each, -1).reshape(-1, 3) for each in ((at, right, across), (at, across, down))
    ]
    return (
        np.stack(places, -1).reshape(-1, 3).astype(np.float32),
        np.concatenate(faces).astype(np.int32),
    )


def write_meshes(file: Path, side: int, steps: int) -> int:
    """Write an event file of one mesh with faces and colours; return the number of vertices."""
    _places, faces = torus(side, 0.0)
    with file.open("wb") as stream:
        stream.write(file_start())
        for kind in ("VERTEX", "FACE", "COLOR"):
            rows = []
            for step in range(steps):
                places, _faces = torus(side, 0.3 * step)
                shades = np.uint8((places / 6.4 + 0.5) * 255)
                array = {"VERTEX": places, "FACE": faces, "COLOR": shades}[kind]
                value = mesh_logs.part("torus", kind, array[None])
                tag = events.field(1, f"torus_{kind}".encode())
                value = value.replace(events.field(1, b"%TAG%"), tag, 1)
                event = events.event(step, 1.7e9 + step, what=events.summary(value))
                rows.append(np.frombuffer(event, np.uint8))
            # Steps below 128 are as long as each other: their CRCs are worked out together.
            stream.write(framed(np.stack(rows)))
    return side * side


def times_ms(work: Callable[[int], object], count: int) -> dict[str, float]:
    """Median and best of the time a turn takes, in milliseconds."""
    times = []
    for number in range(count):
        began = time.perf_counter()
        work(number)
        times.append(1000.0 * (time.perf_counter() - began))
    return {"median": rounded(statistics.median(times)), "best": rounded(min(times))}


def main() -> None:
    """Measure and print."""
    made = parser(__doc__)
    made.add_argument("--side", type=int, default=317, help="vertices around the ring")
    made.add_argument("--steps", type=int, default=24)
    options = made.parse_args()
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QCoreApplication, QEventLoop, Qt
    from PySide6.QtWidgets import QApplication

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    application = QApplication.instance() or QApplication([])
    from eventglass.app import load
    from eventglass.app.core.meshes import colouring
    from eventglass.app.core.meshes.assembling import assemble
    from eventglass.app.core.meshes.nearest import PointTree
    from eventglass.app.core.meshes.reach import outermost
    from eventglass.app.core.meshes.statistics import mesh_statistics
    from eventglass.app.core.store import Changes
    from eventglass.app.models.commands import Commands
    from eventglass.app.models.payloads import Payloads
    from eventglass.app.models.settings import Settings
    from eventglass.app.models.tasks import Tasks
    from eventglass.app.models.theme import Theme
    from eventglass.app.models.workspace import Workspace
    from eventglass.widgets.plots.line_book import LineBook
    from eventglass.widgets.view import ViewContext
    from eventglass.widgets.views.meshes import MeshesView

    figures: dict[str, object] = {"steps": options.steps}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "logs"
        place.mkdir()
        figures["vertices"] = write_meshes(place / event_file_name(), options.side, options.steps)
        figures["faces"] = 2 * options.side**2
        log = load(place)
        run = log[log.runs[0]]
        parts = [run[f"torus_{kind}"].read(0) for kind in ("VERTEX", "FACE", "COLOR")]
        mesh = assemble(parts[0], parts[1], parts[2], 0)
        repeats = options.repeats
        figures["decode_ms"] = times_ms(lambda i: run["torus_VERTEX"].read(i), repeats)
        figures["assemble_ms"] = times_ms(lambda _: assemble(*parts, 0), repeats)
        figures["normals_ms"] = times_ms(lambda _: colouring.normals_of(mesh), repeats)
        figures["outermost_ms"] = times_ms(lambda _: outermost(mesh.points), repeats)
        figures["statistics_ms"] = times_ms(lambda _: mesh_statistics(mesh), repeats)
        figures["tree_ms"] = times_ms(lambda _: PointTree(mesh.points), repeats)
        figures["distances_ms"] = times_ms(
            lambda _: colouring.vertex_distances(mesh, mesh), repeats
        )

        theme = Theme("light")
        store = log.store
        workspace = Workspace(store, theme)
        tasks = Tasks()
        payloads = Payloads(store, tasks, 1 << 28)
        view = MeshesView(
            ViewContext(
                store,
                workspace,
                Settings(Path(folder) / "settings.json"),
                tasks,
                Commands(),
                theme,
                LineBook(store, workspace, tasks),
                payloads,
            )
        )
        view.resize(480, 460)
        view.show()
        changes = Changes(runs=range(len(store.runs)), roots=True)
        workspace.take_changes(changes)
        view.take_changes(changes)

        def settle(step: int) -> None:
            (card,) = view.cards()
            while card.loaded is None or card.waits or card.loaded.key.step != step:
                # Waits: a loop that asks again and again would take the threads' time.
                application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            card.scene.repaint()

        settle(options.steps - 1)
        figures["renderer"] = view.renderer_name()

        def fresh(number: int) -> None:
            workspace.set_step(number * 3 % options.steps)
            settle(number * 3 % options.steps)

        def known(number: int) -> None:
            workspace.set_step(number % 2)
            settle(number % 2)

        # Every third step: what comes next is prefetched, and would be there already.
        figures["step_ms"] = times_ms(fresh, options.steps // 3)
        figures["step_again_ms"] = times_ms(known, 12)
        (card,) = view.cards()
        figures["paint_ms"] = times_ms(lambda _: card.scene.repaint(), repeats)
        view.close()
        tasks.stop()
    report("meshes", figures)


if __name__ == "__main__":
    main()
