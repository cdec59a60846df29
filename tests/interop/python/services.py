#!/usr/bin/env python3
"""grpcio's own clients of health and reflection against payments_server --reflection: services.py --server_port=N --pid=P.

Ends the server with SIGTERM to see what watchers hear; prints what it saw.
"""
import argparse
import os
import queue
import signal
import threading

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import proto_reflection_descriptor_database as database
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

PATIENCE = 30
PAYMENTS = "payments.v1.PaymentService"
REFLECTION = ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"]
SERVING, NOT_SERVING, SERVICE_UNKNOWN = 1, 2, 3


def expect(wanted, got, what):
    if wanted != got:
        raise SystemExit(f"{what}: expected {wanted}, got {got}")
    print(f"ok  {what}: {got}")


def check_health(stub):
    for service in ("", PAYMENTS, *REFLECTION):
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=PATIENCE)
        expect(SERVING, answer.status, f"Check {service!r}")
    try:
        stub.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=PATIENCE)
        raise SystemExit("Check 'nobody' succeeded")
    except grpc.RpcError as error:
        expect(grpc.StatusCode.NOT_FOUND, error.code(), "Check 'nobody'")
    if not hasattr(stub, "List"):
        print("ok  List: this package does not know it")
        return
    statuses = stub.List(health_pb2.HealthListRequest(), timeout=PATIENCE).statuses
    expect(sorted(["", PAYMENTS, "grpc.health.v1.Health", *REFLECTION]), sorted(statuses), "List")


def check_reflection(channel):
    known = database.ProtoReflectionDescriptorDatabase(channel)
    expect(sorted(["grpc.health.v1.Health", PAYMENTS, *REFLECTION]), sorted(known.get_services()), "list_services")
    pool = descriptor_pool.DescriptorPool(known)
    method = pool.FindServiceByName(PAYMENTS).FindMethodByName("ChargeCard")
    expect("payments.v1.ChargeRequest", method.input_type.full_name, "describe ChargeCard")
    with_options = pool.FindFileByName("payments/v1/payments.proto").dependencies[0]
    expect("cpp_lite/options.proto", with_options.name, "its import")
    extensions = known.FindAllExtensionNumbers("google.protobuf.MethodOptions")
    expect([51234], list(extensions), "extensions of MethodOptions")
    try:
        known.FindFileContainingSymbol("payments.v1.Nobody")
        raise SystemExit("a symbol was found that does not exist")
    except KeyError:
        print("ok  no such symbol: KeyError")
    call_what_was_described(channel, method)


def call_what_was_described(channel, method):
    """A call whose messages come from nowhere but reflection."""
    make = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory().GetPrototype
    request_class, response_class = make(method.input_type), make(method.output_type)
    request = request_class(customer_id="ada", amount_cents=100, currency="EUR", idempotency_key="services-1")
    call = channel.unary_unary(f"/{PAYMENTS}/ChargeCard", request_serializer=request_class.SerializeToString,
                               response_deserializer=response_class.FromString)
    first, again = (call(request, timeout=PATIENCE).transaction_id for _ in range(2))
    expect(first, again, "ChargeCard, twice with one key")


def check_requests(channel):
    """What the database above does not ask; errors leave the stream as it is."""
    extension = reflection_pb2.ExtensionRequest(containing_type="google.protobuf.MethodOptions", extension_number=51234)
    requests = [reflection_pb2.ServerReflectionRequest(file_containing_extension=extension),
                reflection_pb2.ServerReflectionRequest(file_by_filename="nobody.proto"),
                reflection_pb2.ServerReflectionRequest(),
                reflection_pb2.ServerReflectionRequest(list_services="")]
    answers = list(reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter(requests), timeout=PATIENCE))
    expect(["file_descriptor_response", "error_response", "error_response", "list_services_response"],
           [answer.WhichOneof("message_response") for answer in answers], "four requests")
    first = descriptor_pb2.FileDescriptorProto.FromString(answers[0].file_descriptor_response.file_descriptor_proto[0])
    expect("cpp_lite/options.proto", first.name, "extension 51234 of MethodOptions")
    expect([5, 3], [answer.error_response.error_code for answer in answers[1:3]], "codes of the errors")


def watch(stub, service):
    heard = queue.Queue()

    def listen():
        try:
            for answer in stub.Watch(health_pb2.HealthCheckRequest(service=service), timeout=PATIENCE):
                heard.put(answer.status)
            heard.put("end")
        except grpc.RpcError as error:
            heard.put(error.code())

    threading.Thread(target=listen, daemon=True).start()
    return heard


def check_drain(stub, pid):
    watchers = {service: watch(stub, service) for service in ("", PAYMENTS, "nobody")}
    for service, heard in watchers.items():
        expect(SERVICE_UNKNOWN if service == "nobody" else SERVING, heard.get(timeout=PATIENCE), f"Watch {service!r}")
    os.kill(pid, signal.SIGTERM)
    for service, heard in watchers.items():
        if service != "nobody":
            expect(NOT_SERVING, heard.get(timeout=PATIENCE), f"Watch {service!r}, drained")
        expect("end", heard.get(timeout=PATIENCE), f"Watch {service!r}, at last")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server_port", type=int, required=True)
    parser.add_argument("--pid", type=int, required=True)
    options = parser.parse_args()
    with grpc.insecure_channel(f"127.0.0.1:{options.server_port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        check_health(stub)
        check_reflection(channel)
        check_requests(channel)
        check_drain(stub, options.pid)


if __name__ == "__main__":
    main()
