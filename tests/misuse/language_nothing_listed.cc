// expect: the class lists no methods: write HEDDLE_CANISTER
// sees: model
// Without the list nobody could call it.
#include <heddle/model/language.h>

using namespace heddle;

class Bank : public Canister {
 public:
  Update<> withdraw() { co_return; }

  Var<Nat> balance{this, "balance"};
};

const auto kBank = make_program<Bank>(0, "bank");
