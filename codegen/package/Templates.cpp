// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Templates.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace nnc::codegen {

namespace {

struct EmbeddedFile {
  StringRef name;
  StringRef text;
};

const EmbeddedFile kTemplates[] = {
#include "codegen/package/Templates.inc"
};

const EmbeddedFile kRuntime[] = {
#include "codegen/package/Runtime.inc"
};

std::optional<StringRef> findFile(ArrayRef<EmbeddedFile> files, StringRef name) {
  const auto *found = find_if(files, [&](const EmbeddedFile &file) { return file.name == name; });
  return found == files.end() ? std::nullopt : std::optional(found->text);
}

/// Copies runtime headers line by line, replacing the includes of each other.
class RuntimeInliner {
public:
  RuntimeInliner(std::set<std::string> &system, bool guarded, std::set<std::string> elsewhere)
      : system(system), guarded(guarded), seen(std::move(elsewhere)) {}

  void addHeader(StringRef name) {
    std::optional<StringRef> text = findRuntimeHeader(name);
    if (!text || !seen.insert(name.str()).second)
      return;
    result += "\n// runtime/" + name.str() + "\n";
    for (StringRef rest = text->split('\n').second; !rest.empty();) { // after the licence
      auto [line, behind] = rest.split('\n');
      if (isGuard(line))
        result += guarded ? line.str() + "\n" : "";
      else
        addLine(line);
      rest = behind;
    }
  }

  std::string result;

private:
  /// Whether the line belongs to the include guard.
  static bool isGuard(StringRef line) {
    return line.contains("NNC_RUNTIME_") && line.ends_with("_H");
  }

  void addLine(StringRef line) {
    StringRef included = line;
    if (included.consume_front("#include \""))
      return addHeader(included.split('"').first);
    if (included.consume_front("#include ")) {
      if (conditions == 0)
        system.insert(included.trim().str());
      if (system.count(included.trim().str()))
        return;
    }
    if (line.starts_with("#if"))
      ++conditions;
    if (line.starts_with("#endif"))
      --conditions;
    result += line.str() + "\n";
  }

  std::set<std::string> &system;
  bool guarded;
  std::set<std::string> seen;
  int conditions = 0;
};

} // namespace

StringRef getTemplate(StringRef name) {
  std::optional<StringRef> text = findFile(kTemplates, name);
  assert(text && "no such template");
  return *text;
}

std::optional<StringRef> findRuntimeHeader(StringRef name) { return findFile(kRuntime, name); }

std::string inlineRuntime(const std::set<std::string> &headers, std::set<std::string> &system,
                          bool guarded, const std::set<std::string> &elsewhere) {
  RuntimeInliner inliner(system, guarded, elsewhere);
  for (const std::string &header : headers)
    inliner.addHeader(header);
  return inliner.result;
}

} // namespace nnc::codegen
