"""What a card draws of a mesh: items, labels, lights and the first camera, from what was chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from eventglass.app.core.meshes.assembling import MeshData
from eventglass.app.core.meshes.colouring import (
    ValueRange,
    colours_of_values,
    normal_colours,
)
from eventglass.app.core.meshes.scene_config import SceneConfig
from eventglass.app.models.mesh_book import LoadedMesh
from eventglass.app.models.theme import Theme
from eventglass.app.models.view_options import MeshOptions
from eventglass.widgets.plots import gl_items
from eventglass.widgets.plots.gl_camera import Bounds, Camera
from eventglass.widgets.plots.gl_items import (
    Colours,
    Item,
    Label,
    Lights,
    Lines,
    Mesh,
    Points,
    Rgba,
)

#: Of surfaces without any colour of their own: TensorBoard's grey.
PLAIN = (160, 160, 160)
#: Angle of view where none was logged: TensorBoard's 75 degrees distort.
FOV_DEGREES = 40.0
#: Red, green and blue of the axes x, y, z, readable on light and dark.
AXES: tuple[Rgba, ...] = ((214, 69, 80, 255), (56, 158, 84, 255), (66, 122, 226, 255))

#: Directions of the axes.
UPWARDS = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}

MESH, VERTICES, BOX, AXIS_LINES, GRID = "mesh", "vertices", "box", "axes", "grid"


@dataclass(frozen=True, slots=True, eq=False)
class Coloured:
    """Colours that were made, and what of: made anew only when that changes."""

    #: The array they were made of: held, so that no other can have its identity.
    array: object
    source: tuple[object, ...]
    colours: Colours


@dataclass(frozen=True, slots=True)
class MeshLook:
    """All that decides how a mesh is drawn, beside the mesh."""

    options: MeshOptions
    run: tuple[int, int, int]
    limits: ValueRange | None = None


def vertex_colours(loaded: LoadedMesh, look: MeshLook, before: Coloured | None) -> Coloured:
    """Return the colours of a mesh's vertices; the very same as before where nothing changed."""
    options, mesh = look.options, loaded.mesh
    assert mesh is not None
    what = options.colour
    array: object = None
    source: tuple[object, ...]
    if loaded.values is not None and what == loaded.request.what:
        array, source = loaded.values, (options.colour_map, look.limits)
    elif loaded.normals is not None and (
        what == "normal" or (what == "logged" and mesh.config.material.by_normal)
    ):
        array, source = loaded.normals, ("normal",)
    elif what == "logged" and loaded.logged is not None:
        array, source = loaded.logged, ("logged",)
    else:
        source = ("one", _single(loaded, look))
    if before is not None and before.array is array and before.source == source:
        return before
    colours: Colours
    if array is None:
        colours = _single(loaded, look)
    elif array is loaded.values:
        assert loaded.values is not None
        colours = colours_of_values(loaded.values, options.colour_map, look.limits)
    elif array is loaded.normals:
        assert loaded.normals is not None
        colours = normal_colours(loaded.normals)
    else:
        assert loaded.logged is not None
        colours = loaded.logged
    return Coloured(array, source, colours)


def _single(loaded: LoadedMesh, look: MeshLook) -> Rgba:
    """Colour of a mesh whose vertices have none: its material's, its run's, or grey."""
    mesh = loaded.mesh
    assert mesh is not None
    logged = mesh.config.material.colour
    if look.options.colour == "logged" and logged is not None:
        red, green, blue = (round(share * 255) for share in logged)
        return red, green, blue, 255
    # A cloud has no shading to be seen by: TensorBoard gives it the run's colour as well.
    if look.options.colour == "run" or not len(mesh.faces):
        return (*look.run, 255)
    return (*PLAIN, 255)


def scene_items(loaded: LoadedMesh, look: MeshLook, coloured: Coloured, theme: Theme) -> list[Item]:
    """Return the items of a card: surface or points, and what helps to read them."""
    mesh, options = loaded.mesh, look.options
    assert mesh is not None
    material = mesh.config.material
    items: list[Item] = []
    has_faces = len(mesh.faces) > 0
    if has_faces and options.vertices != "only":
        items.append(_surface(loaded, mesh, options, coloured, theme))
    if not has_faces or options.vertices != "hide":
        size, unit = _point_size(mesh, options, over_faces=has_faces)
        own = coloured.colours
        if has_faces and options.vertices == "show":
            own = rgba(theme.colour("text"))
        items.append(
            Points(
                VERTICES,
                mesh.vertices,
                own,
                size,
                options.point_shape,
                unit,
                mesh.finite,
                1.0 if has_faces else material.opacity,
            )
        )
    bounds = mesh_bounds(mesh)
    if bounds is None:
        return items
    faint = rgba(theme.colour("text_muted"), 150)
    if options.box:
        items.append(gl_items.bounding_box(BOX, bounds, faint))
    if options.axes:
        items.append(gl_items.axes(AXIS_LINES, bounds, AXES))
    if options.grid:
        colour = rgba(theme.colour("text_muted"), 80)
        items.append(gl_items.grid(GRID, bounds, colour, options.up))
    return items


def scene_labels(loaded: LoadedMesh, options: MeshOptions, theme: Theme) -> list[Label]:
    """Return the letters of the axes, and the lengths of the box."""
    bounds = mesh_bounds(loaded.mesh) if loaded.mesh is not None else None
    if bounds is None:
        return []
    labels = list(gl_items.axis_labels(bounds, AXES)) if options.axes else []
    if options.box:
        lower, upper = np.array(bounds.lower), np.array(bounds.upper)
        colour = rgba(theme.colour("text_muted"))
        for axis, length in enumerate(bounds.extent):
            place = lower.copy()
            place[axis] = (lower[axis] + upper[axis]) / 2.0
            if axis == 1:
                place[0] = upper[0]
            labels.append(
                Label(
                    (float(place[0]), float(place[1]), float(place[2])),
                    f"{length:.4g}",
                    colour,
                    priority=1e6 - axis,
                )
            )
    return labels


def scene_lights(config: SceneConfig, options: MeshOptions) -> Lights:
    """Return what lights a mesh: what was logged, else lights that go with the eye."""
    if options.lights == "eye" or not config.has_lights:
        return Lights()
    ambient = np.zeros(3)
    directional = []
    for light in config.lights:
        colour = np.array(light.colour) * light.intensity
        if light.kind == "ambient":
            ambient += colour
        else:
            directional.append((light.position, _three(colour)))
    return Lights(_three(ambient), tuple(directional), headlight=False)


@dataclass(frozen=True, slots=True, eq=False)
class Home:
    """What a camera is fitted to: bounds, and the outermost points (k, 3) inside."""

    bounds: Bounds
    points: npt.NDArray[np.float32]

    def united(self, other: Home | None) -> Home:
        """Return what holds both."""
        if other is None or other is self:
            return self
        points = np.concatenate([self.points, other.points])
        return Home(self.bounds.united(other.bounds), points)


def home_of(loaded: LoadedMesh) -> Home | None:
    """Return what a camera is fitted to; None of a mesh without a place."""
    if loaded.mesh is None:
        return None
    bounds = mesh_bounds(loaded.mesh)
    if bounds is None:
        return None
    reach = bounds.corners().astype(np.float32) if loaded.reach is None else loaded.reach
    return Home(bounds, reach)


def with_lines(home: Home, items: Iterable[Item]) -> Home:
    """Return the same with the ends of lines: box, axes and grid are to be seen as well."""
    ends = [item.ends.reshape(-1, 3) for item in items if isinstance(item, Lines)]
    return Home(home.bounds, np.concatenate([home.points, *ends])) if ends else home


def fitted(camera: Camera, home: Home, aspect: float) -> Camera:
    """Return the camera at which all points are seen, from the same direction."""
    return camera.fitted(home.bounds, aspect, home.points).with_scene(home.bounds)


def first_camera(
    config: SceneConfig, home: Home, aspect: float, up: Literal["x", "y", "z"] = "y"
) -> Camera:
    """Return the camera a mesh is first looked at with: as logged, else one that shows all."""
    logged = config.camera
    camera = Camera(
        up=UPWARDS[up],
        fov_degrees=logged.fov_degrees if config.has_camera else FOV_DEGREES,
        orthographic=logged.orthographic,
    )
    if logged.position is None and logged.look_at is None:
        return fitted(camera, home, aspect)
    target = home.bounds.centre if logged.look_at is None else logged.look_at
    if logged.position is not None:
        found = camera.looking_at(logged.position, target, logged.up)
        return found.with_scene(home.bounds)
    return replace(fitted(camera, home, aspect), target=target)


def clip_plane(options: MeshOptions, bounds: Bounds) -> tuple[float, float, float, float] | None:
    """Return the plane behind which nothing is drawn, None for none."""
    if options.clip == "none":
        return None
    axis = "xyz".index(options.clip)
    # A little beyond the ends, so that the ends of the slider show all and nothing.
    low, high = bounds.lower[axis], bounds.upper[axis]
    room = (high - low or 1e-9) * 1e-3
    at = low - room + options.clip_share * (high - low + 2.0 * room)
    normal = [0.0, 0.0, 0.0]
    sign = -1.0 if options.clip_above else 1.0
    normal[axis] = sign
    return normal[0], normal[1], normal[2], -sign * at


def mesh_bounds(mesh: MeshData) -> Bounds | None:
    """Return the bounds of a mesh's finite vertices."""
    found = mesh.bounds
    if found is None:
        return None
    lower, upper = found.tolist()
    return Bounds((lower[0], lower[1], lower[2]), (upper[0], upper[1], upper[2]))


def rgba(colour: QColor, alpha: int = 255) -> Rgba:
    """Return a colour as the scene takes it."""
    return colour.red(), colour.green(), colour.blue(), alpha


def _surface(
    loaded: LoadedMesh, mesh: MeshData, options: MeshOptions, coloured: Coloured, theme: Theme
) -> Mesh:
    material = mesh.config.material
    shading = options.shading
    if shading == "logged":
        shading = "none" if material.unlit else "flat" if material.flat else "smooth"
    wires = options.wireframe
    if wires == "logged":
        wires = "only" if material.wireframe else "none"
    # Edges over faces are faint; alone they are all there is.
    wire_colour: Rgba = (0, 0, 0, 90)
    if wires == "only":
        single = isinstance(coloured.colours, tuple)
        wire_colour = rgba(theme.colour("text_muted")) if not single else coloured.colours  # type: ignore[assignment]
    return Mesh(
        MESH,
        mesh.vertices,
        mesh.faces,
        coloured.colours,
        loaded.normals,
        shading,
        None if wires == "none" else wires,
        wire_colour,
        options.back_faces and material.sides != "front",
        material.opacity,
    )


def _point_size(
    mesh: MeshData, options: MeshOptions, over_faces: bool
) -> tuple[float, Literal["pixels", "world"]]:
    if options.point_size > 0.0:
        return options.point_size, "pixels"
    material = mesh.config.material
    if material.point_size is not None and not over_faces:
        return material.point_size, "world" if material.attenuated else "pixels"
    count = len(mesh.vertices)
    if over_faces:
        return 3.0, "pixels"
    return (6.0 if count < 2_000 else 4.0 if count < 20_000 else 2.5), "pixels"


def _three(values: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])
