// A .proto as plain structs that hold every string a template needs. From here on nothing depends
// on protobuf.
#pragma once

#include <string>
#include <vector>

#include "policy.h"

namespace cpp_lite::plugin {

struct Method {
  std::string name;      // as in the .proto
  std::string cpp_name;  // the same unless C++ does not allow it
  std::string path;      // on the wire: "/payments.v1.PaymentService/ChargeCard"
  std::string request;   // "::payments::v1::ChargeRequest"
  std::string response;
  bool client_streams = false;
  bool server_streams = false;
  bool deprecated = false;
  std::string comment;  // lines of comment, or nothing
  Policy policy;
};

struct Service {
  std::string name;
  std::string cpp_name;
  std::string full_name;  // "payments.v1.PaymentService"
  std::string scope;      // "::payments::v1::PaymentService"
  bool deprecated = false;
  std::string comment;
  std::vector<Method> methods;
};

struct File {
  std::string path;            // "payments/v1/payments.proto"
  std::string stem;            // "payments/v1/payments"
  std::string identifier;      // "payments_2fv1_2fpayments_2eproto"
  std::string cpp_namespace;   // "payments::v1"; empty for the global scope
  std::string message_header;  // "payments/v1/payments.pb.h"
  std::string dllexport_decl;
  bool deprecated = false;
  std::string licence;  // the comments above `syntax` and `package`
  std::vector<Service> services;
  // Serialized FileDescriptorProtos of this file and of all that it imports; none unless they are
  // asked for.
  std::vector<std::string> embedded;
};

// Complains of whatever the generator cannot do; the result is of use only if there are no errors.
File make_model(const google::protobuf::FileDescriptor& file, const Run& run);

}  // namespace cpp_lite::plugin
