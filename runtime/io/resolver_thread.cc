#include "io/resolver_thread.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "base/thread.h"
#include "io/sockaddr.h"

namespace cpp_lite::io {

Status system_lookup(const Lookup& lookup, std::vector<Endpoint>& endpoints) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(lookup.host.c_str(), nullptr, &hints, &found);
  const int system_error = errno;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    SockAddr addr;
    if (at->ai_addrlen > sizeof(addr.storage)) continue;
    std::memcpy(&addr.storage, at->ai_addr, at->ai_addrlen);
    addr.size = at->ai_addrlen;
    Endpoint endpoint = to_endpoint(addr);
    endpoint.port = lookup.port;
    if (std::find(endpoints.begin(), endpoints.end(), endpoint) == endpoints.end()) {
      endpoints.push_back(std::move(endpoint));
    }
  }
  if (found != nullptr) ::freeaddrinfo(found);
  if (!endpoints.empty()) return Status();
  const std::string words = error == 0            ? "no address"
                            : error == EAI_SYSTEM ? error_words(system_error)
                                                  : ::gai_strerror(error);
  Status status(Code::unavailable, "cannot resolve '" + lookup.host + "': " + words);
  status.set_phase("resolving");
  return status;
}

// Held by the handles and by the thread.
class ResolverThread::State {
 public:
  explicit State(LookupFunction lookup) : lookup_(std::move(lookup)) {}

  static std::shared_ptr<State> create(LookupFunction lookup) {
    auto state = std::make_shared<State>(std::move(lookup));
    state->thread_ = detail::start_thread("cpp-lite names", [state] { state->run(); });
    return state;
  }

  void submit(std::shared_ptr<Lookup> lookup) {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(lookup));
    }
    changed_.notify_one();
  }

  // Takes over the thread of a handle that has gone or is about to. False when it ends anyway.
  bool adopt() {
    const std::lock_guard lock(mutex_);
    if (users_ == 0 && !busy_) return false;
    ++users_;
    return true;
  }

  void drop() {
    std::thread idle;
    std::deque<std::shared_ptr<Lookup>> unwanted;
    {
      const std::lock_guard lock(mutex_);
      if (--users_ > 0) return;
      queue_.swap(unwanted);
      if (!busy_) {
        idle.swap(thread_);
      } else if (thread_.joinable()) {
        thread_.detach();  // this may even be that thread
      }
    }
    changed_.notify_one();
    if (idle.joinable()) idle.join();
  }

 private:
  void run() {
    while (std::shared_ptr<Lookup> lookup = take()) {
      if (lookup->unwanted.load()) continue;
      std::vector<Endpoint> endpoints;
      Status status = lookup_(*lookup, endpoints);
      if (!lookup->unwanted.load()) lookup->done(std::move(status), std::move(endpoints));
    }
  }

  // Null when the thread is to end.
  std::shared_ptr<Lookup> take() {
    std::unique_lock lock(mutex_);
    busy_ = false;
    changed_.wait(lock, [this] { return users_ == 0 || !queue_.empty(); });
    if (users_ == 0) return nullptr;
    busy_ = true;
    std::shared_ptr<Lookup> next = std::move(queue_.front());
    queue_.pop_front();
    return next;
  }

  const LookupFunction lookup_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Lookup>> queue_;
  std::size_t users_ = 1;
  bool busy_ = false;
  std::thread thread_;
};

ResolverThread::ResolverThread(LookupFunction lookup) : state_(State::create(std::move(lookup))) {}

ResolverThread::ResolverThread(std::shared_ptr<State> state) : state_(std::move(state)) {}

ResolverThread::~ResolverThread() { state_->drop(); }

void ResolverThread::submit(std::shared_ptr<Lookup> lookup) { state_->submit(std::move(lookup)); }

std::shared_ptr<ResolverThread> ResolverThread::shared() {
  // What all users in a process share (docs/threads.md): two weak references, which keep nothing
  // alive.
  static std::mutex mutex;
  static std::weak_ptr<ResolverThread> current;
  static std::weak_ptr<State> last;
  const std::lock_guard lock(mutex);
  std::shared_ptr<ResolverThread> resolver = current.lock();
  if (resolver) return resolver;
  if (std::shared_ptr<State> state = last.lock(); state && state->adopt()) {
    resolver.reset(new ResolverThread(std::move(state)));
  } else {
    resolver = std::make_shared<ResolverThread>(system_lookup);
  }
  current = resolver;
  last = resolver->state_;
  return resolver;
}

}  // namespace cpp_lite::io
