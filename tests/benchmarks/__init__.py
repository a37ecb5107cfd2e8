"""Measurements, run by hand: ``./dev bench`` or ``python -m tests.benchmarks.bench_read``.

Each module prints one JSON object: medians in seconds (or what the key says), and ratios against
TensorBoard where one is given by ``--tensorboard PYTHON`` or ``EVENTGLASS_BENCH_TENSORBOARD``, the
path of a Python that has it. Both are measured in the same run, on the same files, which
`make_logs` writes into a cache folder outside the repository.
"""
