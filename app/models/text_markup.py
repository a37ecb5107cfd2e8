"""Markdown of logs as HTML that is safe to show.

What comes out holds only the elements of `ELEMENTS`, balanced, with the few attributes written
here: no images, no styles, no scripts, and links to `LINK_SCHEMES` alone. Everything else, such as
the ``<pad>`` of a tokenizer, stands there as the text it was. The gate is the last step and knows
nothing of Markdown, so that it holds whatever the steps before it let through.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

ELEMENTS = frozenset(
    {"p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "em", "i", "u", "del"}
    | {"code", "pre", "kbd", "sub", "sup", "blockquote", "ul", "ol", "li", "a", "span"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
#: Where a link may lead; it is opened only after asking.
LINK_SCHEMES = frozenset({"http", "https", "mailto"})
#: Classes of the pieces of highlighted code.
CODE_CLASSES = frozenset({"keyword", "string", "number", "comment", "name", "added", "removed"})

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_VOID = frozenset({"br", "hr"})
#: Elements inside each other, and tables inside each other, at most: Qt's layout recurses.
_DEEPEST, _DEEPEST_TABLE = 24, 3
#: Quotes and lists inside each other, at most: the parser leaves out what is deeper.
_DEEPEST_BLOCK = 60
#: Opening brackets of a text, at most: for each the parser looks for its partner.
_MOST_BRACKETS = 5_000
#: What begins like a tag but ends nowhere: looking for its end would take the square of the length.
_UNCLOSED = re.compile(r"<(?=[^<>]*(?:<|\Z))")
#: Longer code is shown as it is: highlighting a line may take the square of its length.
LONGEST_CODE = 12_000
_LONGEST_CODE_LINE = 2_000
_LEXERS = {
    "python": ("pygments.lexers.python", "PythonLexer"),
    "json": ("pygments.lexers.data", "JsonLexer"),
    "yaml": ("pygments.lexers.data", "YamlLexer"),
    "toml": ("pygments.lexers.configs", "TOMLLexer"),
    "ini": ("pygments.lexers.configs", "IniLexer"),
    "bash": ("pygments.lexers.shell", "BashLexer"),
    "c": ("pygments.lexers.c_cpp", "CLexer"),
    "cpp": ("pygments.lexers.c_cpp", "CppLexer"),
    "javascript": ("pygments.lexers.javascript", "JavascriptLexer"),
    "diff": ("pygments.lexers.diff", "DiffLexer"),
    "sql": ("pygments.lexers.sql", "SqlLexer"),
    "rust": ("pygments.lexers.rust", "RustLexer"),
}
_ALIASES = {
    "py": "python", "python3": "python", "jsonc": "json", "yml": "yaml", "cfg": "ini",
    "sh": "bash", "shell": "bash", "zsh": "bash", "console": "bash", "h": "c", "c++": "cpp",
    "cc": "cpp", "cuda": "cpp", "js": "javascript", "patch": "diff", "rs": "rust",
}  # fmt: skip
_ALIGN = re.compile(r"text-align\s*:\s*(left|right|center)")
_SCHEME = re.compile(r"\s*([a-zA-Z][a-zA-Z0-9+.-]*):")
#: Control characters and those that turn the direction of writing: shown, never obeyed.
_CONTROL: dict[int, int | str] = {
    **{code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)},
    **{code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))},
    # They end a block of Qt's documents.
    0x2028: "\n",
    0x2029: "\n",
    # They stand for something that is not text there.
    0xFDD0: "�",
    0xFDD1: "�",
    0xFFFC: "�",
}


class NotRendered(ValueError):
    """A text is no Markdown that can be shown; says why."""


def printable(text: str) -> str:
    r"""Return a text with its control characters made visible; line ends become ``\n``."""
    return text.replace("\r\n", "\n").translate(_CONTROL)


def markdown_html(text: str, *, keep_breaks: bool = False) -> str:
    """Return Markdown (CommonMark, tables, ~~struck out~~ text) as safe HTML.

    Parameters
    ----------
    keep_breaks
        Whether a line end inside a paragraph ends the line; in Markdown it is a space.

    Raises
    ------
    NotRendered
        Parts of it would be left out, or it would take too long.
    """
    if text.count("[") > _MOST_BRACKETS:
        raise NotRendered("Too many brackets to be rendered: shown as logged")
    parser = _parser(keep_breaks)
    tokens = parser.parse(printable(text))
    if any(token.level >= _DEEPEST_BLOCK - 1 for token in tokens):
        raise NotRendered("Nested too deep to be rendered: shown as logged")
    made = parser.renderer.render(tokens, parser.options, {})
    # The line end that closes a block of code would be an empty line of it.
    return safe_html(made.replace("\n</code></pre>", "</code></pre>"))


def safe_html(source: str) -> str:
    """Return HTML with only what may be shown; see the module."""
    gate = _Gate()
    gate.feed(_UNCLOSED.sub("&lt;", source))
    gate.close()
    return gate.result().strip()


def is_open_link(target: str) -> bool:
    """Whether a link may be opened, after asking."""
    found = _SCHEME.match(target)
    return found is not None and found[1].lower() in LINK_SCHEMES


@cache
def _parser(keep_breaks: bool) -> MarkdownIt:
    # Parsing takes 60 ms to import, and is needed only where there is text.
    from markdown_it import MarkdownIt

    options = {
        "html": True,
        "breaks": keep_breaks,
        "highlight": _highlighted,
        "maxNesting": _DEEPEST_BLOCK,
    }
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    # Where a link leads is decided at the gate.
    parser.validateLink = _any_link  # type: ignore[method-assign]
    # Not <s>: tokenizers call the begin of a text so, and that is to be seen.
    parser.add_render_rule("s_open", _begin_struck)
    parser.add_render_rule("s_close", _end_struck)
    return parser


def _any_link(url: str) -> bool:
    return True


def _begin_struck(*_given: object) -> str:
    return "<del>"


def _end_struck(*_given: object) -> str:
    return "</del>"


def _highlighted(code: str, language: str, _attributes: str) -> str:
    """Return code as HTML with classes, or nothing for code that is shown as it is."""
    name = language.strip().lower()
    lexer = _LEXERS.get(_ALIASES.get(name, name))
    if (
        lexer is None
        or len(code) > LONGEST_CODE
        or any(len(line) > _LONGEST_CODE_LINE for line in code.splitlines())
    ):
        return ""
    made = getattr(import_module(lexer[0]), lexer[1])(stripnl=False, ensurenl=False)
    parts = []
    for kind, piece in made.get_tokens(code):
        style = _code_class(kind)
        text = html.escape(piece)
        parts.append(f'<span class="{style}">{text}</span>' if style else text)
    return "".join(parts)


def _code_class(kind: Any) -> str:
    from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String

    pairs = (
        (Comment, "comment"),
        (Keyword, "keyword"),
        (Operator.Word, "keyword"),
        (Name.Tag, "keyword"),
        (Name.Builtin, "name"),
        (Name.Function, "name"),
        (Name.Class, "name"),
        (Name.Decorator, "name"),
        (Number, "number"),
        (String, "string"),
        (Generic.Inserted, "added"),
        (Generic.Deleted, "removed"),
    )
    return next((style for token, style in pairs if kind in token), "")


class _Gate(HTMLParser):
    """Writes HTML anew: what may be shown as elements, all else as text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        # Open elements, and what closes each: "" for those left out.
        self._open: list[tuple[str, str]] = []
        self._counts: Counter[str] = Counter()

    def result(self) -> str:
        while self._open:
            self._parts.append(self._open.pop()[1])
        return "".join(self._parts)

    def set_cdata_mode(self, elem: str, *, escapable: bool = False) -> None:
        # What stands in a script is no different: it becomes text, also where none closes it.
        pass

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "img":
            self._image(given)
        elif tag not in ELEMENTS:
            self._text(self.get_starttag_text() or "")
        elif tag in _VOID:
            self._parts.append(f"<{tag}>")
        else:
            self._begin(tag, given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID or tag == "img" or tag not in ELEMENTS:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ELEMENTS:
            self._text(f"</{tag}>")
        elif self._counts[tag]:
            # A table keeps what is inside from closing what is around it.
            while self._open:
                name, close = self._open.pop()
                self._counts[name] -= 1
                self._parts.append(close)
                if name == tag:
                    break

    def handle_data(self, data: str) -> None:
        self._text(data)

    def handle_comment(self, data: str) -> None:
        self._text(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._text(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self._text(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        self._text(f"<![{data}]>")

    def _text(self, text: str) -> None:
        self._parts.append(html.escape(text))

    def _begin(self, tag: str, given: dict[str, str]) -> None:
        begin, close = self._element(tag, given)
        too_many = tag == "table" and self._counts["table"] >= _DEEPEST_TABLE
        if len(self._open) >= _DEEPEST or too_many:
            begin, close = "", ""
        self._open.append((tag, close))
        self._counts[tag] += 1
        self._parts.append(begin)

    def _element(self, tag: str, given: dict[str, str]) -> tuple[str, str]:
        """What begins and what closes an element."""
        if tag == "a":
            target = given.get("href", "").strip()
            if not is_open_link(target):
                return "", ""
            return f'<a href="{html.escape(target, quote=True)}">', "</a>"
        if tag == "span":
            style = given.get("class", "")
            return (f'<span class="{style}">', "</span>") if style in CODE_CLASSES else ("", "")
        if tag == "table":
            return '<table class="data" cellspacing="0" cellpadding="5">', "</table>"
        if tag in ("td", "th"):
            found = _ALIGN.search(given.get("style", ""))
            align = found[1] if found else given.get("align", "left").lower()
            align = align if align in ("left", "right", "center") else "left"
            return f'<{tag} align="{align}">', f"</{tag}>"
        if tag == "pre":
            # A table of one cell: the only box with room inside it that Qt draws.
            before = '<table class="code" width="100%" cellspacing="0" cellpadding="8"><tr><td>'
            return f"{before}<pre>", "</pre></td></tr></table>"
        if tag == "ol":
            start = given.get("start", "")
            number = start if start.isascii() and start.isdigit() and len(start) < 9 else "1"
            return f'<ol start="{number}">', "</ol>"
        if tag in _HEADINGS:
            # Qt makes headings larger than any style sheet can take back.
            return f'<p class="{tag}">', "</p>"
        return f"<{tag}>", f"</{tag}>"

    def _image(self, given: dict[str, str]) -> None:
        name = given.get("alt") or given.get("title") or given.get("src", "")[:80]
        self._parts.append(f"<em>{html.escape(f'[image not loaded: {name}]')}</em>")
