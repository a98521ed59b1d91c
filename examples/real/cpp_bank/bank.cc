// The bank of examples/real/withdraw in C++, compiled to a canister without a library. A call's
// continuation is a function of the module and a number, here the index of a withdrawal.
//
// `withdraw` is buggy: what was read before the call is written back after it, whatever has
// happened meanwhile. `withdraw_deducting` is fixed: it deducts in the execution that looked, and
// gives back what was not paid. As models: Bank and DeductingBank in examples/withdraw/bank.h.
#include <stddef.h>
#include <stdint.h>

#define IC0(name) extern "C" __attribute__((import_module("ic0"), import_name(#name)))
#define EXPORT(name) extern "C" __attribute__((export_name(name)))

using Callback = void (*)(uint32_t withdrawal);

IC0(msg_arg_data_size) size_t msg_arg_data_size();
IC0(msg_arg_data_copy) void msg_arg_data_copy(void* to, size_t offset, size_t size);
IC0(msg_reject_msg_size) size_t msg_reject_msg_size();
IC0(msg_reject_msg_copy) void msg_reject_msg_copy(void* to, size_t offset, size_t size);
IC0(msg_reply_data_append) void msg_reply_data_append(const void* from, size_t size);
IC0(msg_reply) void msg_reply();
IC0(msg_reject) void msg_reject(const void* from, size_t size);
IC0(call_new)
void call_new(const void* callee, size_t callee_size, const void* method, size_t method_size,
              Callback reply, uint32_t reply_env, Callback reject, uint32_t reject_env);
IC0(call_data_append) void call_data_append(const void* from, size_t size);
IC0(call_perform) uint32_t call_perform();
IC0(trap) [[noreturn]] void trap(const void* from, size_t size);

// The interface, as a custom section.
asm(R"(.section ".custom_section.icp:public candid:service","",@
.ascii "service : (principal, nat) -> {\n  get : () -> (nat) query;\n"
.ascii "  withdraw : (nat) -> ();\n  withdraw_deducting : (nat) -> ();\n}"
)");

namespace {

template <size_t kSize>
[[noreturn]] void fail(const char (&message)[kSize]) {
  trap(message, kSize - 1);
}

// What a withdrawal must remember while it waits for the ledger.
struct Withdrawal {
  bool waiting;
  uint64_t before;
  uint64_t amount;
};

constexpr size_t kWithdrawalsMax = 500;  // as many as calls to the ledger can be in flight

struct Principal {
  uint8_t bytes[29];
  uint8_t size;
};

Principal ledger;
uint64_t balance;
Withdrawal withdrawals[kWithdrawalsMax];

constexpr char kNothing[] = {'D', 'I', 'D', 'L', 0, 0};
constexpr char kOneNat[] = {'D', 'I', 'D', 'L', 0, 1, 0x7d};
constexpr char kPrincipalAndNat[] = {'D', 'I', 'D', 'L', 0, 2, 0x68, 0x7d};

// A number as Candid has it.
struct Nat {
  explicit Nat(uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
      bytes[size++] = static_cast<uint8_t>(value | 0x80);
    }
    bytes[size++] = static_cast<uint8_t>(value);
  }

  uint8_t bytes[10];
  size_t size = 0;
};

// The arguments of the message, read from the front.
class Arguments {
 public:
  // Traps unless their types are those of the header.
  template <size_t kHeaderSize>
  explicit Arguments(const char (&header)[kHeaderSize]) : size_(msg_arg_data_size()) {
    if (size_ > sizeof bytes_) {
      fail("arguments too long");
    }
    msg_arg_data_copy(bytes_, 0, size_);
    for (const char expected : header) {
      if (byte() != static_cast<uint8_t>(expected)) {
        fail("arguments of other types");
      }
    }
  }

  uint8_t byte() {
    if (at_ == size_) {
      fail("arguments too short");
    }
    return bytes_[at_++];
  }

  uint64_t nat() {
    uint64_t value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      const uint8_t next = byte();
      value |= static_cast<uint64_t>(next & 0x7f) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    fail("number too large");
  }

  Principal principal() {
    Principal id{};
    if (byte() != 1) {
      fail("opaque principal");
    }
    id.size = byte();
    if (id.size > sizeof id.bytes) {
      fail("principal too long");
    }
    for (uint8_t i = 0; i < id.size; ++i) {
      id.bytes[i] = byte();
    }
    return id;
  }

 private:
  uint8_t bytes_[64];
  size_t size_;
  size_t at_ = 0;
};

void reply_nothing() {
  msg_reply_data_append(kNothing, sizeof kNothing);
  msg_reply();
}

void reject_insufficient_funds() {
  constexpr char kText[] = "insufficient funds";
  msg_reject(kText, sizeof kText - 1);
}

// Rejects the caller as the ledger has rejected us.
void pass_reject_on() {
  char text[200];
  size_t size = msg_reject_msg_size();
  if (size > sizeof text) {
    size = sizeof text;
  }
  msg_reject_msg_copy(text, 0, size);
  msg_reject(text, size);
}

// Awaits `ledger.pay(amount)`, and goes on with one of the two functions.
void pay(uint64_t before, uint64_t amount, Callback on_reply, Callback on_reject) {
  uint32_t slot = 0;
  while (slot < kWithdrawalsMax && withdrawals[slot].waiting) {
    ++slot;
  }
  if (slot == kWithdrawalsMax) {
    fail("too many withdrawals");
  }
  withdrawals[slot] = {true, before, amount};
  call_new(ledger.bytes, ledger.size, "pay", 3, on_reply, slot, on_reject, slot);
  call_data_append(kOneNat, sizeof kOneNat);
  const Nat argument(amount);
  call_data_append(argument.bytes, argument.size);
  if (call_perform() != 0) {
    fail("the ledger cannot be called");
  }
}

// The withdrawal whose answer has come.
Withdrawal resumed(uint32_t slot) {
  const Withdrawal withdrawal = withdrawals[slot];
  withdrawals[slot] = {};
  return withdrawal;
}

void withdraw_paid(uint32_t slot) {
  const Withdrawal withdrawal = resumed(slot);
  balance = withdrawal.before - withdrawal.amount;
  reply_nothing();
}

void withdraw_refused(uint32_t slot) {
  resumed(slot);
  pass_reject_on();
}

void withdraw_deducting_paid(uint32_t slot) {
  resumed(slot);
  reply_nothing();
}

void withdraw_deducting_refused(uint32_t slot) {
  balance += resumed(slot).amount;
  pass_reject_on();
}

}  // namespace

EXPORT("canister_init") void init() {
  Arguments arguments(kPrincipalAndNat);
  ledger = arguments.principal();
  balance = arguments.nat();
}

EXPORT("canister_query get") void get() {
  const Nat answer(balance);
  msg_reply_data_append(kOneNat, sizeof kOneNat);
  msg_reply_data_append(answer.bytes, answer.size);
  msg_reply();
}

EXPORT("canister_update withdraw") void withdraw() {
  const uint64_t amount = Arguments(kOneNat).nat();
  const uint64_t before = balance;
  if (before < amount) {
    reject_insufficient_funds();
    return;
  }
  pay(before, amount, withdraw_paid, withdraw_refused);
}

EXPORT("canister_update withdraw_deducting") void withdraw_deducting() {
  const uint64_t amount = Arguments(kOneNat).nat();
  if (balance < amount) {
    reject_insufficient_funds();
    return;
  }
  balance -= amount;
  pay(0, amount, withdraw_deducting_paid, withdraw_deducting_refused);
}
