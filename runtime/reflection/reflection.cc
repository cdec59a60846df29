#include <cpp_lite/async.h>
#include <cpp_lite/event.h>
#include <cpp_lite/reflection.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grpc/reflection/v1/reflection.lite.h"
#include "grpc/reflection/v1alpha/reflection.lite.h"
#include "reflection/catalog.h"

namespace cpp_lite {
namespace reflection {
namespace {

namespace v1 = ::grpc::reflection::v1;
namespace v1alpha = ::grpc::reflection::v1alpha;

// The two versions of the protocol differ in the package alone.
template <typename Request, typename Response>
class Answer {
 public:
  Answer(const Catalog& catalog, Catalog::Given& given) : catalog_(catalog), given_(given) {}

  // What was asked for stands in the answer itself, so that texts of errors need not repeat it.
  Response to(Request request) && {
    switch (request.message_request_case()) {
      case Request::kFileByFilename:
        give(catalog_.named(request.file_by_filename()), "no such file");
        break;
      case Request::kFileContainingSymbol:
        give(catalog_.declaring(request.file_containing_symbol()), "no such symbol");
        break;
      case Request::kFileContainingExtension: {
        const auto& wanted = request.file_containing_extension();
        give(catalog_.extending(wanted.containing_type(), wanted.extension_number()),
             "no such extension");
        break;
      }
      case Request::kAllExtensionNumbersOfType:
        give_extensions(request.all_extension_numbers_of_type());
        break;
      case Request::kListServices:
        give_services();
        break;
      case Request::MESSAGE_REQUEST_NOT_SET:
        fail(Code::invalid_argument, "nothing is asked for, or what this server does not know");
        break;
    }
    response_.set_valid_host(request.host());
    *response_.mutable_original_request() = std::move(request);
    return std::move(response_);
  }

 private:
  void give(std::optional<Catalog::File> file, const char* otherwise) {
    if (!file) return fail(Code::not_found, otherwise);
    auto& files = *response_.mutable_file_descriptor_response();
    for (const std::string_view bytes : catalog_.with_imports(*file, given_)) {
      files.add_file_descriptor_proto(bytes.data(), bytes.size());
    }
  }
  void give_extensions(const std::string& type) {
    const std::optional<std::vector<std::int32_t>> numbers = catalog_.extensions_of(type);
    if (!numbers) return fail(Code::not_found, "no such message");
    auto& extensions = *response_.mutable_all_extension_numbers_response();
    extensions.set_base_type_name(type);
    for (const std::int32_t number : *numbers) extensions.add_extension_number(number);
  }
  void give_services() {
    auto& services = *response_.mutable_list_services_response();
    for (const std::string_view name : catalog_.services()) {
      services.add_service()->set_name(std::string(name));
    }
  }
  void fail(Code code, const char* message) {
    response_.mutable_error_response()->set_error_code(static_cast<std::int32_t>(code));
    response_.mutable_error_response()->set_error_message(message);
  }

  const Catalog& catalog_;
  Catalog::Given& given_;
  Response response_;
};

// Whether the server ends: a tool may keep its stream for as long as it runs, and would hold that
// up. Thread-safe.
class Ending {
 public:
  void begin() {
    {
      const std::lock_guard lock(mutex_);
      begun_ = true;
    }
    began_.notify_all();
  }
  // For its beginning; nothing: it has begun.
  std::optional<Future<void>> wait() {
    const std::lock_guard lock(mutex_);
    if (begun_) return std::nullopt;
    return began_.wait();
  }

 private:
  Event began_;
  std::mutex mutex_;
  bool begun_ = false;  // guarded by mutex_
};

Status server_ends() { return Status(Code::unavailable, "the server is shutting down"); }

template <typename Base, typename Request, typename Response>
class Handler final : public Base {
 public:
  explicit Handler(std::shared_ptr<Catalog> catalog) : catalog_(std::move(catalog)) {}

  Future<Status> ServerReflectionInfo(ServerContext&, Reader<Request>& in,
                                      Writer<Response>& out) override {
    return serve(catalog_, ending_, in, out);
  }
  // The versions share a catalog.
  void on_serve(std::span<Service* const> services) override {
    if (catalog_->services().empty()) catalog_->fill(services);
  }
  void on_drain() override { ending_->begin(); }

 private:
  static Future<Status> serve(std::shared_ptr<const Catalog> catalog,
                              std::shared_ptr<Ending> ending, Reader<Request>& in,
                              Writer<Response>& out) {
    Catalog::Given given;
    while (std::optional<Future<void>> end = ending->wait()) {
      auto first = co_await when_any(in.read(), *std::move(end));
      if (first.index() == 1) break;
      std::optional<Request>& request = std::get<0>(first);
      if (!request) co_return Status();
      const Response response = Answer<Request, Response>(*catalog, given).to(*std::move(request));
      if (!co_await out.write(response)) co_return Status(Code::cancelled, "the client left");
    }
    co_return server_ends();
  }

  const std::shared_ptr<Catalog> catalog_;
  const std::shared_ptr<Ending> ending_ = std::make_shared<Ending>();
};

using V1 = Handler<v1::ServerReflection::Handler, v1::ServerReflectionRequest,
                   v1::ServerReflectionResponse>;
using V1Alpha = Handler<v1alpha::ServerReflection::Handler, v1alpha::ServerReflectionRequest,
                        v1alpha::ServerReflectionResponse>;

}  // namespace
}  // namespace reflection

void add_reflection(Server& server) {
  const auto catalog = std::make_shared<reflection::Catalog>();
  server.add(std::make_shared<reflection::V1>(catalog));
  server.add(std::make_shared<reflection::V1Alpha>(catalog));
}

}  // namespace cpp_lite
