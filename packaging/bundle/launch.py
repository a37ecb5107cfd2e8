"""Entry of the frozen program: the command line, or one of the program's own helpers."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run what was asked for and return the exit status."""
    # The starter points the loader at our libraries. Programs that we start, a file manager or a
    # browser, must find their own.
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if before is not None:
        os.environ["LD_LIBRARY_PATH"] = before
    else:
        os.environ.pop("LD_LIBRARY_PATH", None)
    what = sys.argv[1:2]
    if what == ["--projector-worker"]:
        # The program starts itself again for this: a frozen program has no ``python -m``.
        from eventglass.app.core.projector.worker import main as work

        return work() or 0
    if what == ["--thumbnail"]:
        from eventglass.app.models.thumbnails import main as draw

        return draw(sys.argv[2:])
    from eventglass.app.cli import main as command_line

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
