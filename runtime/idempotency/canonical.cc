#include "idempotency/canonical.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "idempotency/scalars.h"

namespace cpp_lite::idempotency {
namespace {

using detail::FieldKind;
using detail::FieldPath;
using detail::FieldPresence;
using detail::FieldShape;
using detail::MessageShape;

using Bytes = std::vector<std::uint8_t>;
using Parts = std::span<const ByteView>;  // occurrences of one message, which count as one
using Paths = std::span<const FieldPath>;

struct Found {
  Piece piece;
  const FieldShape* shape = nullptr;  // null: the message has no such field
  bool fits = false;                  // and it is encoded as that field may be
};
using Run = std::span<const Found>;  // of one number, all of them fitting, or none

enum class Outcome : std::uint8_t { malformed, done, verbatim };

bool is_scalar(FieldKind kind) {
  return kind != FieldKind::bytes && kind != FieldKind::message && kind != FieldKind::group;
}

bool fits(const FieldShape& shape, WireType type) {
  if (type == wire_type_of(shape.kind)) return true;
  const bool packable = shape.presence == FieldPresence::repeated && is_scalar(shape.kind);
  return packable && type == WireType::bytes;
}

const FieldShape* find(const MessageShape& shape, std::uint32_t number) {
  const auto place = std::lower_bound(
      shape.fields.begin(), shape.fields.end(), number,
      [](const FieldShape& field, std::uint32_t wanted) { return field.number < wanted; });
  return place != shape.fields.end() && place->number == number ? &*place : nullptr;
}

bool find_all(Parts parts, const MessageShape& shape, std::vector<Found>& found) {
  for (ByteView rest : parts) {
    while (!rest.empty()) {
      const auto piece = first_piece(rest);
      if (!piece) return false;
      const FieldShape* field = find(shape, piece->number);
      found.push_back({*piece, field, field != nullptr && fits(*field, piece->type)});
      rest = rest.subspan(piece->size);
    }
  }
  return true;
}

bool is_singular_closed_enum(const Found& found) {
  return found.fits && found.shape->kind == FieldKind::closed_enum &&
         found.shape->presence != FieldPresence::repeated;
}

// Removes what a later member of its oneof replaced. False: which one that is, is not known here.
bool settle_oneofs(std::vector<Found>& found) {
  struct Oneof {
    const FieldShape* last = nullptr;
    bool several = false, doubtful = false;
  };
  std::vector<Oneof> oneofs;
  for (std::size_t i = found.size(); i-- > 0;) {
    const FieldShape* shape = found[i].shape;
    if (shape == nullptr || shape->oneof == 0) continue;
    if (oneofs.size() <= shape->oneof) oneofs.resize(shape->oneof + std::size_t{1});
    Oneof& oneof = oneofs[shape->oneof];
    if (oneof.last == nullptr) oneof.last = shape;
    oneof.several |= shape != oneof.last;
    oneof.doubtful |= !found[i].fits || shape->kind == FieldKind::closed_enum;
    if (oneof.several) found[i].piece.number = 0;
  }
  std::erase_if(found, [](const Found& one) { return one.piece.number == 0; });
  return std::none_of(oneofs.begin(), oneofs.end(),
                      [](const Oneof& oneof) { return oneof.several && oneof.doubtful; });
}

// By number, and where one number is there in both ways what fits first.
void put_in_order(std::vector<Found>& found) {
  const auto before = [](const Found& a, const Found& b) {
    return std::pair(a.piece.number, !a.fits) < std::pair(b.piece.number, !b.fits);
  };
  if (std::is_sorted(found.begin(), found.end(), before)) return;
  std::stable_sort(found.begin(), found.end(), before);
}

// Of what is sorted.
bool has_doubtful_enum(const std::vector<Found>& found) {
  return std::adjacent_find(found.begin(), found.end(), [](const Found& a, const Found& b) {
           return is_singular_closed_enum(a) && b.fits && a.shape == b.shape;
         }) != found.end();
}

void append(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void append_sized(Bytes& out, std::uint32_t number, ByteView value) {
  append_tag(out, number, WireType::bytes);
  append_varint(out, value.size());
  append(out, value);
}

bool names(Paths paths, std::uint32_t number) {
  return std::any_of(paths.begin(), paths.end(), [number](FieldPath path) {
    return path.size() == 1 && path.front() == number;
  });
}

std::vector<FieldPath> below(Paths paths, std::uint32_t number) {
  std::vector<FieldPath> result;
  for (const FieldPath path : paths) {
    if (path.size() > 1 && path.front() == number) result.push_back(path.subspan(1));
  }
  return result;
}

struct MapEntry {
  Bytes bytes;
  std::size_t key_size = 0;  // the key's field stands first; nothing: it is the default
  ByteView key() const { return ByteView(bytes).first(key_size); }
};

bool has_lesser_key(const MapEntry& a, const MapEntry& b) {
  return std::lexicographical_compare(a.key().begin(), a.key().end(), b.key().begin(),
                                      b.key().end());
}

bool has_same_key(const MapEntry& a, const MapEntry& b) {
  return std::equal(a.key().begin(), a.key().end(), b.key().begin(), b.key().end());
}

class Writer {
 public:
  explicit Writer(std::span<const MessageShape> shapes) : shapes_(shapes) {}

  Outcome message(Parts parts, const MessageShape& shape, Paths omitted, int depth, Bytes& out) {
    std::vector<Found> found;
    found.reserve(16);
    if (depth > kMostDepth || !find_all(parts, shape, found)) return Outcome::malformed;
    const bool settled = settle_oneofs(found);
    put_in_order(found);
    if (!settled || has_doubtful_enum(found)) {
      for (const ByteView part : parts) append(out, part);
      return Outcome::verbatim;
    }
    for (auto begin = found.begin(); begin != found.end();) {
      const auto end = std::find_if(begin, found.end(), [begin](const Found& one) {
        return one.piece.number != begin->piece.number || one.fits != begin->fits;
      });
      if (!run({begin, end}, omitted, depth, out)) return Outcome::malformed;
      begin = end;
    }
    return Outcome::done;
  }

 private:
  bool run(Run run, Paths omitted, int depth, Bytes& out) {
    if (!run.front().fits) {
      for (const Found& one : run) append(out, one.piece.whole());
      return true;
    }
    const FieldShape& shape = *run.front().shape;
    if (names(omitted, shape.number)) return true;
    if (shape.presence == FieldPresence::map) return map(run, shape, depth, out);
    if (is_scalar(shape.kind)) return scalars(run, shape, out);
    if (shape.kind == FieldKind::bytes) return bytes(run, shape, out);
    return messages(run, shape, below(omitted, shape.number), depth, out);
  }

  static bool scalars(Run run, const FieldShape& shape, Bytes& out) {
    if (shape.presence == FieldPresence::repeated) return packed(run, shape, out);
    ByteView value = run.back().piece.value();
    const auto number = take_scalar(shape.kind, value);
    if (!number) return false;
    if (*number == 0 && shape.presence == FieldPresence::implicit) return true;
    append_tag(out, shape.number, wire_type_of(shape.kind));
    append_scalar(out, shape.kind, *number);
    return true;
  }

  static bool packed(Run run, const FieldShape& shape, Bytes& out) {
    Bytes values;
    for (const Found& one : run) {
      for (ByteView rest = one.piece.value(); !rest.empty();) {
        const auto number = take_scalar(shape.kind, rest);
        if (!number) return false;
        append_scalar(values, shape.kind, *number);
      }
    }
    if (!values.empty()) append_sized(out, shape.number, values);
    return true;
  }

  static bool bytes(Run run, const FieldShape& shape, Bytes& out) {
    if (shape.presence != FieldPresence::repeated) run = run.last(1);
    for (const Found& one : run) {
      const ByteView value = one.piece.value();
      if (value.empty() && shape.presence == FieldPresence::implicit) continue;
      append_sized(out, shape.number, value);
    }
    return true;
  }

  bool messages(Run run, const FieldShape& shape, Paths omitted, int depth, Bytes& out) {
    std::vector<ByteView> parts;
    for (const Found& one : run) parts.push_back(one.piece.value());
    if (shape.presence != FieldPresence::repeated) return nested(parts, shape, omitted, depth, out);
    for (const ByteView& part : parts) {
      if (!nested({&part, 1}, shape, omitted, depth, out)) return false;
    }
    return true;
  }

  bool nested(Parts parts, const FieldShape& shape, Paths omitted, int depth, Bytes& out) {
    Bytes inside;
    const Outcome outcome = message(parts, shapes_[shape.message], omitted, depth + 1, inside);
    if (outcome == Outcome::malformed) return false;
    if (shape.kind == FieldKind::message) {
      append_sized(out, shape.number, inside);
      return true;
    }
    append_tag(out, shape.number, WireType::group);
    append(out, inside);
    append_end_of_group(out, shape.number);
    return true;
  }

  Outcome entry(const Piece& piece, const MessageShape& shape, int depth, MapEntry& entry) {
    // A value that is left out is an empty message; merging with one changes no other.
    constexpr std::array<std::uint8_t, 2> kEmptyValue = {0x12, 0};
    const FieldShape& key = shape.fields.front();
    const bool of_messages = shape.fields.back().kind == FieldKind::message;
    const std::array<ByteView, 2> parts = {piece.value(), kEmptyValue};
    const Outcome outcome =
        message(Parts(parts).first(of_messages ? 2 : 1), shape, {}, depth + 1, entry.bytes);
    if (const auto first = first_piece(entry.bytes)) {
      if (first->number == key.number && fits(key, first->type)) entry.key_size = first->size;
    }
    return outcome;
  }

  bool map(Run run, const FieldShape& shape, int depth, Bytes& out) {
    const MessageShape& of_entry = shapes_[shape.message];
    bool doubtful = false;
    std::vector<MapEntry> entries, all;
    for (const Found& one : run) {
      const Outcome outcome = entry(one.piece, of_entry, depth, all.emplace_back());
      if (outcome == Outcome::malformed) return false;
      doubtful |= outcome == Outcome::verbatim;
    }
    entries = last_of_each_key(all);
    const bool closed = of_entry.fields.back().kind == FieldKind::closed_enum;
    doubtful |= closed && entries.size() != all.size();
    for (const MapEntry& one : doubtful ? all : entries) {
      append_sized(out, shape.number, one.bytes);
    }
    return true;
  }

  static std::vector<MapEntry> last_of_each_key(std::vector<MapEntry> entries) {
    std::reverse(entries.begin(), entries.end());
    std::stable_sort(entries.begin(), entries.end(), has_lesser_key);
    entries.erase(std::unique(entries.begin(), entries.end(), has_same_key), entries.end());
    return entries;
  }

  const std::span<const MessageShape> shapes_;
};

}  // namespace

std::optional<std::vector<std::uint8_t>> canonical(ByteView message,
                                                   std::span<const MessageShape> shapes,
                                                   std::span<const FieldPath> omitted) {
  Bytes out;
  out.reserve(message.size());
  const Outcome outcome = Writer(shapes).message({&message, 1}, shapes.front(), omitted, 0, out);
  return outcome == Outcome::malformed ? std::nullopt : std::optional(std::move(out));
}

}  // namespace cpp_lite::idempotency
