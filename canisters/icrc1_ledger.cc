#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include <heddle/canisters/icrc1_ledger.h>
#include <heddle/model/epoch.h>

namespace heddle {

using namespace icrc1;

namespace {

Nat sum_of(const std::map<Account, Nat>& balances) {
  Nat sum = 0;
  for (const auto& [account, balance] : balances) {
    sum += balance;
  }
  return sum;
}

/// The account in the one form by which it is known.
Account account_of(const Principal& owner, std::optional<Blob> subaccount) {
  if (!subaccount) {
    return {owner};
  }
  if (subaccount->size() != Icrc1Ledger::kSubaccountSize) {
    trap(fmt::format("a subaccount has {} bytes, and this one has {}", Icrc1Ledger::kSubaccountSize,
                     subaccount->size()));
  }
  const bool is_default =
      std::ranges::all_of(*subaccount, [](std::uint8_t byte) { return byte == 0; });
  return is_default ? Account(owner) : Account(owner, std::move(subaccount));
}

Account account_of(Account account) {
  return account_of(account.owner, std::move(account.subaccount));
}

std::map<Account, Nat> without_empty(std::map<Account, Nat> balances) {
  std::erase_if(balances, [](const auto& entry) { return entry.second == 0; });
  return balances;
}

void check_memo(const std::optional<Blob>& memo) {
  if (memo && memo->size() > Icrc1Ledger::kMemoSizeMax) {
    trap(fmt::format("a memo has at most {} bytes, and this one has {}", Icrc1Ledger::kMemoSizeMax,
                     memo->size()));
  }
}

}  // namespace

/// Tokens that go from one account to another.
struct Icrc1Ledger::Movement {
  Account from;
  Account to;
  Nat amount;
  std::optional<Nat> fee;  ///< as the caller has it
};

Icrc1Ledger::Icrc1Ledger(Options options)
    : fee(options.fee),
      minting_account(options.minting_account),
      name(std::move(options.name)),
      symbol(std::move(options.symbol)),
      decimals(options.decimals),
      balances(this, "balances", without_empty(options.balances)),
      total_supply(this, "total_supply", sum_of(options.balances)) {}

// ---- Queries ------------------------------------------------------------------------------------

Query<std::vector<std::tuple<std::string, MetadataValue>>> Icrc1Ledger::icrc1_metadata() {
  std::vector<std::tuple<std::string, MetadataValue>> metadata;
  metadata.emplace_back("icrc1:name", name);
  metadata.emplace_back("icrc1:symbol", symbol);
  metadata.emplace_back("icrc1:decimals", Nat(decimals));
  metadata.emplace_back("icrc1:fee", fee);
  metadata.emplace_back("icrc1:max_memo_length", Nat(kMemoSizeMax));
  co_return metadata;
}

Query<std::vector<Standard>> Icrc1Ledger::icrc1_supported_standards() {
  std::vector<Standard> standards;
  standards.push_back({"ICRC-1", "https://github.com/dfinity/ICRC-1"});
  standards.push_back({"ICRC-2", "https://github.com/dfinity/ICRC-1/tree/main/standards/ICRC-2"});
  co_return standards;
}

Query<Nat> Icrc1Ledger::icrc1_balance_of(Account account) {
  co_return balances.get_or(account_of(std::move(account)), 0);
}

Query<Allowance> Icrc1Ledger::icrc2_allowance(AllowanceArgs question) {
  co_return current_allowance({account_of(question.account), account_of(question.spender)});
}

// ---- What moves tokens --------------------------------------------------------------------------

Update<TransferResult> Icrc1Ledger::icrc1_transfer(TransferArgs transfer) {
  check_memo(transfer.memo);
  const Movement movement{account_of(caller(), transfer.from_subaccount), account_of(transfer.to),
                          transfer.amount, transfer.fee};
  const Transaction transaction{caller(), transfer};
  if (auto error = refuse_fee<TransferError>(movement)) {
    co_return transfer::Err{*std::move(error)};
  }
  if (auto error = refuse<TransferError>(transaction, transfer.created_at_time)) {
    co_return transfer::Err{*std::move(error)};
  }
  if (auto error = refuse_funds<TransferError>(movement)) {
    co_return transfer::Err{*std::move(error)};
  }
  move(movement);
  co_return Ok{add(transaction, transfer.created_at_time)};
}

Update<TransferFromResult> Icrc1Ledger::icrc2_transfer_from(TransferFromArgs transfer) {
  check_memo(transfer.memo);
  const Movement movement{account_of(transfer.from), account_of(transfer.to), transfer.amount,
                          transfer.fee};
  const AllowanceArgs whose{movement.from, account_of(caller(), transfer.spender_subaccount)};
  const Transaction transaction{caller(), transfer};
  if (auto error = refuse_fee<TransferFromError>(movement)) {
    co_return transfer_from::Err{*std::move(error)};
  }
  if (auto error = refuse<TransferFromError>(transaction, transfer.created_at_time)) {
    co_return transfer_from::Err{*std::move(error)};
  }
  const bool own = whose.account == whose.spender;
  Allowance allowance = own ? Allowance{} : current_allowance(whose);
  if (!own && allowance.allowance < cost(movement)) {
    co_return transfer_from::Err{InsufficientAllowance{allowance.allowance}};
  }
  if (auto error = refuse_funds<TransferFromError>(movement)) {
    co_return transfer_from::Err{*std::move(error)};
  }
  if (!own) {
    allowance.allowance -= cost(movement);
    set_allowance(whose, allowance);
  }
  move(movement);
  co_return Ok{add(transaction, transfer.created_at_time)};
}

Update<ApproveResult> Icrc1Ledger::icrc2_approve(ApproveArgs approval) {
  check_memo(approval.memo);
  const Account from = account_of(caller(), approval.from_subaccount);
  const AllowanceArgs whose{from, account_of(approval.spender)};
  const Transaction transaction{caller(), approval};
  if (whose.spender.owner == caller()) {
    trap("nobody approves what is transferred by themselves");
  }
  if (is_minting(from)) {
    trap("the minting account approves nothing");
  }
  if (approval.fee && *approval.fee != fee) {
    co_return approve::Err{BadFee{fee}};
  }
  if (auto error = refuse<ApproveError>(transaction, approval.created_at_time)) {
    co_return approve::Err{*std::move(error)};
  }
  if (approval.expires_at && *approval.expires_at <= now()) {
    co_return approve::Err{Expired{now()}};
  }
  if (approval.expected_allowance) {
    const Nat current = current_allowance(whose).allowance;
    if (current != *approval.expected_allowance) {
      co_return approve::Err{AllowanceChanged{current}};
    }
  }
  const Nat balance = fee == 0 ? Nat(0) : balances.get_or(from, 0);
  if (balance < fee) {
    co_return approve::Err{InsufficientFunds{balance}};
  }
  if (fee > 0) {
    set_balance(from, balance - fee);
    total_supply -= fee;
  }
  set_allowance(whose, {approval.amount, approval.expires_at});
  co_return Ok{add(transaction, approval.created_at_time)};
}

// ---- The rules ----------------------------------------------------------------------------------

bool Icrc1Ledger::is_minting(const Account& account) const {
  return minting_account && account == *minting_account;
}

std::uint64_t Icrc1Ledger::now() const {
  const bool has_clock = heddle_directory() != nullptr && heddle_directory()->clock;
  return kEpochNs + (has_clock ? time() : 0);
}

template <class Error>
std::optional<Error> Icrc1Ledger::refuse_fee(const Movement& movement) const {
  const bool mints = is_minting(movement.from);
  const bool burns = is_minting(movement.to);
  if (mints && burns) {
    trap("the minting account transfers nothing to itself");
  }
  const Nat expected = mints || burns ? Nat(0) : fee;
  if (movement.fee && *movement.fee != expected) {
    return BadFee{expected};
  }
  return std::nullopt;
}

template <class Error>
std::optional<Error> Icrc1Ledger::refuse(const Transaction& transaction,
                                         std::optional<std::uint64_t> created_at) const {
  if (!created_at) {
    return std::nullopt;
  }
  const std::uint64_t ledger_time = now();
  if (*created_at + kWindowNs + kDriftNs < ledger_time) {
    return TooOld{};
  }
  if (*created_at > ledger_time + kDriftNs) {
    return CreatedInFuture{ledger_time};
  }
  // One that has left the window is too old to come again, so none need be forgotten.
  if (const std::optional<Nat> index = known.get(transaction)) {
    return Duplicate{*index};
  }
  return std::nullopt;
}

Nat Icrc1Ledger::cost(const Movement& movement) const {
  const bool is_free = is_minting(movement.from) || is_minting(movement.to);
  return is_free ? movement.amount : movement.amount + fee;
}

template <class Error>
std::optional<Error> Icrc1Ledger::refuse_funds(const Movement& movement) const {
  if (is_minting(movement.from)) {
    return std::nullopt;
  }
  const Nat balance = balances.get_or(movement.from, 0);
  if (is_minting(movement.to)) {
    const Nat least = std::min(fee, balance);
    if (movement.amount < least || movement.amount == 0) {
      return BadBurn{least};
    }
  }
  if (balance < cost(movement)) {
    return InsufficientFunds{balance};
  }
  return std::nullopt;
}

void Icrc1Ledger::move(const Movement& movement) {
  const bool mints = is_minting(movement.from);
  const bool burns = is_minting(movement.to);
  if (mints) {
    total_supply += movement.amount;
  } else {
    set_balance(movement.from, balances.get_or(movement.from, 0) - cost(movement));
  }
  if (burns) {
    total_supply -= movement.amount;
  } else {
    set_balance(movement.to, balances.get_or(movement.to, 0) + movement.amount);
  }
  if (!mints && !burns && fee > 0) {
    total_supply -= fee;
  }
}

void Icrc1Ledger::set_balance(const Account& account, const Nat& balance) {
  if (balance == 0) {
    balances.erase(account);
  } else {
    balances.put(account, balance);
  }
}

Allowance Icrc1Ledger::current_allowance(const AllowanceArgs& question) const {
  Allowance allowance = allowances.get_or(question, {});
  return allowance.expires_at && *allowance.expires_at <= now() ? Allowance{} : allowance;
}

void Icrc1Ledger::set_allowance(const AllowanceArgs& whose, const Allowance& allowance) {
  if (allowance.allowance == 0) {
    allowances.erase(whose);
  } else {
    allowances.put(whose, allowance);
  }
}

Nat Icrc1Ledger::add(const Transaction& transaction, std::optional<std::uint64_t> created_at) {
  const Nat index = transactions;
  ++transactions;
  if (created_at) {
    known.put(transaction, index);
  }
  return index;
}

std::string_view Icrc1Ledger::candid() {
  return R"did(type Account = record { owner : principal; subaccount : opt blob };
type TransferArgs = record {
  from_subaccount : opt blob;
  to : Account;
  amount : nat;
  fee : opt nat;
  memo : opt blob;
  created_at_time : opt nat64;
};
type TransferError = variant {
  BadFee : record { expected_fee : nat };
  BadBurn : record { min_burn_amount : nat };
  InsufficientFunds : record { balance : nat };
  TooOld;
  CreatedInFuture : record { ledger_time : nat64 };
  Duplicate : record { duplicate_of : nat };
  TemporarilyUnavailable;
  GenericError : record { error_code : nat; message : text };
};
type ApproveArgs = record {
  from_subaccount : opt blob;
  spender : Account;
  amount : nat;
  expected_allowance : opt nat;
  expires_at : opt nat64;
  fee : opt nat;
  memo : opt blob;
  created_at_time : opt nat64;
};
type ApproveError = variant {
  BadFee : record { expected_fee : nat };
  InsufficientFunds : record { balance : nat };
  AllowanceChanged : record { current_allowance : nat };
  Expired : record { ledger_time : nat64 };
  TooOld;
  CreatedInFuture : record { ledger_time : nat64 };
  Duplicate : record { duplicate_of : nat };
  TemporarilyUnavailable;
  GenericError : record { error_code : nat; message : text };
};
type TransferFromArgs = record {
  spender_subaccount : opt blob;
  from : Account;
  to : Account;
  amount : nat;
  fee : opt nat;
  memo : opt blob;
  created_at_time : opt nat64;
};
type TransferFromError = variant {
  BadFee : record { expected_fee : nat };
  BadBurn : record { min_burn_amount : nat };
  InsufficientFunds : record { balance : nat };
  InsufficientAllowance : record { allowance : nat };
  TooOld;
  CreatedInFuture : record { ledger_time : nat64 };
  Duplicate : record { duplicate_of : nat };
  TemporarilyUnavailable;
  GenericError : record { error_code : nat; message : text };
};
type AllowanceArgs = record { account : Account; spender : Account };
type Allowance = record { allowance : nat; expires_at : opt nat64 };
type Value = variant { Nat : nat; Int : int; Text : text; Blob : blob };
service : {
  icrc1_name : () -> (text) query;
  icrc1_symbol : () -> (text) query;
  icrc1_decimals : () -> (nat8) query;
  icrc1_fee : () -> (nat) query;
  icrc1_metadata : () -> (vec record { text; Value }) query;
  icrc1_total_supply : () -> (nat) query;
  icrc1_minting_account : () -> (opt Account) query;
  icrc1_supported_standards : () -> (vec record { name : text; url : text }) query;
  icrc1_balance_of : (Account) -> (nat) query;
  icrc1_transfer : (TransferArgs) -> (variant { Ok : nat; Err : TransferError });
  icrc2_approve : (ApproveArgs) -> (variant { Ok : nat; Err : ApproveError });
  icrc2_transfer_from : (TransferFromArgs) -> (variant { Ok : nat; Err : TransferFromError });
  icrc2_allowance : (AllowanceArgs) -> (Allowance) query;
}
)did";
}

}  // namespace heddle
