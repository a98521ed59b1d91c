-- M2 reentrant withdraw. The line marked BUG is enabled by bench/run.py.
const
  K: 4;
  W: 2;
  B: 12;
type
  client: 0..K-1;
var
  bal: 0..B;
  lbal: 0..B;
  pc: array[client] of 0..4;
  tmp: array[client] of 0..B;
  r: array[client] of 0..W;

procedure finish(i: client); begin
  r[i] := r[i] - 1;
  if r[i] = 0 then pc[i] := 4; else pc[i] := 0; endif;
end;

ruleset i: client do
  rule "start" pc[i] = 0 ==> begin
    if bal >= i + 1 then tmp[i] := bal; pc[i] := 1; else finish(i); endif;
  endrule;
  rule "ledger" pc[i] = 1 ==> begin
    if lbal >= i + 1 then lbal := lbal - (i + 1); pc[i] := 2; else pc[i] := 3; endif;
  endrule;
  rule "deliver" pc[i] = 2 | pc[i] = 3 ==> begin
    if pc[i] = 2 then bal := tmp[i] - (i + 1); endif;
    tmp[i] := 0; finish(i);
  endrule;
endruleset;
startstate begin
  bal := B; lbal := B;
  for i: client do pc[i] := 0; tmp[i] := 0; r[i] := W; endfor;
endstartstate;
invariant "book covers ledger" bal >= lbal;
--BUG invariant "quiescent" (exists i: client do pc[i] != 4 endexists) | bal = lbal;
