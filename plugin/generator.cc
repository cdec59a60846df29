#include "generator.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <memory>

#include "header.h"
#include "model.h"
#include "parameters.h"
#include "problems.h"
#include "retry_config.h"
#include "source.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

void write_file(pb::compiler::GeneratorContext& context, const std::string& name,
                const std::string& text) {
  const std::unique_ptr<pb::io::ZeroCopyOutputStream> file(context.Open(name));
  pb::io::CodedOutputStream out(file.get());
  out.WriteRaw(text.data(), static_cast<int>(text.size()));
}

}  // namespace

bool Generator::Generate(const pb::FileDescriptor* file, const std::string& parameter,
                         pb::compiler::GeneratorContext* context, std::string* error) const {
  return GenerateAll({file}, parameter, context, error);
}

bool Generator::GenerateAll(const std::vector<const pb::FileDescriptor*>& files,
                            const std::string& parameter, pb::compiler::GeneratorContext* context,
                            std::string* error) const {
  const ParsedParameters parameters = parse_parameters(parameter);
  if (!parameters.error.empty()) {
    *error = parameters.error;
    return false;
  }
  if (files.empty()) return true;
  Problems problems(parameters.value.no_warn);
  const RetryConfig retry_config(parameters.value, *files.front()->pool(), problems);
  std::vector<File> models;
  for (const pb::FileDescriptor* file : files) {
    models.push_back(make_model(*file, {parameters.value, retry_config, problems}));
    if (parameters.value.reflection && file->service_count() > 0) {
      models.back().embedded = embedded_files(*file, originals_);
    }
  }
  warnings_ += problems.warnings();
  if (!problems.empty()) {
    *error = problems.report();
    return false;
  }
  for (const File& model : models) {
    if (model.services.empty() && !parameters.value.keep_empty_files) continue;
    write_file(*context, model.stem + ".lite.h", make_header(model));
    write_file(*context, model.stem + ".lite.cc", make_source(model));
  }
  return true;
}

#if GOOGLE_PROTOBUF_VERSION >= 5027000

std::uint64_t Generator::GetSupportedFeatures() const {
  return FEATURE_PROTO3_OPTIONAL | FEATURE_SUPPORTS_EDITIONS;
}

pb::Edition Generator::GetMinimumEdition() const { return pb::Edition::EDITION_PROTO2; }

pb::Edition Generator::GetMaximumEdition() const {
#if GOOGLE_PROTOBUF_VERSION >= 6032000
  return pb::Edition::EDITION_2024;
#else
  return pb::Edition::EDITION_2023;
#endif
}

#else

// main.cc adds the support of editions, which this libprotoc does not know.
std::uint64_t Generator::GetSupportedFeatures() const { return FEATURE_PROTO3_OPTIONAL; }

#endif

}  // namespace cpp_lite::plugin
