"""Checkpoints: all values right, and whatever a damaged one claims, a message."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventglass.app.core.projector import checkpoints, sstable
from eventglass.app.core.projector.notices import EmbeddingError
from eventglass.app.core.projector.places import Place
from tests.core.projector_files import (
    entry,
    message,
    number,
    snappy,
    table,
    write_bundle,
    write_version1,
)

ARRAYS = {
    "a": np.arange(12, dtype=np.float32).reshape(4, 3),
    "b/c": np.linspace(-1, 1, 10).reshape(5, 2),
    "counts": np.array([[-1, 2], [3, 2**31 - 1]], np.int32),
    "half": np.array([[0.5, 2]], np.float16),
    "vector": np.arange(3, dtype=np.int64),
}


def place(path: Path) -> Place:
    return Place(str(path), "", path.name)


def bundle(tmp_path: Path, **options) -> Place:
    write_bundle(tmp_path / "m.ckpt-7", ARRAYS, **options)
    return place(tmp_path / "m.ckpt-7.index")


@pytest.mark.parametrize("packed", [False, True])
def test_every_variable_of_a_bundle(tmp_path: Path, packed: bool) -> None:
    where = bundle(tmp_path, packed=packed)
    listed = checkpoints.list_variables(where)
    assert listed.version == 2
    assert listed.prefix == "m.ckpt-7"
    assert {each.name: (each.dtype, each.shape) for each in listed.variables} == {
        name: (array.dtype.name, array.shape) for name, array in ARRAYS.items()
    }
    for name, array in ARRAYS.items():
        read, notices = checkpoints.read(where, name)
        np.testing.assert_array_equal(read, array)
        assert notices == ()


def test_slices_are_put_together(tmp_path: Path) -> None:
    where = bundle(tmp_path, cut={"a": 1, "b/c": 3})
    for name in ("a", "b/c"):
        np.testing.assert_array_equal(checkpoints.read(where, name)[0], ARRAYS[name])


@pytest.mark.parametrize("packed", [False, True])
def test_version_1(tmp_path: Path, packed: bool) -> None:
    arrays = {name: ARRAYS[name] for name in ("a", "b/c", "counts")}
    write_version1(tmp_path / "model.ckpt", arrays, packed)
    where = place(tmp_path / "model.ckpt")
    listed = checkpoints.list_variables(where)
    assert listed.version == 1
    assert len(listed.variables) == 3
    for name, array in arrays.items():
        np.testing.assert_array_equal(checkpoints.read(where, name)[0], array)


def test_bfloat16(tmp_path: Path) -> None:
    raw = np.array([1.5, -2], np.float32).view(np.uint32) >> 16
    write_bundle(tmp_path / "m", {}, extra={b"x": entry(14, (1, 2), 0, 4, None)})
    (tmp_path / "m.data-00000-of-00001").write_bytes(raw.astype("<u2").tobytes())
    np.testing.assert_array_equal(
        checkpoints.read(place(tmp_path / "m.index"), "x")[0], [[1.5, -2]]
    )


def test_a_wrong_checksum_is_told_and_the_values_shown(tmp_path: Path) -> None:
    where = bundle(tmp_path)
    path = tmp_path / "m.ckpt-7.data-00000-of-00001"
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)
    values, notices = checkpoints.read(where, "a")
    assert values.shape == (4, 3)
    assert "checksum of “a” is wrong" in notices[0].message


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        (entry(1, (10**6, 10**6), 0, 4 * 10**12, None), "cut short"),
        (entry(1, (10**6, 10**6), 0, 16, None), "1,000,000,000,000 values but 16 bytes"),
        (entry(1, (4, 3), 2**62, 48, None), "cut short"),
        (entry(7, (4, 3), 0, 48, None), "no numbers but string"),
        (entry(99, (4, 3), 0, 48, None), "no numbers"),
        (entry(1, (2**62, 2**62), 0, 0, None), "values but 0 bytes"),
    ],
)
def test_claims_that_can_not_be_are_messages(tmp_path: Path, claim: bytes, why: str) -> None:
    where = bundle(tmp_path, extra={b"lie": claim})
    with pytest.raises(EmbeddingError, match=why):
        checkpoints.read(where, "lie")
    np.testing.assert_array_equal(checkpoints.read(where, "a")[0], ARRAYS["a"])


def test_slices_that_claim_much_take_no_memory(tmp_path: Path) -> None:
    extent = message(1, number(2, 1)) + message(1, b"")
    lie = entry(1, (10**6, 10**6), 0, 0, None, message(7, extent))
    where = bundle(tmp_path, extra={b"lie": lie})
    with pytest.raises(EmbeddingError, match="only 0 bytes of it are there"):
        checkpoints.read(where, "lie")


def test_negative_sizes_are_left_out(tmp_path: Path) -> None:
    where = bundle(tmp_path, extra={b"lie": entry(1, (-4, 3), 0, 48, None)})
    listed = checkpoints.list_variables(where)
    assert "lie" not in {each.name for each in listed.variables}
    assert "can't be read" in listed.notices[0].message


def test_data_that_is_a_link_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    where = bundle(tmp_path / "log")
    path = tmp_path / "log" / "m.ckpt-7.data-00000-of-00001"
    (tmp_path / "secret").write_bytes(path.read_bytes())
    path.unlink()
    os.symlink(tmp_path / "secret", path)
    with pytest.raises(EmbeddingError, match="link to elsewhere"):
        checkpoints.read(where, "a")


def test_a_missing_shard_is_a_message(tmp_path: Path) -> None:
    where = bundle(tmp_path)
    (tmp_path / "m.ckpt-7.data-00000-of-00001").unlink()
    with pytest.raises(EmbeddingError, match="data can't be read"):
        checkpoints.read(where, "a")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_breaks_the_reader(tmp_path: Path, data: st.DataObject) -> None:
    version1 = data.draw(st.booleans())
    if version1:
        path = tmp_path / "model.ckpt"
        write_version1(path, {"a": ARRAYS["a"], "counts": ARRAYS["counts"]})
    else:
        path = tmp_path / "m.ckpt-7.index"
        bundle(tmp_path, cut={"a": 1}, packed=data.draw(st.booleans()))
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del raw[data.draw(st.integers(0, len(raw))) :]
    path.write_bytes(raw)
    try:
        listed = checkpoints.list_variables(place(path))
        for each in listed.variables:
            checkpoints.read(place(path), each.name)
    except EmbeddingError:
        pass


def test_a_damaged_block_loses_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "m.index"
    entries = {f"{n:03}".encode(): entry(1, (1, 1), 0, 4, None) for n in range(12)}
    raw = bytearray(table(entries | {b"": number(1, 1)}))
    raw[2] ^= 255
    path.write_bytes(raw)
    listed = checkpoints.list_variables(place(path))
    assert len(listed.variables) == 10
    assert any("left out" in notice.message for notice in listed.notices)


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_snappy_there_and_back(data: bytes) -> None:
    data = data * 3
    assert sstable.unpack_snappy(snappy(data)) == data


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_no_bytes_break_snappy(data: bytes) -> None:
    with contextlib.suppress(sstable.DamagedError):
        sstable.unpack_snappy(data)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (0, "80"),
        (63, "bf"),
        (64, "c040"),
        (-1, "7f"),
        (-64, "40"),
        (-65, "3fbf"),
        (8191, "dfff"),
        (8192, "e02000"),
    ],
)
def test_signed_numbers_of_keys(value: int, wanted: str) -> None:
    # As the ordered code's own tests have them.
    key = checkpoints.slice_key("", (value,), (0,))
    assert key.hex() == f"00000101{'01'}{wanted}80"


def test_names_in_keys_are_escaped() -> None:
    key = checkpoints.slice_key("a\0b", (), ())
    assert key == b"\x00" + b"a\x00\xffb" + b"\x00\x01" + b"\x00"


@pytest.mark.corpus
def test_a_checkpoint_of_tensorflow(corpus: Path) -> None:
    path = corpus / "golden" / "projector" / "tf2_checkpoint" / "embedding.ckpt-1.index"
    listed = checkpoints.list_variables(place(path))
    assert listed.notices == ()
    shapes = {each.name: each.shape for each in listed.variables}
    assert shapes["embedding/.ATTRIBUTES/VARIABLE_VALUE"] == (600, 16)
