#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <heddle/wasm/candid/did.h>
#include <heddle/wasm/candid/error.h>
#include <heddle/wasm/candid/subtype.h>

namespace heddle::candid {
namespace {

constexpr std::string_view kLedger = R"(
// A token ledger, in the manner of ICRC-1.
type Account = record { owner : principal; subaccount : opt blob };
type Result = variant { Ok : nat; Err : TransferError };
type TransferError = variant {
  InsufficientFunds : record { balance : nat };
  TooOld;
  /* the clock /* of the ledger */ is meant */
  CreatedInFuture : record { ledger_time : nat64 };
};
type Tokens = nat;
type History = opt record { last : Result; before : History };
type Callback = func (Result, memo : opt blob) -> () oneway;
service ledger : (record { minter : Account; fee : Tokens }, opt text) -> {
  icrc1_balance_of : (Account) -> (Tokens) query;
  icrc1_transfer : (record { to : Account; amount : Tokens }) -> (Result);
  history : () -> (history : History) composite_query;
  "subscribe me" : (Callback) -> ();
}
)";

std::string refusal(std::string_view text, const DidOptions& options = {}) {
  try {
    parse_did(text, options);
  } catch (const CandidError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(CandidDid, AnInterfaceIsReadWhole) {
  const Interface ledger = parse_did(kLedger);
  EXPECT_EQ(ledger.method_names(), (std::vector<std::string>{"history", "icrc1_balance_of",
                                                             "icrc1_transfer", "subscribe me"}));
  const Type balance_of = *ledger.method("icrc1_balance_of");
  EXPECT_EQ(to_text(balance_of),
            "func (record { owner : principal; subaccount : opt blob }) -> (nat) query");
  EXPECT_TRUE(balance_of.annotations().query);
  EXPECT_TRUE(ledger.method("history")->annotations().composite_query);
  EXPECT_EQ(ledger.method("history")->results().front().name, "history");
  EXPECT_TRUE(ledger.method("subscribe me")->arguments().front().type.annotations().oneway);
  EXPECT_EQ(ledger.method("nothing"), std::nullopt);
  EXPECT_EQ(ledger.definition("Tokens"), Type(Kind::kNat));
  ASSERT_EQ(ledger.init_arguments().size(), 2U);
  EXPECT_EQ(ledger.init_arguments()[1].type, Type::opt(Kind::kText));
}

TEST(CandidDid, AnInterfaceThatIsPrintedReadsAsTheSame) {
  const Interface ledger = parse_did(kLedger);
  const std::string text = ledger.to_text();
  const Interface again = parse_did(text);
  EXPECT_EQ(again.to_text(), text);
  EXPECT_EQ(again.service(), ledger.service()) << text;
  ASSERT_EQ(again.definitions().size(), ledger.definitions().size());
  for (const auto& [name, type] : ledger.definitions()) {
    EXPECT_EQ(again.definition(name), type) << name;
  }
  EXPECT_NE(text.find("type History = opt record { last : Result; before : History };"),
            std::string::npos)
      << text;
}

TEST(CandidDid, NamesMayBeUsedBeforeTheyAreDefined) {
  const Interface types = parse_did("type A = B; type B = vec A");
  EXPECT_EQ(types.definition("A"), types.definition("B"));
  EXPECT_EQ(types.definition("A")->element(), *types.definition("A"));
}

TEST(CandidDid, AServiceMayBeNamedByItsType) {
  const Interface named =
      parse_did("type F = func (nat) -> (); type S = service { f : F; g : () -> () }; service : S");
  EXPECT_EQ(named.method("f")->arguments().front().type, Type(Kind::kNat));
  EXPECT_EQ(parse_did(named.to_text()).service(), named.service());
  EXPECT_EQ(parse_did("service : {}").method_names(), std::vector<std::string>());
  EXPECT_EQ(parse_did("type A = nat").service(), std::nullopt);
  EXPECT_EQ(parse_did("").definitions().size(), 0U);
}

TEST(CandidDid, ServicesMayReferToThemselves) {
  const Interface self = parse_did("type Self = service { next : () -> (Self) }; service : Self");
  EXPECT_EQ(self.method("next")->results().front().type, *self.service());
  EXPECT_TRUE(is_subtype(*self.service(), Type::service({})));
}

TEST(CandidDid, MistakesSayWhatIsWrongAndWhere) {
  const struct {
    std::string_view text;
    std::string_view says;
  } rows[] = {
      {"type A = Acount; type Account = nat",
       "1, column 10: there is no type named Acount; did you mean Account?"},
      {"type A = B; type B = A", "is defined as nothing but itself"},
      {"type A = A", "type A is defined as nothing but itself"},
      {"type A = nat; type A = int", "1, column 20: type A is defined twice"},
      {"type A = record { a : nat; a : int }", "field a occurs twice"},
      {"type A = variant { a; a }", "case a occurs twice"},
      {"type A = record { 1 : nat; 0x1 : int }", "field 1 occurs twice"},
      {"type A = record { 4294967296 : nat }", "a whole number below 2^32"},
      {"type A = record { 4294967295 : nat; int }", "there is no number left for this field"},
      {"service : { f : () -> (); f : () -> () }", "method f occurs twice"},
      {"service : { f : nat }", "there is no type named nat"},
      {"type N = nat; service : { f : N }", "the type of method f is no function but nat"},
      {"type N = nat; service : N", "the service's type is no service but nat"},
      {"service : { f : () -> (nat) oneway }", "a oneway function has no results"},
      {"service : { f : (a : nat, a : nat) -> () }", "two arguments are named a"},
      {"service : { f : () - () }", "expected -> after the arguments, found -"},
      {"type A = ", "expected a type, found the end"},
      {"type = nat", "expected the name of a type"},
      {"types A = nat", "expected type, import or service, found types"},
      {"type A = nat type B = int", "expected ; after a definition, found type"},
      {"service : {} type A = nat", "expected the end, found type"},
      {"import \"a.did\"", "nothing beside it to import"},
  };

  for (const auto& row : rows) {
    EXPECT_NE(refusal(row.text).find(row.says), std::string::npos)
        << row.text << ": " << refusal(row.text);
  }
}

TEST(CandidDid, NamesWithTheSameHashAreToldApart) {
  EXPECT_EQ(field_hash("a"), 97U);
  EXPECT_NE(refusal("type A = record { a : nat; 97 : int }").find("have the same number, 97"),
            std::string::npos);
}

class Files {
 public:
  DidOptions options(std::string source) const {
    DidOptions options;
    options.source = std::move(source);
    options.load = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = texts.find(name);
      return found == texts.end() ? std::nullopt : std::optional(found->second);
    };
    return options;
  }

  std::map<std::string, std::string> texts;
};

TEST(CandidDid, ImportsAreFoundBesideTheFile) {
  Files files;
  files.texts["lib/a.did"] = "import \"sub/b.did\"; type A = vec B; service : { of_a : () -> () }";
  files.texts["lib/sub/b.did"] = "import \"../a.did\"; type B = opt B;";
  const Interface types =
      parse_did("import \"lib/a.did\"; service : { own : (A) -> (B) }", files.options("main.did"));
  EXPECT_EQ(types.method_names(), std::vector<std::string>{"own"}) << "only types are imported";
  EXPECT_EQ(types.definition("A")->element(), *types.definition("B"));
}

TEST(CandidDid, ServicesAreImportedOnRequest) {
  Files files;
  files.texts["a.did"] = "type A = nat; service : { of_a : (A) -> () }";
  files.texts["types.did"] = "type T = nat";
  files.texts["twice.did"] = "service : { own : () -> () }";
  const Interface both = parse_did("import service \"a.did\"; service : { own : (A) -> () }",
                                   files.options("main.did"));
  EXPECT_EQ(both.method_names(), (std::vector<std::string>{"of_a", "own"}));
  EXPECT_EQ(parse_did("import service \"a.did\";", files.options("m.did")).method_names(),
            std::vector<std::string>{"of_a"});
  EXPECT_NE(refusal("import service \"types.did\";", files.options("m.did")).find("has no service"),
            std::string::npos);
  EXPECT_NE(
      refusal("import service \"twice.did\"; service : { own : () -> () }", files.options("m.did"))
          .find("method own occurs twice; an imported service has it as well"),
      std::string::npos);
}

TEST(CandidDid, MistakesInImportedFilesNameTheFile) {
  Files files;
  files.texts["a.did"] = "\ntype A = Nothing;";
  EXPECT_NE(refusal("import \"a.did\";", files.options("main.did"))
                .find("a.did:2:10: there is no type named Nothing"),
            std::string::npos)
      << refusal("import \"a.did\";", files.options("main.did"));
  EXPECT_NE(refusal("import \"b.did\";", files.options("main.did"))
                .find("main.did:1:8: b.did cannot be read"),
            std::string::npos);
}

TEST(CandidDid, FilesAreReadWithTheirImports) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "heddle_candid_did";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "main.did") << "import \"types.did\"; service : { f : (T) -> () }";
  std::ofstream(folder / "types.did") << "type T = nat";
  EXPECT_EQ(load_did(folder / "main.did").method_names(), std::vector<std::string>{"f"});
  std::filesystem::remove_all(folder);
  EXPECT_THROW(load_did(folder / "main.did"), CandidError);
}

}  // namespace
}  // namespace heddle::candid
