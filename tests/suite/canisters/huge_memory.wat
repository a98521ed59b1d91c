;; Wants four petabytes.
(module
  (memory i64 68719476736)
  (func (export "canister_update run")))
