// grpc.reflection.v1 and v1alpha: tools such as grpcurl list, describe and call what a server
// serves without its .proto files. Component cpp_lite::reflection.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/server.h>

namespace cpp_lite {

// Before listen(). It describes services whose code was generated with reflection=true, and names
// the others. It shows everybody what there is to call: think twice before you do this in
// production.
CPP_LITE_API void add_reflection(Server& server);

}  // namespace cpp_lite
