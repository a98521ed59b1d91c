// expect: heddle/checker.*(file not found|No such file or directory)
// sees: model
// The layers point one way: model/ knows nothing of checker/. Every folder has a CMakeLists.txt, so
// only the include path can be the reason that this one is not found.
#include <heddle/checker/CMakeLists.txt>
