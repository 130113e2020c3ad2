"""Telephones without sound: for hundreds of calls at once, of which nobody hears anything."""

from __future__ import annotations

import socket

from tests.channels.asterisk.lab.media import Media

SMALL = 4096


class Mute(Media):
    """One end of the sound of any number of calls: it says nothing, and what it is sent is thrown away."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__()
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        self._socket.bind((host, 0))

    @property
    def port(self) -> int:
        """Where everybody is to send to."""
        return self._socket.getsockname()[1]

    def speak_to(self, host: str, port: int) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Of one call: the others go on."""

    def end(self) -> None:
        """Give the port back."""
        self._socket.close()
