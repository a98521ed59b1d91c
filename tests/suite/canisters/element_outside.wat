;; A function for a place that the table does not have.
(module
  (table 1 funcref)
  (elem (i32.const 1) $run)
  (func $run (export "canister_update run")))
