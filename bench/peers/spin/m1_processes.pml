/* M1 ledger swap, idiomatic Promela: one process per ledger and per swap context, one channel per message queue.
   Used to see what partial-order reduction gives: run the same source with and without -DNOREDUCE.
   Its state count differs from the flat model (extra control points), the protocol is the same.
   spin -DK=4 -DIA=3 -DIB=2 -a m1_processes.pml */
#ifndef K
#define K 4
#define IA 3
#define IB 2
#endif
chan qA = [K] of { byte, bit };   /* client, refund? */
chan qB = [K] of { byte, bit };
chan rA[K] = [1] of { bit };      /* replies to context i */
chan rB[K] = [1] of { bit };
byte swapped, failed, refunded;

active proctype LedgerA() {
  byte i; bit refund; byte bal = IA;
  xr qA;
end: do
  :: atomic { qA?i,refund ->
       if :: refund -> bal++; rA[i]!1
          :: !refund && bal >= 1 -> bal--; rA[i]!1
          :: else -> rA[i]!0
       fi; assert(bal <= IA); i = 0; refund = 0 }
  od
}
active proctype LedgerB() {
  byte i; bit refund; byte bal = IB;
  xr qB;
end: do
  :: atomic { qB?i,refund ->
       if :: refund -> bal++; rB[i]!1
          :: !refund && bal >= 1 -> bal--; rB[i]!1
          :: else -> rB[i]!0
       fi; assert(bal <= IB); i = 0; refund = 0 }
  od
}
active [K] proctype Ctx() {
  bit x, y; byte me;
  d_step { me = _pid - 2 };
  atomic { qA!me,0; qB!me,0 };
  if
  :: rA[me]?x -> rB[me]?y
  :: rB[me]?y -> rA[me]?x
  fi;
  if
  :: x && y -> swapped++
  :: !x && !y -> failed++
  :: x && !y -> qA!me,1; rA[me]?x; refunded++
  :: !x && y -> qB!me,1; rB[me]?y; refunded++
  fi;
  assert(swapped <= IA && swapped <= IB)
}
