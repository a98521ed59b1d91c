#!/usr/bin/env python3
"""Writes the flat Promela encoding of M3(R,N,L). usage: m3.py R N L > m3.pml"""
import sys
R, N, L = map(int, sys.argv[1:4])
T = R*N
st = lambda u, j: f"st[{u*N+j}]"
act = lambda x: f"({x}==1 || {x}==2)"
print(f"/* M3 in-flight limit R={R} N={N} L={L}, flat encoding */")
print(f"chan q = [{L}] of {{ byte }};\nbyte infl, served;\nbyte pc[{R}], succ[{R}], st[{T}];\nbyte c, j;   /* scratch, 0 between steps */")
print("#ifdef PLAIN\n#define INV skip\n#else")
print(f"#define INV assert(infl <= {L} && served <= {T} && infl == (" + " + ".join(act(f"st[{k}]") for k in range(T)) + "))\n#endif")
print(f"""inline finish(uu) {{
  j = 0;
  do :: j < {N} && st[uu*{N}+j] != 1 && st[uu*{N}+j] != 2 -> j++
     :: else -> break
  od;
  if :: j == {N} -> pc[uu] = 2; j = 0;
          do :: j < {N} -> st[uu*{N}+j] = 0; j++ :: else -> break od
     :: else
  fi;
  j = 0 }}
inline start(uu) {{
  pc[uu] = 1; j = 0;
  do :: j < {N} -> if :: infl < {L} -> st[uu*{N}+j] = 1; infl++; q!(uu*{N}+j) :: else -> st[uu*{N}+j] = 4 fi; j++
     :: else -> break
  od;
  finish(uu) }}
active proctype sys() {{
end:
  do
  :: d_step {{ q?c -> st[c] = 2; served++; c = 0; INV }}""")
for uu in range(R):
    print(f"  :: d_step {{ pc[{uu}]==0 -> start({uu}); INV }}")
    for jj in range(N):
        print(f"  :: d_step {{ {st(uu,jj)}==2 -> {st(uu,jj)} = 3; infl--; succ[{uu}]++; finish({uu}); INV }}")
print("  od\n}")
