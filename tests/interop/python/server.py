#!/usr/bin/env python3
"""The interop server on grpcio (C-core): prints "listening on 127.0.0.1:PORT, relay PORT" and serves until it is ended."""
import concurrent.futures
import threading

import grpc

import peer
from peer import empty_pb2, messages_pb2, status_pb2, test_pb2_grpc

CENTURY = 100 * 365 * 24 * 3600  # grpcio of some versions gives calls without a deadline an absurdly late one
STATUS_OF = {code.value[0]: code for code in grpc.StatusCode}


def echo_metadata(context):
    """Returns the trailing metadata, to which more may come."""
    sent = context.invocation_metadata()
    headers = [(key, value) for key, value in sent
               if key == "x-grpc-test-echo-initial" or key.startswith("x-test-echo-")]
    context.send_initial_metadata(headers)
    trailers = [(key, value) for key, value in sent
                if key == "x-grpc-test-echo-trailing-bin" or key.startswith("x-test-trail-")]
    context.set_trailing_metadata(trailers)
    return trailers


def echo_status(context, request, trailers):
    """Ends the call with the status that the request wants, if it wants one."""
    wanted = request.response_status
    if wanted.code == 0:
        return
    status = status_pb2.Status(code=wanted.code, message=wanted.message)
    status.details.add().Pack(wanted)
    context.set_trailing_metadata(trailers + [("grpc-status-details-bin", status.SerializeToString())])
    context.abort(STATUS_OF[wanted.code], wanted.message)


def compress(context, wanted):
    context.set_compression(grpc.Compression.Gzip if wanted.value else grpc.Compression.NoCompression)


class TestService(test_pb2_grpc.TestServiceServicer):
    def __init__(self):
        self.relay = None
        self.lock = threading.Lock()
        self.delayed = 0
        self.cancelled = 0

    def nap(self, context, seconds):
        """Ends the call as cancelled when it is over before the time is."""
        if seconds <= 0:
            return
        over = threading.Event()
        if not context.add_callback(over.set):
            over.set()
        with self.lock:
            self.delayed += 1
        if over.wait(seconds):
            with self.lock:
                self.cancelled += 1
            context.abort(grpc.StatusCode.CANCELLED, "the client left")

    def EmptyCall(self, request, context):
        if "x-test-report" in dict(context.invocation_metadata()):
            left = context.time_remaining()
            context.send_initial_metadata((
                ("x-test-timeout-ms", str(-1 if left is None or left > CENTURY else int(left * 1000))),
                ("x-test-delayed", str(self.delayed)),
                ("x-test-cancelled", str(self.cancelled)),
                ("x-test-wire-received", str(self.relay.received)),
                ("x-test-wire-sent", str(self.relay.sent))))
        return empty_pb2.Empty()

    def UnaryCall(self, request, context):
        if request.HasField("response_compressed"):
            compress(context, request.response_compressed)
        trailers = echo_metadata(context)
        echo_status(context, request, trailers)
        self.nap(context, int(dict(context.invocation_metadata()).get("x-test-delay-ms", "0")) / 1000)
        response = messages_pb2.SimpleResponse()
        if request.response_size > 0:
            response.payload.body = bytes(request.response_size)
        return response

    def respond(self, context, request):
        for wanted in request.response_parameters:
            self.nap(context, wanted.interval_us / 1e6)
            if wanted.HasField("compressed") and not wanted.compressed.value:
                context.disable_next_message_compression()
            yield messages_pb2.StreamingOutputCallResponse(
                payload=messages_pb2.Payload(body=bytes(wanted.size)))

    def StreamingOutputCall(self, request, context):
        echo_metadata(context)
        yield from self.respond(context, request)

    def StreamingInputCall(self, requests, context):
        echo_metadata(context)
        total = sum(len(request.payload.body) for request in requests)
        return messages_pb2.StreamingInputCallResponse(aggregated_payload_size=total)

    def FullDuplexCall(self, requests, context):
        context.set_compression(grpc.Compression.Gzip)  # of the messages that ask for it
        trailers = echo_metadata(context)
        for request in requests:
            echo_status(context, request, trailers)
            yield from self.respond(context, request)


def main():
    service = TestService()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=16))
    test_pb2_grpc.add_TestServiceServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    service.relay = peer.Relay(port)
    server.start()
    print(f"listening on 127.0.0.1:{port}, relay {service.relay.port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
