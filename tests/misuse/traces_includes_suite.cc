// expect: heddle/suite.*(file not found|No such file or directory)
// sees: traces
// The layers point one way: traces/ knows nothing of suite/. Every folder has a CMakeLists.txt, so
// only the include path can be the reason that this one is not found.
#include <heddle/suite/CMakeLists.txt>
