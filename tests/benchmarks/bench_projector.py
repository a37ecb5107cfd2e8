"""Embeddings: reading, exact PCA, neighbours, t-SNE and UMAP in their process.

``python -m tests.benchmarks.bench_projector``; with ``--tensorboard`` and Node.js at hand also
TensorBoard's own t-SNE, as its page runs it, on the same neighbours.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np

from eventglass.app.core.projector import channel, pca, sources, tensors
from eventglass.app.core.projector.neighbours import Finder, Metric
from eventglass.app.core.projector.requests import TsneSettings, UmapSettings, to_header
from eventglass.app.models.projection_jobs import command
from tests.benchmarks.measure import parser, report, rounded

ROWS, DIMENSIONS = 100_000, 128
TSNE_ROWS, TSNE_DIMENSIONS, ITERATIONS = 10_000, 64, 500
_FIND = (
    "import tensorboard, pathlib; print(next(pathlib.Path(tensorboard.__file__).parent"
    ".rglob('projector_binary.js')))"
)
_RUN = """
const fs = require("fs");
const {rows, k, iterations, perplexity, distances, neighbours} = JSON.parse(fs.readFileSync(0));
const near = [];
for (let i = 0; i < rows; i++) {
  near.push(neighbours[i].map((index, at) => ({index, dist: distances[i][at]})));
}
const began = performance.now();
const tsne = new TSNE({dim: 2, epsilon: 10, perplexity});
tsne.setSuperviseFactor(0);
tsne.initDataDist(near);
const prepared = performance.now();
for (let i = 0; i < iterations; i++) tsne.step();
const done = performance.now();
console.log(JSON.stringify([(prepared - began) / 1000, (done - prepared) / 1000]));
"""


def clouds(rows: int, dimensions: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Ten clouds."""
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.standard_normal((10, dimensions)) * 3, rows // 10, axis=0)
    return (centres + rng.standard_normal((rows, dimensions))).astype(np.float32)


def _median_s(work: Callable[[], object], repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return rounded(statistics.median(taken))


def _project(
    vectors: np.ndarray[Any, Any], settings: TsneSettings | UmapSettings
) -> dict[str, float]:
    """Seconds from the start of the process to its last coordinates, all of them sent."""
    began = time.perf_counter()
    first = 0.0
    process = subprocess.Popen(command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    source, out = cast(Any, process.stdin), cast(Any, process.stdout)
    channel.send(source, {"do": "start", "settings": to_header(settings)}, {"vectors": vectors})
    while (message := channel.receive(out)) is not None:
        event = message[0]["event"]
        first = first or (time.perf_counter() - began if event == "partial" else 0.0)
        if event in ("done", "failed"):
            break
    taken = time.perf_counter() - began
    process.kill()
    process.wait()
    return {"first_picture_s": rounded(first), "whole_s": rounded(taken)}


def _tensorboard(
    python: Path, vectors: np.ndarray[Any, Any], iterations: int
) -> dict[str, float] | None:
    """Seconds of TensorBoard's t-SNE, neighbours given; None without Node.js."""
    node = shutil.which("node")
    if node is None:
        return None
    found = subprocess.run([python, "-c", _FIND], capture_output=True, text=True, check=True)
    page = Path(found.stdout.strip()).read_text()
    # From the tree to the class of the t-SNE, whatever the names are made short to.
    inner = page.index("There should be at least 1 data point")
    begin = page.rindex("var ", 0, inner)
    name = re.search(r"var (\w+)=class\{constructor\(\w+\)\{if\(this\.iter=0", page[begin:])
    assert name is not None
    end = page.index("};var ", begin + name.end())
    program = f"{page[begin:end]}}};\nconst TSNE = {name[1]};\n{_RUN}"
    rows, distances = Finder(vectors).all_pairs(90, Metric.COSINE)
    given = {
        "rows": len(vectors),
        "k": 90,
        "iterations": iterations,
        "perplexity": 30,
        "neighbours": rows.tolist(),
        "distances": distances.tolist(),
    }
    with tempfile.NamedTemporaryFile("w", suffix=".js") as file:
        file.write(program)
        file.flush()
        done = subprocess.run(
            [node, "--max-old-space-size=8192", file.name],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=True,
        )
    prepared, stepped = json.loads(done.stdout)
    return {
        "prepared_s": rounded(prepared),
        "iterations": iterations,
        "iterations_s": rounded(stepped),
        "iteration_ms": rounded(stepped / iterations * 1000),
    }


def main() -> None:
    """Measure and report."""
    arguments = parser(__doc__, repeats=3)
    arguments.add_argument(
        "--their-iterations", type=int, default=ITERATIONS, help="of TensorBoard's t-SNE"
    )
    options = arguments.parse_args()
    figures: dict[str, Any] = {}
    vectors = clouds(ROWS, DIMENSIONS)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        vectors.astype("<f4").tofile(root / "raw.bytes")
        with (root / "text.tsv").open("w") as stream:
            for begin in range(0, ROWS, 1000):
                part = vectors[begin : begin + 1000].tolist()
                stream.write("".join("\t".join(map(repr, row)) + "\n" for row in part))
        shape = f"tensor_shape: {ROWS} tensor_shape: {DIMENSIONS}"
        (root / "projector_config.pbtxt").write_text(
            f'embeddings {{ tensor_name: "raw" tensor_path: "raw.bytes" {shape} }}\n'
            'embeddings { tensor_name: "text" tensor_path: "text.tsv" }\n'
        )
        figures["text_mb"] = rounded((root / "text.tsv").stat().st_size / 1e6)
        for source in sources.find(folder):

            def work(source: sources.EmbeddingSource = source) -> None:
                embedding = tensors.load(source)
                pca.fit(embedding.vectors, 10, embedding.finite)

            def load(source: sources.EmbeddingSource = source) -> None:
                tensors.load(source)

            figures[f"{source.name}_load_s"] = _median_s(load, options.repeats)
            figures[f"{source.name}_load_and_pca_s"] = _median_s(work, options.repeats)
    finder = Finder(vectors)
    finder.nearest(0, 1)
    for metric in Metric:
        taken = _median_s(lambda m=metric: finder.nearest(7, 100, m), 9)  # type: ignore[misc]
        figures[f"nearest_100_{metric}_ms"] = rounded(taken * 1000)
    few = clouds(TSNE_ROWS, TSNE_DIMENSIONS)
    iterations = ITERATIONS - 250
    for dimensions in (2, 3):
        settings = TsneSettings(dimensions=dimensions, iterations=iterations)
        figures[f"tsne_{dimensions}d"] = _project(few, settings)
    figures["umap_2d_500_epochs"] = _project(few, UmapSettings())
    if options.tensorboard is not None:
        theirs = _tensorboard(options.tensorboard, few, options.their_iterations)
        if theirs is not None:
            figures["tensorboard_tsne_2d"] = theirs
            # Their neighbours are not counted: they were ours.
            whole = theirs["prepared_s"] + theirs["iteration_ms"] * ITERATIONS / 1000
            figures["tsne_times_faster"] = rounded(whole / figures["tsne_2d"]["whole_s"], 3)
    report("projector", figures)


if __name__ == "__main__":
    main()
