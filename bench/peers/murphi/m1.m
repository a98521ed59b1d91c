-- M1 ledger swap. Parameters: edit the three constants (bench/run.py does). The scalarset variant too.
const
  K: 4;
  IA: 3;
  IB: 2;
type
  client: 0..K-1;
var
  balA: 0..IA;
  balB: 0..IB;
  lenA: 0..K;
  lenB: 0..K;
  qA: array[0..K-1] of client;
  qB: array[0..K-1] of client;
  pc: array[client] of 0..6;
  a: array[client] of 0..5;
  b: array[client] of 0..5;

procedure pushA(i: client); begin qA[lenA] := i; lenA := lenA + 1; end;
procedure pushB(i: client); begin qB[lenB] := i; lenB := lenB + 1; end;
procedure popA(); begin
  for k: 0..K-2 do if k + 1 < lenA then qA[k] := qA[k+1]; else undefine qA[k]; endif; endfor;
  lenA := lenA - 1; undefine qA[lenA];
end;
procedure popB(); begin
  for k: 0..K-2 do if k + 1 < lenB then qB[k] := qB[k+1]; else undefine qB[k]; endif; endfor;
  lenB := lenB - 1; undefine qB[lenB];
end;
procedure join(i: client); begin
  if a[i] >= 4 & b[i] >= 4 then
    if a[i] = 4 & b[i] = 4 then pc[i] := 4; a[i] := 0; b[i] := 0;
    elsif a[i] = 5 & b[i] = 5 then pc[i] := 5; a[i] := 0; b[i] := 0;
    elsif a[i] = 4 then pc[i] := 2; a[i] := 1; b[i] := 0; pushA(i);
    else pc[i] := 3; a[i] := 0; b[i] := 1; pushB(i);
    endif;
  endif;
end;

ruleset i: client do
  rule "start" pc[i] = 0 ==> begin pc[i] := 1; a[i] := 1; b[i] := 1; pushA(i); pushB(i); endrule;
  rule "deliverA" a[i] = 2 | a[i] = 3 ==> begin
    if pc[i] = 2 then pc[i] := 6; a[i] := 0; b[i] := 0;
    else a[i] := a[i] + 2; join(i); endif;
  endrule;
  rule "deliverB" b[i] = 2 | b[i] = 3 ==> begin
    if pc[i] = 3 then pc[i] := 6; a[i] := 0; b[i] := 0;
    else b[i] := b[i] + 2; join(i); endif;
  endrule;
endruleset;
rule "ledgerA" lenA > 0 ==>
var i: client;
begin
  i := qA[0]; popA();
  if pc[i] = 1 then
    if balA >= 1 then balA := balA - 1; a[i] := 2; else a[i] := 3; endif;
  else balA := balA + 1; a[i] := 2; endif;
endrule;
rule "ledgerB" lenB > 0 ==>
var i: client;
begin
  i := qB[0]; popB();
  if pc[i] = 1 then
    if balB >= 1 then balB := balB - 1; b[i] := 2; else b[i] := 3; endif;
  else balB := balB + 1; b[i] := 2; endif;
endrule;
startstate begin
  balA := IA; balB := IB; lenA := 0; lenB := 0; undefine qA; undefine qB;
  for i: client do pc[i] := 0; a[i] := 0; b[i] := 0; endfor;
endstartstate;

function debA(): 0..K; var n: 0..K; begin
  n := 0;
  for i: client do if (pc[i] = 1 & (a[i] = 2 | a[i] = 4)) | (pc[i] = 2 & a[i] = 1) | pc[i] = 4 then n := n + 1; endif; endfor;
  return n;
end;
function debB(): 0..K; var n: 0..K; begin
  n := 0;
  for i: client do if (pc[i] = 1 & (b[i] = 2 | b[i] = 4)) | (pc[i] = 3 & b[i] = 1) | pc[i] = 4 then n := n + 1; endif; endfor;
  return n;
end;
invariant "conservation" balA + debA() = IA & balB + debB() = IB;
