"""Tool tips that say what they say: names of tags and runs are never taken for markup."""

from __future__ import annotations

import html

from PySide6.QtGui import Qt


def plain_tip(text: str) -> str:
    """Return a tool tip that shows a text letter by letter.

    Qt takes a tip that looks like HTML for that, and would load the images it names from the disk.
    """
    # The tip's own rule, asked of each line: it looks at the first, but which that is may change.
    if not any(Qt.mightBeRichText(line) for line in text.split("\n")):
        return text
    return f'<p style="white-space: pre-wrap">{html.escape(text)}</p>'
