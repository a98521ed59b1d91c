;; The same with stable memory.
(module
  (import "ic0" "stable64_grow" (func $grow (param i64) (result i64)))
  (import "ic0" "stable64_write" (func $write (param i64 i64 i64)))
  (import "ic0" "msg_reply" (func $reply))
  (memory 1)
  (func (export "canister_update run")
    (local $pages i64)
    (loop $more
      (local.set $pages (call $grow (i64.const 1)))
      (if (i64.ne (local.get $pages) (i64.const -1))
        (then
          (call $write (i64.shl (local.get $pages) (i64.const 16)) (i64.const 0) (i64.const 65536))
          (br $more))))
    unreachable))
