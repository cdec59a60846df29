#include <cpp_lite/async.h>
#include <cpp_lite/health.h>

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "grpc/health/v1/health.lite.h"
#include "health/book.h"

namespace cpp_lite {
namespace health {
namespace {

namespace v1 = ::grpc::health::v1;

// No service is called like that, and watchers keep the names that they ask for.
constexpr std::size_t kLongestName = 1024;

v1::HealthCheckResponse response_of(std::optional<ServingStatus> status) {
  v1::HealthCheckResponse response;
  response.set_status(v1::HealthCheckResponse::SERVICE_UNKNOWN);
  if (status) {
    response.set_status(static_cast<v1::HealthCheckResponse::ServingStatus>(*status));
  }
  return response;
}

Future<Status> watch(std::shared_ptr<Book> book, ServerContext& context, std::string service,
                     Writer<v1::HealthCheckResponse>& out) {
  std::optional<v1::HealthCheckResponse> said;
  while (!context.cancelled()) {
    Book::News news = book->watch(service);
    const v1::HealthCheckResponse now = response_of(news.status);
    if (!said || said->status() != now.status()) {
      if (!co_await out.write(now)) break;
      said = now;
    }
    if (news.last) co_return Status();
    co_await when_any(std::move(news.change), context.cancelled().wait());
  }
  co_return Status(Code::cancelled, "nobody watches");
}

class Handler final : public v1::Health::Handler {
 public:
  explicit Handler(std::shared_ptr<Book> book) : book_(std::move(book)) {}

  Future<Result<v1::HealthCheckResponse>> Check(ServerContext&,
                                                v1::HealthCheckRequest request) override {
    const std::optional<ServingStatus> status = book_->look_up(request.service());
    if (!status) return Status(Code::not_found, "unknown service");
    return response_of(status);
  }

  Future<Result<v1::HealthListResponse>> List(ServerContext&, v1::HealthListRequest) override {
    v1::HealthListResponse response;
    for (const auto& [service, status] : book_->all()) {
      (*response.mutable_statuses())[service] = response_of(status);
    }
    return response;
  }

  Future<Status> Watch(ServerContext& context, v1::HealthCheckRequest request,
                       Writer<v1::HealthCheckResponse>& out) override {
    if (request.service().size() > kLongestName) {
      return Status(Code::invalid_argument, "the name of the service is too long");
    }
    std::shared_ptr<Book> book = Book::for_watcher(book_);
    if (book == nullptr) return Status(Code::resource_exhausted, "too many calls of Watch");
    return watch(std::move(book), context, std::move(*request.mutable_service()), out);
  }

  void on_serve(std::span<Service* const> services) override {
    for (const Service* service : services) book_->serve(service->service_name());
  }
  void on_drain() override { book_->drain(); }

 private:
  const std::shared_ptr<Book> book_;
};

}  // namespace
}  // namespace health

Health::Health(HealthOptions options)
    : book_(std::make_shared<health::Book>(options.max_watchers)),
      service_(std::make_shared<health::Handler>(book_)) {}

void Health::set(std::string_view service, ServingStatus status) { book_->set(service, status); }

}  // namespace cpp_lite
