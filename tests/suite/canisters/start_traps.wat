;; Fails before anything.
(module
  (func $start unreachable)
  (start $start)
  (func (export "canister_update run")))
