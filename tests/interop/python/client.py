#!/usr/bin/env python3
"""The interop client on grpcio (C-core): client.py --server_port=N --test_case=NAME, or --list."""
import argparse
import queue
import time

import grpc

import peer
from peer import LARGEST_BODY, MIB, empty_pb2, messages_pb2, status_pb2, test_pb2_grpc

PATIENCE = 30
REQUEST_SIZES = (27182, 8, 1828, 45904)
RESPONSE_SIZES = (31415, 9, 2653, 58979)


class Failed(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Failed(what)


def check_code(code, call):
    """Runs the call, which has to fail with that code; returns the error."""
    try:
        call()
    except grpc.RpcError as error:
        check(error.code() == code, f"expected {code}, got {error.code()}: {error.details()}")
        return error
    raise Failed(f"expected {code}, got OK")


def request_of(body, response):
    request = messages_pb2.SimpleRequest(response_size=response)
    if body > 0:
        request.payload.body = bytes(body)
    return request


def output_request(body, *responses):
    request = messages_pb2.StreamingOutputCallRequest(payload=messages_pb2.Payload(body=bytes(body)))
    for size in responses:
        request.response_parameters.add(size=size)
    return request


def reported(stub, what, timeout=PATIENCE):
    _, call = stub.EmptyCall.with_call(empty_pb2.Empty(), timeout=timeout, metadata=(("x-test-report", "1"),))
    return int(dict(call.initial_metadata())["x-test-" + what])


def wait_for_report(stub, what, value):
    for _ in range(500):
        if reported(stub, what) == value:
            return
        time.sleep(0.01)
    raise Failed(f"{what} did not become {value}")


# ---- the kinds of calls ----------------------------------------------------------------------------------------------

def empty_unary(stub):
    stub.EmptyCall(empty_pb2.Empty(), timeout=PATIENCE)


def large_unary(stub):
    response = stub.UnaryCall(request_of(271828, 314159), timeout=PATIENCE)
    check(response.payload.body == bytes(314159), "the response is damaged")


def client_streaming(stub):
    requests = (messages_pb2.StreamingInputCallRequest(payload=messages_pb2.Payload(body=bytes(size)))
                for size in REQUEST_SIZES)
    check(stub.StreamingInputCall(requests, timeout=PATIENCE).aggregated_payload_size == 74922, "the sum is wrong")


def server_streaming(stub):
    responses = stub.StreamingOutputCall(output_request(0, *RESPONSE_SIZES), timeout=PATIENCE)
    check([len(response.payload.body) for response in responses] == list(RESPONSE_SIZES), "the sizes are wrong")


def ping_pong(stub):
    requests = queue.SimpleQueue()
    responses = stub.FullDuplexCall(iter(requests.get, None), timeout=PATIENCE)
    for size, wanted in zip(REQUEST_SIZES, RESPONSE_SIZES):
        requests.put(output_request(size, wanted))
        check(len(next(responses).payload.body) == wanted, "the response has the wrong size")
    requests.put(None)
    check(next(responses, None) is None, "a response too many")


def empty_stream(stub):
    check(list(stub.FullDuplexCall(iter(()), timeout=PATIENCE)) == [], "a response that nobody asked for")


def unimplemented_method(stub):
    check_code(grpc.StatusCode.UNIMPLEMENTED,
               lambda: stub.UnimplementedCall(empty_pb2.Empty(), timeout=PATIENCE))


def unimplemented_service(stub):
    other = test_pb2_grpc.UnimplementedServiceStub(stub.channel)
    check_code(grpc.StatusCode.UNIMPLEMENTED,
               lambda: other.UnimplementedCall(empty_pb2.Empty(), timeout=PATIENCE))


# ---- metadata and status ---------------------------------------------------------------------------------------------

def metadata_of_all_sorts():
    every_byte = bytes(range(256))
    metadata = [("x-test-echo-text", "!\"#$%&'()*+-./:;<=>?@[\\]^_`{|}~ 09 azAZ"),
                ("x-test-echo-twice", "first"), ("x-test-echo-twice", "second"),
                ("x-test-echo-all-bin", every_byte),
                ("x-test-trail-text", "the end"),
                ("x-test-trail-all-bin", every_byte)]
    for length in (1, 2, 3, 4):  # base64 works on groups of three
        metadata.append(("x-test-echo-some-bin", b"\xff" * length))
        metadata.append(("x-test-trail-some-bin", b"\0" * length))
    return metadata


def check_came_back(sent, call):
    for prefix, received in (("x-test-echo-", call.initial_metadata()), ("x-test-trail-", call.trailing_metadata())):
        wanted = sorted(pair for pair in sent if pair[0].startswith(prefix))
        came = sorted(tuple(pair) for pair in received if pair[0].startswith(prefix))
        check(came == wanted, f"sent {wanted}, got {came}")


def metadata(stub):
    sent = metadata_of_all_sorts()
    _, call = stub.UnaryCall.with_call(request_of(0, 1), timeout=PATIENCE, metadata=sent)
    check_came_back(sent, call)
    call = stub.FullDuplexCall(iter(()), timeout=PATIENCE, metadata=sent)
    check(list(call) == [], "a response that nobody asked for")
    check_came_back(sent, call)


def status_details(stub):
    message = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001F608\t\n"
    wanted = messages_pb2.EchoStatus(code=9, message=message)
    unary = messages_pb2.SimpleRequest(response_status=wanted)
    stream = messages_pb2.StreamingOutputCallRequest(response_status=wanted)
    for call in (lambda: stub.UnaryCall(unary, timeout=PATIENCE),
                 lambda: list(stub.FullDuplexCall(iter((stream,)), timeout=PATIENCE))):
        error = check_code(grpc.StatusCode.FAILED_PRECONDITION, call)
        check(error.details() == message, f"the message is {error.details()!r}")
        status = status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
        check((status.code, status.message) == (9, message), "the details disagree with the status")
        detail = messages_pb2.EchoStatus()
        check(len(status.details) == 1 and status.details[0].Unpack(detail), "expected one EchoStatus")
        check(detail == wanted, "the detail is damaged")


# ---- deadlines and cancellation --------------------------------------------------------------------------------------

def slow_rows():
    request = output_request(0, 10)
    request.response_parameters.add(size=10, interval_us=60_000_000)
    return request


def deadline_reaches_server(stub):
    left = reported(stub, "timeout-ms", timeout=20)
    check(10_000 < left <= 20_000, f"the server has {left} ms")
    left = reported(stub, "timeout-ms", timeout=None)  # what ServerOptions::default_deadline says
    check(50_000 < left <= 60_000, f"without a deadline, the server has {left} ms")


def deadline_on_unary(stub):
    before = reported(stub, "cancelled")
    slow = (("x-test-delay-ms", "60000"),)
    check_code(grpc.StatusCode.DEADLINE_EXCEEDED,
               lambda: stub.UnaryCall(request_of(0, 0), timeout=0.3, metadata=slow))
    wait_for_report(stub, "cancelled", before + 1)


def deadline_on_stream(stub):
    before = reported(stub, "cancelled")
    rows = stub.StreamingOutputCall(slow_rows(), timeout=2)
    next(rows)
    check_code(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(rows))
    wait_for_report(stub, "cancelled", before + 1)


def cancel_unary(stub):
    before, begun = reported(stub, "cancelled"), reported(stub, "delayed")
    call = stub.UnaryCall.future(request_of(0, 0), timeout=PATIENCE, metadata=(("x-test-delay-ms", "60000"),))
    wait_for_report(stub, "delayed", begun + 1)
    call.cancel()
    check(call.code() == grpc.StatusCode.CANCELLED, f"got {call.code()}")
    wait_for_report(stub, "cancelled", before + 1)


def cancel_stream(stub):
    before, begun = reported(stub, "cancelled"), reported(stub, "delayed")
    rows = stub.StreamingOutputCall(slow_rows(), timeout=PATIENCE)
    next(rows)
    wait_for_report(stub, "delayed", begun + 1)
    rows.cancel()
    check_code(grpc.StatusCode.CANCELLED, lambda: next(rows))
    wait_for_report(stub, "cancelled", before + 1)


def cancel_after_begin(stub):
    requests = queue.SimpleQueue()
    call = stub.StreamingInputCall.future(iter(requests.get, None), timeout=PATIENCE)
    call.cancel()
    requests.put(None)
    check(call.code() == grpc.StatusCode.CANCELLED, f"got {call.code()}")


# ---- compression and limits ------------------------------------------------------------------------------------------

def check_traffic(stub, compressed, exchange):
    """Mebibytes of zeros each way take a few kilobytes when they are compressed."""
    sent, received = stub.relay.received, stub.relay.sent
    exchange()
    sent, received = stub.relay.received - sent, stub.relay.sent - received
    check((sent < MIB / 10) == compressed, f"{sent} bytes of requests")
    check((received < MIB / 10) == compressed, f"{received} bytes of responses")


def gzip_unary(stub):
    def exchange(compressed):
        request = request_of(MIB, MIB)
        request.response_compressed.value = compressed
        response = stub.UnaryCall(request, timeout=PATIENCE, compression=compressed and grpc.Compression.Gzip or None)
        check(response.payload.body == bytes(MIB), "the response is damaged")
    for compressed in (True, False):
        check_traffic(stub, compressed, lambda: exchange(compressed))


def gzip_streaming(stub):
    def exchange():
        request = output_request(MIB // 16, MIB // 16)
        request.response_parameters[0].compressed.value = True
        responses = stub.FullDuplexCall(iter([request] * 16), timeout=PATIENCE, compression=grpc.Compression.Gzip)
        check([response.payload.body for response in responses] == [bytes(MIB // 16)] * 16, "a response is damaged")
    check_traffic(stub, True, exchange)


def limit_reached(stub):
    request = request_of(LARGEST_BODY, 0)
    check(request.ByteSize() == 4 * MIB, "the test has the wrong size")
    stub.UnaryCall(request, timeout=PATIENCE)
    response = stub.UnaryCall(request_of(0, LARGEST_BODY), timeout=PATIENCE)
    check(response.ByteSize() == 4 * MIB, "the response has the wrong size")


def check_too_large(stub, request, **options):
    check_code(grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: stub.UnaryCall(request, timeout=PATIENCE, **options))
    stub.EmptyCall(empty_pb2.Empty(), timeout=PATIENCE)


def limit_exceeded(stub):
    check_too_large(stub, request_of(LARGEST_BODY + 1, 0))
    check_too_large(stub, request_of(0, LARGEST_BODY + 1))


def gzip_limit_exceeded(stub):
    check_too_large(stub, request_of(5 * MIB, 0), compression=grpc.Compression.Gzip)
    request = request_of(0, 5 * MIB)
    request.response_compressed.value = True
    check_too_large(stub, request)


CASES = (empty_unary, large_unary, client_streaming, server_streaming, ping_pong, empty_stream, unimplemented_method,
         unimplemented_service, metadata, status_details, deadline_reaches_server, deadline_on_unary, deadline_on_stream,
         cancel_unary, cancel_stream, cancel_after_begin, gzip_unary, gzip_streaming, limit_reached, limit_exceeded,
         gzip_limit_exceeded)


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("--server_port", type=int)
    flags.add_argument("--test_case")
    flags.add_argument("--list", action="store_true")
    flags = flags.parse_args()
    cases = {case.__name__: case for case in CASES}
    if flags.list:
        print("\n".join(cases))
        return
    relay = peer.Relay(flags.server_port)
    with grpc.insecure_channel(f"127.0.0.1:{relay.port}") as channel:
        stub = test_pb2_grpc.TestServiceStub(channel)
        stub.channel, stub.relay = channel, relay
        cases[flags.test_case](stub)
    print(f"{flags.test_case}: done")


if __name__ == "__main__":
    main()
