// The formats in which a trace is written for other tools and people, in one table.
//
// A new format is a file that writes it, and a row in formats.cc.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <heddle/traces/text_options.h>
#include <heddle/traces/trace.h>

namespace heddle {

struct ExportFormat {
  std::string_view name;
  std::string_view help;  ///< what it is, in a few words
  /// The whole file. Only text for people looks at the options.
  std::string (*write)(const Trace& trace, const TextOptions& options);
};

/// In order of name.
std::span<const ExportFormat> export_formats();

/// Null when there is none of that name.
const ExportFormat* find_export_format(std::string_view name);

}  // namespace heddle
