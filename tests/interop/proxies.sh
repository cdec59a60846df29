#!/usr/bin/env bash
# proxies.sh BIN_DIR: nginx, HAProxy and Caddy, each between a client and a server: our client and grpcio's to our server, and our client to
# grpcio's server. One row a case, "N passed, N failed" at the end. The proxies listen on free ports of the loopback with a configuration of
# this script's, keep their files in its temporary directory, and end with it; a case has a minute. A proxy that is not installed is skipped.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/rows.sh"
bin=$(cd "$1" && pwd)
PATH=$PATH:/usr/sbin

# Requests are as large, and streams as long, as clients want.
nginx_configuration() {
  cat <<END
daemon off;
master_process off;
pid $work/nginx.pid;
error_log stderr warn;
events {}
http {
  access_log off;
  client_body_temp_path $work/nginx_body;
  proxy_temp_path $work/nginx_proxy;
  fastcgi_temp_path $work/nginx_fastcgi;
  uwsgi_temp_path $work/nginx_uwsgi;
  scgi_temp_path $work/nginx_scgi;
  server {
    listen 127.0.0.1:$1 http2;
    client_max_body_size 0;
    client_body_timeout 1h;
    grpc_read_timeout 1h;
    grpc_send_timeout 1h;
    location / { grpc_pass grpc://127.0.0.1:$2; }
  }
}
END
}

haproxy_configuration() {
  cat <<END
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend front
  bind 127.0.0.1:$1 proto h2
  default_backend back
backend back
  server one 127.0.0.1:$2 proto h2
END
}

# No flush_interval: Caddy sends what gRPC streams at once in any case, and with -1 it keeps a cancelled call from the server.
caddy_configuration() {
  cat <<END
{
  admin off
  auto_https off
  servers {
    protocols h1 h2 h2c
  }
}
http://127.0.0.1:$1 {
  reverse_proxy h2c://127.0.0.1:$2
}
END
}

# proxy NAME PORT: in front of that server; sets `front`.
proxy() {
  local name=$1 file=$work/$1-$2 command i
  front=$(free_port)
  "${name}_configuration" "$front" "$2" >"$file"
  case $name in
    nginx) command=(nginx -e stderr -p "$work" -c "$file") ;;
    haproxy) command=(haproxy -db -f "$file") ;;
    caddy) command=(env HOME="$work" caddy run --adapter caddyfile --config "$file") ;;
  esac
  "${command[@]}" >"$file.log" 2>&1 &
  servers+=($!)
  for ((i = 0; i < 100; ++i)); do
    ! (exec 3<>"/dev/tcp/127.0.0.1/$front") 2>/dev/null || return 0
    kill -0 "${servers[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  printf '%s did not start:\n' "$name"
  cat "$file.log"
  exit 1
}

# gap PROXY CASE: why the proxy cannot do that, if it cannot.
gap() {
  case $1/$2 in
    haproxy/limit_exceeded) echo 'the server ends the call while the request is coming; HAProxy makes that CANCELLED' ;;
  esac
}

# proxied CLIENT PROXY SERVER CASE COMMAND...
proxied() {
  local client=$1 name=$2 server=$3 case=$4 reason
  reason=$(gap "$name" "$case")
  if [ -z "$reason" ]; then row "$client" "$name+$server" "$case" "${@:5}"
  else printf '%-9s -> %-16s  %-28s CANNOT: %s\n' "$client" "$name+$server" "$case" "$reason"; fi
}

# through NAME OURS THEIRS: the ports of our server and of grpcio's.
through() {
  local name=$1 case
  proxy "$name" "$2"
  for case in "${core[@]}"; do
    proxied cpp-lite "$name" cpp-lite "$case" "$bin/cpp_lite_interop_client" --server_port="$front"
  done
  for case in $("${python[@]}" "$here/python/client.py" --list); do
    proxied grpcio "$name" cpp-lite "$case" "${python[@]}" "$here/python/client.py" --server_port="$front"
  done
  proxy "$name" "$3"
  for case in "${core[@]}"; do
    proxied cpp-lite "$name" grpcio "$case" "$bin/cpp_lite_interop_client" --server_port="$front"
  done
}

grpcio_stubs
serve cpp-lite 'listening on 127.0.0.1:\([0-9]*\)' "$bin/cpp_lite_interop_server" --port=0
ours=$port
serve grpcio 'listening on .*:\([0-9]*\), relay' "${python[@]}" "$here/python/server.py"
theirs=$port
for name in nginx haproxy caddy; do
  if command -v "$name" >/dev/null; then through "$name" "$ours" "$theirs"
  else printf 'SKIPPED: %s is not installed\n' "$name"; fi
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
