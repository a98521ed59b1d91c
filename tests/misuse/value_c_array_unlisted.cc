// expect: decomposes into 2 elements|10 names provided
// sees: model
// Without names the compiler itself objects, at a line of ours that says what to use.
#include <heddle/model/value.h>

struct Board {
  heddle::Nat turn;
  int squares[9];
};

std::string use(const Board& board) {
  return heddle::to_bytes(board);
}
