"""The user guide in a window: the pages that come with the program, read without a network."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QAction, QImage, QKeySequence, QResizeEvent, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.models.resources import guide
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import IconButton

#: The pages in the order of the list; others follow by name.
ORDER = (
    "start",
    "scalars",
    "runs",
    "histograms",
    "images",
    "audio",
    "text",
    "graph",
    "meshes",
    "embeddings",
    "logging",
)
#: Pages of views whose names differ from theirs.
PAGES = {
    "graphs": "graph",
    "texts": "text",
    "distributions": "histograms",
}
_SIZE = QSize(1060, 760)
_ROW_PX = 30
_MARGIN_PX = 20


class _Page(QTextBrowser):
    """A page; its pictures are as wide as it is, at most."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._pictures: dict[str, QImage] = {}
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setObjectName("page")
        self.setOpenLinks(False)
        self.setAccessibleName("Page")

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Load pictures of the guide, and nothing else."""
        text = name.toString() if isinstance(name, QUrl) else name
        path = (self._folder / text).resolve()
        image = kind == QTextDocument.ResourceType.ImageResource.value
        if not image or not path.is_relative_to(self._folder.resolve()):
            return None
        self._pictures[text] = picture = QImage(str(path))
        return self._fitted(picture)

    def show_page(self, html: str) -> None:
        """Show another page from its beginning."""
        self._pictures.clear()
        self.setHtml(html)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to the new width."""
        super().resizeEvent(event)
        if event.size().width() == event.oldSize().width() or not self._pictures:
            return
        document = self.document()
        kind = QTextDocument.ResourceType.ImageResource.value
        for text, picture in self._pictures.items():
            document.addResource(kind, QUrl(text), self._fitted(picture))
        document.markContentsDirty(0, document.characterCount())

    def _fitted(self, picture: QImage) -> QImage:
        """A picture no wider than the page, sharp on this screen."""
        room = self.viewport().width() - 2 * _MARGIN_PX - 16
        if picture.isNull() or not 0 < room < picture.width():
            return picture
        pixels = round(room * self.devicePixelRatioF())
        if pixels < picture.width():
            picture = picture.scaledToWidth(pixels, Qt.TransformationMode.SmoothTransformation)
        else:
            picture = picture.copy()
        picture.setDevicePixelRatio(picture.width() / room)
        return picture


class Guide(QDialog):
    """Pages at the left, the page at the right; links lead from one to another."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, folder: Path | None = None):
        super().__init__(parent)
        self._theme = theme
        self._folder = folder or guide()
        self._shown = ""
        self._history: list[str] = []
        self.setWindowTitle("Guide")
        self.resize(_SIZE)
        self._filter = QLineEdit()
        self._filter.setPlaceholderText("Search the guide")
        self._filter.setAccessibleName("Search the guide")
        self._filter.setClearButtonEnabled(True)
        self._filter.setFixedHeight(28)
        self._filter.textChanged.connect(self._search)
        self._back = IconButton(theme, "back", "Back", self)
        self._back.clicked.connect(self.go_back)
        self._list = QListWidget()
        self._list.setObjectName("pages")
        self._list.setAccessibleName("Pages")
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for name in pages(self._folder):
            item = QListWidgetItem(title_of(self._folder, name), self._list)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setSizeHint(QSize(0, _ROW_PX))
        self._list.currentItemChanged.connect(self._chosen)
        self._page = _Page(self._folder)
        self._page.anchorClicked.connect(self._follow)
        left = QVBoxLayout()
        left.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self._back)
        head.addWidget(self._filter, 1)
        left.addLayout(head)
        left.addWidget(self._list, 1)
        side = QWidget()
        side.setLayout(left)
        side.setFixedWidth(230)
        left.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 0, 0)
        row.setSpacing(12)
        row.addWidget(side)
        row.addWidget(self._page, 1)
        back = QAction("Back", self)
        back.setShortcuts(QKeySequence.keyBindings(QKeySequence.StandardKey.Back))
        back.triggered.connect(self.go_back)
        find = QAction("Search", self)
        find.setShortcut(QKeySequence.StandardKey.Find)
        find.triggered.connect(partial(self._filter.setFocus, Qt.FocusReason.ShortcutFocusReason))
        self.addActions([back, find])
        theme.changed.connect(self._show_again)

    def open_page(self, name: str) -> None:
        """Show a page; the first one where there is none of that name."""
        rows = [self._name(row) for row in range(self._list.count())]
        name = PAGES.get(name, name)
        if rows:
            self._list.setCurrentRow(rows.index(name) if name in rows else 0)

    @property
    def page(self) -> str:
        """Name of the page that is shown."""
        return self._shown

    def text(self) -> str:
        """What the page says."""
        return self._page.toPlainText()

    def go_back(self) -> None:
        """Return to the page before."""
        if len(self._history) > 1:
            self._history.pop()
            self.open_page(self._history.pop())
            self._back.setEnabled(len(self._history) > 1)

    def _name(self, row: int) -> str:
        return str(self._list.item(row).data(Qt.ItemDataRole.UserRole))

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        self._shown = str(item.data(Qt.ItemDataRole.UserRole))
        if self._history[-1:] != [self._shown]:
            self._history.append(self._shown)
        self._back.setEnabled(len(self._history) > 1)
        self._show_again()
        self._find(self._filter.text())

    def _show_again(self) -> None:
        if not self._shown:
            return
        document = self._page.document()
        document.setDefaultStyleSheet(_style(self._theme))
        document.setDocumentMargin(_MARGIN_PX)
        self._page.show_page(_html(self._folder / f"{self._shown}.md"))

    def _follow(self, target: QUrl) -> None:
        name = Path(target.path()).stem
        if not target.scheme() and name in pages(self._folder):
            self.open_page(name)

    def _search(self, text: str) -> None:
        wanted = text.casefold()
        for row in range(self._list.count()):
            hidden = bool(wanted) and wanted not in _text(self._folder / f"{self._name(row)}.md")
            self._list.item(row).setHidden(hidden)
        current = self._list.currentItem()
        if current is None or current.isHidden():
            shown = (r for r in range(self._list.count()) if not self._list.item(r).isHidden())
            self._list.setCurrentRow(next(shown, self._list.currentRow()))
        self._find(text)

    def _find(self, text: str) -> None:
        """Mark the first place of a text on the page."""
        cursor = self._page.textCursor()
        cursor.setPosition(0)
        self._page.setTextCursor(cursor)
        if text:
            self._page.find(text)


def pages(folder: Path) -> list[str]:
    """Names of the pages of a guide, in their order."""
    found = {path.stem for path in folder.glob("*.md")}
    return [name for name in ORDER if name in found] + sorted(found - set(ORDER))


def title_of(folder: Path, name: str) -> str:
    """Heading of a page."""
    with (folder / f"{name}.md").open(encoding="utf-8") as file:
        return file.readline().lstrip("# ").strip() or name


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").casefold()


def _html(path: Path) -> str:
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark").enable("table").render(path.read_text(encoding="utf-8"))
    # The end of the last line of code would stand as an empty line.
    return str(html).replace("\n</code></pre>", "</code></pre>")


def _style(theme: Theme) -> str:
    text, muted = theme.colour("text").name(), theme.colour("text_muted").name()
    raised, accent = theme.colour("raised").name(), theme.colour("accent").name()
    mono = theme.font(code=True).family()
    return (
        f"body {{ color: {text}; font-size: 14px; line-height: 150%; }}"
        f"h1 {{ font-size: 24px; }} h2 {{ font-size: 18px; margin-top: 22px; }}"
        f"a {{ color: {accent}; text-decoration: none; }}"
        f"code {{ font-family: '{mono}'; background: {raised}; font-size: 13px; }}"
        f"pre {{ font-family: '{mono}'; background: {raised}; margin: 8px; font-size: 13px; }}"
        f"th {{ text-align: left; color: {muted}; padding: 4px 14px 4px 0; }}"
        "td { padding: 4px 14px 4px 0; vertical-align: top; } p, li { margin-bottom: 8px; }"
    )
