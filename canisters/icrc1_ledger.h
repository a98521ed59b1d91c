// A ledger of fungible tokens by the standards ICRC-1 and ICRC-2
// (https://github.com/dfinity/ICRC-1), for scenarios in which canisters move tokens.
//
//     auto ledger = s.install<Icrc1Ledger>("ledger", icrc1::Options{
//         .balances = {{Principal::named("alice"), 100}}, .fee = 1});
//
// In a scenario file it is `model = "icrc1_ledger"`. It answers compiled canisters in Candid, with
// the interface that the standards publish (`Icrc1Ledger::candid`). What the standards leave open
// is done as by DFINITY's ledgers: fees are burnt, a transaction is known again for a day and two
// minutes, at least the fee is burnt at once. There are no archives and no blocks to be read: of a
// transaction its index is kept, and itself only where it can be a duplicate.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include <heddle/model/language.h>

namespace heddle::icrc1 {

using Blob = std::vector<std::uint8_t>;

/// An account of a principal; without a subaccount, and with one of zeros only, its default one.
struct Account {
  Account() = default;

  Account(const Principal& principal)  // NOLINT: implicit on purpose
      : owner(principal) {}

  Account(const Principal& principal, std::optional<Blob> number)
      : owner(principal), subaccount(std::move(number)) {}

  Principal owner;
  std::optional<Blob> subaccount;
  friend auto operator<=>(const Account&, const Account&) = default;
  HEDDLE_FIELDS(Account, owner, subaccount)
};

struct TransferArgs {
  std::optional<Blob> from_subaccount;
  Account to;
  Nat amount;
  std::optional<Nat> fee;
  std::optional<Blob> memo;
  std::optional<std::uint64_t> created_at_time;
  friend auto operator<=>(const TransferArgs&, const TransferArgs&) = default;
  HEDDLE_FIELDS(TransferArgs, from_subaccount, to, amount, fee, memo, created_at_time)
};

struct ApproveArgs {
  std::optional<Blob> from_subaccount;
  Account spender;
  Nat amount;
  std::optional<Nat> expected_allowance;
  std::optional<std::uint64_t> expires_at;
  std::optional<Nat> fee;
  std::optional<Blob> memo;
  std::optional<std::uint64_t> created_at_time;
  friend auto operator<=>(const ApproveArgs&, const ApproveArgs&) = default;
  HEDDLE_FIELDS(ApproveArgs, from_subaccount, spender, amount, expected_allowance, expires_at, fee,
                memo, created_at_time)
};

struct TransferFromArgs {
  std::optional<Blob> spender_subaccount;
  Account from;
  Account to;
  Nat amount;
  std::optional<Nat> fee;
  std::optional<Blob> memo;
  std::optional<std::uint64_t> created_at_time;
  friend auto operator<=>(const TransferFromArgs&, const TransferFromArgs&) = default;
  HEDDLE_FIELDS(TransferFromArgs, spender_subaccount, from, to, amount, fee, memo, created_at_time)
};

struct BadFee {
  Nat expected_fee;
  bool operator==(const BadFee&) const = default;
  HEDDLE_FIELDS(BadFee, expected_fee)
};

struct BadBurn {
  Nat min_burn_amount;
  bool operator==(const BadBurn&) const = default;
  HEDDLE_FIELDS(BadBurn, min_burn_amount)
};

struct InsufficientFunds {
  Nat balance;
  bool operator==(const InsufficientFunds&) const = default;
  HEDDLE_FIELDS(InsufficientFunds, balance)
};

struct InsufficientAllowance {
  Nat allowance;
  bool operator==(const InsufficientAllowance&) const = default;
  HEDDLE_FIELDS(InsufficientAllowance, allowance)
};

struct AllowanceChanged {
  Nat current_allowance;
  bool operator==(const AllowanceChanged&) const = default;
  HEDDLE_FIELDS(AllowanceChanged, current_allowance)
};

struct Expired {
  std::uint64_t ledger_time = 0;
  bool operator==(const Expired&) const = default;
  HEDDLE_FIELDS(Expired, ledger_time)
};

struct TooOld {
  bool operator==(const TooOld&) const = default;
};

struct CreatedInFuture {
  std::uint64_t ledger_time = 0;
  bool operator==(const CreatedInFuture&) const = default;
  HEDDLE_FIELDS(CreatedInFuture, ledger_time)
};

struct Duplicate {
  Nat duplicate_of;
  bool operator==(const Duplicate&) const = default;
  HEDDLE_FIELDS(Duplicate, duplicate_of)
};

/// This ledger never is; an environment canister with its interface may be.
struct TemporarilyUnavailable {
  bool operator==(const TemporarilyUnavailable&) const = default;
};

struct GenericError {
  Nat error_code;
  std::string message;
  bool operator==(const GenericError&) const = default;
  HEDDLE_FIELDS(GenericError, error_code, message)
};

/// The index of the transaction.
struct Ok {
  Nat index;
  bool operator==(const Ok&) const = default;
};

using TransferError = std::variant<BadFee, BadBurn, InsufficientFunds, TooOld, CreatedInFuture,
                                   Duplicate, TemporarilyUnavailable, GenericError>;
using ApproveError = std::variant<BadFee, InsufficientFunds, AllowanceChanged, Expired, TooOld,
                                  CreatedInFuture, Duplicate, TemporarilyUnavailable, GenericError>;
using TransferFromError =
    std::variant<BadFee, BadBurn, InsufficientFunds, InsufficientAllowance, TooOld, CreatedInFuture,
                 Duplicate, TemporarilyUnavailable, GenericError>;

// The case of a result is called after its type.

namespace transfer {
struct Err {
  TransferError error;
  bool operator==(const Err&) const = default;
};
}  // namespace transfer

namespace approve {
struct Err {
  ApproveError error;
  bool operator==(const Err&) const = default;
};
}  // namespace approve

namespace transfer_from {
struct Err {
  TransferFromError error;
  bool operator==(const Err&) const = default;
};
}  // namespace transfer_from

using TransferResult = std::variant<Ok, transfer::Err>;
using ApproveResult = std::variant<Ok, approve::Err>;
using TransferFromResult = std::variant<Ok, transfer_from::Err>;

struct AllowanceArgs {
  Account account;
  Account spender;
  friend auto operator<=>(const AllowanceArgs&, const AllowanceArgs&) = default;
  HEDDLE_FIELDS(AllowanceArgs, account, spender)
};

struct Allowance {
  Nat allowance;
  std::optional<std::uint64_t> expires_at;
  bool operator==(const Allowance&) const = default;
  HEDDLE_FIELDS(Allowance, allowance, expires_at)
};

using MetadataValue = std::variant<Nat, Int, std::string, Blob>;

struct Standard {
  std::string name;
  std::string url;
  bool operator==(const Standard&) const = default;
  HEDDLE_FIELDS(Standard, name, url)
};

/// A transaction that is known again when it comes once more.
struct Transaction {
  Principal caller;
  std::variant<TransferArgs, ApproveArgs, TransferFromArgs> arguments;
  friend auto operator<=>(const Transaction&, const Transaction&) = default;
  HEDDLE_FIELDS(Transaction, caller, arguments)
};

struct Options {
  std::map<Account, Nat> balances{};
  /// Of each transfer and approval, burnt.
  Nat fee = 0;
  /// None: nobody mints or burns, except the fees.
  std::optional<Account> minting_account{};
  std::string name = "Token";
  std::string symbol = "TKN";
  std::uint8_t decimals = 8;
};

}  // namespace heddle::icrc1

namespace heddle {

class Icrc1Ledger : public Canister {
 public:
  /// Subaccounts have this many bytes; a message with another one makes the ledger trap.
  static constexpr std::size_t kSubaccountSize = 32;
  static constexpr std::size_t kMemoSizeMax = 32;
  /// For so long a transaction is known again, and by so much clocks may differ.
  static constexpr std::uint64_t kWindowNs = 24ULL * 3600 * 1'000'000'000;
  static constexpr std::uint64_t kDriftNs = 120ULL * 1'000'000'000;

  /// The interface that the standards publish, as a .did text.
  static std::string_view candid();

  explicit Icrc1Ledger(icrc1::Options options = {});

  Query<std::string> icrc1_name() { co_return name; }

  Query<std::string> icrc1_symbol() { co_return symbol; }

  Query<std::uint8_t> icrc1_decimals() { co_return decimals; }

  Query<Nat> icrc1_fee() { co_return fee; }

  Query<std::vector<std::tuple<std::string, icrc1::MetadataValue>>> icrc1_metadata();

  Query<Nat> icrc1_total_supply() { co_return total_supply; }

  Query<std::optional<icrc1::Account>> icrc1_minting_account() { co_return minting_account; }

  Query<std::vector<icrc1::Standard>> icrc1_supported_standards();
  Query<Nat> icrc1_balance_of(icrc1::Account account);
  Update<icrc1::TransferResult> icrc1_transfer(icrc1::TransferArgs transfer);
  Update<icrc1::ApproveResult> icrc2_approve(icrc1::ApproveArgs approval);
  Update<icrc1::TransferFromResult> icrc2_transfer_from(icrc1::TransferFromArgs transfer);
  Query<icrc1::Allowance> icrc2_allowance(icrc1::AllowanceArgs question);

  const Nat fee;
  const std::optional<icrc1::Account> minting_account;
  const std::string name;
  const std::string symbol;
  const std::uint8_t decimals;

  /// Accounts that have nothing are not in it.
  VarMap<icrc1::Account, Nat> balances;
  Var<Nat> total_supply;
  /// Transactions so far: the index of the next.
  Var<Nat> transactions{this, "transactions", 0};
  VarMap<icrc1::AllowanceArgs, icrc1::Allowance> allowances{this, "allowances"};
  /// Those with a created_at_time, by which they can be duplicates; with their index.
  VarMap<icrc1::Transaction, Nat> known{this, "known"};

  HEDDLE_CANISTER(Icrc1Ledger, icrc1_name, icrc1_symbol, icrc1_decimals, icrc1_fee, icrc1_metadata,
                  icrc1_total_supply, icrc1_minting_account, icrc1_supported_standards,
                  icrc1_balance_of, icrc1_transfer, icrc2_approve, icrc2_transfer_from,
                  icrc2_allowance)

 private:
  struct Movement;

  [[nodiscard]] bool is_minting(const icrc1::Account& account) const;
  [[nodiscard]] std::uint64_t now() const;
  [[nodiscard]] icrc1::Allowance current_allowance(const icrc1::AllowanceArgs& question) const;
  void set_balance(const icrc1::Account& account, const Nat& balance);
  void set_allowance(const icrc1::AllowanceArgs& whose, const icrc1::Allowance& allowance);
  Nat add(const icrc1::Transaction& transaction, std::optional<std::uint64_t> created_at);

  /// A reason to refuse the transaction, if its time or an earlier one like it is one.
  template <class Error>
  std::optional<Error> refuse(const icrc1::Transaction& transaction,
                              std::optional<std::uint64_t> created_at) const;
  /// The fee that a movement costs, or why it is refused before anybody's balance is looked at.
  template <class Error>
  std::optional<Error> refuse_fee(const Movement& movement) const;
  /// A reason to refuse for what `from` has.
  template <class Error>
  std::optional<Error> refuse_funds(const Movement& movement) const;
  [[nodiscard]] Nat cost(const Movement& movement) const;
  void move(const Movement& movement);
};

}  // namespace heddle
