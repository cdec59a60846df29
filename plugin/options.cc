#include "options.h"

#include <google/protobuf/descriptor.pb.h>

#include <tuple>

#include "config/duration.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

// An extension of someone else's may have our number; then its bytes are not for us.
bool is_ours(const pb::FileDescriptor& file, const pb::Descriptor& options, const char* name) {
  const auto* type = file.pool()->FindMessageTypeByName(std::string(options.full_name()));
  const auto* extension =
      type == nullptr ? nullptr : file.pool()->FindExtensionByNumber(type, kExtensionNumber);
  return extension == nullptr || extension->full_name() == name;
}

}  // namespace

const MethodPolicy& options_of(const pb::MethodDescriptor& method) {
  const auto& options = method.options();
  return is_ours(*method.service()->file(), *options.GetDescriptor(), "cpp_lite.method")
             ? options.GetExtension(::cpp_lite::method)
             : MethodPolicy::default_instance();
}

const ServicePolicy& options_of(const pb::ServiceDescriptor& service) {
  const auto& options = service.options();
  return is_ours(*service.file(), *options.GetDescriptor(), "cpp_lite.service")
             ? options.GetExtension(::cpp_lite::service)
             : ServicePolicy::default_instance();
}

const ServicePolicy& options_of(const pb::FileDescriptor& file) {
  const auto& options = file.options();
  return is_ours(file, *options.GetDescriptor(), "cpp_lite.file")
             ? options.GetExtension(::cpp_lite::file)
             : ServicePolicy::default_instance();
}

Site::Site(const pb::MethodDescriptor& method, Problems& problems)
    : file_(*method.service()->file()),
      subject_("method " + std::string(method.full_name())),
      element_(path_of(method)),
      options_field_(pb::MethodDescriptorProto::kOptionsFieldNumber),
      problems_(problems) {}

Site::Site(const pb::ServiceDescriptor& service, Problems& problems)
    : file_(*service.file()),
      subject_("service " + std::string(service.full_name())),
      element_(path_of(service)),
      options_field_(pb::ServiceDescriptorProto::kOptionsFieldNumber),
      problems_(problems) {}

Site::Site(const pb::FileDescriptor& file, Problems& problems)
    : file_(file),
      subject_("file"),
      options_field_(pb::FileDescriptorProto::kOptionsFieldNumber),
      problems_(problems) {}

void Site::say(Severity severity, std::string_view id, const SourcePath& path,
               const std::string& text) const {
  problems_.add(severity, position_of(file_, path), id, subject_ + ": " + text);
}

void Site::say_at(Severity severity, std::string_view id, const SourcePath& field,
                  const std::string& text) const {
  say(severity, id, option_path(field), text);
}

SourcePath Site::option_path(const SourcePath& field) const {
  return extend(extend(element_, {options_field_, kExtensionNumber}), field);
}

// Where a dotted option first says something of this field of ours, or of one inside of it.
std::optional<Position> Site::first_place(const SourcePath& field) const {
  std::optional<Position> first;
  const auto look_at = [&](const SourcePath& path) {
    pb::SourceLocation location;
    if (!file_.GetSourceLocation(option_path(path), &location)) return;
    const Position place = {std::string(file_.name()), location.start_line + 1,
                            location.start_column + 1};
    if (!first || std::tie(place.line, place.column) < std::tie(first->line, first->column)) {
      first = place;
    }
  };
  constexpr int kMostFields = 16;  // no message of ours has more
  look_at(field);
  for (int inner = 1; inner < kMostFields; ++inner) {
    look_at(extend(field, {inner}));
    look_at(extend(field, {inner, 0}));  // where it is a list
  }
  return first;
}

void Site::complain_of_both(std::string_view id, const SourcePath& one, const SourcePath& other,
                            const std::string& text) const {
  const auto a = first_place(one), b = first_place(other);
  if (!a || !b) return;
  const bool a_is_later = std::tie(a->line, a->column) > std::tie(b->line, b->column);
  problems_.add(Severity::error, a_is_later ? *a : *b, id, subject_ + ": " + text);
}

void Site::complain(std::string_view id, const std::string& text) const {
  say(Severity::error, id, element_, text);
}

void Site::warn(std::string_view id, const std::string& text) const {
  say(Severity::warning, id, element_, text);
}

void Site::complain_at(std::string_view id, const SourcePath& field,
                       const std::string& text) const {
  say_at(Severity::error, id, field, text);
}

void Site::warn_at(std::string_view id, const SourcePath& field, const std::string& text) const {
  say_at(Severity::warning, id, field, text);
}

std::optional<std::chrono::nanoseconds> Site::duration(const SourcePath& field,
                                                       std::string_view name,
                                                       const std::string& text, Bound bound) const {
  const std::string given = std::string(name) + " = " + quoted(text) + ": ";
  if (text == kUnboundedWord) {
    complain_at("CL003", field, given + "only stream.max_duration may be unbounded");
    return std::nullopt;
  }
  const auto value = config::parse_duration(text);
  if (!value) {
    complain_at("CL001", field,
                given + "not a duration; write seconds such as \"0.5s\" or \"30s\", at most " +
                    std::to_string(config::kMaxDurationSeconds) + "s");
    return std::nullopt;
  }
  const bool zero_is_fine = bound == Bound::zero_or_more;
  if (*value < config::Duration{} || (*value == config::Duration{} && !zero_is_fine)) {
    complain_at("CL001", field,
                given + (zero_is_fine ? "must not be negative" : "must be more than 0"));
    return std::nullopt;
  }
  return config::to_nanoseconds(*value);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 60)) out += c >= ' ' && c < '\x7f' ? c : '?';
  return out + (text.size() > 60 ? "...\"" : "\"");
}

}  // namespace cpp_lite::plugin
