;; Prints without end.
(module
  (import "ic0" "debug_print" (func $print (param i32 i32)))
  (memory 16)
  (func (export "canister_update run")
    (loop $more
      (call $print (i32.const 0) (i32.const 1048576))
      (br $more))))
