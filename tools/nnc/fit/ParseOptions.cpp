// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/fit/ParseOptions.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace nnc::fit;
using llvm::StringRef;

namespace nnc::tools {

llvm::Expected<double> parseDuration(StringRef option, StringRef text) {
  StringRef number = text;
  double unit = number.consume_back("h") ? 3600 : number.consume_back("m") ? 60 : 1;
  number.consume_back("s");
  double value;
  if (number.getAsDouble(value) || !(value > 0) || !std::isfinite(value))
    return llvm::createStringError(option + "=" + text +
                                   ": not a time; 90, 90s, 5m and 1h are some");
  return value * unit;
}

llvm::Expected<std::map<std::string, double>> parseNumbers(StringRef option,
                                                           llvm::ArrayRef<std::string> texts) {
  std::map<std::string, double> numbers;
  for (StringRef text : texts) {
    auto [name, number] = text.rsplit('=');
    double value;
    if (name.empty() || number.getAsDouble(value) || !std::isfinite(value))
      return llvm::createStringError(option + "=" + text + ": not NAME=NUMBER");
    numbers[name.str()] = value;
  }
  return numbers;
}

static std::string listSettings(const Technique &technique) {
  if (technique.settings.empty())
    return "it has none";
  return "it has " +
         llvm::join(llvm::map_range(technique.settings,
                                    [](const Setting &setting) {
                                      std::string text;
                                      llvm::raw_string_ostream(text)
                                          << setting.name << " ("
                                          << llvm::format("%g to %g", setting.low, setting.high)
                                          << ": " << setting.summary << ")";
                                      return text;
                                    }),
                    ", ");
}

llvm::Expected<std::map<std::string, std::map<std::string, double>>>
parseSettings(StringRef option, llvm::ArrayRef<std::string> texts) {
  auto numbers = parseNumbers(option, texts);
  if (!numbers)
    return numbers.takeError();
  std::map<std::string, std::map<std::string, double>> settings;
  for (const auto &[name, number] : *numbers) {
    auto [techniqueName, settingName] = StringRef(name).split('.');
    const Technique *technique = findTechnique(techniqueName);
    if (!technique)
      return llvm::createStringError(option + "=" + name + ": there is no technique '" +
                                     techniqueName + "'");
    auto setting =
        llvm::find_if(technique->settings, [&, &wanted = settingName](const Setting &one) {
          return wanted == one.name;
        });
    if (setting == technique->settings.end() || number < setting->low || number > setting->high ||
        (setting->isInteger && number != std::round(number)))
      return llvm::createStringError(option + "=" + name + ": no setting of " + techniqueName +
                                     ", or out of its range; " + listSettings(*technique));
    settings[techniqueName.str()][settingName.str()] = number;
  }
  return settings;
}

} // namespace nnc::tools
