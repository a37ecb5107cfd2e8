"""What of an embedding stands in the scene: points, pictures, marks, lines, texts.

Arrays that did not change stay the very same objects: the scene uploads nothing for them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import numpy.typing as npt

from eventglass.app.models.embedding_colours import Colouring, faded, sizes_of
from eventglass.app.models.embedding_columns import sequences_of
from eventglass.app.models.theme import Theme
from eventglass.widgets.plots.gl_camera import Camera
from eventglass.widgets.plots.gl_items import Item, Label, Lines, Pick, Points, Rgba, Sprites

if TYPE_CHECKING:
    from eventglass.app.models.embedding_model import EmbeddingModel

_T = TypeVar("_T")

#: Labels that are laid out at once, and selected points that are labelled.
MOST_LABELS = 600
MOST_MARKED_LABELS = 300
#: Of more selected points none has a ring: that all others step back says enough.
MOST_RINGS = 200
#: Up to so many points each is as large as was chosen.
_FEW = 5000
#: Letters of a label.
_LONGEST = 32
_RING_PX = 5.0
#: Opacity of pictures that step back.
_STEPPED_BACK = 45
_AXIS = 1.0
#: Where on an axis its title may stand, the best first.
_TITLES_AT = (1.0, -1.0, 0.85, -0.85, 0.7, -0.7, 0.5, -0.5)
#: Room a text at the end of an axis takes.
_TITLE_PX = 110


@dataclass(frozen=True, slots=True)
class Looks:
    """What the view knows besides the model: ``off`` are categories switched off."""

    colouring: Colouring
    off: frozenset[int] = frozenset()
    hovered: int = -1


class SceneBuilder:
    """Makes the items of an embedding."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._known: dict[str, tuple[Hashable, object]] = {}
        self._keep: dict[str, object] = {}
        self._shuffled = np.empty(0, np.int64)
        self._rows_in_front: dict[Hashable, npt.NDArray[np.int64]] = {}

    # -- items

    def items(self, model: EmbeddingModel, looks: Looks) -> list[Item]:
        """Everything that stands in the scene."""
        positions = model.positions
        if model.data is None or positions is None:
            return []
        options = model.options
        visible = self.visible(model, looks)
        front = self._front(model, visible)
        colours = looks.colouring.colours if front is None else self._faded(looks.colouring)
        sizes = self._sizes(model)
        made: list[Item] = []
        own_visible = visible
        sprites: Sprites | None = None
        if self._pictures(model):
            sprites, own_visible = self._sprites(model, looks, visible, front is not None)
            made.append(sprites)
        everything = bool(own_visible.all())
        made.append(
            Points(
                "points",
                positions,
                colours,
                sizes,
                visible=None if everything else own_visible,
            )
        )
        made += self._lines(model, looks, visible, front)
        if options.axes:
            made.append(self._axes(model))
        if front is not None:
            made += self._marks(model, visible, sizes)
            parts = (front, positions, looks.colouring, sizes)
            key = (*map(id, parts[:3]), sizes if isinstance(sizes, float) else id(sizes))
            pictures = options.sprite_size if sprites is not None else 0.0

            def make() -> list[Item]:
                return self._in_front(model, looks, front, sizes, sprites)

            made += self._once("in front", (*key, pictures), parts, make)
        return made

    def row_of(self, pick: Pick | None) -> int:
        """The row that was picked, -1 for none."""
        if pick is None:
            return -1
        if pick.key in ("points", "sprites"):
            return pick.index
        rows = self._rows_in_front.get(pick.key)
        return int(rows[pick.index]) if rows is not None and pick.index < len(rows) else -1

    def visible(self, model: EmbeddingModel, looks: Looks) -> npt.NDArray[np.bool_]:
        """Which rows are drawn, (n,) bool."""
        data = model.data
        assert data is not None
        finite = data.embedding.finite
        codes = looks.colouring.codes

        def make() -> npt.NDArray[np.bool_]:
            found = finite & ~model.marks.hidden
            if looks.off and codes is not None:
                found &= ~np.isin(codes, sorted(looks.off))
            return found

        parts = (finite, model.marks.hidden, codes)
        return self._once("visible", (*map(id, parts), looks.off), parts, make)

    def _front(
        self, model: EmbeddingModel, visible: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.int64] | None:
        """Rows that stand out, drawn in front of all others; None when no point steps back."""
        selected = model.marks.selected
        near = model.neighbours.rows if model.neighbours is not None else None
        if not len(selected) and model.focus < 0:
            return None

        def make() -> npt.NDArray[np.int64]:
            bright = np.zeros(model.count, np.bool_)
            bright[selected] = True
            if model.focus >= 0:
                bright[model.focus] = True
            if near is not None:
                bright[near] = True
            return np.flatnonzero(bright & visible)

        parts = (selected, near, visible)
        return self._once("front", (*map(id, parts), model.focus), parts, make)

    def _faded(self, colouring: Colouring) -> npt.NDArray[np.uint8]:
        dark = self._theme.dark
        key = (id(colouring), dark)
        return self._once("faded", key, (colouring,), lambda: faded(colouring, dark))

    def _sizes(self, model: EmbeddingModel) -> float | npt.NDArray[np.float32]:
        options = model.options
        facts = model.facts.get(options.size_by)
        numbers = None if facts is None else facts.column.numbers
        size = point_size(options.point_size, model.count)
        if numbers is None:
            return size

        def make() -> npt.NDArray[np.float32]:
            return sizes_of(numbers, size)

        return self._once("sizes", (id(numbers), size), (numbers,), make)

    def _sprites(
        self,
        model: EmbeddingModel,
        looks: Looks,
        visible: npt.NDArray[np.bool_],
        step_back: bool,
    ) -> tuple[Sprites, npt.NDArray[np.bool_]]:
        """The pictures, and the rows that have none."""
        assert model.data is not None
        sprite = model.data.sprite
        positions = model.positions
        assert sprite is not None
        assert positions is not None
        count = model.count

        def make_cells() -> npt.NDArray[np.int32]:
            found = np.arange(count, dtype=np.int32)
            found[min(sprite.cells, count) :] = -1
            return found

        def make_rest() -> npt.NDArray[np.bool_]:
            return visible & (cells < 0)

        def make_tint() -> npt.NDArray[np.uint8]:
            made = np.full((count, 4), 255, np.uint8)
            if looks.colouring.kind != "one":
                made[:, :3] = looks.colouring.colours[:, :3]
            if step_back:
                made[:, 3] = _STEPPED_BACK
            return made

        cells = self._once("cells", id(sprite), (sprite,), make_cells)
        rest = self._once("rest", (id(visible), id(cells)), (visible, cells), make_rest)
        tint = None
        if looks.colouring.kind != "one" or step_back:
            key = (id(looks.colouring), step_back)
            tint = self._once("tint", key, (looks.colouring,), make_tint)
        item = Sprites(
            "sprites",
            positions,
            sprite.pixels,
            cells,
            sprite.columns,
            (sprite.cell_width, sprite.cell_height),
            model.options.sprite_size,
            tint,
            visible=None if bool(visible.all()) else visible,
        )
        return item, rest

    def _in_front(
        self,
        model: EmbeddingModel,
        looks: Looks,
        front: npt.NDArray[np.int64],
        sizes: float | npt.NDArray[np.float32],
        sprites: Sprites | None,
    ) -> list[Item]:
        """What stands out, once more before everything else."""
        positions = model.positions
        assert positions is not None
        made: list[Item] = []
        self._rows_in_front = {}
        rows = front
        if sprites is not None:
            pictured = front[sprites.cells[front] >= 0]
            rows = front[sprites.cells[front] < 0]
            tint = None
            if looks.colouring.kind != "one":
                tint = looks.colouring.colours[pictured]
            made.append(
                replace(
                    sprites,
                    key="front sprites",
                    positions=positions[pictured],
                    cells=sprites.cells[pictured],
                    tint=tint,
                    visible=None,
                    in_front=True,
                )
            )
            self._rows_in_front["front sprites"] = pictured
        if len(rows):
            made.append(
                Points(
                    "front",
                    positions[rows],
                    looks.colouring.colours[rows],
                    sizes[rows] if isinstance(sizes, np.ndarray) else sizes,
                    in_front=True,
                )
            )
            self._rows_in_front["front"] = rows
        return made

    def _marks(
        self,
        model: EmbeddingModel,
        visible: npt.NDArray[np.bool_],
        sizes: float | npt.NDArray[np.float32],
    ) -> list[Item]:
        """Rings behind what is selected."""
        positions = model.positions
        assert positions is not None
        made: list[Item] = []
        rows = model.marks.selected
        if model.focus >= 0 and model.focus not in rows[:1]:
            rows = np.append(rows, model.focus)
        if len(rows) > MOST_RINGS:
            rows = rows[:0] if model.focus < 0 else np.array([model.focus])
        rows = rows[visible[rows]]
        pictures = self._pictures(model)
        large = model.options.sprite_size if pictures else 0.0
        if len(rows):
            own = sizes[rows] if isinstance(sizes, np.ndarray) else sizes
            made.append(
                Points(
                    "selected",
                    positions[rows],
                    # Pictures are mostly black and white themselves.
                    self._rgba("accent" if pictures else "text"),
                    np.maximum(own, large) + np.float32(_RING_PX)
                    if isinstance(own, np.ndarray)
                    else max(own, large) + _RING_PX,
                    shape="square" if pictures else "disc",
                    order=-2,
                    pickable=False,
                    in_front=True,
                )
            )
        return made

    def _lines(
        self,
        model: EmbeddingModel,
        looks: Looks,
        visible: npt.NDArray[np.bool_],
        front: npt.NDArray[np.int64] | None,
    ) -> list[Item]:
        positions, other = model.positions, model.other_positions
        assert positions is not None
        made: list[Item] = []
        metadata = model.metadata
        if model.options.sequences:

            def make_links() -> npt.NDArray[np.float32]:
                pairs = sequences_of(metadata)
                pairs = pairs[visible[pairs].all(axis=1)]
                return positions[pairs]

            parts = (metadata, positions, visible)
            ends = self._once("links", tuple(map(id, parts)), parts, make_links)
            if len(ends):
                made.append(Lines("links", ends, self._rgba("text_muted", 140)))
        if other is not None:
            # Where some stand out, only what became of these is of interest.
            count = min(len(positions), len(other))

            def moving() -> npt.NDArray[np.int64]:
                return np.flatnonzero(visible[:count]) if front is None else front[front < count]

            def make_moves() -> npt.NDArray[np.float32]:
                rows = moving()
                return np.stack([other[rows], positions[rows]], axis=1)

            def make_shown() -> npt.NDArray[np.bool_]:
                found = np.zeros(len(other), np.bool_)
                found[moving()] = True
                return found

            moved = (positions, other, visible, front)
            ids = tuple(map(id, moved))
            colours = looks.colouring.colours
            opacity = 90 if front is None else 220
            ends = self._once("moves", ids, moved, make_moves)
            made.append(
                Lines("moves", ends, self._rgba("text_muted", opacity), on_top=front is not None)
            )
            made.append(
                Points(
                    "before",
                    other,
                    colours if len(colours) == len(other) else self._rgba("text_muted"),
                    max(point_size(model.options.point_size, model.count) * 0.6, 2.0),
                    shape="square",
                    visible=self._once("before", ids, moved, make_shown),
                    opacity=0.4 if front is None else 0.8,
                    pickable=False,
                )
            )
        return made

    def _axes(self, model: EmbeddingModel) -> Lines:
        assert model.projection is not None
        count = model.projection.coordinates.shape[1]

        def make() -> npt.NDArray[np.float32]:
            ends = np.zeros((count, 2, 3), np.float32)
            for axis in range(count):
                ends[axis, 0, axis], ends[axis, 1, axis] = -_AXIS, _AXIS
            return ends

        return Lines("axes", self._once("axes", count, (), make), self._rgba("text_muted", 70))

    def hovered_size(self, model: EmbeddingModel, row: int) -> float:
        """Diameter of a ring around a point, in pixels."""
        sizes = self._sizes(model)
        own = float(sizes[row]) if isinstance(sizes, np.ndarray) else sizes
        return max(own, model.options.sprite_size if self._pictures(model) else 0.0) + _RING_PX + 3

    # -- labels

    def labels(
        self, model: EmbeddingModel, looks: Looks, camera: Camera, size: tuple[int, int]
    ) -> list[Label]:
        """Texts over the scene, the most important first."""
        positions = model.positions
        if model.data is None or positions is None:
            return []
        options = model.options
        visible = self.visible(model, looks)
        offset = (options.sprite_size / 2 if self._pictures(model) else options.point_size / 2) + 4
        text, muted = self._rgba("text"), self._rgba("text_muted")
        rows: dict[int, tuple[float, bool]] = {}
        if options.labels != "none":
            marked = model.marks.selected[:MOST_MARKED_LABELS].tolist()
            rows |= {row: (1e5 - place, True) for place, row in enumerate(marked)}
            if model.neighbours is not None:
                near = model.neighbours.rows.tolist()[:MOST_MARKED_LABELS]
                rows |= {row: (5e4 - place, False) for place, row in enumerate(near)}
        if model.focus >= 0:
            rows[model.focus] = (1e6, True)
        if options.labels == "all":

            def make() -> npt.NDArray[np.int64]:
                return self._spread(positions, visible, camera, size)

            key = (id(positions), id(visible), camera, size)
            spread = self._once("spread", key, (positions, visible), make)
            for place, row in enumerate(spread.tolist()):
                rows.setdefault(row, (float(-place), False))
        if looks.hovered >= 0:
            rows[looks.hovered] = (1e7, True)
        # Beside the ring where there is one.
        selected = model.marks.selected
        ringed: list[int] = selected.tolist() if len(selected) <= MOST_RINGS else []
        wider = dict.fromkeys([*ringed, model.focus], _RING_PX / 2) | {looks.hovered: _RING_PX}
        made = [
            Label(
                _place(positions[row]),
                _cut(model.label(row)),
                text,
                bold,
                priority,
                offset + wider.get(row, 0.0),
            )
            for row, (priority, bold) in rows.items()
            if 0 <= row < model.count and visible[row]
        ]
        return made + (self._axis_labels(model, muted, camera, size) if options.axes else [])

    def _axis_labels(
        self, model: EmbeddingModel, colour: Rgba, camera: Camera, size: tuple[int, int]
    ) -> list[Label]:
        """Titles of the axes, at that end where they are not cut off."""
        projection = model.projection
        assert projection is not None
        made = []
        for axis in range(projection.coordinates.shape[1]):
            ends = np.zeros((len(_TITLES_AT), 3))
            ends[:, axis] = _TITLES_AT
            at = camera.project(ends, size)
            room = (at[:, 0] > 0) & (at[:, 0] < size[0] - _TITLE_PX)
            room &= (at[:, 1] > 8) & (at[:, 1] < size[1] - 8)
            place = ends[int(room.argmax())].tolist()
            title = projection.titles[axis] if axis < len(projection.titles) else "xyz"[axis]
            if axis < len(projection.shares):
                title += f" · {100 * projection.shares[axis]:.1f} %"
            made.append(Label((place[0], place[1], place[2]), title, colour, False, 2e6, 4.0))
        return made

    def _spread(
        self,
        positions: npt.NDArray[np.float32],
        visible: npt.NDArray[np.bool_],
        camera: Camera,
        size: tuple[int, int],
    ) -> npt.NDArray[np.int64]:
        """Rows in sight in an order that jumps about, the same at every time."""
        if len(self._shuffled) != len(positions):
            self._shuffled = np.random.default_rng(0).permutation(len(positions))
        order = self._shuffled
        # Whether a place is in sight is plain from its clip coordinates, and cheap for millions.
        clip = camera.matrix(size[0] / max(size[1], 1))[[0, 1, 3]].astype(np.float32)
        found: list[npt.NDArray[np.int64]] = []
        start, count, block = 0, 0, 16 * MOST_LABELS
        while start < len(order) and count < MOST_LABELS:
            rows = order[start : start + block]
            rows = rows[visible[rows]]
            at = positions[rows] @ clip[:, :3].T + clip[:, 3]
            with np.errstate(invalid="ignore"):
                depth = at[:, 2]
                rows = rows[(np.abs(at[:, 0]) < depth) & (np.abs(at[:, 1]) < depth)]
            found.append(rows)
            count += len(rows)
            start, block = start + block, 2 * block
        made: npt.NDArray[np.int64] = np.concatenate([np.empty(0, np.int64), *found])
        return made[:MOST_LABELS]

    # -- what is kept

    def _once(
        self, name: str, key: Hashable, parts: Sequence[object], make: Callable[[], _T]
    ) -> _T:
        """What `make` returns, made again only where the key is another one.

        `parts` are held, so that none of the ids in the key is given to another object.
        """
        known = self._known.get(name)
        if known is None or known[0] != key:
            known = (key, make())
            self._known[name] = known
            self._keep[name] = tuple(parts)
        return cast("_T", known[1])

    def _pictures(self, model: EmbeddingModel) -> bool:
        return model.options.sprites and model.data is not None and model.data.sprite is not None

    def _rgba(self, token: str, alpha: int = 255) -> Rgba:
        colour = self._theme.colour(token)
        return colour.red(), colour.green(), colour.blue(), alpha


def point_size(chosen: float, count: int) -> float:
    """Diameter of a point in pixels: as chosen for few, smaller where many stand close."""
    if count <= _FEW:
        return chosen
    return float(max(chosen * (_FEW / count) ** 0.18, min(chosen, 1.5)))


def _place(position: npt.NDArray[np.float32]) -> tuple[float, float, float]:
    x, y, z = position.tolist()
    return x, y, z


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
