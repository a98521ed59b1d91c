/* M2 reentrant withdraw with the requests to the ledger served first in, first out, as the Internet Computer does; else as
   m2.pml, flat encoding. spin -DK=4 -DW=2 -DB=12 -a m2_in_order.pml; -DPLAIN: without the invariant */
#ifndef K
#define K 4
#define W 2
#define B 12
#endif
byte bal = B, lbal = B;
byte pc[K], tmp[K], r[K] = W;
chan q = [K] of { byte };
byte i;   /* scratch, 0 between steps */
#ifdef PLAIN
#define INV skip
#else
#define INV assert(bal >= lbal)
#endif
#define FINISH(c) r[c]--; if :: r[c]==0 -> pc[c]=4 :: else -> pc[c]=0 fi
#define CLIENT(c) \
 :: d_step { pc[c]==0 -> if :: bal >= c+1 -> tmp[c]=bal; pc[c]=1; q!c :: else -> FINISH(c) fi; INV } \
 :: d_step { (pc[c]==2 || pc[c]==3) -> if :: pc[c]==2 -> bal=tmp[c]-(c+1) :: else fi; tmp[c]=0; FINISH(c); INV }

active proctype sys() {
end:
  do
  :: d_step { q?i -> if :: lbal >= i+1 -> lbal=lbal-(i+1); pc[i]=2 :: else -> pc[i]=3 fi; i=0; INV }
  CLIENT(0)
  CLIENT(1)
#if K>2
  CLIENT(2)
#endif
#if K>3
  CLIENT(3)
#endif
#if K>4
  CLIENT(4)
#endif
  od
}
