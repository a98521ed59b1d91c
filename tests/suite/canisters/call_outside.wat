;; Calls what is not in the table.
(module
  (table 1 funcref)
  (func (export "canister_update run") (call_indirect (i32.const 7))))
