// expect: HEDDLE_FIELDS\(Type, ...\) must list all of its fields, each once
// sees: model
// A field that is not listed would silently be no part of the state.
#include <heddle/model/value.h>

struct Account {
  heddle::Principal owner;
  heddle::Nat balance;
  HEDDLE_FIELDS(Account, owner)
};

std::string use(const Account& account) {
  return heddle::to_bytes(account);
}
