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
  explicit RuntimeInliner(std::set<std::string> &system) : system(system) {}

  void addHeader(StringRef name) {
    std::optional<StringRef> text = findRuntimeHeader(name);
    if (!text || !seen.insert(name.str()).second)
      return;
    result += "\n// runtime/" + name.str() + "\n";
    for (StringRef rest = text->split('\n').second; !rest.empty();) { // after the licence
      auto [line, behind] = rest.split('\n');
      addLine(line);
      rest = behind;
    }
  }

  std::string result;

private:
  void addLine(StringRef line) {
    StringRef included = line;
    if (included.consume_front("#include \""))
      return addHeader(included.split('"').first);
    if (included.consume_front("#include ") && conditions <= 1) { // only the include guard is open
      system.insert(included.trim().str());
      return;
    }
    if (line.starts_with("#if"))
      ++conditions;
    if (line.starts_with("#endif"))
      --conditions;
    result += line.str() + "\n";
  }

  std::set<std::string> &system;
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

std::string inlineRuntime(const std::set<std::string> &headers, std::set<std::string> &system) {
  RuntimeInliner inliner(system);
  for (const std::string &header : headers)
    inliner.addHeader(header);
  return inliner.result;
}

} // namespace nnc::codegen
