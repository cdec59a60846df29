// grpc_bench_client: what cpp_lite_bench_client does, on grpc++. --how=sync (one call outstanding),
// callback or async.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "clients/calls.h"
#include "payments.grpc.pb.h"

namespace {

using bench::Course;
using namespace payments::v1;

struct Call {
  std::uint64_t number = 0;
  double at = 0;
  std::unique_ptr<grpc::ClientContext> context;
  ChargeRequest request;
  ChargeResponse response;
  grpc::Status status;

  void prepare(Course& course) {
    number = course.next_number();
    at = Course::now();
    bench::fill(request, number);
    context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  }
  void take(Course& course) const {
    if (!status.ok()) bench::give_up(status.error_message());
    bench::check(response, number);
    course.ended(at);
  }
};

void run_sync(PaymentService::Stub& stub, Course& course) {
  while (!course.over()) {
    Call call;
    call.prepare(course);
    call.status = stub.ChargeCard(call.context.get(), call.request, &call.response);
    call.take(course);
  }
}

// Calls end on threads of the library.
class Callbacks {
 public:
  Callbacks(PaymentService::Stub& stub, Course& course) : stub_(stub), course_(course) {}

  void run(long outstanding) {
    open_ = outstanding;
    for (long i = 0; i < outstanding; ++i) start(std::make_shared<Call>());
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return open_ == 0; });
  }

 private:
  void start(std::shared_ptr<Call> call) {
    {
      std::lock_guard lock(mutex_);
      call->prepare(course_);
    }
    Call* const raw = call.get();
    stub_.async()->ChargeCard(raw->context.get(), &raw->request, &raw->response,
                              [this, call](grpc::Status status) {
                                call->status = std::move(status);
                                if (more(*call)) start(call);
                              });
  }
  bool more(const Call& call) {
    std::lock_guard lock(mutex_);
    call.take(course_);
    if (!course_.over()) return true;
    if (--open_ == 0) ended_.notify_all();
    return false;
  }

  PaymentService::Stub& stub_;
  Course& course_;
  std::mutex mutex_;
  std::condition_variable ended_;
  long open_ = 0;
};

struct AsyncCall : Call {
  std::unique_ptr<grpc::ClientAsyncResponseReader<ChargeResponse>> reader;
};

void start(PaymentService::Stub& stub, Course& course, grpc::CompletionQueue& queue,
           AsyncCall& call) {
  call.prepare(course);
  call.reader = stub.AsyncChargeCard(call.context.get(), call.request, &queue);
  call.reader->Finish(&call.response, &call.status, &call);
}

void run_async(PaymentService::Stub& stub, Course& course, long outstanding) {
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<AsyncCall>> calls;
  for (long i = 0; i < outstanding; ++i) {
    calls.push_back(std::make_unique<AsyncCall>());
    start(stub, course, queue, *calls.back());
  }
  void* tag = nullptr;
  bool ok = false;
  for (long open = outstanding; open > 0 && queue.Next(&tag, &ok);) {
    AsyncCall& call = *static_cast<AsyncCall*>(tag);
    call.take(course);
    if (course.over()) {
      --open;
    } else {
      start(stub, course, queue, call);
    }
  }
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Flags flags = bench::client_flags(argc, argv, "callback");
  const auto stub = PaymentService::NewStub(
      grpc::CreateChannel("127.0.0.1:" + flags.text("port"), grpc::InsecureChannelCredentials()));
  Course course(flags);
  const std::string& how = flags.text("how");
  const long outstanding = flags.number("outstanding");
  if (how == "sync" && outstanding == 1) {
    run_sync(*stub, course);
  } else if (how == "callback") {
    Callbacks(*stub, course).run(outstanding);
  } else if (how == "async") {
    run_async(*stub, course, outstanding);
  } else {
    std::fprintf(stderr, "--how is sync (one outstanding), callback or async\n");
    return 2;
  }
  course.print();
}
