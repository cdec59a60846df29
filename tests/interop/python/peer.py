"""What the Python peers of the interop tests share: generated code, and a relay that counts bytes.

Beyond the common interop tests a server of these tests does the following:

- Metadata x-test-echo-* comes back in the initial metadata, x-test-trail-* in the trailing one.
- A wanted status comes back with the EchoStatus that asked for it as its one detail.
- x-test-delay-ms makes UnaryCall wait.
- EmptyCall with x-test-report answers x-test-timeout-ms (what the call has left, -1 without a deadline),
  x-test-delayed (how many calls have waited so far, intervals between responses included) and x-test-cancelled (how many
  of them ended while they waited). Behind the relay, also x-test-wire-received and x-test-wire-sent.

The environment variable INTEROP_STUBS names the folder of what protoc generated.
"""
import os
import socket
import sys
import threading

import grpc

# The generated package grpc.testing lies beside the library's package grpc.
sys.path.insert(0, os.environ["INTEROP_STUBS"])
grpc.__path__.append(os.path.join(os.environ["INTEROP_STUBS"], "grpc"))

from grpc.testing import empty_pb2, messages_pb2, test_pb2_grpc  # noqa: E402,F401
import status_pb2  # noqa: E402,F401

MIB = 1 << 20
# The body that makes a SimpleRequest, or its response, as large as both sides accept by default.
LARGEST_BODY = 4 * MIB - 10


class Relay:
    """Passes connections on to a local port and counts the bytes. Ends with the process."""

    def __init__(self, to_port):
        self.received = 0  # from clients
        self.sent = 0
        self._to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            server = socket.create_connection(("127.0.0.1", self._to_port))
            for ends in ((client, server, "received"), (server, client, "sent")):
                threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source, sink, counter):
        try:
            while data := source.recv(65536):
                setattr(self, counter, getattr(self, counter) + len(data))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one end is gone, and the other will notice
