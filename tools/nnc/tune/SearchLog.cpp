// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/tune/SearchLog.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nnc::tools {
namespace {

template <typename T> json::Array toArray(const std::vector<T> &numbers) {
  json::Array array;
  for (T number : numbers)
    array.push_back(number);
  return array;
}

/// Whether `value` is an array of numbers, which are appended.
template <typename T> bool readNumbers(const json::Value *value, std::vector<T> &numbers) {
  const json::Array *array = value ? value->getAsArray() : nullptr;
  if (!array)
    return false;
  for (const json::Value &element : *array) {
    std::optional<double> number = element.getAsNumber();
    if (!number)
      return false;
    numbers.push_back(static_cast<T>(*number));
  }
  return true;
}

std::string toLine(json::Object object) {
  return formatv("{0}", json::Value(std::move(object))).str();
}

} // namespace

bool SearchLog::readLine(StringRef line) {
  Expected<json::Value> value = json::parse(line);
  if (!value)
    return consumeError(value.takeError()), false;
  const json::Object *object = value->getAsObject();
  if (!object)
    return false;
  std::optional<double> loss = object->getNumber("loss"), wrong = object->getNumber("wrong"),
                        rest = object->getNumber("rest");
  std::optional<int64_t> level = object->getInteger("level");
  Levels levels;
  LayerTimes layers;
  if (loss && wrong && readNumbers(object->get("levels"), levels))
    return scores[levels] = Score{*loss, *wrong}, true;
  if (!rest || !level || !readNumbers(object->get("seconds"), layers.layers))
    return false;
  layers.rest = *rest;
  times[static_cast<unsigned>(*level)] = layers;
  return true;
}

Expected<SearchLog> SearchLog::open(std::string path, const std::string &subject) {
  SearchLog log(std::move(path));
  std::string first = toLine(json::Object{{"subject", subject}});
  auto file = MemoryBuffer::getFile(log.path, /*IsText=*/true);
  if (!file) {
    if (Error error = log.append(first))
      return std::move(error);
    return log;
  }
  SmallVector<StringRef> lines;
  (*file)->getBuffer().split(lines, '\n', -1, /*KeepEmpty=*/false);
  if (lines.empty() || lines.front() != first)
    return createStringError("'" + log.path +
                             "' is the log of another search; give another folder, or remove it");
  bool isWhole = (*file)->getBuffer().ends_with("\n");
  for (StringRef line : drop_begin(lines))
    if (!log.readLine(line) && (line.data() != lines.back().data() || isWhole))
      return createStringError("'" + log.path + "' has a line that is no measurement: " + line);
  // A line that was cut off is measured again.
  if (!isWhole)
    if (Error error = log.append(""))
      return std::move(error);
  return log;
}

Error SearchLog::append(const std::string &line) const {
  std::error_code code;
  raw_fd_ostream os(path, code, sys::fs::CD_OpenAlways, sys::fs::FA_Write, sys::fs::OF_Append);
  if (code)
    return createStringError("'" + path + "': " + code.message());
  os << line << "\n";
  return Error::success();
}

std::optional<Score> SearchLog::findScore(const Levels &levels) const {
  auto found = scores.find(levels);
  return found == scores.end() ? std::nullopt : std::optional(found->second);
}

std::optional<LayerTimes> SearchLog::findTimes(unsigned level) const {
  auto found = times.find(level);
  return found == times.end() ? std::nullopt : std::optional(found->second);
}

Error SearchLog::addScore(const Levels &levels, const Score &score) {
  scores[levels] = score;
  return append(toLine(
      json::Object{{"levels", toArray(levels)}, {"loss", score.loss}, {"wrong", score.wrong}}));
}

Error SearchLog::addTimes(unsigned level, const LayerTimes &layers) {
  times[level] = layers;
  return append(toLine(
      json::Object{{"level", level}, {"seconds", toArray(layers.layers)}, {"rest", layers.rest}}));
}

} // namespace nnc::tools
