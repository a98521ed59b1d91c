;; Adds to its reply without end.
(module
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (memory 16)
  (func (export "canister_update run")
    (loop $more
      (call $append (i32.const 0) (i32.const 1048576))
      (br $more))))
