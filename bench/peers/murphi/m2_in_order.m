-- M2 reentrant withdraw with the requests to the ledger served first in, first out; else as m2.m.
const
  K: 4;
  W: 2;
  B: 12;
type
  client: 0..K-1;
var
  bal: 0..B;
  lbal: 0..B;
  len: 0..K;
  q: array[0..K-1] of client;
  pc: array[client] of 0..4;
  tmp: array[client] of 0..B;
  r: array[client] of 0..W;

procedure finish(i: client); begin
  r[i] := r[i] - 1;
  if r[i] = 0 then pc[i] := 4; else pc[i] := 0; endif;
end;
procedure pop(); begin
  for k: 0..K-2 do if k + 1 < len then q[k] := q[k+1]; else undefine q[k]; endif; endfor;
  len := len - 1; undefine q[len];
end;

ruleset i: client do
  rule "start" pc[i] = 0 ==> begin
    if bal >= i + 1 then tmp[i] := bal; pc[i] := 1; q[len] := i; len := len + 1; else finish(i); endif;
  endrule;
  rule "deliver" pc[i] = 2 | pc[i] = 3 ==> begin
    if pc[i] = 2 then bal := tmp[i] - (i + 1); endif;
    tmp[i] := 0; finish(i);
  endrule;
endruleset;
rule "ledger" len > 0 ==>
var i: client;
begin
  i := q[0]; pop();
  if lbal >= i + 1 then lbal := lbal - (i + 1); pc[i] := 2; else pc[i] := 3; endif;
endrule;
startstate begin
  bal := B; lbal := B; len := 0; undefine q;
  for i: client do pc[i] := 0; tmp[i] := 0; r[i] := W; endfor;
endstartstate;
invariant "book covers ledger" bal >= lbal;
