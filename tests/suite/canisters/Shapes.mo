// One variable of each type that traces show. `./dev examples` compiles it to Shapes.wasm, and with the flag classicOP to
// Shapes-classic.wasm, and compares them with the committed ones.
import Principal "mo:core/Principal";
persistent actor Shapes {
  var nat = 7;
  var large = 0;
  var negative : Int = 0;
  var flag = false;
  var text = "";
  var who : Principal = Principal.fromText("aaaaa-aa");
  var maybe : ?Nat = null;
  var maybe_text : ?Text = ?"x";
  var list : [Nat] = [];
  var cells : [var Bool] = [var false, true];
  var flags : [?Nat] = [];
  transient var forgotten = 0;
  public func change() : async () {
    nat := 8 + flags.size();
    large := 123_456_789_012_345_678_901_234_567_890_123_456_789;
    negative := -5_000_000_000_000_000_000_000_000;
    flag := true;
    text := "ab" # text # "cd";
    who := Principal.fromText("2vxsx-fae");
    maybe := ?12;
    maybe_text := null;
    list := [1, 2, 3];
    cells := [var true, true];
    flags := [null];
    forgotten := 1;
  };
};
