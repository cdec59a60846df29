// The plugin as libprotoc sees it: all files of a run in, generated files or all their problems
// out.
#pragma once

#include <google/protobuf/compiler/code_generator.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "embedded.h"

namespace cpp_lite::plugin {

class Generator final : public google::protobuf::compiler::CodeGenerator {
 public:
  // Warnings are appended to `warnings`, one per line. `originals` are the files to embed, if any.
  explicit Generator(std::string& warnings, OriginalFiles originals = {})
      : warnings_(warnings), originals_(std::move(originals)) {}

  // One file, for callers that have only one; the same as GenerateAll.
  bool Generate(const google::protobuf::FileDescriptor* file, const std::string& parameter,
                google::protobuf::compiler::GeneratorContext* context,
                std::string* error) const override;

  // Overridden, because the default stops at the first problem and repeats that of a parameter for
  // every file. Writes nothing unless everything is fine.
  bool GenerateAll(const std::vector<const google::protobuf::FileDescriptor*>& files,
                   const std::string& parameter,
                   google::protobuf::compiler::GeneratorContext* context,
                   std::string* error) const override;

  std::uint64_t GetSupportedFeatures() const override;

#if GOOGLE_PROTOBUF_VERSION >= 5027000
  // Services depend on no feature, so every edition that this libprotobuf can load will do.
  google::protobuf::Edition GetMinimumEdition() const override;
  google::protobuf::Edition GetMaximumEdition() const override;
#endif

 private:
  std::string& warnings_;
  const OriginalFiles originals_;
};

}  // namespace cpp_lite::plugin
