#include "traces/tools.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include <fmt/format.h>

namespace heddle::test {

bool has_program(std::string_view program) {
  return std::system(fmt::format("command -v {} >/dev/null 2>&1", program).c_str()) == 0;
}

std::string complaint_of(std::string_view command, std::string_view text, std::string_view suffix) {
  static int number = 0;
  const std::filesystem::path folder = std::filesystem::temp_directory_path() /
                                       fmt::format("heddle_tools_{}_{}", getpid(), ++number);
  std::filesystem::create_directories(folder);
  const std::string file = (folder / fmt::format("exported{}", suffix)).string();
  std::ofstream(file, std::ios::binary) << text;
  std::string line(command);
  for (std::size_t at = line.find("{}"); at != std::string::npos; at = line.find("{}", at)) {
    line.replace(at, 2, file);
    at += file.size();
  }
  const std::string output = (folder / "output").string();
  // Debian's python3 comes before any other.
  const int status =
      std::system(fmt::format("( PATH=/usr/bin:$PATH; {} ) >{} 2>&1", line, output).c_str());
  std::ifstream in(output, std::ios::binary);
  const std::string said{std::istreambuf_iterator<char>(in), {}};
  std::filesystem::remove_all(folder);
  return status == 0 ? std::string() : said.empty() ? "it failed and said nothing" : said;
}

}  // namespace heddle::test
