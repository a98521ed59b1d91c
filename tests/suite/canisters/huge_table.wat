;; Wants four thousand million functions.
(module
  (table 4294967295 funcref)
  (func (export "canister_update run")))
