"""Writes ``app/core/proto/*_pb2.py`` and ``.pyi`` from the ``.proto`` files beside them.

Needs grpcio-tools 1.72, whose output asks for a protobuf runtime of at least 6.30 and works with
7.x as well::

    pip install 'grpcio-tools==1.72.*'
    python packaging/generate_proto.py

The files are compiled by their import path (``eventglass/app/core/proto/…``), so that their names
in protobuf's descriptor pool can't collide with those of an installed TensorFlow or TensorBoard.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

from build_hook import lay_links


def main() -> int:
    """Generate all modules; return the compiler's exit status."""
    from grpc_tools import protoc

    root = Path(__file__).resolve().parent.parent
    lay_links(root)
    links = root / ".links"
    sources = sorted((links / "eventglass/app/core/proto").glob("*.proto"))
    return protoc.main(
        [
            "protoc",
            f"-I{links}",
            f"-I{files('grpc_tools') / '_proto'}",
            f"--python_out={links}",
            f"--pyi_out={links}",
            *map(str, sources),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
