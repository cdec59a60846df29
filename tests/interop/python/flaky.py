"""A grpcio server that answers UNAVAILABLE to the first two attempts of every call, for retry_client.cc.

The request is the call's name. Get and List answer a third attempt, Report any, with what all attempts said of their
predecessors: the metadata grpc-previous-rpc-attempts, or "absent".
"""
import collections
import concurrent.futures
import threading

import grpc


class Flaky(grpc.GenericRpcHandler):
    def __init__(self):
        self._lock = threading.Lock()
        self._told = collections.defaultdict(list)

    def service(self, details):
        if details.method == "/retries.Flaky/Get":
            return grpc.unary_unary_rpc_method_handler(self.get)
        if details.method == "/retries.Flaky/List":
            return grpc.unary_stream_rpc_method_handler(lambda call, context: iter([self.get(call, context)]))
        if details.method == "/retries.Flaky/Report":
            return grpc.unary_unary_rpc_method_handler(self.report)
        return None

    def get(self, call, context):
        before = dict(context.invocation_metadata()).get("grpc-previous-rpc-attempts", "absent")
        with self._lock:
            self._told[call].append(before)
            attempts = len(self._told[call])
        if attempts < 3:
            context.abort(grpc.StatusCode.UNAVAILABLE, f"attempt {attempts}")
        return self.report(call, context)

    def report(self, call, _):
        with self._lock:
            return ",".join(self._told[call]).encode()


def main():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=4))
    server.add_generic_rpc_handlers((Flaky(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"listening on 127.0.0.1:{port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
