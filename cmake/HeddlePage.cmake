# cmake -DFOLDER=<traces/page> -DOUTPUT=<file.cc> -P HeddlePage.cmake
#
# Turns the page's sources into C++: bytes, and the hashes by which the page's policy knows its style and script. The
# scripts share one scope and are joined in the order in which they build on each other.
set(scripts values.js story.js model.js lanes.js elements.js layout.js drawing.js diagram.js panels.js compare.js comparison.js navigation.js
  finding.js page.js)

file(READ "${FOLDER}/page.html" frame)
file(READ "${FOLDER}/live.html" live_frame)
file(READ "${FOLDER}/page.css" style)
set(script "\n'use strict';\n(() => {\n")
foreach(name IN LISTS scripts)
  file(READ "${FOLDER}/${name}" text)
  string(APPEND script "${text}\n")
endforeach()
string(APPEND script "})();\n")
file(READ "${FOLDER}/live.js" live_script)
set(live_script "\n'use strict';\n(() => {\n${live_script}\n})();\n")
# The end of the element would end the script, wherever it stood.
if("${script}${live_script}${style}" MATCHES "</(script|style)|<!--")
  message(FATAL_ERROR "traces/page: a script or style may not contain '</script', '</style' or '<!--'")
endif()

# CMake knows SHA-256 in hexadecimal; a policy wants base64.
function(to_base64 hex result)
  set(alphabet ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
  set(text "")
  # 64 digits are 32 bytes: ten groups of three, and two bytes more.
  foreach(group RANGE 0 10)
    math(EXPR at "${group} * 6")
    string(SUBSTRING "${hex}0000" ${at} 6 digits)
    foreach(shift 18 12 6 0)
      math(EXPR index "(0x${digits} >> ${shift}) & 63")
      string(SUBSTRING "${alphabet}" ${index} 1 letter)
      string(APPEND text "${letter}")
    endforeach()
  endforeach()
  string(SUBSTRING "${text}" 0 43 text)
  set(${result} "${text}=" PARENT_SCOPE)
endfunction()

set(code "// Made by cmake/HeddlePage.cmake from traces/page/.\n#include <heddle/traces/internal/page.h>\n\n")
string(APPEND code "namespace heddle::internal {\nnamespace {\n\n")
foreach(part frame style script live_frame live_script)
  string(HEX "${${part}}" hex)
  string(LENGTH "${${part}}" ${part}_size)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  string(REGEX REPLACE "(......................................................................)" "\\1\n" bytes "${bytes}")
  string(APPEND code "constexpr char k${part}[] = {\n${bytes}\n};\n")
  string(SHA256 hash "${${part}}")
  to_base64("${hash}" ${part}_hash)
endforeach()
string(APPEND code "\n}  // namespace\n\nconst PageSources kPageSources{\n"
  "    .frame = {kframe, sizeof(kframe)},\n"
  "    .style = {kstyle, sizeof(kstyle)},\n"
  "    .script = {kscript, sizeof(kscript)},\n"
  "    .live_frame = {klive_frame, sizeof(klive_frame)},\n"
  "    .live_script = {klive_script, sizeof(klive_script)},\n"
  "    .style_hash = \"${style_hash}\",\n"
  "    .script_hash = \"${script_hash}\",\n"
  "    .live_script_hash = \"${live_script_hash}\"};\n\n}  // namespace heddle::internal\n")
file(WRITE "${OUTPUT}" "${code}")
