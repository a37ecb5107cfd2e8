"""Embeddings: where they lie, their vectors and metadata, and what is computed from them.

An *embedding* is a matrix of *rows* (points) and *dimensions*. Its *metadata* is a table with one
line per row; its *sprite* a picture with one *cell* per row. A *projection* brings the rows into
two or three dimensions.
"""
