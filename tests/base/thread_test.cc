#include "base/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

namespace cpp_lite::detail {
namespace {

TEST(Thread, TakesNoSignalsButThoseOfItsOwnFaults) {
  sigset_t mask;
  sigemptyset(&mask);
  start_thread("test", [&mask] { pthread_sigmask(SIG_SETMASK, nullptr, &mask); }).join();
  for (const int other : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGALRM, SIGUSR1, SIGPIPE}) {
    EXPECT_EQ(sigismember(&mask, other), 1) << other;
  }
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
    EXPECT_EQ(sigismember(&mask, fault), 0) << fault;
  }
}

}  // namespace
}  // namespace cpp_lite::detail
