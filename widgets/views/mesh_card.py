"""A card of a mesh: what is known of it, the scene, the meaning of its colours, steps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from eventglass.app.core.compute.colour_maps import colour_table
from eventglass.app.core.meshes.colouring import ValueRange
from eventglass.app.core.meshes.statistics import MeshStatistics
from eventglass.app.models.mesh_book import LoadedMesh, MeshKey
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import count_text
from eventglass.widgets.controls.elided_label import ElidedLabel
from eventglass.widgets.controls.step_slider import StepSlider
from eventglass.widgets.plots.gl_items import Pick
from eventglass.widgets.plots.gl_scene import SceneView
from eventglass.widgets.views.mesh_scene import MESH, VERTICES, Coloured, Home
from eventglass.widgets.views.tag_card import TagCard


class ColourBar(QWidget):
    """What the colours of a map stand for: name, least, the map, greatest."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name, self._map = "", "viridis"
        self._limits: ValueRange | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(18)
        self.hide()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(200, 18)

    def show_range(self, name: str, colour_map: str, limits: ValueRange | None) -> None:
        """Say what the map's ends stand for; without limits nothing is shown."""
        self._name, self._map, self._limits = name, colour_map, limits
        self.setVisible(limits is not None)
        if limits is not None:
            low, high = self.texts()
            self.setAccessibleName(f"{name}: colours from {low} to {high}")
            self.setToolTip(self.accessibleName())
        self.update()

    def texts(self) -> tuple[str, str]:
        """What stands at the ends; empty without a range."""
        limits = self._limits
        if limits is None:
            return "", ""
        return tuple(f"{v:.4g}".replace("-", "−") for v in (limits.low, limits.high))  # type: ignore[return-value]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Name and numbers beside the map."""
        if self._limits is None:
            return
        theme = self._theme
        low, high = self.texts()
        table = colour_table(self._map)
        row = np.full((1, 256, 4), 255, np.uint8)
        row[0, :, :3] = table
        picture = QImage(row.tobytes(), 256, 1, 1024, QImage.Format.Format_RGBA8888)
        with QPainter(self) as painter:
            painter.setFont(theme.font(12, tabular=True))
            metrics = painter.fontMetrics()
            left = metrics.horizontalAdvance(f"{self._name}  {low}") + 6
            right = metrics.horizontalAdvance(high) + 6
            tall = self.height()
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.setPen(theme.colour("text_muted"))
            painter.drawText(QRectF(0, 0, left, tall), middle, f"{self._name}  {low}")
            wide = min(max(self.width() - left - right, 12.0), 240.0)
            box = QRectF(left, tall / 2 - 4, wide, 8)
            painter.drawText(QRectF(box.right() + 6, 0, right, tall), middle, high)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, picture)


class MeshCard(TagCard):
    """Title and run, facts, the scene, steps."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        self.scene = SceneView(theme)
        super().__init__(theme, self.scene, parent)
        #: The entries' steps; filled by the view.
        self.steps: npt.NDArray[np.int64] = np.empty(0, np.int64)
        #: What was asked for, and what is shown.
        self.wanted: MeshKey | None = None
        self.waits = False
        self.loaded: LoadedMesh | None = None
        self.coloured: Coloured | None = None
        self.statistics: MeshStatistics | None = None
        self.colour = QColor()
        #: What cameras are fitted to: the mesh that was shown first.
        self.home: Home | None = None
        self._line = self._tip = ""
        self.facts = ElidedLabel(theme, self)
        facts = QHBoxLayout()
        facts.setContentsMargins(11, 0, 11, 2)
        facts.addWidget(self.facts)
        self.column.insertLayout(1, facts)
        self.bar = ColourBar(theme, self)
        bar = QHBoxLayout()
        bar.setContentsMargins(11, 2, 11, 0)
        bar.addWidget(self.bar)
        self.column.addLayout(bar)
        self.slider = StepSlider(theme, self)
        row = QHBoxLayout()
        row.setContentsMargins(12, 2, 8, 2)
        row.addWidget(self.slider)
        self.column.addLayout(row)
        self.scene.clicked.connect(self._clicked)
        self.scene.hovered.connect(self.show_pick)
        self.scene.measured.connect(self._measured)

    def clear(self) -> None:
        """Show nothing; what comes next is another mesh."""
        self.loaded, self.coloured, self.statistics, self.home = None, None, None, None
        self.wanted, self.waits = None, False
        self.scene.set_items(())
        self.scene.set_labels(())
        self._line = self._tip = ""
        self.facts.set_line("")
        self.bar.show_range("", "viridis", None)
        self.show_message("")
        self.show_notes(())

    def show_facts(self, sample: int, samples: int) -> None:
        """Say how large the mesh is."""
        loaded = self.loaded
        mesh = loaded.mesh if loaded is not None else None
        if loaded is None or mesh is None:
            self._line = self._tip = ""
            self.facts.set_line("")
            return
        parts = [f"{sample + 1:,} of {samples:,}"] if samples > 1 else []
        parts.append(count_text(len(mesh.vertices), "vertex", "vertices"))
        if mesh.has_faces:
            parts.append(count_text(len(mesh.faces), "face"))
        bounds = mesh.bounds
        if bounds is not None:
            parts.append(" × ".join(f"{v:.3g}" for v in (bounds[1] - bounds[0]).tolist()))
        rows = [f"Mesh {sample + 1:,} of {samples:,}"] if samples > 1 else []
        if self.statistics is not None:
            rows += [f"{name}: {value}" for name, value in self.figures()]
            if mesh.has_faces and len(mesh.faces):
                parts.append("watertight" if self.statistics.is_watertight else "open")
        else:
            rows += parts
        self._line, self._tip = " · ".join(parts), "\n".join(rows)
        self.facts.set_line(self._line, self._tip)
        self.scene.setAccessibleName(f"{self.accessibleName()}: {self.facts.line()}")

    def figures(self) -> list[tuple[str, str]]:
        """All figures of the mesh as names and values."""
        rows = statistics_rows(self.statistics) if self.statistics is not None else []
        loaded = self.loaded
        if loaded is not None and loaded.values is not None and loaded.request.what == "distance":
            away = loaded.values[np.isfinite(loaded.values)]
            if len(away):
                rows += [
                    ("Mean distance", _figure(float(away.mean()))),
                    ("Root mean square", _figure(float(np.sqrt(np.mean(away * away))))),
                    ("Greatest distance", _figure(float(away.max()))),
                ]
        return rows

    def show_pick(self, pick: object) -> None:
        """Say what lies under the pointer instead of the facts; None for nothing."""
        mesh = self.loaded.mesh if self.loaded is not None else None
        if mesh is None or not isinstance(pick, Pick):
            self.facts.set_line(self._line, self._tip)
            return
        # What is left of rounding is no coordinate.
        least = 1e-9 * max(map(abs, pick.position))
        place = ", ".join(_figure(v if abs(v) > least else 0.0) for v in pick.position)
        parts = [f"{'Face' if pick.key == MESH else 'Vertex'} {pick.index:,}", place]
        values = self.loaded.values if self.loaded is not None else None
        if pick.key == VERTICES and values is not None and pick.index < len(values):
            parts.append(f"value {_figure(float(values[pick.index]))}")
        if pick.key == VERTICES and mesh.colours is not None and pick.index < len(mesh.colours):
            parts.append("colour " + " ".join(map(str, mesh.colours[pick.index].tolist())))
        self.facts.set_line(" · ".join(parts), self._tip)

    def _measured(self, first: Pick, last: Pick, distance: float) -> None:
        """Keep what was measured in the line of facts, until the mesh is another."""
        away = [b - a for a, b in zip(first.position, last.position, strict=True)]
        steps = ", ".join(_figure(each) for each in away)
        self._line = f"Distance {_figure(distance)} · along the axes {steps}"
        self.facts.set_line(self._line, self._tip)
        self.scene.setAccessibleName(f"{self.accessibleName()}: {self._line}")

    def _clicked(self, _pick: object, _modifiers: object) -> None:
        self.tell_reached()


def statistics_rows(found: MeshStatistics) -> list[tuple[str, str]]:
    """Return the figures of a mesh as names and values, for tables and tool tips."""
    rows = [("Vertices", f"{found.vertices:,}"), ("Faces", f"{found.faces:,}")]
    if np.isfinite(found.extent).all():
        rows += [
            ("Extent", " × ".join(_figure(v) for v in found.extent)),
            ("Least", ", ".join(_figure(v) for v in found.lower)),
            ("Greatest", ", ".join(_figure(v) for v in found.upper)),
            ("Centre", ", ".join(_figure(v) for v in found.centre)),
        ]
    if not found.faces:
        return rows
    rows.append(("Surface", _figure(found.surface)))
    if found.is_watertight:
        rows.append(("Volume", _figure(found.volume)))
    rows.append(("Watertight", "yes" if found.is_watertight else "no"))
    if found.boundary_edges:
        rows.append(("Open edges", f"{found.boundary_edges:,}"))
    if found.shared_edges:
        rows.append(("Edges of several faces", f"{found.shared_edges:,}"))
    rows.append(("Pieces", f"{found.components:,}"))
    if found.flat_faces:
        rows.append(("Faces without area", f"{found.flat_faces:,}"))
    if found.loose_vertices:
        rows.append(("Vertices of no face", f"{found.loose_vertices:,}"))
    return rows


def _figure(value: float) -> str:
    # Plus 0: the sign of a zero means nothing.
    return f"{value + 0.0:.5g}".replace("-", "−")
