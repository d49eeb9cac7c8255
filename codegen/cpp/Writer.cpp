// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/cpp/Writer.h"
#include "llvm/ADT/StringRef.h"

namespace nnc::cpp {

static constexpr size_t columns = 100;

/// +1 or -1 where a bracket opens or closes; an angle bracket has no space around it.
static int nesting(llvm::StringRef text, size_t i) {
  bool isComparison = i > 0 && text[i - 1] == ' ';
  switch (text[i]) {
  case '(':
  case '[':
    return 1;
  case ')':
  case ']':
    return -1;
  case '<':
    return isComparison ? 0 : 1;
  case '>':
    return isComparison || text[i - 1] == '>' ? 0 : -1;
  default:
    return 0;
  }
}

/// Where to break `text`, which does not fit into `width`: behind a comma or an operator, as little
/// nested as possible and not before the middle; else behind a parenthesis; npos if there is none.
static size_t findBreak(llvm::StringRef text, size_t width) {
  size_t best = llvm::StringRef::npos;
  int depth = 0, bestDepth = 1 << 20;
  for (size_t i = 1; i < text.size() && i <= width; ++i) {
    depth += nesting(text, i);
    bool isBehindOperator = llvm::StringRef(",;=+-*/%&|^?:<>").contains(text[i - 1]);
    if (text[i] == ' ' && isBehindOperator && i > width / 2 && depth <= bestDepth) {
      best = i;
      bestDepth = depth;
    }
  }
  if (best != llvm::StringRef::npos)
    return best + 1;
  size_t parenthesis = text.take_front(width).rfind('(');
  return parenthesis == llvm::StringRef::npos ? parenthesis : parenthesis + 1;
}

void Writer::line(const llvm::Twine &content) {
  std::string whole = content.str();
  llvm::StringRef rest = whole;
  size_t indent = static_cast<size_t>(indentation) * 2;
  while (indent + rest.size() > columns) {
    size_t at = findBreak(rest, columns - indent);
    if (at == llvm::StringRef::npos)
      break;
    text.append(indent, ' ').append(rest.take_front(at).rtrim()).append("\n");
    rest = rest.drop_front(at);
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
