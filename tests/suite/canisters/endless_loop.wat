;; Never ends.
(module
  (func (export "canister_update run") (loop $again (br $again))))
