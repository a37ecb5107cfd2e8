"""Sources: the embeddings that a log directory or an archive offers.

TensorBoard looks for ``projector_config.pbtxt`` in the root, in runs and in their
``plugins/org_tensorflow_tensorboard_projector``; here it counts in any directory. Without vectors
of their own, embeddings are the matrices of the checkpoint beside them.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from eventglass.app.core.projector import checkpoints, configs
from eventglass.app.core.projector.notices import Control, EmbeddingError, Notice, check
from eventglass.app.core.projector.places import Found, Place, Tree, open_tree

#: Where the projector's plugin keeps its files inside a run.
PLUGIN_FOLDER = "plugins/org_tensorflow_tensorboard_projector"
STATE_FILE = "checkpoint"
#: Files in which a checkpoint's prefix ends: V2, V1, and V1 in several.
_CHECKPOINT_SUFFIXES = (".index", "", "-00000-of-00001")
_SLOT = ".OPTIMIZER_SLOT"
_KERAS_END = "/.ATTRIBUTES/VARIABLE_VALUE"
_STEP = re.compile(r"^(.*):(\d{1,19})$", re.DOTALL)
_CHECKPOINT_STEP = re.compile(r"-(\d{1,18})$")
_MOST = 200_000


class Origin(StrEnum):
    """Where the vectors lie."""

    FILE = "file"
    CHECKPOINT = "checkpoint"
    OPENED = "opened"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class SpriteSource:
    """A picture with a cell per row; the cell's width and height in pixels, 0 where untold."""

    place: Place
    cell_width: int
    cell_height: int


@dataclass(frozen=True, slots=True)
class EmbeddingSource:
    """One embedding that can be opened.

    Attributes
    ----------
    key : tells it from others, also at the next start
    root : path of the root
    run : of the configuration, below the root; "." for the root itself
    name : of the tensor
    title : the name without step and without what checkpoints put behind names
    step : from a name as PyTorch writes it, ``tag:00007``, or from a checkpoint's name
    shape : rows and dimensions as far as known without reading the vectors
    origin : where the vectors lie; MISSING where nothing was found
    config : the configuration, as shown
    tensor : file of vectors, or the checkpoint's index or V1 file
    variable : name in the checkpoint
    metadata, sprite, bookmarks : where they lie, None without
    notices : what was not as it should be
    """

    key: str
    root: str
    run: str
    name: str
    title: str
    step: int | None
    shape: tuple[int, int] | None
    origin: Origin
    config: str
    tensor: Place | None = None
    variable: str = ""
    metadata: Place | None = None
    sprite: SpriteSource | None = None
    bookmarks: Place | None = None
    notices: tuple[Notice, ...] = ()


def find(root: str, control: Control | None = None) -> tuple[EmbeddingSource, ...]:
    """Return all embeddings below `root`, a directory, a file in one, or an archive.

    Looks in every directory, more than TensorBoard, which looks only in those with event files.
    Never raises for what lies there; an embedding without vectors is listed with its notices.
    Works through all directories: not for the GUI thread.
    """
    try:
        tree = open_tree(root, control)
    except EmbeddingError:
        return ()
    found: list[EmbeddingSource] = []
    for folder, names in tree.directories(control):
        if configs.FILE_NAME in names or STATE_FILE in names:
            found += _Directory(tree, root, folder, names, control).sources()
        if len(found) >= _MOST:
            break
    # Two configurations may lead to one run: beside the events and in the plugin's folder.
    counts: Counter[str] = Counter()
    made = []
    for source in found:
        counts[source.key] += 1
        count = counts[source.key]
        made.append(source if count == 1 else replace(source, key=f"{source.key}\0{count}"))
    return tuple(made)


def split_name(name: str) -> tuple[str, int | None]:
    """Return title and step of a tensor's name."""
    match = _STEP.match(name)
    if match is None:
        return name.removesuffix(_KERAS_END) or name, None
    # TensorFlow numbers an op's outputs: "embedding:0" has no step. Writers of steps fill zeros.
    if len(match[2]) < 5:
        return (match[1] or name) if match[2] == "0" else name, None
    step = int(match[2])
    return (match[1] or name, step) if step < 1 << 63 else (name, None)


class _Directory:
    """The embeddings of one directory."""

    def __init__(
        self, tree: Tree, root: str, folder: str, names: list[str], control: Control | None
    ) -> None:
        self._tree = tree
        self._root = root
        self._folder = folder
        self._names = names
        self._control = control
        own = folder
        if folder == PLUGIN_FOLDER or folder.endswith("/" + PLUGIN_FOLDER):
            own = folder[: -len(PLUGIN_FOLDER)].rstrip("/")
        self._run_folder = own
        self._run = own or "."
        self._shown = posixpath.join(folder, configs.FILE_NAME)

    def sources(self) -> Iterator[EmbeddingSource]:
        """What the configuration lists, then the other matrices of the checkpoint."""
        config = self._config()
        lost: list[Notice] = []
        wants_checkpoint = any(not each.tensor_path for each in config.embeddings)
        bundle: checkpoints.Checkpoint | None = None
        place: Place | None = None
        # As in TensorBoard a checkpoint is looked for also where tensors have files of their own.
        prefix = self._prefix(config, lost)
        if prefix is not None:
            place = prefix
            try:
                bundle = checkpoints.list_variables(place)
                lost += bundle.notices
            except EmbeddingError as error:
                lost.append(Notice(place.name, str(error)))
        told: set[str] = set()
        every = next((each for each in config.embeddings if _is_default(each)), None)
        first = True
        for each in config.embeddings:
            check(self._control)
            if _is_default(each):
                continue
            notices = config.notices if first else ()
            first = False
            yield self._listed(each, bundle, place, (*notices, *lost), told)
        if first and (config.notices or (lost and wants_checkpoint)):
            yield self._nothing((*config.notices, *lost))
        if bundle is None or place is None:
            return
        step = _CHECKPOINT_STEP.search(bundle.prefix)
        for variable in bundle.variables:
            if len(variable.shape) != 2 or _SLOT in variable.name or variable.name in told:
                continue
            source = self._source(variable.name, config.notices if first else ())
            yield replace(
                self._with_files(source, every) if every else source,
                step=int(step[1]) if step else None,
                shape=(variable.shape[0], variable.shape[1]),
                origin=Origin.CHECKPOINT,
                tensor=place,
                variable=variable.name,
            )

    def _config(self) -> configs.Config:
        if configs.FILE_NAME not in self._names:
            return configs.Config()
        path = posixpath.join(self._folder, configs.FILE_NAME)
        if not self._tree.exists(path, self._folder):
            message = "The configuration is a link out of the log directory; not followed"
            return configs.Config(notices=(Notice(self._shown, message),))
        try:
            data = self._tree.place(path).read(configs.MAX_BYTES + 1)
        except EmbeddingError as error:
            return configs.Config(notices=(Notice(self._shown, str(error)),))
        config = configs.parse(data[: configs.MAX_BYTES].decode("utf-8", "replace"), self._shown)
        if len(data) > configs.MAX_BYTES:
            message = f"Only the first {configs.MAX_BYTES >> 20} MB were read"
            config = replace(config, notices=(*config.notices, Notice(self._shown, message)))
        return config

    def _find(
        self, path: str, what: str, notices: list[Notice], suffixes: tuple[str, ...] = ("",)
    ) -> Place | None:
        found: Found | None = self._tree.find(path, self._folder, suffixes, self._control)
        if found is None:
            message = f"{what} “{_short(path)}” was not found in the log directory"
            notices.append(Notice(self._shown, message))
            return None
        if found.by_name:
            message = f"{what} “{_short(path)}” is not there; {found.place.shown} was taken instead"
            notices.append(Notice(self._shown, message))
        return found.place

    def _prefix(self, config: configs.Config, lost: list[Notice]) -> Place | None:
        """The index of a V2 checkpoint, or a V1 file."""
        if config.checkpoint_path:
            return self._find(config.checkpoint_path, "Checkpoint", lost, _CHECKPOINT_SUFFIXES)
        # The run's directory, the one above it, as TensorBoard does; a directory that is named.
        folders = [self._run_folder]
        if config.checkpoint_directory:
            state = self._tree.find(
                config.checkpoint_directory.rstrip("/\\") + "/" + STATE_FILE, self._folder
            )
            if state is not None:
                folders.insert(0, posixpath.dirname(state.place.shown))
        for folder in folders:
            path = posixpath.join(folder, STATE_FILE)
            if not self._tree.exists(path, folder):
                continue
            latest = self._latest(path)
            if latest:
                found = self._tree.find(latest, folder, _CHECKPOINT_SUFFIXES, self._control)
                if found is not None:
                    return found.place
                if any(not each.tensor_path for each in config.embeddings):
                    message = f"Checkpoint “{_short(latest)}” was not found in the log directory"
                    lost.append(Notice(path, message))
        # Copies often lack the small file that names the latest one.
        if config.embeddings and any(not each.tensor_path for each in config.embeddings):
            indices = sorted(
                (name for name in self._names if name.endswith(".index")), key=_natural
            )
            for name in reversed(indices):
                path = posixpath.join(self._folder, name)
                if self._tree.exists(path, self._folder):
                    return self._tree.place(path)
        return None

    def _latest(self, path: str) -> str:
        try:
            text = self._tree.place(path).read(1 << 20).decode("utf-8", "replace")
        except EmbeddingError:
            return ""
        return configs.parse(text).checkpoint_path

    def _listed(
        self,
        entry: configs.EmbeddingConfig,
        bundle: checkpoints.Checkpoint | None,
        place: Place | None,
        lost: tuple[Notice, ...],
        told: set[str],
    ) -> EmbeddingSource:
        notices = list(lost)
        name = entry.tensor_name or posixpath.basename(entry.tensor_path.replace("\\", "/"))
        source = self._source(name, ())
        if entry.tensor_path:
            tensor = self._find(entry.tensor_path, "Tensor", notices)
            source = replace(
                source,
                shape=_shape(entry.tensor_shape),
                origin=Origin.FILE if tensor else Origin.MISSING,
                tensor=tensor,
            )
            if entry.tensor_shape and source.shape is None:
                message = "The tensor's shape is not rows × dimensions; ignored"
                notices.append(Notice(self._shown, message, entry.row))
        else:
            variable = _variable(bundle, name)
            if variable is None:
                notices.append(Notice(self._shown, self._why_missing(name, bundle), entry.row))
            elif len(variable.shape) != 2:
                shape = " × ".join(f"{size:,}" for size in variable.shape) or "a single number"
                message = f"“{_short(name)}” is no matrix in the checkpoint but {shape}"
                notices.append(Notice(self._shown, message, entry.row))
            else:
                told.add(variable.name)
                assert bundle is not None
                step = _CHECKPOINT_STEP.search(bundle.prefix)
                source = replace(
                    source,
                    step=source.step if source.step is not None else int(step[1]) if step else None,
                    shape=(variable.shape[0], variable.shape[1]),
                    origin=Origin.CHECKPOINT,
                    tensor=place,
                    variable=variable.name,
                )
        return self._with_files(replace(source, notices=tuple(notices)), entry)

    def _why_missing(self, name: str, bundle: checkpoints.Checkpoint | None) -> str:
        if bundle is not None:
            return f"The checkpoint holds no “{_short(name)}”"
        weights = [each for each in self._names if each.endswith((".h5", ".keras"))]
        if weights:
            return (
                f"No checkpoint of TensorFlow with “{_short(name)}” is here; Keras files such as "
                f"{weights[0]} hold no projector data"
            )
        return f"No checkpoint with “{_short(name)}” is in the log directory"

    def _with_files(
        self, source: EmbeddingSource, entry: configs.EmbeddingConfig
    ) -> EmbeddingSource:
        notices = list(source.notices)
        metadata = sprite = bookmarks = None
        if entry.metadata_path:
            metadata = self._find(entry.metadata_path, "Metadata", notices)
        if entry.bookmarks_path:
            bookmarks = self._find(entry.bookmarks_path, "Bookmarks", notices)
        if entry.sprite_path:
            picture = self._find(entry.sprite_path, "Sprite", notices)
            cell = entry.sprite_cell
            if len(cell) != 2 or min(cell) < 1:
                message = "The size of the sprite's cells is missing or wrong"
                notices.append(Notice(self._shown, message, entry.row))
                cell = (0, 0)
            if picture is not None:
                sprite = SpriteSource(picture, cell[0], cell[1])
        return replace(
            source,
            metadata=metadata,
            sprite=sprite,
            bookmarks=bookmarks,
            notices=tuple(notices),
        )

    def _source(self, name: str, notices: tuple[Notice, ...]) -> EmbeddingSource:
        title, step = split_name(name)
        return EmbeddingSource(
            key=f"{self._run}\0{name}",
            root=self._root,
            run=self._run,
            name=name,
            title=title,
            step=step,
            shape=None,
            origin=Origin.MISSING,
            config=self._shown if configs.FILE_NAME in self._names else "",
            notices=notices,
        )

    def _nothing(self, notices: tuple[Notice, ...]) -> EmbeddingSource:
        """Stands for a configuration of which nothing is left."""
        return self._source(configs.FILE_NAME, notices)


def _is_default(entry: configs.EmbeddingConfig) -> bool:
    """Whether it speaks of all tensors of the checkpoint."""
    return not entry.tensor_name and not entry.tensor_path


def _shape(sizes: tuple[int, ...]) -> tuple[int, int] | None:
    if len(sizes) != 2 or min(sizes) < 1:
        return None
    return sizes[0], sizes[1]


def _variable(bundle: checkpoints.Checkpoint | None, name: str) -> checkpoints.Variable | None:
    if bundle is None:
        return None
    known = {variable.name: variable for variable in bundle.variables}
    for form in (name, name.removesuffix(":0"), name + _KERAS_END):
        if form in known:
            return known[form]
    return None


def _natural(name: str) -> tuple[object, ...]:
    return tuple(
        (1, int(part), "") if part.isdigit() and part.isascii() else (0, 0, part)
        for part in re.split(r"([0-9]+)", name)
    )


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else f"…{text[-most:]}"
