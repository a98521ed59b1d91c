;; Never ends, and is not even installed.
(module
  (func (export "canister_init") (loop $again (br $again)))
  (func (export "canister_update run")))
