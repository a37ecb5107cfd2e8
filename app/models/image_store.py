"""ImageStore: thumbnails and decoded pictures, made on threads, kept within bounds.

Thumbnails are made in the order in which they are wanted *now*: a view says what it wants whenever
it scrolls, and what it no longer wants is not made. Pictures in full are asked for one by one, and
their neighbours ahead of time.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from eventglass.app.core.plugins import DecodeError, decode
from eventglass.app.core.plugins.images import ImageBatch
from eventglass.app.models.alive import alive
from eventglass.app.models.payloads import Payloads, reason
from eventglass.app.models.picture_looks import PLAIN, Look, paint_picture
from eventglass.app.models.pictures import MAX_PIXELS, Movie, decode_movie, quiet_readers

if TYPE_CHECKING:
    from eventglass.app.core.store import LogStore
    from eventglass.app.models.settings import Settings
    from eventglass.app.models.tasks import TaskControl, Tasks

#: Shares of the memory for decoded entries.
THUMB_SHARE, PICTURE_SHARE = 0.25, 0.5
#: Threads that make thumbnails, and how long each works before others get their turn.
WORKERS = 2
SLICE_S = 0.03
#: Heights thumbnails are made in, device pixels; they are drawn a little smaller.
SIZES = (48, 64, 96, 128, 192, 256, 384, 512, 768)
#: Widest a thumbnail is, as a share of its height.
WIDEST = 2.2
#: Frames of an animation kept in a thumbnail, and what they may take.
THUMB_FRAMES = 60
THUMB_BYTES = 6 * 1024 * 1024
#: What an animation's frames may take to be painted ahead; of longer ones only the first is.
PAINTED_BYTES = 96 * 1024 * 1024


class ImageKey(NamedTuple):
    """One image of a log: a series, an entry of it, a sample of that."""

    series_id: int
    entry: int
    sample: int


@dataclass(frozen=True, slots=True, eq=False)
class Thumb:
    """A small picture of an image, or why there is none.

    ``samples`` is how many samples its entry has, -1 where it could not be read.
    """

    frames: tuple[QImage, ...]
    delays_ms: tuple[int, ...]
    look: Look
    size: int
    width: int = 0
    height: int = 0
    words: str = ""
    note: str = ""
    error: str = ""
    samples: int = -1

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return 300 + sum(int(frame.sizeInBytes()) for frame in self.frames)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a series' images from those that were looked at."""

    width: int
    height: int
    words: str
    samples: int


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A picture in full and how it looks.

    ``images`` has an image per frame; of an animation too long for that only the first, the others
    are painted when they are shown.
    """

    movie: Movie
    images: tuple[QImage, ...]
    look: Look

    @property
    def frame_count(self) -> int:
        """How many frames there are to show."""
        return len(self.movie.frames)

    def image(self, frame: int) -> QImage:
        """The image of a frame, painted now where it was not painted ahead."""
        if frame < len(self.images):
            return self.images[frame]
        return paint_picture(self.movie.frames[frame], self.look)

    @property
    def size_bytes(self) -> int:
        """What it holds in memory; the movie counts where it is the most of it."""
        painted = sum(int(image.sizeInBytes()) for image in self.images)
        if len(self.images) < self.frame_count:
            # It keeps the movie alive after that was let go of by itself.
            return painted + self.movie.size_bytes
        return painted


Key: TypeAlias = Hashable


class _Kept:
    """The most recently used values up to so many bytes; any thread may use it."""

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self.size_bytes = 0
        self._lock = threading.Lock()
        self._values: OrderedDict[Key, tuple[object, int]] = OrderedDict()

    def get(self, key: Key) -> object | None:
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def put(self, key: Key, value: object, size_bytes: int) -> None:
        with self._lock:
            old = self._values.pop(key, None)
            if old is not None:
                self.size_bytes -= old[1]
            self._values[key] = (value, size_bytes)
            self.size_bytes += size_bytes
            while self.size_bytes > self.budget_bytes and len(self._values) > 1:
                _, (_, freed) = self._values.popitem(last=False)
                self.size_bytes -= freed

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
            self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._values)


class ImageStore(QObject):
    """Thumbnails and pictures of a log's images. Its methods are for the GUI thread."""

    #: Thumbnails of these `ImageKey`s are there.
    thumbs_ready = Signal(list)
    #: Facts of these series changed.
    facts_changed = Signal(set)

    def __init__(
        self,
        store: LogStore,
        tasks: Tasks,
        payloads: Payloads,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        quiet_readers()
        self._store = store
        self._tasks = tasks
        self._payloads = payloads
        self._settings = settings
        self._thumbs = _Kept(0)
        self._pictures = _Kept(0)
        self._set_budgets()
        self._facts: dict[int, Facts] = {}
        self._counts: OrderedDict[tuple[int, int], int] = OrderedDict()
        # What the threads take their work from.
        self._lock = threading.Lock()
        self._wanted: deque[ImageKey] = deque()
        self._making: set[ImageKey] = set()
        self._look = PLAIN
        self._size = SIZES[3]
        self._busy: set[int] = set()
        settings.changed.connect(self._setting_changed)

    # -- thumbnails

    def thumb(self, key: ImageKey) -> Thumb | None:
        """The thumbnail of an image as far as there is one, maybe in another size or look."""
        found = self._thumbs.get(key)
        return found if isinstance(found, Thumb) else None

    def facts(self, series_id: int) -> Facts | None:
        """What is known of a series' images."""
        return self._facts.get(series_id)

    def samples(self, series_id: int, index: int) -> int | None:
        """How many samples an entry has; None before it was looked at."""
        return self._counts.get((series_id, index))

    @property
    def most_samples(self) -> int:
        """The most samples any entry looked at has."""
        return max((facts.samples for facts in self._facts.values()), default=1)

    def want(self, keys: Iterable[ImageKey], height_px: float, look: Look) -> None:
        """Say which thumbnails are wanted now, the most wanted first; earlier wishes are void.

        Parameters
        ----------
        height_px
            Height they are drawn in, device pixels.
        """
        size = next((s for s in SIZES if s >= height_px), SIZES[-1])
        missing: deque[ImageKey] = deque()
        for key in keys:
            found = self.thumb(key)
            if found is None or (not found.error and (found.look != look or found.size < size)):
                missing.append(key)
        with self._lock:
            self._wanted = missing
            self._look, self._size = look, size
        for worker in range(WORKERS):
            if missing and worker not in self._busy:
                self._start(worker)

    @property
    def is_idle(self) -> bool:
        """Whether no thumbnail is being made."""
        return not self._busy

    def forget(self, series_ids: Iterable[int] | None = None) -> None:
        """Forget what is known of some series, or of all."""
        if series_ids is None:
            self._facts.clear()
            self._counts.clear()
            self._thumbs.clear()
            self._pictures.clear()
        else:
            for series_id in series_ids:
                self._facts.pop(series_id, None)

    def _start(self, worker: int) -> None:
        self._busy.add(worker)
        self._tasks.submit(
            (id(self), "thumbs", worker),
            self._make_some,
            alive(self, partial(self._made, worker)),
            alive(self, partial(self._stumbled, worker)),
        )

    def _make_some(self, control: TaskControl) -> list[tuple[ImageKey, Thumb]]:
        """Make thumbnails for a little while; on a thread."""
        until = time.perf_counter() + SLICE_S
        made: list[tuple[ImageKey, Thumb]] = []
        while time.perf_counter() < until and not control.cancelled:
            with self._lock:
                while self._wanted and self._wanted[0] in self._making:
                    self._wanted.popleft()
                if not self._wanted:
                    break
                key = self._wanted.popleft()
                self._making.add(key)
                look, size = self._look, self._size
            try:
                made.append((key, self._thumb_of(key, look, size)))
            finally:
                with self._lock:
                    self._making.discard(key)
        return made

    def _made(self, worker: int, made: list[tuple[ImageKey, Thumb]]) -> None:
        self._busy.discard(worker)
        learned: set[int] = set()
        for key, thumb in made:
            self._thumbs.put(key, thumb, thumb.size_bytes)
            if self._learn(key, thumb):
                learned.add(key.series_id)
        with self._lock:
            more = bool(self._wanted)
        if more:
            self._start(worker)
        if learned:
            self.facts_changed.emit(learned)
        if made:
            self.thumbs_ready.emit([key for key, _thumb in made])

    def _stumbled(self, worker: int, _error: Exception) -> None:
        self._busy.discard(worker)

    def _learn(self, key: ImageKey, thumb: Thumb) -> bool:
        """Take in what a thumbnail tells of its series; True when that is new."""
        new = False
        if thumb.samples >= 0:
            entry = (key.series_id, key.entry)
            # Most entries have as many samples as the others: that is what is expected of them.
            facts = self._facts.get(key.series_id)
            expected = self._counts.get(entry, facts.samples if facts is not None else None)
            new = expected != thumb.samples
            self._counts[entry] = thumb.samples
            if len(self._counts) > 20_000:
                self._counts.popitem(last=False)
        known = self._facts.get(key.series_id)
        if known is None and thumb.width:
            self._facts[key.series_id] = Facts(
                thumb.width, thumb.height, thumb.words, max(thumb.samples, 1)
            )
            return True
        if known is not None and thumb.samples > known.samples:
            self._facts[key.series_id] = replace(known, samples=thumb.samples)
            return True
        return new

    def _thumb_of(self, key: ImageKey, look: Look, size: int) -> Thumb:
        samples = -1
        try:
            batch = self._batch(key)
            samples = len(batch.samples)
            movie = decode_movie(self._sample(batch, key.sample), self.max_pixels)
        except (DecodeError, OSError, EOFError, MemoryError, IndexError) as error:
            return Thumb((), (), look, size, error=reason(error), samples=samples)
        picked, delays = _fewer_frames(movie)
        turned = look.rotate in (90, 270)
        box_height, box_width = size, round(size * WIDEST)
        frames: list[QImage] = []
        taken = 0
        for at in picked:
            image = paint_picture(movie.frames[at], look)
            if image.height() > box_height or image.width() > box_width:
                image = image.scaled(
                    box_width,
                    box_height,
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            taken += int(image.sizeInBytes())
            frames.append(image)
            if taken > THUMB_BYTES:
                break
        first = movie.frames[0]
        width, height = first.width, first.height
        if turned:
            width, height = height, width
        words = first.words
        if first.frame_count > 1:
            words += f" · {first.frame_count:,} frames"
        note = first.note or _declared(batch, first.width, first.height)
        return Thumb(
            tuple(frames),
            delays[: len(frames)],
            look,
            size,
            width,
            height,
            words,
            note,
            "",
            samples,
        )

    def _batch(self, key: ImageKey) -> ImageBatch:
        # Not through the cache: scrolling past ten thousand images would fill it with their bytes.
        series = self._store.series[key.series_id]
        payload = self._store.read_payload(series, key.entry)
        return cast(ImageBatch, decode(payload, series))

    @staticmethod
    def _sample(batch: ImageBatch, sample: int) -> bytes:
        if not batch.samples:
            raise DecodeError("No samples were logged at this step")
        if sample >= len(batch.samples):
            count = len(batch.samples)
            raise DecodeError(f"There is no sample {sample + 1} at this step, only {count}")
        return batch.samples[sample]

    # -- pictures in full

    @property
    def max_pixels(self) -> int:
        """Pixels an image may have."""
        try:
            return int(float(self._settings.text("image_megapixels")) * 1e6)
        except (KeyError, ValueError):
            return MAX_PIXELS

    def ready(self, key: ImageKey, look: Look) -> Shown | None:
        """A picture in full when it is there at once."""
        found = self._pictures.get((key, look))
        return found if isinstance(found, Shown) else None

    def load(
        self,
        owner: Hashable,
        key: ImageKey,
        look: Look,
        on_done: Callable[[Shown], None],
        on_error: Callable[[str], None],
    ) -> None:
        """Hand a picture in full to `on_done`; the latest request of an owner wins.

        What is there already is handed over at once.
        """
        found = self.ready(key, look)
        if found is not None:
            self._tasks.cancel((id(self), owner))
            on_done(found)
            return
        self._tasks.submit(
            (id(self), owner),
            partial(self._show, key, look),
            on_done,
            lambda error: on_error(reason(error)),
        )

    def prefetch(self, keys: Sequence[ImageKey], look: Look) -> None:
        """Decode pictures that may be asked for next."""
        missing = [key for key in keys if self.ready(key, look) is None]
        if not missing:
            return

        def work(control: TaskControl) -> None:
            for key in missing:
                if control.cancelled:
                    return
                try:
                    self._show(key, look, control)
                except (DecodeError, OSError, EOFError, MemoryError, IndexError):
                    # Told when it is asked for.
                    continue

        self._tasks.submit((id(self), "prefetch"), work, _nothing, _nothing)

    def cancel(self, owner: Hashable) -> None:
        """Forget what an owner asked for."""
        self._tasks.cancel((id(self), owner))

    def movie(self, key: ImageKey) -> Movie:
        """Decode all frames of an image; for threads. Raises `DecodeError` or `OSError`."""
        found = self._pictures.get(key)
        if isinstance(found, Movie):
            return found
        movie = decode_movie(self.encoded(key), self.max_pixels)
        self._pictures.put(key, movie, movie.size_bytes)
        return movie

    def encoded(self, key: ImageKey) -> bytes:
        """Return an image's bytes as they were logged; for threads."""
        series = self._store.series[key.series_id]
        batch = cast(ImageBatch, self._payloads.cache.read(series, key.entry))
        return self._sample(batch, key.sample)

    def _show(self, key: ImageKey, look: Look, control: TaskControl) -> Shown:
        found = self._pictures.get((key, look))
        if isinstance(found, Shown):
            return found
        movie = self.movie(key)
        frames = movie.frames
        if 4 * sum(frame.width * frame.height for frame in frames) > PAINTED_BYTES:
            frames = frames[:1]
        images = []
        for frame in frames:
            if control.cancelled:
                break
            images.append(paint_picture(frame, look))
        shown = Shown(movie, tuple(images), look)
        if len(images) == len(frames):
            self._pictures.put((key, look), shown, shown.size_bytes)
        return shown

    # -- settings

    def _set_budgets(self) -> None:
        total = int(self._settings.text("cache_mb")) * 1024 * 1024
        self._thumbs.budget_bytes = round(total * THUMB_SHARE)
        self._pictures.budget_bytes = round(total * PICTURE_SHARE)

    def _setting_changed(self, key: str) -> None:
        if key == "cache_mb":
            self._set_budgets()
        elif key == "image_megapixels":
            # What was too large may not be so any more.
            self._thumbs.clear()
            self._pictures.clear()
            self.thumbs_ready.emit([])

    @property
    def size_bytes(self) -> int:
        """What thumbnails and pictures take."""
        return self._thumbs.size_bytes + self._pictures.size_bytes


def _fewer_frames(movie: Movie) -> tuple[range, tuple[int, ...]]:
    """Which frames a thumbnail plays, and how long each."""
    count = len(movie.frames)
    stride = -(-count // THUMB_FRAMES)
    picked = range(0, count, stride)
    return picked, tuple(sum(movie.delays_ms[at : at + stride]) for at in picked)


def _declared(batch: ImageBatch, width: int, height: int) -> str:
    """Say when the size that was declared is not the image's."""
    if (batch.width, batch.height) in ((0, 0), (width, height)):
        return ""
    return f"Logged as {batch.width:,} × {batch.height:,}, but is {width:,} × {height:,}"


def _nothing(_result: object) -> None:
    """Nobody waits for it."""
