"""The sound book: clips decoded in tasks; what was looked at last is kept, up to a bound."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from eventglass.app.core.audio.sounds import Cancelled, Sound, read_sound
from eventglass.app.core.audio.spectrograms import Spectrogram, spectrogram
from eventglass.app.core.plugins import DecodeError
from eventglass.app.core.plugins.audio import AudioBatch
from eventglass.app.models.payloads import Payloads, reason

if TYPE_CHECKING:
    from eventglass.app.core.store import LogStore
    from eventglass.app.models.tasks import TaskControl, Tasks

#: Sounds and spectrograms kept, beside the encoded clips in the cache of payloads.
DEFAULT_BUDGET_BYTES = 384 * 1024 * 1024
#: Endings of files by their first bytes.
_ENDINGS = (
    (b"RIFF", ".wav"),
    (b"RF64", ".wav"),
    (b"fLaC", ".flac"),
    (b"OggS", ".ogg"),
    (b"ID3", ".mp3"),
    (b"FORM", ".aiff"),
)
#: Least time between two partial results, seconds.
REPORT_S = 0.08


@dataclass(frozen=True, slots=True)
class ClipKey:
    """Which clip: a series, the entry in it, and which of the entry's clips, from 0."""

    series_id: int
    index: int
    sample: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class LoadedClip:
    """A clip as far as it is decoded.

    Attributes
    ----------
    clip
        Which one; its sample is one there is, though another was asked for.
    count
        Clips of the entry.
    label
        Logged with the clip; may be empty.
    encoded_bytes
        Length of the clip's file.
    error
        What is wrong with it, empty if nothing is.
    share
        How much is done, 0 to 1.
    ending
        Of a file that holds the clip's bytes, by what they are: ``.wav``.
    """

    clip: ClipKey
    count: int
    label: str
    encoded_bytes: int
    sound: Sound | None = None
    spectrum: Spectrogram | None = None
    error: str = ""
    share: float = 1.0
    ending: str = ".bin"


class SoundBook(QObject):
    """Decodes clips in tasks; the latest request of an owner wins.

    Parameters
    ----------
    budget_bytes
        What the sounds and spectrograms that are kept may take.
    """

    def __init__(
        self,
        store: LogStore,
        tasks: Tasks,
        payloads: Payloads,
        budget_bytes: int = DEFAULT_BUDGET_BYTES,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._tasks = tasks
        self._payloads = payloads
        self._budget_bytes = budget_bytes
        #: What one decoded clip may take.
        self.limit_bytes = 512 * 1024 * 1024
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Sound | Spectrogram] = OrderedDict()
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        """What is kept takes."""
        return self._bytes

    def request(
        self,
        owner: Hashable,
        clip: ClipKey,
        window: int | None,
        on_loaded: Callable[[LoadedClip], None],
    ) -> None:
        """Decode a clip and tell of it piece by piece; what is wrong with it is told as well.

        Parameters
        ----------
        window
            Of the spectrogram, frames; None for none.
        """
        told = LoadedClip(clip, 0, "", 0)

        def part(_share: float, loaded: object) -> None:
            assert isinstance(loaded, LoadedClip)
            on_loaded(loaded)

        def failed(error: Exception) -> None:
            if not isinstance(error, Cancelled):
                on_loaded(LoadedClip(clip, told.count, "", 0, error=reason(error)))

        def work(control: TaskControl) -> LoadedClip:
            return self._load(clip, window, control)

        self._tasks.submit((id(self), owner), work, on_loaded, failed, part)

    def request_detail(
        self,
        owner: Hashable,
        sound: Sound,
        window: int,
        span: tuple[float, float],
        columns: int,
        on_done: Callable[[Spectrogram], None],
    ) -> None:
        """Compute the spectrogram of a stretch of a sound, `span` in frames."""

        def work(control: TaskControl) -> Spectrogram:
            def going_on(_share: float, _part: Spectrogram) -> bool:
                return not control.cancelled

            return spectrogram(sound, window, span[0], span[1], columns, report=going_on)

        def failed(_error: Exception) -> None:
            """Leave the coarser picture: it shows the same."""

        self._tasks.submit((id(self), owner, "detail"), work, on_done, failed)

    def cancel(self, owner: Hashable) -> None:
        """Forget what an owner asked for."""
        self._tasks.cancel((id(self), owner))
        self._tasks.cancel((id(self), owner, "detail"))

    def encoded(self, clip: ClipKey) -> bytes:
        """Return a clip's bytes as they were logged; reads them where they are not kept.

        Raises
        ------
        DecodeError
            When the entry is no audio.
        OSError
            When the file can't be read.
        """
        return self._batch(clip).clips[clip.sample]

    def forget(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    # -- on the threads of tasks

    def _batch(self, clip: ClipKey) -> AudioBatch:
        found = self._payloads.cache.read(self._store.series[clip.series_id], clip.index)
        assert isinstance(found, AudioBatch)
        return found

    def _load(self, clip: ClipKey, window: int | None, control: TaskControl) -> LoadedClip:
        batch = self._batch(clip)
        count = len(batch.clips)
        if not count:
            return LoadedClip(clip, 0, "", 0, error="This entry holds no clips")
        clip = ClipKey(clip.series_id, clip.index, min(max(clip.sample, 0), count - 1))
        data, label = batch.clips[clip.sample], batch.labels[clip.sample]
        last_told = time.monotonic()

        def tell(
            share: float, sound: Sound, spectrum: Spectrogram | None, at_once: bool = False
        ) -> bool:
            nonlocal last_told
            if at_once or time.monotonic() - last_told >= REPORT_S:
                last_told = time.monotonic()
                loaded = LoadedClip(clip, count, label, len(data), sound, spectrum, share=share)
                control.report(share, loaded)
            return not control.cancelled

        sound = self._find(clip)
        try:
            if not isinstance(sound, Sound):
                sound = read_sound(
                    data, self.limit_bytes, lambda share, part: tell(0.4 * share, part, None)
                )
                self._keep(clip, sound)
        except DecodeError as error:
            return LoadedClip(
                clip, count, label, len(data), error=str(error), ending=ending_of(data)
            )
        spectrum: Spectrogram | None = None
        if window is not None:
            kept = self._find((clip, window))
            spectrum = kept if isinstance(kept, Spectrogram) else None
            if spectrum is None:
                whole = sound
                tell(0.4, whole, None, at_once=whole.frames > 4_000_000)
                spectrum = spectrogram(
                    whole, window, report=lambda share, s: tell(0.4 + 0.6 * share, whole, s)
                )
                self._keep((clip, window), spectrum)
        return LoadedClip(clip, count, label, len(data), sound, spectrum, ending=ending_of(data))

    def _find(self, key: Hashable) -> Sound | Spectrogram | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: Hashable, value: Sound | Spectrogram) -> None:
        if value.size_bytes > self._budget_bytes:
            return
        with self._lock:
            before = self._kept.pop(key, None)
            self._bytes += value.size_bytes - (before.size_bytes if before is not None else 0)
            self._kept[key] = value
            while self._bytes > self._budget_bytes:
                _key, gone = self._kept.popitem(last=False)
                self._bytes -= gone.size_bytes


def ending_of(data: bytes) -> str:
    """Return the ending of a file with these bytes, ``.bin`` where they tell nothing."""
    if len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0:
        return ".mp3"
    return next((ending for start, ending in _ENDINGS if data.startswith(start)), ".bin")
