"""``python -m eventglass.app`` is the command ``eventglass``."""

from __future__ import annotations

import sys

from eventglass.app.cli import main

if __name__ == "__main__":
    sys.exit(main())
