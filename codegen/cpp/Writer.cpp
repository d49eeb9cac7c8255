// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/cpp/Writer.h"
#include "llvm/ADT/StringRef.h"

namespace nnc::cpp {

static constexpr size_t columns = 100;

/// Where to break `rest`, which does not fit into `width`: behind the last space that does, outside
/// the innermost parentheses if possible; npos if there is none.
static size_t findBreak(llvm::StringRef rest, size_t width) {
  size_t best = llvm::StringRef::npos;
  int depth = 0, bestDepth = 1 << 20;
  for (size_t i = 0; i < rest.size() && i <= width; ++i) {
    depth += rest[i] == '(' || rest[i] == '<' || rest[i] == '[';
    depth -= rest[i] == ')' || rest[i] == '>' || rest[i] == ']';
    if (rest[i] == ' ' && i > width / 2 && depth <= bestDepth) {
      best = i;
      bestDepth = depth;
    }
  }
  return best != llvm::StringRef::npos ? best : rest.find(' ', width / 2);
}

void Writer::line(const llvm::Twine &content) {
  std::string whole = content.str();
  llvm::StringRef rest = whole;
  size_t indent = static_cast<size_t>(indentation) * 2;
  while (indent + rest.size() > columns) {
    size_t at = findBreak(rest, columns - indent);
    if (at == llvm::StringRef::npos)
      break;
    text.append(indent, ' ').append(rest.take_front(at)).append("\n");
    rest = rest.drop_front(at + 1);
    indent = static_cast<size_t>(indentation) * 2 + 4;
  }
  text.append(indent, ' ').append(rest).append("\n");
}

void Writer::comment(llvm::StringRef content) {
  while (!content.empty()) {
    auto [first, others] = content.split('\n');
    text.append(static_cast<size_t>(indentation) * 2, ' ');
    text.append(first.empty() ? "//" : "// ").append(first).append("\n");
    content = others;
  }
}

void Writer::open(const llvm::Twine &head) {
  std::string start = head.str();
  line(start.empty() ? "{" : start + " {");
  ++indentation;
}

void Writer::close(const llvm::Twine &tail) {
  --indentation;
  line("}" + tail);
}

} // namespace nnc::cpp
