// The reactor's records of descriptors, made ahead.
#include "io/descriptor_reserve.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>

#include "io/io_support.h"
#include "io/loop_asio.h"

namespace cpp_lite::io {
namespace {

std::ptrdiff_t open_descriptors() {
  using std::filesystem::directory_iterator;
  return std::distance(directory_iterator("/proc/self/fd"), directory_iterator());
}

class Reserve : public testing::Test {
 protected:
  std::size_t after(std::size_t present) {
    reserve_.prepare(*AsioLoop::of(*loop_), present);
    return reserve_.made();
  }

  std::shared_ptr<Loop> loop_ = Loop::create({.thread = false});
  DescriptorReserve reserve_;
};

TEST_F(Reserve, MakesNoRecordWhileOneIsFree) {
  const std::size_t first = after(0);
  EXPECT_GT(first, 1u);
  EXPECT_EQ(after(first - 1), first);
  EXPECT_GT(after(first), first);
}

TEST_F(Reserve, DoublesUntilItMakesALargePieceAtATime) {
  std::size_t made = after(0);
  EXPECT_EQ(after(made), 2 * made);
  for (int i = 0; i < 20; ++i) made = after(made);
  EXPECT_EQ(after(made) - made, 256u);
}

TEST_F(Reserve, LeavesNothingOpenAndNothingToDo) {
  loop_->poll();
  const std::ptrdiff_t before = open_descriptors();
  for (std::size_t made = 0; made < 1000;) made = after(made);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(loop_->poll(), 0u);
}

TEST(MembersOfALoop, AreCounted) {
  const std::shared_ptr<Loop> loop = Loop::create({.thread = false});
  const LoopMembers& members = AsioLoop::of(*loop)->members();
  struct Member final : LoopMember {
    explicit Member(Loop& its_loop) : LoopMember(its_loop) {}
    void on_loop_stop() override {}
  };
  const Member stays(*loop);
  {
    const Member leaves(*loop);
    EXPECT_EQ(members.count(), 2u);
  }
  EXPECT_EQ(members.count(), 1u);
}

}  // namespace
}  // namespace cpp_lite::io
