// A table from stream ids to values that keeps and reuses its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace cpp_lite::h2 {

// Open addressing with linear probing over slots that never move: a reference stays valid until its
// id is erased. T::recycle() brings a value back to its first state; it may keep memory.
template <typename T>
class IdMap {
 public:
  IdMap() : entries_(16) {}

  std::size_t size() const { return size_; }

  T* find(std::int32_t id) {
    if (id == last_id_) return last_;
    const std::size_t at = locate(id);
    return holds(at, id) ? remember(id, slots_[entries_[at].slot]) : nullptr;
  }
  const T* find(std::int32_t id) const { return const_cast<IdMap*>(this)->find(id); }

  // The value of an id that is not in the table. Ids are positive.
  T& insert(std::int32_t id) {
    if (2 * (size_ + 1) > entries_.size()) grow();
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    entries_[locate(id)] = {id, slot};
    ++size_;
    return *remember(id, slots_[slot]);
  }

  void erase(std::int32_t id) {
    const std::size_t at = locate(id);
    if (!holds(at, id)) return;
    if (id == last_id_) {
      last_id_ = 0;
      last_ = nullptr;
    }
    const std::uint32_t slot = entries_[at].slot;
    close_gap(at);
    --size_;
    slots_[slot].recycle();
    free_.push_back(slot);
  }

  std::vector<std::int32_t> ids() const {
    std::vector<std::int32_t> all;
    for (const Entry& entry : entries_) {
      if (entry.id != 0) all.push_back(entry.id);
    }
    return all;
  }

 private:
  struct Entry {
    std::int32_t id = 0;  // 0: empty
    std::uint32_t slot = 0;
  };

  T* remember(std::int32_t id, T& value) {
    last_id_ = id;
    return last_ = &value;
  }

  std::size_t home(std::int32_t id) const {
    constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
    return static_cast<std::size_t>((static_cast<std::uint32_t>(id) * kGoldenRatio) >> 32) &
           (entries_.size() - 1);
  }
  bool holds(std::size_t at, std::int32_t id) const { return id != 0 && entries_[at].id == id; }
  std::size_t next(std::size_t at) const { return (at + 1) & (entries_.size() - 1); }

  // Where the id is, or else the empty entry where it would go.
  std::size_t locate(std::int32_t id) const {
    std::size_t at = home(id);
    while (entries_[at].id != 0 && entries_[at].id != id) at = next(at);
    return at;
  }

  // Moves later entries of the same run back, so that no search ends early at the gap.
  void close_gap(std::size_t gap) {
    for (std::size_t at = next(gap); entries_[at].id != 0; at = next(at)) {
      const std::size_t mask = entries_.size() - 1;
      if (((at - home(entries_[at].id)) & mask) < ((at - gap) & mask)) continue;
      entries_[gap] = entries_[at];
      gap = at;
    }
    entries_[gap] = {};
  }

  void grow() {
    std::vector<Entry> old(2 * entries_.size());
    old.swap(entries_);
    for (const Entry& entry : old) {
      if (entry.id != 0) entries_[locate(entry.id)] = entry;
    }
  }

  std::vector<Entry> entries_;  // a power of two of them, at most half in use
  std::deque<T> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
  // What was asked for last: one stream has its turn after the other. Id 0 is nobody's.
  std::int32_t last_id_ = 0;
  T* last_ = nullptr;
};

}  // namespace cpp_lite::h2
