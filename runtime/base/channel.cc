#include <cpp_lite/channel.h>

#include <memory>
#include <optional>
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

std::string_view to_string(ChannelState state) {
  switch (state) {
    case ChannelState::idle:
      return "IDLE";
    case ChannelState::connecting:
      return "CONNECTING";
    case ChannelState::ready:
      return "READY";
    case ChannelState::transient_failure:
      return "TRANSIENT_FAILURE";
    case ChannelState::shutdown:
      break;
  }
  return "SHUTDOWN";
}

ChannelState Channel::state() const { return ChannelState::ready; }

Future<ChannelState> Channel::state_other_than(ChannelState last) {
  if (last != state()) return state();
  // Kept by the Future itself: what never comes is waited for until that is dropped.
  detail::Promise<ChannelState> never;
  auto kept = std::make_shared<std::optional<detail::Promise<ChannelState>>>();
  never.on_drop([kept] { kept->reset(); });
  Future<ChannelState> future = never.future();
  kept->emplace(std::move(never));
  return future;
}

void Channel::connect_now() {}

std::unique_ptr<RawStream> ended_stream(Status why) {
  return std::make_unique<EndedStream>(std::move(why));
}

}  // namespace cpp_lite
