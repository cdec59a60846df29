// What a .proto says in the options of cpp_lite/options.proto, and where it says it.
#pragma once

#include <google/protobuf/descriptor.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "cpp_lite/options.pb.h"
#include "problems.h"

namespace cpp_lite::plugin {

// Of our options. It is from the range for in-house use, so that others may have it, too.
inline constexpr int kExtensionNumber = 51234;

// Empty where nothing is said, or where the extension number belongs to an option of others.
const MethodPolicy& options_of(const google::protobuf::MethodDescriptor& method);
const ServicePolicy& options_of(const google::protobuf::ServiceDescriptor& service);
const ServicePolicy& options_of(const google::protobuf::FileDescriptor& file);

enum class Bound { more_than_zero, zero_or_more };

// One place that can hold options, for complaints about them: a method, a service or a file.
// Borrows all that it is made of.
class Site {
 public:
  Site(const google::protobuf::MethodDescriptor& method, Problems& problems);
  Site(const google::protobuf::ServiceDescriptor& service, Problems& problems);
  Site(const google::protobuf::FileDescriptor& file, Problems& problems);

  // About the element itself.
  void complain(std::string_view id, const std::string& text) const;
  void warn(std::string_view id, const std::string& text) const;

  // About one of its options; `field` is the path below the extension.
  void complain_at(std::string_view id, const SourcePath& field, const std::string& text) const;
  void warn_at(std::string_view id, const SourcePath& field, const std::string& text) const;
  void say_at(Severity severity, std::string_view id, const SourcePath& field,
              const std::string& text) const;

  // About two members of a oneof: protoc takes both as dotted options, and protobuf then forgets
  // the first without a word. Where the later one stands; nothing if not both are there.
  void complain_of_both(std::string_view id, const SourcePath& one, const SourcePath& other,
                        const std::string& text) const;

  // CL001, and half of CL003. nullopt after a complaint.
  std::optional<std::chrono::nanoseconds> duration(const SourcePath& field, std::string_view name,
                                                   const std::string& text,
                                                   Bound bound = Bound::more_than_zero) const;

 private:
  void say(Severity severity, std::string_view id, const SourcePath& path,
           const std::string& text) const;
  SourcePath option_path(const SourcePath& field) const;
  std::optional<Position> first_place(const SourcePath& field) const;

  const google::protobuf::FileDescriptor& file_;
  std::string subject_;
  SourcePath element_;
  int options_field_;
  Problems& problems_;
};

// The word for "without end", which max_duration alone may hold.
inline constexpr std::string_view kUnboundedWord = "unbounded";

// The value of an option between quotes, in a message of one line.
std::string quoted(std::string_view text);

}  // namespace cpp_lite::plugin
