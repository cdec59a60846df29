#include <cpp_lite/channel.h>

#include <utility>

namespace cpp_lite {
namespace {

class EndedStream final : public RawStream {
 public:
  explicit EndedStream(Status why) : why_(std::move(why)) {}

  Future<bool> write(Bytes) override { return false; }
  Future<bool> close_writes() override { return false; }
  Future<std::optional<Bytes>> read() override { return std::optional<Bytes>(); }
  Future<Metadata> headers() override { return Metadata(); }
  Future<RawReply> finish() override { return RawReply{why_}; }
  void cancel() override {}

 private:
  const Status why_;
};

}  // namespace

std::unique_ptr<RawStream> ended_stream(Status why) {
  return std::make_unique<EndedStream>(std::move(why));
}

}  // namespace cpp_lite
