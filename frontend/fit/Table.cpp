// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/Table.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>
#include <optional>

using llvm::StringRef;

namespace nnc::fit {
namespace {

/// The lines of a text, split into cells.
class Reader {
public:
  Reader(StringRef text, StringRef path, llvm::ArrayRef<std::string> categorical)
      : rest(text), path(path), categorical(categorical) {
    rest.consume_front("\xEF\xBB\xBF"); // the mark that spreadsheets write
    separator = findSeparator(rest);
  }

  llvm::Expected<Table> read() {
    if (rest.starts_with("\xFF\xFE") || rest.starts_with("\xFE\xFF"))
      return createError("is UTF-16; wanted is UTF-8");
    llvm::SmallVector<std::string> cells;
    if (!nextLine(cells))
      return createError("is empty; wanted is a table with a row for each result");
    if (llvm::Error error = makeColumns(cells))
      return error;
    for (bool isRow = hasHeader ? nextLine(cells) : true; isRow; isRow = nextLine(cells))
      if (llvm::Error error = addRow(cells))
        return error;
    if (table.countRows() == 0)
      return createError("has a header but no rows");
    return std::move(table);
  }

private:
  /// A tab or semicolon outside quotes before a comma, which may be in numbers. Blanks where both
  /// of the first lines have them: one of them may be in a name.
  static char findSeparator(StringRef text) {
    auto [header, others] = text.split('\n');
    llvm::SmallVector<StringRef> parts;
    header.split(parts, '"');
    for (char candidate : {'\t', ';', ','})
      for (size_t part = 0; part < parts.size(); part += 2)
        if (parts[part].contains(candidate))
          return candidate;
    StringRef second = others.ltrim().take_until([](char c) { return c == '\n'; });
    return header.trim().contains(' ') && second.trim().contains(' ') ? ' ' : ',';
  }

  bool nextLine(llvm::SmallVectorImpl<std::string> &cells) {
    while (!rest.empty()) {
      cells.clear();
      ++line;
      readCells(cells);
      if (cells.size() > 1 || !StringRef(cells.front()).trim().empty())
        return true;
    }
    return false;
  }

  /// Cells up to the end of the line; quotes may hold separators and lines, and two of them are
  /// one.
  void readCells(llvm::SmallVectorImpl<std::string> &cells) {
    std::string cell;
    bool isQuoted = false;
    size_t at = 0;
    for (; at < rest.size(); ++at) {
      char c = rest[at];
      if (c == '"') {
        if (isQuoted && at + 1 < rest.size() && rest[at + 1] == '"')
          cell += rest[++at];
        else
          isQuoted = !isQuoted;
      } else if (!isQuoted && c == separator) {
        // Blanks at a line's ends and more than one separate nothing.
        if (separator != ' ' || !cell.empty())
          cells.push_back(std::move(cell));
        cell.clear();
      } else if (!isQuoted && c == '\n') {
        break;
      } else if (c != '\r') {
        cell += c;
      }
    }
    rest = rest.drop_front(std::min(at + 1, rest.size()));
    if (separator != ' ' || !cell.empty() || cells.empty())
      cells.push_back(std::move(cell));
  }

  static bool isMissing(StringRef cell) {
    return cell.empty() || cell == "?" || cell.equals_insensitive("na") ||
           cell.equals_insensitive("nan");
  }

  static std::optional<double> readDouble(StringRef text) {
    double number;
    return text.getAsDouble(number) ? std::nullopt : std::optional(number);
  }

  /// Between semicolons a number may have a decimal comma, as in spreadsheets of half of Europe.
  std::optional<double> readNumber(StringRef cell) const {
    if (separator == ';' && !cell.contains('.') && cell.count(',') == 1) {
      auto [whole, fraction] = cell.split(',');
      return readDouble((whole + "." + fraction).str());
    }
    return readDouble(cell);
  }

  llvm::Error makeColumns(llvm::ArrayRef<std::string> cells) {
    hasHeader = llvm::any_of(
        cells, [&](StringRef cell) { return !isMissing(cell.trim()) && !readNumber(cell.trim()); });
    llvm::StringMap<size_t> seen;
    for (auto [index, cell] : llvm::enumerate(cells)) {
      std::string name = hasHeader ? StringRef(cell).trim().str() : "x" + std::to_string(index + 1);
      if (name.empty())
        return createError(llvm::formatv("column {0} has no name", index + 1).str());
      if (!seen.try_emplace(name, index).second)
        return createError("two columns are named '" + name + "'");
      table.columns.push_back({name, {}, {}});
    }
    for (const std::string &name : categorical) {
      auto found = seen.find(name);
      if (found == seen.end())
        return createError("there is no column '" + name + "'; there are " + listNames());
      isCategorical.insert(found->second);
    }
    return llvm::Error::success();
  }

  llvm::Error addRow(llvm::ArrayRef<std::string> cells) {
    if (cells.size() != table.columns.size())
      return createError(llvm::formatv("line {0} has {1} cells, but the table has {2} columns",
                                       line, cells.size(), table.columns.size())
                             .str());
    for (auto [index, cell] : llvm::enumerate(cells)) {
      llvm::Expected<double> number = readCell(index, StringRef(cell).trim());
      if (!number)
        return number.takeError();
      table.columns[index].numbers.push_back(*number);
    }
    return llvm::Error::success();
  }

  llvm::Expected<double> readCell(size_t index, StringRef cell) {
    if (isMissing(cell))
      return std::nan("");
    Column &column = table.columns[index];
    if (isCategorical.contains(index)) {
      auto found = llvm::find(column.categories, cell.str());
      size_t number = found - column.categories.begin();
      if (found == column.categories.end())
        column.categories.push_back(cell.str());
      return static_cast<double>(number);
    }
    std::optional<double> number = readNumber(cell);
    if (!number || !std::isfinite(*number))
      return createError(llvm::formatv("line {0}, column '{1}': '{2}' is no finite number; if the "
                                       "column holds categories, say --categorical={1}",
                                       line, column.name, cell)
                             .str());
    return *number;
  }

  std::string listNames() const {
    return llvm::join(llvm::map_range(table.columns, [](const Column &c) { return c.name; }), ", ");
  }

  llvm::Error createError(const std::string &what) const {
    return llvm::createStringError("'" + path + "': " + what);
  }

  StringRef rest, path;
  llvm::ArrayRef<std::string> categorical;
  llvm::DenseSet<size_t> isCategorical;
  char separator = ',';
  size_t line = 0;
  bool hasHeader = false;
  Table table;
};

} // namespace

const Column *Table::find(StringRef name) const {
  auto found = llvm::find_if(columns, [&](const Column &column) { return column.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

llvm::Expected<Table> parseTable(StringRef text, StringRef path,
                                 llvm::ArrayRef<std::string> categorical) {
  return Reader(text, path, categorical).read();
}

llvm::Expected<Table> readTable(StringRef path, llvm::ArrayRef<std::string> categorical) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!file)
    return llvm::createStringError("'" + path + "': " + file.getError().message());
  return parseTable((*file)->getBuffer(), path, categorical);
}

llvm::Error renumber(Column &column, llvm::ArrayRef<std::string> categories) {
  for (double &number : column.numbers) {
    if (std::isnan(number))
      continue;
    const std::string &text = column.categories[static_cast<size_t>(number)];
    const auto *found = llvm::find(categories, text);
    if (found == categories.end())
      return llvm::createStringError("column '" + column.name + "': the model knows no '" + text +
                                     "'; it knows " + llvm::join(categories, ", "));
    number = static_cast<double>(found - categories.begin());
  }
  return llvm::Error::success();
}

} // namespace nnc::fit
