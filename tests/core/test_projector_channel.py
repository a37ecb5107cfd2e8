"""The pipe to the projection process: messages there and back, cut ones, and its end."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.projector import channel, kernels, requests
from eventglass.app.core.projector.requests import Method, TsneSettings, UmapSettings

COMMAND = [sys.executable, "-P", "-m", "eventglass.app.core.projector.worker"]


def message() -> bytes:
    stream = io.BytesIO()
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "none": np.zeros((0, 4))}
    channel.send(stream, {"do": "start"}, arrays)
    channel.send(stream, {"do": "pause"})
    return stream.getvalue()


def test_messages_there_and_back() -> None:
    stream = io.BytesIO(message())
    received = channel.receive(stream)
    assert received is not None
    header, arrays = received
    assert header == {"do": "start"}
    np.testing.assert_array_equal(arrays["a"], [[0, 1, 2], [3, 4, 5]])
    assert arrays["none"].shape == (0, 4)
    assert channel.receive(stream) == ({"do": "pause"}, {})
    assert channel.receive(stream) is None


def test_a_cut_message_is_an_error() -> None:
    whole = message()
    first = len(whole) - len(b'xxxx{"do": "pause", "arrays": []}')
    for size in range(1, len(whole)):
        stream = io.BytesIO(whole[:size])
        if size >= first:
            assert channel.receive(stream) is not None
        if size != first:
            with pytest.raises(channel.ChannelError):
                channel.receive(stream)


@given(st.binary(max_size=80))
def test_nonsense_is_an_error_and_no_other(data: bytes) -> None:
    stream = io.BytesIO(len(data).to_bytes(4, "little") + data)
    with contextlib.suppress(channel.ChannelError):
        received = channel.receive(stream)
        assert received is not None
        assert isinstance(received[0], dict)


@pytest.mark.parametrize("settings", [TsneSettings(perplexity=7), UmapSettings(neighbours=3)])
def test_settings_there_and_back(settings: TsneSettings | UmapSettings) -> None:
    assert requests.from_header(requests.to_header(settings)) == settings


def test_the_process_ends_when_its_input_does() -> None:
    done = subprocess.run(COMMAND, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_process_ends_in_the_middle_of_its_work() -> None:
    process = subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    )
    assert process.stdin is not None
    assert process.stdout is not None
    vectors = np.random.default_rng(0).standard_normal((200, 4)).astype(np.float32)
    settings = requests.to_header(TsneSettings(iterations=0))
    channel.send(process.stdin, {"do": "start", "settings": settings}, {"vectors": vectors})
    while (received := channel.receive(process.stdout)) and received[0]["event"] != "partial":
        pass
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    process.stdout.close()


def test_a_bad_start_is_answered() -> None:
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    assert process.stdin is not None
    assert process.stdout is not None
    channel.send(process.stdin, {"do": "start", "settings": {"method": "tsne", "colour": 3}}, {})
    received = channel.receive(process.stdout)
    assert received is not None
    assert received[0]["event"] == "failed"
    process.stdin.close()
    process.stdout.close()
    process.wait(timeout=60)


def test_without_compiled_modules_the_methods_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert requests.missing(Method.TSNE) == ""
    monkeypatch.setattr(kernels, "COMPILED", False)
    assert "UMAP needs the compiled modules" in requests.missing(Method.UMAP)
