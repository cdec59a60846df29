# grpc-java's interop programs for run.sh; sourced.
java_jars=$here/../../build/java
# What only this client has, beside the core cases.
java_cases=(client_compressed_unary client_compressed_unary_noprobe client_compressed_streaming
            client_compressed_streaming_noprobe server_compressed_unary server_compressed_streaming very_large_request
            rpc_soak channel_soak)

# Fetches the programs; prints why they cannot be had, if they cannot.
lacks_java() {
  command -v java >/dev/null || { echo 'needs Java 11 or newer'; return 0; }
  ! compgen -G "$java_jars/grpc-interop-testing-1.79.0.jar" >/dev/null || return 0
  command -v mvn >/dev/null || { echo 'needs Maven'; return 0; }
  echo 'fetching io.grpc:grpc-interop-testing 1.79.0' >&2
  timeout 600 mvn -q -B -f "$here/java/pom.xml" dependency:copy-dependencies -DoutputDirectory="$java_jars" \
    >"$work/maven.log" 2>&1 || echo "Maven cannot fetch io.grpc:grpc-interop-testing: $(grep -m 1 ERROR "$work/maven.log" | cut -c 1-200)"
}

# The server takes 4 MiB unless told otherwise; very_large_request is larger. The first call of a cold virtual machine on a busy
# one may take longer than the second that a soak allows.
with_java() {
  local name program=io.grpc.testing.integration.TestService
  local java=(java -XX:TieredStopAtLevel=1 -cp "$java_jars/*")
  serve cpp-lite-16m 'listening on 127.0.0.1:\([0-9]*\)' "$bin/cpp_lite_interop_server" --port=0 \
    --max_receive_message=$((16 << 20))
  for name in "${core[@]}" "${java_cases[@]}"; do
    row grpc-java cpp-lite "$name" "${java[@]}" "${program}Client" --use_tls=false --server_host=127.0.0.1 \
      --server_port="$port" --soak_per_iteration_max_acceptable_latency_ms=10000
  done
  serve grpc-java 'Server started on port \([0-9]*\)' "${java[@]}" "${program}Server" --use_tls=false --port="$(free_port)"
  for name in "${core[@]}"; do
    row cpp-lite grpc-java "$name" "$bin/cpp_lite_interop_client" --server_port="$port"
  done
}
