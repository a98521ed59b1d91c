// main() of a suite binary that has none of its own.
#include <heddle/suite/run.h>

int main(int argc, char** argv) {
  return heddle::run_suite(argc, argv);
}
