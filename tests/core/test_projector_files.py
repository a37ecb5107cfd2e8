"""Metadata, sprites, bookmarks, and files of vectors opened by themselves."""

from __future__ import annotations

import io
import json
import math
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eventglass.app.core.projector import bookmarks, metadata, sprites, tensors
from eventglass.app.core.projector.bookmarks import Bookmark
from eventglass.app.core.projector.notices import EmbeddingError
from eventglass.app.core.projector.places import Place
from eventglass.app.core.projector.sources import SpriteSource


def put(path: Path, content: str | bytes) -> Place:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Place(str(path), "", path.name)


def cells(table: metadata.Metadata) -> dict[str, list[str]]:
    return {each.name: [each.text(row) for row in range(table.rows)] for each in table.columns}


def test_one_column_has_no_heading(tmp_path: Path) -> None:
    table = metadata.load(put(tmp_path / "m.tsv", "a\nb\r\n\nb"), 4)
    assert cells(table) == {"label": ["a", "b", "", "b"]}
    assert table.columns[0].table == ("a", "b")
    assert table.columns[0].codes.tolist() == [0, 1, -1, 1]
    assert table.notices == ()


def test_several_columns_have_one(tmp_path: Path) -> None:
    table = metadata.load(put(tmp_path / "m.tsv", "w\tn\tw\nä\t1e3\tx\nb\t\ty\n"), 2)
    assert cells(table) == {"w": ["ä", "b"], "n": ["1e3", ""], "w (2)": ["x", "y"]}
    numbers = table.columns[1].numbers
    assert numbers is not None
    assert numbers[0] == 1000
    assert math.isnan(numbers[1])
    assert table.columns[0].numbers is None


@pytest.mark.parametrize(
    ("text", "rows", "word", "row"),
    [
        ("a\nb\n", 4, "2 lines for 4 rows", 2),
        ("a\nb\nc\nd\n", 2, "4 lines for 2 rows", 3),
        ("x\ty\na\tb\n", 3, "1 lines for 3 rows", 2),
        ("x\ty\na\tb\nc\td\ne\tf\n", 2, "3 lines for 2 rows", 4),
        ("a\tb\nc\td\n", 2, "no heading", 1),
        ("x\ty\na\nb\tc\td\n", 2, "not 2 cells like the first; so have 1 more", 2),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(
    tmp_path: Path, text: str, rows: int, word: str, row: int
) -> None:
    table = metadata.load(put(tmp_path / "m.tsv", text), rows)
    assert word in table.notices[0].message
    assert table.notices[0].row == row
    assert all(len(each.codes) == rows for each in table.columns)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\0\0"])
def test_no_metadata_at_all(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(EmbeddingError):
        metadata.load(put(tmp_path / "m.tsv", content), 2)


def test_edits_and_what_is_written(tmp_path: Path) -> None:
    table = metadata.load(put(tmp_path / "m.tsv", "w\tn\na\t1\nb\t2\nc\t3\n"), 3)
    changed = table.with_text("w", [0, 2], "new\tone").with_text("n", [1], "")
    changed = changed.with_text("mark", [1], "yes")
    assert cells(table)["w"] == ["a", "b", "c"]
    out = tmp_path / "out.tsv"
    metadata.write(changed, str(out))
    assert out.read_text() == "w\tn\tmark\nnew one\t1\t\nb\t\tyes\nnew one\t3\t\n"
    again = metadata.load(Place(str(out)), 3)
    assert cells(again)["mark"] == ["", "yes", ""]
    assert [path.name for path in tmp_path.iterdir()] == ["m.tsv", "out.tsv"] or len(
        list(tmp_path.iterdir())
    ) == 2


def sheet(width: int, height: int) -> bytes:
    rng = np.random.default_rng(0)
    stream = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (height, width, 3), np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def test_cells_of_a_sprite_lie_in_rows(tmp_path: Path) -> None:
    data = sheet(30, 16)
    made = sprites.load(SpriteSource(put(tmp_path / "s.png", data), 10, 8), 5)
    assert (made.columns, made.cells) == (3, 5)
    whole = np.asarray(Image.open(io.BytesIO(data)))
    cell = made.cell(4)
    assert cell is not None
    np.testing.assert_array_equal(cell[:, :, :3], whole[8:16, 10:20])
    assert made.cell(5) is None
    assert made.notices == ()


def test_a_sprite_smaller_than_needed_is_told(tmp_path: Path) -> None:
    made = sprites.load(SpriteSource(put(tmp_path / "s.png", sheet(20, 10)), 10, 10), 5)
    assert made.cells == 2
    assert "the last 3 rows have no picture" in made.notices[0].message


@pytest.mark.parametrize("cell", [(0, 0), (100, 4)])
def test_a_size_of_cells_that_can_not_be_is_guessed(tmp_path: Path, cell: tuple[int, int]) -> None:
    made = sprites.load(SpriteSource(put(tmp_path / "s.png", sheet(30, 30)), *cell), 9)
    assert (made.cell_width, made.cell_height, made.cells) == (10, 10, 9)
    assert made.notices


def test_sprites_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for content in (b"", b"nothing", sheet(30, 30)[:200]):
        with pytest.raises(EmbeddingError):
            sprites.load(SpriteSource(put(tmp_path / "s.png", content), 10, 10), 9)
    monkeypatch.setattr(sprites, "MAX_PIXELS", 800)
    with pytest.raises(EmbeddingError, match="more than"):
        sprites.load(SpriteSource(put(tmp_path / "s.png", sheet(30, 30)), 10, 10), 9)


def test_bookmarks_there_and_back(tmp_path: Path) -> None:
    points = np.array([[1, 2, 3], [4, 5, np.nan]], np.float32)
    made = (
        Bookmark(
            label="one",
            projection="custom",
            shape=(2, 7),
            custom_field="w",
            custom_texts=("a", "b", "", "d"),
            custom_regexes=(True, False, False, True),
            points=np.array([[1, 2, np.nan], [4, 5, np.nan]], np.float32),
            selected=(1,),
            filtered=(0, 1),
            camera_position=(1, 2, 3),
            camera_target=(0, 0, 1),
            camera_zoom=2.5,
            colour_by="w",
            label_by="w",
            extra={"future": [1]},
        ),
        Bookmark(label="two", projection="pca", components=(3, 0, 2), points=points),
        Bookmark(label="three", projection="umap", umap_is_3d=False, is_selected=True),
    )
    path = tmp_path / "b.json"
    bookmarks.save(made, str(path))
    read = bookmarks.load(str(path))
    assert read.notices == ()
    for one, other in zip(read.items, made, strict=True):
        for name in Bookmark.__slots__:
            if name != "points":
                assert getattr(one, name) == getattr(other, name), name
    assert read.items[0].points is not None
    np.testing.assert_array_equal(read.items[0].points, made[0].points)
    np.testing.assert_array_equal(read.items[1].points, points)
    plain = json.loads(path.read_text())
    assert plain[1]["projections"][0] == {"pca-3": 1, "pca-0": 2, "pca-2": 3}
    assert plain[0]["customXLeftRegex"] is True


@pytest.mark.corpus
def test_bookmarks_of_tensorboard(corpus: Path) -> None:
    path = corpus / "golden" / "projector" / "tf2_checkpoint" / "bookmarks.json"
    read = bookmarks.load(str(path))
    assert [each.label for each in read.items] == ["PCA view 0", "PCA view 1"]
    first = read.items[0]
    assert first.shape == (600, 16)
    assert first.points is not None
    assert first.points[0, 0] == np.float32(-0.2086569219827652)
    assert first.camera_position == (0.5, 1, 1.5)
    assert first.selected == (1, 2, 3)
    assert first.extra == {}


@pytest.mark.parametrize("text", ["", "{", "3", '"x"', "[" * 100_000, "\xff"])
def test_files_that_are_no_bookmarks(tmp_path: Path, text: str) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(EmbeddingError):
        bookmarks.load(str(path))


def test_odd_states_are_taken_as_far_as_they_go(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text(
        '[3, {"label": 7, "projections": [null, {"pca-0": 1e999, "pca-1": "x"}],'
        ' "selectedPoints": [-1, "a", 2], "cameraDef": 5, "dataSetDimensions": ["a"]}]'
    )
    read = bookmarks.load(str(path))
    assert len(read.notices) == 1
    assert read.items[0].label == "Bookmark 2"
    assert read.items[0].selected == (2,)
    assert read.items[0].points is not None
    assert np.isnan(read.items[0].points).all()


VECTORS = np.arange(12, dtype=np.float32).reshape(4, 3)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["f4", ">f8", "f2", "i8"])
def test_numpy_files(tmp_path: Path, order: str, dtype: str) -> None:
    path = tmp_path / "v.npy"
    np.save(path, np.array(VECTORS, dtype, order=order))
    opened = tensors.open_vectors(str(path))
    np.testing.assert_array_equal(opened.embedding.vectors, VECTORS)
    assert opened.source.shape == (4, 3)


def test_numpy_files_with_more_dimensions_are_flattened(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.zeros((4, 2, 3)))
    opened = tensors.open_vectors(str(tmp_path / "v.npy"))
    assert opened.embedding.vectors.shape == (4, 6)
    assert "4 × 2 × 3" in opened.embedding.notices[0].message


def test_numpy_archives(tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    np.savez_compressed(path, small=np.zeros((2, 2)), v=VECTORS, words=np.array(list("abcd")))
    opened = tensors.open_vectors(str(path))
    np.testing.assert_array_equal(opened.embedding.vectors, VECTORS)
    assert cells(opened.metadata) == {"words": ["a", "b", "c", "d"]}


def header(shape: str, descr: str = "<f4") -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    text = text.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    "content",
    [
        header("(1000000, 1000000)") + bytes(100),
        header("(-1, 4)") + bytes(100),
        header("(4, 3)", "|O") + bytes(100),
        header("(4, 3)") + bytes(40),
        header("__import__('os').getcwd()"),
        b"\x93NUMPY\x09\x00",
        b"nonsense",
        b"",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_numpy_files_that_lie(tmp_path: Path, content: bytes, packed: bool) -> None:
    path = tmp_path / ("v.npz" if packed else "v.npy")
    if packed:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.npy", content)
    else:
        path.write_bytes(content)
    with pytest.raises(EmbeddingError):
        tensors.open_vectors(str(path))


def test_tables_with_labels_and_metadata_beside(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("word,x,y\nä,1,2\nb,3,4\n")
    (tmp_path / "m.tsv").write_text("word\tn\nP\t1\nQ\t2\n")
    opened = tensors.open_vectors(str(tmp_path / "v.csv"))
    np.testing.assert_array_equal(opened.embedding.vectors, [[1, 2], [3, 4]])
    assert cells(opened.metadata) == {"word": ["ä", "b"]}
    opened = tensors.open_vectors(str(tmp_path / "v.csv"), str(tmp_path / "m.tsv"))
    assert cells(opened.metadata) == {"word": ["P", "Q"], "n": ["1", "2"]}
    np.testing.assert_array_equal(tensors.load(opened.source).vectors, [[1, 2], [3, 4]])


def test_parquet_of_numbers_and_of_lists(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "v.parquet"
    parquet.write_table(pyarrow.table({"w": ["a", None], "x": [1.0, None], "y": [3, 4]}), path)
    opened = tensors.open_vectors(str(path))
    np.testing.assert_array_equal(opened.embedding.vectors, [[1, 3], [np.nan, 4]])
    assert cells(opened.metadata) == {"w": ["a", ""]}
    assert opened.embedding.finite.tolist() == [True, False]
    table = pyarrow.table({"id": [7, 8], "v": [[1.0, 2.0], [3.0, 4.0]]})
    parquet.write_table(table, path)
    opened = tensors.open_vectors(str(path))
    np.testing.assert_array_equal(opened.embedding.vectors, [[1, 2], [3, 4]])
    assert cells(opened.metadata) == {"id": ["7", "8"]}
    path.write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(EmbeddingError, match="Not a Parquet file"):
        tensors.open_vectors(str(path))
