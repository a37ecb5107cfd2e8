"""Listens for later starts of the program, and passes on what they ask for."""

from __future__ import annotations

import sys
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from eventglass.app.core.instance import LARGEST_MESSAGE, Handover, channel, is_listened_at

#: Connections at once; a start needs one, for a moment.
_MOST_CONNECTIONS = 8


class InstanceServer(QObject):
    """The end of the channel in the open window."""

    #: A later start handed something over: a `Handover`.
    received = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.setMaxPendingConnections(_MOST_CONNECTIONS)
        self._server.newConnection.connect(self._connected)
        self._messages: dict[QLocalSocket, bytearray] = {}

    def listen(self) -> bool:
        """Begin to listen; False where another window does, or no channel can be had."""
        name = channel()
        # Qt would take the place of whoever listens; what a crash left behind it may replace.
        if name is None or (sys.platform != "win32" and is_listened_at(name)):
            return False
        return bool(self._server.listen(name))

    def close(self) -> None:
        """Stop listening; the next start makes a window of its own."""
        for connection in list(self._messages):
            connection.abort()
        self._server.close()

    def _connected(self) -> None:
        while (connection := self._server.nextPendingConnection()) is not None:
            if len(self._messages) >= _MOST_CONNECTIONS:
                connection.abort()
                connection.deleteLater()
                continue
            self._messages[connection] = bytearray()
            connection.readyRead.connect(partial(self._read, connection))
            connection.disconnected.connect(partial(self._forget, connection))
            self._read(connection)

    def _read(self, connection: QLocalSocket) -> None:
        message = self._messages.get(connection)
        if message is None:
            return
        message += connection.readAll().data()
        if len(message) > LARGEST_MESSAGE:
            connection.abort()
            return
        if not message.endswith(b"\n"):
            return
        try:
            handover = Handover.from_bytes(bytes(message))
        except ValueError:
            connection.abort()
            return
        message.clear()
        connection.write(b"taken\n")
        connection.flush()
        self.received.emit(handover)

    def _forget(self, connection: QLocalSocket) -> None:
        if self._messages.pop(connection, None) is not None:
            connection.deleteLater()
