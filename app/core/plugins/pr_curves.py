"""Precision-recall curves: a classifier's counts at a row of thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.plugins import DecodeError, SeriesInfo
from eventglass.app.core.plugins.tensors import numbers_of
from eventglass.app.core.plugins.values import parse, parse_value, plugin_content
from eventglass.app.core.proto.plugin_data_pb2 import PrCurvePluginData

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PrCurve:
    """One curve; all arrays are (n,) float64, read-only, by rising threshold.

    Attributes
    ----------
    thresholds
        Evenly spaced from 0.
    tp, fp, tn, fn
        True and false positives and negatives; need not be whole when samples are weighted.
    precision, recall
        As the writer computed them.
    defined
        Number of thresholds up to the last at which anything counts as positive. Beyond it
        precision has no meaning; TensorBoard doesn't draw those.
    """

    thresholds: Floats
    tp: Floats
    fp: Floats
    tn: Floats
    fn: Floats
    precision: Floats
    recall: Floats
    defined: int


def decode(payload: bytes, series: SeriesInfo) -> PrCurve:
    """Return the curve in a summary value.

    Threshold i is i / (n - 1), n being the number of thresholds that the plugin data declares or,
    where it declares fewer than there are, the number of columns. It is the quotient nearest to
    the exact one, where TensorBoard multiplies and may be off in the last digit.
    """
    value = parse_value(payload)
    if value.WhichOneof("value") != "tensor":
        raise DecodeError("A precision-recall curve should be a tensor")
    rows = numbers_of(value.tensor, "A precision-recall curve")
    if rows.ndim != 2 or rows.shape[0] != 6:
        raise DecodeError(
            f"A precision-recall curve's tensor should be of shape [6, n], not {[*rows.shape]}"
        )
    columns = rows.shape[1]
    content = parse(PrCurvePluginData, plugin_content(value, series), "PR curve plugin data")
    declared = max(content.num_thresholds, columns)
    thresholds = np.arange(columns) / max(declared - 1, 1)
    thresholds.setflags(write=False)
    # Counted in whole samples, as TensorBoard does; infinite ones may cancel out.
    with np.errstate(invalid="ignore"):
        positives = np.flatnonzero(np.trunc(rows[0]) + np.trunc(rows[1]))
    defined = int(positives[-1]) + 1 if len(positives) else min(columns, 1)
    tp, fp, tn, fn, precision, recall = rows
    return PrCurve(thresholds, tp, fp, tn, fn, precision, recall, defined)
