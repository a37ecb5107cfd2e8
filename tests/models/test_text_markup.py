from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.models.text_markup import (
    CODE_CLASSES,
    ELEMENTS,
    LONGEST_CODE,
    NotRendered,
    is_open_link,
    markdown_html,
    printable,
    safe_html,
)

ATTRIBUTES = {
    "a": {"href"},
    "span": {"class"},
    "p": {"class"},
    "td": {"align"},
    "th": {"align"},
    "ol": {"start"},
    "table": {"class", "cellspacing", "cellpadding", "width"},
}


class Inspected(HTMLParser):
    """Fails on anything that may not be shown, and on what is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ELEMENTS
        for name, value in attrs:
            assert name in ATTRIBUTES.get(tag, set()), (tag, name)
            if tag == "span":
                assert value in CODE_CLASSES
            if name == "href":
                assert value is not None
                assert re.match(r"(?i)(https?|mailto):", value)
                self.links.append(value)
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def inspected(source: str) -> Inspected:
    found = Inspected()
    found.feed(source)
    found.close()
    assert not found.open
    return found


_BRACKETS = ("<", ">", "</", "/>", "<!--", "-->", "<?", "<![CDATA[", "]]>", "&lt;", "&#60;", "&")
_ELEMENTS = (
    "<a href=",
    "<img src=",
    "<script>",
    "</script>",
    "<style>",
    "<table>",
    "</td>",
    "<td ",
)
_OTHERS = ("<svg", "<iframe>", "<b>", "</b>", "<pre>", "</pre>", "onclick=", "style=", '"', "'")
_TARGETS = ("javascript:", "https://x", "file:///etc", "data:text/html,", "[a](", ")", "![", "](")
_MARKDOWN = ("```\n", "```python\n", "> ", "- ", "# ", "`", "*", "~~", "|", "\n", "\n\n", " ", "w")
PIECES = st.sampled_from((*_BRACKETS, *_ELEMENTS, *_OTHERS, *_TARGETS, *_MARKDOWN, "\x00"))


@given(st.lists(PIECES, max_size=40).map("".join))
def test_nothing_harmful_gets_through(source: str) -> None:
    inspected(markdown_html(source))
    inspected(safe_html(source))


@given(st.text(max_size=200))
def test_any_text_is_shown_safely(source: str) -> None:
    inspected(markdown_html(source, keep_breaks=True))


@pytest.mark.parametrize(
    "target",
    [
        *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", " javascript:x"),
        *("file:///etc/passwd", "data:text/html,x", "vbscript:x", "qrc:/x"),
        *("x.md", "//evil.example", "#part"),
    ],
)
def test_links_elsewhere_are_inert(target: str) -> None:
    assert not is_open_link(target)
    for source in (f"[text](<{target}>)", f'<a href="{target}">text</a>'):
        found = inspected(markdown_html(source))
        assert found.links == []
        assert "text" in found.text


def test_links_to_the_web_stay() -> None:
    found = inspected(markdown_html("[a](https://x.example/?a=1&b=2) <mailto:me@x.example>"))
    assert found.links == ["https://x.example/?a=1&b=2", "mailto:me@x.example"]


def test_images_are_named_and_not_loaded() -> None:
    made = markdown_html("![a cat](http://x.example/cat.png) <img src='http://x.example/t.gif'>")
    assert "<img" not in made
    found = inspected(made)
    assert found.text.count("image not loaded") == 2
    assert "a cat" in found.text


@pytest.mark.parametrize("token", ["<pad>", "<unk>", "<s>", "</s>", "<|endoftext|>", "<script>x"])
def test_tokens_of_a_tokenizer_stay_in_sight(token: str) -> None:
    assert token in inspected(markdown_html(f"before {token} after")).text


def test_script_and_style_become_text() -> None:
    found = inspected(markdown_html("<script>alert(1)</script>\n\n<style>p{color:red}</style>"))
    assert "alert(1)" in found.text
    assert "color:red" in found.text


def test_markdown() -> None:
    made = markdown_html("# Head\n\na **b** ~~c~~\n\n|x|y|\n|:-|-:|\n|1|2|\n")
    assert '<p class="h1">Head</p>' in made
    assert "<strong>b</strong>" in made
    assert '<td align="right">2</td>' in made
    assert "~~" not in made


def test_line_breaks() -> None:
    assert "<br>" not in markdown_html("a\nb")
    assert "<br>" in markdown_html("a\nb", keep_breaks=True)


def test_code_is_highlighted() -> None:
    made = markdown_html("```python\ndef f(): return 'x'  # y\n```")
    for style in ("keyword", "string", "comment", "name"):
        assert f'class="{style}"' in made
    assert inspected(made).text.strip() == "def f(): return 'x'  # y"


def test_long_code_and_unknown_languages_are_shown_as_they_are() -> None:
    for source in ("```python\n" + "x = 1\n" * LONGEST_CODE + "```", "```nothing\nx = 1\n```"):
        made = markdown_html(source)
        assert "span" not in made
        assert "x = 1" in made


def test_tables_inside_each_other_have_an_end() -> None:
    made = markdown_html("<table><tr><td>" * 200 + "deep")
    assert made.count("<table") <= 3
    assert "deep" in inspected(made).text


def test_quotes_inside_each_other_keep_their_text() -> None:
    assert "deep" in inspected(markdown_html("> " * 40 + "deep")).text


def test_control_characters_are_seen() -> None:
    assert printable("a\x1b[31m\r\nb\tc\x85\u202e") == "a\\x1b[31m\nb\tc\\x85\\u202e"
    assert printable("one\u2028two") == "one\ntwo"


def test_struck_out_text_is_and_the_token_of_that_name_stays_in_sight() -> None:
    assert markdown_html("a ~~b~~") == "<p>a <del>b</del></p>"
    assert inspected(markdown_html("<s> a </s>")).text.strip() == "<s> a </s>"


@pytest.mark.parametrize(
    "text", [">" * 100_000 + " deep", "\n".join("  " * i + "- x" for i in range(200))]
)
def test_what_would_be_left_out_is_not_rendered(text: str) -> None:
    with pytest.raises(NotRendered, match="deep"):
        markdown_html(text)


def test_nesting_that_people_write_is_rendered() -> None:
    text = "\n".join("  " * i + f"- level{i}" for i in range(12))
    made = inspected(markdown_html(text)).text
    assert all(f"level{i}" in made for i in range(12))


def test_brackets_without_end_are_not_parsed() -> None:
    with pytest.raises(NotRendered, match="brackets"):
        markdown_html("![" * 6_000)


def test_tags_that_end_nowhere_are_text() -> None:
    assert inspected(safe_html("a <p <b>c</b> <i")).text == "a <p c <i"
    assert inspected(safe_html("<p\n" * 3)).text.split() == ["<p"] * 3
