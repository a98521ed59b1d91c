;; Takes memory, and writes to it, as long as it gets any; then fails.
(module
  (import "ic0" "msg_reply" (func $reply))
  (memory 1)
  (func (export "canister_update run")
    (local $pages i32)
    (loop $more
      (local.set $pages (memory.grow (i32.const 16)))
      (if (i32.ne (local.get $pages) (i32.const -1))
        (then
          (memory.fill (i32.shl (local.get $pages) (i32.const 16)) (i32.const 1) (i32.const 1048576))
          (br $more))))
    unreachable))
