// expect: heddle/traces.*(file not found|No such file or directory)
// sees: checker
// The layers point one way: checker/ knows nothing of traces/. Every folder has a CMakeLists.txt,
// so only the include path can be the reason that this one is not found.
#include <heddle/traces/CMakeLists.txt>
