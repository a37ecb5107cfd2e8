"""Reading an embedding: vectors, metadata, pictures, and what was not as it should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventglass.app.core.projector.metadata import Metadata
from eventglass.app.core.projector.notices import EmbeddingError, Notice
from eventglass.app.models.embedding_columns import ColumnFacts, all_facts, facts_of

if TYPE_CHECKING:
    from eventglass.app.core.projector.sources import EmbeddingSource
    from eventglass.app.core.projector.sprites import Sprite
    from eventglass.app.core.projector.tensors import Embedding
    from eventglass.app.models.tasks import TaskControl


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """Everything read of one embedding."""

    source: EmbeddingSource
    embedding: Embedding
    metadata: Metadata
    facts: Mapping[str, ColumnFacts]
    sprite: Sprite | None = None
    notices: tuple[Notice, ...] = ()
    #: Whether the metadata is still being read.
    waits: bool = False

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.embedding.vectors)

    @property
    def dimensions(self) -> int:
        """Number of dimensions."""
        return int(self.embedding.vectors.shape[1])


def read_metadata(
    source: EmbeddingSource, rows: int, control: TaskControl | None = None
) -> tuple[Metadata, tuple[Notice, ...]]:
    """Read the metadata of an embedding of `rows` rows; where it can't be read a notice says so."""
    from eventglass.app.core.projector import metadata as tables

    if source.metadata is None:
        return Metadata(rows), ()
    try:
        table = tables.load(source.metadata, rows, control)
    except EmbeddingError as error:
        return Metadata(rows), (Notice(source.metadata.shown, str(error)),)
    return table, table.notices


def read_embedding(
    source: EmbeddingSource, control: TaskControl | None = None, most: int | None = None
) -> Loaded:
    """Read vectors, metadata and sprite; what can't be read but the vectors becomes a notice.

    Of more than `most` rows the metadata is left for later.

    Raises `EmbeddingError` when there are no vectors to be had.
    """
    from eventglass.app.core.projector import sprites, tensors

    embedding = tensors.load(source, control)
    rows = len(embedding.vectors)
    table, sprite = Metadata(rows), None
    notices: list[Notice] = []
    waits = most is not None and rows > most and source.metadata is not None
    if not waits:
        table, found = read_metadata(source, rows, control)
        notices += found
    if source.sprite is not None:
        try:
            sprite = sprites.load(source.sprite, rows, control)
            notices += sprite.notices
        except EmbeddingError as error:
            notices.append(Notice(source.sprite.place.shown, str(error)))
    return Loaded(source, embedding, table, all_facts(table), sprite, tuple(notices), waits)


def changed_facts(metadata: Metadata, before: Mapping[str, ColumnFacts]) -> dict[str, ColumnFacts]:
    """Facts of all columns; of those that are the same as before they are taken over."""
    found: dict[str, ColumnFacts] = {}
    for column in metadata.columns:
        known = before.get(column.name)
        same = known is not None and known.column is column
        if column.name not in found:
            found[column.name] = known if same and known is not None else facts_of(column)
    return found
