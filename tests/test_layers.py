"""Layers point one way: ``app.core`` ← ``app.models`` ← ``widgets`` ← ``app.main``, ``app.cli``.

Found by reading the syntax trees, so an import inside a function counts too.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE_MAY = {"numpy", "google", "cython", "pandas", "pyarrow", "soundfile", "PIL"}
MODELS_MAY = CORE_MAY | {
    "PySide6.QtCore",
    "PySide6.QtGui",
    "markdown_it",
    "pygments",
    "shiboken6",
}
WIDGETS_MAY = MODELS_MAY | {"PySide6", "shiboken6", "qtawesome"}
#: Nothing of these is ever imported: Eventglass opens no network connection.
NETWORK = {
    "socket", "socketserver", "ssl", "http", "urllib.request", "ftplib", "smtplib", "imaplib",
    "poplib", "telnetlib", "xmlrpc", "asyncio", "webbrowser",
    "PySide6.QtNetwork", "PySide6.QtNetworkAuth", "PySide6.QtWebSockets", "PySide6.QtHttpServer",
    "PySide6.QtWebEngineCore", "PySide6.QtWebEngineWidgets", "PySide6.QtWebEngineQuick",
}  # fmt: skip

#: The one channel there is: from a second start to the open window, local to the user.
LOCAL_CHANNEL = {
    "app/core/instance.py": {"socket"},
    "app/models/instance_server.py": {
        "PySide6.QtNetwork.QLocalServer",
        "PySide6.QtNetwork.QLocalSocket",
    },
}


def layer(parts: list[str]) -> str:
    """Return the layer of a module, given by the parts of its path below the package."""
    if parts[0] != "app":
        return parts[0]
    second = parts[1] if len(parts) > 1 else ""
    if second in {"main", "cli", "__main__"}:
        return "main"
    return "models" if second == "models" else "core"


INTERNAL = {
    "core": {"core"},
    "models": {"core", "models"},
    "widgets": {"core", "models", "widgets", "resources"},
    "resources": {"resources"},
    "main": {"core", "models", "widgets", "resources", "main"},
}
EXTERNAL = {
    "core": CORE_MAY,
    "models": MODELS_MAY,
    "widgets": WIDGETS_MAY,
    "resources": set(),
    "main": WIDGETS_MAY,
}


def imported(tree: ast.AST, path: str) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of everything a source imports."""
    package = ("eventglass/" + path).split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [base])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in {"import_module", "importlib.import_module", "__import__"}
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.lineno, str(node.args[0].value)


def allowed(name: str, own: str) -> bool:
    """Tell whether a source of the layer `own` may import `name`."""
    parts = name.split(".")
    if any(".".join(parts[:k]) in NETWORK for k in range(1, len(parts) + 1)):
        return False
    if parts[0] == "eventglass":
        return parts[1:] in ([], ["app"]) or layer(parts[1:]) in INTERNAL[own]
    if parts[0] in sys.stdlib_module_names:
        return True
    return any(".".join(parts[:k]) in EXTERNAL[own] for k in range(1, len(parts) + 1))


def violations(source: str, path: str) -> list[str]:
    """Return what a source imports against the rule."""
    own = layer(path.removesuffix(".py").split("/"))
    return [
        f"{path}:{line}: {own} imports {name}"
        for line, name in imported(ast.parse(source), path)
        if not allowed(name, own) and name not in LOCAL_CHANNEL.get(path, ())
    ]


def sources(root: Path) -> list[str]:
    """Return all Python sources of the package, relative to the repository."""
    found = [p for top in ("app", "widgets", "resources") for p in (root / top).rglob("*.py")]
    return sorted(p.relative_to(root).as_posix() for p in found)


def test_nothing_points_back(repository: Path) -> None:
    """No source imports from a layer above its own, or a library its layer has no use for."""
    paths = sources(repository)
    assert any(path.startswith("app/core/") for path in paths)
    assert any(path.startswith("widgets/") for path in paths)
    bad = [v for p in paths for v in violations((repository / p).read_text("utf-8"), p)]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("app/core/store.py", "import PySide6"),
        ("app/core/store.py", "from PySide6 import QtCore"),
        ("app/core/store.py", "def f():\n    from PySide6.QtCore import QObject"),
        ("app/core/store.py", "from eventglass.app.models.feed import Feed"),
        ("app/core/store.py", "from eventglass.app import models"),
        ("app/core/store.py", "from ..models import feed"),
        ("app/core/compute/spans.py", "import scipy"),
        ("app/__init__.py", "import eventglass.widgets"),
        ("app/core/store.py", "import importlib\nimportlib.import_module('PySide6.QtGui')"),
        ("app/models/feed.py", "from PySide6 import QtWidgets"),
        ("app/models/feed.py", "from PySide6.QtWidgets import QLabel"),
        ("app/models/feed.py", "import pyqtgraph"),
        ("app/models/feed.py", "from eventglass.widgets import view"),
        ("app/models/feed.py", "from eventglass.widgets.view import View"),
        ("widgets/view.py", "from eventglass.app.main import run_window"),
        ("widgets/view.py", "from eventglass.app import cli"),
        ("widgets/view.py", "import requests"),
        ("widgets/view.py", "import pyqtgraph as pg"),
        ("resources/__init__.py", "import numpy"),
        ("app/core/reader.py", "import socket"),
        ("app/core/reader.py", "from urllib import request"),
        ("widgets/view.py", "from PySide6 import QtNetwork"),
        ("app/models/instance_server.py", "from PySide6.QtNetwork import QTcpServer"),
        ("widgets/view.py", "from PySide6.QtNetwork import QNetworkAccessManager"),
    ],
)
def test_planted_import_is_caught(path: str, statement: str) -> None:
    """The rule sees every form of a forbidden import."""
    assert violations(statement, path)


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("app/core/store.py", "import os, numpy as np\nfrom eventglass.app.core.names import Kind"),
        ("app/core/store.py", "from . import names\nfrom .compute import pyramid"),
        ("app/core/load.py", "from urllib.parse import quote"),
        ("app/core/load.py", "from google.protobuf.message import Message"),
        ("app/models/feed.py", "from PySide6.QtCore import QObject, Signal"),
        ("app/models/feed.py", "from PySide6 import QtCore, QtGui"),
        ("app/models/feed.py", "from eventglass.app.core import store"),
        ("widgets/view.py", "from PySide6 import QtWidgets, QtSvg"),
        ("widgets/view.py", "from eventglass.app.models.feed import Feed"),
        ("app/main.py", "from eventglass.widgets.main_window import MainWindow"),
        ("app/cli.py", "from eventglass.app.main import run_window"),
        ("app/__main__.py", "from eventglass.app.cli import main"),
        ("app/core/instance.py", "import socket"),
    ],
)
def test_rightful_import_passes(path: str, statement: str) -> None:
    """The rule lets pass what layers are for."""
    assert not violations(statement, path)


_IMPORT_WITHOUT_QT = """
import importlib, sys

class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"PySide6", "shiboken6", "pyqtgraph", "qtpy", "qtawesome"}:
            raise ImportError(f"{name} is blocked")
        return None

sys.meta_path.insert(0, NoQt())
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def import_without_qt(*names: str) -> subprocess.CompletedProcess[str]:
    """Import modules in a process of its own that has no Qt."""
    return subprocess.run(
        [sys.executable, "-c", _IMPORT_WITHOUT_QT, *names],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_core_works_without_qt(repository: Path) -> None:
    """Every module of the core can be imported where there is no Qt."""
    modules = [
        "eventglass." + path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        for path in sources(repository)
        if path.startswith("app/core/") or path == "app/__init__.py"
    ]
    assert len(modules) > 10
    done = import_without_qt(*modules)
    assert done.returncode == 0, done.stderr


def test_qt_is_blocked() -> None:
    """The test above could fail: a module that needs Qt cannot be imported there."""
    done = import_without_qt("eventglass.app.models.workspace")
    assert done.returncode == 1
    assert "is blocked" in done.stderr
