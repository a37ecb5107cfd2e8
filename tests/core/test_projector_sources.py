"""Sources: every place is looked at, foreign paths are found, nothing leads outside."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from eventglass.app.core.projector import configs, metadata, sources, sprites, tensors
from eventglass.app.core.projector.notices import EmbeddingError
from eventglass.app.core.projector.sources import EmbeddingSource, Origin
from tests.core.projector_files import write_bundle

VECTORS = np.arange(6, dtype=np.float32).reshape(3, 2)
TSV = "0\t1\n2\t3\n4\t5\n"


def write(folder: Path, config: str, **files: str | bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / configs.FILE_NAME).write_text(config)
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_tsv", ".tsv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def block(path: str, metadata_path: str = "", name: str = "t") -> str:
    path = path.replace("\\", "\\\\")
    metadata_path = metadata_path.replace("\\", "\\\\")
    meta = f'metadata_path: "{metadata_path}"' if metadata_path else ""
    return f'embeddings {{ tensor_name: "{name}" tensor_path: "{path}" {meta} }}\n'


def only(root: Path) -> EmbeddingSource:
    found = sources.find(str(root))
    assert len(found) == 1
    return found[0]


def load(source: EmbeddingSource) -> np.ndarray:
    return tensors.load(source).vectors


ORACLES = [
    *(
        (f"golden/projector/{name}", f"oracle/projector/{name}.json")
        for name in (
            "absolute_metadata",
            "as_runs",
            "missing_file",
            "tensor_files",
            "tf2_checkpoint",
        )
    ),
    ("golden/torch_all", "oracle/torch_all.json.gz"),
    ("golden/keras_fit/text", "oracle/keras_fit__text.json"),
    *(
        (f"real/{name}", f"oracle/real/{name}.json")
        for name in ("adriens63__word2vec_tf", "andrewlook__portfolio_tsne_projector")
    ),
]


@pytest.mark.corpus
@pytest.mark.parametrize(("logdir", "oracle"), ORACLES)
def test_all_that_tensorboard_serves(corpus: Path, logdir: str, oracle: str) -> None:
    raw = (corpus / oracle).read_bytes()
    served = json.loads(gzip.decompress(raw) if oracle.endswith(".gz") else raw).get("projector")
    found = {(each.run, each.name): each for each in sources.find(str(corpus / logdir))}
    assert found
    for run, told in (served or {}).items():
        if run == "error":
            continue
        for name, facts in told["embeddings"].items():
            source = found[run, name]
            assert source.config == told["config_path"]
            embedding = tensors.load(source)
            assert list(embedding.vectors.shape) == facts["shape"]
            digest = hashlib.sha256(embedding.vectors.astype("<f4").tobytes()).hexdigest()
            assert digest == facts["tensor"]["sha256"]
            assert embedding.notices == ()
            for part, place in (
                ("metadata", source.metadata),
                ("bookmarks", source.bookmarks),
                ("sprite", source.sprite and source.sprite.place),
            ):
                if "sha256" not in facts[part]:
                    assert place is None
                    continue
                assert place is not None
                served_bytes = Path(place.local()).read_bytes()
                assert hashlib.sha256(served_bytes).hexdigest() == facts[part]["sha256"]
            if source.metadata is not None:
                lines = facts["metadata"]["lines"] - facts["metadata"]["has_header"]
                table = metadata.load(source.metadata, lines)
                assert table.notices == ()
                assert [column.name for column in table.columns] == (
                    facts["metadata"]["first"].split("\t")
                    if facts["metadata"]["has_header"]
                    else ["label"]
                )
            if source.sprite is not None:
                assert sprites.load(source.sprite, lines_of(facts)).notices == ()


def lines_of(facts: dict) -> int:
    return facts["shape"][0]


@pytest.mark.corpus
def test_pytorchs_steps(corpus: Path) -> None:
    found = sources.find(str(corpus / "golden" / "torch_all"))
    assert [(each.run, each.title, each.step) for each in found] == [
        ("cnn/train", "digits", 0),
        ("cnn/train", "digits", 7),
        ("cnn/val", "single_column", 0),
        ("cnn/val", "no_metadata", 3),
    ]


@pytest.mark.parametrize(
    ("name", "title", "step"),
    [
        ("tag:00007", "tag", 7),
        ("a:b:123456", "a:b", 123456),
        ("embedding:0", "embedding", None),
        ("layer:1", "layer:1", None),
        ("e/.ATTRIBUTES/VARIABLE_VALUE", "e", None),
        ("x:" + "9" * 19, "x:" + "9" * 19, None),
    ],
)
def test_names(name: str, title: str, step: int | None) -> None:
    assert sources.split_name(name) == (title, step)


@pytest.mark.parametrize(
    "path",
    [
        "t.tsv",
        "./t.tsv",
        "/home/somebody/logs/run/t.tsv",
        "C:\\Users\\somebody\\logs\\run\\t.tsv",
        "\\\\server\\share\\run\\t.tsv",
        "gs://bucket/run/t.tsv",
        "../../elsewhere/run/t.tsv",
    ],
)
def test_paths_of_other_machines_are_found_in_the_log_directory(tmp_path: Path, path: str) -> None:
    write(tmp_path / "log" / "run", block(path), t_tsv=TSV)
    source = only(tmp_path / "log")
    assert source.origin is Origin.FILE
    np.testing.assert_array_equal(load(source), VECTORS)
    told = [notice.message for notice in source.notices]
    assert bool(told) == (path not in ("t.tsv", "./t.tsv"))


def test_a_path_of_another_machine_is_found_by_its_last_directories(tmp_path: Path) -> None:
    write(tmp_path / "configs", block("/data/x/run7/t.tsv"))
    for run in ("run6", "run7", "run8"):
        (tmp_path / "runs" / run).mkdir(parents=True)
        (tmp_path / "runs" / run / "t.tsv").write_text(TSV if run == "run7" else "9\t9\n")
    np.testing.assert_array_equal(load(only(tmp_path)), VECTORS)


def test_a_name_alone_is_not_enough(tmp_path: Path) -> None:
    write(tmp_path / "a", block("/data/other/t.tsv"))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "t.tsv").write_text(TSV)
    assert only(tmp_path).origin is Origin.MISSING


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../secret.tsv", "../../secret.tsv", "link.tsv", "up/secret.tsv", "\0"]
)
def test_nothing_leads_out_of_the_log_directory(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.tsv").write_text(TSV)
    root = tmp_path / "log"
    write(root, block(path.replace("\0", "\\000")))
    os.symlink(tmp_path / "secret.tsv", root / "link.tsv")
    os.symlink(tmp_path, root / "up")
    found = [each for each in sources.find(str(root)) if each.run == "."]
    assert [each.origin for each in found] == [Origin.MISSING]
    with pytest.raises(EmbeddingError, match="was not found"):
        tensors.load(found[0])


def test_a_configuration_that_is_a_link_out_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(block("t.tsv"))
    root = tmp_path / "log"
    root.mkdir()
    os.symlink(tmp_path / "secret", root / configs.FILE_NAME)
    source = only(root)
    assert source.origin is Origin.MISSING
    assert "link out of the log directory" in source.notices[0].message


def test_devices_and_directories_are_no_files(tmp_path: Path) -> None:
    write(tmp_path, block("pipe") + block("folder", name="u"))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    assert [each.origin for each in sources.find(str(tmp_path))] == [Origin.MISSING] * 2


def test_loops_of_links_end(tmp_path: Path) -> None:
    write(tmp_path / "run", block("t.tsv"), t_tsv=TSV)
    os.symlink(tmp_path, tmp_path / "run" / "loop")
    assert only(tmp_path).run == "run"


def test_the_plugins_folder_belongs_to_its_run(tmp_path: Path) -> None:
    write(tmp_path / "r" / sources.PLUGIN_FOLDER, block("t.tsv"), t_tsv=TSV)
    assert only(tmp_path).run == "r"


def test_a_broken_block_disturbs_no_other(tmp_path: Path) -> None:
    broken = 'embeddings {\n  tensor_name: "half\n'
    write(tmp_path, block("t.tsv", name="a") + broken + block("t.tsv", name="b"), t_tsv=TSV)
    found = sources.find(str(tmp_path))
    assert [each.name for each in found] == ["a", "b"]
    assert found[0].notices[0].row == 3
    assert "broken" in found[0].notices[0].message


@pytest.mark.parametrize("text", ["}{", "embeddings {" * 5000, "\0\1\2", "a: [1, 2", 'x: "\\'])
def test_no_configuration_breaks_the_reader(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    for source in sources.find(str(tmp_path)):
        assert source.origin is Origin.MISSING
        assert source.notices


def test_strings_of_configurations() -> None:
    text = (
        "embeddings: < tensor_name: \"\\303\\244\" 'b' # remark\n tensor_shape: [3, 0x10];"
        " sprite { image_path: 's' single_image_dim: 4 single_image_dim: 5 } >"
    )
    entry = configs.parse(text).embeddings[0]
    assert entry.tensor_name == "äb"
    assert entry.tensor_shape == (3, 16)
    assert entry.sprite_path == "s"
    assert entry.sprite_cell == (4, 5)


def test_all_matrices_of_a_checkpoint_are_embeddings(tmp_path: Path) -> None:
    write_bundle(
        tmp_path / "model.ckpt-30",
        {
            "w": VECTORS,
            "b": np.zeros(3, np.float32),
            "w/.OPTIMIZER_SLOT/m": VECTORS,
            "deep": np.zeros((2, 2, 2), np.float32),
        },
    )
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "/gone/model.ckpt-30"\n')
    source = only(tmp_path)
    assert (source.name, source.step, source.shape) == ("w", 30, (3, 2))
    np.testing.assert_array_equal(load(source), VECTORS)


def test_a_damaged_index_is_told_where_its_variables_are_missed(tmp_path: Path) -> None:
    write_bundle(tmp_path / "m.ckpt", {"w": VECTORS})
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "m.ckpt"\n')
    (tmp_path / "projector_config.pbtxt").write_text('embeddings { tensor_name: "w" }')
    index = tmp_path / "m.ckpt.index"
    raw = bytearray(index.read_bytes())
    raw[2] ^= 255
    index.write_bytes(raw)
    told = [notice.text for notice in only(tmp_path).notices]
    assert any("checksum is wrong" in text and "m.ckpt.index" in text for text in told)
    index.write_bytes(raw[: len(raw) // 2])
    told = [notice.text for notice in only(tmp_path).notices]
    assert any("damaged" in text for text in told)
    assert all(text.count("m.ckpt.index") <= 1 for text in told)


def test_a_configuration_names_variables_and_metadata_for_all(tmp_path: Path) -> None:
    write_bundle(tmp_path / "m.ckpt", {"w": VECTORS, "v": VECTORS + 1})
    write(
        tmp_path,
        'model_checkpoint_path: "D:\\\\logs\\\\m.ckpt"\nembeddings { metadata_path: "m.tsv" }\n'
        'embeddings { tensor_name: "w:0" }\nembeddings { tensor_name: "none" }\n',
        m_tsv="a\nb\nc\n",
    )
    found = {each.name: each for each in sources.find(str(tmp_path))}
    assert found["w:0"].variable == "w"
    assert found["none"].origin is Origin.MISSING
    assert "holds no “none”" in found["none"].notices[-1].message
    assert found["v"].metadata is not None
    np.testing.assert_array_equal(load(found["v"]), VECTORS + 1)


@pytest.mark.parametrize("kind", ["zip", "tar", "tgz"])
def test_archives(tmp_path: Path, kind: str) -> None:
    log = tmp_path / "log"
    write(log / "run", block("data/t.tsv", "/else/m.tsv"), data__t_tsv=TSV, m_tsv="a\nb\nc\n")
    write_bundle(log / "m.ckpt-1", {"w": VECTORS})
    (log / "checkpoint").write_text('model_checkpoint_path: "m.ckpt-1"\n')
    path = tmp_path / f"log.{'tar.gz' if kind == 'tgz' else kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in log.rglob("*"):
                archive.write(file, file.relative_to(log))
            archive.writestr("../evil/projector_config.pbtxt", block("t.tsv"))
    else:
        with tarfile.open(path, "w:gz" if kind == "tgz" else "w") as tar:
            tar.add(log, ".")
    found = {each.run: each for each in sources.find(str(path))}
    assert sorted(found) == [".", "run"]
    np.testing.assert_array_equal(load(found["run"]), VECTORS)
    np.testing.assert_array_equal(load(found["."]), VECTORS)
    assert found["run"].metadata is not None
    assert len(metadata.load(found["run"].metadata, 3).columns[0].table) == 3


def test_equal_names_have_keys_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, block("t.tsv") * 3, t_tsv=TSV)
    assert len({each.key for each in sources.find(str(tmp_path))}) == 3


def test_a_file_brings_what_lies_beside_it(tmp_path: Path) -> None:
    write(tmp_path, block("00000/t.tsv"), **{"00000__t_tsv": TSV, "events": b""})
    write(tmp_path / "deeper", block("t.tsv"), t_tsv=TSV)
    found = sources.find(str(tmp_path / "events"))
    assert [each.run for each in found] == ["."]
    np.testing.assert_array_equal(load(found[0]), VECTORS)


def test_nothing_there_is_nothing_found(tmp_path: Path) -> None:
    assert sources.find(str(tmp_path / "none")) == ()
    assert sources.find(str(tmp_path)) == ()


@pytest.mark.parametrize(
    ("shape", "rows", "told"),
    [("3 2", 3, 0), ("4 2", 3, 1), ("2 2", 2, 1), ("1000000000 2", 3, 1), ("3 5", 1, 1)],
)
def test_raw_vectors_whose_size_is_not_rows_times_dimensions(
    tmp_path: Path, shape: str, rows: int, told: int
) -> None:
    sizes = " ".join(f"tensor_shape: {size}" for size in shape.split())
    config = f'embeddings {{ tensor_name: "t" tensor_path: "t.bytes" {sizes} }}'
    write(tmp_path, config)
    (tmp_path / "t.bytes").write_bytes(VECTORS.astype("<f4").tobytes())
    embedding = tensors.load(only(tmp_path))
    assert len(embedding.vectors) == rows
    assert len(embedding.notices) == told


def test_raw_vectors_without_a_shape(tmp_path: Path) -> None:
    write(tmp_path, block("t.bytes"), m_tsv="a\nb\nc\n")
    (tmp_path / "t.bytes").write_bytes(VECTORS.astype("<f4").tobytes())
    with pytest.raises(EmbeddingError, match="gives no tensor_shape"):
        tensors.load(only(tmp_path))
    # The metadata knows how many rows there are.
    write(tmp_path, block("t.bytes", "m.tsv"))
    np.testing.assert_array_equal(load(only(tmp_path)), VECTORS)


def test_rows_that_are_not_finite_are_told(tmp_path: Path) -> None:
    write(tmp_path, block("t.tsv"), t_tsv="1\t2\n\nnan\t3\n4\tinf\n5\t6\n")
    embedding = tensors.load(only(tmp_path))
    assert embedding.finite.tolist() == [True, False, False, True]
    assert embedding.notices[0].row == 3
    assert not embedding.vectors.flags.writeable
